"""The API description as a readable page: plain HTML, no scripts."""

from html import escape
from typing import Any

_STYLE = """
body{font:15px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;margin:0 auto;
 max-width:60rem;padding:2rem 1rem;color:#1f2937}
h1{font-size:1.6rem} h2{margin:2.5rem 0 .5rem;font-size:1.2rem;border-bottom:2px solid #0f766e;padding-bottom:.25rem}
details{border:1px solid #e5e7eb;border-radius:8px;margin:.5rem 0;padding:.5rem .75rem} summary{cursor:pointer}
code{font:13px ui-monospace,monospace} .m{display:inline-block;min-width:4.2rem;font-weight:700;color:#0f766e}
.s{color:#6b7280;float:right} table{border-collapse:collapse;width:100%;margin:.5rem 0}
td{border-top:1px solid #e5e7eb;padding:.3rem .5rem;vertical-align:top;white-space:pre-line}
"""


def page(spec: dict[str, Any]) -> str:
    """The page of an OpenAPI document."""
    groups: dict[str, list[str]] = {}
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    body = "".join(f"<h2>{escape(tag)}</h2>{''.join(parts)}" for tag, parts in sorted(groups.items()))
    title = escape(spec["info"]["title"])
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<link rel="icon" href="data:,">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>"
        f'<p>机器可读：<a href="/api/openapi.json">/api/openapi.json</a>（OpenAPI 3.1）</p>{body}</html>'
    )


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = [
        f"<tr><td>{escape(p['in'])}</td><td><code>{escape(p['name'])}</code></td></tr>"
        for p in operation.get("parameters", [])
    ]
    if "requestBody" in operation:
        schema = next(iter(operation["requestBody"]["content"].values()))["schema"]
        rows.append(f"<tr><td>body</td><td><code>{_name(schema)}</code></td></tr>")
    for status, answer in operation["responses"].items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        shape = f" <code>{_name(schema)}</code>" if schema else ""
        rows.append(f"<tr><td>{status}</td><td>{escape(answer['description'])}{shape}</td></tr>")
    scope = escape(operation.get("x-scope", "公开"))
    return (
        f'<details><summary><span class="m">{method.upper()}</span><code>{escape(path)}</code>'
        f'<span class="s">{scope}</span></summary><p>{escape(operation.get("description", operation["summary"]))}</p>'
        f"<table>{''.join(rows)}</table></details>"
    )


def _name(schema: dict[str, Any]) -> str:
    return escape(
        schema["$ref"].rsplit("/", 1)[1] if "$ref" in schema else str(schema.get("title", schema.get("type", "")))
    )
