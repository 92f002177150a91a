"""Copies of reports in Mongo: the HIS's document sealed, beside it only what must be found."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from server.context import App
from server.db import Tx
from server.reports import rules
from server.reports.models import HisReport

Doc = dict[str, Any]


class Copying(BaseModel):
    """Since when we copy a patient's reports, and when we last did: in real and in business time."""

    since: datetime
    at: datetime
    as_of: datetime


async def versions(app: App, patient_id: str) -> dict[str, tuple[int, str]]:
    """Version and status of each copy of a patient."""
    found = app.db["reports"].find({"patient_id": patient_id}, {"version": 1, "status": 1})
    return {doc["_id"]: (doc["version"], doc["status"]) async for doc in found}


async def put(app: App, patient_id: str, report: HisReport, now: datetime, tx: Tx) -> bool:
    """Keep a version of a report; False when this one or a newer one is kept."""
    report_id, version, status = str(report["id"]), int(report["version"]), str(report["status"])
    kept = await app.db["reports"].find_one({"_id": report_id}, {"version": 1, "status": 1}, session=tx.session)
    if kept and not rules.is_newer(version, status, kept["version"], kept["status"]):
        return False
    doc = {
        "patient_id": patient_id,
        "version": version,
        "status": status,
        "reported_at": rules.reported_at(report),
        "copied_at": now,
        "sealed": app.security.seal("reports", report_id, report),
    }
    await app.db["reports"].update_one({"_id": report_id}, {"$set": doc}, upsert=True, session=tx.session)
    return True


async def get(app: App, report_id: str) -> tuple[str, HisReport] | None:
    """Patient id and report."""
    doc = await app.db["reports"].find_one({"_id": report_id})
    return (doc["patient_id"], app.security.open("reports", report_id, doc["sealed"])) if doc else None


async def of_patient(app: App, patient_id: str, statuses: Sequence[str]) -> list[HisReport]:
    """Newest first, at most 200."""
    query = {"patient_id": patient_id, "status": {"$in": list(statuses)}}
    found = app.db["reports"].find(query).sort("reported_at", -1).limit(200)
    return [app.security.open("reports", doc["_id"], doc["sealed"]) async for doc in found]


async def copying(app: App, patient_id: str) -> Copying | None:
    """How we copy a patient's reports; None when we never did."""
    doc = await app.db["report_copies"].find_one({"_id": patient_id})
    return Copying.model_validate(doc, extra="ignore") if doc else None


async def note_copied(app: App, patient_id: str, real_now: datetime, now: datetime) -> None:
    change = {"$set": {"at": real_now, "as_of": now}, "$setOnInsert": {"since": now}}
    await app.db["report_copies"].update_one({"_id": patient_id}, change, upsert=True)
