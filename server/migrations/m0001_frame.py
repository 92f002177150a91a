"""The frame's own collections: outbox, jobs, audit, sessions, kept replies, accounts, staff."""

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN

from server.db import Database

DAY_S = 86_400


async def up(db: Database) -> None:
    """Make them."""
    due = ([("state", UP), ("due_at", UP)], {"name": "due", "partialFilterExpression": {"state": "waiting"}})
    old = ([("done_at", UP)], {"name": "old", "expireAfterSeconds": 30 * DAY_S})
    await db.prepare("events", required=["type", "data", "at", "state", "due_at", "done"], indexes=[due, old])
    await db.prepare(
        "jobs",
        required=["kind", "key", "due_at", "clock"],
        indexes=[([("clock", UP), ("due_at", UP)], {"name": "due"})],
    )
    await db.prepare(
        "audit",
        required=["at", "actor_kind", "actor_id", "action", "patient_ids"],
        indexes=[
            ([("patient_ids", UP), ("at", DOWN)], {"name": "of_patient"}),
            ([("actor_id", UP), ("at", DOWN)], {"name": "of_actor"}),
        ],
    )
    await db.prepare(
        "sessions",
        required=["kind", "subject", "expires_at"],
        indexes=[
            ([("kind", UP), ("subject", UP)], {"name": "of_subject"}),
            ([("expires_at", UP)], {"name": "old", "expireAfterSeconds": 0}),
        ],
    )
    await db.prepare(
        "replies",
        required=["request", "at"],
        indexes=[([("at", UP)], {"name": "old", "expireAfterSeconds": 2 * DAY_S})],
    )
    await db.prepare("periodic", required=["until"], indexes=[])
    await db.prepare("clock", required=["real_at", "business_at", "rate"], indexes=[])
    await db.prepare(
        "accounts",
        required=["openids", "followed"],
        indexes=[
            ([("openids", UP)], {"name": "one_per_openid", "unique": True}),
            (
                [("unionid", UP)],
                {
                    "name": "one_per_unionid",
                    "unique": True,
                    "partialFilterExpression": {"unionid": {"$type": "string"}},
                },
            ),
        ],
    )
    await db.prepare(
        "staff",
        required=["username", "password_hash", "name", "roles"],
        indexes=[([("username", UP)], {"name": "one_per_username", "unique": True})],
    )
