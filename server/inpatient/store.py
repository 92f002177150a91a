"""Deposits in Mongo: one open deposit for an account, stay and amount, so that a second tap pays the same."""

from typing import Any

from pymongo.errors import DuplicateKeyError

from server.context import App

Doc = dict[str, Any]


async def open_deposit(app: App, admission_id: str, patient_id: str, account_id: str, amount_fen: int) -> str:
    """The id of the open deposit of this amount; made when there is none."""
    wanted = {"admission_id": admission_id, "account_id": account_id, "amount_fen": amount_fen, "open": True}
    fresh = {"_id": app.new_id(), "patient_id": patient_id, "created_at": app.now()}
    try:
        doc = await app.db["deposits"].find_one_and_update(
            wanted, {"$setOnInsert": fresh}, upsert=True, return_document=True
        )
    except DuplicateKeyError:  # two taps at once: the other one made it
        doc = await app.db["deposits"].find_one(wanted)
    assert doc is not None
    return str(doc["_id"])


async def get(app: App, deposit_id: str) -> Doc | None:
    return await app.db["deposits"].find_one({"_id": deposit_id})


async def close(app: App, deposit_id: str) -> None:
    """The next deposit of this amount is another one."""
    await app.db["deposits"].update_one({"_id": deposit_id}, {"$set": {"open": False}})
