"""Logging in: OAuth for pages, code2session and phone numbers for the mini-program; codes work once, for 5 minutes."""

import base64
import html
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from server.sandbox import people
from server.sandbox.state import Doc
from server.sandbox.tokens import WeChatError, check_app
from server.sandbox.web import Handler
from server.sandbox.wechat_base import Call, api
from server.sandbox.world import World

COOKIE = "sandbox_person"
CODE_LIFE_S = 300
_LOGINS_A_MINUTE = 100
_REFRESHES_S = 30 * 86400


def make_code(world: World, kind: str, person: str, **more: Any) -> str:
    """A one-time code of kind oauth, js or phone."""
    code = {"oauth": "0a", "js": "0c", "phone": "e3"}[kind] + secrets.token_hex(31 if kind == "phone" else 15)
    born = world.clock.real_seconds()
    for old, doc in world.state.items("codes"):
        if doc["born"] < born - 3600:
            world.state.delete("codes", old)
    world.state.put("codes", code, {"kind": kind, "person": person, "born": born, "used": False, **more})
    return code


def take_code(world: World, kind: str, text: str) -> Doc:
    """Use a code: 40029 unknown, 40163 used before, 42003 too old."""
    code = world.state.get("codes", text)
    if code is None or code["kind"] != kind:
        raise WeChatError(40029, "invalid code")
    if code["used"]:
        raise WeChatError(40163, "code been used")
    if world.clock.real_seconds() - code["born"] > CODE_LIFE_S:
        raise WeChatError(42003 if kind == "oauth" else 40029, "code expired" if kind == "oauth" else "invalid code")
    world.state.put("codes", text, {**code, "used": True})
    return code


def oauth_token(call: Call) -> None:
    """/sns/oauth2/access_token."""
    get, world = call.get_query_argument, call.world
    _check_public(world, get("appid", ""), get("secret", ""))
    if get("grant_type", "") != "authorization_code":
        raise WeChatError(40002, "invalid grant_type")
    if not get("code", ""):
        raise WeChatError(41008, "missing code")
    code = take_code(world, "oauth", get("code"))
    call.answer(_grant(world, code["person"], code["scope"]))


def refresh_oauth(call: Call) -> None:
    get, world = call.get_query_argument, call.world
    if get("appid", "") != world.values["WECHAT_APPID"]:
        raise WeChatError(40013, "invalid appid")
    grant = world.state.get("refresh_tokens", get("refresh_token", ""))
    if grant is None:
        raise WeChatError(40030, "invalid refresh_token")
    if grant["expires"] <= world.clock.real_seconds():
        raise WeChatError(42002, "refresh_token expired")
    call.answer(_grant(world, grant["person"], grant["scope"]))


def _grant(world: World, person: str, scope: str) -> Doc:
    access, refresh = (f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(60)}" for _ in range(2))
    expires = world.clock.real_seconds() + 7200
    world.state.put("oauth_tokens", access, {"person": person, "scope": scope, "expires": expires})
    lasting = {"person": person, "scope": scope, "expires": world.clock.real_seconds() + _REFRESHES_S}
    world.state.put("refresh_tokens", refresh, lasting)
    known = people.find(world, person) or {}
    answer: Doc = {
        "access_token": access,
        "expires_in": 7200,
        "refresh_token": refresh,
        "openid": people.public_openid(world, person),
        "scope": scope,
    }
    if known.get("snapshot"):
        answer |= {"is_snapshotuser": 1, "openid": people.openid_of("snapshot", person)}
    elif scope == "snsapi_userinfo" or people.follows(world, person):
        answer |= people.unionid(world, person)
    return answer


def oauth_userinfo(call: Call) -> None:
    """/sns/userinfo: with the OAuth token of snsapi_userinfo only."""
    get, world = call.get_query_argument, call.world
    grant = world.state.get("oauth_tokens", get("access_token", ""))
    if grant is None:
        raise WeChatError(40001, "invalid credential")
    if grant["expires"] <= world.clock.real_seconds():
        raise WeChatError(42001, "access_token expired")
    if grant["scope"] != "snsapi_userinfo":
        raise WeChatError(48001, "api unauthorized")
    person = people.find(world, grant["person"]) or {}
    call.answer({
        "openid": people.public_openid(world, grant["person"]),
        "nickname": person.get("nickname", "微信用户"),
        "sex": 0, "province": "", "city": "", "country": "", "headimgurl": "", "privilege": [],
        **people.unionid(world, grant["person"]),
    })  # fmt: skip


def code_to_session(call: Call) -> None:
    """/sns/jscode2session of the mini-program."""
    get, world = call.get_query_argument, call.world
    check_app(world, get("appid", ""), get("secret", ""))
    if get("appid") != world.values["MINI_APPID"]:
        raise WeChatError(40013, "invalid appid")
    code = take_code(world, "js", get("js_code", ""))
    person = code["person"]
    minute = f"logins {person} {int(world.clock.real_seconds() // 60)}"
    world.usage[minute] = world.usage.get(minute, 0) + 1
    if world.usage[minute] > _LOGINS_A_MINUTE:
        raise WeChatError(45011, "api minute-quota reach limit")
    world.state.put("mini_visits", person, {"at": world.clock.real_seconds()})
    if (people.find(world, person) or {}).get("high_risk"):
        raise WeChatError(40226, "code blocked")
    session_key = base64.b64encode(secrets.token_bytes(16)).decode()
    world.state.put("session_keys", person, {"session_key": session_key})
    call.answer(
        {
            "openid": people.mini_openid(world, person),
            "session_key": session_key,
            **people.unionid(world, person),
        }
    )


