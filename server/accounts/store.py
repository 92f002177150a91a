"""Accounts in Mongo: one document per person, `openids` as `app:openid` with a unique index."""

import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from server.accounts.models import Account
from server.context import App, Identity
from server.db import Tx

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


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


async def of_ids(app: App, account_ids: Collection[str]) -> list[Account]:
    return [_account(doc) async for doc in app.db["accounts"].find({"_id": {"$in": list(account_ids)}})]


async def find(app: App, wechat_app: str, openid: str) -> Account | None:
    doc = await app.db["accounts"].find_one({"openids": _key(wechat_app, openid)})
    return _account(doc) if doc else None


class TwoAccounts(Exception):
    """The openid has one account and the unionid another: one person came through both apps before we could know."""


async def enter(app: App, who: Identity, now: datetime) -> Account:
    """The account of an identity, joined by unionid or made new. Two first log-ins at once make one. TwoAccounts."""
    key = _key(who.app, who.openid)
    seen: dict[str, Any] = {"seen_at": now} | ({"unionid": who.unionid} if who.unionid else {})
    for _ in range(3):
        try:
            doc = await app.db["accounts"].find_one_and_update({"openids": key}, {"$set": seen}, return_document=True)
        except DuplicateKeyError:
            raise TwoAccounts() from None
        try:
            if doc is None and who.unionid:
                more = {"$addToSet": {"openids": key}, "$set": seen}
                doc = await app.db["accounts"].find_one_and_update({"unionid": who.unionid}, more, return_document=True)
            if doc is None:
                doc = {"_id": app.new_id(), "openids": [key], "followed": False, "large_type": False, "created_at": now}
                await app.db["accounts"].insert_one(doc := doc | seen)
        except DuplicateKeyError:
            continue  # made by somebody else at this moment
        return _account(doc)
    raise RuntimeError("an account kept changing under us")


async def join(app: App, who: Identity, tx: Tx) -> tuple[str, str] | None:
    """Make the two accounts of one person one; gives the id of the older, which stays, and of the one that is gone.

    None when they are one already.
    """
    accounts, session = app.db["accounts"], tx.session
    either = {"$or": [{"openids": _key(who.app, who.openid)}, {"unionid": who.unionid}]}
    found = [doc async for doc in accounts.find(either, session=session).sort("_id", 1)]
    if len(found) < 2:
        return None
    kept, gone = found
    told = max(found, key=lambda doc: doc.get("told_at") or _NEVER)
    facts = {"unionid": who.unionid, "followed": told["followed"], "told_at": told.get("told_at")}
    facts["large_type"] = kept["large_type"] or gone["large_type"]
    came = max(found, key=lambda doc: doc.get("came_at") or _NEVER)
    facts |= {name: came[name] for name in ("came_by", "came_at") if name in came}
    await accounts.delete_one({"_id": gone["_id"]}, session=session)
    more = {"$addToSet": {"openids": {"$each": gone["openids"]}}, "$set": facts}
    await accounts.update_one({"_id": kept["_id"]}, more, session=session)
    return kept["_id"], gone["_id"]


async def forget(app: App, who: Identity, before: datetime, tx: Tx) -> str | None:
    """Delete the account of an openid that was there before that moment; gives its id."""
    query = {"openids": _key(who.app, who.openid), "created_at": {"$lte": before}}
    doc = await app.db["accounts"].find_one_and_delete(query, session=tx.session)
    return doc["_id"] if doc else None


async def set_followed(app: App, account_id: str, followed: bool, at: datetime) -> None:
    """Take note of it unless something newer is known: the platform's events come in any order."""
    older = {"_id": account_id, "$or": [{"told_at": None}, {"told_at": {"$lte": at}}]}
    await app.db["accounts"].update_one(older, {"$set": {"followed": followed, "told_at": at}})


async def set_came_by(app: App, account_id: str, scene_id: str | None, at: datetime) -> None:
    """Which scene code his following at that time came from, unless he followed again since."""
    older = {"_id": account_id, "$or": [{"came_at": None}, {"came_at": {"$lte": at}}]}
    await app.db["accounts"].update_one(older, {"$set": {"came_by": scene_id, "came_at": at}})


async def count_following_by_scene(app: App) -> dict[str, int]:
    came = {"came_by": {"$type": "string"}, "followed": True}
    found = await app.db["accounts"].aggregate(
        [{"$match": came}, {"$group": {"_id": "$came_by", "count": {"$sum": 1}}}]
    )
    return {doc["_id"]: doc["count"] async for doc in found}


async def followers(app: App, id_ends: str, before: str | None, limit: int) -> list[Account]:
    """Followers whose id ends like this, newest account first."""
    ids: dict[str, Any] = {"$regex": f"{re.escape(id_ends)}$"} | ({"$lt": before} if before else {})
    found = app.db["accounts"].find({"followed": True, "_id": ids}).sort("_id", -1).limit(limit)
    return [_account(doc) async for doc in found]


async def count_followers(app: App) -> int:
    return await app.db["accounts"].count_documents({"followed": True})


async def set_large_type(app: App, account_id: str, large_type: bool) -> None:
    await app.db["accounts"].update_one({"_id": account_id}, {"$set": {"large_type": large_type}})
