"""Enrol patients in a plan: by rule when the hospital says something happened, or by a member of the staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server import audit, errors
from server.context import SYSTEM, Actor, App, Event
from server.db import Tx
from server.followups import service as followups
from server.patients import service as patients
from server.patients.models import Patient
from server.plans import store
from server.plans.models.definitions import AnchorKind, ForWhom
from server.plans.models.enrolments import Enrolment
from server.plans.models.papers import Enrolled, Enrolling, Filter, NotEnrolled, Plan, SkipReason, WouldEnrol
from server.plans.models.refusals import BadAnchor
from server.plans.rules import deciding, standing, whom
from server.plans.rules.conditions import is_for
from server.plans.service import alike
from server.values import plus_days, shanghai_date

_AT_ONCE = 100
_TRIES = 5
_WHY: dict[SkipReason, str] = {
    "no_care_relation": "不在您的诊疗范围内",
    "unknown": "医院信息系统里没有这位患者",
    "already_enrolled": "已在这个计划中",
    "deceased": "患者已故",
    "opted_out": "患者不愿接受随访",
    "not_fitting": "年龄或性别不符合计划的对象",
    "nothing_left": "按起始日期，计划的各步都已过时",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who might be enrolled. `origin` names the event, so that it enrols once."""

    patient_id: str
    anchor_on: str
    department_id: str | None = None
    doctor_id: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """What the hospital says: a discharge, an operation … with diagnosis and department."""

    kind: AnchorKind
    on: str
    origin: str
    department_id: str | None = None
    codes: Sequence[str] = ()
    diagnosis: str = ""


# --- by rule --------------------------------------------------------------------------------------


async def enrol_discharged(app: App, event: Event) -> None:
    """his.discharged: every plan whose rule fits begins, once per stay."""
    patient = await patients.by_his_id(app, str(event.data["his_id"]))
    if patient is None:
        return
    admission_id, happened_at = event.data["admission_id"], event.data.get("happened_at")
    left_on = shanghai_date(datetime.fromisoformat(happened_at) if happened_at else event.at)
    stays = await app.his.admissions(patient.his_id)
    stay = next((s for s in stays if s["id"] == admission_id), {"id": admission_id})
    department_id = event.data.get("department_id") or stay.get("department_id")
    happened = _discharge(stay, stay.get("discharged_on") or left_on, department_id)
    await _date_what_waits(app, patient.id, happened)
    await enrol_by_rule(app, patient, happened)


async def enrol_opened(app: App, event: Event) -> None:
    """patients.opened: who left the ward in the last weeks, before we knew him, is enrolled too."""
    patient = await patients.identity(app, event.data["patient_id"])
    for stay in await app.his.admissions(patient.his_id):
        if stay.get("discharged_on"):
            await enrol_by_rule(app, patient, _discharge(stay, stay["discharged_on"], stay["department_id"]))


async def _date_what_waits(app: App, patient_id: str, happened: Happened) -> None:
    """A plan that waits for this date (a discharge after a birth) has it now."""
    for living in await store.living_of_patient(app, patient_id):
        if living.waits_for != happened.kind:
            continue
        plan = await alike.plan(app, living.plan_id)

        def work(before: Enrolment, plan: Plan = plan) -> Enrolment | None:
            if before.waits_for != happened.kind:
                return None
            dated = before.model_copy(update={"anchors": {**before.anchors, happened.kind: happened.on}})
            return standing.again(dated, plan.definition, app.now())

        await app.db.transact(lambda tx, living=living, work=work: alike.change(app, living.id, work, tx))  # type: ignore[misc]


def _discharge(stay: dict[str, Any], on: str, department_id: str | None) -> Happened:
    return Happened(
        kind="discharge",
        on=on,
        origin=f"discharge:{stay['id']}",
        department_id=department_id,
        codes=list(stay.get("diagnosis_codes") or []),
        diagnosis=str(stay.get("diagnosis") or ""),
    )


async def enrol_by_rule(app: App, patient: Patient, happened: Happened) -> None:
    """Begin every plan in use that waits for what has happened and fits the patient."""
    today = shanghai_date(app.now())
    for plan in await store.plans_in_use(app):
        definition = plan.definition
        recent = happened.on >= plus_days(today, -definition.whom.within_days)
        if definition.anchor == happened.kind and recent and _fits(plan, patient, happened, today):
            candidate = Candidate(patient.id, happened.on, happened.department_id, None, happened.origin)
            await enrol(app, plan, [candidate], by=SYSTEM)


