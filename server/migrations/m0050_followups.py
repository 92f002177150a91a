"""Questionnaires and follow-up tasks."""

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN

from server.db import Database


async def up(db: Database) -> None:
    """Make them."""
    await db.prepare(
        "questionnaires",
        required=["key", "version", "title", "kind", "form", "raw", "status", "published_at"],
        indexes=[([("key", UP), ("status", UP)], {"name": "by_key"})],
    )
    await db.prepare(
        "tasks",
        required=["questionnaire_id", "kind", "patient_id", "state", "due_at", "expires_at", "sealed", "dedupe"],
        indexes=[
            ([("dedupe", UP)], {"name": "one_per_dedupe", "unique": True}),
            (
                [("live_of", UP)],
                {"name": "one_live", "unique": True, "partialFilterExpression": {"live_of": {"$type": "string"}}},
            ),
            ([("patient_id", UP), ("state", UP), ("due_at", DOWN)], {"name": "of_patient"}),
            ([("state", UP), ("_id", DOWN)], {"name": "by_state"}),
            ([("sent_by", UP), ("_id", DOWN)], {"name": "of_staff"}),
        ],
    )
