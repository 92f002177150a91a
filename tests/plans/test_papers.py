"""Plans as papers over HTTP: drafts, the signature, publishing, a new version in mid-course, retiring, export."""

from typing import Any

import pytest

from server.context import App, Event
from server.patients import service as patients
from server.plans import service as plans
from tests.followups import steps as followups
from tests.plans import steps
from tests.plans.people import known

CARDIOLOGY = {"doctor_id": "cardiology-1", "department_ids": ["cardiology"]}


async def test_the_six_that_ship_are_in_use_here_and_say_that_nobody_has_signed_them(app: App, console_of: Any) -> None:
    await steps.hospital(app, *steps.ALL)
    admin = await console_of("admin")
    items = (await admin.get("/api/staff/plans")).json()["items"]
    assert [p["key"] for p in items] == [
        "acs_pci",
        "copd",
        "diabetes2",
        "discharge_general",
        "hypertension",
        "maternal",
    ]
    assert {(p["state"], p["trial"], p["sign_off_text"]) for p in items} == {("published", True, "等待医院临床签字")}
    read = (await admin.get("/api/staff/plans/hypertension.1")).json()
    assert read["problems"] == []
    assert read["timeline"][0]["when"] == "就诊后第 90 天 09:00，以后每 90 天一次"
    assert (
        "连续 2 次血压未达标 → 建议转诊，14 天后转诊后随访（连续两次不满意，建议转诊）" in read["timeline"][0]["then"]
    )
    exported = (await admin.get("/api/staff/plans/hypertension.1/definition")).json()
    assert exported == read["definition"]
    assert steps.shipped("hypertension").model_dump(mode="json") == exported
    await plans.publish_folder(app, steps.FOLDER)
    assert await app.db["plans"].count_documents({}) == 6


async def test_in_production_what_ships_waits_for_a_signature(app: App) -> None:
    hospital = app.settings.model_copy(update={"environment": "production"})
    await plans.publish_folder(type(app)(**{**vars_of(app), "settings": hospital}), steps.FOLDER)
    assert await app.db["plans"].distinct("state") == ["draft"]


def vars_of(app: App) -> dict[str, Any]:
    return {name: getattr(app, name) for name in type(app).__dataclass_fields__}


async def test_a_draft_is_changed_signed_by_a_doctor_and_published_and_never_changes_then(
    app: App, console_of: Any
) -> None:
    await steps.hospital(app, "hypertension")
    admin, doctor = await console_of("admin"), await console_of("doctor", **CARDIOLOGY)
    plan = steps.shipped("hypertension").model_dump(mode="json")
    begun = await admin.post("/api/staff/plans", json={"definition": plan})
    assert (begun.status_code, begun.json()["id"]) == (201, "hypertension.2")
    here, first = "/api/staff/plans/hypertension.2", begun.json()["revision"]
    assert (await admin.post(f"{here}/publication")).json()["code"] == "sign_off_needed"
    assert (await admin.post(f"{here}/sign-off", json={})).json()["code"] == "only_doctors_sign"
    assert (await doctor.post(f"{here}/sign-off", json={"note": "已核对"})).json()["signed"] is True
    changed = await admin.put(here, json={"definition": plan | {"title": "高血压长期随访"}})
    assert changed.json()["signed"] is False
    stale = await admin.put(here, json={"definition": plan, "revision": first})
    assert (stale.status_code, stale.json()["code"]) == (409, "plan_changed")
    wrong = plan | {"steps": [plan["steps"][0], plan["steps"][0]]}
    refused = await admin.put(here, json={"definition": wrong})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_plan")
    assert "步骤编号“routine”用了 2 次" in refused.json()["details"]["problems"]
    unseen = await doctor.post(f"{here}/sign-off", json={"revision": changed.json()["revision"] - 1})
    assert unseen.json()["code"] == "plan_changed"
    signed = (await doctor.post(f"{here}/sign-off", json={})).json()
    assert signed["sign_off_text"].endswith("签字")
    published = await admin.post(f"{here}/publication")
    assert (published.json()["state"], published.json()["trial"]) == ("published", False)
    assert (await admin.get("/api/staff/plans/hypertension.1")).json()["state"] == "retired"
    assert (await admin.put(here, json={"definition": plan})).json()["code"] == "plan_not_a_draft"
    retired = await admin.delete(f"{here}/publication")
    assert retired.json()["state"] == "retired"
    said = await doctor.post(
        "/api/staff/enrolments", json={"plan_key": "hypertension", "anchor_on": "2026-11-22", "patient_ids": []}
    )
    assert said.json()["code"] == "plan_not_in_use"
    unknown = plan | {"steps": [plan["steps"][0] | {"questionnaire": "no-such", "branches": []}]}
    draft = (await admin.post("/api/staff/plans", json={"definition": unknown})).json()
    assert draft["problems"] == ["问卷“no-such”还没有发布"]
    await doctor.post(f"/api/staff/plans/{draft['id']}/sign-off", json={})
    assert (await admin.post(f"/api/staff/plans/{draft['id']}/publication")).json()["code"] == "bad_plan"


