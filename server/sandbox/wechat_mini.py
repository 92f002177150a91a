"""The mini-program's server side: content checks, links into its pages, its codes (WECHAT.md 5)."""

import io
import re
import secrets
from typing import Any
from urllib.parse import urlsplit

import segno

from server.sandbox import push
from server.sandbox.state import Doc
from server.sandbox.tokens import WeChatError
from server.sandbox.wechat_base import Call, api
from server.sandbox.world import World

_VISIT_S = 2 * 3600
_LONGEST_TEXT, _LONGEST_QUERY, _LONGEST_LINK_S = 2500, 1024, 30 * 86400
_SCENE = re.compile(r"[A-Za-z0-9!#$&'()*+,/:;=?@\-._~]{1,32}")
_QUERY = re.compile(r"[A-Za-z0-9!#$&'()*+,/:;=?@\-._~%]*")
_PAGE = re.compile(r"pages/[A-Za-z0-9/_-]+")
_HARMLESS = ("pass", 100)
# Words that tests and visitors use for a risk: what WeChat would say, and its label.
_WORDS = {
    "违规测试": ("risky", 20001),
    "色情测试": ("risky", 20002),
    "辱骂测试": ("risky", 20003),
    "违法测试": ("risky", 20006),
    "诈骗测试": ("risky", 20008),
    "广告测试": ("review", 10001),
}


def check_text(call: Call) -> None:
    """/wxa/msg_sec_check v2: the person was here within two hours; sample words have their labels."""
    data = _checked(call)
    if not isinstance(data.get("content"), str) or not 0 < len(data["content"]) <= _LONGEST_TEXT:
        raise WeChatError(47001, "data format error")
    suggest, label = _judged(" ".join(str(data.get(name, "")) for name in ("content", "title", "nickname")))
    result = {"suggest": suggest, "label": label}
    detail = [{"strategy": "content_model", "errcode": 0, **result, "prob": 90}]
    call.ok(result=result, detail=detail, trace_id=_trace())


def check_media(call: Call) -> None:
    """/wxa/media_check_async: the verdict follows as event wxa_media_check; `risky` in the address is a risk."""
    data, world = _checked(call), call.world
    address = str(data.get("media_url", ""))
    if data.get("media_type") not in (1, 2) or urlsplit(address).scheme not in ("http", "https"):
        raise WeChatError(47001, "data format error")
    trace, suggest, label = _trace(), *(("risky", 20002) if "risky" in address else _HARMLESS)
    verdict = {"suggest": suggest, "label": label}
    push.event(
        world,
        call.receiver(data["openid"]),
        "wxa_media_check",
        app="mini",
        appid=call.appid,
        trace_id=trace,
        version=2,
        detail=[{"strategy": "content_model", "errcode": 0, **verdict, "prob": 90}],
        result=verdict,
    )
    call.ok(trace_id=trace)


def _checked(call: Call) -> Doc:
    """The body of a content check; 61010 when this person was not here within two hours."""
    data, world = call.data(), call.world
    _need_mini(call)
    if data.get("version") != 2 or data.get("scene") not in (1, 2, 3, 4):
        raise WeChatError(47001, "data format error")
    visit = world.state.get("mini_visits", call.receiver(data.get("openid")))
    if visit is None or world.clock.real_seconds() - visit["at"] > _VISIT_S:
        raise WeChatError(61010, "code is expired")
    return data


def _judged(text: str) -> tuple[str, int]:
    return next((verdict for word, verdict in _WORDS.items() if word in text), _HARMLESS)


def make_scheme(call: Call) -> None:
    """/wxa/generatescheme."""
    data = call.data()
    jump = data.get("jump_wxa") or {}
    if data.get("is_expire") is not True:
        raise WeChatError(85401, "invalid is_expire")
    call.ok(openlink=_keep(call, "weixin://dl/business/?t=", jump, data))


def make_link(call: Call) -> None:
    """/wxa/generate_urllink."""
    data = call.data()
    call.ok(url_link=_keep(call, "https://wxaurl.cn/", data, data))


def _keep(call: Call, prefix: str, target: Doc, expiry: Doc) -> str:
    """A new address of a page; 40165 page, 40212 query, 85401 time."""
    world = call.world
    _need_mini(call)
    page, query = str(target.get("path", "")), str(target.get("query", ""))
    if not _PAGE.fullmatch(page):
        raise WeChatError(40165, "invalid weapp pagepath")
    if len(query) > _LONGEST_QUERY or not _QUERY.fullmatch(query):
        raise WeChatError(40212, "invalid query")
    now = world.clock.timestamp()
    if expiry.get("expire_type", 0) == 1:
        until = now + int(expiry.get("expire_interval", 0)) * 86400
    else:
        until = int(expiry.get("expire_time", 0))
    if not now < until <= now + _LONGEST_LINK_S:
        raise WeChatError(85401, "invalid expire_time")
    address = prefix + secrets.token_urlsafe(9)
    world.state.put("mini_links", address, {"page": page, "query": query, "until": until})
    return address


def make_code(call: Call) -> None:
    """/wxa/getwxacodeunlimit: a picture, or JSON with an errcode."""
    data, world = call.data(), call.world
    _need_mini(call)
    scene, page = data.get("scene"), str(data.get("page", ""))
    if not isinstance(scene, str) or not _SCENE.fullmatch(scene):
        raise WeChatError(40169, "invalid length for scene, or the data is not json string")
    if not _PAGE.fullmatch(page):
        raise WeChatError(41030, "invalid page")
    address = f"https://mp.weixin.qq.com/a/~~{secrets.token_urlsafe(9)}"
    world.state.put("mini_links", address, {"page": page, "query": f"scene={scene}", "until": None})
    picture = io.BytesIO()
    segno.make(address).save(picture, kind="png", scale=6)
    call.result = 0
    call.set_header("Content-Type", "image/png")
    call.finish(picture.getvalue())


def opened(world: World, address: str) -> Doc | None:
    """Where a link or code of the mini-program leads on a phone: {appid, page}; None: to nothing of ours."""
    link = world.state.get("mini_links", address)
    if link is None or (link["until"] and link["until"] < world.clock.timestamp()):
        return None
    page = f"{link['page']}?{link['query']}" if link["query"] else link["page"]
    return {"appid": world.values["MINI_APPID"], "page": page}


def _need_mini(call: Call) -> None:
    if call.appid != call.world.values["MINI_APPID"]:
        raise WeChatError(48001, "api unauthorized")


def _trace() -> str:
    return "-".join(secrets.token_hex(4) for _ in range(3))


def routes() -> list[tuple[str, Any]]:
    return [
        api("/wxa/msg_sec_check", post=check_text),
        api("/wxa/media_check_async", post=check_media),
        api("/wxa/generatescheme", post=make_scheme),
        api("/wxa/generate_urllink", post=make_link),
        api("/wxa/getwxacodeunlimit", post=make_code),
    ]
