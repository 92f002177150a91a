"""Messages in Mongo, and the queue they stand in until they are settled.

A message in the queue has a `rank` (the tier) and is `due_at` some real time; who takes it in
hand puts his `lease` into it and `due_at` to the lease's end. A settled message has no rank.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from pymongo.errors import DuplicateKeyError

from server.context import App
from server.db import Tx, session_of
from server.messages.models import Channel, Drawn, Message, Notice, State
from server.messages.rules.kinds import RANK, Kind, kind_of
from server.security import Unsealable

Doc = dict[str, Any]
LEASE = timedelta(seconds=20)  # longer than any foreign call may take
ASIDE = timedelta(minutes=2)
_SETTLED = {"rank": "", "waits": "", "due_at": "", "lease": ""}


class Elsewhere(Exception):
    """Somebody else has the message in hand."""


async def add(app: App, notice: Notice, kind: Kind, tx: Tx | None, drawn: Drawn | None = None) -> None:
    """Put a message into the queue, once per `dedupe`."""
    session = session_of(tx)
    if tx and await app.db["messages"].find_one({"dedupe": notice.dedupe}, {"_id": 1}, session=session):
        return  # inside a transaction a duplicate key would abort everything
    message_id = app.new_id()
    doc = notice.model_dump(include={"key", "account_id", "patient_id", "path", "dedupe", "subject_id", "not_after"})
    sealed = app.security.seal("messages", message_id, {"facts": notice.facts, "phone": notice.phone})
    doc |= {"_id": message_id, "tier": kind.tier, "state": State.WAITING, "channel": None, "sealed": sealed, "tries": 0}
    doc |= {"created_at": app.now(), "used": [], "last_code": None, "settled_at": None, "msgid": None}
    doc |= {"rank": RANK[kind.tier], "waits": kind.waits, "due_at": app.real_now(), "lease": None}
    doc |= drawn.model_dump() if drawn else {}
    try:
        await app.db["messages"].insert_one(doc, session=session)
    except DuplicateKeyError:
        if tx:
            raise


def _due(app: App, *, night: bool) -> Doc:
    """What may be taken in hand now; at night nothing that waits for the morning."""
    due: Doc = {"rank": {"$gte": 0}, "due_at": {"$lte": app.real_now()}}
    return due | ({"waits": False} if night else {})


async def is_due(app: App, *, night: bool) -> bool:
    return bool(await app.db["messages"].find_one(_due(app, night=night), {"_id": 1}))


async def claim(app: App, at_most: int, *, night: bool) -> list[Message] | None:
    """Take messages in hand, the most urgent first; None when there are none, empty when others were quicker."""
    messages, due = app.db["messages"], _due(app, night=night)
    order = [("rank", 1), ("waits", 1), ("due_at", 1)]
    ids = [doc["_id"] async for doc in messages.find(due, {"_id": 1}).sort(order).limit(at_most)]
    if not ids:
        return None
    lease = app.new_id()
    mine = {"lease": lease, "due_at": app.real_now() + LEASE}
    await messages.update_many({"_id": {"$in": ids}} | due, {"$set": mine})
    taken: list[Message] = []
    async for doc in messages.find({"_id": {"$in": ids}, "lease": lease}).sort(order):
        try:
            taken.append(_message(app, doc))
        except (Unsealable, ValidationError):
            await put_aside(app, doc["_id"], lease)
    return taken


async def put_aside(app: App, message_id: str, lease: str | None) -> None:
    """A message with which something is wrong is tried again later, so that it does not stand in the way."""
    later = {"$set": {"due_at": app.real_now() + ASIDE, "lease": None}}
    await app.db["messages"].update_one({"_id": message_id, "lease": lease}, later)


async def count(app: App, at_most: int, *, below: int | None = None) -> int:
    """How many messages are not settled, or only those of a rank below; not counted beyond `at_most`."""
    ranks = {"$gte": 0} | ({"$lt": below} if below is not None else {})
    return await app.db["messages"].count_documents({"rank": ranks}, limit=max(at_most, 1))


async def get(app: App, message_id: str) -> Message | None:
    doc = await app.db["messages"].find_one({"_id": message_id})
    return _message(app, doc) if doc else None


def _message(app: App, doc: Doc) -> Message:
    opened = app.security.open("messages", doc["_id"], doc["sealed"])
    return Message.model_validate({**doc, **opened, "id": doc["_id"]}, extra="ignore")


async def start_sending(
    app: App, message: Message, channel: Channel, consent: str | None, epoch: int, tx: Tx | None = None
) -> Message:
    """A message in hand is being sent; Elsewhere when somebody else has it in hand by now."""
    now = app.real_now()
    values = {"state": State.SENDING, "channel": channel, "consent": consent, "consent_epoch": epoch}
    change = {
        "$set": values | {"due_at": now + LEASE},
        "$inc": {"tries": 1},
        "$min": {f"began.{channel}": now},
    }
    mine = {"_id": message.id, "state": State.WAITING, "lease": message.lease}
    if not (await app.db["messages"].update_one(mine, change, session=session_of(tx))).modified_count:
        raise Elsewhere()
    began = {channel: now} | message.began
    return message.model_copy(update=values | {"tries": message.tries + 1, "began": began})


async def wait(
    app: App, message: Message, code: str | None, due_at: datetime | None, tx: Tx | None = None, **more: Any
) -> Message:
    """A message in hand is not sent now. `due_at`: when it is tried again, by whomever; None: it stays in hand."""
    values = {"state": State.WAITING, "last_code": code} | more
    leased = {"due_at": due_at, "lease": None} if due_at else {}
    await _change(app, message, {"$set": values | leased}, tx)
    return message.model_copy(update=values)


async def let_lapse(app: App, key: str, subject_id: str) -> None:
    """The waiting messages of this kind about a subject are too late from now on, also for who has one in hand."""
    found = {"subject_id": subject_id, "key": key, "state": State.WAITING}
    lapsed = {"$set": {"not_after": app.now() - timedelta(seconds=1), "lease": None}}
    await app.db["messages"].update_many(found, lapsed)


async def settle(
    app: App, message: Message, state: State, code: str, msgid: str | None = None, tx: Tx | None = None
) -> None:
    """A message in hand leaves the queue."""
    values = {"state": state, "last_code": code, "settled_at": app.now()}
    if msgid:
        values["msgid"] = msgid
    await _change(app, message, {"$set": values, "$unset": _SETTLED}, tx)


async def give_up_channel(app: App, message: Message, code: str, tx: Tx) -> Message:
    """The channel did not carry a message in hand: it waits, still in hand, for another one."""
    used = [*message.used, message.channel]
    return await wait(app, message, code, None, tx, used=used)


async def _change(app: App, message: Message, change: Doc, tx: Tx | None) -> None:
    mine = {"_id": message.id, "state": message.state, "lease": message.lease}
    if not (await app.db["messages"].update_one(mine, change, session=session_of(tx))).matched_count:
        raise Elsewhere()


# --- what the platform says later ----------------------------------------------------------------


async def note_arrived(app: App, msgid: str, code: str) -> bool:
    """A sent message has arrived; False when nothing was sent under this number, as far as we know."""
    arrived = {"state": State.DELIVERED, "last_code": code, "settled_at": app.now()}
    found = {"msgid": msgid, "state": State.SENT}
    if (await app.db["messages"].update_one(found, {"$set": arrived})).matched_count:
        return True
    return bool(await app.db["messages"].find_one({"msgid": msgid}, {"_id": 1}))


async def note_not_arrived(app: App, msgid: str, code: str) -> bool:
    """A sent message did not arrive: it goes back into the queue, for another channel. False: no such number."""
    doc = await app.db["messages"].find_one({"msgid": msgid}, {"key": 1, "channel": 1, "tier": 1})
    if doc is None:
        return False
    values: Doc = {"state": State.WAITING, "last_code": code, "settled_at": None}
    values |= {"rank": RANK[doc["tier"]], "waits": kind_of(doc["key"]).waits}
    values |= {"due_at": app.real_now(), "lease": None}
    change = {"$set": values, "$addToSet": {"used": doc["channel"]}}
    await app.db["messages"].update_one({"_id": doc["_id"], "msgid": msgid, "state": State.SENT}, change)
    return True


# --- for pages and other features ----------------------------------------------------------------


async def page(app: App, wanted: Doc, before: str | None, limit: int) -> list[Doc]:
    query = wanted | ({"_id": {"$lt": before}} if before else {})
    return await app.db["messages"].find(query, {"sealed": 0}).sort("_id", -1).limit(limit).to_list()


async def states_of_subjects(app: App, subject_ids: Sequence[str]) -> list[Doc]:
    found = app.db["messages"].find({"subject_id": {"$in": list(subject_ids)}}, {"subject_id": 1, "state": 1})
    return await found.to_list()


async def forget(app: App, account_id: str) -> None:
    """What waits for an account that is no more is never sent; what was said to it, and its phone, are erased."""
    messages, mine = app.db["messages"], {"account_id": account_id}
    waiting = mine | {"state": State.WAITING}
    ended = {"state": State.FAILED, "last_code": "account_gone", "settled_at": app.now()}
    await messages.update_many(waiting, {"$set": ended, "$unset": _SETTLED})
    async for doc in messages.find(mine | {"state": {"$ne": State.SENDING}}, {"_id": 1}):
        nothing = app.security.seal("messages", doc["_id"], {"facts": {}, "phone": None})
        await messages.update_one({"_id": doc["_id"]}, {"$set": {"sealed": nothing}})


async def hand_over(app: App, gone: str, kept: str) -> None:
    """The messages of an account become another's: both are one person's."""
    await app.db["messages"].update_many({"account_id": gone}, {"$set": {"account_id": kept}})
