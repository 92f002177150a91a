"""What patients may read, and who follows the account."""

from server import errors
from server.accounts import service as accounts
from server.articles import rules, store
from server.articles.models import (
    Follower,
    FollowerQuery,
    Followers,
    KeptArticle,
    KeptImage,
    PublicArticle,
    PublicArticleRow,
    PublicArticles,
)
from server.context import Actor, App
from server.values import shanghai_date

_PAGE = 30


async def public(app: App) -> PublicArticles:
    """The articles that were sent or published, newest first."""
    return PublicArticles(items=[PublicArticleRow.model_validate(_shown(a)) for a in await store.out(app)])


async def public_one(app: App, article_id: str) -> PublicArticle:
    """One of them; NotFound."""
    article = await store.get(app, article_id)
    if article is None or article.state not in ("sent", "published"):
        raise errors.NotFound()
    return PublicArticle.model_validate(_shown(article) | {"content_html": article.content_html})


def _shown(article: KeptArticle) -> dict[str, object]:
    fields = article.model_dump(include={"id", "title", "digest", "author"})
    return fields | {"cover": image_url(article.cover_id), "published_at": article.out_at}


def image_url(image_id: str | None) -> str | None:
    """Where an image is read, below our own address."""
    return f"/api/images/{image_id}" if image_id else None


async def image(app: App, image_id: str) -> KeptImage:
    """A picture; NotFound."""
    found = await store.image(app, image_id)
    if found is None:
        raise errors.NotFound()
    return found


async def followers(app: App, query: FollowerQuery, *, by: Actor) -> Followers:
    """Whom a preview may go to, newest first, and whom a mass send reaches."""
    found = await accounts.followers(app, query.q.strip().lower().removeprefix("*"), query.next, _PAGE + 1)
    items = [Follower(account_id=a.id, name=rules.follower_name(a.id, a.told_at)) for a in found[:_PAGE]]
    return Followers(
        items=items,
        next=items[-1].account_id if len(found) > _PAGE else None,
        total=await accounts.count_followers(app),
        mass_sends_left=await store.sends_left(app, shanghai_date(app.now())),
    )
