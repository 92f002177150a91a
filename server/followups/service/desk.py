"""The tasks of today's desk, in groups: red and unseen, answered today, overdue, due today."""

from collections.abc import Sequence
from typing import Any

from server.context import Actor, App
from server.followups import rules, store
from server.followups.models import DeskGroup, DeskTask, DeskTasks, DeskWish, Task
from server.followups.service.reading import shown
from server.patients import service as patients
from server.staff import service as staff

_MOST = 100
_SYSTEM = "系统安排"


async def on_the_desk(app: App, wish: DeskWish, *, by: Actor) -> DeskTasks:
    """Today's tasks of my patients. The caller audits."""
    parts: list[dict[str, Any]] = [{"patient_id": {"$in": await patients.in_care(app, by)}}]
    if wish.department_id:
        parts.append({"department_id": wish.department_id})
    if wish.of_plan is not None:
        parts.append({"enrolment_id": {"$in": wish.of_plan}})
    if wish.sent_by is not None or wish.enrolments is not None:
        either = [{"sent_by": {"$in": wish.sent_by or []}}, {"enrolment_id": {"$in": wish.enrolments or []}}]
        parts.append({"$or": either})
    groups = {}
    for name, query in rules.desk_queries(app.now()).items():
        wanted = {"$and": [*parts, query]}
        found = await store.page(app, wanted, None, _MOST)
        count = await store.count(app, wanted) if len(found) == _MOST else len(found)
        groups[name] = DeskGroup(items=await _on_desk(app, found), count=count)
    groups["due"].items.sort(key=lambda task: task.due_at)
    return DeskTasks(**groups)


async def _on_desk(app: App, tasks: Sequence[Task]) -> list[DeskTask]:
    rows = await shown(app, tasks)
    members = await staff.names(app, {id for task in tasks for id in (task.sent_by, task.seen_by) if id})
    return [
        DeskTask(
            **row.model_dump(),
            **task.model_dump(include={"department_id", "replied_at", "seen_at"}),
            sent_by_name=members.get(task.sent_by or "", _SYSTEM),
            red_texts=[flag.text for flag in task.score.red] if task.score else [],
            seen_by_name=members.get(task.seen_by or ""),
        )
        for task, row in zip(tasks, rows, strict=True)
    ]
