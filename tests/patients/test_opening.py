"""Opening records: a code to the phone the hospital holds, the desk, a child's guardian, consents; and closing."""

from typing import Any

import pytest

from server.context import App
from tests.patients.people import bind, guarded_by, last_code, texts_to

CHEN = "13800000004"


async def stranger_with_zhang(phone_of: Any, platform: Any, **changes: Any) -> tuple[Any, str]:
    """Chen's phone, which has added Zhang without being able to prove anything."""
    phone = await phone_of("chen")
    said = await bind(phone, platform, "zhang", **{"phone": CHEN, "relation": "spouse", **changes})
    assert said.status_code == 201, said.text
    return phone, said.json()["id"]


@pytest.mark.covers("A16.3")
async def test_the_code_goes_to_the_phone_the_hospital_holds_and_opens(
    phone_of: Any, platform: Any, clock: Any, app: App
) -> None:
    phone, patient = await stranger_with_zhang(phone_of, platform)
    sent = await phone.post(f"/api/patients/{patient}/opening")
    assert sent.status_code == 202
    assert sent.json() == {"expires_in_s": 300, "resend_in_s": 60, "sent_to": "*********01"}
    assert "就诊记录" in texts_to(platform, "13800000001")[-1]
    assert (await phone.get("/api/patients")).json()["items"][0]["opening"] == "code"
    code = last_code(platform, "13800000001")
    opened = await phone.put(f"/api/patients/{patient}/opening", json={"code": code})
    assert opened.status_code == 200
    assert opened.json()["records_open"]
    assert opened.json()["phone_masked"] == "138****0001"
    assert len(opened.json()["cards"]) == 1
    again = await phone.put(f"/api/patients/{patient}/opening", json={"code": code})
    assert (again.status_code, again.json()["code"]) == (409, "already_open")
    line = await app.db["audit"].find_one({"action": "patients.open", "patient_ids": patient})
    assert line
    assert line["why"] == "code"


async def test_a_wrong_or_late_code_opens_nothing_and_five_tries_end_it(
    phone_of: Any, platform: Any, clock: Any, app: App
) -> None:
    phone, patient = await stranger_with_zhang(phone_of, platform)
    path = f"/api/patients/{patient}/opening"
    assert (await phone.put(path, json={"code": "123456"})).json()["code"] == "code_expired"  # none was sent
    await phone.post(path)
    code = last_code(platform, "13800000001")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    said = [await phone.put(path, json={"code": wrong}) for _ in range(6)]
    assert [s.json()["code"] for s in said] == ["wrong_code"] * 5 + ["code_expired"]
    assert (await phone.put(path, json={"code": code})).json()["code"] == "code_expired"
    clock.advance(seconds=61)
    await phone.post(path)
    clock.advance(minutes=5, seconds=1)
    late = last_code(platform, "13800000001")
    assert (await phone.put(path, json={"code": late})).json()["code"] == "code_expired"
    assert not (await phone.get("/api/patients")).json()["items"][0]["records_open"]
    assert await app.db["audit"].count_documents({"action": "patients.code_wrong"}) >= 7


@pytest.mark.covers("A16.3")
async def test_openings_of_one_patient_are_limited_for_the_day(phone_of: Any, platform: Any, clock: Any) -> None:
    phone, patient = await stranger_with_zhang(phone_of, platform)
    for _ in range(10):
        assert (await phone.post(f"/api/patients/{patient}/opening")).status_code == 202
        clock.advance(seconds=61)
    said = await phone.post(f"/api/patients/{patient}/opening")
    assert (said.status_code, said.json()["code"]) == (429, "too_many_today")


@pytest.mark.covers("A16.3")
async def test_a_childs_code_goes_to_the_guardian_the_hospital_holds(phone_of: Any, platform: Any, clock: Any) -> None:
    """Chen guards somebody else's child on paper: the code goes to the mother, not to her."""
    phone = await phone_of("chen")
    me = (await bind(phone, platform, "chen")).json()
    guardian = guarded_by(me["id"])
    child = await bind(phone, platform, "li-xiaobao", phone=CHEN, relation="child", guardian=guardian)
    assert child.status_code == 201
    assert not child.json()["records_open"]
    clock.advance(seconds=61)
    sent = await phone.post(f"/api/patients/{child.json()['id']}/opening")
    assert sent.json()["sent_to"] == "*********02"


