"""Pay notifications: sealed, signed, sent again by the 15-step table until the merchant says 200 or 204."""

import asyncio
import json
import secrets
import uuid
from collections.abc import Callable

from tornado.httpclient import HTTPError, HTTPRequest

from server.sandbox.crypto import seal, sign
from server.sandbox.keys import PUBLIC_KEY_ID
from server.sandbox.state import Doc
from server.sandbox.world import World

# Seconds between one attempt and the next: 15s/15s/30s/3m/10m/20m/30m/30m/30m/60m/3h/3h/3h/6h/6h.
STEPS = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
_SUMMARIES = {
    "TRANSACTION.SUCCESS": "支付成功",
    "REFUND.SUCCESS": "退款成功",
    "REFUND.ABNORMAL": "退款异常",
    "REFUND.CLOSED": "退款关闭",
}
_POLL_S = 0.05


def schedule(world: World, url: str, event_type: str, kind: str, resource: Doc) -> None:
    """Notify `url` from now on; faults of part "notify" may lose, repeat, delay or spoil it."""
    number = f"n{world.state.next('notifications'):08d}"
    notification: Doc = {
        "number": number,
        "id": str(uuid.uuid4()),
        "url": url,
        "event_type": event_type,
        "kind": kind,
        "resource": resource,
        "create_time": world.clock.local().isoformat(timespec="seconds"),
        "due": world.clock.seconds(),
        "step": 0,
        "copies": 1,
        "tamper": None,
        "outcome": "waiting",
        "tries": [],
    }
    what = json.dumps([event_type, resource.get("out_trade_no"), resource.get("out_refund_no")])
    for fault in world.faults.strike("notify", event_type, what, ("lose", "duplicate", "late", "reorder", "tamper")):
        if fault.effect == "lose":
            notification["outcome"] = "lost"
        elif fault.effect == "duplicate":
            notification["copies"] = int(fault.values.get("copies", 2))
            notification["gap_s"] = float(fault.values.get("gap_s", 1))
        elif fault.effect in ("late", "reorder"):
            notification["behind"] = fault.effect == "reorder"
            notification["due"] += float(fault.values.get("late_s", 60))
        else:
            notification["tamper"] = notification["tamper"] or str(fault.values.get("what", "signature"))
    world.state.put("notifications" if notification["outcome"] == "lost" else "notifying", number, notification)


async def run(world: World, settle: Callable[[World, str, str], None]) -> None:
    """The platform's clockwork: `settle(world, kind, number)` slow payments and refunds, send what is due."""
    sending: set[str] = set()
    while True:
        now = world.clock.real_seconds()
        for key, job in world.state.items("settling"):
            if job["due"] <= now:
                world.state.delete("settling", key)
                settle(world, key.split("/")[0], job["number"])
        for number, notification in world.state.items("notifying"):
            due = notification["due"] <= world.clock.seconds() or _is_overtaken(world, notification)
            if due and number not in sending:
                sending.add(number)
                world.spawn(_send(world, notification, sending))
        await asyncio.sleep(_POLL_S)


def _is_overtaken(world: World, notification: Doc) -> bool:
    """Whether one that was kept back may go, because a later one has arrived."""
    later = (n["number"] for n in world.state.all("notifications"))
    return bool(notification.get("behind")) and any(number > notification["number"] for number in later)


async def _send(world: World, notification: Doc, sending: set[str]) -> None:
    try:
        outcomes = await _copies(world, notification)
        notification["behind"] = False
        notification["tries"] += outcomes
        if any(outcome in (200, 204) for outcome in outcomes):
            notification["outcome"] = "received"
        elif notification["step"] >= len(STEPS):
            notification["outcome"] = "given up"
        else:
            notification["due"] = world.clock.seconds() + STEPS[notification["step"]]
            notification["step"] += 1
        number = notification["number"]
        if world.state.get("notifying", number) is None:
            return
        if notification["outcome"] == "waiting":
            world.state.put("notifying", number, notification)
        else:
            world.state.delete("notifying", number)
            world.state.put("notifications", number, notification)
        world.live.tell("platform", {"kind": "notification", "notification": shown(notification)})
    finally:
        sending.discard(notification["number"])


async def _copies(world: World, notification: Doc) -> list[int | str]:
    """Every copy is sent, one after the other as WeChat does, or in a storm all at once."""
    gap_s = min(float(notification.get("gap_s", 1)), world.settings.push_gap_s)
    if not gap_s:
        return list(await asyncio.gather(*(_try(world, notification) for _ in range(notification["copies"]))))
    outcomes = []
    for copy in range(notification["copies"]):
        if copy:
            await asyncio.sleep(gap_s)
        outcomes.append(await _try(world, notification))
    return outcomes


async def _try(world: World, notification: Doc) -> int | str:
    """One request; the status, or what went wrong."""
    body = json.dumps(
        {
            "id": notification["id"],
            "create_time": notification["create_time"],
            "resource_type": "encrypt-resource",
            "event_type": notification["event_type"],
            "summary": _SUMMARIES[notification["event_type"]],
            "resource": {"original_type": notification["kind"], **_sealed(world, notification)},
        },
        ensure_ascii=False,
    ).encode()
    headers = {"Content-Type": "application/json", **signed_headers(world, body, tamper=notification["tamper"])}
    timeout = world.settings.push_timeout_s
    request = HTTPRequest(
        notification["url"], "POST", headers, body,
        request_timeout=timeout, connect_timeout=timeout, follow_redirects=False,
    )  # fmt: skip
    try:
        answer = await world.http.fetch(request, raise_error=False)
    except (HTTPError, OSError):
        return "unreachable"
    return "unreachable" if answer.code == 599 else answer.code


def _sealed(world: World, notification: Doc) -> dict[str, str]:
    resource = seal(
        world.values["PAY_APIV3_KEY"],
        json.dumps(notification["resource"], ensure_ascii=False),
        notification["kind"],
    )
    if notification["tamper"] == "ciphertext":
        resource["ciphertext"] = ("A" if resource["ciphertext"][0] != "A" else "B") + resource["ciphertext"][1:]
    return resource


def signed_headers(world: World, body: bytes, serial: str = "", tamper: str | None = None) -> dict[str, str]:
    """The Wechatpay-* headers over the raw body, with the wanted key or the one of the present mode."""
    if serial not in world.platform:
        certificate = next(s for s in world.platform if s != PUBLIC_KEY_ID)
        serial = PUBLIC_KEY_ID if world.pay_mode == "public_key" else certificate
    timestamp, nonce = str(world.clock.timestamp()), secrets.token_hex(16)
    if tamper == "timestamp":
        timestamp = str(int(timestamp) - 3600)
    signature = sign(world.platform[serial][0], f"{timestamp}\n{nonce}\n".encode() + body + b"\n")
    if tamper == "signature":
        signature = ("A" if signature[0] != "A" else "B") + signature[1:]
    elif tamper == "signtest":
        signature = "WECHATPAY/SIGNTEST/" + signature[19:]
    elif tamper == "serial":
        serial = secrets.token_hex(20).upper()
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": signature,
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        "Request-ID": secrets.token_hex(16).upper(),
    }


def shown(notification: Doc) -> Doc:
    """A notification for the platform page: no amounts, no names."""
    names = ("number", "event_type", "outcome", "tries", "step", "copies", "create_time", "tamper")
    return {name: notification[name] for name in names}
