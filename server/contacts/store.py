"""Phone tasks in Mongo: the script and the notes of calls are sealed; taking one is a single guarded update."""

from datetime import datetime
from typing import Any

from server.contacts.models import Attempt, PhoneTask
from server.context import App
from server.db import Tx, session_of

Doc = dict[str, Any]
_COLLECTION = "contacts"


def _task(app: App, doc: Doc) -> PhoneTask:
    opened = app.security.open(_COLLECTION, doc["_id"], doc["sealed"])
    attempts = [_opened(app, doc["_id"], number, kept) for number, kept in enumerate(doc["attempts"])]
    return PhoneTask.model_validate({**doc, **opened, "attempts": attempts, "id": doc["_id"]}, extra="ignore")


def _opened(app: App, task_id: str, number: int, kept: Doc) -> Doc:
    note = app.security.open(_COLLECTION, task_id, kept["sealed"], f"attempt{number}")["note"]
    return {"at": kept["at"], "by": kept["by"], "outcome": kept["outcome"], "note": note}


async def add(app: App, task: PhoneTask, tx: Tx) -> bool:
    """Keep a new task, once per key; False when there is one."""
    if await app.db[_COLLECTION].find_one({"key": task.key}, {"_id": 1}, session=tx.session):
        return False  # inside a transaction a duplicate key would abort everything
    sealed = app.security.seal(_COLLECTION, task.id, {"script": task.script})
    doc = task.model_dump(exclude={"id", "script"}) | {"_id": task.id, "sealed": sealed}
    await app.db[_COLLECTION].insert_one(doc, session=tx.session)
    return True


async def get(app: App, task_id: str, tx: Tx | None = None) -> PhoneTask | None:
    doc = await app.db[_COLLECTION].find_one({"_id": task_id}, session=session_of(tx))
    return _task(app, doc) if doc else None


async def page(app: App, wanted: Doc, way: int, after: tuple[datetime, str] | None, limit: int) -> list[PhoneTask]:
    """Tasks by the time they are due, `way` 1: soonest first; `after` is the last one seen."""
    parts = [wanted]
    if after:
        op, (at, id) = ("$gt" if way > 0 else "$lt"), after
        parts.append({"$or": [{"due_at": {op: at}}, {"due_at": at, "_id": {op: id}}]})
    found = app.db[_COLLECTION].find({"$and": parts}).sort([("due_at", way), ("_id", way)]).limit(limit)
    return [_task(app, doc) async for doc in found]


async def of_patient(app: App, patient_id: str) -> list[PhoneTask]:
    """Tasks about a patient, newest first."""
    found = app.db[_COLLECTION].find({"patient_id": patient_id}).sort("_id", -1).limit(100)
    return [_task(app, doc) async for doc in found]


async def count(app: App, wanted: Doc) -> int:
    return await app.db[_COLLECTION].count_documents(wanted)


async def take(app: App, task_id: str, by: str, real_now: datetime, until: datetime) -> bool:
    """It is this member's now; False when it is another's, or not open."""
    free: list[Doc] = [{"taken_by": None}, {"taken_by": by}, {"taken_until": {"$lte": real_now}}]
    change = {"$set": {"taken_by": by, "taken_until": until}}
    done = await app.db[_COLLECTION].update_one({"_id": task_id, "state": "open", "$or": free}, change)
    return bool(done.matched_count)


async def release(app: App, task_id: str, by: str) -> bool:
    """It is nobody's; False when it was not this member's."""
    change = {"$set": {"taken_by": None, "taken_until": None}}
    done = await app.db[_COLLECTION].update_one({"_id": task_id, "taken_by": by}, change)
    return bool(done.matched_count)


async def add_attempt(app: App, task: PhoneTask, attempt: Attempt, values: Doc, tx: Tx) -> bool:
    """Note a call by the member who has the task; False when it is not his any more."""
    number = len(task.attempts)
    sealed = app.security.seal(_COLLECTION, task.id, {"note": attempt.note}, f"attempt{number}")
    kept = attempt.model_dump(exclude={"note"}) | {"sealed": sealed}
    guard = {"_id": task.id, "state": "open", "taken_by": attempt.by, "attempts": {"$size": number}}
    change = {"$push": {"attempts": kept}, "$set": {"taken_by": None, "taken_until": None, **values}}
    return bool((await app.db[_COLLECTION].update_one(guard, change, session=tx.session)).matched_count)


async def end_others(app: App, patient_id: str, values: Doc, tx: Tx) -> None:
    """No other open task about this patient is called any more."""
    mine = {"patient_id": patient_id, "state": "open"}
    change = {"$set": {"taken_by": None, "taken_until": None, **values}}
    await app.db[_COLLECTION].update_many(mine, change, session=tx.session)


async def call_off(app: App, subject_id: str, before: datetime, values: Doc) -> None:
    """Open calls about a subject that were asked for before then end, but for one that somebody is making."""
    free: list[Doc] = [{"taken_by": None}, {"taken_until": {"$lte": app.real_now()}}]
    wanted = {"subject_id": subject_id, "state": "open", "created_at": {"$lt": before}, "$or": free}
    await app.db[_COLLECTION].update_many(wanted, {"$set": values})


async def heard_of_death(app: App, patient_id: str, since: datetime, tx: Tx) -> bool:
    """Whether a call about this patient has ended since then with the news of a death."""
    known = {"patient_id": patient_id, "result": "deceased", "ended_at": {"$gte": since}}
    return bool(await app.db[_COLLECTION].find_one(known, {"_id": 1}, session=tx.session))
