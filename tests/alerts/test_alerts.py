"""From a red answer to the person who deals with it: told, taken, climbed, resolved, and the patient reads it."""

from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock

import pytest

from server import worker
from server.alerts import service, store
from server.alerts.models import Alert
from server.context import App
from server.errors import Foreign
from tests.conftest import TestClock
from tests.followups import steps

NIGHT_SHIFT = {"who": "nurse", "department_id": "cardiology", "from": "00:00", "to": "24:00"}


@pytest.fixture
async def zhang(app: App, phone_of: Any, platform: Any, worker_step: Any) -> steps.Person:
    await steps.hospital(app)
    return await steps.patient(phone_of, platform, worker_step, "zhang")


@pytest.fixture
async def nurse(console_of: Any) -> Any:
    return await console_of("nurse", department_ids=["cardiology"])


@pytest.fixture
async def doctor(console_of: Any) -> Any:
    return await console_of("doctor", **steps.ZHANGS_DOCTOR)


async def red_answer(doctor: Any, zhang: steps.Person, worker_step: Any) -> str:
    """Zhang answers PHQ-9 with a thought of harming himself; the id of his alert."""
    task_id = await steps.sent(doctor, worker_step, zhang)
    assert (await zhang.answer(task_id, steps.phq9(q9=steps.SOME_DAYS))).status_code == 201
    await worker_step()
    return task_id


async def open_alerts(console: Any) -> list[dict[str, Any]]:
    return list((await console.get("/api/staff/alerts")).json()["items"])


@pytest.mark.covers("N7", "R17", "A14.4", "H13")
async def test_a_red_answer_is_told_taken_resolved_and_the_patient_reads_the_outcome(
    app: App, zhang: steps.Person, nurse: Any, doctor: Any, worker_step: Any, platform: Any
) -> None:
    alert = await red_answer(doctor, zhang, worker_step)
    found = await open_alerts(nurse)
    assert [(one["level"], one["state"], one["step_who"], one["round"]) for one in found] == [
        ("red", "open", "nurse", 1)
    ]
    assert found[0]["reasons"] == [{"source": "answer", "text": "有不如死掉或伤害自己的念头"}]
    assert (await app.db["alerts"].find_one({"_id": alert}))["told"][0]["member_ids"] == [nurse.member_id]
    early = await nurse.post(f"/api/staff/alerts/{alert}/resolution", json={"outcome": "已处理"})
    assert (early.status_code, early.json()["code"]) == (409, "alert_not_taken")
    taken = await nurse.post(f"/api/staff/alerts/{alert}/taking", json={"action": "called", "note": "接通"})
    assert taken.status_code == 201, taken.text
    assert taken.json()["phone"] == "13800000001"
    second = await doctor.post(f"/api/staff/alerts/{alert}/taking", json={"action": "visit"})
    assert (second.status_code, second.json()["code"]) == (409, "already_taken")
    foreign = await doctor.post(f"/api/staff/alerts/{alert}/resolution", json={"outcome": "已处理"})
    assert foreign.json()["code"] == "alert_not_taken"  # the nurse has it
    outcome = "护士已和您通过电话，明天上午请到心内科复诊。"
    done = await nurse.post(f"/api/staff/alerts/{alert}/resolution", json={"outcome": outcome})
    assert (done.status_code, done.json()["state"]) == (201, "resolved")
    again = await nurse.post(f"/api/staff/alerts/{alert}/resolution", json={"outcome": outcome})
    assert again.json()["code"] == "already_resolved"
    await worker_step()
    task = (await zhang.phone.get(f"/api/tasks/{alert}")).json()
    assert task["reply"] == outcome
    told = [m for m in (await platform.see("zhang", "messages")) if "随访回复" in str(m)]
    assert len(told) == 1
    assert outcome not in str(told)  # the message says that there is an answer, not what it says
    lines = [line["action"] async for line in app.db["audit"].find({"action": {"$regex": "^alerts"}})]
    assert {"alerts.raise", "alerts.list", "alerts.take", "alerts.resolve"} <= set(lines)


