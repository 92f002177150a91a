"""Cancel: in time, with the money back, the place free at once, the HIS told; safe while paying."""

import asyncio
from typing import Any

import pytest

from server.context import App
from tests.appointments import steps
from tests.conftest import TestClock


@pytest.fixture(autouse=True)
async def hospital(app: App) -> None:
    await steps.open_hospital(app)


@pytest.fixture
async def paid(app: App, phone_of: Any, platform: Any, worker_step: Any) -> tuple[Any, dict[str, Any]]:
    """Zhang's phone and a place that he has paid."""
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    made = await steps.booked(phone, await steps.free_slot(app, 2000), patient)
    await platform.pay("zhang", (await steps.prepaid(phone, made["id"]))["params"])
    await steps.settled(platform, worker_step)
    return phone, await steps.seen(phone, made["id"])


def slot_id(made: dict[str, Any]) -> str:
    return f"{made['clinic_id']}.{made['place_number']:03d}"


async def relations(app: App, made: dict[str, Any]) -> list[dict[str, Any]]:
    """Why the doctor of a booking may see its patient."""
    wanted = {"patient_id": made["patient_id"], "doctor_id": made["doctor_id"], "why": "booking"}
    return await app.db["care_relations"].find(wanted).to_list()


@pytest.mark.covers("H5", "A17")
async def test_cancelling_frees_the_place_at_once_and_returns_the_money(
    app: App, paid: Any, platform: Any, worker_step: Any
) -> None:
    phone, made = paid
    assert len(await relations(app, made)) == 1
    said = await phone.delete(f"/api/appointments/{made['id']}")
    assert said.status_code == 200
    assert said.json()["status"] == "cancelled"
    assert said.json()["order_status"] == "refunding"
    assert (await steps.slot(app, slot_id(made)))["state"] == "free"
    assert await relations(app, made) == []  # the booking alone had let the doctor see the patient
    await steps.settled(platform, worker_step)
    after = await steps.seen(phone, made["id"])
    assert after["order_status"] == "refunded"
    assert after["his_status"] == "written"
    assert await steps.money(app) == (2000, 2000)
    assert await steps.his_bookings(platform) == {made["id"]: "cancelled"}
    order = (await phone.get(f"/api/orders/{after['order_id']}")).json()
    assert order["status"] == "refunded"
    assert order["refunded_fen"] == 2000
    past = (await phone.get("/api/appointments?when=past")).json()["items"]
    assert [a["id"] for a in past] == [made["id"]]
    again = await steps.booked(phone, slot_id(made), made["patient_id"])
    assert again["status"] == "held"


async def test_cancelling_twice_returns_the_money_once(app: App, paid: Any, platform: Any, worker_step: Any) -> None:
    phone, made = paid
    said = await asyncio.gather(*(phone.delete(f"/api/appointments/{made['id']}") for _ in range(3)))
    assert {s.status_code for s in said} <= {200, 409}
    assert 200 in {s.status_code for s in said}
    assert (await phone.delete(f"/api/appointments/{made['id']}")).status_code == 200
    await steps.settled(platform, worker_step)
    assert await steps.money(app) == (2000, 2000)
    assert await app.db["refunds"].count_documents({}) == 1


async def test_too_late_to_cancel(app: App, paid: Any, clock: TestClock) -> None:
    phone, made = paid
    clock.set(steps.at("13:00"))
    said = await phone.delete(f"/api/appointments/{made['id']}")
    assert said.status_code == 409
    assert said.json()["code"] == "too_late_to_cancel"
    assert not (await steps.seen(phone, made["id"]))["can_cancel"]
    assert (await steps.slot(app, slot_id(made)))["state"] == "taken"


async def test_a_hold_can_be_given_up_and_its_sheet_is_closed(
    app: App, phone_of: Any, platform: Any, worker_step: Any
) -> None:
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    made = await steps.booked(phone, await steps.free_slot(app, 2000), patient)
    sheet = await steps.prepaid(phone, made["id"])
    assert (await phone.delete(f"/api/appointments/{made['id']}")).json()["status"] == "cancelled"
    assert (await steps.slot(app, slot_id(made)))["state"] == "free"
    await worker_step()
    order = (await phone.get(f"/api/orders/{sheet['order_id']}")).json()
    assert order["status"] == "closed"
    assert await app.db["write_backs"].count_documents({}) == 0


async def test_paying_while_it_is_being_cancelled_returns_the_money(
    app: App, phone_of: Any, platform: Any, worker_step: Any
) -> None:
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    made = await steps.booked(phone, await steps.free_slot(app, 2000), patient)
    sheet = await steps.prepaid(phone, made["id"])
    await phone.delete(f"/api/appointments/{made['id']}")
    await platform.pay("zhang", sheet["params"])  # before the worker has closed the order
    await steps.settled(platform, worker_step)
    after = await steps.seen(phone, made["id"])
    assert after["status"] == "cancelled"
    assert after["order_status"] == "refunded"
    assert await steps.money(app) == (2000, 2000)
    assert await steps.events(app, "appointments.confirmed") == 0


async def test_a_refund_that_wechat_cannot_deliver_is_shown_as_abnormal(
    app: App, paid: Any, platform: Any, worker_step: Any
) -> None:
    phone, made = paid
    await platform.fault(part="pay", effect="error", path="/settle/refund")
    await phone.delete(f"/api/appointments/{made['id']}")
    await steps.settled(platform, worker_step)
    assert (await phone.get(f"/api/orders/{made['order_id']}")).json()["status"] == "abnormal"
    assert await steps.events(app, "payments.refund_abnormal") == 1


async def test_a_refund_whose_answers_are_lost_is_one_refund(
    app: App, paid: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    phone, made = paid
    await platform.fault(part="pay", effect="drop", path="/v3/refund/*", times=2)
    await platform.fault(part="notify", effect="lose")
    await phone.delete(f"/api/appointments/{made['id']}")
    for _ in range(6):
        await worker_step()
        clock.advance(seconds=40)
        await platform.world.idle()
    assert (await phone.get(f"/api/orders/{made['order_id']}")).json()["status"] == "refunded"
    assert len(platform.world.state.all("refunds")) == 1
