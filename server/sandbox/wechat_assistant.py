"""微信就医助手: service notices of a public hospital without a subscription (WECHAT.md 4.6)."""

import re
from typing import Any

from server.sandbox import chat, people
from server.sandbox.state import Doc
from server.sandbox.tokens import WeChatError
from server.sandbox.wechat_base import Call, api

_BUSINESS = 150
_FAMILIES = range(15010, 15060, 10)  # outpatient, inpatient, check-up, online, after the visit: 150x0yy
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(-\d{2}:\d{2})?)?")
_NEEDED = ("pat_hospital_id", "pat_name", "department_name", "appointment_time")
_TITLES = {1501001: "预约挂号成功"}
_ROWS = {
    "pat_name": "就诊人",
    "department_name": "科室",
    "doc_name": "医生",
    "appointment_time": "时间",
    "department_location": "地点",
}


def send(call: Call) -> None:
    """/cityservice/sendchannelmsg: with the token of the account, to an openid of either app."""
    data, world = call.data(), call.world
    if call.appid != world.values["WECHAT_APPID"]:
        raise WeChatError(48001, "api unauthorized")
    _check(data, world.values["WECHAT_APPID"])
    appids = (world.values["WECHAT_APPID"], world.values["MINI_APPID"])
    person = next((key for appid in appids if (key := people.by_openid(world, data["open_id"], appid))), None)
    if person is None:
        raise WeChatError(40003, "invalid openid")
    key = f"{person}/{data['order_id']}/{data['msg_id']}"
    before = world.state.get("channel_messages", key)
    if before is None:
        world.state.put("channel_messages", key, data)
        _show(call, person, data)
    elif before != data:
        raise _wrong("msg_id")
    call.ok()


def _check(data: Doc, appid: str) -> None:
    """47003 names the first field that is missing or wrong."""
    status = data.get("status")
    if isinstance(status, bool) or not isinstance(status, int) or status // 100 not in _FAMILIES:
        raise _wrong("status")
    for name in ("open_id", "order_id", "msg_id"):
        if not isinstance(data.get(name), str) or not data[name]:
            raise _wrong(name)
    if data.get("app_id") != appid:
        raise _wrong("app_id")
    if data.get("business_id") != _BUSINESS or isinstance(data["business_id"], bool):
        raise _wrong("business_id")
    info = data.get("business_info")
    if not isinstance(info, dict):
        raise _wrong("business_info")
    for name in _NEEDED if status in _TITLES else ("pat_hospital_id", "pat_name"):
        if not isinstance(info.get(name), str) or not info[name].strip():
            raise _wrong(f"business_info.{name}")
    if not _TIME.fullmatch(str(info.get("appointment_time", "2000-01-01"))):
        raise _wrong("business_info.appointment_time")
    page = info.get("pageinfo")
    if page is not None and not (isinstance(page, dict) and page.get("appid") and page.get("path")):
        raise _wrong("business_info.pageinfo")


def _wrong(name: str) -> WeChatError:
    return WeChatError(47003, f"argument invalid! {name} invalid")


def _show(call: Call, person: str, data: Doc) -> None:
    info = data["business_info"]
    rows = [{"label": label, "value": str(info[name])} for name, label in _ROWS.items() if info.get(name)]
    page = info.get("pageinfo") or {}
    link = {"appid": page["appid"], "page": page["path"]} if page else {}
    title = f"微信就医助手 · {_TITLES.get(data['status'], '就医通知')}"
    chat.deliver(call.world, person, "service", "subscribe", title=title, key="channel", rows=rows, link=link)


def routes() -> list[tuple[str, Any]]:
    return [api("/cityservice/sendchannelmsg", post=send)]
