"""Which account looks after whom. Two unique indexes hold: one binding per person, one active per account."""

from collections.abc import Sequence
from typing import Any

from pymongo.errors import DuplicateKeyError

from server.context import App
from server.db import Tx, session_of
from server.patients.models import AlreadyBound, Binding

Doc = dict[str, Any]
_PLACE = "bindings"
_SEALED = {"typed", "guarding"}


def _binding(app: App, doc: Doc) -> Binding:
    sealed = app.security.open(_PLACE, doc["_id"], doc["sealed"])
    desk = app.security.open(_PLACE, doc["_id"], doc["desk"], field="desk") if doc.get("desk") else {}
    said = {"his_name": desk.get("his_name"), "refused_because": desk.get("reason")}
    return Binding.model_validate({**doc, **sealed, **said, "id": doc["_id"]}, extra="ignore")


async def ensure_list(app: App, account_id: str) -> None:
    """Make the account's list, the one document that all changes of it meet at."""
    try:
        await app.db["patient_lists"].update_one(
            {"_id": account_id}, {"$setOnInsert": {"bindings": 0, "turn": 0}}, upsert=True
        )
    except DuplicateKeyError:
        return  # made by another request at this moment


async def take_turn(app: App, account_id: str, more: int, tx: Tx) -> int:
    """Let only one change of an account's list happen at a time; gives how many bindings it has then."""
    change = {"$inc": {"bindings": more, "turn": 1}}
    doc = await app.db["patient_lists"].find_one_and_update(
        {"_id": account_id}, change, return_document=True, session=tx.session
    )
    return int(doc["bindings"]) if doc else 0


async def add(app: App, binding: Binding, tx: Tx) -> None:
    """Insert a binding; AlreadyBound."""
    doc = binding.model_dump(exclude={"id", "his_name", "refused_because"} | _SEALED)
    doc |= {"_id": binding.id, "removed": False, "removed_at": None}
    doc["sealed"] = app.security.seal(_PLACE, binding.id, binding.model_dump(include=_SEALED))
    try:
        await app.db["bindings"].insert_one(doc, session=tx.session)
    except DuplicateKeyError:
        raise AlreadyBound(patient_id=binding.patient_id) from None


async def of_account(app: App, account_id: str, tx: Tx | None = None) -> list[Binding]:
    """An account's bindings, in the order they were made."""
    query = {"account_id": account_id, "removed": False}
    found = app.db["bindings"].find(query, session=session_of(tx)).sort("_id", 1)
    return [_binding(app, doc) async for doc in found]


async def of_patient(app: App, account_id: str, patient_id: str) -> Binding | None:
    doc = await app.db["bindings"].find_one({"account_id": account_id, "patient_id": patient_id, "removed": False})
    return _binding(app, doc) if doc else None


async def get(app: App, binding_id: str) -> Binding | None:
    """A binding that was not removed."""
    doc = await app.db["bindings"].find_one({"_id": binding_id, "removed": False})
    return _binding(app, doc) if doc else None


async def whose_phones(app: App, patient_ids: Sequence[str]) -> set[str]:
    """Which of these patients somebody looks after whose phone may be told of them."""
    open_now = {"patient_id": {"$in": list(patient_ids)}, "removed": False, "opening": "open"}
    return {doc["patient_id"] async for doc in app.db["bindings"].find(open_now, {"patient_id": 1})}


async def open_of(app: App, patient_id: str) -> list[Binding]:
    """The bindings that may read a patient's records, oldest first."""
    found = app.db["bindings"].find({"patient_id": patient_id, "removed": False, "opening": "open"}).sort("_id", 1)
    return [_binding(app, doc) async for doc in found]


async def activate(app: App, account_id: str, patient_id: str | None, tx: Tx) -> bool:
    """Make one binding the active one (None: none of them). False when the account has no such binding."""
    mine = {"account_id": account_id, "removed": False}
    await app.db["bindings"].update_many(
        {"account_id": account_id, "active": True, "patient_id": {"$ne": patient_id}},
        {"$set": {"active": False}},
        session=tx.session,
    )
    if patient_id is None:
        return True
    done = await app.db["bindings"].update_one(
        mine | {"patient_id": patient_id}, {"$set": {"active": True}}, session=tx.session
    )
    return done.matched_count == 1


