"""A day of the simulated HIS: check in, be called, be seen, then bill and report; stopped clinics, jumps, restarts."""

import asyncio
import contextlib
import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest

from server.sandbox.his import run_day, tick
from tests.sandbox.his_hand import TODAY, StillClock, booking, running_his

pytestmark = pytest.mark.covers("N2.4")
ZHANG, LI = "P900001", "P900002"


@pytest.fixture
async def his():
    async with running_his() as hand:
        yield hand


async def check_in(his, appointment_id, his_id, clinic):
    return await his.put(f"/check-ins/{appointment_id}", {"his_id": his_id, "clinic_id": clinic["id"]})


async def queue(his, clinic):
    return await his.get(f"/clinics/{clinic['id']}/queue")


async def ticket_of(his, clinic, appointment_id):
    return next(t for t in (await queue(his, clinic))["items"] if t["appointment_id"] == appointment_id)


# --- the queue, driven by hand --------------------------------------------------------------------


async def test_who_checks_in_stands_behind_a_few_others(his):
    clinic = await his.clinic("cardiology")
    await his.put("/appointments/a1", booking(clinic, ZHANG))
    ticket = await check_in(his, "a1", ZHANG, clinic)
    assert set(ticket) == {"id", "appointment_id", "his_id", "clinic_id", "number", "status", "called_at", "room"}
    assert (ticket["status"], ticket["appointment_id"]) == ("waiting", "a1")
    waiting = [t for t in (await queue(his, clinic))["items"] if t["status"] == "waiting"]
    assert waiting[-1] == ticket
    assert 3 <= len(waiting) - 1 <= 6
    assert len({t["his_id"] for t in waiting}) == len(waiting)


async def test_checking_in_twice_gives_the_same_ticket(his):
    clinic = await his.clinic("cardiology")
    assert await check_in(his, "a1", ZHANG, clinic) == await check_in(his, "a1", ZHANG, clinic)
    assert sum(t["his_id"] == ZHANG for t in (await queue(his, clinic))["items"]) == 1


async def test_checking_in_on_another_day_or_too_late_is_refused(his):
    tomorrow, today = await his.clinic("cardiology", on="2026-11-26"), await his.clinic("cardiology")
    wanted = {"his_id": ZHANG, "clinic_id": tomorrow["id"]}
    assert await his.refusal("PUT", "/check-ins/a1", wanted) == (409, "not_today")
    assert await his.refusal("PUT", "/check-ins/a1", {**wanted, "his_id": "P999999"}) == (404, "unknown_person")
    his.clock.pass_by(hours=4)
    assert await his.refusal("PUT", "/check-ins/a1", {**wanted, "clinic_id": today["id"]}) == (409, "clinic_over")


async def test_a_cancelled_booking_does_not_check_in_and_leaves_the_queue(his):
    clinic = await his.clinic("cardiology")
    await his.put("/appointments/a1", booking(clinic, ZHANG))
    await check_in(his, "a1", ZHANG, clinic)
    await his.call("DELETE", "/appointments/a1", {"reason": "病人取消"})
    assert (await ticket_of(his, clinic, "a1"))["status"] == "missed"
    await his.call("DELETE", "/appointments/a2", {"reason": "病人取消"})
    wanted = {"his_id": LI, "clinic_id": clinic["id"]}
    assert await his.refusal("PUT", "/check-ins/a2", wanted) == (409, "cancelled")


async def test_calling_next_sees_the_one_inside_and_calls_in_order(his):
    clinic = await his.clinic("paediatrics")
    await check_in(his, "a1", "P900003", clinic)
    before = await queue(his, clinic)
    assert before["calling"]["status"] == "called", "the clinic opened at 8, it is 8:10"
    first_waiting = next(t for t in before["items"] if t["status"] == "waiting")
    after = await his.press("call-next", clinic_id=clinic["id"])
    assert after["calling"]["id"] == first_waiting["id"]
    assert after["calling"]["called_at"] == "2026-11-25T08:10:00+08:00"
    inside = next(t for t in after["items"] if t["id"] == before["calling"]["id"])
    assert inside["status"] == "seen"
    assert await queue(his, clinic) == after


