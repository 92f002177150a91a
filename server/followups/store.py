"""Follow-up tasks in Mongo: one document each, answers and scores sealed."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from server.context import App
from server.db import Tx, session_of
from server.followups.models import State, Task

Doc = dict[str, Any]
_REFUSED = "followups_refused"
_SEALED = {"note", "draft", "answers", "score", "reply"}


class ThereAlready(Exception):
    """A task of this `dedupe` or `live_of` exists; not a refusal: the service goes on without it."""


def _seal(app: App, task: Task) -> Doc:
    return app.security.seal("tasks", task.id, task.model_dump(mode="json", include=_SEALED))


def _task(app: App, doc: Doc) -> Task:
    opened = app.security.open("tasks", doc["_id"], doc["sealed"])
    return Task.model_validate({**doc, **opened, "id": doc["_id"]}, extra="ignore")


async def add(app: App, task: Task, dedupe: str, tx: Tx) -> None:
    """Keep a new task. ThereAlready."""
    doc = task.model_dump(exclude={"id", *_SEALED}) | {"_id": task.id, "sealed": _seal(app, task), "dedupe": dedupe}
    try:
        await app.db["tasks"].insert_one(doc, session=tx.session)
    except DuplicateKeyError:
        raise ThereAlready() from None


async def get(app: App, task_id: str, tx: Tx | None = None) -> Task | None:
    doc = await app.db["tasks"].find_one({"_id": task_id}, session=session_of(tx))
    return _task(app, doc) if doc else None


async def open_of(app: App, patient_id: str, questionnaire_id: str) -> bool:
    """Whether a task with this questionnaire waits for this patient, whoever sent it."""
    states = {"$in": [State.PLANNED, State.OPEN]}
    query = {"patient_id": patient_id, "questionnaire_id": questionnaire_id, "state": states}
    return bool(await app.db["tasks"].find_one(query, {"_id": 1}))


async def move(app: App, task: Task, expected: State, tx: Tx | None = None) -> bool:
    """Store a task whose state was `expected`; False when somebody was faster."""
    doc = task.model_dump(exclude={"id", *_SEALED}) | {"sealed": _seal(app, task)}
    query = {"_id": task.id, "state": expected}
    return bool((await app.db["tasks"].update_one(query, {"$set": doc}, session=session_of(tx))).modified_count)


async def of_patients(app: App, patient_ids: Sequence[str], states: Sequence[State]) -> list[Task]:
    query = {"patient_id": {"$in": list(patient_ids)}, "state": {"$in": list(states)}}
    return [_task(app, doc) async for doc in app.db["tasks"].find(query).sort("due_at", -1).limit(100)]


async def page(app: App, query: Doc, before: str | None, limit: int) -> list[Task]:
    wanted = query | ({"_id": {"$lt": before}} if before else {})
    return [_task(app, doc) async for doc in app.db["tasks"].find(wanted).sort("_id", -1).limit(limit)]


async def add_many(app: App, tasks: Sequence[tuple[Task, str]], tx: Tx) -> None:
    """Keep new tasks, each with its `dedupe`; one write. A task that is there already fails the transaction."""
    docs = [
        task.model_dump(exclude={"id", *_SEALED}) | {"_id": task.id, "sealed": _seal(app, task), "dedupe": dedupe}
        for task, dedupe in tasks
    ]
    if docs:
        await app.db["tasks"].insert_many(docs, session=tx.session)


async def still(app: App, task_ids: Sequence[str], state: State, tx: Tx) -> dict[str, str]:
    """Which of these tasks are in this state, with their patients."""
    query = {"_id": {"$in": list(task_ids)}, "state": state}
    found = app.db["tasks"].find(query, {"patient_id": 1}, session=tx.session)
    return {doc["_id"]: doc["patient_id"] async for doc in found}


async def end_many(app: App, task_ids: Sequence[str], state: State, tx: Tx) -> None:
    """Open tasks end in this state."""
    query = {"_id": {"$in": list(task_ids)}, "state": State.OPEN}
    values = {"state": state, "live_of": None}
    await app.db["tasks"].update_many(query, {"$set": values}, session=tx.session)


async def withdraw_all(app: App, patient_id: str, tx: Tx) -> list[str]:
    """Take back what a patient has not answered yet; which tasks."""
    query: Doc = {"patient_id": patient_id, "state": {"$in": [State.PLANNED, State.OPEN]}}
    taken = [doc["_id"] async for doc in app.db["tasks"].find(query, {"_id": 1}, session=tx.session)]
    values = {"state": State.WITHDRAWN, "live_of": None}
    await app.db["tasks"].update_many(query | {"_id": {"$in": taken}}, {"$set": values}, session=tx.session)
    return taken


async def count(app: App, query: Doc) -> int:
    return await app.db["tasks"].count_documents(query)


async def of_questionnaire(app: App, patient_id: str, key: str, until: datetime, limit: int) -> list[Task]:
    """A patient's ended tasks with any version of a questionnaire, the one that ended last first."""
    query: Doc = {"patient_id": patient_id, "state": {"$in": [State.ANSWERED, State.EXPIRED]}}
    query |= {"questionnaire_id": {"$regex": rf"^{re.escape(key)}\."}, "due_at": {"$lte": until}}
    return [_task(app, doc) async for doc in app.db["tasks"].find(query).sort("due_at", -1).limit(limit)]


