"""What the figures look for: tasks by due time, answers by questionnaire, calls and trials by their subject."""

from pymongo import ASCENDING as UP

from server.db import Database


async def up(db: Database) -> None:
    """Make the indexes; the collections belong to other features."""
    await db["tasks"].create_index([("due_at", UP), ("state", UP)], name="due_in_a_period")
    await db["tasks"].create_index([("questionnaire_id", UP), ("answered_at", UP)], name="answers_of")
    text = {"$type": "string"}
    await db["contacts"].create_index([("subject_id", UP)], name="about", partialFilterExpression={"subject_id": text})
    await db["messages"].create_index([("trial", UP)], name="of_trial", partialFilterExpression={"trial": text})
    await db["messages"].create_index([("key", UP), ("created_at", UP)], name="of_kind")
