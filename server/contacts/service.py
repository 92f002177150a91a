"""Ask staff to call somebody, take a call, note how it ended, and show what is to be called."""

from datetime import UTC, datetime
from typing import Any

from server import audit, errors
from server.contacts import rules, store
from server.contacts.models import (
    Attempt,
    CallQuery,
    Kind,
    NewAttempt,
    NotTaken,
    OpenedCall,
    PhoneTask,
    PhoneTasks,
    ShownAttempt,
    ShownTask,
    TakenByAnother,
    TaskEnded,
)
from server.context import Actor, App, Event
from server.db import Tx
from server.directory import service as directory
from server.messages import service as messages
from server.patients import service as patients
from server.patients.models import NoCareRelation
from server.staff import service as staff
from server.values import mask_name

_PAGE = 50


# --- asking -----------------------------------------------------------------------------------


async def ask_to_call(
    app: App,
    *,
    key: str,
    kind: Kind,
    patient_id: str,
    subject: str,
    script: str,
    due_at: datetime,
    account_id: str | None = None,
    department_id: str | None = None,
    doctor_id: str | None = None,
    clinical: bool = False,
    subject_id: str | None = None,
    tx: Tx,
) -> str | None:
    """Have a patient called, once per `key`; joins the transaction. The task's id; None when it was asked before.

    Nobody is called about somebody whose death is known. `subject` stands in lists: nothing clinical in it.
    `contacts.ended` {task_id, kind, patient_id, subject_id, result} tells how it went.
    """
    just_heard = await store.heard_of_death(app, patient_id, app.now() - rules.FILE_KNOWS_AFTER, tx)
    if just_heard or not await patients.living(app, [patient_id]):
        return None
    task = PhoneTask(
        id=app.new_id(),
        key=key,
        kind=kind,
        patient_id=patient_id,
        account_id=account_id,
        department_id=department_id,
        doctor_id=doctor_id,
        clinical=clinical,
        subject=subject,
        subject_id=subject_id,
        script=script,
        due_at=due_at,
        created_at=app.now(),
    )
    return task.id if await store.add(app, task, tx) else None


async def take_undelivered(app: App, event: Event) -> None:
    """messages.undelivered: no channel carried a notice, so somebody tells it by phone."""
    patient_id, message_id = event.data.get("patient_id"), event.data["message_id"]
    said = await messages.said(app, message_id)
    if not patient_id or said is None or (said.not_after and app.now() > said.not_after):
        return
    about = event.data.get("subject_id") or message_id

    async def work(tx: Tx) -> None:
        await ask_to_call(
            app,
            key=f"undelivered:{said.key}:{about}:{patient_id}",
            kind="undelivered",
            patient_id=patient_id,
            account_id=event.data.get("account_id"),
            subject=f"{said.title}没有送到",
            subject_id=event.data.get("subject_id"),
            script=rules.script(app.settings.hospital_name, said.title, said.facts),
            due_at=rules.first_call(said.tier == "critical", app.now()),
            tx=tx,
        )

    await app.db.transact(work)


async def call_off(app: App, event: Event) -> None:
    """followups.answered, .expired, .withdrawn: the calls that were asked for before need not be made any more."""
    await store.call_off(app, event.data["task_id"], event.at, {"state": "not_needed", "ended_at": app.now()})


# --- calling ----------------------------------------------------------------------------------


async def take(app: App, task_id: str, *, by: Actor) -> None:
    """I shall call. NotFound, NoCareRelation, TaskEnded, TakenByAnother."""
    task = await _mine_to_see(app, task_id, by)
    now = app.real_now()
    if not await store.take(app, task_id, by.id, now, now + rules.TAKEN_FOR):
        raise await _why_not(app, task_id)
    await audit.record(app, by, "contacts.take", patient_ids=[task.patient_id], why=task.id)


async def release(app: App, task_id: str, *, by: Actor) -> None:
    """I shall not call after all. NotFound, NoCareRelation, NotTaken."""
    task = await _mine_to_see(app, task_id, by)
    if not await store.release(app, task_id, by.id):
        raise NotTaken()
    await audit.record(app, by, "contacts.release", patient_ids=[task.patient_id], why=task.id)


