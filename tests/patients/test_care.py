"""Staff and patients: who finds whom, who may read what, and that every look leaves a line."""

from typing import Any

import pytest

from server.context import App
from tests.conftest import SYSTEM
from tests.patients.people import bind

ZHANGS_DOCTOR, ZHANGS_DEPARTMENT = "respiratory-2", "respiratory"


@pytest.fixture
async def zhang(phone_of: Any, platform: Any, worker_step: Any, app: App) -> str:
    """Zhang's id, bound and opened, his visits learnt from the HIS."""
    patient = (await bind(await phone_of("zhang"), platform, "zhang")).json()["id"]
    await worker_step()
    return str(patient)


@pytest.mark.covers("H1.1", "H13", "R30")
async def test_a_doctor_finds_and_reads_whom_he_saw(zhang: str, console_of: Any, app: App) -> None:
    doctor = await console_of("doctor", doctor_id=ZHANGS_DOCTOR, department_ids=[ZHANGS_DEPARTMENT])
    mine = (await doctor.get("/api/staff/patients")).json()["items"]
    assert [(p["id"], p["name"], p["last_visit_on"]) for p in mine] == [(zhang, "张建国", "2026-11-24")]
    assert mine[0]["phone_masked"] == "138****0001"
    assert mine[0]["document_masked"] == ""
    one = await doctor.get(f"/api/staff/patients/{zhang}")
    assert one.status_code == 200
    assert one.json()["relation"] == {"text": "我的患者：看过门诊", "clinical": True}
    assert {"血常规", "胸部X光（正侧位）"} & {report["title"] for report in one.json()["reports"]}
    assert one.json()["followups"] == []
    assert one.json()["appointments"] == []
    lines = [
        (line["action"], line["patient_ids"], line["why"])
        async for line in app.db["audit"].find({"actor_id": doctor.member_id, "action": {"$regex": "^patients"}})
    ]
    assert lines == [("patients.list", [zhang], "mine"), ("patients.read", [zhang], "我的患者：看过门诊")]


@pytest.mark.covers("H13", "R30")
async def test_another_doctor_neither_finds_nor_reads_him_and_the_try_is_recorded(
    zhang: str, console_of: Any, app: App
) -> None:
    stranger = await console_of("doctor", doctor_id="dermatology-1", department_ids=["dermatology"])
    assert (await stranger.get("/api/staff/patients")).json()["items"] == []
    for asked in ({"q": "张建国"}, {"q": "13800000001", "scope": "all"}, {"q": "8000000001"}):
        assert (await stranger.post("/api/staff/patients/search", json=asked)).json()["items"] == []
    said = await stranger.get(f"/api/staff/patients/{zhang}")
    assert (said.status_code, said.json()["code"]) == (403, "no_care_relation")
    nobody = await stranger.get(f"/api/staff/patients/{'0' * 24}")
    assert nobody.json() == said.json()  # the same for somebody who does not exist
    line = await app.db["audit"].find_one({"action": "patients.refused", "patient_ids": zhang})
    assert line
    assert line["actor_id"] == stranger.member_id


@pytest.mark.covers("R30")
async def test_a_nurse_sees_her_departments_patients_and_no_others(zhang: str, console_of: Any) -> None:
    nurse = await console_of("nurse", department_ids=[ZHANGS_DEPARTMENT, "urology"])
    one = await nurse.get(f"/api/staff/patients/{zhang}")
    assert one.json()["relation"]["text"] == "本科室患者：看过门诊"
    assert one.json()["reports"] is None  # reports are for doctors
    other = await console_of("nurse", department_ids=["urology"])
    assert (await other.get(f"/api/staff/patients/{zhang}")).status_code == 403
    without = await console_of("nurse")
    assert (await without.get("/api/staff/patients")).json()["items"] == []


