"""Departments, doctors, clinics and slots in Mongo. A slot changes hands by one guarded update."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo import DeleteMany, InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

from server.context import App
from server.db import Tx, session_of

Doc = dict[str, Any]


async def hospital(app: App) -> Doc | None:
    return await app.db["hospital"].find_one({"_id": "hospital"})


async def set_hospital(app: App, facts: Doc) -> None:
    await app.db["hospital"].replace_one({"_id": "hospital"}, facts, upsert=True)


# --- departments and doctors ------------------------------------------------------------------


async def replace_all(app: App, collection: str, docs: list[Doc]) -> None:
    """Make a small collection be exactly these documents, without a moment of emptiness."""
    puts = [UpdateOne({"_id": doc["_id"]}, {"$set": doc}, upsert=True) for doc in docs]
    gone = DeleteMany({"_id": {"$nin": [doc["_id"] for doc in docs]}})
    await app.db[collection].bulk_write([*puts, gone], ordered=True)


async def departments(app: App) -> list[Doc]:
    return [doc async for doc in app.db["departments"].find().sort([("order", 1), ("_id", 1)])]


async def department(app: App, department_id: str) -> Doc | None:
    return await app.db["departments"].find_one({"_id": department_id})


async def doctors(app: App, department_id: str | None, q: str | None) -> list[Doc]:
    wanted: Doc = {"department_id": department_id} if department_id else {}
    if q:
        like = {"$regex": re.escape(q), "$options": "i"}
        wanted["$or"] = [{"name": like}, {"speciality": like}, {"department_name": like}]
    return [doc async for doc in app.db["doctors"].find(wanted).sort([("department_id", 1), ("_id", 1)])]


async def doctor(app: App, doctor_id: str) -> Doc | None:
    return await app.db["doctors"].find_one({"_id": doctor_id})


# --- clinics ----------------------------------------------------------------------------------


async def known_clinics(app: App, from_on: str) -> dict[str, tuple[str, str]]:
    """What we know of the clinics from a day on: clinic id -> digest of the HIS's text, and our status."""
    found = app.db["clinics"].find({"on": {"$gte": from_on}}, {"digest": 1, "status": 1})
    return {doc["_id"]: (doc["digest"], doc["status"]) async for doc in found}


async def put_clinics(app: App, docs: list[Doc]) -> None:
    """Take over clinics; the status only of new ones: stopping and opening go their own way."""
    puts = []
    for doc in docs:
        facts = {key: value for key, value in doc.items() if key != "status"}
        first = {"$setOnInsert": {"status": doc["status"]}}
        puts.append(UpdateOne({"_id": doc["_id"]}, {"$set": facts, **first}, upsert=True))
    if puts:
        await app.db["clinics"].bulk_write(puts, ordered=False)


async def clinic(app: App, clinic_id: str) -> Doc | None:
    return await app.db["clinics"].find_one({"_id": clinic_id})


async def clinics(app: App, wanted: Doc) -> list[Doc]:
    return [doc async for doc in app.db["clinics"].find(wanted).sort([("on", 1), ("starts_at", 1), ("doctor_id", 1)])]


async def change_status(app: App, clinic_id: str, old: str, new: str, tx: Tx) -> bool:
    moved = await app.db["clinics"].update_one(
        {"_id": clinic_id, "status": old}, {"$set": {"status": new}}, session=tx.session
    )
    return bool(moved.modified_count)


async def asked_from(app: App) -> str | None:
    """The first day of the last refresh."""
    doc = await app.db["directory"].find_one({"_id": "refresh"})
    return doc["from_on"] if doc else None


async def set_asked_from(app: App, from_on: str) -> None:
    await app.db["directory"].update_one({"_id": "refresh"}, {"$set": {"from_on": from_on}}, upsert=True)


# --- slots ------------------------------------------------------------------------------------


def claimable(real_now: datetime) -> list[Doc]:
    """What makes a slot free to take: it is free, or its hold ran out and no payment can come for it."""
    return [{"state": "free"}, {"state": "held", "held_until": {"$lte": real_now}, "ordered": False}]


async def free_counts(app: App, clinic_ids: list[str], starts_after: datetime, real_now: datetime) -> dict[str, int]:
    """How many places of each clinic can be booked now."""
    wanted: Doc = {"clinic_id": {"$in": clinic_ids}, "starts_at": {"$gt": starts_after}, "$or": claimable(real_now)}
    stages: list[Doc] = [{"$match": wanted}, {"$group": {"_id": "$clinic_id", "free": {"$sum": 1}}}]
    return {doc["_id"]: doc["free"] async for doc in await app.db["slots"].aggregate(stages)}


