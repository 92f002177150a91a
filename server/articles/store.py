"""Articles, their images and the days of mass sending in Mongo."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from server.articles.models import ArticleEvent, KeptArticle, KeptImage, SendQuotaUsed
from server.articles.rules import SENDS_A_MONTH
from server.context import App
from server.db import Tx, session_of

Doc = dict[str, Any]


def _article(doc: Doc) -> KeptArticle:
    return KeptArticle.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


async def add(app: App, article: KeptArticle) -> bool:
    """Insert; False when there is one of this id."""
    try:
        await app.db["articles"].insert_one(article.model_dump(exclude={"id"}) | {"_id": article.id})
    except DuplicateKeyError:
        return False
    return True


async def get(app: App, article_id: str) -> KeptArticle | None:
    doc = await app.db["articles"].find_one({"_id": article_id})
    return _article(doc) if doc else None


async def find(app: App, **by: object) -> KeptArticle | None:
    doc = await app.db["articles"].find_one(dict(by))
    return _article(doc) if doc else None


async def page(app: App, before: str | None, limit: int) -> list[KeptArticle]:
    query: Doc = {"_id": {"$lt": before}} if before else {}
    return [_article(doc) async for doc in app.db["articles"].find(query).sort("_id", -1).limit(limit)]


async def out(app: App) -> list[KeptArticle]:
    """Articles that patients may read, newest first."""
    found = app.db["articles"].find({"state": {"$in": ["sent", "published"]}}).sort([("out_at", -1), ("_id", -1)])
    return [_article(doc) async for doc in found.limit(50)]


async def change(
    app: App,
    article_id: str,
    states: Sequence[str],
    values: Doc,
    event: ArticleEvent | None = None,
    *,
    counted: Sequence[str] = (),
    where: Doc | None = None,
    tx: Tx | None = None,
) -> KeptArticle | None:
    """Change an article that is in one of these states (and as `where` says), note what happened, count up the
    fields `counted`; None when it is not."""
    update: Doc = {"$set": values}
    if counted:
        update["$inc"] = dict.fromkeys(counted, 1)
    if event:
        update["$push"] = {"history": {"$each": [event.model_dump()], "$slice": -100}}
    query = {"_id": article_id, "state": {"$in": list(states)}} | (where or {})
    doc = await app.db["articles"].find_one_and_update(query, update, return_document=True, session=session_of(tx))
    return _article(doc) if doc else None


async def keep_draft(app: App, article: KeptArticle, media_id: str | None) -> None:
    """Remember the draft at WeChat, unless the article was changed meanwhile."""
    same = {"_id": article.id, "revision": article.revision}
    await app.db["articles"].update_one(same, {"$set": {"media_id": media_id}})


async def remove(app: App, article_id: str, states: Sequence[str]) -> bool:
    query = {"_id": article_id, "state": {"$in": list(states)}}
    return bool((await app.db["articles"].delete_one(query)).deleted_count)


# --- mass sending: one document a day -----------------------------------------------------------


async def claim_day(app: App, on: str, article_id: str, now: datetime, tx: Tx) -> None:
    """Use this day's mass send; SendQuotaUsed when the day's or the month's are used."""
    days = app.db["mass_sends"]
    if await days.find_one({"_id": on}, session=tx.session) or await _sends_of_month(app, on, tx) >= SENDS_A_MONTH:
        raise SendQuotaUsed()
    await days.insert_one({"_id": on, "article_id": article_id, "at": now}, session=tx.session)


async def free_day(app: App, article_id: str, tx: Tx) -> None:
    """WeChat did not take it: it does not count. (What WeChat took counts, whatever became of it.)"""
    last = await app.db["mass_sends"].find_one({"article_id": article_id}, sort=[("_id", -1)], session=tx.session)
    if last:
        await app.db["mass_sends"].delete_one({"_id": last["_id"]}, session=tx.session)


async def sends_left(app: App, on: str) -> int:
    return max(SENDS_A_MONTH - await _sends_of_month(app, on), 0)


async def _sends_of_month(app: App, on: str, tx: Tx | None = None) -> int:
    month = {"_id": {"$gte": f"{on[:7]}-01", "$lte": f"{on[:7]}-31"}}
    return await app.db["mass_sends"].count_documents(month, session=session_of(tx))


# --- images ---------------------------------------------------------------------------------------


async def add_image(app: App, image: KeptImage, by: str, now: datetime) -> None:
    doc = {"_id": image.id, "kind": image.kind, "content": image.content, "by": by, "at": now}
    await app.db["images"].insert_one(doc)


async def image(app: App, image_id: str) -> KeptImage | None:
    doc = await app.db["images"].find_one({"_id": image_id})
    return KeptImage.model_validate({**doc, "id": image_id}, extra="ignore") if doc else None


async def image_sizes(app: App, image_ids: Sequence[str]) -> dict[str, int]:
    """How many bytes each of these images has; those unknown are left out."""
    wanted: list[Doc] = [
        {"$match": {"_id": {"$in": list(image_ids)}}},
        {"$project": {"size": {"$binarySize": "$content"}}},
    ]
    return {doc["_id"]: doc["size"] async for doc in await app.db["images"].aggregate(wanted)}


async def keep_upload(app: App, image_id: str, **values: str) -> None:
    """Remember what WeChat gave for an image."""
    await app.db["images"].update_one({"_id": image_id}, {"$set": values})
