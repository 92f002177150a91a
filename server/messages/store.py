"""Messages, consents and windows in Mongo. Each consent gained or consumed leaves a line in `permission_moves`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from server.context import App
from server.db import Tx, session_of
from server.messages.models import Message, Notice, State, Tier

Doc = dict[str, Any]


async def add(app: App, notice: Notice, tier: Tier, now: datetime, tx: Tx | None) -> str | None:
    """Insert once per `dedupe`; the id, or None when it was there already."""
    message_id = app.new_id()
    doc = notice.model_dump(include={"key", "account_id", "patient_id", "path", "dedupe", "not_after"})
    sealed = app.security.seal("messages", message_id, {"facts": notice.facts, "phone": notice.phone})
    doc |= {"_id": message_id, "tier": tier, "state": State.WAITING, "channel": None, "sealed": sealed, "tries": 0}
    doc |= {"created_at": now, "used": [], "last_code": None, "settled_at": None, "msgid": None}
    if tx and await app.db["messages"].find_one({"dedupe": notice.dedupe}, {"_id": 1}, session=tx.session):
        return None  # inside a transaction a duplicate key would abort everything
    try:
        await app.db["messages"].insert_one(doc, session=session_of(tx))
    except DuplicateKeyError:
        return None
    return message_id


async def get(app: App, message_id: str) -> Message | None:
    doc = await app.db["messages"].find_one({"_id": message_id})
    if doc is None:
        return None
    opened = app.security.open("messages", doc["_id"], doc["sealed"])
    return Message.model_validate({**doc, **opened, "id": doc["_id"]}, extra="ignore")


async def change(app: App, message_id: str, expected: Sequence[State], **values: Any) -> bool:
    """Change a message if it is in one of these states."""
    found = {"_id": message_id, "state": {"$in": list(expected)}}
    return bool((await app.db["messages"].update_one(found, {"$set": values})).modified_count)


async def start_sending(app: App, message_id: str, channel: str) -> None:
    await app.db["messages"].update_one(
        {"_id": message_id}, {"$set": {"state": State.SENDING, "channel": channel}, "$inc": {"tries": 1}}
    )


async def give_up_channel(app: App, message_id: str, channel: str, code: str) -> None:
    await app.db["messages"].update_one(
        {"_id": message_id}, {"$set": {"state": State.WAITING, "last_code": code}, "$addToSet": {"used": channel}}
    )


async def settle_by_msgid(app: App, msgid: str, state: State, code: str, now: datetime) -> None:
    """The platform's last word on a message that we sent."""
    await app.db["messages"].update_one(
        {"msgid": msgid, "state": {"$in": [State.SENT, State.SENDING]}},
        {"$set": {"state": state, "last_code": code, "settled_at": now}},
    )


async def page(app: App, state: State | None, before: str | None, limit: int) -> list[Doc]:
    query: Doc = {"state": state} if state else {}
    if before:
        query["_id"] = {"$lt": before}
    return await app.db["messages"].find(query, {"sealed": 0}).sort("_id", -1).limit(limit).to_list()


async def states(app: App, dedupes: Sequence[str]) -> dict[str, Doc]:
    found = app.db["messages"].find({"dedupe": {"$in": list(dedupes)}}, {"dedupe": 1, "state": 1, "channel": 1})
    return {doc["dedupe"]: doc async for doc in found}


# --- permissions --------------------------------------------------------------------------------


async def counts(app: App, account_id: str) -> dict[str, int]:
    """Template id -> consents left; a long-term consent counts as many."""
    found = app.db["permissions"].find({"account_id": account_id})
    return {doc["template_id"]: 1_000_000 if doc["long_term"] else doc["count"] async for doc in found}


async def gain(app: App, account_id: str, template_id: str, long_term: bool, cause: str, now: datetime) -> None:
    """One consent more, once per `cause` (the platform repeats its events)."""
    if not await _move(app, account_id, template_id, "gained", cause, now):
        return
    change: Doc = {"$set": {"account_id": account_id, "template_id": template_id, "long_term": long_term}}
    await app.db["permissions"].update_one(
        {"_id": f"{account_id}:{template_id}"}, change | {"$inc": {"count": 1}}, upsert=True
    )


async def consume(app: App, account_id: str, template_id: str, message_id: str, now: datetime) -> bool:
    """Take one consent for a message; False when there is none."""
    one = {"_id": f"{account_id}:{template_id}"}
    if await app.db["permissions"].find_one({**one, "long_term": True, "count": {"$gt": 0}}):
        return True
    taken = await app.db["permissions"].update_one({**one, "count": {"$gt": 0}}, {"$inc": {"count": -1}})
    if taken.modified_count:
        await _move(app, account_id, template_id, "consumed", message_id, now)
    return bool(taken.modified_count)


async def give_back(app: App, account_id: str, template_id: str, message_id: str, now: datetime) -> None:
    """A consent that was taken and not used by WeChat."""
    if await _move(app, account_id, template_id, "returned", f"{message_id}:{app.new_id()}", now):
        await app.db["permissions"].update_one(
            {"_id": f"{account_id}:{template_id}", "long_term": False}, {"$inc": {"count": 1}}
        )


async def revoke(app: App, account_id: str, template_id: str, cause: str, now: datetime) -> None:
    """The person refused, or WeChat says that nothing is left."""
    await app.db["permissions"].update_one({"_id": f"{account_id}:{template_id}"}, {"$set": {"count": 0}})
    await _move(app, account_id, template_id, "revoked", cause, now)


async def _move(app: App, account_id: str, template_id: str, move: str, cause: str, now: datetime) -> bool:
    line = {"_id": f"{account_id}:{template_id}:{move}:{cause}", "account_id": account_id, "at": now}
    try:
        await app.db["permission_moves"].insert_one(line | {"template_id": template_id, "move": move, "cause": cause})
    except DuplicateKeyError:
        return False
    return True


async def open_window(app: App, account_id: str, until: datetime, sends: int) -> None:
    """The person wrote to us: so many customer-service messages may follow until then."""
    value = {"$set": {"until": until, "left": sends}}
    await app.db["windows"].update_one({"_id": account_id}, value, upsert=True)


async def window_is_open(app: App, account_id: str, now: datetime) -> bool:
    return bool(await app.db["windows"].find_one({"_id": account_id, "until": {"$gt": now}, "left": {"$gt": 0}}))


async def use_window(app: App, account_id: str, now: datetime) -> bool:
    used = await app.db["windows"].update_one(
        {"_id": account_id, "until": {"$gt": now}, "left": {"$gt": 0}}, {"$inc": {"left": -1}}
    )
    return bool(used.modified_count)


async def close_window(app: App, account_id: str) -> None:
    await app.db["windows"].delete_one({"_id": account_id})


async def set_opted_out(app: App, account_id: str, opted_out: bool) -> None:
    await app.db["accounts_silent"].update_one({"_id": account_id}, {"$set": {"opted_out": opted_out}}, upsert=True)


async def is_opted_out(app: App, account_id: str) -> bool:
    return bool(await app.db["accounts_silent"].find_one({"_id": account_id, "opted_out": True}))