async def slots(app: App, clinic_id: str) -> list[Doc]:
    return [doc async for doc in app.db["slots"].find({"clinic_id": clinic_id}).sort("place_number", 1)]


async def slot(app: App, slot_id: str) -> Doc | None:
    return await app.db["slots"].find_one({"_id": slot_id})


async def add_slots(app: App, docs: list[Doc]) -> None:
    """Make places; those that exist already stay as they are."""
    for start in range(0, len(docs), 2000):
        try:
            await app.db["slots"].bulk_write([InsertOne(doc) for doc in docs[start : start + 2000]], ordered=False)
        except BulkWriteError as error:
            if any(e["code"] != 11000 for e in error.details["writeErrors"]):
                raise


async def move_free_slots(app: App, docs: list[Doc]) -> None:
    """New times for places nobody has."""
    moves = [
        UpdateOne(
            {"_id": doc["_id"], "state": "free"}, {"$set": {"starts_at": doc["starts_at"], "ends_at": doc["ends_at"]}}
        )
        for doc in docs
    ]
    if moves:
        await app.db["slots"].bulk_write(moves, ordered=False)


async def close_surplus(app: App, clinic_id: str, places: int) -> None:
    """The clinic has fewer places now: those nobody has are closed."""
    surplus = {"clinic_id": clinic_id, "place_number": {"$gt": places}, "state": "free"}
    await app.db["slots"].update_many(surplus, {"$set": {"state": "closed", "why": "his"}, "$inc": {"version": 1}})


async def drop_old(app: App, before: datetime) -> None:
    """Forget places of the past that nobody took."""
    await app.db["slots"].delete_many({"ends_at": {"$lt": before}, "state": {"$in": ["free", "closed"]}})


async def close_clinic(app: App, clinic_id: str, tx: Tx | None) -> None:
    """No place of a stopped clinic can be booked, a running booking included."""
    open_ones = {"clinic_id": clinic_id, "state": {"$ne": "closed"}}
    change = {"$set": {"state": "closed", "why": "stopped"}, "$inc": {"version": 1}}
    await app.db["slots"].update_many(open_ones, change, session=session_of(tx))


async def reopen_clinic(app: App, clinic_id: str, tx: Tx) -> None:
    """Places that a stop had closed are free again."""
    change = {"$set": _FREE, "$unset": {"why": ""}, "$inc": {"version": 1}}
    closed = {"clinic_id": clinic_id, "state": "closed", "why": "stopped"}
    await app.db["slots"].update_many(closed, change, session=tx.session)


_FREE: Doc = {"state": "free", "appointment_id": None, "held_until": None, "ordered": False}


async def claim(app: App, slot_id: str, appointment_id: str, until: datetime, starts_after: datetime) -> Doc | None:
    """Take a place by one guarded update; gives it as it was, None when somebody has it or it starts too soon."""
    guard = {"_id": slot_id, "starts_at": {"$gt": starts_after}, "$or": claimable(app.real_now())}
    return await app.db["slots"].find_one_and_update(guard, _held_by(appointment_id, until))


async def claim_free(app: App, slot_id: str, appointment_id: str, starts_after: datetime, tx: Tx) -> bool:
    """Take a free place within a transaction."""
    guard = {"_id": slot_id, "starts_at": {"$gt": starts_after}, "state": "free"}
    change = _held_by(appointment_id, app.real_now())
    return bool((await app.db["slots"].update_one(guard, change, session=tx.session)).matched_count)


def _held_by(appointment_id: str, until: datetime) -> Doc:
    held = {"state": "held", "appointment_id": appointment_id, "held_until": until, "ordered": False}
    return {"$set": held, "$inc": {"version": 1}}


async def change_mine(
    app: App, slot_id: str, appointment_id: str, states: Iterable[str], values: Doc, tx: Tx | None
) -> bool:
    """Change a place that this appointment has in one of these states; False when it has not."""
    guard = {"_id": slot_id, "appointment_id": appointment_id, "state": {"$in": list(states)}}
    done = await app.db["slots"].update_one(guard, {"$set": values, "$inc": {"version": 1}}, session=session_of(tx))
    return bool(done.matched_count)


async def free_mine(app: App, slot_id: str, appointment_id: str, tx: Tx | None) -> bool:
    return await change_mine(app, slot_id, appointment_id, ("held", "taken"), _FREE, tx)
