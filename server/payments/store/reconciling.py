"""Reconciled days, the rows of their bills and their differences in Mongo."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo import ReplaceOne, UpdateOne

from server.context import App
from server.db import Tx, session_of
from server.payments.models import BillRow, Difference, Entry, Found, Order, Reconciliation, Refund
from server.payments.store.ledger import ledger_of_day, ledger_of_orders
from server.values import shanghai_date

Doc = dict[str, Any]


def _row(doc: Doc) -> BillRow:
    return BillRow.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


def _difference(doc: Doc) -> Difference:
    return Difference.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


def _day(doc: Doc) -> Reconciliation:
    return Reconciliation.model_validate({**doc, "on": doc["_id"]}, extra="ignore")


# --- days ---------------------------------------------------------------------------------------


async def open_day(app: App, on: str, tx: Tx) -> bool:
    """A day that is to be compared; False when it is known."""
    fresh = Reconciliation(on=on, state="waiting").model_dump(exclude={"on"})
    guard = {"_id": on}
    done = await app.db["reconciliations"].update_one(guard, {"$setOnInsert": fresh}, upsert=True, session=tx.session)
    return done.upserted_id is not None


async def get(app: App, on: str, tx: Tx | None = None) -> Reconciliation | None:
    doc = await app.db["reconciliations"].find_one({"_id": on}, session=session_of(tx))
    return _day(doc) if doc else None


async def listed(app: App, before: str | None, limit: int) -> list[Reconciliation]:
    """Newest first, older than `before`."""
    wanted: Doc = {"_id": {"$lt": before}} if before else {}
    return [_day(doc) async for doc in app.db["reconciliations"].find(wanted).sort("_id", -1).limit(limit)]


async def open_days_since(app: App, on: str) -> list[str]:
    """Days with open differences, from this one on."""
    found = app.db["reconciliations"].find({"_id": {"$gte": on}, "open": {"$gt": 0}}, {"_id": 1}).sort("_id", 1)
    return [doc["_id"] async for doc in found]


async def keep_day(app: App, day: Reconciliation, tx: Tx | None = None) -> None:
    doc = day.model_dump(exclude={"on"})
    await app.db["reconciliations"].replace_one({"_id": day.on}, doc, upsert=True, session=session_of(tx))


async def note_trouble(app: App, on: str, trouble: str) -> None:
    """Why a day could not be compared; what was found before stays."""
    fresh = Reconciliation(on=on, state="waiting").model_dump(exclude={"on", "trouble"})
    change = {"$set": {"trouble": trouble}, "$setOnInsert": fresh}
    await app.db["reconciliations"].update_one({"_id": on}, change, upsert=True)


# --- rows of bills ------------------------------------------------------------------------------


async def has_bill(app: App, on: str) -> bool:
    return await app.db["bill_days"].find_one({"_id": on}) is not None


async def keep_bill(app: App, on: str, rows: list[BillRow], at: datetime) -> None:
    """The rows of a day's bill, in place of what was kept of it before."""
    if rows:
        writes = [ReplaceOne({"_id": row.id}, row.model_dump(exclude={"id"}), upsert=True) for row in rows]
        await app.db["bill_rows"].bulk_write(writes, ordered=False)
    await app.db["bill_rows"].delete_many({"on": on, "_id": {"$nin": [row.id for row in rows]}})
    await app.db["bill_days"].replace_one({"_id": on}, {"rows": len(rows), "at": at}, upsert=True)


async def bill_of_day(app: App, on: str) -> list[BillRow]:
    return [_row(doc) async for doc in app.db["bill_rows"].find({"on": on}).sort("_id", 1)]


async def rows_of(app: App, order_ids: Iterable[str], besides: str) -> list[BillRow]:
    """The rows of these orders in the bills of other days."""
    wanted = {"order_id": {"$in": sorted(order_ids)}, "on": {"$ne": besides}}
    return [_row(doc) async for doc in app.db["bill_rows"].find(wanted).sort("_id", 1)]


# --- our side -----------------------------------------------------------------------------------


async def entries_around(app: App, on: str, more_orders: Iterable[str], before: datetime) -> list[Entry]:
    """The ledger of a day, and everything of the orders in it, of `more_orders`, and of those paid since `before`."""
    today = await ledger_of_day(app, on)
    last_minutes = {"on": shanghai_date(before), "at": {"$gte": before}, "kind": "paid"}
    late = app.db["ledger"].find(last_minutes, {"order_id": 1})
    orders = {entry.order_id for entry in today if entry.order_id} | set(more_orders)
    orders |= {doc["order_id"] async for doc in late}
    found = {entry.id: entry for entry in [*today, *await ledger_of_orders(app, sorted(orders))]}
    return list(found.values())


