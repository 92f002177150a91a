"""Answers kept for an Idempotency-Key, so that a repeated POST gets the first one's answer."""

from dataclasses import dataclass
from datetime import timedelta

from server import errors
from server.context import App

_CLAIM_LASTS = timedelta(seconds=20)  # longer than any answer takes: then its process has died


class SameKeyOtherRequest(errors.Conflict):
    code, message = "idempotency_key_reused", "同一次提交的内容前后不一致，请返回重新操作。"


class StillRunning(errors.Conflict):
    code, message = "still_running", "上一次提交正在处理，请稍候。"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it was given."""

    status: int
    body: bytes


async def begin(app: App, key: str, request_digest: str) -> Reply | None:
    """Claim a key (of one actor and route) for a request; the kept answer if it was answered before."""
    now = app.real_now()
    fresh = {"request": request_digest, "claimed_at": now, "status": 0, "at": now}
    kept = await app.db["replies"].find_one_and_update({"_id": key}, {"$setOnInsert": fresh}, upsert=True)
    if kept is None:
        return None
    if kept["request"] != request_digest:
        raise SameKeyOtherRequest()
    if kept["status"]:
        opened = app.security.open("replies", key, kept["sealed"])
        return Reply(kept["status"], opened["body"].encode())
    free = {"_id": key, "status": 0, "claimed_at": {"$lt": now - _CLAIM_LASTS}}
    taken = await app.db["replies"].update_one(free, {"$set": {"claimed_at": now}})
    if not taken.modified_count:
        raise StillRunning()
    return None


async def finish(app: App, key: str, reply: Reply) -> None:
    """Keep the answer; a server fault (5xx) is not kept, so that a repeat tries again."""
    if reply.status >= 500:
        await app.db["replies"].delete_one({"_id": key})
        return
    sealed = app.security.seal("replies", key, {"body": reply.body.decode()})  # answers carry names
    await app.db["replies"].update_one({"_id": key}, {"$set": {"status": reply.status, "sealed": sealed}})