@pytest.mark.covers("A16.3")
async def test_the_desk_opens_what_no_code_can_and_who_reads_it_already_is_told(
    phone_of: Any, console_of: Any, platform: Any, app: App, worker_step: Any
) -> None:
    zhang = await phone_of("zhang")
    await bind(zhang, platform, "zhang")
    phone, patient = await stranger_with_zhang(phone_of, platform, name="张健国")
    assert (await phone.post(f"/api/patients/{patient}/opening")).json()["code"] == "desk_only"
    asked = (await phone.post(f"/api/patients/{patient}/desk-opening")).json()
    assert asked["opening"] == "desk_pending"
    assert len(asked["desk_number"]) == 6
    desk = await console_of("desk")
    waiting = (await desk.get("/api/staff/openings")).json()["items"]
    assert [(w["desk_number"], w["patient_name"], w["his_name"]) for w in waiting] == [
        (asked["desk_number"], "张健国", "张建国")
    ]
    assert waiting[0]["document_masked"] == "110***********2115"
    confirmed = {"document_seen": True, "proof_note": "身份证原件"}
    unseen = await desk.post(f"/api/staff/openings/{waiting[0]['id']}/confirmation", json={"document_seen": False})
    assert unseen.status_code == 400
    said = await desk.post(f"/api/staff/openings/{waiting[0]['id']}/confirmation", json=confirmed)
    assert said.status_code == 204, said.text
    again = await desk.post(f"/api/staff/openings/{waiting[0]['id']}/confirmation", json=confirmed)
    assert (again.status_code, again.json()["code"]) == (409, "not_waiting")
    mine = (await phone.get("/api/patients")).json()["items"][0]
    assert mine["records_open"]
    assert mine["name"] == "张建国"
    assert mine["desk_number"] is None
    line = await app.db["audit"].find_one({"action": "patients.open", "actor_kind": "staff"})
    assert line
    assert line["actor_id"] == desk.member_id
    assert line["patient_ids"] == [patient]
    assert "身份证原件" not in str(await app.db["bindings"].find().to_list())
    await worker_step()
    accounts = {m["account_id"] for m in await app.db["messages"].find({"key": "patient_bound"}).to_list()}
    assert len(accounts) == 2  # both Zhang and Chen were told


async def test_who_is_sent_away_at_the_desk_stays_outside_and_reads_why(
    phone_of: Any, console_of: Any, platform: Any, app: App, worker_step: Any
) -> None:
    phone, patient = await stranger_with_zhang(phone_of, platform)
    await phone.post(f"/api/patients/{patient}/desk-opening")
    desk = await console_of("desk")
    opening = (await desk.get("/api/staff/openings")).json()["items"][0]["id"]
    said = await desk.post(f"/api/staff/openings/{opening}/refusal", json={"reason": "证件与本人不符"})
    assert said.status_code == 204
    assert (await desk.get("/api/staff/openings")).json()["items"] == []
    mine = (await phone.get("/api/patients")).json()["items"][0]
    assert mine["opening"] == "none"
    assert not mine["records_open"]
    await worker_step()
    assert await app.db["messages"].count_documents({"key": "patient_bound"}) == 2


async def test_a_desk_number_waits_three_days(phone_of: Any, console_of: Any, platform: Any, clock: Any) -> None:
    phone, patient = await stranger_with_zhang(phone_of, platform)
    await phone.post(f"/api/patients/{patient}/desk-opening")
    clock.advance(days=3, seconds=1)
    desk = await console_of("desk")
    assert (await desk.get("/api/staff/openings")).json()["items"] == []


