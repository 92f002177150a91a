"""A doctor enrols: preview, a list, a filter, a CSV; pauses, stops; who is skipped, and what is refused."""

import base64
from typing import Any
from unittest.mock import AsyncMock

import pytest

from server.context import App
from server.followups import store
from server.values import shanghai_at
from tests.conftest import TestClock
from tests.followups import steps as followups
from tests.plans import steps

CARDIOLOGY = {"doctor_id": "cardiology-1", "department_ids": ["cardiology"]}
STRANGER = "f" * 24


@pytest.fixture(autouse=True)
async def hospital(app: App) -> None:
    await steps.hospital(app, "discharge_general", "hypertension", "maternal")


@pytest.fixture
async def wang(phone_of: Any, platform: Any, worker_step: Any) -> followups.Person:
    """He has a course after his discharge already."""
    return await followups.patient(phone_of, platform, worker_step, "wang")


def sheet(text: str, encoding: str = "utf-8", **more: Any) -> dict[str, Any]:
    return {"plan_key": "hypertension", "content": base64.b64encode(text.encode(encoding)).decode(), **more}


@pytest.mark.covers("H3.1", "H3.2")
async def test_a_doctor_sees_who_would_be_enrolled_then_enrols_and_the_same_never_twice(
    app: App, wang: followups.Person, console_of: Any
) -> None:
    doctor = await console_of("doctor", **CARDIOLOGY)
    body = {"plan_key": "hypertension", "patient_ids": [wang.id, STRANGER], "anchor_on": "2026-11-22"}
    seen = (await doctor.post("/api/staff/enrolments/preview", json=body)).json()
    assert seen["done"] is False
    assert [(e["patient_name"], e["first_text"]) for e in seen["enrolled"]] == [("王德福", "就诊后第 90 天 09:00")]
    assert [(s["reason"], s["patient_name"]) for s in seen["skipped"]] == [("no_care_relation", "")]
    assert await app.db["enrolments"].count_documents({"plan_key": "hypertension"}) == 0
    by_filter = {"plan_key": "hypertension", "anchor_on": "2026-11-22", "filter": {"age_from": 70, "sex": "male"}}
    found = (await doctor.post("/api/staff/enrolments/preview", json=by_filter)).json()
    assert [e["patient_id"] for e in found["enrolled"]] == [wang.id]
    by_filter["filter"] = {"age_below": 70}
    assert (await doctor.post("/api/staff/enrolments/preview", json=by_filter)).json()["enrolled"] == []
    said = await steps.enrol(doctor, "hypertension", wang.id, anchor_on="2026-11-22")
    assert len(said["ids"]) == 1
    again = await steps.enrol(doctor, "hypertension", wang.id, anchor_on="2026-11-23")
    assert [(s["reason"], s["text"]) for s in again["skipped"]] == [("already_enrolled", "已在这个计划中")]
    maternal = await steps.enrol(doctor, "maternal", wang.id, anchor_on="2026-10-01")
    assert [s["reason"] for s in maternal["skipped"]] == ["not_fitting"]
    for wrong, code in (({"plan_key": "no-such"}, "plan_not_in_use"), ({"anchor_on": "2010-01-01"}, "bad_anchor")):
        refused = await doctor.post("/api/staff/enrolments", json=body | wrong)
        assert refused.json()["code"] == code
    line = await app.db["audit"].find_one({"action": "plans.enrol", "why": "hypertension.1", "actor_kind": "staff"})
    assert line
    assert line["patient_ids"] == [wang.id]
    desk = await console_of("desk")
    assert (await desk.post("/api/staff/enrolments", json=body)).status_code == 403


async def test_a_sheet_enrols_everybody_or_nobody_unless_wrong_lines_are_left_out(
    app: App, wang: followups.Person, console_of: Any
) -> None:
    doctor = await console_of("doctor", **CARDIOLOGY)
    text = "卡号,起始日期\n8000000005,2026-11-22\n8000000001,2026-11-22\n8000000009,昨天\n8000000005x,1990-01-01\n"
    seen = (await doctor.post("/api/staff/enrolments/sheet/preview", json=sheet(text, "gbk"))).json()
    assert [e["line"] for e in seen["errors"]] == [3, 4, 5]
    assert (seen["lines"], len(seen["enrolled"])) == (4, 1)
    refused = await doctor.post("/api/staff/enrolments/sheet", json=sheet(text, "gbk"))
    assert (refused.status_code, refused.json()["code"]) == (409, "sheet_has_errors")
    assert len(refused.json()["details"]["errors"]) == 3
    assert await app.db["enrolments"].count_documents({"plan_key": "hypertension"}) == 0
    done = await doctor.post("/api/staff/enrolments/sheet", json=sheet(text, skip_errors=True))
    assert done.status_code == 201, done.text
    assert len(done.json()["ids"]) == 1
    for content in ("!!!", base64.b64encode(b"a,b\n1,2").decode()):
        bad = await doctor.post("/api/staff/enrolments/sheet", json={"plan_key": "hypertension", "content": content})
        assert bad.json()["code"] == "bad_sheet"


