"""The service account and the mini-program as use-cases see them (`context.WeChat`)."""

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal
from urllib.parse import quote

from server.adapters.http import Http
from server.adapters.wechat_crypto import Callbacks
from server.adapters.wechat_tokens import Tokens
from server.adapters.wechat_transport import AsyncWeChatClient, File, Refused
from server.context import Callback, Identity, Json, TextVerdict, WeChatApp
from server.errors import Foreign

_OPENID_WRONG, _NO_MENU, _SENT_BEFORE, _NO_SUCH_MENU = 40003, 46003, 45065, 65301


class WeChatClient:
    """Implements `context.WeChat`.

    Calls raise Foreign("wechat", errcode, again) by the table of WECHAT.md section 2; pushes
    raise NotGenuine and Invalid, see `wechat_crypto.Callbacks`.
    """

    def __init__(
        self,
        *,
        appid: str,
        secret: str,
        token: str,
        aes_keys: Sequence[str],
        account_id: str,
        mini_appid: str,
        mini_secret: str,
        mini_token: str = "",
        mini_aes_keys: Sequence[str] = (),
        mini_account_id: str = "",
        api_url: str,
        open_url: str,
        http: Http,
        tokens: Tokens,
        now: Callable[[], datetime],
        mode: Literal["plain", "safe"] = "safe",
    ) -> None:
        """`aes_keys`: the newest first, the previous one behind it during a rotation. URLs have no slash at the end.

        Without `mini_token` no push of the mini-program is believed.
        """
        self._appid, self._secret, self._open_url, self._now = appid, secret, open_url.rstrip("/"), now
        self._tokens = tokens
        mini_mode = mode if mini_token else "plain"
        self._callbacks: dict[WeChatApp, Callbacks] = {
            "service": Callbacks(
                token=token, aes_keys=aes_keys, appid=appid, account_id=account_id, mode=mode, now=now
            ),
            "mini": Callbacks(
                token=mini_token,
                aes_keys=mini_aes_keys,
                appid=mini_appid,
                account_id=mini_account_id,
                mode=mini_mode,
                now=now,
                app="mini",
            ),
        }

        access, mini = tokens.of(appid, secret), tokens.of(mini_appid, mini_secret)
        self._service = AsyncWeChatClient(appid=appid, secret=secret, api_url=api_url, http=http, access=access)
        self._mini = AsyncWeChatClient(appid=mini_appid, secret=mini_secret, api_url=api_url, http=http, access=mini)
        self._ticket_name = f"jsapi:{access.scope}"

    def check_address(self, query: Mapping[str, str], app: WeChatApp = "service") -> str:
        """The echostr of WeChat's GET verification. Raises NotGenuine."""
        return self._callbacks[app].check_address(query)

    def read_callback(self, query: Mapping[str, str], body: bytes, app: WeChatApp = "service") -> Callback:
        """One push to `app`, verified and decrypted. Raises NotGenuine, Invalid."""
        return self._callbacks[app].read(query, body)

    def write_reply(self, callback: Callback, reply: Json | None) -> bytes:
        """The body that answers a push; see `Callbacks.write` for the shapes."""
        return self._callbacks[callback.app].write(callback, reply)

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where to send the browser to learn who holds it, silently. `state`: 1 to 128 letters and digits."""
        if not re.fullmatch(r"[A-Za-z0-9]{1,128}", state):
            raise ValueError("state must be 1 to 128 letters and digits")
        return (  # WeChat wants the parameters in this order
            f"{self._open_url}/connect/oauth2/authorize?appid={self._appid}&redirect_uri={quote(redirect_uri, safe='')}"
            f"&response_type=code&scope=snsapi_base&state={state}#wechat_redirect"
        )

    async def oauth_identity(self, code: str) -> Identity:
        """Who came back from `authorize_url`; the code works once within 5 minutes (40029, 40163, 42003)."""
        params = {"appid": self._appid, "secret": self._secret, "code": code, "grant_type": "authorization_code"}
        given = await self._service.get("https://api.weixin.qq.com/sns/oauth2/access_token", params=params)
        snapshot = str(given.get("is_snapshotuser", 0)) == "1"
        return Identity("service", _need(given, "openid"), given.get("unionid") or None, snapshot)

    async def mini_identity(self, code: str) -> Identity:
        """Who called wx.login; the code works once within 5 minutes. The session key is not kept."""
        given = await self._mini.wxa.code_to_session(code)
        return Identity("mini", _need(given, "openid"), given.get("unionid") or None)

    async def mini_phone(self, code: str) -> str:
        """The phone number behind a getPhoneNumber button, without country code."""
        given = await self._mini.wxa.phone_number(code)
        return _need(given.get("phone_info") or {}, "purePhoneNumber")

    async def js_config(self, url: str) -> Json:
        """{appId,timestamp,nonceStr,signature} for wx.config on the page `url`; its fragment does not count."""
        ticket = await self._tokens.get(self._ticket_name, self._fetch_ticket)
        timestamp, nonce = int(self._now().timestamp()), secrets.token_hex(8)
        return {
            "appId": self._appid,
            "timestamp": timestamp,
            "nonceStr": nonce,
            "signature": js_signature(ticket, nonce, timestamp, url),
        }

    async def send_template(
        self, openid: str, template_id: str, data: Mapping[str, str], *, url: str, client_msg_id: str
    ) -> str:
        """Send a template message; gives its msgid. Repeats within 10 minutes with one client_msg_id are harmless."""
        values = _values(data)
        given = await self._service.message.send_template_once(openid, template_id, values, url, client_msg_id)
        return _need(given, "msgid")

    async def send_subscribe(
        self, app: WeChatApp, openid: str, template_id: str, data: Mapping[str, str], *, page: str
    ) -> str:
        """Send a subscribed message of the account or the mini-program; uses up one permission (43101: none left)."""
        if app == "service":
            call = self._service.message.send_subscribe_message(openid, template_id, _values(data), page=page)
        else:
            call = self._mini.wxa.send_subscribe_message(openid, template_id, _values(data), page=page)
        return str((await call).get("msgid", ""))

    async def send_text(self, openid: str, text: str, app: WeChatApp = "service") -> None:
        """Send a customer-service text (45015: window closed, 45047: count used up)."""
        await (self._service if app == "service" else self._mini).message.send_text(openid, text)

    async def send_assistant(self, openid: str, *, status: int, order_id: str, msg_id: str, info: Json) -> None:
        """Send a notice of 就医助手 to an openid of either app; a repeat with one msg_id is the same notice."""
        await self._service.assistant.send(
            openid=openid, appid=self._appid, status=status, order_id=order_id, msg_id=msg_id, info=info
        )

    async def check_text(self, openid: str, text: str, *, scene: Literal[1, 2, 3, 4]) -> TextVerdict:
        """What WeChat thinks of words (at most 2500 characters) that a person of the mini-program wrote.

        `scene`: 1 profile, 2 comment, 3 forum, 4 journal. 61010: he was not here within two hours.
        """
        given = await self._mini.wxa.check_text(openid, text, scene)
        result = given.get("result") or {}
        suggest = _need(result, "suggest")
        return TextVerdict(suggest, _need(result, "label"), str(given.get("trace_id", "")))

    async def check_media(
        self, openid: str, url: str, *, kind: Literal["sound", "picture"], scene: Literal[1, 2, 3, 4]
    ) -> str:
        """Have WeChat look at a picture or listen to a sound; gives the trace_id that the event MediaChecked names."""
        given = await self._mini.wxa.check_media(openid, url, 1 if kind == "sound" else 2, scene)
        return _need(given, "trace_id")

    async def mini_scheme(self, page: str, query: str = "", *, until: datetime) -> str:
        """A weixin:// address of a page of the mini-program, for 30 days at the most."""
        return _need(await self._mini.wxa.scheme(page, query, until), "openlink")

    async def mini_link(self, page: str, query: str = "", *, until: datetime) -> str:
        """An https address of a page of the mini-program, for text messages; for 30 days at the most."""
        return _need(await self._mini.wxa.link(page, query, until), "url_link")

    async def mini_code(self, scene: str, page: str) -> bytes:
        """The picture of a mini-program code that opens `page` with `scene`: an opaque key, never a patient."""
        if not re.fullmatch(r"[A-Za-z0-9!#$&'()*+,/:;=?@\-._~]{1,32}", scene):
            raise ValueError("scene must be 1 to 32 letters, digits or !#$&'()*+,/:;=?@-._~")
        picture: bytes = await self._mini.wxa.code_unlimited(scene, page)
        return picture

    async def is_following(self, openid: str) -> bool:
        """Whether this person follows the account now."""
        try:
            given = await self._service.user.get(openid)
        except Refused as refused:
            if refused.foreign_code == str(_OPENID_WRONG):
                return False
            raise
        return str(given.get("subscribe", 0)) == "1"

    async def publish_menu(self, menu: Json) -> None:
        """Replace the default menu."""
        await self._service.menu.create(menu)

    async def current_menu(self) -> Json | None:
        """What followers see, whoever made it: {button, conditional: [{button, matchrule, menuid}]}; None: no menu.

        A menu made by hand in WeChat's own console stands only in the first answer, and has kinds of its own.
        """
        try:
            made = await self._service.get("menu/get")
        except Refused as refused:
            if refused.foreign_code != str(_NO_MENU):
                raise
            made = {}
        info = await self._service.menu.get_menu_info()
        if not info.get("is_menu_open"):
            return None
        conditional = [{**c, "button": _buttons(c["button"])} for c in made.get("conditionalmenu") or []]
        return {"button": _buttons(info["selfmenu_info"]["button"]), "conditional": conditional}

    async def add_conditional_menu(self, menu: Json) -> str:
        """Show {button, matchrule} to those who fit, before older ones; gives its menuid (65303: no default menu)."""
        return _need(await self._service.menu.add_conditional(menu), "menuid")

    async def delete_conditional_menu(self, menuid: str) -> None:
        """Those who saw it see the next menu that fits; one that is gone already is as good (65301)."""
        try:
            await self._service.menu.del_conditional(menuid)
        except Refused as refused:
            if refused.foreign_code != str(_NO_SUCH_MENU):
                raise

    async def delete_menu(self) -> None:
        """Take the default menu and all conditional ones away."""
        await self._service.menu.delete()

    async def tags(self) -> list[Json]:
        """The account's tags: [{id, name, count}]."""
        return list((await self._service.get("tags/get")).get("tags") or [])

    async def upload_image(self, name: str, content: bytes) -> str:
        """Upload a picture (JPEG or PNG, under 1 MB) for article bodies; gives its address."""
        return str(await self._service.media.upload_image(_file(name, content)))

    async def add_thumb(self, name: str, content: bytes) -> str:
        """Keep a cover picture as permanent material; gives its media_id."""
        return _need(await self._service.material.add("image", _file(name, content)), "media_id")

    async def add_draft(self, articles: Sequence[Json]) -> str:
        """Store a draft of 1 to 8 articles in WeChat's own shape; gives its media_id."""
        return _need(await self._service.draft.add(articles), "media_id")

    async def preview_draft(self, openid: str, media_id: str) -> None:
        """Show a draft to one person."""
        await self._service.message.preview_article(openid, media_id)

    async def mass_send(self, media_id: str, *, clientmsgid: str) -> str:
        """Send a draft to all; gives the msg_id. A repeat within 24 hours gives the id of the first."""
        try:
            given = await self._service.message.send_mass_article_to_all(media_id, clientmsgid)
        except Refused as refused:
            if refused.foreign_code != str(_SENT_BEFORE):
                raise
            given = refused.answer
        return _need(given, "msg_id")

    async def mass_status(self, msg_id: str) -> str:
        """What became of a mass send: SEND_SUCCESS, SENDING, SEND_FAIL or DELETE."""
        return _need(await self._service.message.get_mass(int(msg_id)), "msg_status")

    async def publish_draft(self, media_id: str) -> str:
        """Publish a draft to the account's list; gives the publish_id."""
        return _need(await self._service.freepublish.submit(media_id), "publish_id")

    async def publication(self, publish_id: str) -> Json:
        """{publish_status: 0 done, 1 under way, 2-6 failed, article_id, article_detail, fail_idx}."""
        given: Json = await self._service.freepublish.get(publish_id)
        return given

    async def scene_qr(self, scene: str) -> str:
        """A permanent QR code that opens the account with `scene` (1 to 64 characters); gives its content."""
        wish = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
        return _need(await self._service.qrcode.create(wish), "url")

    async def _fetch_ticket(self, refused: str | None) -> tuple[str, int]:
        given = await self._service.jsapi.get_ticket()
        return _need(given, "ticket"), int(given.get("expires_in", 7200))