def phone_number(call: Call) -> None:
    """/wxa/business/getuserphonenumber: with the mini-program's token and the button's code."""
    world = call.world
    code_text = str(call.data().get("code", ""))
    if call.appid != world.values["MINI_APPID"]:
        raise WeChatError(40029, "invalid code")
    code = take_code(world, "phone", code_text)
    number = (people.find(world, code["person"]) or {}).get("phone", "")
    watermark = {"timestamp": world.clock.timestamp(), "appid": call.appid}
    info = {"phoneNumber": number, "purePhoneNumber": number, "countryCode": "86", "watermark": watermark}
    call.ok(phone_info=info)


def _check_public(world: World, appid: str, secret: str) -> None:
    check_app(world, appid, secret)
    if appid != world.values["WECHAT_APPID"]:
        raise WeChatError(40013, "invalid appid")


class Authorize(Handler):
    """open.weixin.qq.com/connect/oauth2/authorize: knows the person by the sandbox's cookie, asks when it must."""

    part = "wechat"

    def get(self) -> None:
        asked = dict(parse_qsl(urlsplit(self.request.uri or "").query, keep_blank_values=True))
        wrong = self._wrong(asked)
        if wrong:
            self._page("无法打开", f"<p>{wrong}</p>", 400)
            return
        person = self.get_cookie(COOKIE) or ""
        if people.find(self.world, person) is None:
            self._page("请选择是谁的手机", self._choice())
        elif asked["scope"] == "snsapi_userinfo" and "agree" not in asked:
            self._page("申请获得你的昵称、头像", self._consent(asked))
        elif asked.get("agree") == "no":
            self.redirect(_with(asked["redirect_uri"], {"state": asked.get("state", "")}))
        else:
            code = make_code(self.world, "oauth", person, scope=asked["scope"])
            self.redirect(_with(asked["redirect_uri"], {"code": code, "state": asked.get("state", "")}))

    def post(self) -> None:
        """Choose whose phone this browser is, then go on."""
        person = self.get_body_argument("person", "")
        if people.find(self.world, person) is not None:
            self.set_cookie(COOKIE, person, httponly=True, samesite="Lax", path="/")
        self.redirect(self.request.uri or "/")

    def _wrong(self, asked: dict[str, str]) -> str:
        order = [name for name in asked if name in ("appid", "redirect_uri", "response_type", "scope", "state")]
        if order != ["appid", "redirect_uri", "response_type", "scope", "state"][: len(order)] or len(order) < 4:
            return "参数错误（参数不全或顺序不对）"
        if asked["appid"] != self.world.values["WECHAT_APPID"]:
            return "参数错误（10012 appid）"
        if not self.world.is_ours(asked["redirect_uri"]):
            return "redirect_uri 域名与后台配置不一致（10003）"
        if asked["response_type"] != "code" or asked["scope"] not in ("snsapi_base", "snsapi_userinfo"):
            return "Scope 参数错误或没有 Scope 权限（10005）"
        state = asked.get("state", "")
        return "" if len(state) <= 128 and (state.isalnum() or not state) and state.isascii() else "state 参数错误"

    def _choice(self) -> str:
        cards = [
            f'<button name="person" value="{p["key"]}"><b>{html.escape(p["name"])}</b>'
            f"<small>{html.escape(p['about'])}</small></button>"
            for p in self.world.state.all("people")
        ]
        return f'<p>这一页在微信里不会出现：请选择您扮演谁。</p><form method="post">{"".join(cards)}</form>'

    def _consent(self, asked: dict[str, str]) -> str:
        yes, no = (f"?{urlencode({**asked, 'agree': a})}" for a in ("yes", "no"))
        return f'<p>随诊示范医院</p><a class="yes" href="{yes}">允许</a><a href="{no}">拒绝</a>'

    def _page(self, title: str, body: str, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" '
            f'content="width=device-width,initial-scale=1"><title>{title}</title>'
            f'<link rel="stylesheet" href="/sandbox/static/plain.css"><main><h1>{title}</h1>{body}</main></html>'
        )


def _with(url: str, more: dict[str, str]) -> str:
    address, _, fragment = url.partition("#")
    joined = f"{address}{'&' if '?' in address else '?'}{urlencode(more)}"
    return joined + (f"#{fragment}" if fragment else "")


def routes() -> list[tuple[str, Any]]:
    return [
        api("/sns/oauth2/access_token", token=False, get=oauth_token),
        api("/sns/oauth2/refresh_token", token=False, get=refresh_oauth),
        api("/sns/userinfo", token=False, get=oauth_userinfo),
        api("/sns/jscode2session", token=False, get=code_to_session),
        api("/wxa/business/getuserphonenumber", post=phone_number),
        ("/connect/oauth2/authorize", Authorize),
    ]
