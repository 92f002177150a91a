"""Published questionnaires in Mongo: the received bytes, and the derived form beside them."""

from typing import Any

from server.context import App
from server.questionnaires.models import Questionnaire


def _questionnaire(doc: dict[str, Any]) -> Questionnaire:
    return Questionnaire.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


async def put(app: App, questionnaire: Questionnaire, raw: bytes) -> None:
    """Keep a version. A version that is there is never changed."""
    doc = questionnaire.model_dump(exclude={"id"}) | {"raw": raw, "status": "published"}
    await app.db["questionnaires"].update_one({"_id": questionnaire.id}, {"$setOnInsert": doc}, upsert=True)


async def get(app: App, questionnaire_id: str) -> Questionnaire | None:
    doc = await app.db["questionnaires"].find_one({"_id": questionnaire_id}, {"raw": 0})
    return _questionnaire(doc) if doc else None


async def latest(app: App, key: str) -> Questionnaire | None:
    found = app.db["questionnaires"].find({"key": key, "status": "published"}, {"raw": 0})
    docs = await found.sort([("published_at", -1), ("_id", -1)]).limit(1).to_list()
    return _questionnaire(docs[0]) if docs else None


async def published(app: App) -> list[Questionnaire]:
    found = app.db["questionnaires"].find({"status": "published"}, {"raw": 0}).sort("title")
    return [_questionnaire(doc) async for doc in found]
