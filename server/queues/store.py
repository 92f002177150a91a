"""Tickets in Mongo. The HIS is the source: an older picture never replaces a newer."""

from collections.abc import Sequence
from typing import Any

from server.context import App
from server.db import Tx
from server.queues.models import Ticket

Doc = dict[str, Any]


def _ticket(doc: Doc) -> Ticket:
    return Ticket.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


async def add(app: App, ticket: Ticket, tx: Tx) -> None:
    """Keep a ticket; the same appointment keeps its first one."""
    doc = ticket.model_dump(exclude={"id", "appointment_id"}) | {"_id": ticket.id}
    found = {"appointment_id": ticket.appointment_id}
    await app.db["tickets"].update_one(found, {"$setOnInsert": doc}, upsert=True, session=tx.session)


async def get(app: App, ticket_id: str) -> Ticket | None:
    doc = await app.db["tickets"].find_one({"_id": ticket_id})
    return _ticket(doc) if doc else None


async def of_appointment(app: App, appointment_id: str) -> Ticket | None:
    doc = await app.db["tickets"].find_one({"appointment_id": appointment_id})
    return _ticket(doc) if doc else None


async def ids_of_clinic(app: App, clinic_id: str) -> set[str]:
    return {doc["_id"] async for doc in app.db["tickets"].find({"clinic_id": clinic_id}, {"_id": 1})}


async def of_patients(app: App, patient_ids: Sequence[str], on: str) -> list[Ticket]:
    query = {"patient_id": {"$in": list(patient_ids)}, "on": on}
    return [_ticket(doc) async for doc in app.db["tickets"].find(query).sort("checked_in_at", 1)]


async def renew(app: App, old: Ticket, new: Ticket, tx: Tx) -> bool:
    """Take a newer picture over; False when the ticket is not `old` any more or its picture is as new."""
    query = {"_id": old.id, "status": old.status, "told_soon": old.told_soon, "as_of": {"$lt": new.as_of}}
    values = new.model_dump(include={"status", "room", "ahead", "calling_number", "told_soon", "as_of"})
    return bool((await app.db["tickets"].update_one(query, {"$set": values}, session=tx.session)).modified_count)
