"""Answering on the phone: the form, the draft, the answers once; what is refused; what staff then see."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from server.context import App
from tests.conftest import Browser, TestClock
from tests.followups import steps
from tests.followups.steps import EVERY_DAY, NEVER, SOME_DAYS, Person
from tests.patients.people import bind


@pytest.fixture
async def zhang(app: App, phone_of: Any, platform: Any, worker_step: Any) -> Person:
    await steps.hospital(app)
    return await steps.patient(phone_of, platform, worker_step, "zhang")


@pytest.fixture
async def doctor(console_of: Any) -> Any:
    return await console_of("doctor", **steps.ZHANGS_DOCTOR)


@pytest.mark.covers("A14.3", "A14.4", "H3.1")
async def test_the_answers_of_the_phone_stand_in_front_of_the_doctor_with_their_score(
    zhang: Person, doctor: Any, worker_step: Any, app: App
) -> None:
    task_id = await steps.sent(doctor, worker_step, zhang, note="复诊前请填写")
    opened = (await zhang.phone.get(f"/api/tasks/{task_id}")).json()
    assert opened["form"]["items"][0]["items"][0]["options"][0] == {"value": NEVER, "label": "完全没有"}
    assert (opened["draft"], opened["note"]) == (None, "复诊前请填写")
    said = await zhang.answer(task_id, steps.phq9(NEVER, q1=SOME_DAYS, q2=EVERY_DAY, q3=EVERY_DAY), by="relative")
    assert said.status_code == 201, said.text
    assert said.json()["thanks"]
    assert said.json()["advice"] is None
    assert (await zhang.tasks(), [t["status"] for t in await zhang.tasks("done")]) == ([], ["answered"])
    shown = (await doctor.get(f"/api/staff/followups/{task_id}")).json()
    assert (shown["status"], shown["total"], shown["score_text"]) == ("answered", 7, "7 分 · 轻度")
    assert (shown["red"], shown["red_texts"], shown["answered_by"]) == (False, [], "relative")
    assert [a["answer_text"] for a in shown["answers"]][:4] == ["有几天", "几乎每天", "几乎每天", "完全没有"]
    assert not any(a["red"] for a in shown["answers"])


@pytest.mark.covers("A14.4")
async def test_thoughts_of_death_are_red_whatever_the_total(
    zhang: Person, doctor: Any, worker_step: Any, console_of: Any
) -> None:
    task_id = await steps.sent(doctor, worker_step, zhang)
    said = await zhang.answer(task_id, steps.phq9(NEVER, q9=SOME_DAYS))
    assert "120" in said.json()["advice"]
    row = (await doctor.get("/api/staff/followups?status=red")).json()["items"][0]
    assert (row["id"], row["red"], row["score_text"]) == (task_id, True, "1 分 · 没有抑郁症状")
    shown = (await doctor.get(f"/api/staff/followups/{task_id}")).json()
    assert shown["red_texts"] == ["有不如死掉或伤害自己的念头"]
    assert [a["link_id"] for a in shown["answers"] if a["red"]] == ["44260-8"]
    counted = (await doctor.get("/api/staff/overview")).json()["followups"]
    assert counted == {"open": 0, "overdue": 0, "answered_today": 1, "red": 1}
    stranger = await console_of("doctor", doctor_id="dermatology-1")
    assert (await stranger.get("/api/staff/overview")).json()["followups"] == dict.fromkeys(counted, 0)


async def test_tomorrow_todays_red_flag_is_not_counted_and_still_in_the_list(
    zhang: Person, doctor: Any, worker_step: Any, clock: TestClock
) -> None:
    task_id = await steps.sent(doctor, worker_step, zhang)
    await zhang.answer(task_id, steps.phq9(EVERY_DAY))
    clock.business += timedelta(days=1)
    assert (await doctor.get("/api/staff/overview")).json()["followups"]["red"] == 0
    assert len((await doctor.get("/api/staff/followups?status=red")).json()["items"]) == 1


@pytest.mark.covers("A14.3")
async def test_a_draft_is_kept_and_gone_after_handing_in(
    zhang: Person, doctor: Any, worker_step: Any, app: App
) -> None:
    task_id = await steps.sent(doctor, worker_step, zhang)
    draft = {"44250-9": NEVER}
    said = await zhang.phone.put(f"/api/tasks/{task_id}/draft", json={"answers": draft})
    assert said.status_code == 204
    assert (await zhang.phone.get(f"/api/tasks/{task_id}")).json()["draft"] == draft
    wrong = await zhang.phone.put(f"/api/tasks/{task_id}/draft", json={"answers": {"nobody": "x"}})
    assert wrong.json()["code"] == "bad_answers"
    assert (await zhang.answer(task_id, steps.phq9())).status_code == 201
    late = await zhang.phone.put(f"/api/tasks/{task_id}/draft", json={"answers": draft})
    assert (late.status_code, late.json()["code"]) == (409, "already_answered")
    opened = (await zhang.phone.get(f"/api/tasks/{task_id}")).json()
    assert (opened["task"]["status"], opened["draft"]) == ("answered", None)


@pytest.mark.covers("A14.3")
async def test_of_ten_answers_at_once_exactly_one_counts(
    zhang: Person, doctor: Any, worker_step: Any, app: App
) -> None:
    task_id = await steps.sent(doctor, worker_step, zhang)
    said = await asyncio.gather(*(zhang.answer(task_id, steps.phq9()) for _ in range(10)))
    assert sorted(s.status_code for s in said) == [201] + [409] * 9
    assert {s.json()["code"] for s in said if s.status_code == 409} == {"already_answered"}
    assert await app.db["events"].count_documents({"type": "followups.answered"}) == 1
    assert await app.db["audit"].count_documents({"action": "followups.answer"}) == 1


BAD_ANSWERS: list[tuple[dict[str, Any], str]] = [
    ({}, "bad_answers"),
    ({"44250-9": "LA0"}, "bad_answers"),
    ({"44250-9": ["LA6568-5"]}, "bad_answers"),
    ({f"q{n}": 1 for n in range(300)}, "bad_answers"),
    ({f"q{n}": 1 for n in range(301)}, "invalid"),
    ({"x" * 256: 1}, "invalid"),
    ({"44250-9": {"code": "LA6568-5"}}, "bad_answers"),
    ({"44250-9": ["a"] * 51}, "invalid"),
]


async def test_bad_answers_are_refused_and_nothing_is_written(
    zhang: Person, doctor: Any, worker_step: Any, app: App
) -> None:
    task_id = await steps.sent(doctor, worker_step, zhang)
    for answers, code in BAD_ANSWERS:
        said = await zhang.answer(task_id, answers)
        assert (said.status_code, said.json()["code"]) == (400, code), answers
    kept = await app.db["tasks"].find_one({"_id": task_id})
    assert kept
    assert kept["state"] == "open"


async def test_another_persons_task_does_not_exist(
    zhang: Person, doctor: Any, worker_step: Any, phone_of: Any, platform: Any, client: Browser
) -> None:
    task_id = await steps.sent(doctor, worker_step, zhang)
    wang = await steps.patient(phone_of, platform, worker_step, "wang")
    for id in (task_id, "0" * 24):
        for said in (
            await wang.phone.get(f"/api/tasks/{id}"),
            await wang.answer(id, steps.phq9()),
            await wang.phone.put(f"/api/tasks/{id}/draft", json={"answers": {}}),
        ):
            assert (said.status_code, said.json()["code"]) == (404, "not_found")
    chen = await phone_of("chen")
    await bind(chen, platform, "zhang", phone="13800000004", relation="other")  # typed, but not proved
    assert (await chen.get("/api/tasks")).json()["items"] == []
    assert (await chen.get(f"/api/tasks/{task_id}")).json()["code"] == "records_closed"
    assert (await client.get("/api/tasks")).status_code == 401


@pytest.mark.covers("R30", "H13")
async def test_answers_notes_and_scores_cannot_be_read_in_the_store(
    zhang: Person, doctor: Any, worker_step: Any, app: App
) -> None:
    task_id = await steps.sent(doctor, worker_step, zhang, note="只给您看的话")
    await zhang.phone.put(f"/api/tasks/{task_id}/draft", json={"answers": {"44250-9": SOME_DAYS}})
    for _ in range(2):
        doc = await app.db["tasks"].find_one({"_id": task_id})
        text = str(doc)
        assert not [word for word in ("只给您看", SOME_DAYS, "44250-9", "中重度", "张建国") if word in text]
        assert not {"answers", "draft", "note", "score"} & set(doc or {})
        await zhang.answer(task_id, steps.phq9(SOME_DAYS, q1=EVERY_DAY, q2=EVERY_DAY, q3=EVERY_DAY))


@pytest.mark.covers("H13")
async def test_every_look_of_the_staff_leaves_a_line_and_a_stranger_gets_nothing(
    zhang: Person, doctor: Any, worker_step: Any, app: App, console_of: Any
) -> None:
    task_id = await steps.sent(doctor, worker_step, zhang)
    await doctor.get("/api/staff/followups")
    await doctor.get(f"/api/staff/followups?patient_id={zhang.id}&mine=true")
    await doctor.get(f"/api/staff/followups/{task_id}")
    lines = [line async for line in app.db["audit"].find({"actor_id": doctor.member_id}).sort("_id", 1)]
    looks = ("followups.list", "followups.read")
    looked = [(line["action"], line["patient_ids"]) for line in lines if line["action"] in looks]
    assert looked == [("followups.list", [zhang.id])] * 2 + [("followups.read", [zhang.id])]
    stranger = await console_of("doctor", doctor_id="dermatology-1", department_ids=["dermatology"])
    assert (await stranger.get("/api/staff/followups")).json()["items"] == []
    for path in (f"/api/staff/followups/{task_id}", f"/api/staff/followups?patient_id={zhang.id}"):
        said = await stranger.get(path)
        assert (said.status_code, said.json()["code"]) == (403, "no_care_relation")
    assert (await doctor.get(f"/api/staff/followups/{'0' * 24}")).status_code == 404


async def test_the_list_comes_in_pages_newest_first(zhang: Person, doctor: Any, worker_step: Any, app: App) -> None:
    await steps.sent(doctor, worker_step, zhang)
    doc = await app.db["tasks"].find_one({})
    assert doc
    ids = [app.new_id() for _ in range(60)]
    seal = app.security.seal
    empty = {"note": None, "draft": None, "answers": None, "score": None}
    more = [doc | {"_id": i, "dedupe": i, "live_of": None, "sealed": seal("tasks", i, empty)} for i in ids]
    await app.db["tasks"].insert_many(more)
    first = (await doctor.get("/api/staff/followups")).json()
    second = (await doctor.get(f"/api/staff/followups?next={first['next']}")).json()
    found = [t["id"] for t in first["items"] + second["items"]]
    assert (len(first["items"]), len(found), second["next"]) == (50, 61, None)
    assert found == sorted(found, reverse=True)
