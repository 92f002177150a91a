"""The overview of the console: each number only for who may look there, zeros for the others."""

from typing import Any

import pytest

from server.context import App
from tests.conftest import TestClock
from tests.followups import steps
from tests.patients.people import bind
from tests.queues import steps as queue

NOBODY = {"appointments": 0, "checked_in": 0, "seen": 0}
NO_FOLLOWUPS = {"open": 0, "overdue": 0, "answered_today": 0, "red": 0}


@pytest.mark.covers("A14.4", "R30")
async def test_each_sees_the_numbers_of_what_he_may_see(
    app: App, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock, console_of: Any
) -> None:
    await steps.hospital(app)
    visit = await queue.booked_today(app, clock, platform, await phone_of("zhang"), "zhang")
    await worker_step()
    await visit.check_in()
    nurse = await console_of("nurse", department_ids=[visit.department_id])
    assert (await steps.send(nurse, visit.patient_id))["created"]
    await worker_step()
    seen = {}
    for role, more in {
        "nurse": {"department_ids": [visit.department_id]},
        "doctor": {"doctor_id": "dermatology-1", "department_ids": ["dermatology"]},
        "desk": {},
        "admin": {},
        "editor": {},
    }.items():
        member = nurse if role == "nurse" else await console_of(role, **more)
        seen[role] = (await member.get("/api/staff/overview")).json()
    here = {"appointments": 1, "checked_in": 1, "seen": 0}
    none = {"waiting": 0, "refused": 0}
    assert seen["nurse"]["today"] == here
    assert seen["nurse"]["followups"] == NO_FOLLOWUPS | {"open": 1}
    nothing = {"alerts": {"red": 0, "open": 0, "taken": 0}, "openings_waiting": 0, "calls_due": 0, "refunds_failed": 0}
    assert seen["doctor"] == {"today": NOBODY, "followups": NO_FOLLOWUPS, "write_backs": none} | nothing
    assert (seen["desk"]["today"], seen["desk"]["followups"]) == (here, NO_FOLLOWUPS)
    for role in ("admin", "editor"):
        assert (seen[role]["today"], seen[role]["followups"]) == (NOBODY, NO_FOLLOWUPS)


async def test_the_desk_sees_who_waits_to_be_opened_and_what_the_his_has_not_answered(
    app: App, phone_of: Any, platform: Any, console_of: Any, clock: TestClock
) -> None:
    phone = await phone_of("zhang")
    await queue.booked_today(app, clock, platform, phone, "zhang")  # confirmed; no worker has told the HIS yet
    chen = await phone_of("chen")
    typed = await bind(chen, platform, "wang", phone="13800000004", relation="other")
    assert (await chen.post(f"/api/patients/{typed.json()['id']}/desk-opening")).status_code == 200
    desk, admin, editor = [await console_of(role) for role in ("desk", "admin", "editor")]
    numbers = [(await member.get("/api/staff/overview")).json() for member in (desk, admin, editor)]
    assert [n["openings_waiting"] for n in numbers] == [1, 0, 0]
    assert [n["write_backs"]["waiting"] for n in numbers] == [1, 1, 0]


async def test_a_patient_has_no_overview(phone_of: Any, client: Any) -> None:
    assert (await client.get("/api/staff/overview")).status_code == 401
    assert (await (await phone_of("zhang")).get("/api/staff/overview")).status_code == 401
