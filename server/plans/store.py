"""Plans and enrolments in Mongo: the history is sealed, work that is due is claimed in batches."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from server.context import App
from server.db import Tx, session_of
from server.plans.models.enrolments import Enrolment
from server.plans.models.papers import Plan

Doc = dict[str, Any]
_ENROLMENTS, _PLANS = "enrolments", "plans"
_SEALED = {"history"}
_DUPLICATE = 11000


class Collision(Exception):
    """A document that must be one is there already; not a refusal: the service looks again."""


# --- plans ----------------------------------------------------------------------------------------


def _plan(doc: Doc) -> Plan:
    return Plan.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


async def add_plan(app: App, plan: Plan, tx: Tx | None = None) -> None:
    """Keep a new version. Collision."""
    doc = plan.model_dump(exclude={"id"}) | {"_id": plan.id}
    if plan.state == "published":
        doc["in_use"] = plan.key
    try:
        await app.db[_PLANS].insert_one(doc, session=session_of(tx))
    except DuplicateKeyError:
        raise Collision() from None


async def get_plan(app: App, plan_id: str) -> Plan | None:
    doc = await app.db[_PLANS].find_one({"_id": plan_id})
    return _plan(doc) if doc else None


async def plans_by_id(app: App, plan_ids: Iterable[str]) -> dict[str, Plan]:
    wanted = sorted(set(plan_ids))
    return {doc["_id"]: _plan(doc) async for doc in app.db[_PLANS].find({"_id": {"$in": wanted}})}


async def all_plans(app: App) -> list[Plan]:
    """Every version, by key, the newest first."""
    return [_plan(doc) async for doc in app.db[_PLANS].find().sort([("key", 1), ("version", -1)])]


async def plan_in_use(app: App, key: str) -> Plan | None:
    doc = await app.db[_PLANS].find_one({"in_use": key})
    return _plan(doc) if doc else None


async def plans_in_use(app: App) -> list[Plan]:
    found = app.db[_PLANS].find({"in_use": {"$type": "string"}}).sort("key", 1)
    return [_plan(doc) async for doc in found]


async def last_version(app: App, key: str) -> int:
    doc = await app.db[_PLANS].find_one({"key": key}, {"version": 1}, sort=[("version", -1)])
    return int(doc["version"]) if doc else 0


async def change_plan(app: App, plan: Plan, revision: int, tx: Tx | None = None) -> bool:
    """Store a version that had this revision; False when somebody was faster."""
    doc = plan.model_dump(exclude={"id"}) | {"in_use": plan.key if plan.state == "published" else None}
    done = await app.db[_PLANS].update_one(
        {"_id": plan.id, "revision": revision}, {"$set": doc}, session=session_of(tx)
    )
    return bool(done.modified_count)


async def retire_others(app: App, plan: Plan, tx: Tx) -> None:
    """Versions before this one are not used for new enrolments any more."""
    query = {"in_use": plan.key, "_id": {"$ne": plan.id}}
    change = {"$set": {"state": "retired", "in_use": None}, "$inc": {"revision": 1}}
    await app.db[_PLANS].update_many(query, change, session=tx.session)


# --- enrolments -----------------------------------------------------------------------------------


def _doc(app: App, enrolment: Enrolment) -> Doc:
    sealed = enrolment.model_dump(mode="json", include=_SEALED)
    return enrolment.model_dump(exclude={"id", *_SEALED}) | {
        "sealed": app.security.seal(_ENROLMENTS, enrolment.id, sealed)
    }


def _enrolment(app: App, doc: Doc, *, opened: bool = True) -> Enrolment:
    history = app.security.open(_ENROLMENTS, doc["_id"], doc["sealed"]) if opened else {}
    return Enrolment.model_validate({**doc, **history, "id": doc["_id"]}, extra="ignore")


async def add(app: App, enrolments: Sequence[Enrolment], tx: Tx) -> None:
    """Keep new enrolments; one write. Collision (the transaction is lost)."""
    long_ago = datetime.fromtimestamp(0, tz=app.real_now().tzinfo)
    docs = [_doc(app, e) | {"_id": e.id, "claim": None, "claim_until": long_ago} for e in enrolments]
    try:
        if docs:
            await app.db[_ENROLMENTS].insert_many(docs, session=tx.session)
    except BulkWriteError as error:
        if any(each.get("code") == _DUPLICATE for each in error.details.get("writeErrors", [])):
            raise Collision() from None
        raise


async def get(app: App, enrolment_id: str, tx: Tx | None = None) -> Enrolment | None:
    doc = await app.db[_ENROLMENTS].find_one({"_id": enrolment_id}, session=session_of(tx))
    return _enrolment(app, doc) if doc else None


async def alive(app: App, live_of: Sequence[str], tx: Tx | None = None) -> dict[str, Enrolment]:
    """Living enrolments by `live_of`."""
    found = app.db[_ENROLMENTS].find({"live_of": {"$in": list(live_of)}}, session=session_of(tx))
    return {doc["live_of"]: _enrolment(app, doc) async for doc in found}


async def known_origins(app: App, origins: Sequence[str], tx: Tx | None = None) -> set[str]:
    """Which of these events have enrolled somebody before."""
    found = app.db[_ENROLMENTS].find({"origin_of": {"$in": list(origins)}}, {"origin_of": 1}, session=session_of(tx))
    return {doc["origin_of"] async for doc in found}


async def change(app: App, enrolment: Enrolment, tx: Tx | None = None) -> bool:
    """Store an enrolment as changed from its `rev`; False when somebody was faster."""
    doc = _doc(app, enrolment.model_copy(update={"rev": enrolment.rev + 1}))
    query = {"_id": enrolment.id, "rev": enrolment.rev}
    return bool((await app.db[_ENROLMENTS].update_one(query, {"$set": doc}, session=session_of(tx))).modified_count)


async def page(app: App, query: Doc, before: str | None, limit: int) -> list[Enrolment]:
    wanted = query | ({"_id": {"$lt": before}} if before else {})
    found = app.db[_ENROLMENTS].find(wanted).sort("_id", -1).limit(limit)
    return [_enrolment(app, doc) async for doc in found]


async def ids(app: App, query: Doc) -> list[str]:
    return [doc["_id"] async for doc in app.db[_ENROLMENTS].find(query, {"_id": 1})]


async def living_of_patient(app: App, patient_id: str, tx: Tx | None = None) -> list[Enrolment]:
    query = {"patient_id": patient_id, "live_of": {"$type": "string"}}
    return [_enrolment(app, doc) async for doc in app.db[_ENROLMENTS].find(query, session=session_of(tx))]


async def counts(app: App) -> dict[str, int]:
    """Living enrolments per version."""
    pipeline: list[Doc] = [
        {"$match": {"live_of": {"$type": "string"}}},
        {"$group": {"_id": "$plan_id", "count": {"$sum": 1}}},
    ]
    return {doc["_id"]: doc["count"] async for doc in await app.db[_ENROLMENTS].aggregate(pipeline)}


async def of_other_versions(app: App, key: str, plan_id: str, after: str | None, limit: int) -> list[Enrolment]:
    """Living enrolments of a plan that run on another version, in the order of their ids."""
    query: Doc = {"plan_key": key, "state": {"$in": ["active", "paused"]}, "plan_id": {"$ne": plan_id}}
    wanted = query | ({"_id": {"$gt": after}} if after else {})
    return [_enrolment(app, doc) async for doc in app.db[_ENROLMENTS].find(wanted).sort("_id", 1).limit(limit)]


# --- due work -------------------------------------------------------------------------------------


def _due(app: App) -> Doc:
    return {"state": "active", "next_at": {"$lte": app.now()}, "claim_until": {"$lte": app.real_now()}}


async def is_due(app: App) -> bool:
    return bool(await app.db[_ENROLMENTS].find_one(_due(app), {"_id": 1}))


async def claim(app: App, token: str, until: datetime, limit: int) -> list[Enrolment]:
    """Take some of what is due, the oldest first, out of the hands of others until then; without histories."""
    ids = [doc["_id"] async for doc in app.db[_ENROLMENTS].find(_due(app), {"_id": 1}).sort("next_at", 1).limit(limit)]
    if not ids:
        return []
    taken = {"$set": {"claim": token, "claim_until": until}}
    await app.db[_ENROLMENTS].update_many(_due(app) | {"_id": {"$in": ids}}, taken, hint=[("_id", 1)])
    return [_enrolment(app, doc, opened=False) async for doc in app.db[_ENROLMENTS].find({"claim": token})]


async def still_mine(app: App, token: str, tx: Tx) -> dict[str, int]:
    """Which of what was claimed nobody has taken, paused or ended meanwhile: id -> rev."""
    query = {"claim": token, "state": "active"}
    found = app.db[_ENROLMENTS].find(query, {"rev": 1}, session=tx.session)
    return {doc["_id"]: doc["rev"] async for doc in found}


async def move_on(app: App, changes: Sequence[tuple[Enrolment, Doc]], tx: Tx) -> None:
    """Write what became of a batch, and give it back; one write."""
    free: Doc = {"claim": None, "claim_until": datetime.fromtimestamp(0, tz=app.real_now().tzinfo)}
    updates = [
        UpdateOne({"_id": enrolment.id, "rev": enrolment.rev}, {"$set": values | free, "$inc": {"rev": 1}})
        for enrolment, values in changes
    ]
    if updates:
        await app.db[_ENROLMENTS].bulk_write(updates, ordered=False, session=tx.session)


async def put_off(app: App, enrolment: Enrolment, next_at: datetime) -> None:
    """Try it later: what is due again and again without success holds up nobody."""
    free: Doc = {"claim": None, "claim_until": datetime.fromtimestamp(0, tz=app.real_now().tzinfo)}
    query = {"_id": enrolment.id, "rev": enrolment.rev}
    await app.db[_ENROLMENTS].update_one(query, {"$set": free | {"next_at": next_at}})
