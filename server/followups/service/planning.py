"""What is planned by itself, and what happens when a task's time comes and goes."""

from datetime import datetime

from server.appointments import service as appointments
from server.context import SYSTEM, App, Event
from server.db import Tx
from server.followups import rules, store
from server.followups.models import State, Task
from server.followups.service import common
from server.messages import service as messages
from server.messages.models import Notice
from server.patients import service as patients
from server.questionnaires import service as questionnaires
from server.values import mask_name

SATISFACTION = "satisfaction-outpatient"


async def plan_survey(app: App, event: Event) -> None:
    """queues.seen: an hour later the patient is asked how it was, once per visit (A18)."""
    appointment = await appointments.get(app, event.data["appointment_id"])
    if appointment and await patients.accounts_of(app, appointment.patient_id):
        due_at, dedupe = event.at + rules.SURVEY_AFTER, f"visit:{appointment.id}"
        await _plan(app, SATISFACTION, appointment.patient_id, appointment.department_id, due_at, dedupe)


async def _plan(app: App, key: str, patient_id: str, department_id: str | None, due_at: datetime, dedupe: str) -> None:
    """Plan the newest version of a questionnaire for a patient, once per `dedupe`; nothing without one in use."""
    questionnaire = await questionnaires.latest(app, key)
    if questionnaire is None or await store.refused(app, [patient_id]):
        return
    from_text = await common.department_name(app, department_id)
    task = common.new_task(app, questionnaire, patient_id, department_id, from_text, due_at)

    async def write(tx: Tx) -> None:
        await common.add(app, task, dedupe, SYSTEM, tx)
        if department_id:  # its nurses see the answers
            await patients.relate(app, patient_id, doctor_id=None, department_id=department_id, why="followup", tx=tx)

    try:
        await app.db.transact(write)
    except store.ThereAlready:
        return


async def push(app: App, task_id: str) -> None:
    """Job followups.push: a task is due: it may be answered from now on, and the patient is told."""
    task = await store.get(app, task_id)
    if task is None or task.state is not State.PLANNED:
        return
    if app.now() < task.due_at:
        return await app.db.schedule(common.PUSH, task_id, task.due_at)
    expires_at = rules.expires_at(task.kind, app.now())  # late because no worker ran: still the whole time to answer
    opened = task.model_copy(update={"state": State.OPEN, "expires_at": expires_at})

    async def write(tx: Tx) -> None:
        if await store.move(app, opened, State.PLANNED, tx):
            await tx.emit("followups.due", task_id=task.id)
            await app.db.schedule(common.EXPIRE, task.id, expires_at, tx=tx)

    await app.db.transact(write)


async def expire(app: App, task_id: str) -> None:
    """Job followups.expire: the time to answer is over."""
    task = await store.get(app, task_id)
    if task and task.state is State.OPEN and app.now() < task.expires_at:
        return await app.db.schedule(common.EXPIRE, task_id, task.expires_at)

    async def write(tx: Tx) -> None:
        if task and await store.expire(app, task_id, app.now(), tx):
            await tx.emit("followups.expired", task_id=task_id, patient_id=task.patient_id)

    await app.db.transact(write)


async def tell_due(app: App, event: Event) -> None:
    """followups.due: who reads this patient's records is asked to answer, again with each wave of reminders."""
    task = await store.get(app, event.data["task_id"])
    if task is None or task.state is not State.OPEN:
        return
    for account_id in await patients.accounts_of(app, task.patient_id):
        await messages.notify(app, await _notice(app, task, account_id, int(event.data.get("wave", 0))))


async def _notice(app: App, task: Task, account_id: str, wave: int) -> Notice:
    again = f":{wave}" if wave else ""
    return Notice(
        key=rules.notice_key(task.kind),
        account_id=account_id,
        facts=rules.notice_facts(task, mask_name(await patients.display_name(app, task.patient_id))),
        path=f"/h5/pages/tasks/answer?id={task.id}",
        dedupe=f"followups.due:{task.id}:{account_id}{again}",
        subject_id=task.id,
        patient_id=task.patient_id,
        not_after=task.expires_at,
    )
