"""The directory: hospital, departments, doctors, clinics, slots; and the cursor of the HIS's events."""

from pymongo import ASCENDING as UP

from server.db import Database


async def up(db: Database) -> None:
    """Make them."""
    await db.prepare("hospital", required=["name"], indexes=[])
    await db.prepare("directory", required=["from_on"], indexes=[])
    await db.prepare("departments", required=["name", "order"], indexes=[])
    await db.prepare(
        "doctors",
        required=["name", "department_id", "fee_fen"],
        indexes=[([("department_id", UP)], {"name": "of_department"})],
    )
    await db.prepare(
        "clinics",
        required=["department_id", "doctor_id", "on", "starts_at", "ends_at", "status", "digest"],
        indexes=[
            ([("department_id", UP), ("on", UP), ("starts_at", UP)], {"name": "of_department"}),
            ([("doctor_id", UP), ("on", UP), ("starts_at", UP)], {"name": "of_doctor"}),
            ([("on", UP)], {"name": "of_day"}),
        ],
    )
    await db.prepare(
        "slots",
        required=["clinic_id", "place_number", "starts_at", "ends_at", "state", "ordered", "version"],
        indexes=[
            ([("clinic_id", UP), ("place_number", UP)], {"name": "one_per_place", "unique": True}),
            (
                [("clinic_id", UP), ("state", UP), ("starts_at", UP), ("held_until", UP), ("ordered", UP)],
                {"name": "free_of_clinic"},
            ),
            ([("ends_at", UP)], {"name": "old"}),
        ],
    )
    await db.prepare("his_feed", required=["after"], indexes=[])
