"""wechatpy's API definitions on our HTTP and our tokens, and what WeChat's error codes mean.

`await client.menu.create({...})`: the definition is wechatpy's, the call is ours. Not usable
here: wechatpy's own token, retry, OAuth and the few definitions that look into a result.
"""

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode

from wechatpy.client import WeChatClient as Definitions

from server import logs
from server.adapters.http import Answer, Http
from server.adapters.wechat_calls import Assistant, Draft, FreePublish, Message, MiniProgram
from server.adapters.wechat_tokens import AccessToken
from server.context import Json
from server.errors import Again, Foreign

_log = logs.get("adapters.wechat")
_OFFICIAL = "https://api.weixin.qq.com"
_TOKEN_HERE = "the token goes here"  # what definitions that ask for the token are given

STALE_TOKEN = frozenset({40001, 40014, 42001})
# What an errcode of WECHAT.md section 2 asks for. A code that is not here asks to `stop`.
#   retry    it had no effect and works later, with growing pauses: busy, quota, too frequent
#   refresh  the token is stale: a new one was fetched and the call repeated once before anybody hears of it
#   mend     nothing works until people have put a setting right; then the same request does
#   stop     the same request will be refused for ever: what we send is wrong, or we may not send it
#   tell     so it will, because of the person: he must follow, allow, write or log in again
Advice = Literal["retry", "refresh", "mend", "stop", "tell"]
ADVICE: dict[int, Advice] = {
    **dict.fromkeys((-1, 45009, 45011, 45029, 45066, 43108), "retry"),
    **dict.fromkeys((*STALE_TOKEN, 41001), "refresh"),
    **dict.fromkeys((40013, 40125, 40164, 40243, 89501, 89503), "mend"),
    # not ours, not following, refused, window closed, limited by WeChat
    **dict.fromkeys((40003, 43004, 43019, 43101, 45015, 45047, 48002, 50002, 50005), "tell"),
    # logging in again helps: codes, refresh tokens, risky users, no visit within two hours
    **dict.fromkeys((40029, 40163, 40030, 41008, 42002, 42003, 40226, 61010), "tell"),
    87014: "tell",  # who wrote it must write it differently
}

# Calls whose repetition WeChat recognises, or that only replace what is there.
_REPEATABLE = frozenset(
    {"/cgi-bin/message/template/send", "/cgi-bin/message/mass/sendall"}
    | {"/cgi-bin/menu/create", "/cgi-bin/menu/delconditional"}
)

File = tuple[str, bytes, str]  # name, content, content type


class Refused(Foreign):
    """WeChat answered with an errcode; `answer` is the whole of it, `advice` what to do about it."""

    def __init__(self, answer: Json) -> None:
        errcode = int(answer["errcode"])
        self.answer, self.advice = answer, ADVICE.get(errcode, "stop")
        again: Again = "never" if self.advice in ("stop", "tell") else "later"
        super().__init__("wechat", str(errcode), again)


class AsyncWeChatClient(Definitions):  # type: ignore[misc]
    """One app (service account or mini-program): definitions return awaitables of the answer as dict.

    They raise Foreign: `Refused` for an errcode, `bad_answer` and `http_…` for what is no
    answer of WeChat's. A stale token is renewed once and the call repeated once.
    """

    message = Message()
    draft = Draft()
    freepublish = FreePublish()
    wxa = MiniProgram()
    assistant = Assistant()

    def __init__(self, *, appid: str, secret: str, api_url: str, http: Http, access: AccessToken) -> None:
        self.appid, self.secret, self.timeout, self.session = appid, secret, None, None
        self._base, self._http, self._access = api_url.rstrip("/"), http, access

    @property
    def access_token(self) -> str:
        """A stand-in: `_request` puts the token where it finds it."""
        return _TOKEN_HERE

    async def _request(self, method: str, url_or_endpoint: str, **wish: Any) -> Any:
        base = str(wish.get("api_base_url") or self.API_BASE_URL)
        url = url_or_endpoint if url_or_endpoint.startswith("http") else base + url_or_endpoint
        what = url.removeprefix(_OFFICIAL)
        body, content_type = _body(wish.get("data"), wish.get("files"))
        params: dict[str, Any] = dict(wish.get("params") or {})
        # Calls that carry the secret, or another token, carry no access token of ours.
        ours = params.get("access_token", _TOKEN_HERE) == _TOKEN_HERE and "secret" not in params
        token = await self._access.get() if ours else ""
        for attempt in (1, 2):
            query = urlencode(params | {"access_token": token} if ours else params)
            answer = await self._http.send(
                "wechat",
                what,
                method.upper(),
                f"{url.replace(_OFFICIAL, self._base, 1)}?{query}",
                body=body,
                headers={"Content-Type": content_type} if body is not None else None,
                repeatable=body is None or what in _REPEATABLE,
            )
            if wish.get("binary") and answer.status == 200 and answer.body[:1] not in (b"{", b""):
                return answer.body
            given = _read(answer, reads=body is None)
            errcode = int(given.get("errcode") or 0)
            if not errcode:
                process = wish.get("result_processor")
                return process(given) if process else given
            if errcode not in STALE_TOKEN or not ours or attempt == 2:
                break
            token = await self._access.get(refused=token)
        refused, errmsg = Refused(given), str(given.get("errmsg", ""))[:120]
        tell = _log.error if refused.advice == "mend" else _log.warning
        tell("wechat.refused", call=what, errcode=errcode, advice=refused.advice, errmsg=errmsg)
        raise refused


def _read(answer: Answer, *, reads: bool) -> Json:
    unclear: Again = "later" if reads else "unknown"
    if answer.status != 200:
        again: Again = unclear if answer.status >= 500 else "later" if answer.status == 429 else "never"
        raise Foreign("wechat", f"http_{answer.status}", again)
    try:
        given = answer.json()
        int(given.get("errcode") or 0)
    except (ValueError, TypeError, AttributeError):
        raise Foreign("wechat", "bad_answer", unclear) from None
    return dict(given)


def _body(data: Any, files: Mapping[str, File | None] | None) -> tuple[bytes | None, str]:
    """The request body and its type. JSON is raw UTF-8: escaped characters would be shown to people."""
    if files:
        return _multipart({name: file for name, file in files.items() if file})
    if isinstance(data, dict):
        return json.dumps(data, ensure_ascii=False).encode(), "application/json; charset=utf-8"
    return data, "application/json; charset=utf-8"


def _multipart(files: Mapping[str, File]) -> tuple[bytes, str]:
    boundary = secrets.token_hex(16)
    parts = b""
    for field, (name, content, content_type) in files.items():
        safe = re.sub(r"[^A-Za-z0-9._-]", "_", name) or "file"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{safe}"\r\n'
        parts += f"{head}Content-Type: {content_type}\r\n\r\n".encode() + content + b"\r\n"
    return parts + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