def _fits(plan: Plan, patient: Patient, happened: Happened, today: str) -> bool:
    return whom.fits_by_rule(
        plan.definition,
        alike.about(patient),
        today,
        department_id=happened.department_id,
        codes=happened.codes,
        diagnosis=happened.diagnosis,
    )


# --- by staff -------------------------------------------------------------------------------------


async def preview(app: App, wanted: Enrolling, *, by: Actor) -> Enrolled:
    """Who would be enrolled and who not, and why; nothing is done. NotInUse, BadAnchor; audited."""
    plan, candidates, skipped = await _wanted(app, wanted, by)
    people = await patients.identities(app, [c.patient_id for c in candidates])
    fine, not_fine = await weigh(app, plan, candidates, people)
    seen = [c.patient_id for c in candidates]
    await audit.record(app, by, "plans.preview", patient_ids=seen, why=plan.id)
    return result(fine, [*skipped, *not_fine], people, done=False)


async def enrol_chosen(app: App, wanted: Enrolling, *, by: Actor) -> Enrolled:
    """Enrol them; who cannot be is skipped with the reason. NotInUse, BadAnchor."""
    plan, candidates, skipped = await _wanted(app, wanted, by)
    done = await enrol(app, plan, candidates, by=by)
    return done.model_copy(update={"skipped": [*skipped, *done.skipped]})


async def _wanted(app: App, wanted: Enrolling, by: Actor) -> tuple[Plan, list[Candidate], list[NotEnrolled]]:
    plan = await alike.in_use(app, wanted.plan_key)
    check_anchor(app, wanted.anchor_on)
    in_care = await patients.in_care(app, by)
    chosen = list(dict.fromkeys(wanted.patient_ids))
    if wanted.filter:
        chosen = await _filtered(app, wanted.filter, in_care, by)
    known = set(in_care)
    strangers = [patient_id for patient_id in chosen if patient_id not in known]
    if strangers:
        await audit.record(app, by, "patients.refused", patient_ids=strangers, why="no care relation")
    mine = [patient_id for patient_id in chosen if patient_id in known]
    departments = await patients.in_whose_name(app, by, mine)
    candidates = [Candidate(patient_id, wanted.anchor_on, departments[patient_id], by.doctor_id) for patient_id in mine]
    return plan, candidates, [_skip(patient_id, "no_care_relation") for patient_id in strangers]


async def _filtered(app: App, wanted: Filter, in_care: Sequence[str], by: Actor) -> list[str]:
    people = await patients.identities(app, in_care)
    within = set(in_care)
    if wanted.department_id:
        within &= set(await patients.of_department(app, wanted.department_id))
    who = ForWhom(sex=wanted.sex, age_from=wanted.age_from, age_below=wanted.age_below)
    today = shanghai_date(app.now())
    return [
        person.id
        for person in people.values()
        if person.id in within
        and is_for(who, alike.about(person), today)
        and (not wanted.visited_since or (person.last_visit_on or "") >= wanted.visited_since)
    ]


def check_anchor(app: App, on: str) -> None:
    """BadAnchor unless the date exists and lies within ten years back and one ahead."""
    today = shanghai_date(app.now())
    try:
        plus_days(on, 0)
    except ValueError:
        raise BadAnchor() from None
    if not plus_days(today, -whom.FURTHEST_BACK_DAYS) <= on <= plus_days(today, whom.FURTHEST_AHEAD_DAYS):
        raise BadAnchor()


# --- the one way in -------------------------------------------------------------------------------


async def enrol(app: App, plan: Plan, candidates: Sequence[Candidate], *, by: Actor) -> Enrolled:
    """Enrol whom the plan fits, a hundred in a transaction; the same patient and plan never twice alive."""
    total = Enrolled(done=True, enrolled=[], skipped=[])
    for start in range(0, len(candidates), _AT_ONCE):
        part = await _enrol_some(app, plan, candidates[start : start + _AT_ONCE], by)
        total.enrolled += part.enrolled
        total.skipped += part.skipped
        total.ids += part.ids
    return total


