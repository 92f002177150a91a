"""Staff members in Mongo."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from server.context import App
from server.db import Tx, session_of
from server.staff.models import Member, Reach, UsernameTaken

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


async def on_the_staff(app: App, role: str, department_id: str | None) -> list[str]:
    """Who may log in and has this role, in this department if one is named."""
    wanted: Doc = {"roles": role, "disabled": False} | ({"department_ids": department_id} if department_id else {})
    return [doc["_id"] async for doc in app.db["staff"].find(wanted, {"_id": 1}).sort("_id", 1)]


async def enabled(app: App, member_ids: list[str]) -> set[str]:
    """Those of these members who may log in."""
    found = app.db["staff"].find({"_id": {"$in": member_ids}, "disabled": False}, {"_id": 1})
    return {doc["_id"] async for doc in found}


async def reach(app: App, member_ids: list[str]) -> dict[str, Reach]:
    """How these members are reached; those who said nothing are left out."""
    found = app.db["staff_reach"].find({"_id": {"$in": member_ids}})
    return {doc["_id"]: _reach(app, doc) async for doc in found}


def _reach(app: App, doc: Doc) -> Reach:
    sealed = app.security.open("staff_reach", doc["_id"], doc["sealed"]) if "sealed" in doc else {}
    return Reach(phone=sealed.get("phone"), account_id=doc.get("account_id"))


async def set_phone(app: App, member_id: str, phone: str | None) -> None:
    sealed = app.security.seal("staff_reach", member_id, {"phone": phone})
    await app.db["staff_reach"].update_one({"_id": member_id}, {"$set": {"sealed": sealed}}, upsert=True)


async def set_link_code(app: App, member_id: str, code: str, until: datetime) -> None:
    values = {"code": code, "code_until": until}
    await app.db["staff_reach"].update_one({"_id": member_id}, {"$set": values}, upsert=True)


async def link(app: App, code: str, account_id: str, now: datetime) -> str | None:
    """Give the account to the member who was shown this code; his id, or None. A code works once."""
    change = {"$set": {"account_id": account_id}, "$unset": {"code": "", "code_until": ""}}
    wanted = {"code": code, "code_until": {"$gt": now}}
    doc = await app.db["staff_reach"].find_one_and_update(wanted, change)
    return str(doc["_id"]) if doc else None


async def unlink(app: App, member_id: str) -> None:
    await app.db["staff_reach"].update_one({"_id": member_id}, {"$unset": {"account_id": ""}})


async def hand_link_over(app: App, gone: str, kept: str) -> None:
    """Whoever was reached at an account that is gone is reached at the one that stays."""
    await app.db["staff_reach"].update_many({"account_id": gone}, {"$set": {"account_id": kept}})


async def unlink_account(app: App, account_id: str) -> None:
    await app.db["staff_reach"].update_many({"account_id": account_id}, {"$unset": {"account_id": ""}})


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
