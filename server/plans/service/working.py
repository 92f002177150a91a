"""What is due is done in batches: sent, reminded of, called about, expired; one transaction for each batch.

A batch is claimed first, so that several workers take different ones; a worker that dies gives its batch
back by time. What somebody paused, ended or answered meanwhile is left alone: each change is guarded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from server import audit, logs
from server.context import SYSTEM, App
from server.db import Tx
from server.directory import service as directory
from server.followups import service as followups
from server.followups.models import TaskOfPlan
from server.patients import service as patients
from server.plans import store
from server.plans.models.definitions import Step
from server.plans.models.enrolments import Enrolment, Silence
from server.plans.models.papers import Plan
from server.plans.rules import standing, waves
from server.plans.service import alike
from server.questionnaires import service as questionnaires
from server.questionnaires.models import Questionnaire

_BATCH = 200
_HELD = timedelta(seconds=60)
_LATER = timedelta(days=1)
_AFTER_A_FAILURE = timedelta(minutes=15)
_CHANGED = {"state", "live_of", "act", "next_at", "waiting", "waits_for", "ending", "ended_at", "reason", "step"}
log = logs.get("plans")


@dataclass(slots=True)
class _Move:
    """What becomes of one enrolment, and what it asks of others."""

    enrolment: Enrolment
    after: Enrolment
    task: TaskOfPlan | None = None
    wave: int = 0
    calls: bool = False
    expires: bool = False


@dataclass(slots=True)
class _Facts:
    """Read once for a batch."""

    plans: dict[str, Plan]
    forms: dict[str, Questionnaire | None]
    departments: dict[str, str]
    reachable: set[str] = field(default_factory=set)


async def is_due(app: App) -> bool:
    """Whether any enrolment wants something done now."""
    return await store.is_due(app)


async def work_due(app: App) -> bool:
    """Do what is due for some enrolments; False when there is nothing."""
    token = app.new_id()
    batch = await store.claim(app, token, app.real_now() + _HELD, _BATCH)
    if not batch:
        return False
    facts = await _read(app, batch)
    try:
        await _work_on(app, token, batch, facts)
    except Exception as error:  # noqa: BLE001  one of them holds up the others: each alone
        log.warning("batch failed", count=len(batch), error=type(error).__name__)
        for one in batch:
            await _alone(app, token, one, facts)
    return True


async def _alone(app: App, token: str, one: Enrolment, facts: _Facts) -> None:
    """One enrolment by itself; what cannot be done is put off, so that it holds up nobody."""
    try:
        await _work_on(app, token, [one], facts)
    except Exception as error:  # noqa: BLE001  whatever it is, it is tried again later
        log.warning("enrolment failed", id=one.id, error=type(error).__name__)
        await store.put_off(app, one, app.now() + _AFTER_A_FAILURE)


async def _work_on(app: App, token: str, batch: Sequence[Enrolment], facts: _Facts) -> None:
    moves = [_decide(app, one, facts) for one in batch]

    async def write(tx: Tx) -> None:
        mine = await store.still_mine(app, token, tx)
        silences = await alike.silences(app, [m.enrolment.patient_id for m in moves], tx)
        now = [_unless_silent(app, m, silences) for m in moves if mine.get(m.enrolment.id) == m.enrolment.rev]
        await _carry_out(app, now, tx)
        changes = [(m.enrolment, m.after.model_dump(include=_CHANGED)) for m in now]
        await store.move_on(app, changes, tx)

    await app.db.transact(write)


async def _carry_out(app: App, moves: Sequence[_Move], tx: Tx) -> None:
    tasks = [m.task for m in moves if m.task]
    await followups.make(app, tasks, tx)
    waiting = [(m, m.enrolment.waiting) for m in moves if m.enrolment.waiting]
    await followups.remind(app, {w.task_id: m.wave for m, w in waiting if m.wave}, tx)
    await followups.end_unanswered(app, [w.task_id for m, w in waiting if m.expires], tx)
    await followups.withdraw(app, [w.task_id for m, w in waiting if m.after.state == "ended"], tx)
    await app.db.emit_many("plans.call_due", [{"enrolment_id": m.enrolment.id} for m in moves if m.calls], tx)
    if tasks:
        await audit.record(app, SYSTEM, "plans.send", patient_ids=[t.patient_id for t in tasks], why="due", tx=tx)


async def _read(app: App, batch: Sequence[Enrolment]) -> _Facts:
    plans = await store.plans_by_id(app, [one.plan_id for one in batch])
    steps = [_step(one, plans) for one in batch if one.act == "send"]
    forms = {s.questionnaire: await questionnaires.latest(app, s.questionnaire) for s in _each(steps)}
    reachable = await patients.with_phones(app, [one.patient_id for one in batch if one.act == "send"])
    return _Facts(plans, forms, (await directory.names(app)).departments, reachable)


def _each(steps: Sequence[Step | None]) -> list[Step]:
    """One step for each questionnaire."""
    return list({step.questionnaire: step for step in steps if step}.values())


def _step(one: Enrolment, plans: dict[str, Plan]) -> Step | None:
    plan = plans.get(one.plan_id)
    return plan.definition.step(one.step) if plan else None


def _decide(app: App, one: Enrolment, facts: _Facts) -> _Move:
    step = _step(one, facts.plans)
    match one.act:
        case "send" if step is None:
            return _Move(one, standing.end(one, "finished", "", app.now()))
        case "send" if step is not None:
            return _send(app, one, step, facts)
        case "remind" if one.waiting:
            wave = waves.wave_at(step, one.waiting, app.now())
            return _Move(one, _waiting(one, step, wave=wave), wave=wave)
        case "call" if one.waiting:
            return _Move(one, _waiting(one, step, called=True), calls=True)
        case _:
            return _Move(one, one.model_copy(update={"act": None, "next_at": None}), expires=True)


def _send(app: App, one: Enrolment, step: Step, facts: _Facts) -> _Move:
    form = facts.forms.get(step.questionnaire)
    if form is None:
        text = "没有已发布的问卷，明天再试"
        return _Move(one, one.model_copy(update={"next_at": app.now() + _LATER, "reason": text}))
    waiting = waves.sent(step, app.new_id(), app.now(), one.patient_id in facts.reachable)
    act, next_at = waves.next_act(step, waiting)
    task = TaskOfPlan(
        id=waiting.task_id,
        enrolment_id=one.id,
        n=one.n,
        step=step.key,
        questionnaire_id=form.id,
        kind=form.kind,
        title=step.title,
        patient_id=one.patient_id,
        department_id=one.department_id,
        from_text=facts.departments.get(one.department_id or "") or app.settings.hospital_name,
        due_at=one.due_at or app.now(),
        expires_at=waiting.expires_at,
    )
    after = one.model_copy(update={"waiting": waiting, "act": act, "next_at": next_at, "reason": ""})
    return _Move(one, after, task=task)


def _waiting(one: Enrolment, step: Step | None, **changes: Any) -> Enrolment:
    if one.waiting is None:
        return one
    waiting = one.waiting.model_copy(update=changes)
    act, next_at = waves.next_act(step, waiting)
    return one.model_copy(update={"waiting": waiting, "act": act, "next_at": next_at})


def _unless_silent(app: App, move: _Move, silences: dict[str, Silence]) -> _Move:
    """Whoever has died or wants no follow-up is asked nothing, whatever was due."""
    why = silences.get(move.enrolment.patient_id)
    if why is None:
        return move
    return _Move(move.enrolment, standing.end(move.enrolment, why, "", app.now()))