async def _enrol_some(app: App, plan: Plan, candidates: Sequence[Candidate], by: Actor) -> Enrolled:
    people = await patients.identities(app, [c.patient_id for c in candidates])

    async def write(tx: Tx) -> tuple[list[Enrolment], list[NotEnrolled]]:
        fine, skipped = await weigh(app, plan, candidates, people, by=by, tx=tx)
        await _restart(app, plan, fine, tx)
        await store.add(app, fine, tx)
        for one in fine:
            if one.department_id:  # its nurses see the answers
                await patients.relate(
                    app, one.patient_id, doctor_id=one.doctor_id, department_id=one.department_id, why="followup", tx=tx
                )
        if fine:
            ids = [one.patient_id for one in fine]
            await audit.record(app, by, "plans.enrol", patient_ids=ids, why=plan.id, tx=tx)
        return fine, skipped

    for _ in range(_TRIES):
        try:
            fine, skipped = await app.db.transact(write)
            return result(fine, skipped, people, done=True)
        except store.Collision:
            continue  # somebody enrolled one of them at this moment: look again
    raise errors.Conflict()


async def weigh(
    app: App,
    plan: Plan,
    candidates: Sequence[Candidate],
    people: dict[str, Patient],
    *,
    by: Actor = SYSTEM,
    tx: Tx | None = None,
) -> tuple[list[Enrolment], list[NotEnrolled]]:
    """Who may be enrolled, as the enrolments would stand; who may not, and why."""
    alive = await store.alive(app, [_live_of(plan, c) for c in candidates], tx)
    origins = await store.known_origins(app, [o for c in candidates if (o := _origin_of(plan, c))], tx)
    silences = await alike.silences(app, [c.patient_id for c in candidates], tx)
    now, today = app.now(), shanghai_date(app.now())
    fine, skipped = dict[str, Enrolment](), list[NotEnrolled]()
    for candidate in candidates:
        person, reason = people.get(candidate.patient_id), None
        living = alive.get(_live_of(plan, candidate))
        again = plan.definition.restarts and candidate.origin is not None
        if person is None:
            reason = "unknown"
        elif candidate.patient_id in silences:
            reason = silences[candidate.patient_id]
        elif _origin_of(plan, candidate) in origins or (living and not again) or candidate.patient_id in fine:
            reason = "already_enrolled"
        elif whom.why_not(plan.definition, alike.about(person), today):
            reason = "not_fitting"
        if reason:
            skipped.append(_skip(candidate.patient_id, reason, person))  # type: ignore[arg-type]
            continue
        begun = _begin(app, plan, candidate, by, now)
        if begun.state == "ended":
            skipped.append(_skip(candidate.patient_id, "nothing_left", person))
        else:
            fine[candidate.patient_id] = begun
    return list(fine.values()), skipped


def _begin(app: App, plan: Plan, candidate: Candidate, by: Actor, now: datetime) -> Enrolment:
    anchors = {plan.definition.anchor: candidate.anchor_on}
    fresh = Enrolment(
        id=app.new_id(),
        plan_key=plan.key,
        plan_id=plan.id,
        patient_id=candidate.patient_id,
        department_id=candidate.department_id,
        doctor_id=candidate.doctor_id,
        enrolled_by=by.id,
        enrolled_at=now,
        anchors=anchors,
        origin_of=_origin_of(plan, candidate),
        live_of=_live_of(plan, candidate),
    )
    return standing.follow(fresh, deciding.first(plan.definition, anchors, now), now)


async def _restart(app: App, plan: Plan, fine: Sequence[Enrolment], tx: Tx) -> None:
    """A new stay ends the course of the one before."""
    living = await store.alive(app, [one.live_of for one in fine if one.live_of], tx)
    for old in living.values():
        ended = standing.end(old, "restarted", "", app.now())
        await store.change(app, ended, tx)
        if old.waiting:
            await followups.withdraw(app, [old.waiting.task_id], tx)


def _live_of(plan: Plan, candidate: Candidate) -> str:
    return f"{candidate.patient_id}:{plan.key}"


def _origin_of(plan: Plan, candidate: Candidate) -> str | None:
    return f"{plan.key}:{candidate.patient_id}:{candidate.origin}" if candidate.origin else None


def _skip(patient_id: str, reason: SkipReason, person: Patient | None = None) -> NotEnrolled:
    return NotEnrolled(
        patient_id=patient_id, patient_name=person.name if person else "", reason=reason, text=_WHY[reason]
    )


def result(
    fine: Sequence[Enrolment], skipped: Sequence[NotEnrolled], people: dict[str, Patient], *, done: bool
) -> Enrolled:
    """As the member reads it."""
    enrolled = [
        WouldEnrol(
            patient_id=one.patient_id,
            patient_name=people[one.patient_id].name,
            first_at=one.due_at,
            first_text=one.why,
        )
        for one in fine
    ]
    return Enrolled(done=done, enrolled=enrolled, skipped=list(skipped), ids=[one.id for one in fine] if done else [])
