"""Write-backs in Mongo: `_id` is subject kind and id, so that there is one for each subject."""

from typing import Any

from server.context import App
from server.db import Tx, session_of
from server.write_backs.models import WriteBack

Doc = dict[str, Any]


def _write_back(doc: Doc) -> WriteBack:
    return WriteBack.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


async def get(app: App, id: str, tx: Tx | None = None) -> WriteBack | None:
    doc = await app.db["write_backs"].find_one({"_id": id}, session=session_of(tx))
    return _write_back(doc) if doc else None


async def put(app: App, write_back: WriteBack, tx: Tx) -> None:
    doc = write_back.model_dump(exclude={"id"})
    await app.db["write_backs"].replace_one({"_id": write_back.id}, doc, upsert=True, session=tx.session)


async def change(app: App, id: str, kind: str, values: Doc, tx: Tx | None = None) -> bool:
    """Change what is still to be told; False when something else is to be told by now."""
    guard = {"_id": id, "kind": kind}
    done = await app.db["write_backs"].update_one(guard, {"$set": values}, session=session_of(tx))
    return bool(done.matched_count)


async def count_try(app: App, id: str, kind: str, values: Doc) -> None:
    await app.db["write_backs"].update_one({"_id": id, "kind": kind}, {"$set": values, "$inc": {"tries": 1}})


async def listed(app: App, status: str | None, before: str | None, limit: int) -> list[WriteBack]:
    """Newest subject first; `before` is the id of the last one seen."""
    wanted: Doc = {"status": status} if status else {}
    if before:
        wanted["_id"] = {"$lt": before}
    return [_write_back(doc) async for doc in app.db["write_backs"].find(wanted).sort("_id", -1).limit(limit)]


async def count(app: App, status: str) -> int:
    return await app.db["write_backs"].count_documents({"status": status})