@pytest.mark.covers("N7")
async def test_left_alone_it_climbs_to_the_doctor_and_to_the_administrators_and_never_stops(
    app: App, zhang: steps.Person, nurse: Any, doctor: Any, console_of: Any, worker_step: Any, clock: TestClock
) -> None:
    admin = await console_of("admin")
    alert = await red_answer(doctor, zhang, worker_step)
    assert await open_alerts(admin) == []  # not told yet, and no patient of his
    for minutes, who, member in ((31, "doctor", doctor), (31, "officer", admin), (16, "officer", admin)):
        clock.business += timedelta(minutes=minutes)
        await worker_step()
        told = (await app.db["alerts"].find_one({"_id": alert}))["told"][-1]
        assert (told["who"], told["member_ids"]) == (who, [member.member_id])
    found = await open_alerts(admin)
    assert [(one["id"], one["round"]) for one in found] == [(alert, 4)]
    assert (await admin.post(f"/api/staff/alerts/{alert}/taking", json={"action": "called"})).status_code == 201
    clock.business += timedelta(minutes=241)  # taken, and nothing came of it
    await worker_step()
    one = (await open_alerts(admin))[0]
    assert (one["state"], one["taken_by_name"], one["round"]) == ("open", None, 5)


@pytest.mark.covers("N7", "R30")
async def test_strangers_neither_see_nor_take_it(
    zhang: steps.Person, doctor: Any, console_of: Any, worker_step: Any
) -> None:
    alert = await red_answer(doctor, zhang, worker_step)
    stranger = await console_of("nurse", department_ids=["urology"])
    assert await open_alerts(stranger) == []
    for said in (
        await stranger.get(f"/api/staff/alerts/{alert}"),
        await stranger.post(f"/api/staff/alerts/{alert}/taking", json={"action": "called"}),
    ):
        assert (said.status_code, said.json()["code"]) == (403, "not_yours")
    desk = await console_of("desk")
    assert (await desk.get("/api/staff/alerts")).status_code == 403
    assert (await doctor.get("/api/staff/alerts/nothing")).status_code == 404


@pytest.mark.covers("N7")
async def test_who_is_on_duty_is_told_in_his_own_wechat_and_by_sms_without_a_word_about_the_patient(
    app: App,
    zhang: steps.Person,
    nurse: Any,
    doctor: Any,
    console_of: Any,
    phone_of: Any,
    platform: Any,
    worker_step: Any,
) -> None:
    admin = await console_of("admin")
    other = await console_of("nurse", department_ids=["urology"])
    roster = {"shifts": [NIGHT_SHIFT | {"member_ids": [other.member_id]}]}
    assert (await nurse.put("/api/staff/roster", json=roster)).status_code == 403
    assert (await admin.put("/api/staff/roster", json=roster)).status_code == 200
    wrong = await admin.put("/api/staff/roster", json={"shifts": [NIGHT_SHIFT | {"member_ids": ["nobody"]}]})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "nobody_there")
    assert (await other.put("/api/staff/reach", json={"phone": "123"})).json()["code"] == "bad_staff_phone"
    assert (await other.put("/api/staff/reach", json={"phone": "13800000002"})).json()["phone_masked"] == "138****0002"
    code = (await other.post("/api/staff/reach/wechat")).json()["code"]
    await phone_of("li")  # the nurse's own WeChat
    await platform.act("li", "follow")
    await platform.act("li", "text", content=f"绑定 {code}")
    await worker_step()
    assert (await other.get("/api/staff/reach")).json()["wechat"] is True
    alert = await red_answer(doctor, zhang, worker_step)
    assert [one["id"] for one in await open_alerts(other)] == [alert]  # told, though from another department
    assert await open_alerts(nurse)  # the department sees it, too
    seen = str(await platform.see("li", "messages")) + str(await platform.see("li", "sms"))
    assert "工作待办" in seen
    assert "红色随访预警" in seen
    for secret in ("张建国", "张**", "念头", "PHQ"):
        assert secret not in seen


