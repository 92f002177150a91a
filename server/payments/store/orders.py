"""Orders and refunds in Mongo: every move is one guarded update."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from server.context import App
from server.db import Tx, session_of
from server.payments import rules
from server.payments.models import Order, Refund, StaffOrderQuery
from server.values import plus_days, shanghai_at

Doc = dict[str, Any]


class AnotherLives(Exception):
    """There is an order for this thing already; not a refusal: the service looks again."""


def _order(doc: Doc) -> Order:
    return Order.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


def _refund(doc: Doc) -> Refund:
    return Refund.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


async def get(app: App, order_id: str, tx: Tx | None = None) -> Order | None:
    doc = await app.db["orders"].find_one({"_id": order_id}, session=session_of(tx))
    return _order(doc) if doc else None


async def live_of(app: App, kind: str, subject_id: str) -> Order | None:
    doc = await app.db["orders"].find_one({"kind": kind, "subject_id": subject_id, "live": True})
    return _order(doc) if doc else None


async def is_paid(app: App, kind: str, subject_id: str) -> bool:
    """Whether there is money for this thing of which nothing has gone back."""
    return bool(await app.db["orders"].find_one({"kind": kind, "subject_id": subject_id, "status": "paid"}, {"_id": 1}))


async def of_subjects(app: App, kind: str, subject_ids: list[str]) -> list[Order]:
    """All orders of these things, oldest first."""
    found = app.db["orders"].find({"kind": kind, "subject_id": {"$in": subject_ids}}).sort("_id", 1)
    return [_order(doc) async for doc in found]


async def of_account(app: App, account_id: str, before: str | None, limit: int) -> list[Order]:
    """An account's orders, newest first."""
    wanted: Doc = {"account_id": account_id} | ({"_id": {"$lt": before}} if before else {})
    return [_order(doc) async for doc in app.db["orders"].find(wanted).sort("_id", -1).limit(limit)]


async def for_staff(app: App, query: StaffOrderQuery, after: Order | None, limit: int) -> list[Order]:
    """Orders as `query` wants them, newest first, older than `after`."""
    parts: list[Doc] = [query.model_dump(include={"status", "kind"}, exclude_none=True)]
    if query.on:
        parts.append({"created_at": {"$gte": shanghai_at(query.on), "$lt": shanghai_at(plus_days(query.on, 1))}})
    if query.number:
        parts.append({"$or": [{"_id": query.number}, {"transaction_id": query.number}]})
    if after:
        at, id = after.created_at, after.id
        parts.append({"$or": [{"created_at": {"$lt": at}}, {"created_at": at, "_id": {"$lt": id}}]})
    found = app.db["orders"].find({"$and": parts}).sort([("created_at", -1), ("_id", -1)]).limit(limit)
    return [_order(doc) async for doc in found]


async def count(app: App, status: str) -> int:
    return await app.db["orders"].count_documents({"status": status})


async def add(app: App, order: Order, tx: Tx) -> None:
    """Keep a new order; AnotherLives ends the transaction when there is one for the same thing."""
    doc = order.model_dump(exclude={"id"}) | {"_id": order.id, "live": True}
    try:
        await app.db["orders"].insert_one(doc, session=tx.session)
    except DuplicateKeyError:
        raise AnotherLives() from None


async def move(
    app: App, order_id: str, olds: Iterable[str], new: str, values: Doc | None = None, tx: Tx | None = None
) -> bool:
    """Move an order that is in one of `olds`; False when it is not. A closed order stays out of the way."""
    guard = {"_id": order_id, "status": {"$in": list(olds)}}
    change: Doc = {"status": new} | (values or {})
    if new not in rules.LIVE:
        change["live"] = False
    done = await app.db["orders"].update_one(guard, {"$set": change}, session=session_of(tx))
    return bool(done.matched_count)


async def set_prepay(app: App, order_id: str, prepay_id: str, now: datetime) -> bool:
    """Keep what the payment sheet needs, unless the order ended meanwhile."""
    values = {"status": "prepaid", "prepay_id": prepay_id, "prepaid_at": now}
    guard = {"_id": order_id, "status": {"$in": list(rules.UNPAID)}}
    return bool((await app.db["orders"].update_one(guard, {"$set": values})).matched_count)


async def count_look(app: App, collection: str, doc_id: str) -> None:
    await app.db[collection].update_one({"_id": doc_id}, {"$inc": {"looks": 1}})


# --- refunds ----------------------------------------------------------------------------------


async def get_refund(app: App, refund_id: str, tx: Tx | None = None) -> Refund | None:
    doc = await app.db["refunds"].find_one({"_id": refund_id}, session=session_of(tx))
    return _refund(doc) if doc else None


async def refunds_of(app: App, order_id: str, tx: Tx | None = None) -> list[Refund]:
    """All refunds of an order, oldest first."""
    found = app.db["refunds"].find({"order_id": order_id}, session=session_of(tx)).sort([("created_at", 1), ("_id", 1)])
    return [_refund(doc) async for doc in found]


async def add_refund(app: App, refund: Refund, tx: Tx) -> None:
    """Keep a refund and claim its money from the order; two at once meet at the order's document."""
    await app.db["refunds"].insert_one(refund.model_dump(exclude={"id"}) | {"_id": refund.id}, session=tx.session)
    change = {"$inc": {"claimed_fen": refund.amount_fen}, "$set": {"status": "refunding"}}
    await app.db["orders"].update_one({"_id": refund.order_id}, change, session=tx.session)


async def move_refund(app: App, refund_id: str, values: Doc, tx: Tx) -> None:
    await app.db["refunds"].update_one({"_id": refund_id}, {"$set": values}, session=tx.session)


async def change_refund(app: App, refund_id: str, values: Doc) -> None:
    """Note how asking for a refund went; what it is itself stays as it is."""
    await app.db["refunds"].update_one({"_id": refund_id}, {"$set": values})


async def set_refunded(
    app: App, order_id: str, status: str, refunded_fen: int, tx: Tx, *, released_fen: int = 0
) -> None:
    """What the refunds of an order amount to; `released_fen` is claimed by a refund no more."""
    values = {"status": status, "refunded_fen": refunded_fen} | ({"live": False} if status == "refunded" else {})
    change: Doc = {"$set": values} | ({"$inc": {"claimed_fen": -released_fen}} if released_fen else {})
    await app.db["orders"].update_one({"_id": order_id}, change, session=tx.session)


async def hand_over(app: App, gone: str, kept: str) -> None:
    """The orders of an account become another's: both are one person's."""
    await app.db["orders"].update_many({"account_id": gone}, {"$set": {"account_id": kept}})
