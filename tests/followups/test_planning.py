"""What is planned by itself: the survey an hour after a visit, once."""

from datetime import timedelta
from typing import Any

import pytest

from server.context import App, Event
from server.followups import service as followups
from tests.conftest import TestClock
from tests.followups import steps
from tests.followups.steps import Person
from tests.queues import steps as queue


@pytest.fixture(autouse=True)
async def hospital(app: App) -> None:
    await steps.hospital(app)


@pytest.mark.covers("A18.1", "H3.1")
async def test_an_hour_after_the_visit_the_patient_is_asked_how_it_was(
    app: App, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock, console_of: Any
) -> None:
    phone = await phone_of("zhang")
    await platform.act("zhang", "follow")
    visit = await queue.booked_today(app, clock, platform, phone, "zhang")
    ticket = await visit.check_in()
    await queue.call_until(platform, visit.clinic_id, ticket["number"])
    await platform.his("finish", clinic_id=visit.clinic_id)
    await queue.hear(app, worker_step)
    zhang = Person(phone, visit.patient_id)
    assert await zhang.tasks() == []
    seen = {"ticket_id": ticket["id"], "appointment_id": visit.appointment["id"]}
    await followups.plan_survey(app, Event("again", "queues.seen", seen, app.now()))
    assert await app.db["tasks"].count_documents({}) == 1
    clock.advance(hours=1)
    await worker_step()
    tasks = await zhang.tasks()
    assert [(t["kind"], t["from_text"]) for t in tasks] == [("satisfaction", "心血管内科")]
    asked = [str(m) for m in await platform.see("zhang", "messages") if "满意度" in str(m)]
    assert len(asked) == 1
    assert "13:30" in asked[0]
    aspects = ("booking", "waiting", "doctor", "nurse", "examination", "environment", "overall")
    said = await zhang.answer(tasks[0]["id"], dict.fromkeys(aspects, "very-satisfied"))
    assert said.status_code == 201, said.text
    assert said.json()["advice"] is None
    nurse = await console_of("nurse", department_ids=["cardiology"])
    row = (await nurse.get("/api/staff/followups?status=answered")).json()["items"][0]
    assert (row["kind"], row["score_text"]) == ("satisfaction", "28 分 · 非常满意")


async def test_an_unanswered_survey_runs_out_and_is_not_called_overdue(
    app: App, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock, console_of: Any
) -> None:
    phone = await phone_of("zhang")
    visit = await queue.booked_today(app, clock, platform, phone, "zhang")
    await worker_step()
    seen = {"ticket_id": "T", "appointment_id": visit.appointment["id"]}
    await followups.plan_survey(app, Event("e", "queues.seen", seen, app.now()))
    clock.advance(hours=1)
    await worker_step()
    clock.business += timedelta(days=3, seconds=1)
    await worker_step()
    nurse = await console_of("nurse", department_ids=["cardiology"])
    assert len((await nurse.get("/api/staff/followups?status=expired")).json()["items"]) == 1
    assert (await nurse.get("/api/staff/followups?status=overdue")).json()["items"] == []
