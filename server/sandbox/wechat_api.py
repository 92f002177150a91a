"""api.weixin.qq.com, first drawer: tokens, tickets, users, QR codes; and the list of all API routes."""

import base64
import io
import secrets
from typing import Any

import segno

from server.sandbox import (
    people,
    tokens,
    wechat_assistant,
    wechat_content,
    wechat_login,
    wechat_mass,
    wechat_menus,
    wechat_messages,
    wechat_mini,
)
from server.sandbox.state import Doc
from server.sandbox.tokens import WeChatError
from server.sandbox.wechat_base import Call, api

_PERMANENT_CODES = 100_000
_CLEARINGS_A_MONTH = 10


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
        **people.unionid(call.world, person),
        "remark": "",
        "groupid": 0,
        "tagid_list": wechat_menus.tags_of(call.world, person),
        "subscribe_scene": follower["scene"],
        "qr_scene": 0,
        "qr_scene_str": follower["qr"],
    }


def user_list(call: Call) -> None:
    openids = [people.public_openid(call.world, key) for key in people.followers(call.world)]
    data = {"openid": openids} if openids else {}
    call.answer({"total": len(openids), "count": len(openids), "data": data, "next_openid": (openids or [""])[-1]})


def _is_scene_id(value: str, action: str) -> bool:
    most = _PERMANENT_CODES if "LIMIT" in action else 2**32 - 1
    return value.isdigit() and 1 <= int(value) <= most


def create_qrcode(call: Call) -> None:
    data = call.data()
    action = data.get("action_name")
    scene = data.get("action_info", {}).get("scene", {})
    if action not in ("QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"):
        raise WeChatError(40053, "invalid action info")
    value = str(scene.get("scene_str" if "STR" in action else "scene_id", ""))
    if not 1 <= len(value) <= 64 or ("STR" not in action and not _is_scene_id(value, action)):
        raise WeChatError(40053, "invalid action info")
    kept = next((c for c in call.world.state.all("qrcodes") if c["scene"] == value and not c["until"]), None)
    if kept and "LIMIT" in action:  # a permanent code of this scene is there already
        return call.answer({"ticket": kept["ticket"], "url": kept["url"]})
    if "LIMIT" in action and sum(not c["until"] for c in call.world.state.all("qrcodes")) >= _PERMANENT_CODES:
        raise WeChatError(45029, "qrcode count out of limit")
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
    """Ten times a month, by hand or by API."""
    month = f"cleared {call.world.clock.real_now():%Y-%m}"
    call.world.usage[month] = call.world.usage.get(month, 0) + 1
    if call.world.usage[month] > _CLEARINGS_A_MONTH:
        raise WeChatError(48006, "forbid to clear quota because of reaching the limit")
    for name in [n for n in call.world.usage if n.startswith("quota ")]:
        del call.world.usage[name]
    call.ok()


def routes() -> list[tuple[str, Any]]:
    """Every path of api.weixin.qq.com and mp.weixin.qq.com that the sandbox answers."""
    return [
        api("/cgi-bin/token", token=False, get=token),
        api("/cgi-bin/stable_token", token=False, post=stable_token),
        api("/cgi-bin/ticket/getticket", get=get_ticket),
        api("/cgi-bin/user/info", get=user_info),
        api("/cgi-bin/user/info/batchget", post=user_info_batch),
        api("/cgi-bin/user/get", get=user_list),
        api("/cgi-bin/qrcode/create", post=create_qrcode),
        api("/cgi-bin/showqrcode", token=False, get=show_qrcode),
        api("/cgi-bin/callback/check", post=callback_check),
        api("/cgi-bin/clear_quota", post=clear_quota),
        *wechat_messages.routes(),
        *wechat_content.routes(),
        *wechat_menus.routes(),
        *wechat_mass.routes(),
        *wechat_login.routes(),
        *wechat_assistant.routes(),
        *wechat_mini.routes(),
    ]
