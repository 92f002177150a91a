"""Adding people, the one who is active, cards, removing."""

import asyncio
from typing import Any

import pytest

from server.context import App
from tests.patients.people import bind, form, guarded_by, last_code, people


@pytest.mark.covers("A16.1", "A16.3")
async def test_whoever_holds_the_phone_the_hospital_knows_reads_his_records_at_once(
    phone_of: Any, platform: Any
) -> None:
    phone = await phone_of("zhang")
    said = await bind(phone, platform, "zhang")
    assert said.status_code == 201, said.text
    patient = said.json()
    assert patient["records_open"]
    assert patient["opening"] == "open"
    assert patient["active"]
    assert patient["document_masked"] == "110***********2115"
    assert patient["phone_masked"] == "138****0001"
    assert [card["number_masked"] for card in patient["cards"]] == ["******0001"]
    listed = (await phone.get("/api/patients")).json()["items"]
    assert listed == [patient]


@pytest.mark.covers("A16.3")
async def test_name_document_and_ones_own_phone_do_not_open_somebody_elses_records(
    phone_of: Any, platform: Any
) -> None:
    stranger = await phone_of("chen")
    said = await bind(stranger, platform, "zhang", phone="13800000004", relation="other")
    assert said.status_code == 201, said.text
    patient = said.json()
    assert not patient["records_open"]
    assert patient["opening"] == "none"
    assert patient["cards"] == []
    assert patient["phone_masked"] == "138****0004"


@pytest.mark.covers("A16.3")
async def test_a_wrong_name_for_a_known_document_looks_like_any_other_binding(phone_of: Any, platform: Any) -> None:
    stranger = await phone_of("chen")
    wrong = await bind(stranger, platform, "zhang", name="张建军", phone="13800000004", relation="other")
    right = await bind(stranger, platform, "wang", phone="13800000004", relation="other")
    differing = ("id", "name", "document_masked", "birth_on", "age_text", "active")
    assert {k: v for k, v in wrong.json().items() if k not in differing} == {
        k: v for k, v in right.json().items() if k not in differing
    }
    said = await stranger.post(f"/api/patients/{wrong.json()['id']}/opening")
    assert (said.status_code, said.json()["code"]) == (409, "desk_only")


@pytest.mark.covers("A16.3")
async def test_what_a_stranger_mistyped_changes_nothing_for_the_person_himself(phone_of: Any, platform: Any) -> None:
    stranger, zhang = await phone_of("chen"), await phone_of("zhang")
    assert (
        await bind(stranger, platform, "zhang", name="张三", phone="13800000004", relation="other")
    ).status_code == 201
    mine = (await bind(zhang, platform, "zhang")).json()
    assert mine["name"] == "张建国"
    assert mine["records_open"]
    theirs = (await stranger.get("/api/patients")).json()["items"][0]
    assert theirs["name"] == "张三"
    assert theirs["cards"] == []


@pytest.mark.covers("A16.3")
async def test_somebody_new_gets_a_file_and_reads_it_at_once(phone_of: Any, platform: Any, app: App) -> None:
    phone = await phone_of("chen")
    said = await bind(phone, platform, "chen")
    assert said.json()["records_open"]
    assert len(said.json()["cards"]) == 1
    document = people()["chen"]["document"]
    assert len(await app.his.find_persons(document_kind="id_card", document_number=document["number"])) == 1


@pytest.mark.covers("A16.3")
async def test_a_file_opened_on_anothers_number_closes_when_the_hospital_sees_the_person(
    phone_of: Any, platform: Any, app: App, worker_step: Any
) -> None:
    thief = await phone_of("wang")
    opened = (await bind(thief, platform, "chen", phone="13800000003")).json()
    assert opened["records_open"]
    await worker_step()
    his_id = (await app.db["patients"].find_one({"_id": opened["id"]}) or {})["his_id"]
    hospital = platform.world.state
    hospital.put("his_person", his_id, hospital.get("his_person", his_id) | {"phone": "13800000004"})
    await app.db.emit("his.person.changed", {"his_id": his_id})
    await worker_step()
    after = (await thief.get("/api/patients")).json()["items"][0]
    assert not after["records_open"]
    assert after["phone_masked"] == "138****0003"
    said = await thief.post(f"/api/patients/{opened['id']}/opening")
    assert said.json()["sent_to"] == "*********04"  # the code now goes to the person herself


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"document": {"kind": "id_card", "number": "110199198103122116"}}, "bad_document"),
        ({"birth_on": "1981-03-13"}, "bad_birth"),
        ({"name": "<b>张"}, "invalid"),
        ({"name": "张" * 41}, "invalid"),
        ({"relation": "boss"}, "invalid"),
        ({"admin": True}, "invalid"),
        ({"consents": []}, "consent_needed"),
    ],
)
async def test_what_is_typed_wrong_is_named_and_nothing_is_written(
    phone_of: Any, platform: Any, app: App, change: dict[str, Any], code: str
) -> None:
    phone = await phone_of("zhang")
    said = await bind(phone, platform, "zhang", **change)
    assert said.status_code in (400, 409)
    assert said.json()["code"] == code
    assert "110199198103122" not in said.text
    assert "张" not in str(said.json()["details"])
    assert await app.db["bindings"].count_documents({}) == 0
    assert await app.db["patients"].count_documents({}) == 0


