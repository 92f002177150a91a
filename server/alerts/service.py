"""Raise alerts, tell who is on duty step by step, take them, deal with them, tell the patient."""

import functools
from pathlib import Path

from server import audit, errors, logs
from server.alerts import rules, store
from server.alerts.models import (
    Alert,
    AlertCounts,
    AlertQuery,
    Alerts,
    Book,
    Ladder,
    Level,
    NobodyThere,
    NotYours,
    OpenedAlert,
    Reason,
    Resolving,
    Roster,
    ShownAlert,
    ShownRoster,
    ShownTold,
    Taking,
    Told,
    Who,
)
from server.context import SYSTEM, Actor, App, Event
from server.db import Tx
from server.directory import service as directory
from server.followups import service as followups
from server.followups.models import State as TaskState
from server.followups.models import Task
from server.messages import service as messages
from server.messages.models import Notice
from server.patients import service as patients
from server.plans import service as plans
from server.questionnaires import service as questionnaires
from server.staff import service as staff
from server.values import short_time

_PAGE, _AT_ONCE = 50, 20
_OPEN_PAGE = 300
"""Of open alerts one page is all there is, unless something is very wrong."""
_WHO: dict[Who, str] = {"nurse": "护士", "doctor": "医生", "officer": "总值班"}
log = logs.get("alerts")


# --- raising --------------------------------------------------------------------------------------


async def take_answer(app: App, event: Event) -> None:
    """followups.answered: red flags, the score and its course against the answer before."""
    task = await followups.known(app, event.data["task_id"])
    if task is None or task.kind == "satisfaction" or task.score is None:
        return
    key = (await questionnaires.get(app, task.questionnaire_id)).key
    flags = [(flag.level, flag.text) for flag in task.score.red]
    before = await _total_before(app, task, key)
    found = rules.reasons_of_answer(_book(app), key, flags, task.score.total, before)
    if found:
        await _raise(app, task, *found)


async def take_silence(app: App, event: Event) -> None:
    """followups.expired: how many in a row were not answered."""
    task = await followups.known(app, event.data["task_id"])
    if task is None or task.kind == "satisfaction" or not await patients.living(app, [task.patient_id]):
        return
    questionnaire = await questionnaires.get(app, task.questionnaire_id)
    if questionnaire.status == "retired":  # it could not be answered any more
        return
    key, in_a_row = questionnaire.key, 0
    for one in await followups.latest(app, task, key):
        if one.state is not TaskState.EXPIRED:
            break
        in_a_row += 1
    found = rules.reasons_of_silence(_book(app), key, in_a_row)
    if found:
        await _raise(app, task, *found)


async def _total_before(app: App, task: Task, key: str) -> tuple[float, int] | None:
    for one in await followups.latest(app, task, key):
        if one.id != task.id and one.score and one.score.total is not None and one.answered_at:
            return one.score.total, (app.now() - one.answered_at).days
    return None


async def _raise(app: App, task: Task, level: Level, reasons: list[Reason]) -> None:
    """One alert for one task: raised again, it is there already. A plan says whose it is, and who hears first."""
    now, ladder, department_id, step = app.now(), rules.ladder_of(_book(app), level), task.department_id, 0
    owner = await plans.alert_owner(app, task.enrolment_id) if task.enrolment_id else None
    if owner:
        department_id, step = owner[1] or department_id, rules.first_step(ladder, owner[0].to)
    alert = Alert(
        id=task.id,
        patient_id=task.patient_id,
        task_id=task.id,
        department_id=department_id,
        level=level,
        reasons=reasons,
        step=step,
        raised_at=now,
        deadline_at=rules.deadline(ladder, step, now),
    )

    async def work(tx: Tx) -> None:
        if await store.add(app, alert, tx):
            await audit.record(app, SYSTEM, "alerts.raise", patient_ids=[task.patient_id], why=level, tx=tx)
            await tx.emit("alerts.reached", alert_id=alert.id, round=alert.round)

    await app.db.transact(work)