async def answered(
    app: App, questionnaire_id: str, start: datetime, end: datetime, whose: Doc, limit: int
) -> list[Task]:
    query = whose | {"questionnaire_id": questionnaire_id, "state": State.ANSWERED}
    query |= {"answered_at": {"$gte": start, "$lt": end}}
    return [_task(app, doc) async for doc in app.db["tasks"].find(query).sort("answered_at", 1).limit(limit)]


async def write_reply(app: App, task: Task, tx: Tx) -> None:
    """Store the reply to a task's answers; who replies has seen them."""
    seen = task.model_dump(include={"replied_at", "replied_by", "seen_at", "seen_by"})
    values = {"sealed": _seal(app, task)} | seen
    await app.db["tasks"].update_one({"_id": task.id}, {"$set": values}, session=tx.session)


async def expire(app: App, task_id: str, now: datetime, tx: Tx) -> bool:
    """End a task that nobody answered in time."""
    query = {"_id": task_id, "state": State.OPEN, "expires_at": {"$lte": now}}
    values = {"state": State.EXPIRED, "live_of": None}
    return bool((await app.db["tasks"].update_one(query, {"$set": values}, session=tx.session)).modified_count)


async def several(app: App, task_ids: Sequence[str]) -> dict[str, Task]:
    found = app.db["tasks"].find({"_id": {"$in": list(task_ids)}})
    return {doc["_id"]: _task(app, doc) async for doc in found}


async def of_patient(app: App, patient_id: str, states: Sequence[State], limit: int) -> list[Task]:
    """A patient's tasks in these states, newest first."""
    query = {"patient_id": patient_id, "state": {"$in": list(states)}}
    return [_task(app, doc) async for doc in app.db["tasks"].find(query).sort("due_at", -1).limit(limit)]


async def see(app: App, task_ids: Sequence[str], by: str | None, before: str | None, at: datetime, tx: Tx) -> set[str]:
    """Mark tasks that `before` has marked (None: nobody) as seen by `by` (None: take the mark away); which ones."""
    query = {"_id": {"$in": list(task_ids)}, "seen_by": before}
    found = {doc["_id"] async for doc in app.db["tasks"].find(query, {"_id": 1}, session=tx.session)}
    values = {"seen_by": by, "seen_at": at if by else None}
    await app.db["tasks"].update_many({"_id": {"$in": sorted(found)}}, {"$set": values}, session=tx.session)
    return found


# --- who is left in peace -------------------------------------------------------------------------


async def refuse(app: App, patient_id: str, by: str, tx: Tx) -> None:
    """This patient wants to be asked nothing any more."""
    said = {"$set": {"by": by, "at": app.now()}}
    await app.db[_REFUSED].update_one({"_id": patient_id}, said, upsert=True, session=tx.session)


async def allow(app: App, patient_id: str, tx: Tx) -> bool:
    """He may be asked again; False when he had not refused."""
    return bool((await app.db[_REFUSED].delete_one({"_id": patient_id}, session=tx.session)).deleted_count)


async def refused(app: App, patient_ids: Collection[str], tx: Tx | None = None) -> set[str]:
    """Who of these wants to be left in peace."""
    wanted = {"_id": {"$in": sorted(patient_ids)}}
    return {doc["_id"] async for doc in app.db[_REFUSED].find(wanted, {"_id": 1}, session=session_of(tx))}