async def test_the_phone_is_believed_only_with_its_code(phone_of: Any, platform: Any, app: App) -> None:
    phone = await phone_of("zhang")
    typed = await form(phone, platform, "zhang")
    wrong = f"{(int(typed['phone_code']) + 1) % 1_000_000:06d}"
    said = await phone.post("/api/patients", json=typed | {"phone_code": wrong})
    assert (said.status_code, said.json()["code"], said.json()["details"]) == (400, "wrong_code", {"tries_left": 4})
    for _ in range(4):
        await phone.post("/api/patients", json=typed | {"phone_code": wrong})
    said = await phone.post("/api/patients", json=typed)
    assert said.json()["code"] == "code_expired"  # five tries are used up: the right code is dead
    assert await app.db["bindings"].count_documents({}) == 0


async def test_a_code_dies_after_five_minutes_and_belongs_to_one_account(
    phone_of: Any, platform: Any, clock: Any
) -> None:
    zhang, chen = await phone_of("zhang"), await phone_of("chen")
    typed = await form(zhang, platform, "zhang")
    assert (await chen.post("/api/patients", json=typed)).json()["code"] == "code_expired"
    clock.advance(seconds=301)
    assert (await zhang.post("/api/patients", json=typed)).json()["code"] == "code_expired"


async def test_a_second_code_needs_a_minute_and_kills_the_first(phone_of: Any, platform: Any, clock: Any) -> None:
    phone, chen = await phone_of("zhang"), await phone_of("chen")
    typed = await form(phone, platform, "zhang")
    for anybody in (phone, chen):
        said = await anybody.post("/api/phone-codes", json={"phone": "138 0000 0001"})
        assert (said.status_code, said.json()["code"]) == (429, "code_too_soon")
    clock.advance(seconds=61)
    assert (await phone.post("/api/phone-codes", json={"phone": "13800000001"})).status_code == 202
    if last_code(platform, "13800000001") != typed["phone_code"]:
        assert (await phone.post("/api/patients", json=typed)).json()["code"] == "wrong_code"


async def test_codes_are_kept_as_digests_and_no_personal_field_in_plain(phone_of: Any, platform: Any, app: App) -> None:
    phone = await phone_of("zhang")
    typed = await form(phone, platform, "zhang")
    await phone.post("/api/patients", json=typed)
    for name in ("patients", "bindings", "phone_codes", "patient_limits", "consents", "audit", "events"):
        text = str([doc async for doc in app.db[name].find()])
        for secret in ("张建国", "110199198103122115", "13800000001", "8000000001", typed["phone_code"] + "'"):
            assert secret not in text, f"{name} holds a personal field in plain"


async def test_when_the_text_cannot_be_sent_it_is_said_and_may_be_tried_again_at_once(
    phone_of: Any, platform: Any
) -> None:
    phone = await phone_of("zhang")
    await platform.fault(part="sms", effect="error", times=1)
    assert (await phone.post("/api/phone-codes", json={"phone": "13800000001"})).status_code == 503
    assert (await phone.post("/api/phone-codes", json={"phone": "13800000001"})).status_code == 202


