"""Reports on the phone: which are shown and how, which are held back, who may read, and that every look is recorded."""

import json
from typing import Any

import pytest

from server.context import App
from server.directory import service as directory
from tests.appointments.steps import his_fault
from tests.conftest import Browser, TestClock
from tests.patients.people import bind

ZHANG, LI = "P900001", "P900002"


@pytest.fixture(autouse=True)
async def hospital(app: App) -> None:
    await directory.refresh(app, days=0)


@pytest.fixture
async def zhang(phone_of: Any, platform: Any) -> Browser:
    phone = await phone_of("zhang")
    assert (await bind(phone, platform, "zhang")).status_code == 201
    return phone


@pytest.fixture
async def li(phone_of: Any, platform: Any) -> Browser:
    phone = await phone_of("li")
    assert (await bind(phone, platform, "li")).status_code == 201
    return phone


async def reports_of(phone: Browser, **query: str) -> list[dict[str, Any]]:
    said = await phone.get("/api/reports", params=query)
    assert said.status_code == 200, said.text
    return list(said.json()["items"])


async def newest(phone: Browser, title: str) -> dict[str, Any]:
    return next(r for r in await reports_of(phone) if r["title"] == title)


@pytest.mark.covers("A10.1")
async def test_the_list_shows_final_ones_newest_first_and_how_many_values_are_abnormal(
    zhang: Browser, platform: Any
) -> None:
    found = await reports_of(zhang)
    his = platform.world.state  # the culture of yesterday is still preliminary there
    assert his
    assert not [r for r in found if "培养" in r["title"]]
    assert {r["status"] for r in found} == {"final"}
    assert [r["reported_at"] for r in found] == sorted((r["reported_at"] for r in found), reverse=True)
    assert all(r["department_name"] and not r["held"] and r["held_text"] is None for r in found)
    assert {r["kind"]: r["abnormal_count"] is None for r in found} == {"lab": False, "imaging": True}
    assert (await newest(zhang, "肝功能"))["abnormal_count"] >= 3


@pytest.mark.covers("A10.1")
async def test_a_report_is_shown_with_all_that_must_stand_on_it(zhang: Browser) -> None:
    listed = await newest(zhang, "肝功能")
    report = (await zhang.get(f"/api/reports/{listed['id']}")).json()
    assert report["patient_name"] == "张建国"
    assert (report["sex"], report["age_text"], report["visit_number_masked"]) == ("male", "45岁", "800***0001")
    assert all(report[n] for n in ("laboratory", "specimen", "operator", "reviewer", "statement", "department_name"))
    assert report["requested_at"] < report["collected_at"] < report["received_at"] < report["reported_at"]
    assert (report["status"], report["version"]) == ("final", 1)
    alt = next(item for item in report["items"] if item["code"] == "ALT")
    assert (alt["value"], alt["flag"], bool(alt["range_text"]), bool(alt["unit"])) == ("68", "H", True, True)
    assert any(item["flag"] is None for item in report["items"])


@pytest.mark.covers("A10.1")
async def test_an_image_report_has_findings_and_a_conclusion(zhang: Browser) -> None:
    listed = next(r for r in await reports_of(zhang) if r["kind"] == "imaging")
    report = (await zhang.get(f"/api/reports/{listed['id']}")).json()
    assert report["findings"]
    assert report["conclusion"]
    assert report["items"] == []


@pytest.mark.covers("A10.2")
async def test_a_value_is_shown_over_time_with_the_range_of_the_newest_report(zhang: Browser) -> None:
    listed = next(r for r in await reports_of(zhang) if "血糖" in r["title"])
    report = (await zhang.get(f"/api/reports/{listed['id']}")).json()
    assert next(item for item in report["items"] if item["code"] == "GLU")["has_trend"]
    trend = (await zhang.get(f"/api/reports/{listed['id']}/trend?code=GLU")).json()
    assert [point["value"] for point in trend["points"]] == [5.62, 6.31, 6.48]
    assert [point["at"] for point in trend["points"]] == sorted(point["at"] for point in trend["points"])
    assert trend["low"] < trend["high"] < 6.48
    assert trend["points"][-1]["flag"] == "H"
    assert (await zhang.get(f"/api/reports/{listed['id']}/trend?code=NONE")).status_code == 404
    assert (await zhang.get(f"/api/reports/{listed['id']}/trend")).status_code == 400


