"""Patients, bindings and their lists, codes, limits, consents, care relations."""

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN

from server.db import Database


async def up(db: Database) -> None:
    """Make them. "Never two" stands in unique indexes: person, file, binding, active one, desk number."""
    text = {"$type": "string"}
    await db.prepare(
        "patients",
        required=["document_index", "his_id", "sealed", "new_file"],
        indexes=[
            ([("document_index", UP)], {"name": "one_per_document", "unique": True}),
            (
                [("his_id", UP)],
                {"name": "one_per_his_file", "unique": True, "partialFilterExpression": {"his_id": text}},
            ),
            ([("name_index", UP)], {"name": "by_name"}),
            ([("phone_indexes", UP)], {"name": "by_phone"}),
            ([("card_indexes", UP)], {"name": "by_card"}),
        ],
    )
    await db.prepare(
        "bindings",
        required=["account_id", "patient_id", "active", "removed", "opening", "sealed", "created_at"],
        indexes=[
            (
                [("account_id", UP), ("patient_id", UP)],
                {"name": "one_per_person", "unique": True, "partialFilterExpression": {"removed": False}},
            ),
            (
                [("account_id", UP)],
                {"name": "one_active", "unique": True, "partialFilterExpression": {"active": True}},
            ),
            (
                [("desk_number", UP)],
                {"name": "one_per_desk_number", "unique": True, "partialFilterExpression": {"desk_number": text}},
            ),
            ([("account_id", UP), ("removed", UP)], {"name": "of_account"}),
            ([("patient_id", UP), ("opening", UP)], {"name": "of_patient"}),
            ([("opening", UP), ("desk_asked_at", UP)], {"name": "at_desk"}),
        ],
    )
    await db.prepare("patient_lists", required=["bindings", "turn"], indexes=[])
    await db.prepare(
        "phone_codes",
        required=["about", "digest", "tries", "used", "expires_at"],
        indexes=[
            ([("about", UP), ("_id", DOWN)], {"name": "newest"}),
            ([("expires_at", UP)], {"name": "old", "expireAfterSeconds": 86_400}),
        ],
    )
    await db.prepare(
        "patient_limits",
        required=["n", "expires_at"],
        indexes=[([("expires_at", UP)], {"name": "old", "expireAfterSeconds": 0})],
    )
    await db.prepare(
        "consents",
        required=["account_id", "purpose", "granted", "version", "at"],
        indexes=[([("account_id", UP), ("_id", UP)], {"name": "of_account"})],
    )
    await db.prepare(
        "care_relations",
        required=["patient_id", "department_id", "why", "last_at"],
        indexes=[
            ([("doctor_id", UP), ("patient_id", UP)], {"name": "of_doctor"}),
            ([("department_id", UP), ("patient_id", UP)], {"name": "of_department"}),
            ([("patient_id", UP)], {"name": "of_patient"}),
        ],
    )
