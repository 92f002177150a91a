"""Enrolments as staff read them: lists, and one with its line of what was, is and comes, in words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from server import audit, errors
from server.context import SYSTEM, Actor, App
from server.patients import service as patients
from server.plans import store
from server.plans.models.definitions import AlertOwner, Definition
from server.plans.models.enrolments import Decision, Enrolment
from server.plans.models.papers import (
    Coming,
    EnrolmentQuery,
    EnrolmentRow,
    EnrolmentRows,
    Past,
    Plan,
    ReadEnrolment,
)
from server.plans.rules import deciding, words
from server.plans.service import alike
from server.staff import service as staff

_PAGE = 50
_BY_RULE = "按规则自动纳入"


async def listed(app: App, query: EnrolmentQuery, *, by: Actor) -> EnrolmentRows:
    """Enrolments of patients in my care, of one plan or one patient, newest first. NoCareRelation; audited."""
    if query.patient_id:
        await patients.check_care(app, by, query.patient_id)
        wanted: dict[str, Any] = {"patient_id": query.patient_id}
    else:
        wanted = {"patient_id": {"$in": await patients.in_care(app, by)}}
    if query.plan_key:
        wanted["plan_key"] = query.plan_key
    if query.state:
        wanted["state"] = query.state
    found = await store.page(app, wanted, query.next, _PAGE + 1)
    rows = await _rows(app, found[:_PAGE])
    if rows:
        ids = sorted({row.patient_id for row in rows})
        await audit.record(app, by, "plans.enrolments", patient_ids=ids, why="care")
    return EnrolmentRows(items=rows, next=rows[-1].id if len(found) > _PAGE else None)


async def read(app: App, enrolment_id: str, *, by: Actor) -> ReadEnrolment:
    """One enrolment with its line. NotFound, NoCareRelation; audited."""
    enrolment = await mine_to_see(app, enrolment_id, by)
    await audit.record(app, by, "plans.read", patient_ids=[enrolment.patient_id], why=enrolment.id)
    return await _read(app, enrolment)


async def of_patient(app: App, patient_id: str) -> list[ReadEnrolment]:
    """A patient's enrolments, newest first. For features that have checked who asks."""
    return [await _read(app, one) for one in await store.page(app, {"patient_id": patient_id}, None, 20)]


async def ids_of(
    app: App, patient_ids: Sequence[str], *, plan_key: str | None = None, doctor_id: str | None = None
) -> list[str]:
    """The enrolments of these patients in a plan, or of a doctor's."""
    wanted: dict[str, Any] = {"patient_id": {"$in": list(patient_ids)}}
    wanted |= {"plan_key": plan_key} if plan_key else {}
    return await store.ids(app, wanted | ({"doctor_id": doctor_id} if doctor_id else {}))


async def _read(app: App, enrolment: Enrolment) -> ReadEnrolment:
    plan = await alike.plan(app, enrolment.plan_id)
    members = await staff.names(app, [enrolment.enrolled_by])
    row = (await _rows(app, [enrolment]))[0]
    return ReadEnrolment(
        **row.model_dump(),
        anchors={words.ANCHORS[kind]: on for kind, on in enrolment.anchors.items()},
        enrolled_by_name=_BY_RULE if enrolment.enrolled_by == SYSTEM.id else members.get(enrolment.enrolled_by, ""),
        reason=enrolment.reason,
        past=[
            Past.model_validate(
                entry.model_dump(include=set(Past.model_fields)),
            )
            for entry in enrolment.history
        ],
        current=_current(plan.definition, enrolment),
        current_task_id=enrolment.waiting.task_id if enrolment.waiting else None,
        coming=_coming(plan.definition, enrolment),
    )


async def mine_to_see(app: App, enrolment_id: str, by: Actor) -> Enrolment:
    """An enrolment of a patient in my care. NotFound, NoCareRelation."""
    found = await store.get(app, enrolment_id)
    if found is None:
        raise errors.NotFound()
    await patients.check_care(app, by, found.patient_id)
    return found


async def titles(app: App) -> dict[str, str]:
    """The newest title of each plan, by its key."""
    found = await store.all_plans(app)
    return {plan.key: plan.definition.title for plan in reversed(found)}


async def alert_owner(app: App, enrolment_id: str) -> tuple[AlertOwner, str | None, str | None] | None:
    """Who looks after alarms of an enrolment: the plan's word, the department and the doctor it resolves to."""
    found = await store.get(app, enrolment_id)
    plan = await store.get_plan(app, found.plan_id) if found else None
    if found is None or plan is None:
        return None
    owner = plan.definition.alert_owner
    return owner, owner.department_id or found.department_id, found.doctor_id


def _current(definition: Definition, one: Enrolment) -> Coming | None:
    step = definition.step(one.step)
    if one.state == "ended" or step is None:
        return None
    return Coming(title=step.title, due_at=one.due_at, why=one.why)


def _coming(definition: Definition, one: Enrolment) -> list[Coming]:
    if one.state == "ended" or not one.due_at:
        return []
    current = Decision(step=one.step, due_at=one.due_at, why=one.why)
    found = deciding.coming(definition, one.anchors, one.history, current)
    steps = [(definition.step(each.step), each) for each in found]
    return [Coming(title=step.title, due_at=each.due_at, why=each.why) for step, each in steps if step]


async def _rows(app: App, enrolments: Sequence[Enrolment]) -> list[EnrolmentRow]:
    names = await patients.names(app, {one.patient_id for one in enrolments})
    plans = await store.plans_by_id(app, [one.plan_id for one in enrolments])
    return [_row(one, plans[one.plan_id], names[one.patient_id], app.now()) for one in enrolments]


def _row(one: Enrolment, plan: Plan, name: str, now: datetime) -> EnrolmentRow:
    step = plan.definition.step(one.step)
    fields = {"id", "plan_key", "plan_id", "patient_id", "state", "due_at", "waits_for", "ending", "enrolled_at"}
    return EnrolmentRow(
        **one.model_dump(include=fields),
        plan_title=plan.definition.title,
        version=plan.version,
        patient_name=name,
        now_text=words.now_text(one, step.title if step else "", now),
        sent=one.waiting is not None,
        ending_text=words.ENDINGS[one.ending] if one.ending else "",
    )