async def test_codes_to_one_phone_are_limited_for_the_day_whoever_asks(
    phone_of: Any, platform: Any, clock: Any
) -> None:
    zhang, chen = await phone_of("zhang"), await phone_of("chen")
    for turn in range(12):
        said = await (zhang, chen)[turn % 2].post("/api/phone-codes", json={"phone": "13800000001"})
        assert said.status_code == 202, said.text
        clock.advance(seconds=61)
    for phone in (zhang, chen):
        said = await phone.post("/api/phone-codes", json={"phone": "13800000001"})
        assert (said.status_code, said.json()["code"]) == (429, "too_many_today")
        clock.advance(seconds=61)
    clock.advance(days=1)
    assert (await zhang.post("/api/phone-codes", json={"phone": "13800000001"})).status_code == 202


@pytest.mark.covers("A16.1")
async def test_the_same_person_is_added_once_however_often_it_is_sent(phone_of: Any, platform: Any, app: App) -> None:
    phone = await phone_of("zhang")
    typed = await form(phone, platform, "zhang")
    answers = await asyncio.gather(*(phone.post("/api/patients", json=typed) for _ in range(20)))
    statuses = [said.status_code for said in answers]
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 400, 409, 429}
    assert await app.db["bindings"].count_documents({"removed": False}) == 1
    assert await app.db["patients"].count_documents({}) == 1
    again = await phone.post("/api/patients", json=typed)
    assert (again.status_code, again.json()["code"]) == (409, "already_bound")


@pytest.mark.covers("A16.2")
async def test_exactly_one_is_active_when_two_devices_choose_at_once(phone_of: Any, platform: Any, app: App) -> None:
    phone = await phone_of("li")
    me = (await bind(phone, platform, "li")).json()
    father = (await bind(phone, platform, "li-guoqiang", relation="parent")).json()
    assert me["active"]
    assert not father["active"]
    for _ in range(5):
        wanted = [me["id"], father["id"]] * 4
        answers = await asyncio.gather(*(phone.put(f"/api/patients/{each}/active") for each in wanted))
        assert {said.status_code for said in answers} == {200}
        assert await app.db["bindings"].count_documents({"active": True}) == 1
        assert [p["active"] for p in (await phone.get("/api/patients")).json()["items"]].count(True) == 1


@pytest.mark.covers("A16.2")
async def test_the_database_itself_refuses_a_second_active_one(phone_of: Any, platform: Any, app: App) -> None:
    from pymongo.errors import DuplicateKeyError

    phone = await phone_of("li")
    await bind(phone, platform, "li")
    await bind(phone, platform, "li-guoqiang", relation="parent")
    with pytest.raises(DuplicateKeyError):
        await app.db["bindings"].update_many({}, {"$set": {"active": True}})


@pytest.mark.covers("A16.4", "A16.2")
async def test_removing_the_active_one_makes_another_active(phone_of: Any, platform: Any) -> None:
    phone = await phone_of("li")
    me = (await bind(phone, platform, "li")).json()
    father = (await bind(phone, platform, "li-guoqiang", relation="parent")).json()
    assert (await phone.delete(f"/api/patients/{me['id']}")).status_code == 204
    rest = (await phone.get("/api/patients")).json()["items"]
    assert [(p["id"], p["active"]) for p in rest] == [(father["id"], True)]
    assert (await phone.delete(f"/api/patients/{me['id']}")).status_code == 404
    assert (await phone.delete(f"/api/patients/{father['id']}")).status_code == 204
    assert (await phone.get("/api/patients")).json()["items"] == []
    again = await bind(phone, platform, "li")  # and may come back
    assert again.status_code == 201
    assert again.json()["active"]


async def test_another_accounts_patient_does_not_exist_for_me(phone_of: Any, platform: Any) -> None:
    zhang, chen = await phone_of("zhang"), await phone_of("chen")
    patient = (await bind(zhang, platform, "zhang")).json()["id"]
    for method, path in [
        ("PUT", "active"),
        ("POST", "opening"),
        ("POST", "desk-opening"),
        ("DELETE", "cards/abc"),
    ]:
        said = await chen.request(method, f"/api/patients/{patient}/{path}")
        assert (said.status_code, said.json()["code"]) == (404, "not_found"), path
    assert (await chen.delete(f"/api/patients/{patient}")).status_code == 404
    assert (await chen.put(f"/api/patients/{patient}/opening", json={"code": "123456"})).status_code == 404
    assert len((await zhang.get("/api/patients")).json()["items"]) == 1