@pytest.mark.covers("A16.3")
async def test_a_newborn_without_a_number_is_opened_only_at_the_desk(
    phone_of: Any, console_of: Any, platform: Any, app: App
) -> None:
    phone = await phone_of("li")
    mother = (await bind(phone, platform, "li")).json()
    newborn = {
        "name": "李宝宝",
        "document": {"kind": "none_newborn", "number": ""},
        "sex": "female",
        "birth_on": "2026-11-20",
        "relation": "child",
        "guardian": guarded_by(mother["id"]) | {"proof_kind": "birth_certificate"},
    }
    child = await bind(phone, platform, "li-xiaobei", **newborn)
    assert child.status_code == 201
    assert not child.json()["records_open"]
    again = await bind(phone, platform, "li-xiaobei", **newborn)
    assert again.json()["code"] == "already_bound"
    twin = await bind(phone, platform, "li-xiaobei", **newborn | {"name": "李贝贝"})
    assert twin.status_code == 201
    orphan = await bind(phone, platform, "li-xiaobei", **newborn | {"guardian": None})
    assert orphan.json()["code"] == "guardian_needed"
    await phone.post(f"/api/patients/{child.json()['id']}/desk-opening")
    desk = await console_of("desk")
    waiting = (await desk.get("/api/staff/openings")).json()["items"][0]
    assert waiting["minor"]
    assert "李秀英" in waiting["guardian"]
    assert "出生医学证明" in waiting["guardian"]
    confirmation = f"/api/staff/openings/{waiting['id']}/confirmation"
    mothers = {"patient_id": mother["id"]}
    await app.db["bindings"].update_one(mothers, {"$set": {"opening": "none"}})
    said = await desk.post(confirmation, json={"document_seen": True})
    assert said.json()["code"] == "guardian_needed"  # she was known when it was asked for, and is no more
    await app.db["bindings"].update_one(mothers, {"$set": {"opening": "open"}})
    assert (await desk.post(confirmation, json={"document_seen": True})).status_code == 204
    assert (await phone.get("/api/patients")).json()["items"][1]["records_open"]


@pytest.mark.covers("A16.4")
async def test_every_consent_is_kept_with_its_version_and_taking_it_back_closes_the_records(
    phone_of: Any, platform: Any, app: App
) -> None:
    phone = await phone_of("zhang")
    before = {c["purpose"]: c["granted"] for c in (await phone.get("/api/consents")).json()["items"]}
    assert before == {"bind": False, "records": False, "notify": True}
    patient = (await bind(phone, platform, "zhang")).json()
    after = {c["purpose"]: c for c in (await phone.get("/api/consents")).json()["items"]}
    assert after["bind"]["granted"]
    assert after["records"]["granted_at"].startswith("2026-11-25T08:30")
    assert len(after["records"]["text"]) > 50
    assert (await phone.put("/api/consents/records", json={"granted": False})).status_code == 204
    mine = (await phone.get("/api/patients")).json()["items"][0]
    assert not mine["records_open"]
    closed = await phone.post(f"/api/patients/{patient['id']}/opening")
    assert (closed.status_code, closed.json()["code"]) == (409, "consent_needed")
    assert (await phone.put("/api/consents/records", json={"granted": True})).status_code == 204
    assert not (await phone.get("/api/patients")).json()["items"][0]["records_open"]  # proved anew, or not at all
    history = [(d["purpose"], d["granted"], d["version"]) async for d in app.db["consents"].find().sort("_id")]
    assert history[-2:] == [("records", False, "2026-11"), ("records", True, "2026-11")]
    assert len(history) == 4
    assert (await phone.put("/api/consents/nothing", json={"granted": True})).status_code == 404


@pytest.mark.covers("A16.4")
async def test_a_code_opens_once_even_when_the_records_were_closed_again(phone_of: Any, platform: Any) -> None:
    phone, patient = await stranger_with_zhang(phone_of, platform)
    await phone.post(f"/api/patients/{patient}/opening")
    code = {"code": last_code(platform, "13800000001")}
    assert (await phone.put(f"/api/patients/{patient}/opening", json=code)).status_code == 200
    for granted in (False, True):
        await phone.put("/api/consents/records", json={"granted": granted})
    assert (await phone.put(f"/api/patients/{patient}/opening", json=code)).json()["code"] == "code_expired"


