"""Unpaid bills and unpaid holds are reminded of in waves: each once, and never after payment."""

from datetime import timedelta
from typing import Any

import pytest

from server.care import service
from server.context import App, Event
from server.integration import his_feed
from server.values import shanghai_at
from tests.appointments import steps
from tests.conftest import TestClock
from tests.sandbox_on_a_port import Platform


@pytest.fixture
async def zhang(app: App, phone_of: Any, platform: Platform, worker_step: Any) -> tuple[Any, str]:
    """Zhang's phone and the id of the patient he is."""
    await steps.open_hospital(app)
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    await worker_step()
    return phone, patient


async def hints(app: App, key: str) -> list[str]:
    """What the messages of this kind hint at, oldest first."""
    found = [doc async for doc in app.db["messages"].find({"key": key}).sort("_id", 1)]
    return [app.security.open("messages", doc["_id"], doc["sealed"])["facts"]["温馨提示"] for doc in found]


async def at(clock: TestClock, worker_step: Any, on: str, time: str) -> None:
    clock.advance(seconds=(shanghai_at(on, time) - clock.now()).total_seconds())
    await worker_step()


async def issued(app: App, phone: Any, platform: Platform, worker_step: Any) -> dict[str, Any]:
    """A bill of 08:30 that the account was told of."""
    before = {b["id"] for b in (await phone.get("/api/bills?status=unpaid")).json()["items"]}
    await platform.his("issue-bill", his_id="P900001")
    await his_feed.poll(app)
    await worker_step()
    items = (await phone.get("/api/bills?status=unpaid")).json()["items"]
    return next(b for b in items if b["id"] not in before)


async def jobs(app: App) -> int:
    return await app.db["jobs"].count_documents({"kind": {"$in": [service.REMIND_BILL, service.REMIND_HOLD]}})


@pytest.mark.covers("R24", "R23")
async def test_an_unpaid_bill_is_announced_and_reminded_of_three_times_in_its_own_words(
    app: App, zhang: Any, platform: Platform, worker_step: Any, clock: TestClock
) -> None:
    bill = await issued(app, zhang[0], platform, worker_step)
    assert len(await hints(app, "bill_unpaid")) == 1
    for on, time, said in (
        ("2026-11-25", "10:29", 1),
        ("2026-11-25", "10:31", 2),
        ("2026-11-25", "23:00", 2),
        ("2026-11-26", "08:59", 2),
        ("2026-11-26", "09:00", 3),
        ("2026-11-27", "09:00", 4),
        ("2026-11-28", "12:00", 4),
    ):
        await at(clock, worker_step, on, time)
        await service.remind_bill(app, bill["id"])  # a job that runs twice has one effect
        assert len(await hints(app, "bill_unpaid")) == said, (on, time)
    assert len(set(await hints(app, "bill_unpaid"))) == 4
    await worker_step()
    assert await jobs(app) == 0


@pytest.mark.covers("R24")
async def test_after_payment_no_wave_comes_and_what_still_waited_lapses(
    app: App, zhang: Any, platform: Platform, worker_step: Any, clock: TestClock
) -> None:
    phone = zhang[0]
    bill = await issued(app, phone, platform, worker_step)
    assert await jobs(app) == 1
    opened = (await phone.post(f"/api/bills/{bill['id']}/payment", json={"channel": "jsapi"})).json()
    clock.set(shanghai_at("2026-11-25", "10:31"))
    await service.remind_bill(app, bill["id"])  # the sheet is open: nobody is pressed
    assert len(await hints(app, "bill_unpaid")) == 1
    await app.db["messages"].update_many({"key": "bill_unpaid"}, {"$set": {"state": "waiting"}})
    await platform.pay("zhang", opened["params"])
    await steps.settled(platform, worker_step)
    assert await jobs(app) == 0
    waiting = await app.db["messages"].find_one({"key": "bill_unpaid"})
    assert waiting
    assert waiting["not_after"] < clock.now()
    clock.set(shanghai_at("2026-11-26", "09:00"))
    await service.remind_bill(app, bill["id"])  # scheduled before the payment, run after it
    await worker_step()
    assert len(await hints(app, "bill_unpaid")) == 1


@pytest.mark.covers("R24")
async def test_what_was_paid_at_the_counter_or_vanished_is_not_reminded_of_even_before_we_heard(
    app: App, zhang: Any, platform: Platform, worker_step: Any, clock: TestClock
) -> None:
    bill = await issued(app, zhang[0], platform, worker_step)
    await platform.his("pay-at-counter", bill_id=bill["id"])
    await at(clock, worker_step, "2026-11-25", "10:31")
    assert len(await hints(app, "bill_unpaid")) == 1
    assert await jobs(app) == 0
    await service.remind_bill(app, "gone")
    assert len(await hints(app, "bill_unpaid")) == 1


@pytest.mark.covers("R24", "N15.1")
async def test_while_the_his_is_away_nobody_is_reminded_and_afterwards_he_is(
    app: App, zhang: Any, platform: Platform, worker_step: Any, clock: TestClock
) -> None:
    await issued(app, zhang[0], platform, worker_step)
    steps.his_fault(platform, down=True)
    await at(clock, worker_step, "2026-11-25", "10:31")
    assert len(await hints(app, "bill_unpaid")) == 1
    steps.his_fault(platform)
    clock.advance(minutes=15)
    await worker_step()
    assert len(await hints(app, "bill_unpaid")) == 2


@pytest.mark.covers("R24")
async def test_an_unpaid_hold_is_reminded_of_once_when_five_minutes_are_left(
    app: App, zhang: Any, platform: Platform, worker_step: Any, clock: TestClock
) -> None:
    phone, patient = zhang
    made = await steps.booked(phone, await steps.free_slot(app, 2000), patient)
    await worker_step()
    clock.shift += timedelta(minutes=4)
    await worker_step()
    assert await hints(app, "hold_unpaid") == []
    clock.shift += timedelta(minutes=1, seconds=5)
    await worker_step()
    assert await hints(app, "hold_unpaid") == ["请在5分钟内付款，过时号会放开"]
    await service.remind_hold(app, made["id"])
    assert len(await hints(app, "hold_unpaid")) == 1


@pytest.mark.covers("R24")
async def test_a_hold_that_is_paid_given_up_or_over_is_not_reminded_of(
    app: App, zhang: Any, platform: Platform, worker_step: Any, clock: TestClock
) -> None:
    phone, patient = zhang
    slots = [slot["_id"] for slot in await steps.free_slots(app, 2000)]
    paid = await steps.booked(phone, slots[0], patient)
    await worker_step()
    assert await jobs(app) == 1
    await platform.pay("zhang", (await steps.prepaid(phone, paid["id"]))["params"])
    clock.shift += timedelta(minutes=5, seconds=5)
    await service.remind_hold(app, paid["id"])  # WeChat has the money, we have not heard of it yet
    await steps.settled(platform, worker_step)
    assert (await steps.seen(phone, paid["id"]))["status"] == "confirmed"
    await phone.delete(f"/api/appointments/{paid['id']}")
    given_up = await steps.booked(phone, slots[1], patient)
    assert (await phone.delete(f"/api/appointments/{given_up['id']}")).status_code == 200
    over = await steps.booked(phone, slots[2], patient)
    clock.shift += timedelta(minutes=11)
    for one in (given_up, over):
        await service.remind_hold(app, one["id"])
        event = Event("e", "appointments.held", {"appointment_id": one["id"]}, app.now())
        await service.plan_hold_reminder(app, event)
    assert await hints(app, "hold_unpaid") == []
