"""What an answer, a silence, a call or a death means for an enrolment. Repeats and late comers change nothing."""

from server.contacts import service as contacts
from server.context import SYSTEM, Actor, App, Event
from server.db import Tx
from server.followups import service as followups
from server.followups.models import State as TaskState
from server.followups.models import Task
from server.patients import service as patients
from server.plans import store
from server.plans.models.enrolments import About, Enrolment, Entry, Silence
from server.plans.rules import conditions, standing, waves, words
from server.plans.service import alike


async def take_answer(app: App, event: Event) -> None:
    """followups.answered: what is found in the answers decides the next step."""
    await _advance(app, event)


async def take_expiry(app: App, event: Event) -> None:
    """followups.expired: nobody answered in time; the plan goes on or gives up."""
    await _advance(app, event)


async def _advance(app: App, event: Event) -> None:
    task = await followups.known(app, event.data["task_id"])
    if task is None or task.enrolment_id is None or task.state not in (TaskState.ANSWERED, TaskState.EXPIRED):
        return
    found = await store.get(app, task.enrolment_id)
    if found is None:
        return
    plan = await alike.plan(app, found.plan_id)
    people = await patients.identities(app, [task.patient_id])
    person = people.get(task.patient_id)
    about = alike.about(person) if person else About()

    def work(before: Enrolment) -> Enrolment | None:
        if before.waiting is None or before.waiting.task_id != task.id:
            return None
        step = plan.definition.step(before.step)
        at = task.answered_at or app.now()
        entry = standing.entry_of(before, before.waiting, step.title if step else task.title, at)
        if task.state is TaskState.ANSWERED:
            found = conditions.find(plan.definition, task.answers or {}, _scores(task), about, before.history, at)
            said = {"findings": found.keys, "found": found.texts, "numbers": found.numbers, "outcome": "answered"}
            entry = entry.model_copy(update=said)
        return standing.with_entry(before, entry, plan.definition, app.now())[0]

    async def write(tx: Tx) -> None:
        changed = await alike.change(app, task.enrolment_id or "", work, tx)
        if changed and (entry := _entry(changed[1], task.id)) and entry.refer:
            await tx.emit("plans.referred", enrolment_id=changed[1].id, task_id=task.id, patient_id=task.patient_id)

    await app.db.transact(write)


def _entry(enrolment: Enrolment, task_id: str) -> Entry | None:
    return next((entry for entry in reversed(enrolment.history) if entry.task_id == task_id), None)


def _scores(task: Task) -> dict[str, float]:
    """Every number that was computed, by its name; "total" where there is one."""
    if task.score is None:
        return {}
    scores = {value.name: value.total for value in task.score.values if value.total is not None}
    return scores | ({"total": task.score.total} if task.score.total is not None else {})


# --- calls ----------------------------------------------------------------------------------------


async def call(app: App, event: Event) -> None:
    """plans.call_due: nobody answered, or nobody can be told: a member of the staff phones."""
    enrolment = await store.get(app, event.data["enrolment_id"])
    if enrolment:
        await _ask_to_call(app, enrolment)


async def take_undelivered(app: App, event: Event) -> None:
    """messages.undelivered: a follow-up that no channel carried is asked by phone, with the plan's own words."""
    task = await followups.known(app, str(event.data.get("subject_id")))
    enrolment = await store.get(app, task.enrolment_id) if task and task.enrolment_id else None
    if enrolment is None:
        return
    plan = await alike.plan(app, enrolment.plan_id)

    def work(before: Enrolment) -> Enrolment | None:
        step, waiting = plan.definition.step(before.step), before.waiting
        if waiting is None or waiting.called or step is None or "phone" not in step.channels:
            return None
        if task is None or waiting.task_id != task.id:
            return None
        called = waiting.model_copy(update={"called": True, "reachable": False})
        act, next_at = waves.next_act(step, called)
        return before.model_copy(update={"waiting": called, "act": act, "next_at": next_at})

    async def write(tx: Tx) -> bool:
        return bool(await alike.change(app, enrolment.id, work, tx))

    await app.db.transact(write)
    await _ask_to_call(app, await store.get(app, enrolment.id) or enrolment)


