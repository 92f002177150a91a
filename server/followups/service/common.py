"""What sending and planning share: a new task, and adding it with its job and its line in the audit."""

from datetime import datetime

from server import audit, errors
from server.context import Actor, App
from server.db import Tx
from server.directory import service as directory
from server.followups import rules, store
from server.followups.models import State, Task
from server.questionnaires.models import Questionnaire

PUSH, EXPIRE = "followups.push", "followups.expire"


def new_task(
    app: App, questionnaire: Questionnaire, patient_id: str, department_id: str | None, from_text: str, due_at: datetime
) -> Task:
    """A task that waits for its time."""
    return Task(
        id=app.new_id(),
        questionnaire_id=questionnaire.id,
        kind=questionnaire.kind,
        title=questionnaire.title,
        patient_id=patient_id,
        department_id=department_id,
        from_text=from_text,
        sent_by=None,
        state=State.PLANNED,
        due_at=due_at,
        expires_at=rules.expires_at(questionnaire.kind, due_at),
    )


async def add(app: App, task: Task, dedupe: str, by: Actor, tx: Tx) -> None:
    """Keep a task and have it pushed when due. store.ThereAlready."""
    await store.add(app, task, dedupe, tx)
    await app.db.schedule(PUSH, task.id, task.due_at, tx=tx)
    await audit.record(app, by, "followups.send", patient_ids=[task.patient_id], why=task.questionnaire_id, tx=tx)


async def department_name(app: App, department_id: str | None) -> str:
    """A department in words; the hospital when there is none."""
    if department_id:
        try:
            return (await directory.department(app, department_id)).name
        except errors.NotFound:
            pass
    return app.settings.hospital_name
