"""Hold, pay, confirm; double taps, two phones, lost and repeated notifications, money that comes late."""

import asyncio
from typing import Any

import pytest

from server.context import App, Trade
from server.payments import service as payments
from tests.appointments import steps
from tests.conftest import TestClock
from tests.patients.people import bind


@pytest.fixture(autouse=True)
async def hospital(app: App) -> None:
    await steps.open_hospital(app)


@pytest.fixture
async def held(app: App, phone_of: Any, platform: Any) -> tuple[Any, dict[str, Any]]:
    """Zhang's phone and a place that he holds."""
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    return phone, await steps.booked(phone, await steps.free_slot(app, 2000), patient)


@pytest.mark.covers("A9", "A17", "N4")
async def test_hold_pay_confirm(app: App, held: Any, platform: Any, worker_step: Any) -> None:
    phone, made = held
    sheet = await steps.prepaid(phone, made["id"])
    assert await platform.pay("zhang", sheet["params"]) == "get_brand_wcpay_request:ok"
    await steps.settled(platform, worker_step)
    after = await steps.seen(phone, made["id"])
    assert after["status"] == "confirmed"
    assert after["order_status"] == "paid"
    assert after["his_status"] == "written"
    assert after["hold_until"] is None
    assert after["order_id"] == sheet["order_id"]
    orders = (await phone.get("/api/orders")).json()["items"]
    assert [(o["status"], o["amount_fen"], o["kind"], o["patient_name"]) for o in orders] == [
        ("paid", 2000, "appointment", "张建国")
    ]
    assert orders[0]["title"] == "挂号费"
    assert orders[0]["out_trade_no"] == orders[0]["id"]
    assert await steps.his_bookings(platform) == {made["id"]: "booked"}
    assert (await steps.slot(app, f"{made['clinic_id']}.{made['place_number']:03d}"))["state"] == "taken"


async def test_a_second_tap_opens_the_same_sheet(app: App, held: Any) -> None:
    phone, made = held
    first, second = await asyncio.gather(steps.prepaid(phone, made["id"]), steps.prepaid(phone, made["id"]))
    third = await steps.prepaid(phone, made["id"])
    assert first["order_id"] == second["order_id"] == third["order_id"]
    assert third["params"]["package"] in (first["params"]["package"], second["params"]["package"])
    assert await app.db["orders"].count_documents({}) == 1


