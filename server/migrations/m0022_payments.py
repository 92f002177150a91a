"""Orders and refunds; one order at a time for one thing."""

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN

from server.db import Database


async def up(db: Database) -> None:
    """Make them."""
    only_live = {"partialFilterExpression": {"live": True}}
    await db.prepare(
        "orders",
        required=["kind", "subject_id", "account_id", "amount_fen", "status", "live", "openid", "appid"],
        indexes=[
            ([("kind", UP), ("subject_id", UP)], {"name": "one_live_per_subject", "unique": True, **only_live}),
            ([("subject_id", UP), ("kind", UP), ("_id", DOWN)], {"name": "of_subject"}),
            ([("account_id", UP), ("_id", DOWN)], {"name": "of_account"}),
        ],
    )
    await db.prepare(
        "refunds",
        required=["order_id", "amount_fen", "status"],
        indexes=[
            ([("order_id", UP)], {"name": "of_order"}),
            ([("status", UP)], {"name": "by_status"}),
        ],
    )
