"""What is planned by itself: a week after discharge, an hour after a visit; once each."""

from datetime import timedelta
from typing import Any

import pytest

from server.context import App, Event
from server.followups import service as followups
from server.integration import his_feed
from server.values import shanghai_at
from tests.conftest import TestClock
from tests.followups import steps
from tests.followups.steps import Person
from tests.patients.people import bind
from tests.queues import steps as queue

WANGS_STAY = "AP900005-1"  # left on 22 November


@pytest.fixture(autouse=True)
async def hospital(app: App) -> None:
    await steps.hospital(app)


async def hear(app: App, worker_step: Any) -> None:
    await his_feed.poll(app)
    await worker_step()


@pytest.mark.covers("R9", "A14.2")
async def test_who_left_the_ward_before_he_was_bound_is_asked_a_week_after_that_day(
    app: App, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock, console_of: Any
) -> None:
    wang = await steps.patient(phone_of, platform, worker_step, "wang")
    await hear(app, worker_step)  # the HIS tells of the past discharge too: still one task
    assert await app.db["tasks"].count_documents({}) == 1
    assert await wang.tasks() == []
    clock.set(shanghai_at("2026-11-29", "09:00"))
    await worker_step()
    tasks = await wang.tasks()
    assert [(t["title"], t["from_text"]) for t in tasks] == [("出院一周随访", "心血管内科")]
    said = await wang.answer(tasks[0]["id"], steps.WELL | {"pain": 8})
    assert said.status_code == 201, said.text
    nurse = await console_of("nurse", department_ids=["cardiology"])
    shown = (await nurse.get(f"/api/staff/followups/{tasks[0]['id']}")).json()
    assert shown["red_texts"] == ["疼痛7分或更高"]
    assert shown["score_text"] is None


@pytest.mark.covers("R9")
async def test_who_leaves_today_is_asked_in_seven_days(
    app: App, phone_of: Any, platform: Any, worker_step: Any
) -> None:
    li = await steps.patient(phone_of, platform, worker_step, "li")
    father = await bind(li.phone, platform, "li-guoqiang", relation="parent")
    assert father.status_code == 201, father.text
    await worker_step()
    assert await app.db["tasks"].count_documents({}) == 0  # still in hospital
    await platform.his("discharge", admission_id="AP900006-1")
    await hear(app, worker_step)
    task = await app.db["tasks"].find_one({})
    assert task
    assert task["due_at"] == shanghai_at("2026-12-02", "09:00")
    assert task["department_id"] == "orthopaedics"
    event = Event("again", "his.discharged", {"his_id": "P900006", "admission_id": "AP900006-1"}, app.now())
    await followups.plan_after_discharge(app, event)
    assert await app.db["tasks"].count_documents({}) == 1


@pytest.mark.covers("R9")
async def test_who_left_too_long_ago_or_is_nobodys_patient_here_is_not_asked(
    app: App, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    await app.his.events(0)  # the HIS's first day is today
    clock.advance(days=31)
    await hear(app, worker_step)  # discharges of people we do not know
    await steps.patient(phone_of, platform, worker_step, "wang")
    await hear(app, worker_step)
    left = {"his_id": "P900005", "admission_id": WANGS_STAY, "happened_at": "2026-11-25T10:00:00+08:00"}
    await followups.plan_after_discharge(app, Event("e", "his.discharged", left, app.now()))
    assert await app.db["tasks"].count_documents({}) == 0


async def test_without_a_questionnaire_in_use_nothing_is_planned(
    app: App, phone_of: Any, platform: Any, worker_step: Any
) -> None:
    await app.db["questionnaires"].delete_many({})
    await steps.patient(phone_of, platform, worker_step, "wang")
    assert await app.db["tasks"].count_documents({}) == 0
    assert await app.db["events"].count_documents({"state": "waiting"}) == 0


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
