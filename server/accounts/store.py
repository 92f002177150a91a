"""Accounts in Mongo: one document per person, `openids` as `app:openid` with a unique index."""

import re
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from server.accounts.models import Account
from server.context import App, Identity


def _key(app: str, openid: str) -> str:
    return f"{app}:{openid}"


def _account(doc: dict[str, Any]) -> Account:
    openids = dict(text.split(":", 1) for text in doc["openids"])
    return Account(
        id=doc["_id"],
        openids=openids,
        unionid=doc.get("unionid"),
        followed=doc["followed"],
        told_at=doc.get("told_at"),
        large_type=doc["large_type"],
    )


async def get(app: App, account_id: str) -> Account | None:
    doc = await app.db["accounts"].find_one({"_id": account_id})
    return _account(doc) if doc else None


async def find(app: App, wechat_app: str, openid: str) -> Account | None:
    doc = await app.db["accounts"].find_one({"openids": _key(wechat_app, openid)})
    return _account(doc) if doc else None


async def enter(app: App, who: Identity, now: datetime) -> Account:
    """The account of an identity, joined by unionid or made new. Two first log-ins at once make one."""
    key = _key(who.app, who.openid)
    seen: dict[str, Any] = {"seen_at": now} | ({"unionid": who.unionid} if who.unionid else {})
    for _ in range(3):
        doc = await app.db["accounts"].find_one_and_update({"openids": key}, {"$set": seen}, return_document=True)
        if doc is None and who.unionid:
            joined = {"$addToSet": {"openids": key}, "$set": seen}
            doc = await app.db["accounts"].find_one_and_update({"unionid": who.unionid}, joined, return_document=True)
        if doc:
            return _account(doc)
        fresh = {"_id": app.new_id(), "openids": [key], "followed": False, "large_type": False, "created_at": now}
        try:
            await app.db["accounts"].insert_one(fresh | seen)
        except DuplicateKeyError:
            continue
        return _account(fresh | seen)
    raise RuntimeError("an account kept changing under us")


async def set_followed(app: App, account_id: str, followed: bool, at: datetime) -> None:
    """Take note of it unless something newer is known: the platform's events come in any order."""
    older = {"_id": account_id, "$or": [{"told_at": None}, {"told_at": {"$lte": at}}]}
    await app.db["accounts"].update_one(older, {"$set": {"followed": followed, "told_at": at}})


async def followers(app: App, id_ends: str, before: str | None, limit: int) -> list[Account]:
    """Followers whose id ends like this, newest account first."""
    ids: dict[str, Any] = {"$regex": f"{re.escape(id_ends)}$"} | ({"$lt": before} if before else {})
    found = app.db["accounts"].find({"followed": True, "_id": ids}).sort("_id", -1).limit(limit)
    return [_account(doc) async for doc in found]


async def count_followers(app: App) -> int:
    return await app.db["accounts"].count_documents({"followed": True})


async def set_large_type(app: App, account_id: str, large_type: bool) -> None:
    await app.db["accounts"].update_one({"_id": account_id}, {"$set": {"large_type": large_type}})
