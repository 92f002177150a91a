"""The menu in Mongo: one draft, and one document per published version."""

from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from server.context import App
from server.menu.models import BeingPublished, Menu

Doc = dict[str, Any]


async def draft(app: App) -> Menu | None:
    doc = await app.db["menus"].find_one({"_id": "draft"})
    return Menu.model_validate(doc["menu"]) if doc else None


async def put_draft(app: App, menu: Menu, now: datetime) -> None:
    value = {"menu": menu.model_dump(exclude_none=True), "at": now}
    await app.db["menus"].update_one({"_id": "draft"}, {"$set": value}, upsert=True)


async def add_version(app: App, menu: Menu, by: str, now: datetime, real_now: datetime) -> int:
    """Reserve the next version number for a minute; BeingPublished while somebody else has it."""
    last = await app.db["menus"].find_one({"version": {"$type": "int"}}, sort=[("version", -1)])
    if last and last["state"] == "publishing" and last["lease_until"] > real_now:
        raise BeingPublished()
    version = int(last["version"]) + 1 if last else 1
    doc: Doc = {"_id": f"v{version}", "version": version, "menu": menu.model_dump(exclude_none=True), "at": now}
    doc |= {"by": by, "state": "publishing", "lease_until": real_now + timedelta(minutes=1)}
    try:
        await app.db["menus"].insert_one(doc)
    except DuplicateKeyError:
        raise BeingPublished() from None
    return version


async def set_state(app: App, version: int, state: str) -> None:
    await app.db["menus"].update_one({"_id": f"v{version}"}, {"$set": {"state": state}})


async def versions(app: App) -> list[Doc]:
    """Published versions, newest first."""
    return await app.db["menus"].find({"state": "published"}, {"menu": 0}).sort("version", -1).limit(50).to_list()


async def version(app: App, number: int) -> Menu | None:
    doc = await app.db["menus"].find_one({"_id": f"v{number}", "state": "published"})
    return Menu.model_validate(doc["menu"]) if doc else None