@pytest.mark.covers("R30")
async def test_the_desk_finds_exactly_whom_it_can_name_and_sees_identity_only(
    zhang: str, console_of: Any, app: App
) -> None:
    from server.context import Actor
    from server.patients import service as patients
    from server.patients.models import NoCareRelation

    desk = await console_of("desk")
    assert (await desk.get("/api/staff/patients")).json()["items"] == []
    for asked in ("张建国", " 138-0000-0001 ", "8000000001", "110199198103122115"):
        found = (await desk.post("/api/staff/patients/search", json={"q": asked})).json()["items"]
        assert [p["id"] for p in found] == [zhang], asked
    for part in ("张", "1380000", "80000000", "11019919810312211"):
        assert (await desk.post("/api/staff/patients/search", json={"q": part})).json()["items"] == []
    one = (await desk.get(f"/api/staff/patients/{zhang}")).json()
    assert one["document_masked"] == "110***********2115"
    assert not one["relation"]["clinical"]
    assert (one["reports"], one["followups"]) == (None, [])
    member = Actor("staff", desk.member_id, roles=frozenset({"desk"}))
    with pytest.raises(NoCareRelation):
        await patients.check_care(app, member, zhang)
    assert not await patients.may_care(app, member, zhang)


@pytest.mark.parametrize(
    ("role", "list_", "openings"),
    [("admin", 403, 403), ("doctor", 200, 403), ("nurse", 200, 403), ("desk", 200, 200), ("editor", 403, 403)],
)
@pytest.mark.covers("R30")
async def test_each_role_reaches_only_its_own_doors(console_of: Any, role: str, list_: int, openings: int) -> None:
    console = await console_of(role)
    assert (await console.get("/api/staff/patients")).status_code == list_
    assert (await console.get(f"/api/staff/patients/{'0' * 24}")).status_code == 403
    assert (await console.get("/api/staff/openings")).status_code == openings
    for path, body in (("confirmation", {"document_seen": True}), ("refusal", {"reason": "不符"})):
        said = await console.post(f"/api/staff/openings/{'0' * 24}/{path}", json=body)
        assert said.status_code == (404 if openings == 200 else 403)


async def test_nobody_reads_patients_without_logging_in_nor_with_a_patients_session(client: Any, phone_of: Any) -> None:
    phone = await phone_of("zhang")
    for path in ("/api/staff/patients", f"/api/staff/patients/{'0' * 24}", "/api/staff/openings"):
        assert (await client.get(path)).status_code == 401
        assert (await phone.get(path)).status_code == 401
    for path in ("/api/me", "/api/patients", "/api/consents"):
        assert (await client.get(path)).status_code == 401


async def test_a_booking_or_a_followup_makes_a_relation_that_can_be_noted_twice(zhang: str, app: App) -> None:
    from server.context import Actor
    from server.patients import service as patients

    doctor = Actor("staff", "s", roles=frozenset({"doctor"}), doctor_id="dermatology-1")
    assert await patients.in_care(app, doctor) == []
    for _ in range(2):
        await patients.relate(app, zhang, doctor_id="dermatology-1", department_id="dermatology", why="booking")
    assert await patients.in_care(app, doctor) == [zhang]
    assert (await patients.check_care(app, doctor, zhang)).text == "我的患者：有预约"
    assert await app.db["care_relations"].count_documents({"doctor_id": "dermatology-1"}) == 1
    assert (await patients.require_care(app, doctor, zhang)).name == "张建国"
    assert await patients.in_care(app, SYSTEM) == []


@pytest.mark.covers("H1.1")
async def test_a_list_goes_on_where_it_ended(app: App, console_of: Any) -> None:
    from server.patients.models import Document, Identity
    from server.patients.service import care
    from server.patients.store import people

    for n in range(35):
        document = Document(kind="passport", number=f"E{n:08d}")
        who = Identity(name="样例", document=document, sex="male", birth_on="1980-01-01", phone=f"139{n:08d}")
        patient = await people.ensure(app, document)
        assert await people.identify(app, patient, f"P{n}", who)
        await care.relate(app, patient, doctor_id="d", department_id="urology", why="visit")
    doctor = await console_of("doctor", doctor_id="d")
    first = (await doctor.get("/api/staff/patients")).json()
    second = (await doctor.get("/api/staff/patients", params={"next": first["next"]})).json()
    ids = [p["id"] for p in first["items"] + second["items"]]
    assert len(first["items"]) == 30
    assert len(set(ids)) == 35
    assert second["next"] is None
