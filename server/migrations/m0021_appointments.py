"""Appointments, and what the HIS has still to be told."""

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN

from server.db import Database


async def up(db: Database) -> None:
    """Make them. The unique indexes are the last word on "never two"."""
    only_live = {"unique": True, "partialFilterExpression": {"live": True}}
    only_held = {"unique": True, "partialFilterExpression": {"hold_seat": {"$type": "int"}}}
    await db.prepare(
        "appointments",
        required=["slot_id", "clinic_id", "patient_id", "account_id", "channel", "on", "starts_at", "status", "live"],
        indexes=[
            ([("slot_id", UP)], {"name": "one_live_per_slot", **only_live}),
            (
                [("patient_id", UP), ("department_id", UP), ("on", UP)],
                {"name": "one_live_per_patient_department_day", **only_live},
            ),
            ([("account_id", UP), ("hold_seat", UP)], {"name": "three_holds_per_account", **only_held}),
            ([("patient_id", UP), ("starts_at", DOWN)], {"name": "of_patient"}),
            ([("account_id", UP), ("starts_at", DOWN)], {"name": "of_account"}),
            ([("on", UP), ("department_id", UP), ("starts_at", UP)], {"name": "of_day"}),
            ([("clinic_id", UP), ("status", UP)], {"name": "of_clinic"}),
        ],
    )
    await db.prepare(
        "write_backs",
        required=["kind", "subject_id", "patient_id", "job", "status", "tries"],
        indexes=[([("status", UP), ("_id", DOWN)], {"name": "by_status"})],
    )
