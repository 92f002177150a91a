"""Alerts, the duty roster, and how staff are reached."""

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN

from server.db import Database


async def up(db: Database) -> None:
    """Make them."""
    await db.prepare(
        "alerts",
        required=["patient_id", "task_id", "level", "state", "step", "round", "raised_at", "deadline_at", "sealed"],
        indexes=[
            (
                [("deadline_at", UP)],
                {"name": "deadlines", "partialFilterExpression": {"deadline_at": {"$type": "date"}}},
            ),
            ([("patient_id", UP), ("_id", DOWN)], {"name": "of_patient"}),
            ([("state", UP), ("department_id", UP), ("_id", DOWN)], {"name": "of_department"}),
            ([("told.member_ids", UP), ("state", UP)], {"name": "told"}),
        ],
    )
    await db.prepare("roster", required=["shifts", "at"], indexes=[])
    await db.prepare(
        "staff_reach",
        required=[],
        indexes=[
            (
                [("code", UP)],
                {"name": "one_per_code", "unique": True, "partialFilterExpression": {"code": {"$type": "string"}}},
            )
        ],
    )
