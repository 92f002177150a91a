"""Scene QR codes, visits through them, and which of them brought a follower."""

from pymongo import ASCENDING as UP

from server.db import Database


async def up(db: Database) -> None:
    """Make them."""
    await db.prepare("scenes", required=["name", "place", "kind", "url", "created_at", "by"], indexes=[])
    await db.prepare(
        "scene_visits",
        required=["scene_id", "at", "on", "new_follower"],
        indexes=[([("scene_id", UP), ("on", UP), ("new_follower", UP)], {"name": "of_scene"})],
    )
    only_scenes = {"came_by": {"$type": "string"}}
    await db["accounts"].create_index(
        [("came_by", UP), ("followed", UP)], name="following_by_scene", partialFilterExpression=only_scenes
    )
