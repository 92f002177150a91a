"""The desk over HTTP: what waits today, seen by one only, replies the patient reads, calls, a patient's line."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from server.context import App
from server.patients import service as patients
from tests.conftest import TestClock
from tests.followups import steps
from tests.followups.steps import Person
from tests.plans import steps as in_plans

TEXT = "您的回答我们看过了，请明天来复诊。"


@pytest.fixture
async def zhang(app: App, phone_of: Any, platform: Any, worker_step: Any) -> Person:
    await steps.hospital(app)
    return await steps.patient(phone_of, platform, worker_step, "zhang")


@pytest.fixture
async def doctor(console_of: Any) -> Any:
    return await console_of("doctor", **steps.ZHANGS_DOCTOR)


@pytest.fixture
async def nurse(console_of: Any) -> Any:
    return await console_of("nurse", department_ids=["cardiology"])


async def red_answer(doctor: Any, zhang: Person, worker_step: Any) -> str:
    task_id = await steps.sent(doctor, worker_step, zhang)
    assert (await zhang.answer(task_id, steps.phq9(q9=steps.SOME_DAYS))).status_code == 201
    await worker_step()
    return task_id


async def desk(console: Any, query: str = "") -> dict[str, Any]:
    said = await console.get(f"/api/staff/desk{query}")
    assert said.status_code == 200, said.text
    return dict(said.json())


def on(found: dict[str, Any]) -> dict[str, list[str]]:
    return {group: [one["id"] for one in shown["items"]] for group, shown in found["tasks"].items()}


async def together(console: Any, what: str, *task_ids: str, **more: Any) -> dict[str, Any]:
    said = await console.post(f"/api/staff/followups/{what}", json={"task_ids": list(task_ids), **more})
    assert said.status_code == 200, said.text
    return dict(said.json())


def why(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["patient_name"], one["reason"], one["by_name"]) for one in result["skipped"]]


@pytest.mark.covers("A14.4", "H3")
async def test_an_answer_is_seen_by_one_of_two_who_look_at_once_and_may_be_taken_back(
    app: App, zhang: Person, doctor: Any, nurse: Any, worker_step: Any
) -> None:
    task = await red_answer(doctor, zhang, worker_step)
    before = await desk(nurse)
    assert on(before) == {"red": [task], "answered": [], "overdue": [], "due": []}
    assert [alert["task_id"] for alert in before["alerts"]] == [task]
    assert before["tasks"]["red"]["items"][0]["red_texts"] == ["有不如死掉或伤害自己的念头"]
    results = await asyncio.gather(*(together(who, "seen", task) for who in (doctor, nurse)))
    assert sorted(len(one["done"]) for one in results) == [0, 1]
    assert [why(one) for one in results if not one["done"]] == [[("张建国", "already_seen", "样例")]]
    first, second = (doctor, nurse) if results[0]["done"] else (nurse, doctor)
    assert why(await together(second, "unseen", task)) == [("张建国", "not_seen_by_me", "")]
    shown = (await desk(second))["tasks"]["answered"]["items"][0]
    assert (shown["id"], shown["seen_by_name"], shown["seen_at"][:10]) == (task, "样例", "2026-11-25")
    assert (await together(first, "unseen", task))["done"] == [task]
    assert on(await desk(first))["red"] == [task]
    lines = [line async for line in app.db["audit"].find({"action": {"$in": ["followups.see", "desk.today"]}})]
    assert {line["action"] for line in lines} == {"followups.see", "desk.today"}
    assert all(line["patient_ids"] == [zhang.id] for line in lines)


@pytest.mark.covers("A14.4", "R17")
async def test_a_reply_is_read_beside_the_answers_and_a_second_one_only_after_a_question(
    app: App, zhang: Person, doctor: Any, nurse: Any, worker_step: Any, platform: Any
) -> None:
    task = await steps.sent(doctor, worker_step, zhang)
    early = await doctor.post(f"/api/staff/followups/{task}/reply", json={"text": TEXT})
    assert (early.status_code, early.json()["code"]) == (409, "nothing_to_reply")
    await zhang.answer(task, steps.phq9())
    await worker_step()
    for wrong in ("", " 好 ", "字" * 301):
        assert (await doctor.post(f"/api/staff/followups/{task}/reply", json={"text": wrong})).status_code == 400
    assert TEXT not in (await doctor.get("/api/staff/quick-replies")).json()["items"]
    done = await doctor.post(f"/api/staff/followups/{task}/reply", json={"text": f" {TEXT} "})
    assert (done.status_code, done.json()["reply"], done.json()["replied_by_name"]) == (201, TEXT, "样例")
    assert done.json()["seen_by_name"] == "样例"  # who replies has seen it
    await worker_step()
    assert (await zhang.phone.get(f"/api/tasks/{task}")).json()["reply"] == TEXT
    again = await nurse.post(f"/api/staff/followups/{task}/reply", json={"text": "请来电"})
    assert (again.status_code, again.json()["code"]) == (409, "already_replied")
    assert why(await together(nurse, "replies", task, text="请来电")) == [("张建国", "already_replied", "样例")]
    changed = await nurse.post(f"/api/staff/followups/{task}/reply", json={"text": "请来电", "replace": True})
    assert changed.status_code == 201
    await worker_step()
    assert (await zhang.phone.get(f"/api/tasks/{task}")).json()["reply"] == "请来电"
    told = [str(m) for m in await platform.see("zhang", "messages") if "随访回复" in str(m)]
    assert len(told) == 2
    assert TEXT not in "".join(told)
    assert await app.db["tasks"].count_documents({"reply": {"$exists": True}}) == 0  # sealed


@pytest.mark.covers("H3", "R16.4")
async def test_of_many_chosen_each_is_done_or_left_out_with_the_reason(
    app: App, zhang: Person, doctor: Any, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    wang = await steps.patient(phone_of, platform, worker_step, "wang")
    await patients.relate(app, wang.id, doctor_id="cardiology-3", department_id="cardiology", why="booking")
    answered = await red_answer(doctor, zhang, worker_step)
    waiting, later = [
        (await steps.send(doctor, wang.id, questionnaire=which, due_at=due))["created"][0]
        for which, due in ((steps.PHQ9, None), (steps.DISCHARGE, (clock.now() + timedelta(days=2)).isoformat()))
    ]
    await worker_step()
    chosen = (answered, waiting, later, answered, "nothing")
    seen = await together(doctor, "seen", *chosen)
    assert (seen["done"], [reason for _, reason, _ in why(seen)]) == (
        [answered],
        ["no_care_relation", "not_ended", "not_ended"],
    )
    replied = await together(doctor, "replies", *chosen, text=TEXT)
    assert (replied["done"], len(replied["skipped"])) == ([answered], 3)
    called = await together(doctor, "calls", *chosen)
    assert called["done"] == [answered, waiting]
    assert [reason for _, reason, _ in why(called)] == ["no_care_relation", "not_sent"]
    again = await together(doctor, "calls", answered, waiting)
    assert (again["done"], [reason for _, reason, _ in why(again)]) == ([], ["already_asked"] * 2)
    calls = [one async for one in app.db["contacts"].find()]
    assert sorted((one["patient_id"], one["clinical"]) for one in calls) == sorted([(zhang.id, True), (wang.id, True)])
    assert on(await desk(doctor)) == {"red": [], "answered": [answered], "overdue": [], "due": [waiting]}
    assert on(await desk(doctor, "?mine=true"))["due"] == [waiting]
    assert on(await desk(doctor, "?doctor_id=cardiology-3"))["due"] == [waiting]
    assert on(await desk(doctor, "?doctor_id=cardiology-1"))["due"] == []
    assert on(await desk(doctor, "?plan_key=none"))["due"] == []
    clock.business += timedelta(days=8)
    await worker_step()
    assert on(await desk(doctor))["overdue"] == [waiting]
    too_many = {"task_ids": [f"t{n}" for n in range(201)]}
    for what in ("seen", "unseen", "calls"):
        assert (await doctor.post(f"/api/staff/followups/{what}", json=too_many)).status_code == 400
        assert (await doctor.post(f"/api/staff/followups/{what}", json={"task_ids": []})).status_code == 400


@pytest.mark.covers("R30", "A14.4")
async def test_strangers_see_nothing_and_change_nothing(
    app: App, zhang: Person, doctor: Any, console_of: Any, worker_step: Any
) -> None:
    task = await red_answer(doctor, zhang, worker_step)
    stranger = await console_of("doctor", doctor_id="urology-1", department_ids=["urology"])
    other_nurse = await console_of("nurse", department_ids=["urology"])
    assert on(await desk(stranger)) == {"red": [], "answered": [], "overdue": [], "due": []}
    for what, more in (("seen", {}), ("unseen", {}), ("replies", {"text": TEXT}), ("calls", {})):
        assert why(await together(stranger, what, task, **more)) == [("", "no_care_relation", "")]
    for said in (
        await stranger.post(f"/api/staff/followups/{task}/reply", json={"text": TEXT}),
        await stranger.get(f"/api/staff/patients/{zhang.id}/line"),
        await other_nurse.get(f"/api/staff/patients/{zhang.id}/line"),  # no reports that would refuse her
    ):
        assert (said.status_code, said.json()["code"]) == (403, "no_care_relation")
    assert (await doctor.post("/api/staff/followups/nothing/reply", json={"text": TEXT})).status_code == 404
    kept = await app.db["tasks"].find_one({"_id": task}) or {}
    assert (kept["seen_by"], kept["replied_at"]) == (None, None)
    assert await app.db["contacts"].count_documents({}) == 0
    assert await app.db["audit"].count_documents({"action": "patients.refused"}) >= 7
    assert await app.db["audit"].count_documents({"action": "desk.line"}) == 0


@pytest.mark.covers("H1.3", "H3")
async def test_a_plan_stands_on_the_line_with_its_next_steps_and_its_task_on_the_desk(
    app: App, zhang: Person, doctor: Any, worker_step: Any, clock: TestClock
) -> None:
    await in_plans.hospital(app)
    said = await in_plans.enrol(doctor, "hypertension", zhang.id, anchor_on="2026-08-27")  # 90 days ago
    clock.business += timedelta(hours=1)
    await worker_step()
    (task,) = await zhang.tasks()
    assert on(await desk(doctor, "?plan_key=hypertension"))["due"] == [task["id"]]
    assert on(await desk(doctor, "?plan_key=copd"))["due"] == []
    assert {"key": "hypertension", "label": "高血压随访"} in (await desk(doctor))["plans"]
    found = (await doctor.get(f"/api/staff/patients/{zhang.id}/line")).json()
    (plan,) = found["plans"]
    assert (plan["id"], plan["current_task_id"], plan["past"]) == (said["ids"][0], task["id"], [])
    assert "等待回答" in plan["now_text"]
    assert plan["coming"]
    begun = next(one for one in found["items"] if one["kind"] == "plan")
    assert (begun["title"], begun["state"], begun["texts"]) == ("加入计划：高血压随访", "active", [plan["now_text"]])


@pytest.mark.covers("H1.3", "H3", "R17", "H13")
async def test_the_line_of_a_patient_tells_answers_alert_call_visits_and_reports_newest_first(
    app: App, zhang: Person, doctor: Any, nurse: Any, worker_step: Any, clock: TestClock
) -> None:
    task = await red_answer(doctor, zhang, worker_step)
    await nurse.post(f"/api/staff/alerts/{task}/taking", json={"action": "called", "note": "已接通"})
    await nurse.post(f"/api/staff/alerts/{task}/resolution", json={"outcome": TEXT})
    await together(doctor, "calls", task)
    clock.business += timedelta(days=1)
    second = await red_answer(doctor, zhang, worker_step)
    found = (await doctor.get(f"/api/staff/patients/{zhang.id}/line")).json()
    items = found["items"]
    assert [one["at"] for one in items] == sorted((one["at"] for one in items), reverse=True)
    assert {"task", "alert", "call", "report"} <= {one["kind"] for one in items}
    first = next(one for one in items if one["id"] == task and one["kind"] == "task")
    assert (first["state"], first["red"], first["notes"][0]["code"], first["notes"][0]["text"]) == (
        "answered",
        True,
        "reply",
        TEXT,
    )
    alert = next(one for one in items if one["id"] == task and one["kind"] == "alert")
    assert [(note["code"], note["by_name"], note["text"]) for note in alert["notes"]] == [
        ("called", "样例", "已接通"),
        ("resolved", "样例", TEXT),
    ]
    assert all(one["texts"] == [] for one in items if one["kind"] == "report")  # title and date only
    (series,) = found["series"]
    assert [(p["task_id"], p["total"], p["red"]) for p in series["points"]] == [(task, 1.0, True), (second, 1.0, True)]
    assert [(band["low"], band["high"]) for band in series["bands"]][:2] == [(0, 5), (5, 10)]
    assert found["missing"] == []
    seen_by_nurse = (await nurse.get(f"/api/staff/patients/{zhang.id}/line")).json()
    assert "report" not in {one["kind"] for one in seen_by_nurse["items"]}
    assert seen_by_nurse["missing"] == ["reports"]
    lines = await app.db["audit"].count_documents({"action": "desk.line", "patient_ids": [zhang.id]})
    assert lines == 2
