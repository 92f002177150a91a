"""What each channel has used of a day's quota: one document per channel and day, changed by one guarded update."""

from typing import Any

from pymongo.errors import DuplicateKeyError

from server.context import App
from server.messages.models import Channel

Doc = dict[str, Any]


async def take(app: App, on: str, channel: Channel, wanted: int, cap: int) -> int:
    """Use so many more of the day's quota, up to `cap`; gives how many there were. None when it is closed."""
    more = {"$max": ["$used", {"$min": [cap, {"$add": ["$used", wanted]}]}]}
    change = [{"$set": {"used": {"$cond": ["$closed", "$used", more]}}}]
    for _ in range(2):
        before = await app.db["message_quotas"].find_one_and_update({"_id": f"{on}:{channel}"}, change)
        if before is not None:
            return 0 if before["closed"] else max(min(cap - before["used"], wanted), 0)
        await _begin(app, on, channel)
    return 0


async def _begin(app: App, on: str, channel: Channel) -> None:
    fresh = {"_id": f"{on}:{channel}", "on": on, "channel": channel, "used": 0, "closed": False, "at": app.real_now()}
    try:
        await app.db["message_quotas"].insert_one(fresh)
    except DuplicateKeyError:
        return


async def give_back(app: App, on: str, channel: Channel, count: int) -> None:
    """What was taken and not used."""
    await app.db["message_quotas"].update_one({"_id": f"{on}:{channel}"}, {"$inc": {"used": -count}})


async def close(app: App, on: str, channel: Channel) -> None:
    """WeChat says that the day's quota is used up, whatever we have counted."""
    await _begin(app, on, channel)
    await app.db["message_quotas"].update_one({"_id": f"{on}:{channel}"}, {"$set": {"closed": True}})


async def of_day(app: App, on: str) -> dict[str, Doc]:
    """Channel -> its document."""
    return {doc["channel"]: doc async for doc in app.db["message_quotas"].find({"on": on})}