async def test_finish_empties_the_room_and_miss_lets_somebody_go(his):
    clinic = await his.clinic("cardiology")
    assert (await his.press("finish", clinic_id=clinic["id"]))["calling"] is None
    called = (await his.press("call-next", clinic_id=clinic["id"]))["calling"]
    after = await his.press("miss", clinic_id=clinic["id"])
    assert after["calling"] is None
    assert next(t["status"] for t in after["items"] if t["id"] == called["id"]) == "missed"


async def test_in_a_stopped_clinic_nobody_is_called_any_more(his):
    clinic = await his.clinic("cardiology")
    await check_in(his, "a1", ZHANG, clinic)
    await his.press("stop-clinic", clinic_id=clinic["id"])
    his.clock.pass_by(hours=2)
    tick(his.hospital)
    assert (await ticket_of(his, clinic, "a1"))["status"] == "missed"
    wanted = {"his_id": LI, "clinic_id": clinic["id"]}
    assert await his.refusal("PUT", "/check-ins/a2", wanted) == (409, "clinic_stopped")


async def test_a_clinic_of_another_day_has_an_empty_queue(his):
    assert (await queue(his, await his.clinic("cardiology", on="2026-11-26")))["items"] == []


# --- the story ------------------------------------------------------------------------------------


async def test_a_booked_patient_is_called_seen_billed_and_gets_the_report(his):
    clinic = await his.clinic("respiratory")
    await his.put("/appointments/a1", booking(clinic, ZHANG))
    await check_in(his, "a1", ZHANG, clinic)
    bills, reports = await records(his, "bills"), await records(his, "reports")
    states = []
    for _ in range(36):
        his.clock.pass_by(minutes=5)
        tick(his.hospital)
        status = (await ticket_of(his, clinic, "a1"))["status"]
        states += [status] if status not in states else []
    assert states == ["waiting", "called", "seen"]
    (visit,) = [v for v in await records(his, "visits") if v["appointment_id"] == "a1"]
    assert visit["ended_at"] > visit["started_at"] > "2026-11-25T08:10"
    assert visit["diagnosis"]
    (bill,) = (await records(his, "bills"))[len(bills) :]
    assert (bill["status"], bill["issued_at"] > visit["ended_at"]) == ("unpaid", True)
    (report,) = (await records(his, "reports"))[len(reports) :]
    assert report["status"] == "final"
    waited = datetime.fromisoformat(report["reported_at"]) - datetime.fromisoformat(visit["ended_at"])
    assert timedelta(minutes=20) < waited <= timedelta(minutes=40)
    mine = [e["type"] for e in await his.events() if e.get("his_id") == ZHANG]
    assert mine == ["visit.started", "bill.issued", "report.final"]


async def records(his, group, his_id=ZHANG):
    return (await his.get(f"/persons/{his_id}/{group}"))["items"]


async def test_a_jump_gives_the_same_day_as_small_steps():
    outcomes = []
    for steps in (1, 60):
        async with running_his() as his:
            clinic = await his.clinic("respiratory")
            await check_in(his, "a1", ZHANG, clinic)
            for _ in range(steps):
                his.clock.pass_by(minutes=180 / steps)
                tick(his.hospital)
            outcomes.append(json.dumps([await queue(his, clinic), await records(his, "reports")]))
    assert outcomes[0] == outcomes[1]


async def test_consultations_take_about_the_planned_minutes_and_never_overlap(his):
    clinic = await his.clinic("respiratory")
    await queue(his, clinic)
    his.clock.pass_by(hours=3)
    tick(his.hospital)
    called = [t["called_at"] for t in (await queue(his, clinic))["items"] if t["called_at"]]
    assert len(called) > 8
    gaps = [
        (datetime.fromisoformat(b) - datetime.fromisoformat(a)).total_seconds() / 60
        for a, b in itertools.pairwise(called)
    ]
    assert all(clinic["minutes_per_place"] * 0.79 <= gap <= clinic["minutes_per_place"] * 1.21 for gap in gaps)


