"""Indexes that the questions asked can use.

A partial index of `{"$type": …}` serves only questions that say `$type` themselves; a value that is asked
for does not imply it to the planner, and the whole collection was read. `{"$gte": ""}` holds of every text
as well, and is implied by asking for one. What `$lookup` or a range of times asks for needs a whole index.
"""

from typing import Any

from pymongo import ASCENDING as UP

from server.db import Database

Keys = list[tuple[str, int]]


def _text(field: str, **more: Any) -> dict[str, Any]:
    """Of documents in which this field is a text."""
    return {"partialFilterExpression": {field: {"$gte": ""}}} | more


NEW: list[tuple[str, Keys, str, dict[str, Any]]] = [
    ("accounts", [("unionid", UP)], "of_unionid", _text("unionid", unique=True)),
    ("alerts", [("deadline_at", UP)], "by_deadline", {}),
    ("contacts", [("subject_id", UP)], "of_subject", {}),
    ("enrolments", [("claim", UP)], "of_claim", _text("claim")),
    ("enrolments", [("live_of", UP)], "alive", _text("live_of")),
    ("enrolments", [("origin_of", UP)], "of_origin", _text("origin_of", unique=True)),
    ("enrolments", [("next_at", UP)], "next", {"partialFilterExpression": {"state": "active"}}),
    ("messages", [("account_id", UP)], "of_account", {}),
    ("messages", [("msgid", UP)], "of_msgid", _text("msgid")),
    ("messages", [("trial", UP)], "of_one_trial", _text("trial")),
    ("orders", [("transaction_id", UP)], "of_transaction", _text("transaction_id")),
    ("patients", [("his_id", UP)], "of_his_file", _text("his_id", unique=True)),
]
OLD: dict[str, tuple[str, ...]] = {
    "accounts": ("one_per_unionid",),
    "alerts": ("deadlines",),
    "contacts": ("about",),
    "enrolments": ("claimed", "one_per_origin", "due"),
    "messages": ("by_msgid", "of_trial"),
    "orders": ("by_transaction",),
    "patients": ("one_per_his_file",),
}


async def up(db: Database) -> None:
    """Make the new ones before the old ones go: nothing is ever without its uniqueness."""
    for collection, keys, name, options in NEW:
        await db[collection].create_index(keys, name=name, **options)
    for collection, names in OLD.items():
        known = await db[collection].index_information()
        for name in names:
            if name in known:
                await db[collection].drop_index(name)
