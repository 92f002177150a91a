"""Appointments in Mongo: every move is one guarded update, every "never two" a unique index."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from server.appointments import rules
from server.appointments.models import Appointment, SameDayTwice
from server.context import App
from server.db import Tx, session_of
from server.directory.models import SlotTaken

Doc = dict[str, Any]


class SeatTaken(Exception):
    """Another hold of this account sits there; not a refusal: the service looks again."""


def _appointment(doc: Doc) -> Appointment:
    return Appointment.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


async def get(app: App, appointment_id: str, tx: Tx | None = None) -> Appointment | None:
    doc = await app.db["appointments"].find_one({"_id": appointment_id}, session=session_of(tx))
    return _appointment(doc) if doc else None


async def free_seat(app: App, account_id: str) -> int | None:
    """A hold seat that is free for this account, or None when it holds as many places as it may."""
    held = app.db["appointments"].find({"account_id": account_id, "hold_seat": {"$type": "int"}}, {"hold_seat": 1})
    taken = {doc["hold_seat"] async for doc in held}
    return next((seat for seat in rules.HOLD_SEATS if seat not in taken), None)


async def add(app: App, appointment: Appointment, tx: Tx) -> None:
    """Keep a new booking. SameDayTwice; SeatTaken."""
    doc = appointment.model_dump(exclude={"id"}) | {"_id": appointment.id}
    try:
        await app.db["appointments"].insert_one(doc, session=tx.session)
    except DuplicateKeyError as error:
        raise _why(error) from None


def _why(error: DuplicateKeyError) -> Exception:
    text = str(error)
    if "three_holds_per_account" in text:
        return SeatTaken()
    return SlotTaken() if "one_live_per_slot" in text else SameDayTwice()


async def move(app: App, appointment_id: str, olds: Iterable[str], new: str, values: Doc, tx: Tx, **guard: Any) -> bool:
    """Move a booking that is in one of `olds`; False when it is not. SameDayTwice when it comes to life again."""
    change: Doc = {"status": new, "live": new in rules.LIVE} | values
    if new != "held":
        change["hold_seat"] = None
    wanted = {"_id": appointment_id, "status": {"$in": list(olds)}, **guard}
    try:
        done = await app.db["appointments"].update_one(wanted, {"$set": change}, session=tx.session)
    except DuplicateKeyError:
        raise SameDayTwice() from None
    return bool(done.matched_count)


async def change(app: App, appointment_id: str, values: Doc, tx: Tx | None = None, **guard: Any) -> bool:
    """Set fields of a booking that is as `guard` says."""
    wanted = {"_id": appointment_id, **guard}
    done = await app.db["appointments"].update_one(wanted, {"$set": values}, session=session_of(tx))
    return bool(done.matched_count)


async def mine(
    app: App, whose: list[Doc], now: datetime, upcoming: bool, after: tuple[datetime, str] | None, limit: int
) -> list[Appointment]:
    """Bookings for which one of `whose` holds, to come (soonest first) or past (newest first)."""
    to_come = {"status": {"$in": rules.UPCOMING}, "ends_at": {"$gt": now}}
    way = 1 if upcoming else -1
    parts: list[Doc] = [{"$or": whose}, to_come if upcoming else {"$nor": [to_come]}]
    parts += _beyond(after, way)
    found = app.db["appointments"].find({"$and": parts}).sort([("starts_at", way), ("_id", way)]).limit(limit)
    return [_appointment(doc) async for doc in found]


async def of_day(app: App, wanted: Doc, after: tuple[datetime, str] | None, limit: int) -> list[Appointment]:
    """Bookings in order of time."""
    parts = [wanted, *_beyond(after, 1)]
    found = app.db["appointments"].find({"$and": parts}).sort([("starts_at", 1), ("_id", 1)]).limit(limit)
    return [_appointment(doc) async for doc in found]


def _beyond(after: tuple[datetime, str] | None, way: int) -> list[Doc]:
    """What comes after the last one seen, in the order (starts_at, id)."""
    if after is None:
        return []
    at, id = after
    op = "$gt" if way > 0 else "$lt"
    return [{"$or": [{"starts_at": {op: at}}, {"starts_at": at, "_id": {op: id}}]}]


async def live_of_clinic(app: App, clinic_id: str) -> list[Appointment]:
    found = app.db["appointments"].find({"clinic_id": clinic_id, "status": {"$in": rules.UPCOMING}})
    return [_appointment(doc) async for doc in found]


async def of_patients(app: App, patient_ids: list[str], on: str) -> list[Appointment]:
    found = app.db["appointments"].find({"patient_id": {"$in": patient_ids}, "on": on}).sort("starts_at", 1)
    return [_appointment(doc) async for doc in found]


async def counts_on(app: App, wanted: Doc) -> dict[str, int]:
    stages = [{"$match": wanted}, {"$group": {"_id": "$status", "n": {"$sum": 1}}}]
    return {doc["_id"]: doc["n"] async for doc in await app.db["appointments"].aggregate(stages)}


async def hand_over(app: App, gone: str, kept: str) -> None:
    """The bookings of an account become another's: both are one person's. A hold too many ends where it is."""
    appointments = app.db["appointments"]
    await appointments.update_many({"account_id": gone, "hold_seat": None}, {"$set": {"account_id": kept}})
    async for doc in appointments.find({"account_id": gone}, {"hold_seat": 1}):
        seat = await free_seat(app, kept)
        if seat is None:
            return
        same = {"_id": doc["_id"], "hold_seat": doc["hold_seat"]}  # unless it has just ended
        await appointments.update_one(same, {"$set": {"account_id": kept, "hold_seat": seat}})