async def test_before_the_doors_open_nobody_is_called():
    async with running_his(clock=StillClock(datetime(2026, 11, 24, 23, 30, tzinfo=UTC))) as his:
        clinic = await his.clinic("cardiology")
        await check_in(his, "a1", ZHANG, clinic)
        tick(his.hospital)
        assert (await queue(his, clinic))["calling"] is None
        his.clock.pass_by(minutes=30)
        tick(his.hospital)
        assert (await queue(his, clinic))["calling"]["called_at"] == "2026-11-25T08:00:00+08:00"


async def test_busy_clinics_make_events_although_nobody_asked(his):
    tick(his.hospital)
    his.clock.pass_by(hours=1)
    tick(his.hospital)
    types = await his.event_types()
    assert types.count("queue.changed") > 10
    assert "visit.started" in types


# --- days turn ------------------------------------------------------------------------------------


async def test_each_new_day_opens_clinics_two_weeks_ahead(his):
    tick(his.hospital)
    assert "clinic.opened" not in await his.event_types()
    his.clock.pass_by(days=2)
    tick(his.hospital)
    tick(his.hospital)
    items = await his.events()
    opened = [e["clinic_id"] for e in items if e["type"] == "clinic.opened"]
    assert len(opened) == len(set(opened))
    planned = (await his.get("/clinics?from_on=2026-12-10&to_on=2026-12-11"))["items"]
    assert set(opened) == {c["id"] for c in planned}


async def test_an_inpatient_leaves_two_days_later_and_the_other_stays(his):
    tick(his.hospital)
    his.clock.pass_by(days=3)
    tick(his.hospital)
    gone = [e for e in await his.events(after=1) if e["type"] == "discharged"]
    assert [(e["his_id"], e["at"]) for e in gone] == [("P000009", "2026-11-27T10:00:00+08:00")]
    assert (await records(his, "admissions", "P900006"))[0]["status"] == "in"
    assert (await records(his, "admissions", "P000009"))[0]["discharged_on"] == "2026-11-27"


async def test_yesterdays_queue_is_closed_and_forgotten(his):
    clinic = await his.clinic("cardiology")
    await check_in(his, "a1", ZHANG, clinic)
    his.clock.pass_by(days=1)
    tick(his.hospital)
    assert [key for key, _ in his.state.items("his_queue") if key.startswith(TODAY)] == []
    assert any(v["appointment_id"] == "a1" for v in await records(his, "visits"))


async def test_a_restart_in_the_middle_of_the_day_goes_on_where_it_was(tmp_path):
    file, clock = tmp_path / "state.sqlite", StillClock()
    async with running_his(file, clock) as his:
        clinic = await his.clinic("respiratory")
        await check_in(his, "a1", ZHANG, clinic)
        before, reports = await queue(his, clinic), await records(his, "reports")
    async with running_his(file, clock) as his:
        assert await queue(his, clinic) == before
        clock.pass_by(hours=3)
        tick(his.hospital)
        assert (await ticket_of(his, clinic, "a1"))["status"] == "seen"
    async with running_his(file, clock) as his:
        tick(his.hospital)
        assert len(await records(his, "reports")) == len(reports) + 1


async def test_the_running_day_follows_a_fast_clock():
    class FastClock(StillClock):
        def now(self):
            self.pass_by(seconds=20)
            return self.at

    async with running_his(clock=FastClock()) as his:
        task = asyncio.create_task(run_day(his.state, his.clock, every_s=0.005))
        for _ in range(400):
            await asyncio.sleep(0.01)
            if {"visit.started", "queue.changed"} <= set(await his.event_types()):
                break
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert {"visit.started", "queue.changed"} <= set(await his.event_types())


async def test_one_broken_record_does_not_stop_the_day(his, caplog):
    tick(his.hospital)
    his.state.put("his_due", "broken", {"what": "report", "at": "2026-11-25T08:00:00+08:00", "id": "P999999"})
    task = asyncio.create_task(run_day(his.state, his.clock, every_s=0.005))
    await asyncio.sleep(0.05)
    assert not task.done()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert "stumbled" in caplog.text
    assert (await his.call("GET", "/departments")).status_code == 200
