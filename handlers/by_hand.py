"""The entries of the API description for what is not JSON: callbacks, redirects, the socket, health."""

from typing import Any

_Entry = tuple[str, dict[str, str]]
_ENTRIES: dict[str, dict[str, _Entry]] = {
    "/wechat/callback": {
        "get": ("WeChat verifies the address.", {"200": "`echostr`", "403": "not genuine; no body"}),
        "post": (
            "A message or event of the platform, plain or encrypted XML; kept once, answered at once.",
            {
                "200": "the passive reply, or `success`",
                "400": "no XML of WeChat's; no body",
                "403": "not genuine; no body",
                "413": "too large; no body",
                "503": "not kept in time: WeChat pushes again; no body",
            },
        ),
    },
    "/wechat/mini/callback": {
        "get": ("WeChat verifies the mini-program's address.", {"200": "`echostr`", "403": "not genuine; no body"}),
        "post": (
            "A message or event of the mini-program, plain or encrypted JSON or XML; kept once, answered at once.",
            {
                "200": "`success`",
                "400": "no message of WeChat's; no body",
                "403": "not genuine; no body",
                "413": "too large; no body",
                "503": "not kept in time: WeChat pushes again; no body",
            },
        ),
    },
    "/wechat/enter": {
        "get": (
            "Into the H5 page `to` by silent OAuth.",
            {"302": "to WeChat", "400": "`invalid`: `to` is no page of ours"},
        ),
    },
    "/wechat/oauth": {
        "get": ("WeChat sends the phone back with `code` and `state`.", {"302": "to the page, logged in"})
    },
    "/wechat/pay/notify": {
        "post": (
            "WeChat Pay tells of a payment; believed only when signed and fresh.",
            {"204": "taken note of", "400": "FAIL", "403": "FAIL: not genuine", "404": "FAIL: no such order"},
        ),
    },
    "/wechat/pay/refund-notify": {
        "post": ("WeChat Pay tells of a refund.", {"204": "taken note of", "403": "FAIL: not genuine"}),
    },
    "/api/live": {
        "get": (
            'WebSocket: {"kind": "hello"|"ticket", "now", "ticket"} for the tickets of my patients.',
            {"101": "open", "401": "`unauthenticated`", "403": "wrong origin", "429": "too many sockets"},
        ),
    },
    "/healthz": {"get": ("The process answers.", {"200": "ok"})},
    "/readyz": {"get": ("The process can do its work.", {"200": "ready", "503": "reasons"})},
}


def paths() -> dict[str, Any]:
    """OpenAPI path items."""
    return {
        path: {method: _operation(path, method, *entry) for method, entry in methods.items()}
        for path, methods in _ENTRIES.items()
    }


def _operation(path: str, method: str, summary: str, responses: dict[str, str]) -> dict[str, Any]:
    parts = path.strip("/").split("/")
    return {
        "operationId": f"{method}_{'_'.join(parts).replace('-', '_')}",
        "tags": [parts[1] if parts[0] == "api" else parts[0]],
        "summary": summary,
        "description": summary,
        "responses": {status: {"description": text} for status, text in responses.items()},
    }
