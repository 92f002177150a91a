"""The console's way: import, write, try out, publish with a second person, copy, retire, export."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.context import SYSTEM, Actor, App
from server.patients.models import NoCareRelation
from server.questionnaires import service as questionnaires
from server.questionnaires.models import Draft, Received
from server.questionnaires.rules import drafts, fhir
from tests.conftest import MORNING
from tests.patients.people import bind

SAMPLES = Path(__file__).parents[2] / "fixtures" / "questionnaires" / "samples"
STRANGER = Actor("staff", "stranger", roles=frozenset({"doctor"}), department_ids=frozenset({"nowhere"}))
BASE = "/api/staff/questionnaire-drafts"
YES_NO = [{"valueCoding": {"code": code, "display": said}} for code, said in (("y", "有"), ("n", "没有"))]


def paper(version: str = "1.0.0", *more: Any, title: str = "术后一问") -> dict[str, Any]:
    asked = {"linkId": "pain", "type": "choice", "text": "伤口疼吗？", "required": True, "answerOption": YES_NO}
    how = {
        "linkId": "how", "type": "integer", "text": "有多疼？", "required": True,
        "enableWhen": [{"question": "pain", "operator": "=", "answerCoding": {"code": "y"}}],
    }  # fmt: skip
    head = {"resourceType": "Questionnaire", "url": "http://h/after", "version": version, "title": title}
    return {**head, "status": "draft", "item": [asked, how, *more]}


PLAN = {"points": {"pain": {"y": 1, "n": 0}}, "sum": ["pain"], "bands": [{"min": 1, "max": 1, "label": "疼"}],
        "red_flags": [{"link_id": "how", "operator": ">=", "answer": 7, "text": "很疼"}]}  # fmt: skip


async def begun(console: Any, **given: Any) -> dict[str, Any]:
    said = await console.post(BASE, json={"fhir": paper(), "scoring": PLAN, **given})
    assert said.status_code == 201, said.text
    return dict(said.json())


async def imported(console: Any, raw: bytes) -> Any:
    return await console.post("/api/staff/questionnaire-imports", content=raw)


@pytest.mark.covers("H3.2", "A14.1")
async def test_a_file_is_imported_with_warnings_published_and_handed_out_byte_for_byte(
    app: App, console_of: Any
) -> None:
    doctor = await console_of("doctor", doctor_id="cardiology-2")
    for file in sorted(SAMPLES.glob("Questionnaire-*.json")):
        raw = file.read_bytes()
        said = await imported(doctor, b"\xef\xbb\xbf" + raw if "gcs" in file.stem else raw)
        if "qs1" in file.stem:
            assert (said.status_code, said.json()["code"]) == (400, "bad_questionnaire")
            assert len(said.json()["details"]["problems"]) == 32
            continue
        draft = said.json()
        assert said.status_code == 201
        assert draft["warnings"], file.stem
        got = await doctor.get(f"{BASE}/{draft['id']}/fhir")
        assert got.content.removeprefix(b"\xef\xbb\xbf") == raw
        assert got.headers["content-type"].startswith("application/fhir+json")
    gcs = next(d for d in (await doctor.get(BASE)).json()["items"] if d["key"] == "gcs")
    done = (await doctor.post(f"{BASE}/{gcs['id']}/publication")).json()
    assert done["outcome"] == "published"
    handed_out = await doctor.get("/api/staff/questionnaires/gcs.1/fhir")
    assert handed_out.content == b"\xef\xbb\xbf" + (SAMPLES / "Questionnaire-gcs.json").read_bytes()
    assert await app.db["audit"].count_documents({"action": "questionnaires.publish", "why": "gcs.1"}) == 1

    large = await imported(doctor, b" " * (1024 * 1024 + 1))
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    for junk in (b"", b"not json", b"[]", b"\xff", b"[" * 100_000, b'{"resourceType":"Patient"}'):
        said = await imported(doctor, junk)
        assert (said.status_code, said.json()["code"]) == (400, "bad_questionnaire")
        assert said.json()["details"]["problems"][0]["text"]
    assert (await doctor.get("/api/staff/questionnaires/a b/fhir")).status_code == 404


@pytest.mark.covers("H3.2")
async def test_a_draft_is_written_saved_tried_out_and_published_once(app: App, console_of: Any) -> None:
    doctor = await console_of("doctor", doctor_id="cardiology-2")
    empty = (await doctor.post(BASE, json={})).json()
    assert (empty["title"], empty["item_count"], empty["version"]) == ("新问卷", 0, "1.0.0")
    refused = await doctor.post(f"{BASE}/{empty['id']}/publication")
    assert (refused.status_code, refused.json()["code"]) == (400, "no_questions")
    where = f"{BASE}/{empty['id']}"
    saved = (await doctor.put(where, json={"fhir": paper(), "scoring": PLAN, "revision": 1})).json()
    assert [item["link_id"] for item in saved["form"]["items"]] == ["pain", "how"]
    assert (saved["revision"], saved["version_free"], saved["warnings"]) == (2, True, [])
    stale = await doctor.put(where, json={"kind": "research", "revision": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "draft_changed")
    bad = await doctor.put(where, json={"fhir": paper("1.0.0", {"type": "text", "text": "?"})})
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_questionnaire")
    wrong = (await doctor.put(where, json={"scoring": {"sum": ["nobody"]}})).json()
    assert "nobody" in wrong["warnings"][0]["text"]
    refused = await doctor.post(f"{where}/publication")
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_scoring")
    await doctor.put(where, json={"scoring": PLAN})

    tried = (await doctor.post(f"{where}/trial", json={"answers": {"pain": "n", "how": 9}})).json()
    assert (tried["shown"], tried["problems"], tried["score"]["total"]) == (["pain"], [], 0)
    tried = (await doctor.post(f"{where}/trial", json={"answers": {"pain": "y", "how": 9}})).json()
    assert (tried["score"]["band"], tried["score"]["red"][0]["text"]) == ("疼", "很疼")
    assert [shown["answer_text"] for shown in tried["answers"]] == ["有", "9"]
    tried = (await doctor.post(f"{where}/trial", json={"answers": {"pain": "y"}})).json()
    assert tried["problems"] == [{"link_id": "how", "problem": "required"}]

    done = (await doctor.post(f"{where}/publication")).json()
    assert done["questionnaire"]["id"] == "after.1.0.0"
    assert (await doctor.get(where)).status_code == 404
    tried = await doctor.post("/api/staff/questionnaires/after.1.0.0/trial", json={"answers": {"pain": "y", "how": 1}})
    assert tried.json()["score"]["total"] == 1


async def test_a_published_version_never_changes_and_is_copied_like_the_library(app: App, console_of: Any) -> None:
    doctor = await console_of("doctor", doctor_id="cardiology-2")
    first = await begun(doctor)
    await doctor.post(f"{BASE}/{first['id']}/publication")
    kept = await app.db["questionnaires"].find_one({"_id": "after.1.0.0"})
    other = await begun(doctor, fhir=paper(title="改过"))
    assert other["version_free"] is False
    refused = await doctor.post(f"{BASE}/{other['id']}/publication")
    assert (refused.status_code, refused.json()["code"]) == (409, "version_taken")
    assert await app.db["questionnaires"].find_one({"_id": "after.1.0.0"}) == kept
    assert (await doctor.get(f"{BASE}/{other['id']}")).status_code == 200
    copied = (await doctor.post("/api/staff/questionnaires/after.1.0.0/drafts")).json()
    assert (copied["version"], copied["version_free"]) == ("1.0.1", True)
    assert copied["scoring"]["sum"] == ["pain"]
    assert (await doctor.post(f"{BASE}/{copied['id']}/publication")).json()["questionnaire"]["id"] == "after.1.0.1"
    assert (await doctor.post("/api/staff/questionnaires/after.1.0.0/retirement")).status_code == 204
    assert (await doctor.post("/api/staff/questionnaires/after.1.0.0/retirement")).status_code == 404
    listed = (await doctor.get("/api/staff/questionnaires?status=all")).json()["items"]
    assert {q["version"]: q["status"] for q in listed} == {"1.0.0": "retired", "1.0.1": "published"}
    assert [q["version"] for q in (await doctor.get("/api/staff/questionnaires")).json()["items"]] == ["1.0.1"]
    assert (await doctor.get("/api/staff/questionnaires/after.1.0.0")).json()["scoring"]["sum"] == ["pain"]

    # the library that ships
    items = {item["key"]: item for item in (await doctor.get("/api/staff/questionnaire-library")).json()["items"]}
    assert items["barthel"]["publish"] is False
    assert "许可" in items["barthel"]["note"]
    draft = (await doctor.post("/api/staff/questionnaire-library/barthel/drafts")).json()
    assert (draft["version"], len(draft["scoring"]["sum"]), draft["warnings"]) == ("1.0.0", 10, [])
    assert (await doctor.post("/api/staff/questionnaire-library/nothing/drafts")).status_code == 404
    assert (await doctor.delete(f"{BASE}/{draft['id']}")).status_code == 204
    assert (await doctor.delete(f"{BASE}/{draft['id']}")).status_code == 404


@pytest.mark.covers("H3.2")
async def test_where_a_second_person_is_asked_for_nobody_approves_his_own(app: App, console_of: Any) -> None:
    author = await console_of("doctor", doctor_id="cardiology-2")
    second = await console_of("doctor", doctor_id="cardiology-3")
    draft = await begun(author, needs_approval=True)
    where = f"{BASE}/{draft['id']}"
    early = await second.post(f"{where}/approval")
    assert (early.status_code, early.json()["code"]) == (409, "draft_not_waiting")
    assert (await author.post(f"{where}/publication")).json()["outcome"] == "waiting"
    for refused, code in (
        (await author.post(f"{where}/approval"), "own_work"),
        (await author.put(where, json={"kind": "research"}), "draft_waits"),
        (await author.post(f"{where}/publication"), "draft_waits"),
    ):
        assert (refused.status_code in (403, 409), refused.json()["code"]) == (True, code)
    assert await app.db["questionnaires"].count_documents({}) == 0
    back = (await second.post(f"{where}/rejection", json={"note": "请写清楚"})).json()
    assert (back["state"], back["note"]) == ("draft", "请写清楚")
    await second.put(where, json={"kind": "research"})  # who changes it is an author too
    await author.post(f"{where}/publication")
    assert (await second.post(f"{where}/approval")).json()["code"] == "own_work"
    third = await console_of("admin")
    assert (await third.post(f"{where}/approval")).json()["kind"] == "research"
    kept = await app.db["questionnaires"].find_one({"_id": "after.1.0.0"})
    assert kept
    assert kept["approved_by"] == third.member_id
    assert set(kept["authors"]) == {author.member_id, second.member_id}


@pytest.mark.parametrize(
    ("asked", "departments", "needed"),
    [(True, "", True), (False, "", False), (False, "icu, cardiology", True), (False, "icu", False), (False, "*", True)],
)
def test_the_questionnaire_or_its_department_can_ask_for_a_second_person(
    asked: bool, departments: str, needed: bool
) -> None:
    derived = fhir.derive(paper())
    draft = Draft(id="d", raw=b"", derived=derived, authors=["me"], changed_at=MORNING, needs_approval=asked)
    draft.department_ids = ["cardiology"]
    assert drafts.needs_second(draft, departments) is needed


def test_the_departments_of_all_who_wrote_are_asked() -> None:
    draft = Draft(id="d", raw=b"", derived=fhir.derive(paper()), authors=["me"], changed_at=MORNING)
    late = Actor("staff", "late", roles=frozenset({"doctor"}), department_ids=frozenset({"cardiology"}))
    assert not drafts.needs_second(draft, "cardiology")
    assert drafts.needs_second(drafts.written_by(draft, late), "cardiology")
    assert drafts.written_by(draft, late).authors == ["late", "me"]


def test_a_copy_gets_the_next_version() -> None:
    taken = {"1.0.0", "1.0.1", "4.0.0-ballot", "a"}
    found = [drafts.next_version(version, taken) for version in ("1.0.0", "2", "4.0.0-ballot", "a")]
    assert found == ["1.0.2", "2", "4.0.0-ballot.1", "a.1"]


async def test_who_may_what(console_of: Any, client: Any) -> None:
    nurse = await console_of("nurse", department_ids=["cardiology"])
    assert (await nurse.get("/api/staff/questionnaires")).status_code == 200
    assert (await nurse.get(BASE)).status_code == 403
    assert (await imported(nurse, b"{}")).status_code == 403
    assert (await client.get("/api/staff/questionnaires/x.1/fhir")).status_code == 401


@pytest.mark.covers("A14.4")
async def test_an_answered_file_of_a_patient_is_kept_under_seal_and_handed_out_as_it_came(
    app: App, console_of: Any, phone_of: Any, platform: Any, worker_step: Any
) -> None:
    zhang = await phone_of("zhang")
    patient_id = (await bind(zhang, platform, "zhang")).json()["id"]
    await worker_step()
    made = await questionnaires.publish(app, Received(raw=(SAMPLES / "Questionnaire-gcs.json").read_bytes()), by=SYSTEM)
    raw = (SAMPLES / "QuestionnaireResponse-gcs.json").read_bytes()
    where = f"/api/staff/questionnaires/{made.id}/responses?patient_id={patient_id}"
    with pytest.raises(NoCareRelation):
        await questionnaires.take_in_response(app, made.id, patient_id, raw, by=STRANGER)
    doctor = await console_of("doctor", doctor_id="cardiology-3", department_ids=["cardiology"])
    given = (await doctor.post(where, content=raw)).json()
    assert (given["warnings"], len(given["answers"])) == ([], 3)
    assert given["answers"][0]["answer_text"] == "Confused"
    bad = await doctor.post(where, content=b"{}")
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_response")
    file = f"/api/staff/questionnaire-responses/{given['id']}/fhir"
    assert (await doctor.get(file)).content == raw
    with pytest.raises(NoCareRelation):
        await questionnaires.response_bytes(app, given["id"], by=STRANGER)
    kept = await app.db["questionnaire_responses"].find_one({})
    assert kept
    assert "LA6560-2" not in json.dumps(kept, default=str)
    lines = await app.db["audit"].count_documents({"action": "questionnaires.response_read", "patient_ids": patient_id})
    assert lines == 1


async def test_forms_are_derived_again_from_the_bytes(app: App) -> None:
    made = await questionnaires.publish(app, Received(raw=json.dumps(paper()).encode()), by=SYSTEM)
    old = {"derived": "{}", "derived_by": 0}
    await app.db["questionnaires"].update_one({"_id": made.id}, {"$set": old})
    assert (await questionnaires.get(app, made.id)).form == made.form
    assert await questionnaires.rebuild(app) == 1
    kept = await app.db["questionnaires"].find_one({"_id": made.id})
    assert kept
    assert kept["derived_by"] == made.derived.by
    await app.db["questionnaires"].update_one(  # as the version before this one kept it
        {"_id": made.id}, {"$set": {"scoring": {"sum": ["how"]}}, "$unset": {"derived": 1, "derived_by": 1}}
    )
    assert (await questionnaires.get(app, made.id)).scoring.sum == ["how"]