async def _ask_to_call(app: App, enrolment: Enrolment) -> None:
    waiting = enrolment.waiting
    task = await followups.known(app, waiting.task_id) if waiting else None
    if task is None or task.state is not TaskState.OPEN:
        return
    plan = await alike.plan(app, enrolment.plan_id)
    step = plan.definition.step(enrolment.step)
    if step is None:
        return
    last = next((e.found or ["没有异常"] for e in reversed(enrolment.history) if e.outcome == "answered"), [])
    why = "微信里没有人可以通知" if waiting and not waiting.reachable else "微信已提醒，还没有回答"
    script = words.call_script(app.settings.hospital_name, plan.definition.title, step, task.due_at, last, why)

    async def write(tx: Tx) -> None:
        await contacts.ask_to_call(
            app,
            key=f"undelivered:followup_due:{task.id}:{task.patient_id}",  # as contacts names it: never two calls
            kind="followup",
            patient_id=task.patient_id,
            department_id=enrolment.department_id,
            doctor_id=enrolment.doctor_id,
            clinical=True,
            subject="随访未回答，请电话随访",
            subject_id=task.id,
            script=script,
            due_at=waves.calling_time(app.now()),
            tx=tx,
        )

    await app.db.transact(write)


async def refer(app: App, event: Event) -> None:
    """plans.referred: the plan asks to send the patient to a doctor: a member of the staff calls him."""
    enrolment = await store.get(app, event.data["enrolment_id"])
    entry = _entry(enrolment, event.data["task_id"]) if enrolment else None
    if enrolment is None or entry is None:
        return
    plan = await alike.plan(app, enrolment.plan_id)
    script = words.referral_script(app.settings.hospital_name, plan.definition.title, entry.found, entry.decided)

    async def write(tx: Tx) -> None:
        await contacts.ask_to_call(
            app,
            key=f"plans.refer:{entry.task_id}",
            kind="other",
            patient_id=enrolment.patient_id,
            department_id=enrolment.department_id,
            doctor_id=enrolment.doctor_id,
            clinical=True,
            subject="随访建议转诊，请联系患者",
            subject_id=enrolment.id,
            script=script,
            due_at=waves.calling_time(app.now()),
            tx=tx,
        )

    await app.db.transact(write)


async def take_call(app: App, event: Event) -> None:
    """contacts.ended: how the call went stands beside the step; who refuses is not asked again (R16)."""
    task = await followups.known(app, str(event.data.get("subject_id")))
    result = event.data["result"]
    if task is None or task.enrolment_id is None:
        return

    def work(before: Enrolment) -> Enrolment | None:
        waiting = before.waiting
        if before.state == "ended" or waiting is None or waiting.task_id != task.id:
            return None
        noted = waiting.model_copy(update={"call": result})
        if result != "refused":
            return before.model_copy(update={"waiting": noted})
        entry = standing.entry_of(before, noted, task.title, app.now()).model_copy(update={"decided": "拒访"})
        kept = before.model_copy(update={"history": [*before.history, entry]})
        return standing.end(kept, "refused", "", app.now())

    await app.db.transact(lambda tx: alike.change(app, task.enrolment_id or "", work, tx))


# --- the end --------------------------------------------------------------------------------------


async def take_death(app: App, event: Event) -> None:
    """contacts.deceased: nothing is asked of him any more, in any plan."""
    await app.db.transact(lambda tx: end_all(app, event.data["patient_id"], "deceased", tx, by=SYSTEM))


async def end_all(app: App, patient_id: str, why: Silence, tx: Tx, *, by: Actor) -> None:
    """End every plan of a patient, take back what is out, and enrol him in none."""
    if why == "opted_out":
        await followups.refuse(app, patient_id, by=by, tx=tx)
    for living in await store.living_of_patient(app, patient_id, tx):
        await alike.change(app, living.id, lambda before: standing.end(before, why, "", app.now()), tx)
