"""The documents, inputs, outputs and refusals of articles."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server import errors
from server.values import At, Id

ArticleState = Literal["draft", "sending", "sent", "publishing", "published", "failed"]
EventKind = Literal[
    "created", "edited", "previewed", "mass_sent", "mass_result", "published", "publish_result"
]  # "published": handed to WeChat for publication


class NotAnImage(errors.Invalid):
    code, message = "not_an_image", "请选择 JPG 或 PNG 图片，大小不超过 2 MB。"


class UnknownImage(errors.Invalid):
    code, message = "unknown_image", "有图片没有上传成功，请重新插入这张图片。"


class NoCover(errors.Conflict):
    code, message = "no_cover", "请先上传封面图片。"


class NoText(errors.Conflict):
    code, message = "no_text", "文章还没有正文。"


class ImageTooLarge(errors.Conflict):
    code, message = "image_too_large", "正文里有超过 1 MB 的图片，微信不接受，请换一张小一些的。"


class AlreadyOut(errors.Conflict):
    code, message = "already_out", "这篇文章已经发出，不能再改。请新建一篇。"


class SendQuotaUsed(errors.Conflict):
    code, message = "send_quota_used", "每天最多群发 1 次、每月最多 4 次，次数已用完。"


class NotAFollower(errors.Conflict):
    code, message = "not_a_follower", "只能预览给已关注公众号的人。"


class WeChatRefused(errors.Conflict):
    code, message = "wechat_refused", "微信没有接受这篇文章，请检查内容后再试。"


class ArticleInput(BaseModel):
    """What an editor writes. Limits are WeChat's (WECHAT.md 4.9)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    title: str = Field(min_length=1, max_length=64)
    author: str = Field("", max_length=16)
    digest: str = Field("", max_length=120)
    cover_id: Id | None = None
    content_html: str = Field("", max_length=20_000)


class ArticleEvent(BaseModel):
    """Something that happened to an article, in words."""

    at: At
    by: str | None
    kind: EventKind
    text: str


class ArticleRow(BaseModel):
    """An article in the editor's list."""

    id: str
    title: str
    author: str
    digest: str
    cover_id: str | None
    cover_url: str | None
    state: ArticleState
    updated_at: At
    updated_by: str | None


class Article(ArticleRow):
    content_html: str
    history: list[ArticleEvent]


class ArticleRows(BaseModel):
    items: list[ArticleRow]
    next: str | None


class KeptArticle(BaseModel):
    """An article as kept.

    `revision` counts edits, `attempt` the times it was sent or published. `media_id` is its draft at WeChat,
    made of the present revision. `tried_at`, `looks` (real time) belong to the present attempt. In `history`
    and `updated_by` members stand by id.
    """

    id: str
    title: str
    author: str
    digest: str
    cover_id: str | None
    content_html: str
    state: ArticleState
    history: list[ArticleEvent]
    updated_at: datetime
    updated_by: str
    revision: int = 1
    attempt: int = 0
    out_at: datetime | None = None
    media_id: str | None = None
    msg_id: str | None = None
    publish_id: str | None = None
    tried_at: datetime | None = None
    looks: int = 0


class KeptImage(BaseModel):
    """A picture as kept; `address` and `thumb` are what WeChat gave for it, once uploaded."""

    id: str
    kind: Literal["image/jpeg", "image/png"]
    content: bytes
    address: str | None = None
    thumb: str | None = None


class PublicArticleRow(BaseModel):
    """An article as patients see it in the list."""

    id: str
    title: str
    digest: str
    cover: str | None
    author: str
    published_at: At


class PublicArticle(PublicArticleRow):
    content_html: str


class PublicArticles(BaseModel):
    items: list[PublicArticleRow]
    next: str | None = None


class Preview(BaseModel):
    model_config = ConfigDict(extra="forbid")
    account_id: Id


class MassSend(BaseModel):
    """Said twice on purpose: it goes to everybody."""

    model_config = ConfigDict(extra="forbid")
    confirm: Literal[True]


class Image(BaseModel):
    id: str
    url: str


class Follower(BaseModel):
    """A follower to preview to; WeChat tells us no names."""

    account_id: str
    name: str


class Followers(BaseModel):
    """`total`: how many a mass send reaches. `mass_sends_left`: of the month's four."""

    items: list[Follower]
    next: str | None
    total: int
    mass_sends_left: int


class ArticleQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    next: Id | None = None


class FollowerQuery(BaseModel):
    """`q`: the last characters of the account's id."""

    model_config = ConfigDict(extra="forbid")
    q: str = Field("", max_length=40)
    next: Id | None = None


class Sample(BaseModel):
    """One article of a folder that fills the demonstration: `cover` and `text` are files beside it."""

    model_config = ConfigDict(extra="forbid")
    id: Id
    title: str
    author: str
    digest: str
    cover: str
    text: str
    publish: bool
