"""Write articles: drafts, their pictures, their history."""

from pathlib import Path

from pydantic import TypeAdapter

from server import audit, errors
from server.articles import rules, store
from server.articles.models import (
    AlreadyOut,
    Article,
    ArticleInput,
    ArticleRow,
    ArticleRows,
    Image,
    KeptArticle,
    KeptImage,
    Sample,
    UnknownImage,
)
from server.articles.service.reading import image_url
from server.articles.service.sending import event_of, publish
from server.context import SYSTEM, Actor, App
from server.staff import service as staff

_PAGE = 30
_SAMPLES = TypeAdapter(list[Sample])


async def listed(app: App, next: str | None, *, by: Actor) -> ArticleRows:
    """All articles, newest first."""
    found = await store.page(app, next, _PAGE + 1)
    names = await staff.names(app, {a.updated_by for a in found})
    items = [ArticleRow.model_validate(_row(a, names)) for a in found[:_PAGE]]
    return ArticleRows(items=items, next=items[-1].id if len(found) > _PAGE else None)


async def read(app: App, article_id: str, *, by: Actor) -> Article:
    """One article with all that happened to it; NotFound."""
    article = await _known(app, article_id)
    members = {article.updated_by} | {event.by for event in article.history if event.by}
    names = await staff.names(app, members)
    history = [event.model_copy(update={"by": _name(event.by, names)}) for event in article.history]
    return Article.model_validate(
        _row(article, names) | {"content_html": article.content_html, "history": [e.model_dump() for e in history]}
    )


async def write(app: App, text: ArticleInput, *, by: Actor, article_id: str | None = None) -> Article:
    """Begin a draft. UnknownImage."""
    kept = await _checked(app, text)
    article = KeptArticle(
        **kept,
        id=article_id or app.new_id(),
        state="draft",
        history=[event_of(app, by, "created", "新建草稿")],
        updated_at=app.now(),
        updated_by=by.id,
    )
    if not await store.add(app, article):
        raise errors.Conflict()
    await audit.record(app, by, "articles.create", why=article.id)
    return await read(app, article.id, by=by)


async def change(app: App, article_id: str, text: ArticleInput, *, by: Actor) -> Article:
    """Change a draft; the draft at WeChat is made anew when it is needed. NotFound, AlreadyOut, UnknownImage."""
    rules.check_changeable(await _known(app, article_id))
    values = await _checked(app, text) | {"updated_at": app.now(), "updated_by": by.id, "media_id": None}
    event = event_of(app, by, "edited", "修改")
    changed = await store.change(app, article_id, rules.CHANGEABLE, values, event, counted=["revision"])
    if changed is None:
        raise AlreadyOut()
    await audit.record(app, by, "articles.change", why=article_id)
    return await read(app, article_id, by=by)


async def remove(app: App, article_id: str, *, by: Actor) -> None:
    """Delete a draft. NotFound, AlreadyOut."""
    await _known(app, article_id)
    if not await store.remove(app, article_id, rules.CHANGEABLE):
        raise AlreadyOut()
    await audit.record(app, by, "articles.remove", why=article_id)


async def keep_image(app: App, content: bytes, *, by: Actor) -> Image:
    """Keep a picture for covers and texts. NotAnImage."""
    image = KeptImage(id=app.new_id(), kind=rules.image_kind(content), content=content)
    await store.add_image(app, image, by.id, app.now())
    await audit.record(app, by, "articles.image", why=image.id)
    return Image(id=image.id, url=image_url(image.id) or "")


async def fill(app: App, folder: Path, *, by: Actor) -> None:
    """Write the articles of `articles.json` in a folder, each once, and publish those marked so."""
    for sample in _SAMPLES.validate_json((folder / "articles.json").read_text()):
        if await store.get(app, sample.id):
            continue
        cover = await keep_image(app, (folder / sample.cover).read_bytes(), by=by)
        facts = sample.model_dump(include={"title", "author", "digest"})
        text = ArticleInput(**facts, cover_id=cover.id, content_html=(folder / sample.text).read_text())
        await write(app, text, by=by, article_id=sample.id)
        if sample.publish:
            await publish(app, sample.id, by=by)


async def _known(app: App, article_id: str) -> KeptArticle:
    article = await store.get(app, article_id)
    if article is None:
        raise errors.NotFound()
    return article


async def _checked(app: App, text: ArticleInput) -> dict[str, object]:
    """The input as it is kept: cleaned, with pictures that exist."""
    content = rules.clean(text.content_html)
    wanted = {*rules.own_images(content), *([text.cover_id] if text.cover_id else [])}
    if wanted - (await store.image_sizes(app, list(wanted))).keys():
        raise UnknownImage()
    return text.model_dump() | {"content_html": content}


def _row(article: KeptArticle, names: dict[str, str]) -> dict[str, object]:
    fields = article.model_dump(include=set(ArticleRow.model_fields) - {"updated_by"})
    return fields | {"cover_url": image_url(article.cover_id), "updated_by": _name(article.updated_by, names)}


def _name(member_id: str | None, names: dict[str, str]) -> str | None:
    return names.get(member_id, "系统" if member_id == SYSTEM.id else "") if member_id else None