@pytest.mark.covers("A16.3")
async def test_a_child_needs_a_parent_of_the_same_account_who_proved_who_she_is(phone_of: Any, platform: Any) -> None:
    phone = await phone_of("li")
    alone = await bind(phone, platform, "li-xiaobao", relation="child")
    assert (alone.status_code, alone.json()["code"]) == (409, "guardian_needed")
    mother = (await bind(phone, platform, "li")).json()
    strange = await bind(phone, platform, "li-xiaobao", relation="child", guardian=guarded_by("0" * 24))
    assert strange.json()["code"] == "guardian_needed"
    said = await bind(phone, platform, "li-xiaobao", relation="child", guardian=guarded_by(mother["id"]))
    assert said.status_code == 201, said.text
    assert said.json()["minor"]
    assert said.json()["records_open"]


@pytest.mark.covers("A16.3")
async def test_a_proof_that_is_not_declared_or_a_parent_not_yet_proved_guards_nobody(
    phone_of: Any, platform: Any
) -> None:
    phone = await phone_of("chen")
    unproved = (await bind(phone, platform, "li", phone="13800000004")).json()
    assert not unproved["records_open"]
    said = await bind(
        phone, platform, "li-xiaobao", phone="13800000004", relation="child", guardian=guarded_by(unproved["id"])
    )
    assert said.json()["code"] == "guardian_needed"
    undeclared = guarded_by(unproved["id"]) | {"declared": False}
    said = await bind(phone, platform, "li-xiaobao", phone="13800000004", relation="child", guardian=undeclared)
    assert said.json()["code"] == "invalid"


@pytest.mark.covers("A16.1")
async def test_no_more_than_eight_even_when_they_come_at_once(app: App, phone_of: Any, platform: Any) -> None:
    phone = await phone_of("zhang")
    typed = await form(phone, platform, "zhang")
    passports = [{"kind": "passport", "number": f"E1000{n:04d}"} for n in range(12)]
    forms = [
        typed | {"document": p, "sex": "male", "birth_on": "1980-01-01", "relation": "other", "consents": ["bind"]}
        for p in passports
    ]
    said = []
    for start in range(0, 12, 4):
        said += await asyncio.gather(*(phone.post("/api/patients", json=each) for each in forms[start : start + 4]))
    assert [s.status_code for s in said].count(201) == 8
    assert {s.json()["code"] for s in said if s.status_code != 201} == {"patients_full"}
    assert await app.db["bindings"].count_documents({"removed": False}) == 8


@pytest.mark.covers("A16.1")
async def test_several_cards_are_kept_and_only_those_the_hospital_holds_for_him(phone_of: Any, platform: Any) -> None:
    phone = await phone_of("wang")
    patient = (await bind(phone, platform, "wang")).json()
    assert [(c["kind"], c["number_masked"][-4:]) for c in patient["cards"]] == [
        ("outpatient", "0005"),
        ("inpatient", "0005"),
    ]
    cards = f"/api/patients/{patient['id']}/cards"
    without = (await phone.delete(f"{cards}/{patient['cards'][1]['id']}")).json()
    assert len(without["cards"]) == 1
    again = await asyncio.gather(*(phone.post(cards, json={"number": "zy900005"}) for _ in range(8)))
    assert {s.status_code for s in again} == {200}
    assert len(again[-1].json()["cards"]) == 2
    for number in ("8000000001", "8999999999"):  # another's card, and nobody's: the same answer
        said = await phone.post(cards, json={"number": number})
        assert (said.status_code, said.json()["code"]) == (404, "card_not_found")
    assert (await phone.delete(f"{cards}/nothing")).json()["code"] == "card_not_found"


async def test_cards_wait_until_the_records_are_open(phone_of: Any, platform: Any) -> None:
    phone = await phone_of("chen")
    patient = (await bind(phone, platform, "zhang", phone="13800000004", relation="other")).json()
    said = await phone.post(f"/api/patients/{patient['id']}/cards", json={"number": "8000000001"})
    assert (said.status_code, said.json()["code"]) == (403, "records_closed")


async def test_without_the_hospitals_system_nothing_is_bound_and_it_is_said(
    phone_of: Any, platform: Any, app: App
) -> None:
    phone = await phone_of("zhang")
    typed = await form(phone, platform, "zhang")
    await platform.fault(part="his", effect="error", times=1)
    assert (await phone.post("/api/patients", json=typed)).status_code == 503
    assert await app.db["bindings"].count_documents({}) == 0
    assert (await phone.post("/api/patients", json=typed)).status_code == 201