async def note_attempt(app: App, task_id: str, new: NewAttempt, *, by: Actor) -> OpenedCall:
    """I called: what follows is decided by the rules. NotFound, NoCareRelation, NotTaken, TaskEnded, TakenByAnother."""
    task = await _mine_to_see(app, task_id, by)
    if task.taken_by != by.id:
        raise NotTaken() if task.state == "open" and task.taken_by is None else await _why_not(app, task_id)
    attempt = Attempt(at=app.now(), by=by.id, outcome=new.outcome, note=new.note)
    follows = rules.after(new.outcome, len(task.attempts) + 1, app.now())
    values: dict[str, Any] = {"state": follows.state}
    if follows.due_at:
        values["due_at"] = follows.due_at
    else:
        values |= {"result": new.outcome, "ended_at": app.now()}

    async def work(tx: Tx) -> bool:
        if not await store.add_attempt(app, task, attempt, values, tx):
            return False
        why = f"{task.kind} {new.outcome}"
        await audit.record(app, by, "contacts.call", patient_ids=[task.patient_id], why=why, tx=tx)
        ids = {"task_id": task.id, "patient_id": task.patient_id, "subject_id": task.subject_id, "kind": task.kind}
        if follows.state != "open":
            await tx.emit("contacts.ended", **ids, result=new.outcome, calls=len(task.attempts) + 1)
        if new.outcome == "deceased":
            ended = {"state": "given_up", "result": "deceased", "ended_at": app.now()}
            await store.end_others(app, task.patient_id, ended, tx)
            await tx.emit("contacts.deceased", patient_id=task.patient_id, task_id=task.id)
        return True

    if not await app.db.transact(work):
        raise await _why_not(app, task_id)
    after = await store.get(app, task_id) or task
    return await _opened(app, after, by)


# --- reading ----------------------------------------------------------------------------------


async def listed(app: App, query: CallQuery, *, by: Actor) -> PhoneTasks:
    """What is to be called, soonest first (what has ended: latest first); one audit line names them all."""
    wanted: dict[str, Any] = {"$and": [{"state": query.state}, await _visible(app, by)]}
    if query.mine:
        wanted |= {"taken_by": by.id}
    if query.overdue:
        wanted |= {"state": "open", "due_at": {"$lte": app.now() - rules.OVERDUE_AFTER}}
    way = 1 if query.state == "open" else -1
    found = await store.page(app, wanted, way, _place_in_list(query.next), _PAGE + 1)
    page = found[:_PAGE]
    people = await patients.names(app, {task.patient_id for task in page})
    members = await staff.names(app, {task.taken_by for task in page if task.taken_by})
    departments = (await directory.names(app)).departments
    if page:
        ids = sorted({task.patient_id for task in page})
        await audit.record(app, by, "contacts.list", patient_ids=ids, why="phone tasks")
    items = [_in_list(app, task, people[task.patient_id], members, departments, by) for task in page]
    last = page[-1] if len(found) > _PAGE else None
    return PhoneTasks(items=items, next=f"{int(last.due_at.timestamp() * 1000)}.{last.id}" if last else None)


async def read(app: App, task_id: str, *, by: Actor) -> OpenedCall:
    """One task with name, number and script; recorded with the reason. NotFound, NoCareRelation."""
    return await _opened(app, await _mine_to_see(app, task_id, by), by)


async def of_patient(app: App, patient_id: str) -> list[PhoneTask]:
    """The calls about a patient, newest first. For features that have checked who asks."""
    return await store.of_patient(app, patient_id)


async def count_due(app: App, *, by: Actor) -> int:
    """How many calls wait for this member's kind, for the overview."""
    due = {"state": "open", "due_at": {"$lte": app.now()}}
    return await store.count(app, {"$and": [due, await _visible(app, by)]})


# --- inside -----------------------------------------------------------------------------------


