"""What the desk looks for in the tasks of a member's patients: red and unseen, answered today, overdue."""

from pymongo import ASCENDING as UP

from server.db import Database


async def up(db: Database) -> None:
    """Make the indexes."""
    tasks = db["tasks"]
    await tasks.create_index([("seen_by", UP), ("patient_id", UP)], name="red", partialFilterExpression={"red": True})
    await tasks.create_index([("answered_at", UP)], name="answered_at", partialFilterExpression={"state": "answered"})
    unseen = [("seen_by", UP), ("patient_id", UP), ("expires_at", UP)]
    await tasks.create_index(unseen, name="expired", partialFilterExpression={"state": "expired"})