# --- the ladder -----------------------------------------------------------------------------------


async def is_due(app: App) -> bool:
    """Whether a deadline has passed."""
    return await store.any_late(app, app.now())


async def climb(app: App) -> bool:
    """Take the alerts whose deadline passed longest ago to their next step; False when there is none.

    One that cannot be read or moved holds up no other.
    """
    moved = False
    for alert_id in await store.late(app, app.now(), _AT_ONCE):
        try:
            moved = await _climb(app, alert_id) or moved
        except Exception as error:  # noqa: BLE001  whatever it is: the others climb, this one is tried again
            log.error("an alert could not climb", alert=alert_id, error=type(error).__name__)
    return moved


async def _climb(app: App, alert_id: str) -> bool:
    alert = await store.get(app, alert_id)
    if alert is None or not rules.is_late(alert, app.now()):
        return False
    after = rules.climbed(alert, rules.ladder_of(_book(app), alert.level), app.now())

    async def work(tx: Tx) -> None:
        if await store.move(app, alert, after, tx):
            why = f"{alert.level} {after.round}"
            await audit.record(app, SYSTEM, "alerts.escalate", patient_ids=[alert.patient_id], why=why, tx=tx)
            await tx.emit("alerts.reached", alert_id=alert.id, round=after.round)

    await app.db.transact(work)
    return True


async def tell(app: App, event: Event) -> None:
    """alerts.reached: whoever is on duty at this step, in his own WeChat and by SMS; nobody is told twice."""
    alert = await store.get(app, event.data["alert_id"])
    if alert is None or alert.state != "open" or alert.round != event.data["round"]:
        return
    who, member_ids = await _whom(app, alert)
    await store.note_told(app, alert.id, alert.round, Told(at=app.now(), who=who, member_ids=member_ids))
    if not member_ids:
        log.error("nobody to tell of an alert", alert=alert.id)
    known, failed = await staff.reach(app, member_ids), None
    for member_id in member_ids:
        reach = known.get(member_id)
        if reach and reach.account_id:
            await messages.notify(app, _notice(alert, who, member_id, reach.account_id))
        if reach and reach.phone and (alert.level == "red" or not reach.account_id):
            text = rules.sms(app.settings.hospital_name, alert.level, _WHO[who])
            try:
                await app.sms.send(f"alert-{alert.id}-{alert.round}-{member_id}", reach.phone, text)
            except errors.Foreign as refused:  # the others are told all the same
                log.error("an alert was not texted", alert=alert.id, member=member_id, code=refused.foreign_code)
                failed = failed if refused.again == "never" else refused
    if failed:
        raise failed


async def _whom(app: App, alert: Alert) -> tuple[Who, list[str]]:
    """Who is on duty at the alert's step; where nobody is, the next step; in the end the administrators."""
    shifts, _ = await store.shifts(app)
    ladder = rules.ladder_of(_book(app), alert.level)
    for step in ladder.steps[rules.step_of(ladder, alert.step) :]:
        named = rules.on_duty(shifts, step.who, alert.department_id, app.now())
        found = sorted(await staff.enabled(app, named))
        if not found and step.who != "officer":
            found = await staff.on_the_staff(app, step.who, alert.department_id) if alert.department_id else []
        if found:
            return step.who, found
    return "officer", await staff.on_the_staff(app, "admin", None)


def _notice(alert: Alert, who: Who, member_id: str, account_id: str) -> Notice:
    return Notice(
        key="staff_alert",
        account_id=account_id,
        facts={
            "事项": "随访预警待处理",
            "级别": rules.WORDS[alert.level],
            "时间": short_time(alert.raised_at),
            "温馨提示": f"请{_WHO[who]}登录管理后台处理",
        },
        path="/h5/pages/home/index",
        dedupe=f"alerts:{alert.id}:{alert.round}:{member_id}",
        subject_id=alert.id,
        not_after=alert.deadline_at,
    )


