"""From the discharge to the last step: enrolled, sent, reminded, phoned, answered, decided; the worker does it."""

from typing import Any

import pytest

from server.context import App, Event
from server.plans import service as plans
from server.values import shanghai_at
from tests.conftest import TestClock
from tests.followups import steps as followups
from tests.patients.people import bind
from tests.plans import steps

WANGS_STAY = "AP900005-1"  # left on 22 November
NURSE = {"department_ids": ["cardiology"]}


@pytest.fixture(autouse=True)
async def hospital(app: App) -> None:
    await steps.hospital(app)  # what follows a discharge, and high blood pressure


@pytest.mark.covers("R9", "A14.2", "H3.1")
async def test_who_left_the_ward_before_he_was_bound_is_asked_a_week_after_that_day(
    app: App, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock, console_of: Any
) -> None:
    wang = await followups.patient(phone_of, platform, worker_step, "wang")
    await steps.hear(app, worker_step)  # the HIS tells of the past discharge too: still enrolled once
    assert await app.db["enrolments"].count_documents({}) == 1
    assert await wang.tasks() == []
    nurse = await console_of("nurse", **NURSE)
    (row,) = (await nurse.get("/api/staff/enrolments")).json()["items"]
    assert row["now_text"] == "下一步 出院一周随访：11月29日 09:00（出院后第 7 天 09:00）"
    clock.set(shanghai_at("2026-11-29", "09:00"))
    await worker_step()
    (task,) = await wang.tasks()
    assert (task["title"], task["from_text"]) == ("出院一周随访", "心血管内科")
    said = await wang.answer(task["id"], followups.WELL | {"pain": 8, "feeling": "same"})
    assert said.status_code == 201, said.text
    await worker_step()
    line = await steps.line(nurse, row["id"])
    (past,) = line["past"]
    assert past["found"] == ["发热、伤口流脓或裂开、疼痛重", "没有好转或加重"]
    assert past["decided"] == "出院三周随访：恢复较慢，两周后再随访：出院后第 21 天 09:00"
    assert (line["current"]["due_at"], line["plan_title"]) == ("2026-12-13T09:00:00+08:00", "出院患者随访")
    assert line["enrolled_by_name"] == "按规则自动纳入"
    kept = await app.db["enrolments"].find_one({})
    assert kept
    assert "没有好转" not in str(kept)
    clock.set(shanghai_at("2026-12-13", "09:01"))
    await worker_step()
    (again,) = await wang.tasks()
    assert (await wang.answer(again["id"], followups.WELL)).status_code == 201
    await worker_step()
    line = await steps.line(nurse, row["id"])
    assert (line["state"], line["ending"], line["reason"]) == ("ended", "finished", "恢复良好，随访结束")
    assert await app.db["enrolments"].count_documents({"live_of": {"$ne": None}}) == 0


@pytest.mark.covers("R9")
async def test_who_leaves_today_is_enrolled_once_however_often_the_event_comes(
    app: App, phone_of: Any, platform: Any, worker_step: Any
) -> None:
    li = await followups.patient(phone_of, platform, worker_step, "li")
    father = await bind(li.phone, platform, "li-guoqiang", relation="parent")
    assert father.status_code == 201, father.text
    await worker_step()
    assert await app.db["enrolments"].count_documents({}) == 0  # still in hospital
    await platform.his("discharge", admission_id="AP900006-1")
    await steps.hear(app, worker_step)
    kept = await app.db["enrolments"].find_one({})
    assert kept
    assert kept["next_at"] == shanghai_at("2026-12-02", "09:00")
    assert kept["department_id"] == "orthopaedics"
    event = Event("again", "his.discharged", {"his_id": "P900006", "admission_id": "AP900006-1"}, app.now())
    await plans.enrol_discharged(app, event)
    assert await app.db["enrolments"].count_documents({}) == 1


