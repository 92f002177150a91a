"""Published questionnaires in Mongo: the received bytes, and the derived form beside them."""

from typing import Any

from server.context import App
from server.db import Tx
from server.questionnaires.models import Questionnaire


def _questionnaire(doc: dict[str, Any]) -> Questionnaire:
    return Questionnaire.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


async def raw(app: App, questionnaire_id: str, tx: Tx) -> bytes | None:
    """The bytes of a version as they came; None when there is no such version."""
    doc = await app.db["questionnaires"].find_one({"_id": questionnaire_id}, {"raw": 1}, session=tx.session)
    return bytes(doc["raw"]) if doc else None


async def add(app: App, questionnaire: Questionnaire, received: bytes, tx: Tx) -> None:
    """Keep a version; it is never changed."""
    doc = questionnaire.model_dump(exclude={"id"}) | {"_id": questionnaire.id, "raw": received}
    await app.db["questionnaires"].insert_one(doc, session=tx.session)


async def get(app: App, questionnaire_id: str) -> Questionnaire | None:
    doc = await app.db["questionnaires"].find_one({"_id": questionnaire_id}, {"raw": 0})
    return _questionnaire(doc) if doc else None


async def latest(app: App, key: str) -> Questionnaire | None:
    found = app.db["questionnaires"].find({"key": key, "status": "published"}, {"raw": 0})
    docs = await found.sort([("published_at", -1), ("_id", -1)]).limit(1).to_list()
    return _questionnaire(docs[0]) if docs else None


async def published(app: App) -> list[Questionnaire]:
    found = app.db["questionnaires"].find({"status": "published"}, {"raw": 0}).sort([("title", 1), ("_id", 1)])
    return [_questionnaire(doc) async for doc in found]


async def retire(app: App, questionnaire_id: str, tx: Tx) -> bool:
    """Take a version out of use; False when it is not in use."""
    wanted = {"_id": questionnaire_id, "status": "published"}
    done = await app.db["questionnaires"].update_one(wanted, {"$set": {"status": "retired"}}, session=tx.session)
    return bool(done.modified_count)
