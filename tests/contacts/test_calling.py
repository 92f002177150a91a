"""Phone tasks over HTTP: asked for once, taken by one, called, called again, ended; who sees which."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from server.contacts import service
from server.context import App, Event
from server.directory import service as directory
from server.messages import service as messages
from server.messages.models import Notice
from server.patients import service as patients
from server.patients.store import people
from server.values import shanghai_at
from tests.conftest import TestClock
from tests.followups import steps
from tests.followups.steps import Person

NOBODY = "0" * 24


@pytest.fixture
async def zhang(app: App, phone_of: Any, platform: Any, worker_step: Any) -> Person:
    await directory.refresh(app, days=0)
    return await steps.patient(phone_of, platform, worker_step, "zhang")


async def asked(app: App, patient_id: str, key: str = "k1", **more: Any) -> str | None:
    given = {"kind": "other", "subject": "复诊提醒", "script": "请来复诊", "due_at": app.now(), **more}
    return await app.db.transact(
        lambda tx: service.ask_to_call(app, key=key, patient_id=patient_id, tx=tx, **given)  # type: ignore[arg-type]
    )


async def undelivered(app: App, person: Person, key: str = "clinic_stopped") -> str:
    """A notice that could not be told; gives its id. The event is what messages emit then."""
    account = (await app.db["bindings"].find_one({"patient_id": person.id}) or {})["account_id"]
    facts = {"就诊人": "张**", "停诊医生": "林医生"}
    notice = Notice(
        key=key, account_id=account, facts=facts, path="/h5/", dedupe=key, subject_id="a1", patient_id=person.id
    )
    await messages.notify(app, notice)
    found = await app.db["messages"].find_one({"dedupe": key})
    assert found
    ids = {"message_id": found["_id"], "account_id": account, "patient_id": person.id}
    event = Event("e", "messages.undelivered", ids | {"key": key, "subject_id": "a1"}, app.now())
    await service.take_undelivered(app, event)
    await service.take_undelivered(app, event)
    return str(found["_id"])


async def call(console: Any, task_id: str, outcome: str, note: str = "") -> Any:
    assert (await console.post(f"/api/staff/phone-tasks/{task_id}/take")).status_code == 204
    return await console.post(f"/api/staff/phone-tasks/{task_id}/attempts", json={"outcome": outcome, "note": note})


async def listed(console: Any, query: str = "") -> list[dict[str, Any]]:
    said = await console.get(f"/api/staff/phone-tasks{query}")
    assert said.status_code == 200, said.text
    return list(said.json()["items"])


@pytest.mark.covers("H7", "R30", "H13")
async def test_a_notice_that_reached_nobody_is_told_by_phone_and_the_call_is_recorded(
    app: App, zhang: Person, console_of: Any
) -> None:
    await undelivered(app, zhang)
    desk = await console_of("desk")
    (row,) = await listed(desk)
    assert (row["subject"], row["is_due"], row["attempts"]) == ("医生停诊通知没有送到", True, 0)
    assert row["patient_name_masked"] == "张**"
    opened = (await desk.get(f"/api/staff/phone-tasks/{row['id']}")).json()
    assert opened["patient_name"] == "张建国"
    assert len(opened["phone"]) == 11
    assert "停诊医生：林医生" in opened["script"]
    line = await app.db["audit"].find_one({"action": "contacts.read"})
    assert line
    assert (line["actor_id"], line["patient_ids"]) == (desk.member_id, [zhang.id])
    assert "通知没有送到" in line["why"]
    done = await call(desk, row["id"], "reached", "已告诉本人")
    assert done.status_code == 201
    assert (done.json()["state"], done.json()["attempts"][0]["note"]) == ("done", "已告诉本人")
    assert await listed(desk) == []
    assert [t["last_outcome"] for t in await listed(desk, "?state=done")] == ["reached"]
    kept = await app.db["contacts"].find_one({"_id": row["id"]})
    assert kept
    assert "已告诉本人" not in str(kept)
    assert "林医生" not in str(kept)
    assert await app.db["audit"].count_documents({"action": "contacts.list", "actor_id": desk.member_id}) == 2
    assert await app.db["events"].count_documents({"type": "contacts.ended", "data.result": "reached"}) == 1


@pytest.mark.covers("H7", "N3")
async def test_when_no_channel_carries_a_critical_notice_a_call_is_asked_for_at_once(
    app: App, zhang: Person, platform: Any, worker_step: Any, console_of: Any, clock: TestClock
) -> None:
    await platform.act("zhang", "unfollow")
    await worker_step()
    clock.set(shanghai_at("2026-11-25", "22:30"))
    account = (await app.db["bindings"].find_one({"patient_id": zhang.id}) or {})["account_id"]
    facts = {"就诊人": "张**", "停诊医生": "林医生"}
    late = Notice(key="clinic_stopped", account_id=account, facts=facts, path="/h5/", dedupe="d1", patient_id=zhang.id)
    await messages.notify(app, late)
    await messages.notify(app, late.model_copy(update={"dedupe": "d2", "not_after": clock.now() - timedelta(hours=1)}))
    await worker_step()
    (row,) = await listed(await console_of("desk"))
    assert (row["subject"], row["due_at"]) == ("医生停诊通知没有送到", "2026-11-25T22:30:00+08:00")


async def test_what_is_not_critical_waits_for_the_morning_and_what_is_too_late_is_not_called(
    app: App, zhang: Person, clock: TestClock
) -> None:
    clock.set(shanghai_at("2026-11-27", "18:00"))
    await undelivered(app, zhang, "bill_unpaid")
    kept = await app.db["contacts"].find_one({})
    assert kept
    assert kept["due_at"] == shanghai_at("2026-11-30", "09:00")
    ids = {"message_id": NOBODY, "account_id": "x", "patient_id": zhang.id, "subject_id": "other"}
    await service.take_undelivered(app, Event("e", "messages.undelivered", ids, app.now()))
    assert await app.db["contacts"].count_documents({}) == 1


async def test_of_two_who_take_it_at_once_one_has_it_and_the_other_is_told(
    app: App, zhang: Person, console_of: Any, clock: TestClock
) -> None:
    task = await asked(app, zhang.id)
    nurses = [await console_of("nurse", department_ids=["cardiology"]) for _ in range(2)]
    said = await asyncio.gather(*(nurse.post(f"/api/staff/phone-tasks/{task}/take") for nurse in nurses))
    assert sorted(s.status_code for s in said) == [204, 409]
    winner, loser = nurses if said[0].status_code == 204 else nurses[::-1]
    assert next(s for s in said if s.status_code == 409).json()["code"] == "taken_by_another"
    body = {"outcome": "reached"}
    refused = await loser.post(f"/api/staff/phone-tasks/{task}/attempts", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "taken_by_another")
    assert (await loser.post(f"/api/staff/phone-tasks/{task}/release")).json()["code"] == "not_taken"
    assert [t["taken_by_me"] for t in await listed(winner, "?mine=true")] == [True]
    assert await listed(loser, "?mine=true") == []
    assert (await winner.post(f"/api/staff/phone-tasks/{task}/release")).status_code == 204
    assert (await loser.post(f"/api/staff/phone-tasks/{task}/attempts", json=body)).json()["code"] == "not_taken"
    assert (await winner.post(f"/api/staff/phone-tasks/{task}/take")).status_code == 204
    clock.shift += timedelta(minutes=31)  # she was called away
    assert (await call(loser, str(task), "reached")).status_code == 201
    assert (await winner.post(f"/api/staff/phone-tasks/{task}/take")).json()["code"] == "task_ended"


@pytest.mark.covers("R16.4")
async def test_who_does_not_answer_is_called_three_times_at_the_most(
    app: App, zhang: Person, console_of: Any, clock: TestClock
) -> None:
    nurse = await console_of("nurse", department_ids=["cardiology"])
    task = str(await asked(app, zhang.id))
    first = (await call(nurse, task, "no_answer")).json()
    assert (first["state"], first["attempts_left"], first["due_at"]) == ("open", 2, "2026-11-25T10:30:00+08:00")
    clock.set(shanghai_at("2026-11-25", "12:31"))
    assert [t["is_overdue"] for t in await listed(nurse, "?overdue=true")] == [True]
    second = (await call(nurse, task, "powered_off")).json()
    assert second["due_at"] == "2026-11-26T09:00:00+08:00"
    assert await listed(nurse, "?overdue=true") == []
    third = (await call(nurse, task, "no_answer")).json()
    assert (third["state"], third["result"], third["attempts_left"]) == ("given_up", "no_answer", 0)
    assert (await nurse.post(f"/api/staff/phone-tasks/{task}/take")).json()["code"] == "task_ended"


@pytest.mark.covers("R16.4")
async def test_after_a_death_nobody_is_called_or_written_to_about_him_any_more(
    app: App, zhang: Person, console_of: Any, worker_step: Any, clock: TestClock
) -> None:
    nurse = await console_of("nurse", department_ids=["cardiology"])
    first, second = str(await asked(app, zhang.id)), await asked(app, zhang.id, "k2")
    assert (await call(nurse, first, "deceased")).json()["state"] == "given_up"
    kept = await app.db["contacts"].find_one({"_id": second})
    assert kept
    assert (kept["state"], kept["result"]) == ("given_up", "deceased")
    assert await asked(app, zhang.id, "k3") is None
    assert await app.db["events"].count_documents({"type": "contacts.deceased", "data.patient_id": zhang.id}) == 1
    assert await patients.accounts_of(app, zhang.id)
    await worker_step()
    assert await patients.accounts_of(app, zhang.id) == []  # no message about him goes to anybody
    assert await app.db["audit"].count_documents({"action": "patients.note_death", "patient_ids": zhang.id}) == 1
    clock.business += timedelta(days=1)
    assert await asked(app, zhang.id, "k4") is None
    await people.note_visit(app, zhang.id, "2026-11-26")  # it was somebody else of this name
    assert await patients.accounts_of(app, zhang.id)
    assert await asked(app, zhang.id, "k5")


@pytest.mark.covers("R30")
async def test_each_sees_the_calls_of_his_patients_his_department_and_the_desk_none_that_is_clinical(
    app: App, zhang: Person, console_of: Any
) -> None:
    clinical = str(await asked(app, zhang.id, clinical=True, kind="followup", department_id="urology"))
    desk, mine = await console_of("desk"), await console_of("nurse", department_ids=["cardiology"])
    other, elsewhere = [await console_of("nurse", department_ids=[d]) for d in ("urology", "dermatology")]
    for console, sees in ((mine, True), (other, True), (elsewhere, False), (desk, False)):
        assert bool(await listed(console)) is sees
        said = await console.get(f"/api/staff/phone-tasks/{clinical}")
        assert said.status_code == (200 if sees else 403)
        assert sees or said.json()["code"] == "no_care_relation"
        assert sees or (await console.post(f"/api/staff/phone-tasks/{clinical}/take")).status_code == 403
    assert await app.db["audit"].count_documents({"action": "patients.refused"}) == 4
    admin = await console_of("admin")
    assert (await admin.get("/api/staff/phone-tasks")).status_code == 403
    assert (await mine.get(f"/api/staff/phone-tasks/{NOBODY}")).status_code == 404


async def test_it_is_asked_for_once_and_wrong_questions_are_refused(app: App, zhang: Person, console_of: Any) -> None:
    task = await asked(app, zhang.id)
    assert await asked(app, zhang.id) is None
    desk = await console_of("desk")
    for body in ({"outcome": "asleep"}, {"outcome": "reached", "note": "长" * 501}, {}):
        assert (await desk.post(f"/api/staff/phone-tasks/{task}/attempts", json=body)).status_code == 400
    assert (await desk.get("/api/staff/phone-tasks?next=x")).status_code == 400


async def test_the_list_goes_on_page_by_page(app: App, zhang: Person, console_of: Any) -> None:
    for number in range(52):
        await asked(app, zhang.id, f"k{number}", due_at=app.now() + timedelta(seconds=number % 7))
    desk = await console_of("desk")
    first = (await desk.get("/api/staff/phone-tasks")).json()
    second = (await desk.get(f"/api/staff/phone-tasks?next={first['next']}")).json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (50, 2, None)
    assert len({t["id"] for t in first["items"] + second["items"]}) == 52


@pytest.mark.parametrize("next", ["\u00b2.x", "999999999999999.x", "x"])
async def test_a_made_up_place_in_the_list_is_refused(console_of: Any, next: str) -> None:
    desk = await console_of("desk")
    assert (await desk.get("/api/staff/phone-tasks", params={"next": next})).status_code == 400
