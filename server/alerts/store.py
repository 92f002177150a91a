"""Alerts and the roster in Mongo. Every move of an alert is guarded by its state and round."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from server.alerts.models import Alert, Shift, State, Told
from server.context import App
from server.db import Tx, session_of

Doc = dict[str, Any]
_SEALED = {"reasons", "note", "outcome"}
_ROSTER = "roster"


def _alert(app: App, doc: Doc) -> Alert:
    opened = app.security.open("alerts", doc["_id"], doc["sealed"])
    return Alert.model_validate({**doc, **opened, "id": doc["_id"]}, extra="ignore")


def _doc(app: App, alert: Alert) -> Doc:
    sealed = app.security.seal("alerts", alert.id, alert.model_dump(mode="json", include=_SEALED))
    return alert.model_dump(exclude={"id", "told", *_SEALED}) | {"sealed": sealed}


async def add(app: App, alert: Alert, tx: Tx) -> bool:
    """Keep a new alert, once per id; False when it is there already."""
    first = {"$setOnInsert": _doc(app, alert) | {"told": []}}
    done = await app.db["alerts"].update_one({"_id": alert.id}, first, upsert=True, session=tx.session)
    return done.upserted_id is not None


async def get(app: App, alert_id: str, tx: Tx | None = None) -> Alert | None:
    doc = await app.db["alerts"].find_one({"_id": alert_id}, session=session_of(tx))
    return _alert(app, doc) if doc else None


async def move(app: App, before: Alert, after: Alert, tx: Tx) -> bool:
    """Store what became of an alert; False when somebody was faster."""
    guard = {"_id": before.id, "state": before.state, "round": before.round, "taken_by": before.taken_by}
    done = await app.db["alerts"].update_one(guard, {"$set": _doc(app, after)}, session=tx.session)
    return bool(done.matched_count)


async def note_told(app: App, alert_id: str, round: int, told: Told) -> None:
    """Write down once who was told in a round."""
    line = told.model_dump() | {"round": round}
    await app.db["alerts"].update_one({"_id": alert_id, "told.round": {"$ne": round}}, {"$push": {"told": line}})


async def late(app: App, now: datetime, limit: int) -> list[str]:
    """Alerts whose deadline has passed, the longest overdue first."""
    found = app.db["alerts"].find({"deadline_at": {"$lte": now}}, {"_id": 1}).sort("deadline_at", 1).limit(limit)
    return [doc["_id"] async for doc in found]


async def any_late(app: App, now: datetime) -> bool:
    return bool(await app.db["alerts"].find_one({"deadline_at": {"$lte": now}}, {"_id": 1}))


async def page(app: App, where: Doc, state: State, before: str | None, limit: int) -> list[Alert]:
    wanted = {"$and": [where, {"state": state}, {"_id": {"$lt": before}} if before else {}]}
    return [_alert(app, doc) async for doc in app.db["alerts"].find(wanted).sort("_id", -1).limit(limit)]


async def count(app: App, where: Doc) -> int:
    return await app.db["alerts"].count_documents(where)


async def of_patient(app: App, patient_id: str) -> list[Alert]:
    """A patient's alerts, newest first."""
    found = app.db["alerts"].find({"patient_id": patient_id}).sort("_id", -1).limit(50)
    return [_alert(app, doc) async for doc in found]


# --- the roster -----------------------------------------------------------------------------------


async def shifts(app: App) -> tuple[list[Shift], datetime | None]:
    """The lines of the roster, and when they were changed last."""
    doc = await app.db["roster"].find_one({"_id": _ROSTER})
    return ([Shift.model_validate(shift) for shift in doc["shifts"]], doc["at"]) if doc else ([], None)


async def set_shifts(app: App, new: Sequence[Shift], at: datetime, tx: Tx) -> None:
    values = {"shifts": [shift.model_dump(by_alias=True) for shift in new], "at": at}
    await app.db["roster"].replace_one({"_id": _ROSTER}, values, upsert=True, session=tx.session)
