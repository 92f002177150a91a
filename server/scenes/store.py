"""Scene QR codes and the visits through them in Mongo."""

from typing import Any

from pymongo.errors import DuplicateKeyError

from server.context import App
from server.db import Tx, session_of
from server.scenes.models import Scene

Doc = dict[str, Any]


def _scene(doc: Doc) -> Scene:
    return Scene.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


async def add(app: App, scene: Scene, *, tx: Tx) -> None:
    await app.db["scenes"].insert_one(scene.model_dump(exclude={"id"}) | {"_id": scene.id}, session=session_of(tx))


async def get(app: App, scene_id: str) -> Scene | None:
    doc = await app.db["scenes"].find_one({"_id": scene_id})
    return _scene(doc) if doc else None


async def change(app: App, scene_id: str, values: Doc, *, tx: Tx) -> None:
    await app.db["scenes"].update_one({"_id": scene_id}, {"$set": values}, session=session_of(tx))


async def all_scenes(app: App) -> list[Scene]:
    """Every code: those in use first, newest first."""
    found = [_scene(doc) async for doc in app.db["scenes"].find().sort("_id", -1)]
    return sorted(found, key=lambda scene: scene.retired_at is not None)


async def add_visit(app: App, visit: Doc) -> bool:
    """Keep a visit; False when its event was counted before."""
    try:
        await app.db["scene_visits"].insert_one(visit)
    except DuplicateKeyError:
        return False
    return True


async def totals(app: App) -> dict[str, tuple[int, int]]:
    """Scans and new followers of each code."""
    return await _count(app, {}, "$scene_id")


async def by_day(app: App, scene_id: str, from_on: str) -> dict[str, tuple[int, int]]:
    """Scans and new followers of one code on each day from then on."""
    return await _count(app, {"scene_id": scene_id, "on": {"$gte": from_on}}, "$on")


async def _count(app: App, which: Doc, by: str) -> dict[str, tuple[int, int]]:
    fresh = {"$sum": {"$cond": ["$new_follower", 1, 0]}}
    group = {"_id": by, "scans": {"$sum": 1}, "new_followers": fresh}
    found = await app.db["scene_visits"].aggregate([{"$match": which}, {"$group": group}])
    return {doc["_id"]: (doc["scans"], doc["new_followers"]) async for doc in found}