async def test_two_phones_of_one_patient_never_pay_twice(
    app: App, held: Any, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    phone, made = held
    first = await steps.prepaid(phone, made["id"])
    wife = await phone_of("wang")
    await steps.bound(wife, platform, "wang")
    assert (await wife.post(f"/api/appointments/{made['id']}/payment", json={"channel": "jsapi"})).status_code == 404
    clock.advance(minutes=2)  # the next code may be asked for
    said = await bind(wife, platform, "zhang", relation="spouse")
    assert said.status_code == 201, said.text
    assert said.json()["records_open"]
    second = await steps.prepaid(wife, made["id"])
    assert second["order_id"] != first["order_id"]
    refused = await platform.http.post(
        "/sandbox/api/people/zhang/pay", json={"params": first["params"], "how": "normal"}
    )
    assert refused.status_code >= 400 or "ok" not in refused.json()["err_msg"]
    await platform.pay("wang", second["params"])
    await steps.settled(platform, worker_step)
    assert (await steps.seen(wife, made["id"]))["status"] == "confirmed"
    assert await steps.money(app) == (2000, 0)
    again = await phone.post(f"/api/appointments/{made['id']}/payment", json={"channel": "jsapi"})
    assert again.status_code == 409
    assert again.json()["code"] == "already_paid"


@pytest.mark.covers("N15")
async def test_a_lost_notification_is_found_by_looking(
    app: App, held: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    phone, made = held
    await platform.fault(part="notify", effect="lose")
    sheet = await steps.prepaid(phone, made["id"])
    await platform.pay("zhang", sheet["params"])
    await worker_step()
    assert (await steps.seen(phone, made["id"]))["status"] == "held"
    clock.advance(seconds=11)
    await worker_step()
    assert (await steps.seen(phone, made["id"]))["status"] == "confirmed"


async def test_the_phone_may_ask_at_once(app: App, held: Any, platform: Any, worker_step: Any) -> None:
    phone, made = held
    await platform.fault(part="notify", effect="lose")
    sheet = await steps.prepaid(phone, made["id"])
    await platform.pay("zhang", sheet["params"])
    plain = (await phone.get(f"/api/orders/{sheet['order_id']}")).json()
    assert plain["status"] == "prepaid"
    asked = (await phone.get(f"/api/orders/{sheet['order_id']}?refresh=true")).json()
    assert asked["status"] == "paid"
    assert asked["paid_at"]


async def test_a_storm_of_notifications_confirms_once(app: App, held: Any, platform: Any, worker_step: Any) -> None:
    phone, made = held
    await platform.fault(part="notify", effect="duplicate", copies=5)
    sheet = await steps.prepaid(phone, made["id"])
    await platform.pay("zhang", sheet["params"])
    await steps.settled(platform, worker_step)
    assert await steps.events(app, "payments.paid") == 1
    assert await steps.events(app, "appointments.confirmed") == 1
    assert await steps.money(app) == (2000, 0)


@pytest.mark.parametrize("what", ["signature", "signtest", "serial", "timestamp", "ciphertext"])
async def test_a_notification_that_is_not_genuine_is_refused_and_writes_nothing(
    app: App, held: Any, platform: Any, what: str
) -> None:
    phone, made = held
    sheet = await steps.prepaid(phone, made["id"])
    await platform.fault(part="notify", effect="tamper", what=what, times=1)
    await platform.pay("zhang", sheet["params"])
    kept = await app.db["orders"].find_one({})
    assert kept
    assert kept["status"] == "prepaid"
    assert await steps.events(app, "payments.paid") == 0


async def test_an_unpaid_place_without_an_order_frees_itself(
    app: App, held: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    phone, made = held
    clock.advance(minutes=9, seconds=50)
    await worker_step()
    assert (await steps.seen(phone, made["id"]))["status"] == "held"
    clock.advance(seconds=11)
    await worker_step()
    after = await steps.seen(phone, made["id"])
    assert after["status"] == "expired"
    assert after["note"]
    assert (await steps.slot(app, f"{made['clinic_id']}.{made['place_number']:03d}"))["state"] == "free"
    late = await phone.post(f"/api/appointments/{made['id']}/payment", json={"channel": "jsapi"})
    assert late.status_code == 409
    assert late.json()["code"] == "hold_over"


async def test_a_place_with_an_order_waits_until_wechat_has_closed_it(
    app: App, held: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    phone, made = held
    sheet = await steps.prepaid(phone, made["id"])
    slot_id = f"{made['clinic_id']}.{made['place_number']:03d}"
    await platform.fault(part="pay", effect="outage", times=40)
    clock.advance(minutes=10, seconds=5)
    await worker_step()
    assert (await steps.slot(app, slot_id))["state"] == "held"  # WeChat Pay did not answer: nobody else gets it
    other = await phone.get(f"/api/clinics/{made['clinic_id']}/slots")
    assert not other.json()["items"][made["place_number"] - 1]["free"]
    platform.world.faults.remove()
    clock.advance(minutes=5)
    await worker_step()
    assert (await steps.seen(phone, made["id"]))["status"] == "expired"
    assert (await steps.slot(app, slot_id))["state"] == "free"
    assert platform.world.state.get("orders", sheet["order_id"])["state"] == "CLOSED"


async def test_money_found_when_the_hold_ends_confirms(
    app: App, held: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    phone, made = held
    await platform.fault(part="notify", effect="lose")
    sheet = await steps.prepaid(phone, made["id"])
    clock.advance(minutes=9, seconds=58)
    await platform.pay("zhang", sheet["params"])
    clock.advance(seconds=10)
    await worker_step()
    assert (await steps.seen(phone, made["id"]))["status"] == "confirmed"


async def _late_money(app: App, order_id: str) -> None:
    """WeChat Pay says after all that a closed order was paid."""
    order = await payments.get(app, order_id)
    trade = Trade(order.id, "SUCCESS", order.appid, app.settings.pay_mchid, order.amount_fen, order.openid, "4200-late")
    await payments.settle(app, trade)


@pytest.fixture
async def expired(held: Any, worker_step: Any, clock: TestClock) -> tuple[Any, dict[str, Any], str]:
    """Zhang's hold has ended with its order closed."""
    phone, made = held
    sheet = await steps.prepaid(phone, made["id"])
    clock.advance(minutes=11)
    await worker_step()
    assert (await steps.seen(phone, made["id"]))["status"] == "expired"
    return phone, made, sheet["order_id"]


async def test_late_money_confirms_while_the_place_is_free(
    app: App, expired: Any, platform: Any, worker_step: Any
) -> None:
    phone, made, order_id = expired
    await _late_money(app, order_id)
    await worker_step()
    after = await steps.seen(phone, made["id"])
    assert after["status"] == "confirmed"
    assert after["order_status"] == "paid"
    assert after["note"] == ""


async def test_late_money_for_a_place_that_is_gone_goes_back_and_the_patient_is_told(
    app: App, expired: Any, platform: Any, worker_step: Any, phone_of: Any
) -> None:
    phone, made, order_id = expired
    other = await phone_of("wang")
    wang = await steps.bound(other, platform, "wang")
    await steps.booked(other, f"{made['clinic_id']}.{made['place_number']:03d}", wang)
    platform.world.state.put("orders", order_id, _as_paid(platform, order_id))
    await _late_money(app, order_id)
    await _late_money(app, order_id)
    await steps.settled(platform, worker_step)
    after = await steps.seen(phone, made["id"])
    assert after["status"] == "expired"
    assert after["order_status"] == "refunded"
    assert "退回" in after["note"]
    assert await steps.events(app, "appointments.money_returned") == 1
    assert await steps.money(app) == (2000, 2000)


async def test_late_money_does_not_make_a_second_booking_of_the_day(
    app: App, expired: Any, platform: Any, worker_step: Any
) -> None:
    phone, made, order_id = expired
    again = await steps.booked(phone, f"{made['clinic_id']}.{made['place_number'] + 1:03d}", made["patient_id"])
    platform.world.state.put("orders", order_id, _as_paid(platform, order_id))
    await _late_money(app, order_id)
    await steps.settled(platform, worker_step)
    assert (await steps.seen(phone, made["id"]))["order_status"] == "refunded"
    assert (await steps.seen(phone, again["id"]))["status"] == "held"


def _as_paid(platform: Any, order_id: str) -> dict[str, Any]:
    order = platform.world.state.get("orders", order_id)
    paid_at = platform.world.clock.local().isoformat(timespec="seconds")
    return {**order, "state": "SUCCESS", "transaction_id": "4200-late", "success_time": paid_at}


async def test_the_mini_program_pays_with_its_own_openid_or_not_at_all(held: Any) -> None:
    phone, made = held
    said = await phone.post(f"/api/appointments/{made['id']}/payment", json={"channel": "mini_program"})
    assert said.status_code == 400
    assert said.json()["code"] == "wrong_app"


async def test_an_order_of_somebody_else_is_not_found(held: Any, phone_of: Any) -> None:
    phone, made = held
    sheet = await steps.prepaid(phone, made["id"])
    wang = await phone_of("wang")
    assert (await wang.get(f"/api/orders/{sheet['order_id']}")).status_code == 404
    assert (await wang.get("/api/orders")).json()["items"] == []


@pytest.mark.covers("N15")
async def test_while_wechat_pay_is_away_the_place_stays_held_and_the_next_tap_works(held: Any, platform: Any) -> None:
    phone, made = held
    await platform.fault(part="pay", effect="outage")
    said = await phone.post(f"/api/appointments/{made['id']}/payment", json={"channel": "jsapi"})
    assert (said.status_code, said.json()["code"]) == (503, "foreign_unavailable")
    assert (await steps.seen(phone, made["id"]))["status"] == "held"
    platform.world.faults.remove()
    assert (await steps.prepaid(phone, made["id"]))["order_id"]
