"""The figures over real tasks: numerator and denominator, by group, for whom; trials; exports without names."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest

from server.context import SYSTEM, App
from server.followups import store
from server.followups.models import State, Task
from server.questionnaires import service as questionnaires
from server.questionnaires.models import Received
from server.statistics.service import exporting
from tests.conftest import MORNING, TestClock
from tests.followups import steps

MONTH = "from_on=2026-11-01&to_on=2026-11-30"


async def task(app: App, n: int, state: State, **more: Any) -> str:
    """One task in the database, due this morning."""
    fields: dict[str, Any] = {
        "id": f"task{n:020d}",
        "questionnaire_id": steps.PHQ9,
        "kind": "followup",
        "title": "心情自评",
        "patient_id": f"patient{n}",
        "department_id": "cardiology",
        "from_text": "心内科",
        "sent_by": None,
        "state": state,
        "due_at": MORNING,
        "expires_at": MORNING + timedelta(days=7),
        "answered_at": MORNING if state is State.ANSWERED else None,
    }
    new = Task.model_validate(fields | more)
    await app.db.transact(lambda tx: store.add(app, new, new.id, tx))
    return new.id


async def call(app: App, task_id: str, *outcomes: str) -> None:
    attempts = [{"at": MORNING, "by": "n", "outcome": outcome} for outcome in outcomes]
    doc = {"_id": f"c{task_id}", "key": f"k{task_id}", "kind": "followup", "patient_id": "p", "subject": "随访"}
    doc |= {"state": "given_up", "due_at": MORNING, "created_at": MORNING, "attempts": attempts, "sealed": {}}
    await app.db["contacts"].insert_one(doc | {"subject_id": task_id})


@pytest.mark.covers("R16", "R16.1", "R16.2", "R16.3", "R16.4")
async def test_each_rate_says_what_was_counted_of_what(app: App, console_of: Any) -> None:
    await task(app, 1, State.ANSWERED)
    await task(app, 2, State.ANSWERED, department_id="urology")
    await call(app, await task(app, 3, State.EXPIRED), "no_answer", "wrong_number")
    await task(app, 4, State.EXPIRED)
    await task(app, 5, State.PLANNED)  # not due
    await task(app, 6, State.WITHDRAWN)  # taken back
    for n, satisfied in ((7, True), (8, True), (9, False)):
        await task(app, n, State.ANSWERED, kind="satisfaction", satisfied=satisfied)
    await task(app, 10, State.ANSWERED, due_at=MORNING - timedelta(days=60))  # another month
    admin = await console_of("admin")
    found = (await admin.get(f"/api/staff/figures?{MONTH}&by=department")).json()
    total = found["total"]
    assert [(total[k]["numerator"], total[k]["denominator"]) for k in ("visited", "succeeded", "satisfied")] == [
        (3, 4),
        (2, 3),
        (2, 3),
    ]
    assert {row["key"]: row["visited"]["denominator"] for row in found["rows"]} == {"cardiology": 3, "urology": 1}
    assert found["failures"] == [{"outcome": "wrong_number", "count": 1}]  # the last word of the calls
    assert "应随访" in found["definitions"]
    nurse = await console_of("nurse", department_ids=["urology"])
    assert (await nurse.get(f"/api/staff/figures?{MONTH}")).status_code == 403
    doctor = await console_of("doctor", department_ids=["urology"])
    mine = (await doctor.get(f"/api/staff/figures?{MONTH}&by=month")).json()
    assert [(row["label"], row["visited"]["denominator"]) for row in mine["rows"]] == [("2026-11", 1)]
    assert (await admin.get("/api/staff/figures?from_on=2026-11-30&to_on=2026-11-01")).json()["code"] == "bad_period"


@pytest.mark.covers("R18")
async def test_who_came_again_is_compared_between_plans_and_plain_followup(app: App, console_of: Any) -> None:
    came = {"sealed": {}, "new_file": False}
    for n, (targeted, visit) in enumerate([(1, "2026-12-20"), (1, "2027-06-01"), (0, None), (0, "2026-11-25")]):
        await task(app, n, State.ANSWERED, enrolment_id=f"e{n}" if targeted else None)
        doc = {"_id": f"patient{n}", "last_visit_on": visit} | came | {"his_id": f"h{n}", "document_index": f"d{n}"}
        await app.db["patients"].insert_one(doc)
    admin = await console_of("admin")
    found = (await admin.get(f"/api/staff/figures?{MONTH}")).json()["recheck"]
    assert (found["targeted"]["numerator"], found["targeted"]["denominator"]) == (1, 2)  # one came far too late
    assert (found["plain"]["numerator"], found["plain"]["denominator"]) == (0, 2)  # the day itself does not count
    assert found["low"] < found["difference"] == 0.5 < found["high"]


async def message(app: App, n: int, task_id: str, at: Any, **more: Any) -> None:
    doc = {"_id": f"m{n}", "key": "followup_due", "tier": "service", "account_id": "a", "dedupe": f"d{n}"}
    doc |= {"state": "sent", "sealed": {}, "created_at": at, "subject_id": task_id, "channel": "template"}
    await app.db["messages"].insert_one(doc | {"rank": -1, "due_at": at} | more)


@pytest.mark.covers("R28", "N12")
async def test_an_answer_counts_for_the_message_before_it(app: App, console_of: Any, clock: TestClock) -> None:
    one = await task(app, 1, State.ANSWERED, answered_at=MORNING + timedelta(days=3, hours=1))
    other = await task(app, 2, State.EXPIRED)
    await message(app, 1, one, MORNING, trial="followup-words-1", arm=0)
    await message(app, 2, one, MORNING + timedelta(days=3), channel="mini", trial="followup-words-1", arm=0)
    await message(app, 3, other, MORNING, trial="followup-words-1", arm=1)
    admin = await console_of("admin")
    found = (await admin.get(f"/api/staff/figures/responses?{MONTH}")).json()
    waves = [(w["label"], w["answered"]["numerator"], w["answered"]["denominator"]) for w in found["waves"]]
    assert waves == [("第一次", 0, 2), ("第二次提醒", 1, 1)]
    assert {c["key"]: c["answered"]["numerator"] for c in found["channels"]} == {"template": 0, "mini": 1}
    assert [h["label"] for h in found["hours"]] == ["08 点"]
    trial = (await admin.get("/api/staff/figures/trials")).json()["items"][0]
    assert [(arm["answered"]["numerator"], arm["answered"]["denominator"]) for arm in trial["arms"]] == [(1, 1), (0, 1)]
    assert (trial["decided"], trial["verdict"]) == (False, "还不能下结论，请继续收集。")


@pytest.mark.covers("N12")
async def test_each_patient_stays_in_the_arm_he_was_drawn_into(
    app: App, phone_of: Any, platform: Any, worker_step: Any, console_of: Any
) -> None:
    await steps.hospital(app)
    zhang = await steps.patient(phone_of, platform, worker_step, "zhang")
    doctor = await console_of("doctor", **steps.ZHANGS_DOCTOR)
    for questionnaire in (steps.PHQ9, steps.DISCHARGE):
        await steps.sent(doctor, worker_step, zhang, questionnaire=questionnaire)
    drawn = [(m["trial"], m["arm"]) async for m in app.db["messages"].find({"key": "followup_due"})]
    assert len(drawn) == 2
    assert len(set(drawn)) == 1


@pytest.mark.covers("H3", "H9", "H13")
async def test_research_gets_answers_without_anything_that_names_the_patient(
    app: App, phone_of: Any, platform: Any, worker_step: Any, console_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await steps.hospital(app)
    zhang = await steps.patient(phone_of, platform, worker_step, "zhang")
    doctor = await console_of("doctor", **steps.ZHANGS_DOCTOR)
    task_id = await steps.sent(doctor, worker_step, zhang)
    assert (await zhang.answer(task_id, steps.phq9(steps.SOME_DAYS))).status_code == 201
    path = f"/api/staff/answers-export?{MONTH}&questionnaire_id={steps.PHQ9}"
    said = await doctor.get(f"{path}&purpose=research&format=csv")
    assert said.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(said.content.decode("utf-8-sig"))))
    assert rows[0][:4] == ["编号", "性别", "年龄", "月份"]
    assert len(rows) == 2
    assert rows[1][3] == "2026-11"
    assert rows[1][-2] == "9"
    fhir = await doctor.get(f"{path}&purpose=research&format=ndjson")
    response = json.loads(fhir.text.splitlines()[0])
    assert response["resourceType"] == "QuestionnaireResponse"
    for secret in ("张建国", zhang.id, task_id, "13800000001"):
        assert secret not in said.text
        assert secret not in fhir.text
    clinical = await doctor.get(f"{path}&purpose=clinical&format=csv")
    assert "张建国" in clinical.text
    line = await app.db["audit"].find_one({"action": "statistics.export"})
    assert line
    assert line["patient_ids"] == [zhang.id]
    monkeypatch.setattr(exporting, "MOST_ROWS", 0)
    assert (await doctor.get(path)).json()["code"] == "too_many_answers"
    monkeypatch.undo()
    stranger = await console_of("doctor", doctor_id="urology-1", department_ids=["urology"])
    assert len((await stranger.get(f"{path}&purpose=clinical")).text.splitlines()) == 1  # the head alone
    nurse = await console_of("nurse", department_ids=["cardiology"])
    assert (await nurse.get(path)).status_code == 403
    assert (await doctor.get(path.replace("to_on", "until"))).json()["code"] == "invalid"


async def test_research_gets_months_instead_of_days_and_every_repetition(
    app: App, console_of: Any, phone_of: Any, platform: Any, worker_step: Any
) -> None:
    await steps.hospital(app)
    zhang = await steps.patient(phone_of, platform, worker_step, "zhang")
    dose = {"linkId": "dose", "type": "integer", "text": "几片"}
    items = [
        {"linkId": "born", "type": "date", "text": "分娩日期"},
        {"linkId": "drugs", "type": "group", "repeats": True, "text": "药", "item": [dose]},
    ]
    source = {"resourceType": "Questionnaire", "url": "http://h/days", "version": "1", "item": items}
    made = await questionnaires.publish(app, Received(raw=json.dumps(source).encode()), by=SYSTEM)
    given: Any = {"born": "2026-11-17", "drugs": [{"dose": 1}, {"dose": 2}]}
    more: Any = {"questionnaire_id": made.id, "patient_id": zhang.id, "answers": given, "answered_at": MORNING}
    await task(app, 1, State.ANSWERED, **more)
    doctor = await console_of("doctor", **steps.ZHANGS_DOCTOR)
    path = f"/api/staff/answers-export?{MONTH}&questionnaire_id={made.id}&purpose=research"
    said = await doctor.get(f"{path}&format=csv")
    (row,) = list(csv.reader(io.StringIO(said.content.decode("utf-8-sig"))))[1:]
    assert row[4:6] == ["2026-11", "1；2"]
    fhir = (await doctor.get(f"{path}&format=ndjson")).text
    assert '"valueDate": "2026-11"' in fhir
    assert '"questionnaire": "http://h/days|1"' in fhir
