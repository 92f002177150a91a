"""Phone tasks for staff."""

from pymongo import ASCENDING as UP

from server.db import Database


async def up(db: Database) -> None:
    """Make them."""
    await db.prepare(
        "contacts",
        required=["key", "kind", "patient_id", "subject", "state", "due_at", "created_at", "attempts", "sealed"],
        indexes=[
            ([("key", UP)], {"name": "one_per_key", "unique": True}),
            ([("state", UP), ("due_at", UP), ("_id", UP)], {"name": "due"}),
            ([("patient_id", UP), ("state", UP)], {"name": "of_patient"}),
        ],
    )
