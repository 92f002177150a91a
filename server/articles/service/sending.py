"""Bring an article to people: to one phone, to all followers, or quietly into the account's list.

The request only moves the article and schedules the job `articles.send`. The job takes one step
after the other and keeps what WeChat gave for each; killed at any moment, it goes on where it was.
Sending twice is kept away by the clientmsgid, publishing twice by the draft, which WeChat deletes
with its publication.
"""

from datetime import datetime

from server import audit, errors, inbox
from server.accounts import service as accounts
from server.articles import rules, store
from server.articles.models import (
    AlreadyOut,
    ArticleEvent,
    EventKind,
    KeptArticle,
    KeptImage,
    NotAFollower,
    WeChatRefused,
)
from server.context import Actor, App, Event, Json
from server.db import Tx
from server.values import shanghai_date
from server.wechat_events import MassEnded, PublishEnded

SEND = "articles.send"
_DRAFT_GONE = "40007"
_FRESH: Json = {"msg_id": None, "publish_id": None, "tried_at": None, "looks": 0}


class ResultTooEarly(errors.Conflict):
    """WeChat's last word is here before its answer to our request: taken up again in a moment."""


async def preview(app: App, article_id: str, account_id: str, *, by: Actor) -> None:
    """Show the article to one follower. NotFound, AlreadyOut, NoCover, NoText, ImageTooLarge, NotAFollower,
    WeChatRefused."""
    article = await _ready(app, article_id)
    try:
        account = await accounts.get(app, account_id)
    except errors.NotFound:
        raise NotAFollower() from None
    openid = account.openids.get("service")
    if not account.followed or openid is None:
        raise NotAFollower()
    try:
        await _show(app, article, openid)
    except errors.Foreign as refusal:
        if refusal.again != "never":
            raise
        if refusal.foreign_code in ("43004", "40003"):
            raise NotAFollower() from refusal
        raise WeChatRefused(reason=rules.refusal_text(refusal.foreign_code)) from refusal
    event = event_of(app, by, "previewed", f"预览发到{rules.follower_name(account_id, None)}")
    await store.change(app, article_id, rules.CHANGEABLE, {}, event)
    await audit.record(app, by, "articles.preview", why=article_id)


async def _show(app: App, article: KeptArticle, openid: str) -> None:
    try:
        await app.wechat.preview_draft(openid, await _draft(app, article))
    except errors.Foreign as refusal:
        if refusal.foreign_code != _DRAFT_GONE or article.media_id is None:
            raise
        anew = article.model_copy(update={"media_id": None})  # somebody deleted the draft at WeChat
        await app.wechat.preview_draft(openid, await _draft(app, anew))


async def mass_send(app: App, article_id: str, *, by: Actor) -> None:
    """Send it to all followers: at most once a day and four times a month.

    NotFound, AlreadyOut, NoCover, NoText, ImageTooLarge, SendQuotaUsed.
    """
    await _ready(app, article_id)
    on = shanghai_date(app.now())

    async def work(tx: Tx) -> None:
        await store.claim_day(app, on, article_id, app.now(), tx)
        await _begin(app, article_id, "sending", event_of(app, by, "mass_sent", "提交群发"), tx)
        await audit.record(app, by, "articles.mass_send", why=article_id, tx=tx)

    await app.db.transact(work)


async def publish(app: App, article_id: str, *, by: Actor) -> None:
    """Publish it into the account's list; it is pushed to nobody. Refusals as `mass_send`, without the quota."""
    await _ready(app, article_id)

    async def work(tx: Tx) -> None:
        await _begin(app, article_id, "publishing", event_of(app, by, "published", "提交发布"), tx)
        await audit.record(app, by, "articles.publish", why=article_id, tx=tx)

    await app.db.transact(work)


async def _ready(app: App, article_id: str) -> KeptArticle:
    article = await store.get(app, article_id)
    if article is None:
        raise errors.NotFound()
    rules.check_changeable(article)
    rules.check_complete(article, await store.image_sizes(app, rules.own_images(article.content_html)))
    return article


async def _begin(app: App, article_id: str, state: str, event: ArticleEvent, tx: Tx) -> None:
    values = {"state": state, **_FRESH}
    if not await store.change(app, article_id, rules.CHANGEABLE, values, event, counted=["attempt"], tx=tx):
        raise AlreadyOut()
    await app.db.schedule(SEND, article_id, app.real_now(), clock="real", tx=tx)


# --- the worker's part ------------------------------------------------------------------------------


async def send(app: App, article_id: str) -> None:
    """Job articles.send: the next step of an article on its way, or another look at what became of it."""
    article = await store.get(app, article_id)
    if article is None or article.state not in ("sending", "publishing"):
        return
    try:
        await (_send_to_all(app, article) if article.state == "sending" else _publish(app, article))
    except errors.Foreign as refusal:
        if refusal.again != "never":
            raise
        await _end(app, article, False, rules.refusal_text(refusal.foreign_code), taken=bool(article.msg_id))


