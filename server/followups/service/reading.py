"""The staff's side: tasks of patients in one's care, answers in words, the numbers of the overview."""

from collections.abc import Sequence
from typing import Any

from server import audit, errors
from server.context import Actor, App
from server.followups import store
from server.followups.models import (
    FollowupCounts,
    ReadTask,
    StaffTask,
    StaffTaskQuery,
    StaffTasks,
    State,
    Task,
)
from server.messages import service as messages
from server.patients import service as patients
from server.questionnaires import service as questionnaires
from server.staff import service as staff
from server.values import shanghai_at, shanghai_date

_PAGE = 50
_SAME = {"id", "patient_id", "title", "kind", "due_at", "expires_at", "answered_at", "red", "enrolment_id"}
_OVERDUE = {"state": State.EXPIRED, "kind": "followup"}


async def listed(app: App, query: StaffTaskQuery, *, by: Actor) -> StaffTasks:
    """Tasks of patients in my care (or of one of them), newest first; NoCareRelation; audited."""
    if query.patient_id:
        await patients.check_care(app, by, query.patient_id)
        wanted: dict[str, Any] = {"patient_id": query.patient_id}
    else:
        wanted = await _in_care(app, by)
    if query.mine:
        wanted |= {"sent_by": by.id}
    match query.status:
        case None:
            pass
        case "overdue":
            wanted |= _OVERDUE
        case "red":
            wanted |= {"red": True}
        case status:
            wanted |= {"state": status}
    found = await store.page(app, wanted, query.next, _PAGE + 1)
    items = await shown(app, found[:_PAGE])
    await audit.record(app, by, "followups.list", patient_ids=sorted({item.patient_id for item in items}), why="care")
    return StaffTasks(items=items, next=items[-1].id if len(found) > _PAGE else None)


async def read(app: App, task_id: str, *, by: Actor) -> ReadTask:
    """One task with its answers in words; NotFound, NoCareRelation; audited."""
    task = await store.get(app, task_id)
    if task is None:
        raise errors.NotFound()
    await patients.check_care(app, by, task.patient_id)
    await audit.record(app, by, "followups.read", patient_ids=[task.patient_id], why=task.id)
    return await shown_with_answers(app, task)


async def shown_with_answers(app: App, task: Task) -> ReadTask:
    """A task with its answers in words, for a member who was found to have a care relation."""
    questionnaire = await questionnaires.get(app, task.questionnaire_id)
    members = await staff.names(app, {by for by in (task.replied_by, task.seen_by) if by})
    return ReadTask(
        **(await shown(app, [task]))[0].model_dump(),
        **task.model_dump(include={"note", "answered_by", "reply", "replied_at", "seen_at"}),
        replied_by_name=members.get(task.replied_by or ""),
        seen_by_name=members.get(task.seen_by or ""),
        answers=questionnaires.in_words(questionnaire, task.answers or {}, task.score),
        red_texts=[flag.text for flag in task.score.red] if task.score else [],
    )


async def counts(app: App, *, by: Actor) -> FollowupCounts:
    """The numbers of the overview, for patients in my care."""
    in_care = await _in_care(app, by)
    answered = in_care | {"state": State.ANSWERED, "answered_at": {"$gte": shanghai_at(shanghai_date(app.now()))}}
    return FollowupCounts(
        open=await store.count(app, in_care | {"state": State.OPEN}),
        overdue=await store.count(app, in_care | _OVERDUE),
        answered_today=await store.count(app, answered),
        red=await store.count(app, answered | {"red": True}),
    )


async def _in_care(app: App, by: Actor) -> dict[str, Any]:
    return {"patient_id": {"$in": await patients.in_care(app, by)}}


async def shown(app: App, tasks: Sequence[Task]) -> list[StaffTask]:
    """Tasks as rows of a list, in their order."""
    names = await patients.names(app, {task.patient_id for task in tasks})
    states = await messages.states_of_subjects(app, [task.id for task in tasks])
    return [
        StaffTask(
            **task.model_dump(include=_SAME),
            status=task.state,
            patient_name=names[task.patient_id],
            score_text=task.score.text if task.score else None,
            total=task.score.total if task.score else None,
            message_state=states.get(task.id),
        )
        for task in tasks
    ]
