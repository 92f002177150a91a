"""What an account agreed to or took back: decisions are added, never changed."""

from typing import Any

from server.context import App
from server.db import Tx, session_of
from server.patients.models import Purpose

Doc = dict[str, Any]


async def decide(
    app: App,
    account_id: str,
    purpose: Purpose,
    granted: bool,
    version: str,
    *,
    patient_id: str | None,
    via: str,
    tx: Tx,
) -> None:
    """Add a decision."""
    doc = {"_id": app.new_id(), "account_id": account_id, "purpose": purpose, "granted": granted, "version": version}
    doc |= {"patient_id": patient_id, "via": via, "at": app.now()}
    await app.db["consents"].insert_one(doc, session=tx.session)


async def standing(app: App, account_id: str, tx: Tx | None = None) -> dict[str, Doc]:
    """The last decision of each purpose."""
    pipeline: list[Doc] = [
        {"$match": {"account_id": account_id}},
        {"$sort": {"_id": 1}},
        {"$group": {"_id": "$purpose", "granted": {"$last": "$granted"}, "at": {"$last": "$at"}}},
    ]
    found = await app.db["consents"].aggregate(pipeline, session=session_of(tx))
    return {doc["_id"]: doc async for doc in found}
