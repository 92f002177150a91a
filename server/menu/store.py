"""The menu in Mongo: one draft, and one document per publication."""

from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from server.context import App
from server.db import Tx, session_of
from server.menu.models import BeingPublished, Menu

Doc = dict[str, Any]
_NUMBERED: Doc = {"version": {"$type": "int"}}


async def draft(app: App) -> Menu | None:
    doc = await app.db["menus"].find_one({"_id": "draft"})
    return Menu.model_validate(doc["menu"]) if doc else None


async def put_draft(app: App, menu: Menu, now: datetime, *, tx: Tx | None = None) -> None:
    value = {"menu": menu.model_dump(exclude_none=True), "at": now}
    await app.db["menus"].update_one({"_id": "draft"}, {"$set": value}, upsert=True, session=session_of(tx))


async def add_version(app: App, menu: Menu, about: Doc, now: datetime, real_now: datetime) -> int:
    """Reserve the next version number for a minute; BeingPublished while somebody else has it."""
    last = await app.db["menus"].find_one(_NUMBERED, sort=[("version", -1)])
    if last and last["state"] == "publishing" and last["lease_until"] > real_now:
        raise BeingPublished()
    version = int(last["version"]) + 1 if last else 1
    doc: Doc = {"_id": f"v{version}", "version": version, "menu": menu.model_dump(exclude_none=True), "at": now}
    doc |= about | {"state": "publishing", "lease_until": real_now + timedelta(minutes=1)}
    try:
        await app.db["menus"].insert_one(doc)
    except DuplicateKeyError:
        raise BeingPublished() from None
    return version


async def set_state(app: App, version: int, state: str, *, tx: Tx | None = None) -> None:
    await app.db["menus"].update_one({"_id": f"v{version}"}, {"$set": {"state": state}}, session=session_of(tx))


async def versions(app: App) -> list[Doc]:
    """The last fifty publications, newest first, without their menus."""
    return await app.db["menus"].find(_NUMBERED, {"menu": 0}).sort("version", -1).limit(50).to_list()


async def newest(app: App, **state: Any) -> Doc | None:
    """The newest publication (published, failed, …) with its menu read."""
    return _read(await app.db["menus"].find_one(_NUMBERED | state, sort=[("version", -1)]))


async def version(app: App, number: int) -> Doc | None:
    return _read(await app.db["menus"].find_one({"_id": f"v{number}"}))


def _read(doc: Doc | None) -> Doc | None:
    return doc | {"menu": Menu.model_validate(doc["menu"])} if doc else None
