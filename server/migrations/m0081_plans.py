"""Plans, everybody who is enrolled in one, and who wants to be left in peace."""

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN

from server.db import Database

_STRING = {"$type": "string"}


async def up(db: Database) -> None:
    """Make them."""
    await db.prepare(
        "plans",
        required=["key", "version", "state", "definition", "sign_off", "revision", "changed_at"],
        indexes=[
            ([("key", UP), ("version", DOWN)], {"name": "one_version", "unique": True}),
            (
                [("in_use", UP)],
                {"name": "one_in_use", "unique": True, "partialFilterExpression": {"in_use": _STRING}},
            ),
        ],
    )
    await db.prepare(
        "enrolments",
        required=["plan_key", "plan_id", "patient_id", "state", "anchors", "n", "rev", "sealed", "claim_until"],
        indexes=[
            (
                [("live_of", UP)],
                {"name": "one_alive", "unique": True, "partialFilterExpression": {"live_of": _STRING}},
            ),
            (
                [("origin_of", UP)],
                {"name": "one_per_origin", "unique": True, "partialFilterExpression": {"origin_of": _STRING}},
            ),
            (
                [("state", UP), ("next_at", UP)],
                {"name": "due", "partialFilterExpression": {"state": "active", "next_at": {"$type": "date"}}},
            ),
            ([("claim", UP)], {"name": "claimed", "partialFilterExpression": {"claim": _STRING}}),
            ([("patient_id", UP), ("_id", DOWN)], {"name": "of_patient"}),
            ([("plan_key", UP), ("state", UP), ("_id", DOWN)], {"name": "of_plan"}),
        ],
    )
    await db.prepare("followups_refused", required=["at", "by"], indexes=[])
