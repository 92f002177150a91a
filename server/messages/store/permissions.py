"""Permissions in Mongo. Each one gained, consumed, returned or revoked leaves a line in `permission_moves`."""

from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Literal

from server.context import App
from server.db import Tx, session_of
from server.messages.models import Permission

Move = Literal["gained", "consumed", "returned", "revoked"]


async def of_accounts(app: App, account_ids: Collection[str]) -> dict[str, dict[str, Permission]]:
    """Account -> template's id or window's name -> what is permitted."""
    found: dict[str, dict[str, Permission]] = defaultdict(dict)
    async for doc in app.db["permissions"].find({"account_id": {"$in": list(account_ids)}}):
        found[doc["account_id"]][doc["template_id"]] = Permission.model_validate(doc, extra="ignore")
    return found


async def move(
    app: App,
    account_id: str,
    name: str,
    move: Move,
    cause: str,
    change: Callable[[Permission], Permission | None],
    tx: Tx,
) -> Permission | None:
    """Change a permission once per cause, with a line of how much: the lines of a permission add up to its count.

    `name`: the template's id or the window's name. None when nothing was changed: done before, or `change` says no.
    """
    key, session = f"{account_id}:{name}", tx.session
    ids = {"account_id": account_id, "template_id": name}
    if await app.db["permission_moves"].find_one({"_id": f"{key}:{move}:{cause}"}, {"_id": 1}, session=session):
        return None
    doc = await app.db["permissions"].find_one({"_id": key}, session=session)
    before = Permission.model_validate(doc or {}, extra="ignore")
    after = change(before)
    if after is None:
        return None
    await app.db["permissions"].update_one(
        {"_id": key}, {"$set": ids | after.model_dump()}, upsert=True, session=session
    )
    line = {"_id": f"{key}:{move}:{cause}", "move": move, "cause": cause, "change": after.count - before.count}
    await app.db["permission_moves"].insert_one(line | ids | {"at": app.now()}, session=session)
    return after


async def held(app: App, account_id: str, names: Collection[str]) -> list[str]:
    """Which of these permissions are not used up."""
    query = {"account_id": account_id, "template_id": {"$in": list(names)}, "count": {"$gt": 0}}
    return [doc["template_id"] async for doc in app.db["permissions"].find(query, {"template_id": 1})]


async def set_opted_out(app: App, account_id: str, opted_out: bool, tx: Tx | None) -> None:
    value = {"$set": {"opted_out": opted_out}}
    await app.db["accounts_silent"].update_one({"_id": account_id}, value, upsert=True, session=session_of(tx))


async def opted_out(app: App, account_ids: Collection[str]) -> set[str]:
    """Those of the accounts that want no notices."""
    query = {"_id": {"$in": list(account_ids)}, "opted_out": True}
    return {doc["_id"] async for doc in app.db["accounts_silent"].find(query, {"_id": 1})}


async def forget_silence(app: App, account_id: str) -> None:
    """The account is no more."""
    await app.db["accounts_silent"].delete_one({"_id": account_id})