@pytest.mark.covers("A10.1")
async def test_a_sensitive_report_is_neither_named_nor_counted_nor_opened(li: Browser, app: App) -> None:
    found = await reports_of(li)
    held = [r for r in found if r["held"]]
    assert len(held) == 1
    assert (held[0]["title"], held[0]["abnormal_count"]) == ("检验报告", None)
    assert held[0]["held_text"]
    said = await li.get(f"/api/reports/{held[0]['id']}")
    assert (said.status_code, said.json()["code"]) == (403, "report_held")
    trend = await li.get(f"/api/reports/{held[0]['id']}/trend?code=HIV")
    assert trend.json()["code"] == "report_held"
    assert "免疫缺陷" not in said.text + trend.text + json.dumps(found, ensure_ascii=False)
    tried = app.db["audit"].count_documents({"action": "reports.held", "why": held[0]["id"]})
    assert await tried == 2


async def test_a_preliminary_or_withdrawn_report_does_not_exist(zhang: Browser, app: App) -> None:
    await reports_of(zhang)
    hidden = await app.db["reports"].find_one({"status": "preliminary"})
    assert hidden
    for path in ("", "/trend?code=GLU"):
        said = await zhang.get(f"/api/reports/{hidden['_id']}{path}")
        assert (said.status_code, said.json()["code"]) == (404, "not_found")


async def test_who_is_no_relative_gets_the_same_answer_as_for_a_report_that_is_not_there(
    zhang: Browser, li: Browser
) -> None:
    theirs = (await reports_of(zhang))[0]["id"]
    for id in (theirs, "RP999999-1"):
        said = await li.get(f"/api/reports/{id}")
        assert (said.status_code, said.json()["code"]) == (404, "not_found")
    patient = (await zhang.get("/api/patients")).json()["items"][0]["id"]
    assert (await li.get(f"/api/reports?patient_id={patient}")).status_code == 404


async def test_records_that_are_not_opened_stay_closed(zhang: Browser, platform: Any, phone_of: Any) -> None:
    report = (await reports_of(zhang))[0]["id"]
    wang = await phone_of("wang")
    typed = await bind(wang, platform, "zhang", phone="13800000003", relation="other")
    for path in (f"/api/reports?patient_id={typed.json()['id']}", "/api/reports", f"/api/reports/{report}"):
        said = await wang.get(path)
        assert (said.status_code, said.json()["code"]) == (403, "records_closed")


async def test_without_a_patient_or_a_session_there_is_nothing(phone_of: Any, client: Browser) -> None:
    chen = await phone_of("chen")
    assert (await chen.get("/api/reports")).status_code == 404
    assert (await client.get("/api/reports")).status_code == 401


async def test_a_mother_reads_her_childs_reports_by_choosing_him(li: Browser, platform: Any) -> None:
    mother = (await li.get("/api/patients")).json()["items"][0]["id"]
    guardian = {"patient_id": mother, "proof_kind": "household_register", "proof_number": "HK-1", "declared": True}
    child = await bind(li, platform, "li-xiaobao", relation="child", guardian=guardian)
    assert child.status_code == 201, child.text
    found = await reports_of(li, patient_id=child.json()["id"])
    assert [r["department_name"] for r in found] == ["儿科"]
    report = (await li.get(f"/api/reports/{found[0]['id']}")).json()
    assert (report["patient_name"], report["age_text"]) == ("李小宝", "6岁")


@pytest.mark.covers("H13")
async def test_every_list_report_and_trend_leaves_a_line_who_saw_whose(zhang: Browser, app: App) -> None:
    listed = next(r for r in await reports_of(zhang) if "血糖" in r["title"])
    await zhang.get(f"/api/reports/{listed['id']}")
    await zhang.get(f"/api/reports/{listed['id']}/trend?code=GLU")
    me = (await zhang.get("/api/me")).json()
    lines = [line async for line in app.db["audit"].find({"action": {"$regex": "^reports"}}).sort("_id", 1)]
    assert [line["action"] for line in lines] == ["reports.list", "reports.read", "reports.trend"]
    assert {line["actor_id"] for line in lines} == {me["account_id"]}
    assert {tuple(line["patient_ids"]) for line in lines} == {(me["active_patient"]["id"],)}


