"""Persons as the HIS holds them: one document per identity document, found again by keyed indexes."""

from collections.abc import Sequence
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.context import App
from server.patients import rules
from server.patients.models import Document, Identity, Patient

Doc = dict[str, Any]
_PLACE = "patients"


def _patient(app: App, doc: Doc) -> Patient:
    sealed = app.security.open(_PLACE, doc["_id"], doc["sealed"])
    known = {"id": doc["_id"], "his_id": doc["his_id"], "sex": doc["sex"], "birth_on": doc["birth_on"]}
    return Patient.model_validate({**sealed, **known, "last_visit_on": doc.get("last_visit_on")})


def indexes(app: App, identity: Identity) -> Doc:
    """What a person can be found by."""
    phones = {identity.phone} | ({identity.guardian.phone} if identity.guardian else set())
    return {
        "name_index": app.security.index("name", rules.normal_name(identity.name)),
        "phone_indexes": [app.security.index("phone", phone) for phone in sorted(phones) if phone],
        "card_indexes": [app.security.index("card", card.number) for card in identity.cards],
    }


def document_index(app: App, document: Document) -> str:
    return app.security.index("document", f"{document.kind}:{document.number}")


def card_id(app: App, number: str) -> str:
    """Our id of a card: says nothing of its number."""
    return app.security.index("card-id", number)[:24]


async def ensure(app: App, document: Document) -> str:
    """The id of the person with this document; a place for him is made when there is none."""
    index = document_index(app, document)
    for _ in range(5):
        doc_id = app.new_id()
        fresh = {
            "_id": doc_id,
            "his_id": None,
            "sealed": app.security.seal(_PLACE, doc_id, {"document": document.model_dump()}),
            "sex": None,
            "birth_on": None,
            "new_file": False,
            "last_visit_on": None,
            "created_at": app.now(),
        }
        try:
            doc = await app.db["patients"].find_one_and_update(
                {"document_index": index},
                {"$setOnInsert": fresh},
                upsert=True,
                projection={"_id": 1},
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            continue
        if doc:
            return str(doc["_id"])
    raise RuntimeError("a patient kept appearing under us")


async def identify(app: App, patient_id: str, his_id: str, identity: Identity) -> bool:
    """Take over what the HIS holds. False when that HIS file already belongs to another document."""
    values = {
        "his_id": his_id,
        "sealed": app.security.seal(_PLACE, patient_id, identity.model_dump(exclude={"sex", "birth_on"})),
        "sex": identity.sex,
        "birth_on": identity.birth_on,
        "identified_at": app.now(),
    }
    try:
        await app.db["patients"].update_one({"_id": patient_id}, {"$set": values | indexes(app, identity)})
    except DuplicateKeyError:
        return False
    return True


async def set_new_file(app: App, patient_id: str, new_file: bool) -> None:
    await app.db["patients"].update_one({"_id": patient_id}, {"$set": {"new_file": new_file}})


async def is_new_file(app: App, patient_id: str) -> bool:
    return bool(await app.db["patients"].find_one({"_id": patient_id, "new_file": True}, {"_id": 1}))


async def get(app: App, patient_id: str) -> Patient | None:
    """A person whom the HIS knows."""
    doc = await app.db["patients"].find_one({"_id": patient_id, "his_id": {"$type": "string"}})
    return _patient(app, doc) if doc else None


async def by_his_id(app: App, his_id: str) -> Patient | None:
    doc = await app.db["patients"].find_one({"his_id": his_id})
    return _patient(app, doc) if doc else None


async def several(app: App, patient_ids: Sequence[str]) -> dict[str, Patient]:
    """Persons by id; those the HIS does not know are left out."""
    found = app.db["patients"].find({"_id": {"$in": list(patient_ids)}, "his_id": {"$type": "string"}})
    return {doc["_id"]: _patient(app, doc) async for doc in found}


async def note_visit(app: App, patient_id: str, on: str) -> None:
    """Remember the day of the last visit. Whoever comes after he was said to have died is alive."""
    await app.db["patients"].update_one({"_id": patient_id}, {"$max": {"last_visit_on": on}})
    await app.db["patients"].update_one({"_id": patient_id, "died_by": {"$lt": on}}, {"$unset": {"died_by": ""}})


async def note_death(app: App, patient_id: str, on: str) -> bool:
    """Remember that this person was said to have died; False when that is known."""
    unknown = {"_id": patient_id, "died_by": {"$exists": False}}
    return bool((await app.db["patients"].update_one(unknown, {"$set": {"died_by": on}})).modified_count)


async def living(app: App, patient_ids: Sequence[str]) -> set[str]:
    """Those of these persons of whose death we were not told."""
    ids = list(patient_ids)
    dead = app.db["patients"].find({"_id": {"$in": ids}, "died_by": {"$exists": True}}, {"_id": 1})
    return set(ids) - {doc["_id"] async for doc in dead}


async def search(app: App, found_by: Doc, within: list[str] | None, after: str | None, most: int) -> list[Patient]:
    """Persons by an index, within some ids (None: all), ordered by id, newest first."""
    query: Doc = {"his_id": {"$type": "string"}, **found_by}
    ids: Doc = ({"$in": within} if within is not None else {}) | ({"$lt": after} if after else {})
    if ids:
        query["_id"] = ids
    found = app.db["patients"].find(query).sort("_id", -1).limit(most)
    return [_patient(app, doc) async for doc in found]
