"""Copies of reports, and the tickets of the queues."""

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN

from server.db import Database


async def up(db: Database) -> None:
    """Make them."""
    await db.prepare(
        "reports",
        required=["patient_id", "version", "status", "reported_at", "sealed"],
        indexes=[([("patient_id", UP), ("status", UP), ("reported_at", DOWN)], {"name": "of_patient"})],
    )
    await db.prepare("report_copies", required=["since", "at", "as_of"], indexes=[])
    await db.prepare(
        "tickets",
        required=["appointment_id", "patient_id", "account_id", "clinic_id", "on", "number", "status", "as_of"],
        indexes=[
            ([("appointment_id", UP)], {"name": "one_per_appointment", "unique": True}),
            ([("patient_id", UP), ("on", DOWN)], {"name": "of_patient"}),
            ([("clinic_id", UP)], {"name": "of_clinic"}),
        ],
    )
