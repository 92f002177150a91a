"""Sealed copies of what the HIS holds of a patient, so that it can be read while the HIS is away (N15).

A copy is read again when it is older than a minute; when the HIS does not answer, the old
copy is given with the instant from which it is.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from server import errors
from server.context import App, Json
from server.db import Tx

FRESH_FOR = timedelta(seconds=60)
Ask = Callable[[], Awaitable[list[Json]]]


@dataclass(frozen=True, slots=True)
class Copy:
    """Items of the HIS. `as_of` is set when the HIS did not answer: the copy is from then (business time)."""

    items: list[Json]
    as_of: datetime | None = None


async def read(app: App, collection: str, doc_id: str, ask: Ask, *, fresh: bool = False) -> Copy:
    """The copy `doc_id`, asked for again when it is old or `fresh` is wanted. Foreign when there is none yet."""
    kept = await app.db[collection].find_one({"_id": doc_id})
    if kept and not fresh and app.real_now() - kept["read_at"] < FRESH_FOR:
        return Copy(_open(app, collection, kept))
    try:
        items = await ask()
    except errors.Foreign:
        if kept is None:
            raise
        return Copy(_open(app, collection, kept), kept["as_of"])
    await put(app, collection, doc_id, items)
    return Copy(items)


async def put(app: App, collection: str, doc_id: str, items: list[Json], tx: Tx | None = None) -> None:
    """Keep a copy; the ids of its items stay readable, to find the copy by one of them."""
    sealed = app.security.seal(collection, doc_id, {"items": items})
    ids = [item["id"] for item in items if "id" in item]
    copy = {"ids": ids, "read_at": app.real_now(), "as_of": app.now(), "sealed": sealed}
    session = tx.session if tx else None
    await app.db[collection].update_one({"_id": doc_id}, {"$set": copy}, upsert=True, session=session)


async def whose(app: App, collection: str, item_id: str) -> str | None:
    """The id of the copy that has this item."""
    doc = await app.db[collection].find_one({"ids": item_id}, {"_id": 1})
    return str(doc["_id"]) if doc else None


def _open(app: App, collection: str, doc: dict[str, Any]) -> list[Json]:
    items: list[Json] = app.security.open(collection, doc["_id"], doc["sealed"])["items"]
    return items