@pytest.mark.covers("A14.2")
async def test_a_new_version_moves_only_what_was_not_sent_and_shows_it_first(
    app: App, phone_of: Any, platform: Any, worker_step: Any, console_of: Any
) -> None:
    await steps.hospital(app, "hypertension")
    wang = await followups.patient(phone_of, platform, worker_step, "wang")
    doctor = await console_of("doctor", **CARDIOLOGY)
    other = await known(app, 1)
    await patients.relate(app, other, doctor_id="cardiology-1", department_id="cardiology", why="visit")
    (later,) = (await steps.enrol(doctor, "hypertension", other, anchor_on="2026-11-22"))["ids"]
    (sent,) = (await steps.enrol(doctor, "hypertension", wang.id, anchor_on="2026-08-20"))["ids"]
    await worker_step()
    assert len(await wang.tasks()) == 1
    plan = steps.shipped("hypertension").model_dump(mode="json")
    plan["steps"][0]["offset"]["days"] = 30
    draft = (await doctor.post("/api/staff/plans", json={"definition": plan})).json()
    await doctor.post(f"/api/staff/plans/{draft['id']}/sign-off", json={})
    await doctor.post(f"/api/staff/plans/{draft['id']}/publication")
    before = await app.db["tasks"].find_one({})
    seen = (await doctor.get(f"/api/staff/plans/{draft['id']}/move")).json()
    assert (seen["done"], seen["enrolments"], seen["moved"], seen["stays"]) == (False, 2, 1, 1)
    (move,) = seen["moves"]
    assert (move["before_at"], move["after_at"]) == ("2027-02-20T09:00:00+08:00", "2026-12-22T09:00:00+08:00")
    assert (await steps.line(doctor, later))["version"] == 1
    done = (await doctor.post(f"/api/staff/plans/{draft['id']}/move")).json()
    assert (done["done"], done["moved"]) == (True, 1)
    line = await steps.line(doctor, later)
    assert (line["version"], line["due_at"]) == (2, "2026-12-22T09:00:00+08:00")
    assert (await steps.line(doctor, sent))["version"] == 2
    assert await app.db["tasks"].find_one({}) == before
    audit = await app.db["audit"].find_one({"action": "plans.move"})
    assert audit
    assert "hypertension.2 1" in audit["why"]


async def test_after_the_pregnancy_the_hospitals_own_discharge_dates_what_waited_for_it(
    app: App, phone_of: Any, platform: Any, worker_step: Any, console_of: Any
) -> None:
    await steps.hospital(app, "maternal")
    li = await followups.patient(phone_of, platform, worker_step, "li")
    nurse = await console_of("nurse", department_ids=["gynaecology"])
    (enrolment,) = (await steps.enrol(nurse, "maternal", li.id, anchor_on="2026-02-08"))["ids"]
    line = await steps.line(nurse, enrolment)
    assert (line["current"]["why"], line["due_at"]) == ("等待登记出院日期", None)
    assert [p["outcome"] for p in line["past"]] == ["skipped"] * 5
    here = f"/api/staff/enrolments/{enrolment}/anchors"
    wrong = await nurse.put(here, json={"kind": "delivery", "on": "1990-01-01"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_anchor")
    noted = (await nurse.put(here, json={"kind": "delivery", "on": "2026-11-20"})).json()
    assert (noted["anchors"]["分娩"], noted["due_at"]) == ("2026-11-20", None)
    left = {"his_id": "P900002", "admission_id": "AX", "happened_at": "2026-11-25T08:00:00+08:00"}
    await plans.enrol_discharged(app, Event("e", "his.discharged", left, app.now()))
    line = await steps.line(nurse, enrolment)
    assert (line["current"]["title"], line["due_at"]) == ("产后访视", "2026-11-28T09:00:00+08:00")
    assert [c["title"] for c in line["coming"]] == ["产后 42 天健康检查"]
