"""Messages, permissions and what WeChat pushed to us."""

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN

from server.db import Database


async def up(db: Database) -> None:
    """Make them."""
    await db.prepare(
        "messages",
        required=["key", "tier", "account_id", "dedupe", "state", "sealed", "created_at"],
        indexes=[
            ([("dedupe", UP)], {"name": "one_per_dedupe", "unique": True}),
            ([("msgid", UP)], {"name": "by_msgid", "partialFilterExpression": {"msgid": {"$type": "string"}}}),
            ([("state", UP), ("_id", DOWN)], {"name": "by_state"}),
            ([("subject_id", UP)], {"name": "about"}),
        ],
    )
    await db.prepare(
        "message_outcomes",
        required=["good", "code", "at"],
        indexes=[([("at", UP)], {"name": "for_a_week", "expireAfterSeconds": 7 * 86400})],
    )
    await db.prepare(
        "permissions",
        required=["account_id", "template_id", "count", "long_term", "epoch"],
        indexes=[
            ([("account_id", UP)], {"name": "of_account"}),
        ],
    )
    await db.prepare(
        "permission_moves",
        required=["account_id", "template_id", "move", "cause", "change", "at"],
        indexes=[
            ([("account_id", UP), ("at", DOWN)], {"name": "of_account"}),
        ],
    )
    await db.prepare("windows", required=["cause", "until", "left"], indexes=[])
    await db.prepare("accounts_silent", required=["opted_out"], indexes=[])
