"""Questionnaires in versions with drafts, and imported responses. The form is kept as JSON beside the bytes."""

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN

from server.db import Database


async def up(db: Database) -> None:
    """Make them. What was published before keeps its bytes; its form is derived from them when it is read."""
    await db.prepare(
        "questionnaires",
        required=["key", "version", "title", "kind", "raw", "status", "published_at"],
        indexes=[([("key", UP), ("version", UP)], {"name": "one_per_version", "unique": True})],
    )
    await db.prepare(
        "questionnaire_drafts",
        required=["state", "raw", "kind", "authors", "revision", "changed_at"],
        indexes=[([("changed_at", DOWN)], {"name": "by_change"})],
    )
    await db.prepare(
        "questionnaire_responses",
        required=["questionnaire_id", "patient_id", "sealed", "at", "by"],
        indexes=[([("patient_id", UP), ("at", DOWN)], {"name": "of_patient"})],
    )
    await db.prepare(
        "questionnaire_photos",
        required=["patient_id", "account_id", "kind", "at", "sealed"],
        indexes=[([("account_id", UP), ("at", DOWN)], {"name": "of_account"})],
    )
