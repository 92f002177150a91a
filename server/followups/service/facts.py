"""What other features ask of follow-up tasks, and the reply of the staff to what a patient answered (R17)."""

from datetime import datetime
from typing import Any

from server import audit, errors
from server.context import Actor, App, Event
from server.db import Tx
from server.followups import rules, store
from server.followups.models import AlreadyReplied, State, Task
from server.messages import service as messages
from server.messages.models import Notice
from server.patients import service as patients
from server.values import mask_name


async def known(app: App, task_id: str) -> Task | None:
    """A task as kept. For features that have checked who asks."""
    return await store.get(app, task_id)


async def latest(app: App, task: Task, key: str, limit: int = 10) -> list[Task]:
    """The patient's ended tasks with this questionnaire up to this one, the newest first; this one included."""
    return await store.of_questionnaire(app, task.patient_id, key, task.due_at, limit)


async def answered(
    app: App, questionnaire_id: str, start: datetime, end: datetime, whose: dict[str, Any], limit: int
) -> list[Task]:
    """Tasks answered in this time, the oldest first. `whose`: a filter on patient_id or department_id."""
    return await store.answered(app, questionnaire_id, start, end, whose, limit)


async def of_patient(app: App, patient_id: str, limit: int) -> list[Task]:
    """A patient's tasks that were sent, newest first. For features that have checked who asks."""
    return await store.of_patient(app, patient_id, (State.OPEN, State.ANSWERED, State.EXPIRED), limit)


async def reply(app: App, task_id: str, text: str, *, by: Actor, tx: Tx, replace: bool = True) -> None:
    """Answer what a patient has answered: he reads it beside his questionnaire, and is told. NotFound.

    A later reply stands in the place of an earlier one (AlreadyReplied unless `replace`); who replies has seen
    the answers. For features that have checked who asks.
    """
    task = await store.get(app, task_id, tx)
    if task is None or task.state not in rules.ENDED:
        raise errors.NotFound()
    if task.replied_at and not replace:
        raise AlreadyReplied()
    changed: dict[str, Any] = {"reply": text, "replied_at": app.now(), "replied_by": by.id}
    if task.seen_by is None:
        changed |= {"seen_at": app.now(), "seen_by": by.id}
    replied = task.model_copy(update=changed)
    await store.write_reply(app, replied, tx)
    await audit.record(app, by, "followups.reply", patient_ids=[task.patient_id], why=task.id, tx=tx)
    await tx.emit("followups.replied", task_id=task.id, reply_id=app.new_id())


async def tell_reply(app: App, event: Event) -> None:
    """followups.replied: who reads this patient's records is told that there is an answer, not what it says."""
    task = await store.get(app, event.data["task_id"])
    if task is None or task.replied_at is None:
        return
    name = mask_name(await patients.display_name(app, task.patient_id))
    for account_id in await patients.accounts_of(app, task.patient_id):
        notice = Notice(
            key="followup_reply",
            account_id=account_id,
            facts=rules.reply_facts(task, name),
            path=f"/h5/pages/tasks/answer?id={task.id}",
            dedupe=f"followups.replied:{event.data['reply_id']}:{account_id}",
            subject_id=task.id,
            patient_id=task.patient_id,
        )
        await messages.notify(app, notice)