# --- dealing with it ------------------------------------------------------------------------------


async def take(app: App, alert_id: str, taking: Taking, *, by: Actor) -> OpenedAlert:
    """I take it, and this is what I did first. NotFound, NotYours, AlreadyTaken, AlreadyResolved."""
    alert = await _mine_to_see(app, alert_id, by)
    rules.check_taking(alert)
    now = app.now()
    changed = {"state": "acknowledged", "taken_by": by.id, "taken_at": now, "action": taking.action}
    changed |= {"note": taking.note or None, "deadline_at": rules.resolve_by(_ladder(app, alert), now)}
    await _move(app, alert, alert.model_copy(update=changed), "alerts.take", taking.action, by)
    return await _opened(app, alert_id, by)


async def resolve(app: App, alert_id: str, resolving: Resolving, *, by: Actor) -> OpenedAlert:
    """It is dealt with, and the patient is told how (R17). NotFound, NotYours, NotTaken, AlreadyResolved."""
    alert = await _mine_to_see(app, alert_id, by)
    rules.check_resolving(alert, by.id)
    changed = {"state": "resolved", "resolved_at": app.now(), "deadline_at": None, "outcome": resolving.outcome}
    changed |= {"note": "\n".join(part for part in (alert.note, resolving.note) if part) or None}
    await _move(
        app, alert, alert.model_copy(update=changed), "alerts.resolve", alert.level, by, reply=resolving.outcome
    )
    return await _opened(app, alert_id, by)


async def _move(
    app: App, alert: Alert, after: Alert, action: str, why: str, by: Actor, reply: str | None = None
) -> None:
    async def work(tx: Tx) -> None:
        if not await store.move(app, alert, after, tx):
            raise errors.Conflict()
        await audit.record(app, by, action, patient_ids=[alert.patient_id], why=why, tx=tx)
        if reply:
            await followups.reply(app, alert.task_id, reply, by=by, tx=tx)

    await app.db.transact(work)


# --- reading --------------------------------------------------------------------------------------


async def listed(app: App, query: AlertQuery, *, by: Actor) -> Alerts:
    """Alerts of my patients, of my departments, and those I was told of; newest first; audited."""
    most, mine = _OPEN_PAGE if query.state == "open" else _PAGE, await _mine(app, by)
    found = await store.page(app, mine, query.state, query.next, most + 1)
    page, more = found[:most], len(found) > most
    last = page[-1].id if page else None
    if query.state == "open" and more and query.next is None:  # what is red stands on the first page, however old
        page += await store.page(app, {"$and": [mine, {"level": "red"}]}, "open", last, most)
    patient_ids = sorted({alert.patient_id for alert in page})
    await audit.record(app, by, "alerts.list", patient_ids=patient_ids, why="care")
    shown = await _shown(app, page, by)
    if query.state == "open":  # the most urgent first
        shown.sort(key=lambda one: (-rules.ORDER.index(one.level), one.raised_at))
    return Alerts(items=shown, next=last if more else None)


async def read(app: App, alert_id: str, *, by: Actor) -> OpenedAlert:
    """One alert with the phone to call; NotFound, NotYours; audited."""
    alert = await _mine_to_see(app, alert_id, by)
    await audit.record(app, by, "alerts.read", patient_ids=[alert.patient_id], why=alert.id)
    return await _opened(app, alert_id, by)


async def of_patient(app: App, patient_id: str) -> list[Alert]:
    """A patient's alerts, newest first. For features that have checked who asks."""
    return await store.of_patient(app, patient_id)


async def counts(app: App, *, by: Actor) -> AlertCounts:
    """The numbers of the overview."""
    mine = await _mine(app, by)
    return AlertCounts(
        red=await store.count(app, {"$and": [mine, {"state": "open", "level": "red"}]}),
        open=await store.count(app, {"$and": [mine, {"state": "open"}]}),
        taken=await store.count(app, {"$and": [mine, {"state": "acknowledged"}]}),
    )


