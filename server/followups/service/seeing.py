"""What staff do with answers, one or many at once: see them, reply to them, have the patient called."""

import functools
import json
from pathlib import Path

from server import audit, errors
from server.contacts import service as contacts
from server.context import Actor, App
from server.db import Tx
from server.followups import rules, store
from server.followups.models import (
    AlreadyReplied,
    Chosen,
    Done,
    NotDone,
    NotDoneReason,
    NothingToReply,
    QuickReplies,
    ReadTask,
    Reply,
    ReplyToChosen,
    State,
    Task,
)
from server.followups.service.facts import reply
from server.followups.service.reading import shown_with_answers
from server.patients import service as patients
from server.staff import service as staff


async def quick_replies(app: App, *, by: Actor) -> QuickReplies:
    """Texts to begin a reply with."""
    return QuickReplies(items=list(_read(app.settings.quick_replies_file)))


async def reply_to(app: App, task_id: str, given: Reply, *, by: Actor) -> ReadTask:
    """Reply to a patient of mine (A14). NotFound, NoCareRelation, NothingToReply, AlreadyReplied unless `replace`."""
    task = await store.get(app, task_id)
    if task is None:
        raise errors.NotFound()
    await patients.check_care(app, by, task.patient_id)
    if task.state not in rules.ENDED:
        raise NothingToReply()
    await app.db.transact(lambda tx: reply(app, task_id, given.text, by=by, tx=tx, replace=given.replace))
    return await shown_with_answers(app, await store.get(app, task_id) or task)


async def reply_many(app: App, given: ReplyToChosen, *, by: Actor) -> Done:
    """One text to the patients of all these; who was replied to before keeps what he was told."""
    mine, result = await _mine(app, given, by)
    for task in mine:
        if task.state not in rules.ENDED:
            _skip(result, task, "not_ended")
            continue
        try:
            await app.db.transact(lambda tx, task=task: _reply_first(app, task, given.text, by, tx))  # type: ignore[misc]
            result.done.append(task.id)
        except AlreadyReplied:
            _skip(result, task, "already_replied")
    return await _named(app, mine, result)


async def _reply_first(app: App, task: Task, text: str, by: Actor, tx: Tx) -> None:
    await reply(app, task.id, text, by=by, tx=tx, replace=False)


async def see(app: App, chosen: Chosen, *, by: Actor) -> Done:
    """I have seen these: nobody need look at them again. Who was faster is named."""
    mine, result = await _mine(app, chosen, by)
    ended = [task for task in mine if task.state in rules.ENDED]
    marked = await _mark(app, ended, by.id, None, "followups.see", by)
    for task in mine:
        if task.id in marked:
            result.done.append(task.id)
        else:
            _skip(result, task, "already_seen" if task in ended else "not_ended")
    return await _named(app, mine, result)


async def unsee(app: App, chosen: Chosen, *, by: Actor) -> Done:
    """I have not seen these after all; only one's own marks go away."""
    mine, result = await _mine(app, chosen, by)
    freed = await _mark(app, mine, None, by.id, "followups.unsee", by)
    for task in mine:
        if task.id in freed:
            result.done.append(task.id)
        else:
            _skip(result, task, "not_seen_by_me")
    return await _named(app, mine, result)


async def call_many(app: App, chosen: Chosen, *, by: Actor) -> Done:
    """Have the patients of these called; nobody twice about the same questionnaire."""
    mine, result = await _mine(app, chosen, by)
    for task in mine:
        if task.state not in (State.OPEN, *rules.ENDED):
            _skip(result, task, "not_sent")
        elif await app.db.transact(lambda tx, task=task: _ask(app, task, by, tx)):  # type: ignore[misc]
            result.done.append(task.id)
        else:
            _skip(result, task, "already_asked")
    return await _named(app, mine, result)


async def _ask(app: App, task: Task, by: Actor, tx: Tx) -> str | None:
    about_silence = f"undelivered:{rules.notice_key(task.kind)}:{task.id}:{task.patient_id}"  # as contacts names it
    asked = await contacts.ask_to_call(
        app,
        key=about_silence if task.state is State.OPEN else f"followups.call:{task.id}",
        kind="followup",
        patient_id=task.patient_id,
        department_id=task.department_id,
        doctor_id=by.doctor_id,
        clinical=True,
        subject="医生请您电话随访",
        subject_id=task.id,
        script=rules.call_script(app.settings.hospital_name, task),
        due_at=rules.call_at(task, app.now()),
        tx=tx,
    )
    if asked:
        await audit.record(app, by, "followups.call", patient_ids=[task.patient_id], why=task.id, tx=tx)
    return asked


async def _mark(app: App, tasks: list[Task], seen: str | None, before: str | None, action: str, by: Actor) -> set[str]:
    async def work(tx: Tx) -> set[str]:
        marked = await store.see(app, [task.id for task in tasks], seen, before, app.now(), tx)
        if marked:
            whose = sorted({task.patient_id for task in tasks if task.id in marked})
            await audit.record(app, by, action, patient_ids=whose, why=f"{len(marked)}", tx=tx)
        return marked

    return await app.db.transact(work)


async def _mine(app: App, chosen: Chosen, by: Actor) -> tuple[list[Task], Done]:
    """The tasks of my patients, each once; the others are skipped, and the try is recorded."""
    wanted = list(dict.fromkeys(chosen.task_ids))
    found = await store.several(app, wanted)
    in_care = set(await patients.in_care(app, by))
    mine = [found[id] for id in wanted if id in found and found[id].patient_id in in_care]
    kept = {task.id for task in mine}
    strangers = sorted({task.patient_id for task in found.values() if task.id not in kept})
    if strangers:
        await audit.record(app, by, "patients.refused", patient_ids=strangers, why="no care relation")
    skipped = [NotDone(task_id=id, reason="no_care_relation") for id in wanted if id not in kept]
    return mine, Done(done=[], skipped=skipped)


def _skip(result: Done, task: Task, reason: NotDoneReason) -> None:
    result.skipped.append(NotDone(task_id=task.id, reason=reason))


async def _named(app: App, mine: list[Task], result: Done) -> Done:
    """Put names beside what was skipped: the patient's, and who was faster."""
    if not result.skipped:
        return result
    known = await store.several(app, [task.id for task in mine])
    names = await patients.names(app, {task.patient_id for task in known.values()})
    members = await staff.names(app, {by for t in known.values() for by in (t.seen_by, t.replied_by) if by})
    for one in result.skipped:
        task = known.get(one.task_id)
        if task:
            one.patient_name = names[task.patient_id]
            faster = {"already_seen": task.seen_by, "already_replied": task.replied_by}.get(one.reason)
            one.by_name = members.get(faster or "", "")
    return result


@functools.cache
def _read(file: Path) -> tuple[str, ...]:
    return tuple(str(text) for text in json.loads(file.read_text())["items"])
