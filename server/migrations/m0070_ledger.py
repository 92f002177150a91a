"""The ledger, which refuses what does not balance; orders as the staff desk looks for them."""

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN

from server.db import Database

FEN = {"bsonType": ["int", "long"], "minimum": 0}
LINE = {
    "bsonType": "object",
    "required": ["account", "debit_fen", "credit_fen"],
    "properties": {
        "account": {"enum": ["wechat", "patients", "his", "fees", "suspense"]},
        "debit_fen": FEN,
        "credit_fen": FEN,
    },
}
SHAPE = {
    "properties": {
        "kind": {"enum": ["paid", "refunded", "charged", "uncharged", "fee", "correction"]},
        "lines": {"bsonType": "array", "minItems": 2, "items": LINE},
    }
}
DEBITS, CREDITS = {"$sum": "$lines.debit_fen"}, {"$sum": "$lines.credit_fen"}
BALANCED = {"$expr": {"$and": [{"$eq": [DEBITS, CREDITS]}, {"$gt": [DEBITS, 0]}]}}


async def up(db: Database) -> None:
    """Make them."""
    await db.prepare(
        "ledger",
        required=["kind", "at", "on", "lines", "by"],
        also=[{"$jsonSchema": SHAPE}, BALANCED],
        indexes=[
            ([("on", UP), ("at", UP)], {"name": "of_day"}),
            ([("order_id", UP)], {"name": "of_order"}),
        ],
    )
    for keys, options in (
        ([("created_at", DOWN), ("_id", DOWN)], {"name": "newest"}),
        ([("status", UP), ("created_at", DOWN), ("_id", DOWN)], {"name": "newest_of_status"}),
        (
            [("transaction_id", UP)],
            {"name": "by_transaction", "partialFilterExpression": {"transaction_id": {"$type": "string"}}},
        ),
    ):
        await db["orders"].create_index(keys, **options)
