"""What a plan does with its tasks: many sent, reminded of, ended or taken back in one transaction of the plan's."""

from collections.abc import Collection, Mapping, Sequence

from server.context import Actor, App, Event
from server.db import Tx
from server.followups import rules, store
from server.followups.models import State, Task, TaskOfPlan
from server.messages import service as messages


async def make(app: App, new: Sequence[TaskOfPlan], tx: Tx) -> None:
    """Tasks that are on the phones from now on. One enrolment has one live task at the most."""
    tasks = [
        Task(
            **each.model_dump(exclude={"n"}),
            sent_by=None,
            state=State.OPEN,
            live_of=f"plan:{each.enrolment_id}",
        )
        for each in new
    ]
    dedupes = [f"plan:{each.enrolment_id}:{each.n}" for each in new]
    await store.add_many(app, list(zip(tasks, dedupes, strict=True)), tx)
    await app.db.emit_many("followups.due", [{"task_id": task.id} for task in tasks], tx)


async def remind(app: App, waves: Mapping[str, int], tx: Tx) -> None:
    """Ask again those who have not answered: task -> number of the wave."""
    still = await store.still(app, list(waves), State.OPEN, tx)
    await app.db.emit_many("followups.due", [{"task_id": id, "wave": waves[id]} for id in still], tx)


async def end_unanswered(app: App, task_ids: Sequence[str], tx: Tx) -> None:
    """The time of these is over: those not answered are expired, and it is said."""
    still = await store.still(app, task_ids, State.OPEN, tx)
    await store.end_many(app, list(still), State.EXPIRED, tx)
    said = [{"task_id": id, "patient_id": patient_id} for id, patient_id in still.items()]
    await app.db.emit_many("followups.expired", said, tx)


async def withdraw(app: App, task_ids: Sequence[str], tx: Tx) -> None:
    """These are not to be answered any more: whoever was to be reminded or called is left alone."""
    still = await store.still(app, task_ids, State.OPEN, tx)
    await store.end_many(app, list(still), State.WITHDRAWN, tx)
    await app.db.emit_many("followups.withdrawn", [{"task_id": id} for id in still], tx)


async def hush(app: App, event: Event) -> None:
    """followups.answered, .withdrawn: what still waits to be said about the task is not said."""
    task = await store.get(app, event.data["task_id"])
    if task:
        await messages.not_needed(app, rules.notice_key(task.kind), task.id)


async def take_death(app: App, event: Event) -> None:
    """contacts.deceased: what was sent or planned is taken back, whoever sent it."""
    await app.db.transact(lambda tx: _take_back(app, event.data["patient_id"], tx))


async def refuse(app: App, patient_id: str, *, by: Actor, tx: Tx) -> None:
    """A patient wants to be asked nothing any more: what is out is taken back, and nothing is sent."""
    await store.refuse(app, patient_id, by.id, tx)
    await _take_back(app, patient_id, tx)


async def allow(app: App, patient_id: str, tx: Tx) -> bool:
    """He may be asked again; False when he had not refused."""
    return await store.allow(app, patient_id, tx)


async def refused(app: App, patient_ids: Collection[str], tx: Tx | None = None) -> set[str]:
    """Who of these patients wants to be asked nothing."""
    return await store.refused(app, patient_ids, tx)


async def _take_back(app: App, patient_id: str, tx: Tx) -> None:
    taken = await store.withdraw_all(app, patient_id, tx)
    await app.db.emit_many("followups.withdrawn", [{"task_id": id} for id in taken], tx)
