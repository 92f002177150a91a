"""Messages, consents and windows in Mongo. Each consent gained or consumed leaves a line in `permission_moves`."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

from pymongo.errors import DuplicateKeyError

from server.context import App
from server.db import Tx, session_of
from server.messages.models import Channel, Message, Notice, Permission, State, Tier
from server.messages.rules import SENDS_PER_WINDOW

Doc = dict[str, Any]
Move = Literal["gained", "consumed", "returned", "revoked"]


class Elsewhere(Exception):
    """Another worker has the message."""


async def add(app: App, notice: Notice, tier: Tier, now: datetime, tx: Tx) -> str | None:
    """Insert once per `dedupe`; the id, or None when it was there already."""
    if await app.db["messages"].find_one({"dedupe": notice.dedupe}, {"_id": 1}, session=tx.session):
        return None  # inside a transaction a duplicate key would abort everything
    message_id = app.new_id()
    doc = notice.model_dump(include={"key", "account_id", "patient_id", "path", "dedupe", "subject_id", "not_after"})
    sealed = app.security.seal("messages", message_id, {"facts": notice.facts, "phone": notice.phone})
    doc |= {"_id": message_id, "tier": tier, "state": State.WAITING, "channel": None, "sealed": sealed, "tries": 0}
    doc |= {"created_at": now, "used": [], "last_code": None, "settled_at": None, "msgid": None}
    await app.db["messages"].insert_one(doc, session=tx.session)
    return message_id


async def get(app: App, message_id: str) -> Message | None:
    doc = await app.db["messages"].find_one({"_id": message_id})
    return _message(app, doc) if doc else None


def _message(app: App, doc: Doc) -> Message:
    opened = app.security.open("messages", doc["_id"], doc["sealed"])
    return Message.model_validate({**doc, **opened, "id": doc["_id"]}, extra="ignore")


async def change(app: App, message_id: str, expected: State, values: Doc, tx: Tx | None = None) -> bool:
    """Change a message if it is in this state."""
    found = {"_id": message_id, "state": expected}
    changed = await app.db["messages"].update_one(found, {"$set": values}, session=session_of(tx))
    return bool(changed.modified_count)


async def start_sending(app: App, message_id: str, channel: Channel, epoch: int, now: datetime, tx: Tx) -> Message:
    """A waiting message is being sent; Elsewhere when it is not waiting (any more)."""
    change = {
        "$set": {"state": State.SENDING, "channel": channel, "consent_epoch": epoch},
        "$inc": {"tries": 1},
        "$min": {f"began.{channel}": now},
    }
    doc = await app.db["messages"].find_one_and_update(
        {"_id": message_id, "state": State.WAITING}, change, return_document=True, session=tx.session
    )
    if doc is None:
        raise Elsewhere()
    return _message(app, doc)


async def give_up_channel(app: App, message: Message, code: str, tx: Tx) -> bool:
    """The channel did not carry it: it waits for another one. False when that was noted before."""
    found = {"_id": message.id, "state": {"$in": [State.SENDING, State.SENT]}, "channel": message.channel}
    change = {"$set": {"state": State.WAITING, "last_code": code}, "$addToSet": {"used": message.channel}}
    return bool((await app.db["messages"].update_one(found, change, session=tx.session)).modified_count)


async def note_outcome(app: App, msgid: str, good: bool, code: str, now: datetime) -> Message | None:
    """The platform's last word on a message; kept for the case that it is quicker than the answer to the sending."""
    line = {"$setOnInsert": {"good": good, "code": code, "at": now}}
    await app.db["message_outcomes"].update_one({"_id": msgid}, line, upsert=True)
    doc = await app.db["messages"].find_one({"msgid": msgid})
    return _message(app, doc) if doc else None


async def outcome_of(app: App, msgid: str) -> tuple[bool, str] | None:
    doc = await app.db["message_outcomes"].find_one({"_id": msgid})
    return (doc["good"], doc["code"]) if doc else None


