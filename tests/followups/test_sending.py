"""A doctor sends, a nurse sends; who is skipped and why; what is due later comes when its time has come."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from server.context import SYSTEM, App
from server.followups import service as followups
from server.patients import service as patients
from server.questionnaires import service as questionnaires
from server.values import shanghai_at
from tests.conftest import TestClock
from tests.followups import steps
from tests.followups.steps import PHQ9, Person
from tests.plans import steps as plan_steps


@pytest.fixture
async def zhang(app: App, phone_of: Any, platform: Any, worker_step: Any) -> Person:
    await steps.hospital(app)
    return await steps.patient(phone_of, platform, worker_step, "zhang")


@pytest.fixture
async def doctor(console_of: Any) -> Any:
    return await console_of("doctor", **steps.ZHANGS_DOCTOR)


async def asked(platform: Any, person: str = "zhang") -> list[str]:
    return [str(m) for m in await platform.see(person, "messages") if "随访提醒" in str(m)]


@pytest.mark.covers("A14.1", "A14.2", "H3.1")
async def test_a_doctor_sends_and_the_patient_is_asked_without_naming_an_illness(
    zhang: Person, doctor: Any, platform: Any, worker_step: Any, app: App
) -> None:
    done = await steps.send(doctor, zhang.id, note="复诊前请填写")
    assert (len(done["created"]), done["skipped"]) == (1, [])
    await worker_step()
    tasks = await zhang.tasks()
    assert [t["id"] for t in tasks] == done["created"]
    name = (await app.db["doctors"].find_one({"_id": "cardiology-3"}) or {})["name"]
    assert tasks[0]["from_text"] == f"心血管内科 {name}医生"
    assert (tasks[0]["status"], tasks[0]["kind"], tasks[0]["patient_name"]) == ("open", "followup", "张建国")
    messages = await asked(platform)
    assert len(messages) == 1
    assert not [word for word in ("PHQ", "心情", "张建国") if word in messages[0]]
    line = await app.db["audit"].find_one({"action": "followups.send"})
    assert line
    assert (line["actor_id"], line["patient_ids"], line["why"]) == (doctor.member_id, [zhang.id], PHQ9)


@pytest.mark.covers("A14.1")
async def test_of_a_list_each_is_sent_to_or_skipped_with_the_reason(
    zhang: Person, doctor: Any, phone_of: Any, platform: Any, worker_step: Any, app: App
) -> None:
    wang = await steps.patient(phone_of, platform, worker_step, "wang")  # of other doctors
    li = await steps.patient(phone_of, platform, worker_step, "li")
    await patients.relate(app, li.id, doctor_id="cardiology-3", department_id="cardiology", why="booking")
    await li.phone.delete(f"/api/patients/{li.id}")  # in care, without a phone that may read
    await steps.send(doctor, zhang.id)
    done = await steps.send(doctor, zhang.id, wang.id, li.id, "0" * 24, zhang.id)
    assert done["created"] == []
    reasons = {s["patient_id"]: (s["reason"], s["patient_name"]) for s in done["skipped"]}
    assert reasons == {
        zhang.id: ("already_open", "张建国"),
        wang.id: ("no_care_relation", ""),
        li.id: ("no_wechat", "李秀英"),
        "0" * 24: ("no_care_relation", ""),
    }
    assert len(done["skipped"]) == 4
    assert await app.db["audit"].count_documents({"action": "patients.refused", "patient_ids": wang.id}) == 1


@pytest.mark.covers("A14.1", "R30")
async def test_a_nurse_sends_to_her_departments_patients_only(zhang: Person, console_of: Any, worker_step: Any) -> None:
    nurse = await console_of("nurse", department_ids=["cardiology"])
    assert (await steps.send(nurse, zhang.id))["created"]
    await worker_step()
    assert (await zhang.tasks())[0]["from_text"] == "心血管内科"
    other = await console_of("nurse", department_ids=["urology"])
    assert (await steps.send(other, zhang.id))["skipped"][0]["reason"] == "no_care_relation"


@pytest.mark.covers("R30")
async def test_other_roles_may_neither_send_nor_read(zhang: Person, console_of: Any) -> None:
    body = {"questionnaire_id": PHQ9, "patient_ids": [zhang.id]}
    for role in ("desk", "editor", "admin"):
        member = await console_of(role, department_ids=["cardiology"])
        assert (await member.post("/api/staff/followups", json=body)).status_code == 403, role
        assert (await member.get("/api/staff/followups")).status_code == 403, role
        assert (await member.get(f"/api/staff/followups/{'0' * 24}")).status_code == 403, role


NOT_MEANT: list[tuple[dict[str, Any], int, str]] = [
    ({"questionnaire_id": "nothing.1"}, 404, "not_found"),
    ({"questionnaire_id": "../etc"}, 400, "invalid"),
    ({"patient_ids": []}, 400, "invalid"),
    ({"patient_ids": ["0" * 24] * 201}, 400, "invalid"),
    ({"due_at": "2026-11-24T08:30:00+08:00"}, 400, "due_in_the_past"),
    ({"due_at": "2027-12-31T08:30:00+08:00"}, 400, "due_in_the_past"),
    ({"due_at": "2026-12-24T08:30:00"}, 400, "invalid"),
    ({"note": "长" * 201}, 400, "invalid"),
    ({"state": "open"}, 400, "invalid"),
]


async def test_a_sending_that_cannot_be_meant_is_refused_and_nothing_is_written(
    zhang: Person, doctor: Any, app: App
) -> None:
    for change, status, code in NOT_MEANT:
        body = {"questionnaire_id": PHQ9, "patient_ids": [zhang.id]} | change
        said = await doctor.post("/api/staff/followups", json=body)
        assert (said.status_code, said.json()["code"]) == (status, code), change
    assert await app.db["tasks"].count_documents({}) == 0


async def test_a_retired_questionnaire_is_neither_sent_nor_answered_any_more(
    zhang: Person, doctor: Any, worker_step: Any, app: App
) -> None:
    task_id = await steps.sent(doctor, worker_step, zhang)
    await questionnaires.retire(app, PHQ9, by=SYSTEM)
    body = {"questionnaire_id": PHQ9, "patient_ids": [zhang.id]}
    assert (await doctor.post("/api/staff/followups", json=body)).status_code == 404
    before = await app.db["tasks"].find_one({"_id": task_id})
    said = await zhang.answer(task_id, steps.phq9())
    assert (said.status_code, said.json()["code"]) == (409, "questionnaire_retired")
    assert await app.db["tasks"].find_one({"_id": task_id}) == before


@pytest.mark.covers("A14.2")
async def test_what_is_due_later_is_pushed_by_the_worker_on_the_hospitals_clock(
    zhang: Person, doctor: Any, platform: Any, worker_step: Any, clock: TestClock, app: App
) -> None:
    due_at = "2026-12-01T09:00:00+08:00"
    task_id = await steps.sent(doctor, worker_step, zhang, due_at=due_at)
    assert (await zhang.tasks(), await asked(platform)) == ([], [])
    assert (await zhang.phone.get(f"/api/tasks/{task_id}")).status_code == 404
    listed = (await doctor.get("/api/staff/followups?status=planned")).json()["items"]
    assert [(t["id"], t["due_at"], t["message_state"]) for t in listed] == [(task_id, due_at, None)]
    clock.set(shanghai_at("2026-12-01", "08:59"))
    await worker_step()
    assert await zhang.tasks() == []
    clock.set(shanghai_at("2026-12-01", "09:00"))
    await worker_step()
    assert [t["id"] for t in await zhang.tasks()] == [task_id]
    assert len(await asked(platform)) == 1
    assert (await doctor.get("/api/staff/followups")).json()["items"][0]["message_state"] in ("sent", "delivered")
    await app.db.schedule("followups.push", task_id, app.now())  # the job runs twice
    await worker_step()
    assert len(await asked(platform)) == 1


@pytest.mark.covers("A14.2")
async def test_who_does_not_answer_in_time_cannot_any_more_and_is_seen_as_overdue(
    zhang: Person, doctor: Any, worker_step: Any, clock: TestClock
) -> None:
    task_id = await steps.sent(doctor, worker_step, zhang)
    assert (await zhang.tasks())[0]["expires_at"] == "2026-12-02T08:30:00+08:00"
    clock.business += timedelta(days=7, seconds=1)
    late = await zhang.answer(task_id, steps.phq9())  # before any worker noticed
    assert (late.status_code, late.json()["code"]) == (409, "task_not_open")
    assert (await zhang.phone.get(f"/api/tasks/{task_id}")).json()["task"]["status"] == "expired"
    await worker_step()
    assert await zhang.tasks() == []
    assert [t["status"] for t in await zhang.tasks("done")] == ["expired"]
    overdue = (await doctor.get("/api/staff/followups?status=overdue")).json()["items"]
    assert [(t["id"], t["status"]) for t in overdue] == [(task_id, "expired")]
    assert (await doctor.get("/api/staff/overview")).json()["followups"]["overdue"] == 1
    assert (await steps.send(doctor, zhang.id))["created"]  # and may be asked anew


async def test_a_task_pushed_late_because_no_worker_ran_still_gives_the_whole_week(
    zhang: Person, doctor: Any, worker_step: Any, clock: TestClock
) -> None:
    await steps.send(doctor, zhang.id)
    clock.business += timedelta(days=10)
    await worker_step()
    assert (await zhang.tasks())[0]["expires_at"] == "2026-12-12T08:30:00+08:00"


@pytest.mark.covers("A14.1")
async def test_two_taps_and_two_colleagues_at_once_send_one(
    zhang: Person, doctor: Any, console_of: Any, app: App
) -> None:
    nurse = await console_of("nurse", department_ids=["cardiology"])
    done = await asyncio.gather(*(steps.send(who, zhang.id) for who in (doctor, nurse) * 3))
    assert sum(len(each["created"]) for each in done) == 1
    assert sum(len(each["skipped"]) for each in done) == 5
    assert await app.db["tasks"].count_documents({}) == 1
    assert await app.db["jobs"].count_documents({"kind": "followups.push"}) == 1


async def test_what_was_sent_to_somebody_who_has_died_is_taken_back_and_not_said(
    zhang: Person, doctor: Any, platform: Any, worker_step: Any, app: App, clock: TestClock
) -> None:
    clock.set(shanghai_at("2026-11-25", "22:00"))
    await steps.send(doctor, zhang.id)
    await worker_step()  # it is on the phone; the message waits for the morning
    await app.db.transact(lambda tx: tx.emit("contacts.deceased", patient_id=zhang.id, task_id="a call"))
    await worker_step()
    clock.set(shanghai_at("2026-11-26", "09:00"))
    await worker_step()
    assert await asked(platform) == []
    assert await zhang.tasks() == []
    assert await app.db["tasks"].count_documents({"state": {"$in": ["open", "planned"]}}) == 0


async def test_who_wants_no_followup_is_sent_nothing_until_he_wants_it_again(
    zhang: Person, doctor: Any, worker_step: Any, app: App
) -> None:
    await steps.send(doctor, zhang.id)
    await worker_step()
    await app.db.transact(lambda tx: followups.refuse(app, zhang.id, by=SYSTEM, tx=tx))
    assert await zhang.tasks() == []
    skipped = (await steps.send(doctor, zhang.id))["skipped"]
    assert [one["reason"] for one in skipped] == ["opted_out"]
    assert await app.db.transact(lambda tx: followups.allow(app, zhang.id, tx))
    assert len((await steps.send(doctor, zhang.id))["created"]) == 1


async def test_who_works_in_two_departments_sends_in_the_name_of_the_one_that_knows_the_patient(
    zhang: Person, console_of: Any, app: App
) -> None:
    nurse = await console_of("nurse", department_ids=["andrology", "cardiology"])
    assert (await steps.send(nurse, zhang.id))["created"]
    sent = await app.db["tasks"].find_one({})
    assert sent
    assert sent["department_id"] == "cardiology"
    await plan_steps.hospital(app, "hypertension")
    where = {"plan_key": "hypertension", "anchor_on": "2026-11-22", "patient_ids": [zhang.id]}
    assert (await nurse.post("/api/staff/enrolments", json=where)).json()["ids"]
    kept = await app.db["enrolments"].find_one({"plan_key": "hypertension"})
    assert kept
    assert kept["department_id"] == "cardiology"
    assert await app.db["care_relations"].count_documents({"department_id": "andrology"}) == 0