async def remove(app: App, binding_id: str, tx: Tx) -> bool:
    """End a binding; False when it has ended already."""
    gone = {"removed": True, "removed_at": app.now(), "active": False, "opening": "none", "desk_number": None}
    where = {"_id": binding_id, "removed": False}
    done = await app.db["bindings"].update_one(where, {"$set": gone}, session=tx.session)
    return done.modified_count == 1


async def erase(app: App, account_id: str, tx: Tx) -> None:
    """Delete all that an account ever bound, removed bindings included, with what was typed."""
    await app.db["bindings"].delete_many({"account_id": account_id}, session=tx.session)
    await forget_list(app, account_id, tx)


async def forget_list(app: App, account_id: str, tx: Tx) -> None:
    """The account is no more."""
    await app.db["patient_lists"].delete_one({"_id": account_id}, session=tx.session)


async def hand_over(app: App, binding_id: str, account_id: str, active: bool, tx: Tx) -> None:
    """Let another account have the binding."""
    change = {"$set": {"account_id": account_id, "active": active}}
    await app.db["bindings"].update_one({"_id": binding_id, "removed": False}, change, session=tx.session)


async def set_opening(
    app: App, binding_id: str, opening: str, *, was: list[str], tx: Tx | None = None, **values: Any
) -> bool:
    """Move a binding's opening on from one of the states `was`; False when it is in none of them."""
    where = {"_id": binding_id, "removed": False, "opening": {"$in": was}}
    change = {"$set": {"opening": opening, "desk_number": None, **values}}
    done = await app.db["bindings"].update_one(where, change, session=session_of(tx))
    return done.matched_count == 1


async def close_all(app: App, account_id: str, tx: Tx) -> list[str]:
    """Close every record an account may read; gives the ids of the patients concerned."""
    mine = {"account_id": account_id, "removed": False, "opening": {"$ne": "none"}}
    ids = [doc["patient_id"] async for doc in app.db["bindings"].find(mine, {"patient_id": 1}, session=tx.session)]
    closed = {"$set": {"opening": "none", "opened_by": None, "desk_number": None}}
    await app.db["bindings"].update_many(mine, closed, session=tx.session)
    return ids


async def ask_desk(app: App, binding_id: str, number: str, note: Doc) -> bool:
    """Wait at the desk under a number, with a note that is sealed; False when another waits under that number."""
    try:
        return await set_opening(
            app,
            binding_id,
            "desk_pending",
            was=["none", "code", "desk_pending"],
            desk_number=number,
            desk_asked_at=app.now(),
            desk=app.security.seal(_PLACE, binding_id, note, field="desk"),
        )
    except DuplicateKeyError:
        return False


async def write_desk_note(app: App, binding_id: str, note: Doc, tx: Tx) -> bool:
    """Seal what the desk noted; False when nobody waits with this binding any more."""
    where = {"_id": binding_id, "removed": False, "opening": "desk_pending"}
    change = {"$set": {"desk": app.security.seal(_PLACE, binding_id, note, field="desk")}}
    done = await app.db["bindings"].update_one(where, change, session=tx.session)
    return done.matched_count == 1


async def waiting_at_desk(app: App, since: Any, after: str | None, most: int) -> list[Binding]:
    """Who waits at the desk since a moment, in the order they were bound."""
    query: Doc = {"opening": "desk_pending", "removed": False, "desk_asked_at": {"$gt": since}}
    if after:
        query["_id"] = {"$gt": after}
    found = app.db["bindings"].find(query).sort("_id", 1).limit(most)
    return [_binding(app, doc) async for doc in found]


async def count_waiting_at_desk(app: App, since: Any) -> int:
    query = {"opening": "desk_pending", "removed": False, "desk_asked_at": {"$gt": since}}
    return await app.db["bindings"].count_documents(query)


async def close(app: App, binding_id: str, tx: Tx) -> bool:
    """Close one record that is open."""
    return await set_opening(app, binding_id, "none", was=["open"], tx=tx, opened_by=None)


async def hide_card(app: App, binding_id: str, card_id: str, hidden: bool) -> None:
    """Show or hide a card for this account."""
    change = {"$addToSet" if hidden else "$pull": {"hidden_cards": card_id}}
    await app.db["bindings"].update_one({"_id": binding_id}, change)
