"""wechatpy's API definitions on our HTTP and our tokens, and what wechatpy 1.8.18 lacks in the same style.

`await client.menu.create({...})`: the definition is wechatpy's, the call is ours. Not usable
here: wechatpy's own token, retry, OAuth and the few definitions that look into a result.
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from wechatpy.client import WeChatClient as Definitions
from wechatpy.client import api
from wechatpy.client.api.base import BaseWeChatAPI

from server import logs
from server.adapters.http import Answer, Http
from server.adapters.wechat_tokens import AccessToken
from server.context import Json
from server.errors import Again, Foreign

_log = logs.get("adapters.wechat")
_OFFICIAL = "https://api.weixin.qq.com"
_TOKEN_HERE = "the token goes here"  # what definitions that ask for the token are given

STALE_TOKEN = frozenset({40001, 40014, 42001})
# What had no effect and may succeed later: busy, quota, too frequent, or a setting that people will mend.
_LATER = frozenset(
    {-1, 40001, 40014, 42001, 41001, 45009, 45011, 45029, 45066, 43108} | {40013, 40125, 40164, 40243, 89501, 89503}
)

# Calls whose repetition WeChat recognises, or that only replace what is there.
_REPEATABLE = frozenset({"/cgi-bin/message/template/send", "/cgi-bin/message/mass/sendall", "/cgi-bin/menu/create"})

File = tuple[str, bytes, str]  # name, content, content type


class Refused(Foreign):
    """WeChat answered with an errcode; `answer` is the whole of it."""

    def __init__(self, answer: Json) -> None:
        errcode = int(answer["errcode"])
        again: Again = "later" if errcode in _LATER else "never"
        super().__init__("wechat", str(errcode), again)
        self.answer = answer


class Message(api.WeChatMessage):  # type: ignore[misc]
    """Messages of the service account."""

    def send_template_once(self, openid: str, template_id: str, data: Json, url: str, client_msg_id: str) -> Any:
        """A template message; the same client_msg_id to the same person is sent once in 10 minutes."""
        return self._post(
            "message/template/send",
            data={
                "touser": openid,
                "template_id": template_id,
                "url": url,
                "client_msg_id": client_msg_id,
                "data": data,
            },
        )

    def preview_article(self, openid: str, media_id: str) -> Any:
        """Show a draft to one person."""
        return self._post(
            "message/mass/preview",
            data={"touser": openid, "mpnews": {"media_id": media_id}, "msgtype": "mpnews"},
        )

    def send_mass_article_to_all(self, media_id: str, client_msg_id: str) -> Any:
        """Send a draft to all followers; the same clientmsgid is sent once in 24 hours."""
        return self._post(
            "message/mass/sendall",
            data={
                "filter": {"is_to_all": True},
                "mpnews": {"media_id": media_id},
                "msgtype": "mpnews",
                "send_ignore_reprint": 0,
                "clientmsgid": client_msg_id,
            },
        )


class Draft(BaseWeChatAPI):  # type: ignore[misc]
    """Drafts of articles."""

    def add(self, articles: Sequence[Json]) -> Any:
        """-> {media_id}"""
        return self._post("draft/add", data={"articles": list(articles)})

    def get(self, media_id: str) -> Any:
        """-> {news_item:[…]}"""
        return self._post("draft/get", data={"media_id": media_id})

    def delete(self, media_id: str) -> Any:
        """Cannot be undone."""
        return self._post("draft/delete", data={"media_id": media_id})


class FreePublish(BaseWeChatAPI):  # type: ignore[misc]
    """Publishing to the account's list, pushed to nobody."""

    def submit(self, media_id: str) -> Any:
        """-> {publish_id}; the outcome comes as event PUBLISHJOBFINISH."""
        return self._post("freepublish/submit", data={"media_id": media_id})

    def get(self, publish_id: str) -> Any:
        """-> {publish_status, article_id, article_detail, fail_idx}"""
        return self._post("freepublish/get", data={"publish_id": publish_id})


class MiniProgram(api.WeChatWxa):  # type: ignore[misc]
    """The mini-program's server side."""

    def phone_number(self, code: str) -> Any:
        """-> {phone_info:{purePhoneNumber,countryCode,…}}; the code works once within 5 minutes."""
        return self._post("wxa/business/getuserphonenumber", data={"code": code})


class AsyncWeChatClient(Definitions):  # type: ignore[misc]
    """One app (service account or mini-program): definitions return awaitables of the answer as dict.

    They raise Foreign: `Refused` for an errcode, `bad_answer` and `http_…` for what is no
    answer of WeChat's. A stale token is renewed once and the call repeated once.
    """

    message = Message()
    draft = Draft()
    freepublish = FreePublish()
    wxa = MiniProgram()

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
            given = _read(answer, reads=body is None)
            errcode = int(given.get("errcode") or 0)
            if not errcode:
                process = wish.get("result_processor")
                return process(given) if process else given
            if errcode not in STALE_TOKEN or not ours or attempt == 2:
                break
            token = await self._access.get(refused=token)
        _log.warning("wechat.refused", call=what, errcode=errcode, errmsg=str(given.get("errmsg", ""))[:120])
        raise Refused(given)


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
