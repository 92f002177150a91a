"""The ledger in Mongo: entries are added, never changed; the collection itself refuses one that does not balance."""

from typing import Any

from server.context import App
from server.db import Tx, session_of
from server.payments import rules
from server.payments.models import Entry

Doc = dict[str, Any]


def _entry(doc: Doc) -> Entry:
    return Entry.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


async def post(app: App, entry: Entry, tx: Tx) -> bool:
    """Add an entry; False when this fact is recorded already. Unbalanced."""
    rules.check_entry(entry)
    doc = entry.model_dump(exclude={"id"})
    done = await app.db["ledger"].update_one({"_id": entry.id}, {"$setOnInsert": doc}, upsert=True, session=tx.session)
    return done.upserted_id is not None


async def ledger_of_day(app: App, on: str) -> list[Entry]:
    """What happened on a day, in order."""
    return rules.in_order([_entry(doc) async for doc in app.db["ledger"].find({"on": on})])


async def corrections_of_day(app: App, on: str, tx: Tx) -> list[Entry]:
    """What persons corrected of a day, in order."""
    found = app.db["ledger"].find({"on": on, "kind": "correction"}, session=tx.session)
    return rules.in_order([_entry(doc) async for doc in found])


async def ledger_of_orders(app: App, order_ids: list[str], tx: Tx | None = None) -> list[Entry]:
    """Everything that is recorded of these orders, in order."""
    found = app.db["ledger"].find({"order_id": {"$in": order_ids}}, session=session_of(tx))
    return rules.in_order([_entry(doc) async for doc in found])
