"""Staff members in Mongo."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from server.context import App
from server.db import Tx, session_of
from server.staff.models import Member, UsernameTaken

Doc = dict[str, Any]


def member(doc: Doc) -> Member:
    return Member.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


async def get(app: App, member_id: str) -> Doc | None:
    return await app.db["staff"].find_one({"_id": member_id})


async def by_username(app: App, username: str) -> Doc | None:
    return await app.db["staff"].find_one({"username": username})


async def all_members(app: App) -> list[Member]:
    return [member(doc) async for doc in app.db["staff"].find().sort("username")]


async def names(app: App, member_ids: list[str]) -> dict[str, str]:
    found = app.db["staff"].find({"_id": {"$in": member_ids}}, {"name": 1})
    return {doc["_id"]: doc["name"] async for doc in found}


async def add(app: App, doc: Doc) -> None:
    try:
        await app.db["staff"].insert_one(doc)
    except DuplicateKeyError:
        raise UsernameTaken() from None


async def change(app: App, member_id: str, values: Doc, tx: Tx | None = None) -> Doc | None:
    return await app.db["staff"].find_one_and_update(
        {"_id": member_id}, {"$set": values}, return_document=True, session=session_of(tx)
    )


async def touch_admins(app: App, now: datetime, tx: Tx) -> int:
    """Mark every admin who may log in as looked at; how many there are.

    A read alone would not do: of two transactions that take the right from one admin each, both
    would still see the other. Writing to all of them makes them meet, and the second one runs again.
    """
    admins = {"roles": "admin", "disabled": False}
    touched = await app.db["staff"].update_many(admins, {"$set": {"admins_at": now}}, session=tx.session)
    return touched.matched_count


async def count_try(app: App, member_id: str, now: datetime, window_s: int) -> int:
    """Count one try to log in; how many there were in this window, which begins with the first."""
    over = {"$lt": [{"$ifNull": ["$tries_since", datetime.fromtimestamp(0, UTC)]}, now - timedelta(seconds=window_s)]}
    count = {"$cond": [over, 1, {"$add": [{"$ifNull": ["$tries", 0]}, 1]}]}
    since = {"$cond": [over, now, "$tries_since"]}
    doc = await app.db["staff"].find_one_and_update(
        {"_id": member_id}, [{"$set": {"tries": count, "tries_since": since}}], return_document=True
    )
    return int(doc["tries"]) if doc else 0