@pytest.mark.covers("N7")
async def test_who_cannot_be_texted_keeps_nobody_else_from_being_told(
    app: App, zhang: steps.Person, doctor: Any, console_of: Any, worker_step: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nurses = [await console_of("nurse", department_ids=["cardiology"]) for _ in range(3)]
    for number, one in enumerate(nurses):
        await one.put("/api/staff/reach", json={"phone": f"1390000000{number}"})
    texted: list[str] = []

    async def send(id: str, phone: str, text: str) -> None:
        if phone.endswith("0"):
            raise Foreign("sms", "http_400", "never")
        if phone.endswith("1") and phone not in texted:
            texted.append(phone)
            raise Foreign("sms", "timeout", "unknown")
        texted.append(phone)

    monkeypatch.setattr(app.sms, "send", send)
    await red_answer(doctor, zhang, worker_step)
    assert "13900000002" in texted
    waiting = await app.db["events"].find_one({"type": "alerts.reached"})
    assert waiting
    assert waiting["state"] == "waiting"  # the second one is texted again


@pytest.mark.covers("N7")
async def test_a_red_alert_stands_first_however_many_yellow_ones_came_after_it(app: App, nurse: Any) -> None:
    for number in range(52):
        alert = Alert(
            id=f"a{number:03d}",
            patient_id="p",
            task_id="t",
            department_id="cardiology",
            level="yellow" if number else "red",
            reasons=[],
            raised_at=app.now(),
            deadline_at=app.now() + timedelta(days=1),
        )
        await app.db.transact(lambda tx, new=alert: store.add(app, new, tx))  # type: ignore[misc]
    assert (await open_alerts(nurse))[0]["id"] == "a000"


@pytest.mark.covers("N7")
async def test_a_code_that_is_old_or_wrong_links_no_wechat(
    nurse: Any, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    code = (await nurse.post("/api/staff/reach/wechat")).json()["code"]
    await phone_of("li")
    await platform.act("li", "follow")
    clock.shift += timedelta(minutes=11)
    for text in (f"绑定 {code}", "绑定 000000", f"绑定{code}0"):
        await platform.act("li", "text", content=text)
    await worker_step()
    assert (await nurse.get("/api/staff/reach")).json()["wechat"] is False


@pytest.mark.covers("N7")
async def test_two_silences_in_a_row_raise_a_yellow_alert(
    app: App, zhang: steps.Person, nurse: Any, doctor: Any, worker_step: Any, clock: TestClock
) -> None:
    for expected in (0, 1):
        await steps.sent(doctor, worker_step, zhang, questionnaire=steps.DISCHARGE)
        clock.business += timedelta(days=8)
        await worker_step()
        assert len(await open_alerts(nurse)) == expected
    assert (await open_alerts(nurse))[0]["level"] == "yellow"


@pytest.mark.covers("N7")
async def test_an_alert_that_cannot_be_read_holds_up_no_other(
    app: App, zhang: steps.Person, doctor: Any, worker_step: Any, clock: TestClock
) -> None:
    alert = await red_answer(doctor, zhang, worker_step)
    kept = await app.db["alerts"].find_one({"_id": alert})
    assert kept
    broken = {"_id": "broken", "level": "purple", "deadline_at": kept["deadline_at"] - timedelta(hours=1)}
    await app.db["alerts"].insert_one(kept | broken)
    clock.business += timedelta(minutes=31)
    await worker_step()
    after = await app.db["alerts"].find_one({"_id": alert})
    assert after
    assert after["round"] == 2


@pytest.mark.covers("N7")
async def test_red_stands_on_the_first_page_however_much_came_after_it(
    app: App, zhang: steps.Person, nurse: Any, doctor: Any, worker_step: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = await red_answer(doctor, zhang, worker_step)
    old = await store.get(app, alert)
    assert old
    for n in range(3):
        newer = old.model_copy(update={"id": f"z{n}", "level": "yellow"})
        await app.db.transact(lambda tx, newer=newer: store.add(app, newer, tx))  # type: ignore[misc]
    monkeypatch.setattr(service, "_OPEN_PAGE", 1)
    assert [(one["id"], one["level"]) for one in await open_alerts(nurse)] == [(alert, "red"), ("z2", "yellow")]


async def test_a_queue_whose_work_fails_does_not_end_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> bool:
        raise IndexError

    monkeypatch.setattr("server.worker.asyncio.sleep", AsyncMock())
    assert await worker._carefully(broken()) is False