@pytest.mark.covers("A14.2")
async def test_paused_nothing_is_sent_resumed_it_goes_on_stopped_it_is_taken_back(
    app: App,
    wang: followups.Person,
    console_of: Any,
    worker_step: Any,
    clock: TestClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nurse = await console_of("nurse", department_ids=["cardiology"])
    (row,) = (await nurse.get(f"/api/staff/enrolments?patient_id={wang.id}")).json()["items"]
    here = f"/api/staff/enrolments/{row['id']}"
    reason = {"reason": "患者出差"}
    assert (await nurse.post(f"{here}/resumption", json=reason)).json()["code"] == "enrolment_not_paused"
    paused = await nurse.post(f"{here}/pause", json=reason)
    assert paused.json()["now_text"].endswith("（已暂停）")
    assert (await nurse.post(f"{here}/pause", json=reason)).json()["code"] == "enrolment_paused"
    clock.set(shanghai_at("2026-11-30", "10:00"))
    await worker_step()
    assert await wang.tasks() == []
    resumed = await nurse.post(f"{here}/resumption", json=reason)
    assert resumed.json()["current"]["why"] == "出院后第 7 天 09:00，已到时间，现在发送"
    await worker_step()
    (task,) = await wang.tasks()
    with monkeypatch.context() as dying:  # dies before it is written that he wants no more: nothing has happened
        dying.setattr(store, "refuse", AsyncMock(side_effect=OSError))
        assert (await nurse.post(f"{here}/stop", json={"reason": "转到外院", "opted_out": True})).status_code == 500
    stopped = (await nurse.post(f"{here}/stop", json={"reason": "转到外院", "opted_out": True})).json()
    assert (stopped["state"], stopped["ending"]) == ("ended", "opted_out")
    assert await wang.tasks() == []
    late = await wang.answer(task["id"], followups.WELL)
    assert (late.status_code, late.json()["code"]) == (409, "task_not_open")
    assert (await nurse.post(f"{here}/stop", json=reason)).json()["code"] == "enrolment_ended"
    said = await steps.enrol(nurse, "hypertension", wang.id, anchor_on="2026-11-22")
    assert [s["reason"] for s in said["skipped"]] == ["opted_out"]
    again = f"/api/staff/patients/{wang.id}/followup-consent"
    assert (await nurse.post(again)).status_code == 204
    assert (await nurse.post(again)).status_code == 404
    assert len((await steps.enrol(nurse, "hypertension", wang.id, anchor_on="2026-11-22"))["ids"]) == 1
    other = await console_of("nurse", department_ids=["respiratory"])
    assert (await other.get(here)).json()["code"] == "no_care_relation"
    assert (await other.get("/api/staff/enrolments")).json()["items"] == []
    assert (await other.get(f"/api/staff/enrolments/{STRANGER}")).status_code == 404


@pytest.mark.covers("R16")
async def test_who_cannot_be_told_through_wechat_is_phoned_at_once_and_may_refuse(
    app: App, wang: followups.Person, worker_step: Any, clock: TestClock, console_of: Any
) -> None:
    await app.db["bindings"].update_many({}, {"$set": {"opening": "none"}})
    clock.set(shanghai_at("2026-11-29", "09:00"))
    await worker_step()
    (call,) = await app.db["contacts"].find({}).to_list()
    assert (call["kind"], call["clinical"]) == ("followup", True)
    assert await app.db["messages"].count_documents({"key": "followup_due"}) == 0
    nurse = await console_of("nurse", department_ids=["cardiology"])
    opened = (await nurse.get(f"/api/staff/phone-tasks/{call['_id']}")).json()
    assert "微信里没有人可以通知" in opened["script"]
    await nurse.post(f"/api/staff/phone-tasks/{call['_id']}/take")
    await nurse.post(f"/api/staff/phone-tasks/{call['_id']}/attempts", json={"outcome": "refused"})
    await worker_step()
    (row,) = (await nurse.get("/api/staff/enrolments")).json()["items"]
    assert (row["ending"], row["ending_text"]) == ("refused", "患者在电话中拒绝随访")
    assert await app.db["tasks"].distinct("state") == ["withdrawn"]
