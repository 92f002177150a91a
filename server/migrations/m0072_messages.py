"""Messages stand in a queue of their own; customer-service windows are permissions; quotas by day."""

from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN

from server.db import Database

_RANK = {"critical": 0, "service": 1, "education": 2}
_QUARTER = 90 * 86400


async def up(db: Database) -> None:
    """Make the quotas and the indexes, put what waits into the queue, and forget what nothing reads any more."""
    messages = db["messages"]
    waiting = {"state": {"$in": ["waiting", "sending"]}, "rank": {"$exists": False}}
    for tier, rank in _RANK.items():
        place = {"rank": rank, "waits": False, "due_at": db.clock.real_now(), "lease": None}
        await messages.update_many(waiting | {"tier": tier}, {"$set": place})
    await db["jobs"].delete_many({"kind": "messages.deliver"})
    in_queue = {"rank": {"$exists": True}}
    keys = [("rank", UP), ("waits", UP), ("due_at", UP)]
    await messages.create_index(keys, name="queue", partialFilterExpression=in_queue)
    await messages.create_index([("tier", UP), ("_id", DOWN)], name="by_tier")
    await messages.create_index([("channel", UP), ("_id", DOWN)], name="by_channel")
    await db.prepare(
        "message_quotas",
        required=["on", "channel", "used", "closed", "at"],
        indexes=[
            ([("on", UP)], {"name": "of_day"}),
            ([("at", UP)], {"name": "for_a_quarter", "expireAfterSeconds": _QUARTER}),
        ],
    )
    async for window in db["windows"].find():
        await _as_permission(db, window)
    for dead in ("windows", "message_outcomes"):
        await db[dead].drop()


async def _as_permission(db: Database, window: dict[str, object]) -> None:
    """A window that is still open goes on as a permission with its line."""
    ids = {"account_id": window["_id"], "template_id": "window:message"}
    key = f"{window['_id']}:window:message"
    facts = {"count": window["left"], "long_term": False, "epoch": 0, "until": window["until"]}
    await db["permissions"].update_one({"_id": key}, {"$setOnInsert": ids | facts}, upsert=True)
    line = ids | {"move": "gained", "cause": window["cause"], "change": window["left"]}
    line |= {"at": db.clock.real_now()}
    found = {"_id": f"{key}:gained:{window['cause']}"}
    await db["permission_moves"].update_one(found, {"$setOnInsert": line}, upsert=True)
