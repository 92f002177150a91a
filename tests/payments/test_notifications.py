"""WeChat Pay's notifications over HTTP: what is answered, and that nothing wrong is ever written."""

from typing import Any

import httpx
import pytest

from server.context import SYSTEM, App
from server.payments import service as payments
from tests.appointments import steps
from tests.conftest import TestClock


@pytest.fixture
async def prepaid(app: App, phone_of: Any, platform: Any) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Zhang's phone, what he holds, and the open payment sheet."""
    await steps.open_hospital(app)
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    made = await steps.booked(phone, await steps.free_slot(app, 2000), patient)
    return phone, made, await steps.prepaid(phone, made["id"])


async def status(app: App, order_id: str) -> str:
    return (await payments.get(app, order_id)).status


def outcomes(platform: Any) -> list[int]:
    """The HTTP statuses with which we answered notifications."""
    found = [*platform.world.state.all("notifications"), *platform.world.state.all("notifying")]
    return [status for notification in found for status in notification["tries"]]


@pytest.mark.parametrize("path", ["/wechat/pay/notify", "/wechat/pay/refund-notify"])
@pytest.mark.parametrize("body", [b"", b"{", b'{"id":"1"}', b"<xml/>", b"x" * 100_000])
async def test_what_is_not_signed_is_refused(web: str, path: str, body: bytes) -> None:
    async with httpx.AsyncClient(base_url=web) as stranger:
        said = await stranger.post(path, content=body)
    assert 400 <= said.status_code < 500
    assert said.json()["code"] == "FAIL"
    assert "Traceback" not in said.text


async def test_a_genuine_one_is_answered_with_204(app: App, prepaid: Any, platform: Any) -> None:
    _, _, sheet = prepaid
    await platform.pay("zhang", sheet["params"])
    assert await status(app, sheet["order_id"]) == "paid"
    assert outcomes(platform) == [204]


@pytest.mark.parametrize("change", [{"amount": {"total": 1, "currency": "CNY"}}, {"payer": {"openid": "o-else"}}])
async def test_a_signed_payment_of_another_amount_or_payer_is_refused_and_writes_nothing(
    app: App, prepaid: Any, platform: Any, change: dict[str, Any]
) -> None:
    _, _, sheet = prepaid
    kept = platform.world.state.get("orders", sheet["order_id"])
    platform.world.state.put("orders", sheet["order_id"], {**kept, "asked": {**kept["asked"], **change}})
    before = await app.db["events"].count_documents({})
    await platform.pay("zhang", sheet["params"])
    assert await status(app, sheet["order_id"]) == "prepaid"
    assert await app.db["events"].count_documents({}) == before
    assert outcomes(platform) == [400]


async def test_a_notification_for_an_unknown_order_is_refused(app: App, prepaid: Any, platform: Any) -> None:
    _, _, sheet = prepaid
    await app.db["orders"].delete_many({})
    await platform.pay("zhang", sheet["params"])
    assert outcomes(platform) == [404]


async def test_a_late_notification_after_the_refund_changes_nothing(
    app: App, prepaid: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    phone, made, sheet = prepaid
    await platform.fault(part="notify", effect="late", late_s=600, path="TRANSACTION.*")
    await platform.pay("zhang", sheet["params"])
    clock.advance(seconds=12)
    await worker_step()  # a look finds the money
    await phone.delete(f"/api/appointments/{made['id']}")
    await steps.settled(platform, worker_step)
    assert await status(app, sheet["order_id"]) == "refunded"
    clock.advance(minutes=11)
    await platform.world.idle()
    assert await status(app, sheet["order_id"]) == "refunded"
    assert await steps.events(app, "payments.paid") == 1


async def test_a_partial_refund_leaves_the_rest_and_the_same_key_is_the_same_refund(
    app: App, prepaid: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    _, _, sheet = prepaid
    await platform.pay("zhang", sheet["params"])
    await steps.settled(platform, worker_step)
    clock.advance(minutes=2)
    order_id = sheet["order_id"]
    for _ in range(2):
        await app.db.transact(
            lambda tx: payments.refund(app, order_id, key="part", reason="样例", by=SYSTEM, tx=tx, amount_fen=500)
        )
    await steps.settled(platform, worker_step)
    kept = await payments.get(app, order_id)
    assert (kept.status, kept.refunded_fen, kept.claimed_fen) == ("partly_refunded", 500, 500)
    clock.advance(minutes=2)
    await app.db.transact(lambda tx: payments.refund(app, order_id, key="rest", reason="样例", by=SYSTEM, tx=tx))
    await steps.settled(platform, worker_step)
    kept = await payments.get(app, order_id)
    assert (kept.status, kept.refunded_fen) == ("refunded", 2000)
