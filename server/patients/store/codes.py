"""Codes sent to phones, kept as digests, and the counts of tries: truth in Mongo, whatever Redis loses."""

from datetime import datetime, timedelta
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.context import App
from server.db import Tx

Doc = dict[str, Any]


async def claim(app: App, key: str, now: datetime, pause: timedelta) -> bool:
    """Claim the right to do something once per pause; False when that was done a moment ago."""
    free = {"_id": key, "at": {"$lte": now - pause}}
    change = {"$set": {"at": now, "n": 1, "expires_at": now + pause}}
    try:
        await app.db["patient_limits"].update_one(free, change, upsert=True)
    except DuplicateKeyError:
        return False
    return True


async def give_back(app: App, key: str) -> None:
    """What was claimed did not happen."""
    await app.db["patient_limits"].delete_one({"_id": key})


async def newest(app: App, about: str) -> Doc | None:
    """The last code sent about something, used or not."""
    return await app.db["phone_codes"].find_one({"about": about}, sort=[("_id", -1)])


async def add(app: App, doc: Doc) -> None:
    await app.db["phone_codes"].insert_one(doc)


async def forget(app: App, code_id: str) -> None:
    """A code that was never sent."""
    await app.db["phone_codes"].delete_one({"_id": code_id})


async def take_try(app: App, code_id: str, now: datetime, most: int) -> Doc | None:
    """Use up one try of a living code; None when it has none left, is too old or was used."""
    living = {"_id": code_id, "tries": {"$lt": most}, "expires_at": {"$gt": now}, "used": False}
    return await app.db["phone_codes"].find_one_and_update(
        living, {"$inc": {"tries": 1}}, return_document=ReturnDocument.AFTER
    )


async def give_try_back(app: App, code_id: str) -> None:
    """The try was right: it does not count."""
    await app.db["phone_codes"].update_one({"_id": code_id}, {"$inc": {"tries": -1}})


async def use(app: App, code_id: str, tx: Tx) -> bool:
    """Use a code up; False when it was used before."""
    where = {"_id": code_id, "used": False}
    done = await app.db["phone_codes"].update_one(where, {"$set": {"used": True}}, session=tx.session)
    return done.modified_count == 1


async def count(app: App, key: str, expires_at: datetime) -> int:
    """Count one try under a key; the number so far, this one included."""
    change = {"$inc": {"n": 1}, "$setOnInsert": {"expires_at": expires_at}}
    for _ in range(5):
        try:
            doc = await app.db["patient_limits"].find_one_and_update(
                {"_id": key}, change, upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:
            continue
        return int(doc["n"]) if doc else 0
    raise RuntimeError("a count kept appearing under us")