async def test_who_left_too_long_ago_or_is_nobodys_patient_here_is_not_enrolled(
    app: App, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    await app.his.events(0)  # the HIS's first day is today
    clock.advance(days=34)
    await steps.hear(app, worker_step)  # discharges of people we do not know
    await followups.patient(phone_of, platform, worker_step, "wang")
    left = {"his_id": "P900005", "admission_id": WANGS_STAY, "happened_at": "2026-11-25T10:00:00+08:00"}
    await plans.enrol_discharged(app, Event("e", "his.discharged", left, app.now()))
    assert await app.db["enrolments"].count_documents({}) == 0


@pytest.mark.covers("R16", "H3.2", "H7")
async def test_silence_is_reminded_of_twice_then_phoned_and_staff_write_down_the_answers(
    app: App, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock, console_of: Any
) -> None:
    wang = await followups.patient(phone_of, platform, worker_step, "wang")
    clock.set(shanghai_at("2026-11-29", "09:00"))
    await worker_step()
    asked = app.db["messages"].count_documents
    assert await asked({"key": "followup_due"}) == 1
    await steps.pass_days(clock, worker_step, 1)
    await steps.pass_days(clock, worker_step, 2)
    assert await asked({"key": "followup_due"}) == 3
    assert await app.db["contacts"].count_documents({}) == 0
    await steps.pass_days(clock, worker_step, 2)
    nurse = await console_of("nurse", **NURSE)
    (call,) = (await nurse.get("/api/staff/phone-tasks")).json()["items"]
    opened = (await nurse.get(f"/api/staff/phone-tasks/{call['id']}")).json()
    assert "出院一周随访" in opened["script"]
    assert "微信已提醒，还没有回答" in opened["script"]
    assert (await nurse.post(f"/api/staff/phone-tasks/{call['id']}/take")).status_code == 204
    (task,) = await wang.tasks()
    assert opened["subject_id"] == task["id"]
    form = await nurse.get(f"/api/staff/followups/{task['id']}/answers")
    assert form.json()["items"][0]["link_id"] == "feeling"
    written = await nurse.post(f"/api/staff/followups/{task['id']}/answers", json={"answers": followups.WELL})
    assert written.status_code == 204, written.text
    twice = await nurse.post(f"/api/staff/followups/{task['id']}/answers", json={"answers": followups.WELL})
    assert (twice.status_code, twice.json()["code"]) == (409, "already_answered")
    await nurse.post(f"/api/staff/phone-tasks/{call['id']}/attempts", json={"outcome": "reached"})
    await worker_step()
    read = (await nurse.get(f"/api/staff/followups/{task['id']}")).json()
    assert read["answered_by"] == "staff"
    (row,) = (await nurse.get("/api/staff/enrolments")).json()["items"]
    assert row["ending"] == "finished"
    stranger = await console_of("nurse", department_ids=["respiratory"])
    refused = await stranger.post(f"/api/staff/followups/{task['id']}/answers", json={"answers": followups.WELL})
    assert (refused.status_code, refused.json()["code"]) == (403, "no_care_relation")


@pytest.mark.covers("R16")
async def test_of_whom_staff_hear_that_he_has_died_nothing_more_is_asked(
    app: App, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock, console_of: Any
) -> None:
    wang = await followups.patient(phone_of, platform, worker_step, "wang")
    clock.set(shanghai_at("2026-11-29", "09:00"))
    await worker_step()
    await steps.pass_days(clock, worker_step, 5)
    nurse = await console_of("nurse", **NURSE)
    (call,) = (await nurse.get("/api/staff/phone-tasks")).json()["items"]
    await nurse.post(f"/api/staff/phone-tasks/{call['id']}/take")
    await nurse.post(f"/api/staff/phone-tasks/{call['id']}/attempts", json={"outcome": "deceased"})
    await worker_step()
    (row,) = (await nurse.get("/api/staff/enrolments")).json()["items"]
    assert (row["state"], row["ending"]) == ("ended", "deceased")
    assert await wang.tasks() == []
    sent = await app.db["messages"].count_documents({"key": "followup_due"})
    await steps.pass_days(clock, worker_step, 30)
    assert await app.db["messages"].count_documents({"key": "followup_due"}) == sent
    said = await steps.enrol(nurse, "hypertension", wang.id, anchor_on="2026-12-01")
    assert [s["reason"] for s in said["skipped"]] == ["deceased"]


@pytest.mark.covers("R16")
async def test_who_answers_after_all_is_not_phoned_and_a_message_that_reached_nobody_is_a_call(
    app: App, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock, console_of: Any
) -> None:
    wang = await followups.patient(phone_of, platform, worker_step, "wang")
    clock.set(shanghai_at("2026-11-29", "09:00"))
    await worker_step()
    (task,) = await wang.tasks()
    ids = {"message_id": "m", "account_id": "a", "patient_id": wang.id, "key": "followup_due"}
    undelivered = Event("u", "messages.undelivered", ids | {"subject_id": task["id"]}, app.now())
    await plans.take_undelivered(app, undelivered)
    await plans.take_undelivered(app, undelivered)
    (call,) = await app.db["contacts"].find({}).to_list()
    assert (call["state"], call["subject_id"]) == ("open", task["id"])
    await steps.pass_days(clock, worker_step, 5)  # neither reminders nor a second call
    assert await app.db["contacts"].count_documents({}) == 1
    assert await app.db["messages"].count_documents({"key": "followup_due"}) == 1
    assert (await wang.answer(task["id"], followups.WELL)).status_code == 201
    await worker_step()
    (call,) = await app.db["contacts"].find({}).to_list()
    assert call["state"] == "not_needed"


async def test_another_discharge_ends_the_old_course_and_begins_again(
    app: App, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    wang = await followups.patient(phone_of, platform, worker_step, "wang")
    clock.set(shanghai_at("2026-11-29", "09:00"))
    await worker_step()
    assert len(await wang.tasks()) == 1
    left = {"his_id": "P900005", "admission_id": "another", "happened_at": "2026-11-29T08:00:00+08:00"}
    for _ in range(2):
        await plans.enrol_discharged(app, Event("e", "his.discharged", left, app.now()))
    old, new = await app.db["enrolments"].find({}).sort("_id", 1).to_list()
    assert (old["ending"], new["state"], new["anchors"]) == ("restarted", "active", {"discharge": "2026-11-29"})
    assert await wang.tasks() == []
    await worker_step()


@pytest.mark.covers("R10")
async def test_twice_too_high_is_referred_and_asked_again_two_weeks_later(
    app: App, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock, console_of: Any
) -> None:
    wang = await followups.patient(phone_of, platform, worker_step, "wang")
    doctor = await console_of("doctor", doctor_id="cardiology-1", department_ids=["cardiology"])
    (enrolment,) = (await steps.enrol(doctor, "hypertension", wang.id, anchor_on="2026-08-26"))["ids"]
    await worker_step()  # ninety days after that visit was yesterday
    assert [t["title"] for t in await wang.tasks()] == ["高血压随访"]
    for title in ("高血压随访", "高血压两周复查"):
        task = next(t for t in await wang.tasks() if t["title"] == title)
        high = steps.PRESSURE | {"systolic": 156}
        assert (await wang.answer(task["id"], high)).status_code == 201
        await worker_step()
        await steps.pass_days(clock, worker_step, 14.1)
    line = await steps.line(doctor, enrolment)
    assert [p["found"] for p in line["past"]] == [["血压未达标"], ["血压未达标"]]
    assert [p["refer"] for p in line["past"]] == [False, True]
    assert line["current"]["title"] == "转诊后随访"
    assert line["current"]["why"].startswith("连续两次不满意，建议转诊：上次回答（")
    called = [c async for c in app.db["contacts"].find({"subject": "随访建议转诊，请联系患者"})]
    assert len(called) == 1


async def test_without_a_questionnaire_in_use_it_is_tried_again_the_next_day(
    app: App, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    wang = await followups.patient(phone_of, platform, worker_step, "wang")
    await app.db["questionnaires"].update_many({"key": "discharge-day7"}, {"$set": {"status": "retired"}})
    clock.set(shanghai_at("2026-11-29", "09:00"))
    await worker_step()
    assert await wang.tasks() == []
    await app.db["questionnaires"].update_many({"key": "discharge-day7"}, {"$set": {"status": "published"}})
    await steps.pass_days(clock, worker_step, 1)
    assert len(await wang.tasks()) == 1
