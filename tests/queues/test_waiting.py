"""Waiting: our tickets follow the queue of the HIS, and people are told once that it is soon their turn."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from server.context import App, Event
from server.queues import service as queues
from tests.appointments.steps import his_fault
from tests.conftest import TestClock
from tests.patients.people import bind
from tests.queues import steps


@pytest.fixture
async def zhang(app: App, clock: TestClock, platform: Any, phone_of: Any) -> steps.Waiting:
    phone = await phone_of("zhang")
    await platform.act("zhang", "follow")
    return await steps.booked_today(app, clock, platform, phone, "zhang")


def queue_notices(app: App) -> Any:
    return app.db["messages"].count_documents({"key": "queue_soon"})


@pytest.mark.covers("A11.1", "A11.2")
async def test_each_call_brings_him_nearer_until_he_is_inside_and_seen(
    zhang: steps.Waiting, platform: Any, app: App, worker_step: Any
) -> None:
    first = await zhang.check_in()
    seen: list[tuple[str, int, int | None]] = []
    for _ in range(first["ahead"] + 1):
        await platform.his("call-next", clinic_id=zhang.clinic_id)
        await steps.hear(app, worker_step)
        now = await zhang.ticket()
        seen.append((now["status"], now["ahead"], now["expected_minutes"]))
    assert [ahead for _, ahead, _ in seen] == [*reversed(range(first["ahead"])), 0]
    assert [status for status, _, _ in seen] == ["waiting"] * first["ahead"] + ["called"]
    waits = [minutes for _, _, minutes in seen[:-1]]
    assert waits == sorted(waits, reverse=True)
    assert seen[-1][2] is None
    assert (await zhang.ticket())["calling_number"] == first["number"]
    await platform.his("finish", clinic_id=zhang.clinic_id)
    await steps.hear(app, worker_step)
    assert (await zhang.ticket())["status"] == "seen"
    assert (await zhang.phone.get(f"/api/appointments/{zhang.appointment['id']}")).json()["status"] == "seen"


@pytest.mark.covers("A11.3")
async def test_soon_is_told_once_without_a_diagnosis_and_not_again(
    zhang: steps.Waiting, platform: Any, app: App, worker_step: Any
) -> None:
    first = await zhang.check_in()
    assert first["ahead"] > 2, "nothing to see: he is soon called from the start"
    await worker_step()
    assert await queue_notices(app) == 0
    for _ in range(first["ahead"] + 1):
        await platform.his("call-next", clinic_id=zhang.clinic_id)
        await steps.hear(app, worker_step)
    assert await queue_notices(app) == 1
    told = [m for m in await platform.see("zhang", "messages") if "候诊" in str(m)]
    assert len(told) == 1
    text = str(told[0])
    assert "张**" in text
    assert str(first["number"]) in text
    assert "张建国" not in text


@pytest.mark.covers("A11.3")
async def test_who_is_called_at_once_is_told_although_he_never_was_soon(
    zhang: steps.Waiting, platform: Any, app: App, worker_step: Any
) -> None:
    ticket = await zhang.check_in()
    await steps.call_until(platform, zhang.clinic_id, ticket["number"])
    await steps.hear(app, worker_step)
    assert (await zhang.ticket())["status"] == "called"
    assert await queue_notices(app) == 1


async def test_the_order_of_the_his_counts_and_not_the_numbers(
    zhang: steps.Waiting, platform: Any, app: App, worker_step: Any
) -> None:
    ticket = await zhang.check_in()
    queue = platform.world.state.get("his_queue", zhang.clinic_id)
    queue["tickets"].insert(0, queue["tickets"].pop())  # the doctor takes him first
    platform.world.state.put("his_queue", zhang.clinic_id, queue)
    await queues.refresh(app, zhang.clinic_id)
    now = await zhang.ticket()
    assert (now["number"], now["ahead"], now["position"]) == (ticket["number"], 0, 1)


async def test_who_was_missed_sees_it_and_comes_back_into_the_queue_when_the_desk_puts_him_there(
    zhang: steps.Waiting, platform: Any, app: App, worker_step: Any
) -> None:
    ticket = await zhang.check_in()
    await steps.call_until(platform, zhang.clinic_id, ticket["number"])
    await platform.his("miss", clinic_id=zhang.clinic_id)
    await steps.hear(app, worker_step)
    missed = await zhang.ticket()
    assert (missed["status"], missed["position"], missed["expected_at"]) == ("missed", 0, None)
    assert await app.db["events"].count_documents({"type": "queues.seen"}) == 0
    queue = platform.world.state.get("his_queue", zhang.clinic_id)
    next(t for t in queue["tickets"] if t["id"] == ticket["id"])["status"] = "waiting"
    platform.world.state.put("his_queue", zhang.clinic_id, queue)
    await queues.refresh(app, zhang.clinic_id)
    back = await zhang.ticket()
    assert (back["status"], back["position"]) == ("waiting", 1)


async def test_a_picture_that_comes_late_never_replaces_a_newer_one(
    zhang: steps.Waiting, platform: Any, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await zhang.check_in()
    old_picture = await app.his.queue(zhang.clinic_id)
    asked, answered = asyncio.Event(), asyncio.Event()
    ask = app.his.queue

    async def slow(clinic_id: str) -> Any:
        asked.set()
        await answered.wait()
        return old_picture

    monkeypatch.setattr(type(app.his), "queue", lambda self, clinic_id: slow(clinic_id))
    late = asyncio.create_task(queues.refresh(app, zhang.clinic_id))
    await asked.wait()
    monkeypatch.setattr(type(app.his), "queue", lambda self, clinic_id: ask(clinic_id))
    await steps.call_until(platform, zhang.clinic_id, ticket["number"])
    await queues.refresh(app, zhang.clinic_id)
    answered.set()
    await late
    assert (await zhang.ticket())["status"] == "called"


async def test_two_workers_at_once_write_the_newest_picture_and_tell_once(
    zhang: steps.Waiting, platform: Any, app: App
) -> None:
    ticket = await zhang.check_in()
    await steps.call_until(platform, zhang.clinic_id, ticket["number"])
    await platform.his("finish", clinic_id=zhang.clinic_id)
    await asyncio.gather(*(queues.refresh(app, zhang.clinic_id) for _ in range(8)))
    assert (await zhang.ticket())["status"] == "seen"
    for type_ in ("queues.seen", "appointments.seen"):
        assert await app.db["events"].count_documents({"type": type_}) == 1


async def test_the_message_is_not_sent_when_he_is_in_and_out_already(
    zhang: steps.Waiting, platform: Any, app: App, worker_step: Any
) -> None:
    ticket = await zhang.check_in()
    await steps.call_until(platform, zhang.clinic_id, ticket["number"])
    await platform.his("finish", clinic_id=zhang.clinic_id)
    await steps.hear(app, worker_step)
    await queues.tell_soon(app, Event("e", "queues.soon", {"ticket_id": ticket["id"]}, app.now()))
    assert await queue_notices(app) == 0


async def test_a_late_message_is_not_worth_sending(
    zhang: steps.Waiting, platform: Any, app: App, worker_step: Any
) -> None:
    ticket = await zhang.check_in()
    for _ in range(ticket["ahead"]):
        await platform.his("call-next", clinic_id=zhang.clinic_id)
    await queues.refresh(app, zhang.clinic_id)
    an_hour_ago = app.now() - timedelta(hours=1)
    await queues.tell_soon(app, Event("e", "queues.soon", {"ticket_id": ticket["id"]}, an_hour_ago))
    await worker_step()
    kept = await app.db["messages"].find_one({"key": "queue_soon"})
    assert kept
    assert kept["state"] == "failed"
    assert kept["last_code"] == "too_late"


async def test_a_ticket_is_seen_by_who_booked_and_who_may_read_and_by_nobody_else(
    zhang: steps.Waiting, platform: Any, phone_of: Any, clock: TestClock
) -> None:
    ticket = await zhang.check_in()
    wang = await phone_of("wang")
    path = f"/api/tickets/{ticket['id']}"
    assert (await wang.get(path)).status_code == 404
    await bind(wang, platform, "zhang", phone="13800000003", relation="other")  # typed, but not proved
    assert (await wang.get(path)).status_code == 404
    assert (await wang.get("/api/tickets")).json()["items"] == []
    chen = await phone_of("chen")
    clock.advance(minutes=2)  # no two codes to a phone within a minute
    opened = await bind(chen, platform, "zhang", relation="other")  # with a code from Zhang's own phone
    assert opened.json()["records_open"]
    assert (await chen.get(path)).json()["number"] == ticket["number"]
    await zhang.phone.delete(f"/api/patients/{zhang.patient_id}")
    assert (await zhang.phone.get(path)).status_code == 404  # he took him off his list


async def test_yesterdays_tickets_are_not_in_todays_list(zhang: steps.Waiting, clock: TestClock) -> None:
    await zhang.check_in()
    assert len((await zhang.phone.get("/api/tickets")).json()["items"]) == 1
    clock.advance(days=1)
    assert (await zhang.phone.get("/api/tickets")).json()["items"] == []


async def test_a_queue_without_our_patients_is_not_asked_for(platform: Any, app: App) -> None:
    his_fault(platform, down=True)  # asking would fail
    await queues.refresh(app, "2026-11-25-pm-cardiology-1")
