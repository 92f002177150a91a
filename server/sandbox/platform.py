"""The platform's view: clock, calls, tokens, pushes, notifications, quotas, faults; and switches for tests."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from tornado.web import HTTPError

from server.sandbox import chat, pay_notify, pay_orders, people, push, scenarios, sms, tokens, wechat_menus
from server.sandbox.crypto import js_sdk_signature
from server.sandbox.faults import EFFECTS, PARTS
from server.sandbox.phone import LivePerson, SandboxHandler
from server.sandbox.state import Doc
from server.sandbox.wechat_base import DAILY_QUOTAS, quota_name
from server.sandbox.world import World

_SHOWN = 120
_JUMP = re.compile(r"\+\s*(\d+)\s*(seconds?|minutes?|hours?|days?)")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_CHANGEABLE = (
    "public_url",
    "wechat_mode",
    "push_timeout_s",
    "push_gap_s",
    "settle_s",
    "token_life_s",
    "slow_bank_s",
    "open_platform",
)


def clock_shown(world: World) -> Doc:
    clock = world.clock
    return {
        "now": clock.local().isoformat(timespec="seconds"),
        "real_now": clock.real_now().isoformat(timespec="seconds"),
        "rate": clock.rate,
    }


async def set_clock(world: World, data: Doc) -> Doc:
    """{rate?} {at?: ISO with zone} {jump?: "tomorrow 08:00" | "+7 days" | "+30 minutes"} {real?: true}."""
    jump = str(data.get("jump") or "")
    found = _JUMP.fullmatch(jump)
    if found:
        await world.clock.jump(seconds=int(found[1]) * _SECONDS[found[2].rstrip("s")])
    elif re.fullmatch(r"tomorrow \d{2}:\d{2}", jump):
        await world.clock.jump_to_tomorrow(jump.removeprefix("tomorrow "))
    elif jump:
        raise HTTPError(400, reason="jump is unknown")
    if data.get("real"):
        await world.clock.set(at=world.clock.real_now(), rate=1)
    if "at" in data or "rate" in data:
        rate = float(data["rate"]) if "rate" in data else None
        if rate is not None and not 0 <= rate <= 3600:
            raise HTTPError(400, reason="rate is 0 to 3600")
        at = datetime.fromisoformat(str(data["at"])) if "at" in data else None
        if at is not None and at.tzinfo is None:
            raise HTTPError(400, reason="at needs a zone")
        await world.clock.set(at=at, rate=rate)
    shown = clock_shown(world)
    world.live.tell("clock", {"kind": "clock", **shown})
    return shown


def overview(world: World, _: Doc) -> Doc:
    """All that the platform page shows."""
    waiting = world.state.all("notifying")
    done = world.state.all("notifications")
    notifications = sorted(waiting + done, key=lambda n: str(n["number"]), reverse=True)
    quotas = [
        {"path": path, "used": world.usage.get(quota_name(world, path), 0), "limit": limit}
        for path, limit in DAILY_QUOTAS.items()
    ]
    orders = world.state.all("orders")
    states: dict[str, int] = {}
    for order in orders:
        states[order["state"]] = states.get(order["state"], 0) + 1
    return {
        "clock": clock_shown(world),
        "calls": list(world.calls)[-_SHOWN:][::-1],
        "tokens": tokens.shown(world),
        "pushes": [push.shown(p) for p in world.state.all("pushes")[-_SHOWN:]][::-1],
        "notifications": [pay_notify.shown(n) for n in notifications[:_SHOWN]],
        "quotas": quotas,
        "faults": world.faults.all(),
        "scenarios": scenarios.shown(world, {}),
        "parts": list(PARTS),
        "effects": EFFECTS,
        "modes": {"pay": world.pay_mode, "wechat": world.settings.wechat_mode},
        "numbers": {
            "followers": len(people.followers(world)),
            "people": len(world.state.all("people")),
            "orders": states,
            "refunds": len(world.state.all("refunds")),
            "sms": len(world.state.all("sms")),
            "articles": len(world.state.all("articles")),
            "drafts": len(world.state.all("drafts")),
        },
        "windows": {key: chat.windows(world, key) for key in people.followers(world)},
    }


def add_fault(world: World, data: Doc) -> Doc:
    """{part, effect, path?, share?, times?, …}: see server/sandbox/faults.py; a list {faults: […]} is a scenario."""
    wanted = data.get("faults", [data])
    try:
        return {"items": [world.faults.add(one) for one in wanted]}
    except (ValueError, TypeError) as error:
        raise HTTPError(400, reason=str(error)) from error


def change_settings(world: World, data: Doc) -> Doc:
    """{public_url?, wechat_mode?, pay_mode?, push_timeout_s?, …} for tests and the platform page."""
    if data.get("pay_mode") in ("public_key", "certificate"):
        world.pay_mode = data["pay_mode"]
    if data.get("wechat_mode") not in (None, "plain", "compatible", "safe"):
        raise HTTPError(400, reason="wechat_mode")
    for name in _CHANGEABLE:
        if name in data:
            setattr(world.settings, name, data[name])
    return {"pay_mode": world.pay_mode, **{name: getattr(world.settings, name) for name in _CHANGEABLE}}


def reset(world: World, data: Doc) -> Doc:
    world.reset()
    return change_settings(world, data)


def withdraw_tokens(world: World, _: Doc) -> Doc:
    tokens.withdraw_all(world)
    return {}


def orders(world: World, _: Doc) -> Doc:
    return {"items": [pay_orders.shown_order(world, order) for order in world.state.all("orders")]}


def repeat_notification(world: World, data: Doc) -> Doc:
    """{out_trade_no, times?}: WeChat says once more that this order is paid (repeated or reordered notices)."""
    order = world.state.get("orders", str(data.get("out_trade_no")))
    if order is None or not order.get("transaction_id"):
        raise HTTPError(404, reason="no such paid order")
    for _ in range(int(data.get("times", 1))):
        pay_orders.say_again(world, order)
    return {}


def js_config(world: World, data: Doc) -> Doc:
    """{appId, timestamp, nonceStr, signature, url}: what the WeChat client checks in wx.config → {right}."""
    ticket = tokens.ticket(world, "jsapi")["ticket"]
    made = js_sdk_signature(ticket, str(data.get("nonceStr")), str(data.get("timestamp")), str(data.get("url")))
    right = data.get("signature") == made and data.get("appId") == world.values["WECHAT_APPID"]
    return {"right": right and world.is_ours(str(data.get("url")))}


GETS: dict[str, Callable[[World, Doc], Doc]] = {
    "platform": overview,
    "clock": lambda world, _: clock_shown(world),
    "faults": lambda world, _: {"items": world.faults.all()},
    "orders": orders,
    "scenarios": scenarios.shown,
    "settings": change_settings,
}
POSTS: dict[str, Callable[[World, Doc], Doc | Awaitable[Doc]]] = {
    "clock": set_clock,
    "faults": add_fault,
    "settings": change_settings,
    "reset": reset,
    "js-config": js_config,
    "menu-by-hand": wechat_menus.change_by_hand,
    "withdraw-tokens": withdraw_tokens,
    "repeat-notification": repeat_notification,
    "scenarios": scenarios.start,
    "stop-scenario": scenarios.stop,
}


class Platform(SandboxHandler):
    """GET and POST /sandbox/api/{name}."""

    def get(self, name: str) -> None:
        if name == "sms":
            self.answer({"items": sms.to_phone(self.world, self.get_query_argument("phone", ""))})
        elif name in GETS:
            self.answer(GETS[name](self.world, {}))
        else:
            raise HTTPError(404)

    async def post(self, name: str) -> None:
        if name not in POSTS:
            raise HTTPError(404)
        done = POSTS[name](self.world, self.body())
        self.answer(done if isinstance(done, dict) else await done)


class FaultSwitch(SandboxHandler):
    """DELETE /sandbox/api/faults/{id}."""

    def delete(self, number: str) -> None:
        self.world.faults.remove(number)
        self.set_status(204)
        self.finish()


class Faults(Platform):
    """GET, POST, DELETE /sandbox/api/faults."""

    def delete(self, _: str) -> None:
        self.world.faults.remove()
        self.set_status(204)
        self.finish()


def routes() -> list[tuple[str, Any]]:
    return [
        ("/sandbox/api/platform/live", LivePerson),
        (r"/sandbox/api/(faults)", Faults),
        (r"/sandbox/api/faults/(f\d+)", FaultSwitch),
        (r"/sandbox/api/([a-z-]+)", Platform),
    ]
