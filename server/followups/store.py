"""Follow-up tasks in Mongo: one document each, answers and scores sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from server.context import App
from server.db import Tx, session_of
from server.followups.models import State, Task

Doc = dict[str, Any]
_SEALED = {"note", "draft", "answers", "score"}


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


async def get(app: App, task_id: str) -> Task | None:
    doc = await app.db["tasks"].find_one({"_id": task_id})
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


async def count(app: App, query: Doc) -> int:
    return await app.db["tasks"].count_documents(query)


async def expire(app: App, task_id: str, now: datetime) -> bool:
    """End a task that nobody answered in time."""
    query = {"_id": task_id, "state": State.OPEN, "expires_at": {"$lte": now}}
    values = {"state": State.EXPIRED, "live_of": None}
    return bool((await app.db["tasks"].update_one(query, {"$set": values})).modified_count)