@pytest.mark.covers("R30")
async def test_nothing_of_a_report_can_be_read_in_the_store(zhang: Browser, app: App) -> None:
    await reports_of(zhang)
    docs = [doc async for doc in app.db["reports"].find()]
    assert docs
    for doc in docs:
        plain = {name: value for name, value in doc.items() if name != "sealed"}
        assert set(plain) == {"_id", "patient_id", "version", "status", "reported_at", "copied_at"}
        assert isinstance(doc["sealed"]["c"], bytes)
    raw = str(docs)
    assert not [word for word in ("肝功能", "ALT", "68", "检验科", "张建国", "GLU") if f"'{word}'" in raw]


async def test_when_the_his_is_away_the_last_copy_is_shown_and_how_old_it_is(
    zhang: Browser, platform: Any, clock: TestClock, app: App
) -> None:
    his_fault(platform, down=True)
    await app.db["report_copies"].delete_many({})
    said = await zhang.get("/api/reports")
    assert (said.status_code, said.json()["code"]) == (503, "foreign_unavailable")
    his_fault(platform)
    fresh = (await zhang.get("/api/reports")).json()
    assert fresh["as_of"] is None
    his_fault(platform, down=True)
    clock.advance(hours=3)
    old = (await zhang.get("/api/reports")).json()
    assert old["as_of"] == "2026-11-25T08:30:00+08:00"
    assert old["items"] == fresh["items"]
    assert (await zhang.get(f"/api/reports/{old['items'][0]['id']}")).status_code == 200


# --- staff -------------------------------------------------------------------------------------


@pytest.mark.covers("R30", "H13")
async def test_a_doctor_reads_reports_of_who_is_in_his_care_and_sensitive_ones_by_name(
    li: Browser, console_of: Any, worker_step: Any, app: App
) -> None:
    await worker_step()
    patient = (await li.get("/api/patients")).json()["items"][0]["id"]
    doctor = await console_of("doctor", doctor_id="gynaecology-2", department_ids=["gynaecology"])
    found = (await doctor.get(f"/api/staff/patients/{patient}/reports")).json()["items"]
    held = next(r for r in found if r["held"])
    assert "免疫缺陷" in held["title"]
    report = (await doctor.get(f"/api/staff/reports/{held['id']}")).json()
    assert report["items"][0]["value"]
    lines = [line async for line in app.db["audit"].find({"actor_id": doctor.member_id}).sort("_id", 1)]
    assert [(line["action"], line["patient_ids"]) for line in lines if line["action"].startswith("reports")] == [
        ("reports.list", [patient]),
        ("reports.read", [patient]),
    ]


@pytest.mark.covers("R30")
async def test_nobody_else_of_the_staff_reads_them(li: Browser, console_of: Any, worker_step: Any, app: App) -> None:
    await worker_step()
    patient = (await li.get("/api/patients")).json()["items"][0]["id"]
    report = (await reports_of(li))[0]["id"]
    paths = (f"/api/staff/patients/{patient}/reports", f"/api/staff/reports/{report}")
    stranger = await console_of("doctor", doctor_id="cardiology-2", department_ids=["cardiology"])
    for path in paths:
        said = await stranger.get(path)
        assert (said.status_code, said.json()["code"]) == (403, "no_care_relation")
    assert await app.db["audit"].count_documents({"action": "patients.refused", "patient_ids": patient}) == 2
    assert (await stranger.get("/api/staff/reports/RP999999-1")).status_code == 404
    for role in ("nurse", "desk", "editor", "admin"):
        member = await console_of(role, department_ids=["gynaecology"])
        for path in paths:
            assert (await member.get(path)).status_code == 403, (role, path)
    for path in paths:
        assert (await li.get(path)).status_code == 401
