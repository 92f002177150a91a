"""Questionnaires in Mongo: the received bytes, the derived form beside them, drafts, imported responses, photos."""

import base64
from datetime import datetime
from typing import Any

from server.context import Actor, App
from server.db import Tx
from server.questionnaires.models import Answers, Derived, Draft, Questionnaire, Score, Warned
from server.questionnaires.rules import fhir, soundness

Doc = dict[str, Any]
_STALE = "系统升级后还没有重新核对这个公式：不显示这项分数，请管理员重建问卷。"


def derive(raw: bytes, fallback: str = "") -> Derived:
    """What the bytes say; BadQuestionnaire."""
    return fhir.derive(soundness.parse(raw), fallback)


async def _questionnaire(app: App, doc: Doc) -> Questionnaire:
    """One version. A form that an older reading made is read again from the bytes, its formulas left out."""
    if doc.get("derived_by") == fhir.DERIVED_BY:
        derived = Derived.model_validate_json(doc["derived"])
    else:
        kept = await app.db["questionnaires"].find_one({"_id": doc["_id"]}, {"raw": 1})
        derived = derive(bytes(kept["raw"]) if kept else b"")
        for expression in derived.expressions:
            expression.why_not = expression.why_not or _STALE
    scoring = doc["scoring"] if isinstance(doc["scoring"], dict) else soundness.parse_json(doc["scoring"].encode())
    given = {k: v for k, v in doc.items() if k not in ("derived", "scoring")}
    return Questionnaire.model_validate({**given, "id": doc["_id"], "derived": derived, "scoring": scoring})


async def raw(app: App, questionnaire_id: str, tx: Tx | None = None) -> bytes | None:
    """The bytes of a version as they came; None when there is no such version."""
    session = tx.session if tx else None
    doc = await app.db["questionnaires"].find_one({"_id": questionnaire_id}, {"raw": 1}, session=session)
    return bytes(doc["raw"]) if doc else None


async def add(app: App, questionnaire: Questionnaire, received: bytes, people: Doc, tx: Tx) -> None:
    """Keep a version; it is never changed. `people`: published_by, approved_by, authors."""
    doc = questionnaire.model_dump(exclude={"id", "derived", "scoring"}) | people
    doc |= {"_id": questionnaire.id, "raw": received, "scoring": questionnaire.scoring.model_dump_json()}
    await app.db["questionnaires"].insert_one(doc | _derived(questionnaire.derived), session=tx.session)


def _derived(derived: Derived) -> Doc:
    return {"derived": derived.model_dump_json(), "derived_by": derived.by}


async def renew(app: App, questionnaire_id: str, derived: Derived) -> None:
    """Put a newly derived form beside the bytes."""
    await app.db["questionnaires"].update_one({"_id": questionnaire_id}, {"$set": _derived(derived)})


async def get(app: App, questionnaire_id: str) -> Questionnaire | None:
    doc = await app.db["questionnaires"].find_one({"_id": questionnaire_id}, {"raw": 0})
    return await _questionnaire(app, doc) if doc else None


async def latest(app: App, key: str) -> Questionnaire | None:
    found = app.db["questionnaires"].find({"key": key, "status": "published"}, {"raw": 0})
    docs = await found.sort([("published_at", -1), ("_id", -1)]).limit(1).to_list()
    return await _questionnaire(app, docs[0]) if docs else None


async def listed(app: App, status: str) -> list[Questionnaire]:
    """Versions by title, the newest of each first."""
    query = {} if status == "all" else {"status": status}
    found = app.db["questionnaires"].find(query, {"raw": 0}).sort([("title", 1), ("key", 1), ("published_at", -1)])
    return [await _questionnaire(app, doc) async for doc in found]


async def ids(app: App) -> list[str]:
    """All versions, in use or retired."""
    return [str(doc["_id"]) async for doc in app.db["questionnaires"].find({}, {"_id": 1})]


async def versions(app: App, key: str) -> set[str]:
    """Which versions of a questionnaire are published or were."""
    return {str(doc["version"]) async for doc in app.db["questionnaires"].find({"key": key}, {"version": 1})}


async def keys(app: App) -> set[str]:
    """Which questionnaires are in use."""
    return set(await app.db["questionnaires"].distinct("key", {"status": "published"}))


async def retire(app: App, questionnaire_id: str, tx: Tx) -> bool:
    """Take a version out of use; False when it is not in use."""
    wanted = {"_id": questionnaire_id, "status": "published"}
    done = await app.db["questionnaires"].update_one(wanted, {"$set": {"status": "retired"}}, session=tx.session)
    return bool(done.modified_count)


# --- drafts ---------------------------------------------------------------------------------------