def js_signature(ticket: str, nonce: str, timestamp: int | str, url: str) -> str:
    """The JS-SDK's signature of a page: hex SHA-1 over ticket, nonce, time and address without fragment."""
    page = url.partition("#")[0]
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}"
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324  WeChat's choice


def _values(data: Mapping[str, str]) -> Json:
    return {name: {"value": value} for name, value in data.items()}


def _buttons(given: Json | Sequence[Json]) -> list[Json]:
    """Buttons as menu/create takes them: sub-buttons without their wrapping, and only where there are some."""
    listed = given.get("list", []) if isinstance(given, dict) else given
    below = [(button, _buttons(button.get("sub_button") or [])) for button in listed]
    return [
        {k: v for k, v in button.items() if k != "sub_button"} | ({"sub_button": sub} if sub else {})
        for button, sub in below
    ]


def _need(given: Json, name: str) -> str:
    """A field without which the answer is useless, as text (ids are numbers at times)."""
    value = given.get(name)
    if not isinstance(value, str | int) or not str(value):
        raise Foreign("wechat", "bad_answer", "unknown")
    return str(value)


def _file(name: str, content: bytes) -> File:
    kind = {b"\xff\xd8\xff": "image/jpeg", b"\x89PN": "image/png"}.get(content[:3], "application/octet-stream")
    return name, content, kind