@pytest.mark.covers("A16.4")
async def test_a_consent_taken_back_at_the_last_moment_keeps_the_records_closed(
    phone_of: Any, platform: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.patients.service import codes

    phone, patient = await stranger_with_zhang(phone_of, platform)
    await phone.post(f"/api/patients/{patient}/opening")
    check = codes.check

    async def check_and_withdraw(*given: Any) -> str:
        found = await check(*given)
        assert (await phone.put("/api/consents/records", json={"granted": False})).status_code == 204
        return found

    monkeypatch.setattr(codes, "check", check_and_withdraw)
    said = await phone.put(f"/api/patients/{patient}/opening", json={"code": last_code(platform, "13800000001")})
    assert (said.status_code, said.json()["code"]) == (409, "consent_needed")
    assert not (await phone.get("/api/patients")).json()["items"][0]["records_open"]


@pytest.mark.covers("A16.4")
async def test_without_the_consent_to_bind_nobody_stays_bound(phone_of: Any, platform: Any) -> None:
    phone = await phone_of("li")
    await bind(phone, platform, "li")
    await bind(phone, platform, "li-guoqiang", relation="parent")
    assert (await phone.put("/api/consents/bind", json={"granted": False})).status_code == 204
    assert (await phone.get("/api/patients")).json()["items"] == []


async def test_who_agrees_only_to_being_added_reads_nothing_yet(phone_of: Any, platform: Any) -> None:
    phone = await phone_of("zhang")
    said = await bind(phone, platform, "zhang", consents=["bind"])
    assert said.status_code == 201
    assert not said.json()["records_open"]


@pytest.mark.covers("A16.4")
async def test_who_wants_no_notices_gets_none_but_the_important_ones(phone_of: Any, platform: Any, app: App) -> None:
    phone = await phone_of("zhang")
    me = (await phone.get("/api/me")).json()
    silent = {"_id": me["account_id"], "opted_out": True}
    for granted in (False, True):
        await phone.put("/api/consents/notify", json={"granted": granted})
        assert bool(await app.db["accounts_silent"].count_documents(silent)) is not granted


@pytest.mark.covers("A16.3")
async def test_the_person_is_told_of_a_binding_by_text_when_he_has_no_account_here(
    phone_of: Any, platform: Any, worker_step: Any
) -> None:
    await stranger_with_zhang(phone_of, platform)
    await worker_step()
    await worker_step()
    told = [text for text in texts_to(platform, "13800000001") if "添加为就诊人" in text]
    assert len(told) == 1
    assert "陈" not in told[0]
    assert "张" not in told[0]


async def test_me_shows_the_active_patient_and_the_hospital(phone_of: Any, platform: Any, app: App) -> None:
    phone = await phone_of("zhang")
    assert (await phone.get("/api/me")).json()["active_patient"] is None
    patient = (await bind(phone, platform, "zhang")).json()
    await phone.put("/api/me/preferences", json={"large_type": True})
    me = (await phone.get("/api/me")).json()
    assert me["active_patient"] == patient
    assert me["preferences"] == {"large_type": True}
    assert me["now"] == "2026-11-25T08:30:00+08:00"
    assert set(me["hospital"]) == {"name", "phone"}


async def test_without_the_guardian_a_childs_records_close_again(phone_of: Any, platform: Any) -> None:
    phone = await phone_of("li")
    mother = (await bind(phone, platform, "li")).json()["id"]
    child = await bind(phone, platform, "li-xiaobao", relation="child", guardian=guarded_by(mother))
    assert child.json()["records_open"]
    assert (await phone.delete(f"/api/patients/{mother}")).status_code == 204
    mine = (await phone.get("/api/patients")).json()["items"]
    assert [(p["id"], p["records_open"]) for p in mine] == [(child.json()["id"], False)]
