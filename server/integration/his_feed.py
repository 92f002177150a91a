"""The HIS's events, read once a second and put into our outbox, each exactly once.

The cursor moves in the transaction that emits: a crash or a second reader repeats nothing
and skips nothing. An event becomes `his.<type>` with its ids, `seq` and `happened_at`;
nothing else of it is kept.
"""

from typing import Any

from server.context import App
from server.db import Tx

_MOST_ROUNDS = 20
_START = {"$setOnInsert": {"after": 0}}


async def poll(app: App) -> None:
    """Take over what has happened since the last round, at most 20 answers of the HIS at a time."""
    feed = app.db["his_feed"]
    for _ in range(_MOST_ROUNDS):
        cursor = await feed.find_one_and_update({"_id": "cursor"}, _START, upsert=True)
        after = int(cursor["after"]) if cursor else 0
        found = await app.his.events(after)
        if not found or not await _take_over(app, after, found):
            return


async def _take_over(app: App, after: int, found: list[dict[str, Any]]) -> bool:
    """Move the cursor on from `after` and emit these; False when another reader was first."""
    last = max(int(item["seq"]) for item in found)

    async def work(tx: Tx) -> bool:
        guard = {"_id": "cursor", "after": after}
        moved = await tx.db["his_feed"].update_one(guard, {"$set": {"after": last}}, session=tx.session)
        if not moved.matched_count:
            return False
        for item in found:
            ids = {key: value for key, value in item.items() if key.endswith("_id")}
            await tx.emit(f"his.{item['type']}", **ids, seq=item["seq"], happened_at=item["at"])
        return True

    return await app.db.transact(work)
