"""Reconciled days, the rows of WeChat Pay's bills, and the differences found."""

from pymongo import ASCENDING as UP

from server.db import Database


async def up(db: Database) -> None:
    """Make them."""
    await db.prepare("reconciliations", required=["state", "open"], indexes=[])
    await db.prepare("bill_days", required=["rows", "at"], indexes=[])
    await db.prepare(
        "bill_rows",
        required=["on", "kind", "order_id", "amount_fen", "fee_fen"],
        indexes=[
            ([("on", UP)], {"name": "of_day"}),
            ([("order_id", UP)], {"name": "of_order"}),
        ],
    )
    await db.prepare(
        "differences",
        required=["on", "kind", "number", "state"],
        indexes=[
            ([("on", UP), ("state", UP)], {"name": "of_day"}),
            ([("number", UP), ("on", UP)], {"name": "of_number"}),
        ],
    )
