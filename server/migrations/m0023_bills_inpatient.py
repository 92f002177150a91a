"""Sealed copies of bills, stays and daily lists; deposits."""

from pymongo import ASCENDING as UP

from server.db import Database


async def up(db: Database) -> None:
    """Make them."""
    by_item = ([("ids", UP)], {"name": "by_item"})
    for copies in ("bills", "admissions", "daily_lists"):
        await db.prepare(copies, required=["ids", "read_at", "as_of", "sealed"], indexes=[by_item])
    await db.prepare(
        "deposits",
        required=["admission_id", "patient_id", "account_id", "amount_fen", "open"],
        indexes=[
            (
                [("admission_id", UP), ("account_id", UP), ("amount_fen", UP)],
                {"name": "one_open", "unique": True, "partialFilterExpression": {"open": True}},
            ),
        ],
    )
