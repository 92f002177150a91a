"""Care relations: which doctor, which department has to do with which patient, and why."""

from datetime import datetime
from typing import Any

from server.context import App
from server.db import Tx, session_of

Doc = dict[str, Any]


async def relate(
    app: App, patient_id: str, doctor_id: str | None, department_id: str, why: str, of: str, at: datetime, tx: Tx | None
) -> None:
    """Note a relation for one reason; noted again, its time is renewed."""
    key = f"{patient_id}:{doctor_id or ''}:{department_id}:{why}:{of}"
    fixed = {"patient_id": patient_id, "doctor_id": doctor_id, "department_id": department_id, "since": at}
    change = {"$setOnInsert": fixed | {"why": why, "of": of}, "$max": {"last_at": at}}
    await app.db["care_relations"].update_one({"_id": key}, change, upsert=True, session=session_of(tx))


async def unrelate(app: App, patient_id: str, of: str, tx: Tx) -> None:
    """Forget the relations that exist because of this one thing."""
    await app.db["care_relations"].delete_many({"patient_id": patient_id, "of": of}, session=tx.session)


async def relations(app: App, where: Doc) -> list[Doc]:
    """Relations, newest first."""
    return [doc async for doc in app.db["care_relations"].find(where).sort("last_at", -1)]


async def patient_ids(app: App, where: Doc) -> list[str]:
    """Whom the relations concern."""
    found: list[str] = await app.db["care_relations"].distinct("patient_id", where)
    return found


async def departments(app: App, patient_ids: list[str]) -> dict[str, list[str]]:
    """The departments each patient has to do with."""
    pipeline: list[Doc] = [
        {"$match": {"patient_id": {"$in": patient_ids}}},
        {"$group": {"_id": "$patient_id", "ids": {"$addToSet": "$department_id"}}},
    ]
    return {doc["_id"]: sorted(doc["ids"]) async for doc in await app.db["care_relations"].aggregate(pipeline)}
