"""Pictures, drafts and free publishing: what an article is before and after people can read it."""

import asyncio
import re
import secrets
from html.parser import HTMLParser
from typing import Any

from server.sandbox import push
from server.sandbox.state import Doc
from server.sandbox.tokens import WeChatError
from server.sandbox.wechat_base import Call, api
from server.sandbox.world import World

_PICTURE_BYTES, _MATERIAL_BYTES, _THUMB_BYTES = 1 << 20, 10 << 20, 64 << 10
_KINDS = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png", b"GIF8": "gif"}
_LIMITS = (("title", 64, 45003), ("author", 16, 45110), ("digest", 120, 45004), ("content", 20_000, 45166))
ADMIN = "mphelper"
_DANGEROUS = re.compile(
    r"<\s*(script|iframe|object|embed|form|style)\b[^>]*>.*?<\s*/\s*\1\s*>|<\s*(?:script|iframe|object|embed|link|meta)\b[^>]*>",
    re.IGNORECASE | re.DOTALL,
)
_HANDLER = re.compile(r"\son\w+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)
_IMAGE = re.compile(r"<img\b[^>]*?\bsrc\s*=\s*[\"']?([^\"'\s>]+)[^>]*>", re.IGNORECASE)


def _upload(call: Call, kinds: tuple[str, ...], limit: int) -> tuple[bytes, str]:
    files = call.request.files.get("media") or []
    if not files:
        raise WeChatError(41005, "media data missing")
    content = files[0]["body"]
    kind = next((kind for start, kind in _KINDS.items() if content.startswith(start)), "")
    if kind not in kinds:
        raise WeChatError(40005, "invalid file type")
    if len(content) > limit:
        raise WeChatError(40009, "invalid image size")
    return content, kind


def _keep(world: World, content: bytes, kind: str) -> Doc:
    """Write the picture to a file and remember it by media_id."""
    name = f"{secrets.token_hex(12)}.{kind}"
    folder = world.settings.data_dir / "sandbox" / "media"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    media_id = secrets.token_urlsafe(32)
    media = {"media_id": media_id, "url": f"{world.sandbox_url}/mmbiz/{name}", "kind": kind, "name": name}
    return world.state.put("media", media_id, media)


def upload_picture(call: Call) -> None:
    """media/uploadimg: jpg or png below 1 MB, gives an address that articles may use."""
    content, kind = _upload(call, ("jpg", "png"), _PICTURE_BYTES)
    call.result = 0
    call.answer({"url": _keep(call.world, content, kind)["url"]})


def add_material(call: Call) -> None:
    kind = call.get_query_argument("type", "")
    if kind not in ("image", "thumb"):
        raise WeChatError(40004, "invalid media type")
    content, form = _upload(call, ("jpg", "png", "gif"), _THUMB_BYTES if kind == "thumb" else _MATERIAL_BYTES)
    media = _keep(call.world, content, form)
    call.result = 0
    call.answer({"media_id": media["media_id"], "url": media["url"]})


def upload_media(call: Call) -> None:
    content, form = _upload(call, ("jpg", "png", "gif"), _MATERIAL_BYTES)
    media = _keep(call.world, content, form)
    kind = call.get_query_argument("type", "image")
    call.answer({"type": kind, "media_id": media["media_id"], "created_at": call.world.clock.timestamp()})


def material_count(call: Call) -> None:
    count = len(call.world.state.all("media"))
    call.answer({"voice_count": 0, "video_count": 0, "image_count": count, "news_count": 0})


def delete_material(call: Call) -> None:
    media_id = str(call.data().get("media_id"))
    if call.world.state.get("media", media_id) is None:
        raise WeChatError(40007, "invalid media_id")
    call.world.state.delete("media", media_id)
    call.ok()


def _checked(world: World, article: Any) -> Doc:
    """An article as the platform keeps it: limits checked, scripts and foreign pictures taken out."""
    if not isinstance(article, dict) or not article.get("title") or not article.get("content"):
        raise WeChatError(44004, "empty content")
    for name, limit, code in _LIMITS:
        if len(str(article.get(name) or "")) > limit:
            raise WeChatError(code, f"{name} size out of limit")
    if len(str(article["content"]).encode()) > 1 << 20:
        raise WeChatError(45002, "content size out of limit")
    cover = world.state.get("media", str(article.get("thumb_media_id")))
    if article.get("article_type", "news") == "news" and cover is None:
        raise WeChatError(40007, "invalid media_id")
    content = _HANDLER.sub("", _DANGEROUS.sub("", str(article["content"])))
    ours = f"{world.sandbox_url}/mmbiz/"
    content = _IMAGE.sub(lambda found: found[0] if found[1].startswith(ours) else "", content)
    digest = str(article.get("digest") or "") or _text_of(content)[:54]
    kept = ("title", "author", "content_source_url", "thumb_media_id", "need_open_comment", "only_fans_can_comment")
    return {**{name: article.get(name, "") for name in kept}, "content": content, "digest": digest}


class _Text(HTMLParser):
    """Collects the words of an article."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def _text_of(content: str) -> str:
    reader = _Text()
    reader.feed(content)
    return "".join(reader.words)


def add_draft(call: Call) -> None:
    articles = call.data().get("articles")
    if not isinstance(articles, list) or not 1 <= len(articles) <= 8:
        raise WeChatError(45008, "article size out of limit")
    media_id = secrets.token_urlsafe(48)
    draft = {
        "media_id": media_id,
        "articles": [_checked(call.world, article) for article in articles],
        "at": call.world.clock.timestamp(),
    }
    call.world.state.put("drafts", media_id, draft)
    call.result = 0
    call.answer({"media_id": media_id})


def find_draft(world: World, media_id: Any) -> Doc:
    draft = world.state.get("drafts", str(media_id))
    if draft is None:
        raise WeChatError(40007, "invalid media_id")
    return draft


def get_draft(call: Call) -> None:
    call.answer({"news_item": find_draft(call.world, call.data().get("media_id"))["articles"]})


def update_draft(call: Call) -> None:
    data = call.data()
    draft = find_draft(call.world, data.get("media_id"))
    index = data.get("index", 0)
    if not isinstance(index, int) or not 0 <= index < len(draft["articles"]):
        raise WeChatError(40114, "invalid index value")
    draft["articles"][index] = _checked(call.world, data.get("articles"))
    call.world.state.put("drafts", draft["media_id"], draft)
    call.ok()


def delete_draft(call: Call) -> None:
    draft = find_draft(call.world, call.data().get("media_id"))
    call.world.state.delete("drafts", draft["media_id"])
    call.ok()


def count_drafts(call: Call) -> None:
    call.answer({"total_count": len(call.world.state.all("drafts"))})


def list_drafts(call: Call) -> None:
    drafts = call.world.state.all("drafts")
    call.answer(_page(call, [
        {"media_id": d["media_id"], "content": {"news_item": d["articles"]}, "update_time": d["at"]} for d in drafts
    ]))  # fmt: skip


def _page(call: Call, items: list[Doc]) -> Doc:
    data = call.data()
    offset, count = int(data.get("offset", 0)), int(data.get("count", 20))
    if not 1 <= count <= 20:
        raise WeChatError(40097, "invalid args")
    page = items[offset : offset + count]
    return {"total_count": len(items), "item_count": len(page), "item": page}


def make_article(world: World, draft: Doc, how: str) -> Doc:
    """Turn a draft into something readable at /s/…; `how`: sent, published or preview."""
    article_id = secrets.token_urlsafe(32)
    articles = []
    for index, article in enumerate(draft["articles"], 1):
        cover = world.state.get("media", str(article["thumb_media_id"]))
        url = f"{world.sandbox_url}/s/{article_id}/{index}"
        articles.append({**article, "url": url, "cover": cover["url"] if cover else ""})
    made = {
        "article_id": article_id,
        "number": world.state.next("articles"),
        "how": how,
        "articles": articles,
        "at": world.clock.local().isoformat(timespec="seconds"),
        "deleted": False,
    }
    return world.state.put("articles", article_id, made)


def publish(call: Call) -> None:
    """freepublish/submit: readable in a moment, pushed to nobody; PUBLISHJOBFINISH tells the outcome."""
    world = call.world
    draft = find_draft(world, call.data().get("media_id"))
    number = str(2247480000 + world.state.next("publications"))
    job = {"publish_id": number, "media_id": draft["media_id"], "status": 1, "article_id": ""}
    world.state.put("publications", number, job)
    world.spawn(_finish_publishing(world, number))
    call.ok(publish_id=number, msg_data_id=int(number))


async def _finish_publishing(world: World, number: str) -> None:
    await asyncio.sleep(world.settings.settle_s)
    job = world.state.get("publications", number)
    if job is None or job["status"] != 1:
        return
    draft = find_draft(world, job["media_id"])
    made = make_article(world, draft, "published")
    world.state.put("publications", number, {**job, "status": 0, "article_id": made["article_id"]})
    world.state.delete("drafts", draft["media_id"])
    world.live.tell("articles", {"kind": "articles"})
    items = [{"idx": i, "article_url": a["url"]} for i, a in enumerate(made["articles"], 1)]
    info = {
        "publish_id": int(number),
        "publish_status": 0,
        "article_id": made["article_id"],
        "article_detail": {"count": len(items), "item": items},
    }
    push.send(world, "", {"MsgType": "event", "Event": "PUBLISHJOBFINISH", "PublishEventInfo": info}, openid=ADMIN)


def resume(world: World) -> None:
    """After a restart: finish what was being published."""
    for job in world.state.all("publications"):
        if job["status"] == 1:
            world.spawn(_finish_publishing(world, job["publish_id"]))


def publication(call: Call) -> None:
    job = call.world.state.get("publications", str(call.data().get("publish_id")))
    if job is None:
        raise WeChatError(53600, "Article ID not exist")
    body: Doc = {"publish_id": job["publish_id"], "publish_status": job["status"], "fail_idx": []}
    made = call.world.state.get("articles", job["article_id"])
    if made is not None:
        items = [{"idx": i, "article_url": a["url"]} for i, a in enumerate(made["articles"], 1)]
        body |= {"article_id": made["article_id"], "article_detail": {"count": len(items), "item": items}}
        if made["deleted"]:
            body["publish_status"] = 5
    call.answer(body)


def _published(world: World, article_id: Any) -> Doc:
    made = world.state.get("articles", str(article_id))
    if made is None or made["how"] != "published":
        raise WeChatError(53600, "Article ID not exist")
    return made


def published_article(call: Call) -> None:
    made = _published(call.world, call.data().get("article_id"))
    call.answer({"news_item": [{**a, "is_deleted": made["deleted"]} for a in made["articles"]]})


def list_published(call: Call) -> None:
    made = [a for a in call.world.state.all("articles") if a["how"] == "published" and not a["deleted"]]
    call.answer(_page(call, [
        {"article_id": m["article_id"], "content": {"news_item": m["articles"]}, "update_time": 0} for m in made
    ]))  # fmt: skip


def delete_published(call: Call) -> None:
    made = _published(call.world, call.data().get("article_id"))
    call.world.state.put("articles", made["article_id"], {**made, "deleted": True})
    call.world.live.tell("articles", {"kind": "articles"})
    call.ok()


def routes() -> list[tuple[str, Any]]:
    return [
        api("/cgi-bin/media/uploadimg", post=upload_picture),
        api("/cgi-bin/media/upload", post=upload_media),
        api("/cgi-bin/material/add_material", post=add_material),
        api("/cgi-bin/material/del_material", post=delete_material),
        api("/cgi-bin/material/get_materialcount", get=material_count),
        api("/cgi-bin/draft/add", post=add_draft),
        api("/cgi-bin/draft/get", post=get_draft),
        api("/cgi-bin/draft/update", post=update_draft),
        api("/cgi-bin/draft/delete", post=delete_draft),
        api("/cgi-bin/draft/count", get=count_drafts),
        api("/cgi-bin/draft/batchget", post=list_drafts),
        api("/cgi-bin/freepublish/submit", post=publish),
        api("/cgi-bin/freepublish/get", post=publication),
        api("/cgi-bin/freepublish/getarticle", post=published_article),
        api("/cgi-bin/freepublish/batchget", post=list_published),
        api("/cgi-bin/freepublish/delete", post=delete_published),
    ]