def _draft(doc: Doc) -> Draft:
    fresh = doc["derived_by"] == fhir.DERIVED_BY
    derived = Derived.model_validate_json(doc["derived"]) if fresh else derive(bytes(doc["raw"]), str(doc["_id"]))
    scoring = soundness.parse_json(doc["scoring"].encode())
    return Draft.model_validate({**doc, "id": doc["_id"], "derived": derived, "scoring": scoring}, extra="ignore")


def _draft_doc(draft: Draft) -> Doc:
    doc = draft.model_dump(exclude={"id", "derived", "scoring"})
    return doc | _derived(draft.derived) | {"scoring": draft.scoring.model_dump_json()}


async def add_draft(app: App, draft: Draft, tx: Tx) -> None:
    await app.db["questionnaire_drafts"].insert_one(_draft_doc(draft) | {"_id": draft.id}, session=tx.session)


async def draft(app: App, draft_id: str) -> Draft | None:
    doc = await app.db["questionnaire_drafts"].find_one({"_id": draft_id})
    return _draft(doc) if doc else None


async def drafts(app: App) -> list[Draft]:
    """All drafts, the last changed first."""
    found = app.db["questionnaire_drafts"].find().sort("changed_at", -1).limit(500)
    return [_draft(doc) async for doc in found]


async def change_draft(app: App, draft: Draft, tx: Tx) -> bool:
    """Keep a changed draft as its next revision; False when somebody was faster."""
    wanted = {"_id": draft.id, "revision": draft.revision}
    doc = _draft_doc(draft) | {"revision": draft.revision + 1}
    done = await app.db["questionnaire_drafts"].update_one(wanted, {"$set": doc}, session=tx.session)
    return bool(done.modified_count)


async def remove_draft(app: App, draft: Draft, tx: Tx) -> bool:
    """Forget a draft; False when somebody changed or removed it meanwhile."""
    wanted = {"_id": draft.id, "revision": draft.revision}
    return bool((await app.db["questionnaire_drafts"].delete_one(wanted, session=tx.session)).deleted_count)


# --- imported responses ---------------------------------------------------------------------------


async def add_response(app: App, head: Doc, received: bytes, read: Doc, by: Actor, tx: Tx) -> None:
    """Keep an imported response; its bytes and what was read are sealed. `head`: _id, questionnaire_id, patient_id."""
    sealed = app.security.seal("questionnaire_responses", head["_id"], {"raw": received.decode("latin-1"), **read})
    await app.db["questionnaire_responses"].insert_one({**head, "by": by.id, "sealed": sealed}, session=tx.session)


async def response(app: App, response_id: str) -> tuple[Doc, bytes, Answers, list[Warned], Score] | None:
    """An imported response: its document, bytes, answers, warnings and score."""
    doc = await app.db["questionnaire_responses"].find_one({"_id": response_id})
    if doc is None:
        return None
    opened = app.security.open("questionnaire_responses", response_id, doc["sealed"])
    warnings = [Warned.model_validate(one) for one in opened["warnings"]]
    return doc, opened["raw"].encode("latin-1"), opened["answers"], warnings, Score.model_validate(opened["score"])


# --- photographs ----------------------------------------------------------------------------------


async def add_photo(
    app: App, photo_id: str, patient_id: str, account_id: str, kind: str, content: bytes, tx: Tx
) -> None:
    """Keep a photo; its bytes are sealed."""
    sealed = app.security.seal("questionnaire_photos", photo_id, {"content": base64.b64encode(content).decode()})
    doc = {"_id": photo_id, "patient_id": patient_id, "account_id": account_id, "kind": kind, "at": app.now()}
    await app.db["questionnaire_photos"].insert_one(doc | {"sealed": sealed}, session=tx.session)


async def photos_since(app: App, account_id: str, since: datetime) -> int:
    """How many photos an account has uploaded since then."""
    return await app.db["questionnaire_photos"].count_documents({"account_id": account_id, "at": {"$gte": since}})


async def photos_of(app: App, patient_id: str, photo_ids: list[str]) -> set[str]:
    """Which of these photos are of this patient."""
    query = {"_id": {"$in": photo_ids}, "patient_id": patient_id}
    return {str(doc["_id"]) async for doc in app.db["questionnaire_photos"].find(query, {"_id": 1})}


async def photo(app: App, photo_id: str) -> tuple[str, str, bytes] | None:
    """Patient, type and bytes of a photo."""
    doc = await app.db["questionnaire_photos"].find_one({"_id": photo_id})
    if doc is None:
        return None
    opened = app.security.open("questionnaire_photos", photo_id, doc["sealed"])
    return doc["patient_id"], doc["kind"], base64.b64decode(opened["content"])