async def _visible(app: App, by: Actor) -> dict[str, Any]:
    """What this member may see: of his patients and his department; the desk all that is not clinical."""
    ways = [{"patient_id": {"$in": await patients.in_care(app, by)}}, patients.care_filter(by)]
    if "desk" in by.roles:
        ways.append({"clinical": False})
    return {"$or": ways}


async def _mine_to_see(app: App, task_id: str, by: Actor) -> PhoneTask:
    task = await store.get(app, task_id)
    if task is None:
        raise errors.NotFound()
    await _why(app, task, by)
    return task


async def _why(app: App, task: PhoneTask, by: Actor) -> str:
    """Why this member may see the task; NoCareRelation (recorded)."""
    if await patients.may_care(app, by, task.patient_id):
        return (await patients.check_care(app, by, task.patient_id)).text
    if "nurse" in by.roles and task.department_id in by.department_ids:
        return "本科室的电话任务"
    if "doctor" in by.roles and by.doctor_id and task.doctor_id == by.doctor_id:
        return "我的电话任务"
    if "desk" in by.roles and not task.clinical:
        return "窗口：通知没有送到"
    await audit.record(app, by, "patients.refused", patient_ids=[task.patient_id], why="no care relation")
    raise NoCareRelation()


async def _why_not(app: App, task_id: str) -> errors.Refusal:
    """Why a task cannot be taken or called by the one who asks."""
    task = await store.get(app, task_id)
    if task is None:
        return errors.NotFound()
    if task.state != "open":
        return TaskEnded()
    return TakenByAnother() if rules.is_taken(task, app.real_now()) else NotTaken()


def _in_list(
    app: App, task: PhoneTask, name: str, members: dict[str, str], departments: dict[str, str], by: Actor
) -> ShownTask:
    taken = rules.is_taken(task, app.real_now())
    return ShownTask(
        **task.model_dump(include={"id", "kind", "state", "subject", "due_at"}),
        patient_name_masked=mask_name(name) if name else "",
        department_name=departments.get(task.department_id or "", ""),
        is_due=task.state == "open" and task.due_at <= app.now(),
        is_overdue=rules.is_overdue(task, app.now()),
        attempts=len(task.attempts),
        last_outcome=task.attempts[-1].outcome if task.attempts else None,
        taken_by_name=members.get(task.taken_by or "", "") if taken else None,
        taken_by_me=taken and task.taken_by == by.id,
    )


async def _opened(app: App, task: PhoneTask, by: Actor) -> OpenedCall:
    why = await _why(app, task, by)
    await audit.record(app, by, "contacts.read", patient_ids=[task.patient_id], why=f"{why}；{task.kind} {task.id}")
    callee = await patients.whom_to_call(app, task.patient_id)
    members = await staff.names(app, {a.by for a in task.attempts} | ({task.taken_by} if task.taken_by else set()))
    taken = rules.is_taken(task, app.real_now())
    fields = {"id", "kind", "state", "subject", "subject_id", "patient_id", "script"}
    fields |= {"due_at", "created_at", "result"}
    return OpenedCall(
        **task.model_dump(include=fields),
        patient_name=callee.name,
        guardian_name=callee.guardian_name,
        phone=callee.phone,
        why=why,
        taken_by_name=members.get(task.taken_by or "", "") if taken else None,
        taken_by_me=taken and task.taken_by == by.id,
        attempts=[
            ShownAttempt(at=a.at, by_name=members.get(a.by, ""), outcome=a.outcome, note=a.note) for a in task.attempts
        ],
        attempts_left=max(rules.MOST_ATTEMPTS - len(task.attempts), 0) if task.state == "open" else 0,
    )


def _place_in_list(next: str | None) -> tuple[datetime, str] | None:
    if not next:
        return None
    at, _, id = next.partition(".")
    if not (at.isascii() and at.isdigit()) or len(at) > 13 or not id:
        raise errors.Invalid(fields=["next"])
    return datetime.fromtimestamp(int(at) / 1000, UTC), id
