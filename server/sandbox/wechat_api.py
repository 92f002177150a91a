"""api.weixin.qq.com, first drawer: tokens, tickets, menus, users, QR codes; and the list of all API routes."""

import base64
import io
import secrets
from typing import Any

import segno

from server.sandbox import people, tokens, wechat_content, wechat_login, wechat_mass, wechat_messages
from server.sandbox.state import Doc
from server.sandbox.tokens import WeChatError
from server.sandbox.wechat_base import Call, api

_NAME_BYTES, _KEY_BYTES, _URL_BYTES = 60, 128, 1024
_FIRST, _SECOND = 3, 5
_FOREIGN_DOMAINS = 3
_NEEDS = {
    "click": "key", "view": "url", "scancode_push": "key", "scancode_waitmsg": "key", "pic_sysphoto": "key",
    "pic_photo_or_album": "key", "pic_weixin": "key", "location_select": "key", "media_id": "media_id",
    "article_id": "article_id", "article_view_limited": "article_id", "view_limited": "media_id", "miniprogram": "url",
}  # fmt: skip


def token(call: Call) -> None:
    get = call.get_query_argument
    if get("grant_type", "") != "client_credential":
        raise WeChatError(40002, "invalid grant_type")
    tokens.check_app(call.world, get("appid", ""), get("secret", ""))
    call.answer(tokens.plain_token(call.world, get("appid")))


def stable_token(call: Call) -> None:
    data = call.data()
    if data.get("grant_type") != "client_credential":
        raise WeChatError(40002, "invalid grant_type")
    tokens.check_app(call.world, str(data.get("appid", "")), str(data.get("secret", "")))
    call.answer(tokens.stable_token(call.world, str(data["appid"]), data.get("force_refresh") is True))


def get_ticket(call: Call) -> None:
    kind = call.get_query_argument("type", "")
    if kind not in ("jsapi", "wx_card"):
        raise WeChatError(40097, "invalid args")
    call.ok(**tokens.ticket(call.world, kind))


def create_menu(call: Call) -> None:
    data = call.data()
    check_menu(data.get("button"), call.world.public_url)
    menu = {"button": data["button"], "at": call.world.clock.timestamp()}
    call.world.state.put("menu", "default", menu)
    call.world.live.tell("menu", {"kind": "menu"})
    call.ok()


def get_menu(call: Call) -> None:
    menu = call.world.state.get("menu", "default")
    if menu is None:
        raise WeChatError(46003, "menu no exist")
    call.answer({"menu": {"button": menu["button"], "menuid": 208396938}})


def delete_menu(call: Call) -> None:
    call.world.state.delete("menu", "default")
    call.world.live.tell("menu", {"kind": "menu"})
    call.ok()


def current_menu(call: Call) -> None:
    menu = call.world.state.get("menu", "default")
    buttons = [
        {**b, "sub_button": {"list": b["sub_button"]}} if b.get("sub_button") else b
        for b in (menu or {}).get("button", [])
    ]
    call.answer({"is_menu_open": int(menu is not None), "selfmenu_info": {"button": buttons}})


def check_menu(buttons: Any, public_url: str) -> None:
    """WeChat's own limits; display limits are the account owner's business."""
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= _FIRST:
        raise WeChatError(40016, "invalid button size")
    leaves: list[Doc] = []
    for button in buttons:
        _check_text(button, "name", _NAME_BYTES, 40018, "invalid button name size")
        below = button.get("sub_button") or []
        if len(below) > _SECOND:
            raise WeChatError(40023, "invalid sub button size")
        for sub in below:
            _check_text(sub, "name", _NAME_BYTES, 40025, "invalid sub button name size")
            if sub.get("sub_button"):
                raise WeChatError(40022, "invalid sub button level")
        leaves += below or [button]
    for leaf in leaves:
        kind = leaf.get("type")
        if kind not in _NEEDS:
            raise WeChatError(40017, "invalid button type")
        needed = _NEEDS[kind]
        codes = {"key": (40019, _KEY_BYTES), "url": (40020, _URL_BYTES)}
        code, limit = codes.get(needed, (40007, _KEY_BYTES))
        _check_text(leaf, needed, limit, code, f"invalid button {needed} size")
        if kind == "miniprogram" and not (leaf.get("appid") and leaf.get("pagepath")):
            raise WeChatError(40165, "invalid weapp pagepath")
    hosts = {str(leaf["url"]).split("/")[2:3][0] for leaf in leaves if str(leaf.get("url", "")).count("/") > 1}
    if len(hosts - set(public_url.split("/")[2:3])) > _FOREIGN_DOMAINS:
        raise WeChatError(65316, "the number of external domain in menu is over limit")