async def page(app: App, state: State | None, before: str | None, limit: int) -> list[Doc]:
    query: Doc = {"state": state} if state else {}
    if before:
        query["_id"] = {"$lt": before}
    return await app.db["messages"].find(query, {"sealed": 0}).sort("_id", -1).limit(limit).to_list()


async def states_of_subjects(app: App, subject_ids: Sequence[str]) -> list[Doc]:
    found = app.db["messages"].find({"subject_id": {"$in": list(subject_ids)}}, {"subject_id": 1, "state": 1})
    return await found.to_list()


# --- permissions --------------------------------------------------------------------------------


async def counts(app: App, account_id: str) -> dict[str, int]:
    """Template id -> consents left; a long-term consent counts as one that stays."""
    found = app.db["permissions"].find({"account_id": account_id})
    return {doc["template_id"]: doc["count"] async for doc in found}


async def move(
    app: App,
    account_id: str,
    template_id: str,
    name: Move,
    cause: str,
    change: Callable[[Permission], Permission | None],
    tx: Tx,
) -> Permission | None:
    """Change a permission once per cause, with a line of how much: the lines of a permission add up to its count.

    None when nothing was changed: done before, or `change` says no.
    """
    key, session = f"{account_id}:{template_id}", tx.session
    ids = {"account_id": account_id, "template_id": template_id}
    if await app.db["permission_moves"].find_one({"_id": f"{key}:{name}:{cause}"}, {"_id": 1}, session=session):
        return None
    doc = await app.db["permissions"].find_one({"_id": key}, session=session)
    before = Permission.model_validate(doc or {}, extra="ignore")
    after = change(before)
    if after is None:
        return None
    await app.db["permissions"].update_one(
        {"_id": key}, {"$set": ids | after.model_dump()}, upsert=True, session=session
    )
    line = {"_id": f"{key}:{name}:{cause}", "move": name, "cause": cause, "change": after.count - before.count}
    await app.db["permission_moves"].insert_one(line | ids | {"at": app.now()}, session=session)
    return after


# --- the customer-service window ------------------------------------------------------------------


async def open_window(app: App, account_id: str, cause: str, until: datetime, sends: int) -> None:
    """The person wrote to us (`cause`): so many messages may follow until then. An older cause changes nothing."""
    older = {"_id": account_id, "cause": {"$ne": cause}, "until": {"$lte": until}}
    try:
        value = {"$set": {"cause": cause, "until": until, "left": sends}}
        await app.db["windows"].update_one(older, value, upsert=True)
    except DuplicateKeyError:
        return


async def window_is_open(app: App, account_id: str, now: datetime) -> bool:
    return bool(await app.db["windows"].find_one({"_id": account_id, "until": {"$gt": now}, "left": {"$gt": 0}}))


async def use_window(app: App, account_id: str, now: datetime, tx: Tx) -> bool:
    found = {"_id": account_id, "until": {"$gt": now}, "left": {"$gt": 0}}
    used = await app.db["windows"].update_one(found, {"$inc": {"left": -1}}, session=tx.session)
    return bool(used.modified_count)


async def unuse_window(app: App, account_id: str, tx: Tx) -> None:
    """The message did not go out: it does not count."""
    found = {"_id": account_id, "left": {"$lt": SENDS_PER_WINDOW}}
    await app.db["windows"].update_one(found, {"$inc": {"left": 1}}, session=tx.session)


async def close_window(app: App, account_id: str, tx: Tx | None = None) -> None:
    await app.db["windows"].delete_one({"_id": account_id}, session=session_of(tx))


async def set_opted_out(app: App, account_id: str, opted_out: bool, tx: Tx | None) -> None:
    value = {"$set": {"opted_out": opted_out}}
    await app.db["accounts_silent"].update_one({"_id": account_id}, value, upsert=True, session=session_of(tx))


async def is_opted_out(app: App, account_id: str) -> bool:
    return bool(await app.db["accounts_silent"].find_one({"_id": account_id, "opted_out": True}))