async def _mine(app: App, by: Actor) -> store.Doc:
    ways: list[store.Doc] = [{"told.member_ids": by.id}, {"patient_id": {"$in": await patients.in_care(app, by)}}]
    if by.department_ids:
        ways.append({"department_id": {"$in": sorted(by.department_ids)}})
    return {"$or": ways}


async def _mine_to_see(app: App, alert_id: str, by: Actor) -> Alert:
    alert = await store.get(app, alert_id)
    if alert is None:
        raise errors.NotFound()
    told = any(by.id in told.member_ids for told in alert.told)
    if told or alert.department_id in by.department_ids or await patients.may_care(app, by, alert.patient_id):
        return alert
    await audit.record(app, by, "alerts.refused", patient_ids=[alert.patient_id], why=alert.id)
    raise NotYours()


def _ladder(app: App, alert: Alert) -> Ladder:
    return rules.ladder_of(_book(app), alert.level)


def _step_who(ladder: Ladder, alert: Alert) -> Who:
    return ladder.steps[rules.step_of(ladder, alert.step)].who


async def _shown(app: App, alerts: list[Alert], by: Actor) -> list[ShownAlert]:
    names = await patients.names(app, {alert.patient_id for alert in alerts})
    takers = await staff.names(app, {alert.taken_by for alert in alerts if alert.taken_by})
    departments = (await directory.names(app)).departments
    return [
        ShownAlert(
            **alert.model_dump(include=_SAME),
            patient_name=names.get(alert.patient_id, ""),
            department_name=departments.get(alert.department_id or "", ""),
            overdue=rules.is_late(alert, app.now()),
            step_who=_step_who(_ladder(app, alert), alert),
            taken_by_name=takers.get(alert.taken_by or ""),
            taken_by_me=alert.taken_by == by.id,
        )
        for alert in alerts
    ]


_SAME = {"id", "task_id", "patient_id", "level", "reasons", "state", "raised_at", "deadline_at", "round", "taken_at"}


async def _opened(app: App, alert_id: str, by: Actor) -> OpenedAlert:
    alert = await store.get(app, alert_id)
    if alert is None:
        raise errors.NotFound()
    shown = (await _shown(app, [alert], by))[0]
    callee = await patients.whom_to_call(app, alert.patient_id)
    names = await staff.names(app, {id for told in alert.told for id in told.member_ids})
    return OpenedAlert(
        **shown.model_dump(),
        phone=callee.phone,
        guardian_name=callee.guardian_name,
        told=[ShownTold(at=t.at, who=t.who, names=[names.get(id, "") for id in t.member_ids]) for t in alert.told],
        action=alert.action,
        note=alert.note,
        outcome=alert.outcome,
        resolved_at=alert.resolved_at,
    )


# --- the roster -----------------------------------------------------------------------------------


async def roster(app: App, *, by: Actor) -> ShownRoster:
    """Who is on duty when."""
    shifts, changed_at = await store.shifts(app)
    names = await staff.names(app, {id for shift in shifts for id in shift.member_ids})
    return ShownRoster(shifts=shifts, changed_at=changed_at, names=names)


async def change_roster(app: App, new: Roster, *, by: Actor) -> ShownRoster:
    """Replace the roster; NobodyThere when it names somebody who cannot log in."""
    wanted = {id for shift in new.shifts for id in shift.member_ids}
    missing = wanted - await staff.enabled(app, wanted)
    if missing:
        raise NobodyThere(member_ids=sorted(missing))

    async def work(tx: Tx) -> None:
        await store.set_shifts(app, new.shifts, app.now(), tx)
        await audit.record(app, by, "alerts.change_roster", tx=tx)

    await app.db.transact(work)
    return await roster(app, by=by)


def _book(app: App) -> Book:
    return _read(app.settings.alert_rules_file)


@functools.cache
def _read(file: Path) -> Book:
    return Book.model_validate_json(file.read_text())