async def _send_to_all(app: App, article: KeptArticle) -> None:
    if article.msg_id:
        return await _look(app, article, rules.mass_state(await app.wechat.mass_status(article.msg_id)))
    now = app.real_now()
    if article.tried_at and now - article.tried_at > rules.SAME_ID_LASTS:
        return await _end(app, article, False, "微信一天没有回应，不知道是否已群发：请先到公众平台查看，再决定是否重发")
    media_id = await _draft(app, article)
    if not await _try(app, article, article.tried_at or now):
        return
    msg_id = await app.wechat.mass_send(media_id, clientmsgid=f"{article.id}-{article.attempt}")
    await _handed_over(app, article, {"msg_id": msg_id})


async def _publish(app: App, article: KeptArticle) -> None:
    if article.publish_id:
        found = await app.wechat.publication(article.publish_id)
        return await _look(app, article, rules.publish_result(str(found.get("publish_status"))))
    now = app.real_now()
    if article.tried_at and now - article.tried_at < rules.SETTLES:  # WeChat may be at it
        return await app.db.schedule(SEND, article.id, article.tried_at + rules.SETTLES, clock="real")
    media_id = await _draft(app, article)
    if not await _try(app, article, now):
        return
    try:
        publish_id = await app.wechat.publish_draft(media_id)
    except errors.Foreign as refusal:
        if refusal.foreign_code == _DRAFT_GONE and article.tried_at:
            return await _end(app, article, True, "发布成功")  # the lost answer was a good one
        if refusal.again == "later":
            await store.change(app, article.id, ["publishing"], {"tried_at": article.tried_at})
        raise
    await _handed_over(app, article, {"publish_id": publish_id})


async def _try(app: App, article: KeptArticle, now: datetime) -> bool:
    """Note that WeChat is asked now; False when another worker has done so meanwhile."""
    same = {"tried_at": article.tried_at, "attempt": article.attempt}
    return bool(await store.change(app, article.id, [article.state], {"tried_at": now}, where=same))


async def _handed_over(app: App, article: KeptArticle, values: Json) -> None:
    """WeChat has it, its last word comes as an event; should that be lost, we ask."""
    await store.change(app, article.id, [article.state], values)
    await app.db.schedule(SEND, article.id, app.real_now() + rules.pause(0), clock="real")


async def _look(app: App, article: KeptArticle, result: tuple[bool, str] | None) -> None:
    if result:
        return await _end(app, article, *result)
    await store.change(app, article.id, [article.state], {}, counted=["looks"])
    await app.db.schedule(SEND, article.id, app.real_now() + rules.pause(article.looks + 1), clock="real")


async def _draft(app: App, article: KeptArticle) -> str:
    """The draft of this article at WeChat: pictures uploaded once, then the text; made once per revision."""
    if article.media_id:
        return article.media_id
    addresses = {}
    for image_id in rules.own_images(article.content_html):
        image = await _image(app, image_id)
        addresses[image_id] = image.address or await app.wechat.upload_image(rules.image_name(image), image.content)
        await store.keep_upload(app, image_id, address=addresses[image_id])
    cover = await _image(app, article.cover_id or "")
    thumb = cover.thumb or await app.wechat.add_thumb(rules.image_name(cover), cover.content)
    await store.keep_upload(app, cover.id, thumb=thumb)
    media_id = await app.wechat.add_draft([rules.for_wechat(article, thumb, addresses)])
    await store.keep_draft(app, article, media_id)
    return media_id


async def _image(app: App, image_id: str) -> KeptImage:
    image = await store.image(app, image_id)
    assert image is not None  # looked for when the article was saved; images are not deleted
    return image


# --- what became of it ------------------------------------------------------------------------------


async def take_result(app: App, event: Event) -> None:
    """WeChat's last word on a mass send or a publication. Repeats, and what others sent by hand, change nothing."""
    push = inbox.push_of(app, event)
    if isinstance(push, MassEnded):
        article = await _of(app, "sending", "msg_id", push.msg_id)
        result: tuple[bool, str] | None = rules.mass_result(push.status, push.total, push.sent, push.failed)
    elif isinstance(push, PublishEnded):
        article = await _of(app, "publishing", "publish_id", push.publication.publish_id)
        result = rules.publish_result(str(push.publication.status))
    else:
        return
    if article and result:
        await _end(app, article, *result)


async def _of(app: App, state: str, field: str, number: str) -> KeptArticle | None:
    article = await store.find(app, state=state, **{field: number})
    if article is None and await store.find(app, state=state, **{field: None}):
        raise ResultTooEarly()
    return article


async def _end(app: App, article: KeptArticle, good: bool, text: str, *, taken: bool = True) -> None:
    """It is out, or may be corrected and tried again. A mass send that WeChat has not `taken` does not count."""
    sending = article.state == "sending"
    event = event_of(app, None, "mass_result" if sending else "publish_result", text)
    values: Json = {"state": "failed", "media_id": None, **_FRESH}
    if good:
        values = {"state": "sent" if sending else "published", "out_at": app.now()}

    async def work(tx: Tx) -> None:
        ended = await store.change(app, article.id, [article.state], values, event, tx=tx)
        if ended and sending and not taken:
            await store.free_day(app, article.id, tx)
        await app.db.unschedule(SEND, article.id, tx=tx)

    await app.db.transact(work)


def event_of(app: App, by: Actor | None, kind: EventKind, text: str) -> ArticleEvent:
    """A line of the history; None: the platform's own doing."""
    return ArticleEvent(at=app.now(), by=by.id if by else None, kind=kind, text=text)