async def by_ids(app: App, order_ids: Iterable[str]) -> list[Order]:
    found = app.db["orders"].find({"_id": {"$in": sorted(order_ids)}})
    return [Order.model_validate({**doc, "id": doc["_id"]}, extra="ignore") async for doc in found]


async def refunds_of_orders(app: App, order_ids: Iterable[str], numbers: Iterable[str]) -> dict[str, Refund]:
    """The refunds of these orders, and those of these numbers, by number."""
    wanted = {"$or": [{"order_id": {"$in": sorted(order_ids)}}, {"_id": {"$in": sorted(numbers)}}]}
    return {
        doc["_id"]: Refund.model_validate({**doc, "id": doc["_id"]}, extra="ignore")
        async for doc in app.db["refunds"].find(wanted)
    }


# --- differences --------------------------------------------------------------------------------


async def difference(app: App, on: str, id: str, tx: Tx | None = None) -> Difference | None:
    doc = await app.db["differences"].find_one({"_id": id, "on": on}, session=session_of(tx))
    return _difference(doc) if doc else None


async def differences(app: App, on: str, tx: Tx | None = None) -> list[Difference]:
    """A day's differences: the open ones first."""
    found = app.db["differences"].find({"on": on}, session=session_of(tx)).sort([("state", 1), ("_id", 1)])
    return [_difference(doc) async for doc in found]


async def standing(app: App, on: str, since: str, found: list[Found]) -> set[str]:
    """The ids of what stands under an earlier day already: open, or settled by a person over the same amounts."""
    numbers = sorted({one.number for one in found})
    wanted = {"number": {"$in": numbers}, "on": {"$gte": since, "$lt": on}, "how": {"$ne": "vanished"}}
    known = [_difference(doc) async for doc in app.db["differences"].find(wanted)]
    is_open = {(one.kind, one.number) for one in known if one.state == "open"}
    said = {_what(one) for one in known}
    return {one.id for one in found if (one.kind, one.number) in is_open or _what(one) in said}


def _what(one: Found) -> tuple[object, ...]:
    return one.kind, one.number, one.wechat_fen, one.ledger_fen, one.his_fen


async def keep_found(app: App, found: list[Found], tx: Tx) -> None:
    """The differences that are there: new ones, and known ones with the amounts of today.

    One that had vanished is open again, and so is one that was settled over other amounts.
    """
    reopened = {"state": "open", "how": None, "settled_at": None, "by": None}
    writes: list[UpdateOne] = []
    for one in found:
        doc = one.model_dump(exclude={"id"})
        fresh = Difference.model_validate(one.model_dump()).model_dump(exclude={"id", *doc})
        others = [{name: {"$ne": doc[name]}} for name in ("wechat_fen", "ledger_fen", "his_fen")]
        writes.append(UpdateOne({"_id": one.id, "$or": [{"how": "vanished"}, *others]}, {"$set": reopened}))
        writes.append(UpdateOne({"_id": one.id}, {"$set": doc, "$setOnInsert": fresh}, upsert=True))
    if writes:
        await app.db["differences"].bulk_write(writes, session=tx.session)


async def close_vanished(app: App, on: str, found: list[Found], values: Doc, tx: Tx) -> None:
    """Open differences of a day that a run did not find any more."""
    guard = {"on": on, "state": "open", "_id": {"$nin": [one.id for one in found]}}
    gone = {"state": "settled", "how": "vanished"} | values
    await app.db["differences"].update_many(guard, {"$set": gone}, session=tx.session)


async def settle_difference(
    app: App,
    id: str,
    values: Doc,
    tx: Tx,
    *,
    from_states: tuple[str, ...] = ("open",),
    seen: Difference | None = None,
) -> bool:
    """Close a difference, or note something of it; False when it is not in one of these states any more.

    `seen`: nor when its amounts are others than these.
    """
    guard: Doc = {"_id": id, "state": {"$in": from_states}}
    if seen:
        guard |= seen.model_dump(include={"wechat_fen", "ledger_fen", "his_fen"})
    done = await app.db["differences"].update_one(guard, {"$set": values}, session=tx.session)
    return bool(done.matched_count)