def _check_text(button: Doc, name: str, limit: int, code: int, message: str) -> None:
    value = button.get(name)
    if not isinstance(value, str) or not 0 < len(value.encode()) <= limit:
        raise WeChatError(code, message)


def user_info(call: Call) -> None:
    call.answer(_user(call, call.get_query_argument("openid", "")))


def user_info_batch(call: Call) -> None:
    wanted = call.data().get("user_list")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= 100:
        raise WeChatError(40003, "invalid openid list size")
    call.answer({"user_info_list": [_user(call, user.get("openid")) for user in wanted]})


def _user(call: Call, openid: Any) -> Doc:
    person = call.receiver(openid)
    follower = call.world.state.get("followers", person)
    if follower is None:
        return {"subscribe": 0, "openid": openid}
    return {
        "subscribe": 1,
        "openid": openid,
        "language": "zh_CN",
        "subscribe_time": follower["since"],
        "unionid": people.unionid_of(person),
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": follower["scene"],
        "qr_scene": 0,
        "qr_scene_str": follower["qr"],
    }


def user_list(call: Call) -> None:
    openids = [people.public_openid(call.world, key) for key in people.followers(call.world)]
    data = {"openid": openids} if openids else {}
    call.answer({"total": len(openids), "count": len(openids), "data": data, "next_openid": (openids or [""])[-1]})


def create_qrcode(call: Call) -> None:
    data = call.data()
    action = data.get("action_name")
    scene = data.get("action_info", {}).get("scene", {})
    if action not in ("QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"):
        raise WeChatError(40053, "invalid action info")
    value = str(scene.get("scene_str" if "STR" in action else "scene_id", ""))
    if not 1 <= len(value) <= 64 or ("STR" not in action and not value.isdigit()):
        raise WeChatError(40053, "invalid action info")
    short = secrets.token_urlsafe(15)
    ticket = "gQ" + base64.urlsafe_b64encode(short.encode() + secrets.token_bytes(40)).decode()
    expires = None if "LIMIT" in action else min(int(data.get("expire_seconds", 60)), 2592000)
    url = f"http://weixin.qq.com/q/{short}"
    until = expires and call.world.clock.real_seconds() + expires
    call.world.state.put("qrcodes", ticket, {"ticket": ticket, "url": url, "scene": value, "until": until})
    call.answer({"ticket": ticket, "url": url, **({"expire_seconds": expires} if expires else {})})


def show_qrcode(call: Call) -> None:
    code = call.world.state.get("qrcodes", call.get_query_argument("ticket", ""))
    if code is None:
        call.set_status(404)
        call.finish()
        return
    picture = io.BytesIO()
    segno.make(code["url"]).save(picture, kind="png", scale=8)
    call.set_header("Content-Type", "image/png")
    call.finish(picture.getvalue())


def callback_check(call: Call) -> None:
    call.answer({"dns": [], "ping": []})


def clear_quota(call: Call) -> None:
    for name in [n for n in call.world.usage if n.startswith("quota ")]:
        del call.world.usage[name]
    call.ok()


def routes() -> list[tuple[str, Any]]:
    """Every path of api.weixin.qq.com and mp.weixin.qq.com that the sandbox answers."""
    return [
        api("/cgi-bin/token", token=False, get=token),
        api("/cgi-bin/stable_token", token=False, post=stable_token),
        api("/cgi-bin/ticket/getticket", get=get_ticket),
        api("/cgi-bin/menu/create", post=create_menu),
        api("/cgi-bin/menu/get", get=get_menu),
        api("/cgi-bin/menu/delete", get=delete_menu),
        api("/cgi-bin/get_current_selfmenu_info", get=current_menu),
        api("/cgi-bin/user/info", get=user_info),
        api("/cgi-bin/user/info/batchget", post=user_info_batch),
        api("/cgi-bin/user/get", get=user_list),
        api("/cgi-bin/qrcode/create", post=create_qrcode),
        api("/cgi-bin/showqrcode", token=False, get=show_qrcode),
        api("/cgi-bin/callback/check", post=callback_check),
        api("/cgi-bin/clear_quota", post=clear_quota),
        *wechat_messages.routes(),
        *wechat_content.routes(),
        *wechat_mass.routes(),
        *wechat_login.routes(),
    ]
