"""Numbered changes of the database: idempotent, safe while old code runs, each run once per database."""

import importlib
import pkgutil

from server.db import Database


def names() -> list[str]:
    """All migrations in order."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name.startswith("m0"))


async def migrate(db: Database) -> list[str]:
    """Run what this database has not had yet; gives the names of those."""
    done = {doc["_id"] async for doc in db["migrations"].find()}
    new = [name for name in names() if name not in done]
    for name in new:
        await importlib.import_module(f"{__name__}.{name}").up(db)
        await db["migrations"].update_one({"_id": name}, {"$set": {"at": db.clock.real_now()}}, upsert=True)
    return new


async def missing(db: Database) -> list[str]:
    """What `migrate` would run."""
    done = {doc["_id"] async for doc in db["migrations"].find()}
    return [name for name in names() if name not in done]
