"""The documents, inputs, outputs and refusals of the menu."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from server import errors
from server.values import At


class BadMenu(errors.Invalid):
    code, message = "bad_menu", "菜单不符合微信的要求，请检查标出的地方。"


class NoSuchVersion(errors.NotFound):
    code, message = "no_such_version", "没有这个版本的菜单。"


class BeingPublished(errors.Conflict):
    code, message = "being_published", "有人正在发布菜单，请一分钟后刷新再看。"


class ChangedInWeChat(errors.Conflict):
    code, message = "changed_in_wechat", "有人在微信公众平台里改过菜单。请先看清改了什么，再决定是否覆盖。"


PublishedType = Literal[
    "view",
    "click",
    "miniprogram",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
    "media_id",
    "article_id",
    "article_view_limited",
    "view_limited",
]
HandMadeType = Literal["text", "img", "photo", "video", "voice", "news"]
"""Of buttons that somebody made in WeChat's own console: nobody can publish them."""
ButtonType = Literal[PublishedType, HandMadeType]


class Button(BaseModel):
    """A menu button in WeChat's own shape. `value`: what a button made by hand shows."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=60)
    type: ButtonType | None = None
    key: str | None = Field(None, max_length=128)
    url: str | None = Field(None, max_length=1024)
    appid: str | None = Field(None, max_length=32)
    pagepath: str | None = Field(None, max_length=256)
    media_id: str | None = Field(None, max_length=128)
    article_id: str | None = Field(None, max_length=128)
    value: str | None = Field(None, max_length=1024)
    sub_button: list["Button"] | None = Field(None, max_length=20)


class MatchRule(BaseModel):
    """Who sees a conditional menu: all that is given must fit. Platforms: 1 iOS, 2 Android, 3 other."""

    model_config = ConfigDict(extra="forbid")
    client_platform_type: Literal["1", "2", "3"] | None = None
    tag_id: Annotated[str, StringConstraints(pattern=r"^\d{1,10}$")] | None = None
    language: str | None = Field(None, max_length=8)


class ConditionalMenu(BaseModel):
    """Another menu for some people."""

    model_config = ConfigDict(extra="forbid")
    rule: MatchRule
    button: list[Button] = Field(max_length=10)


class Menu(BaseModel):
    """The whole menu. Of the conditional ones, the first that fits a person is shown, otherwise `button`."""

    model_config = ConfigDict(extra="forbid")
    button: list[Button] = Field(max_length=10)
    conditional: list[ConditionalMenu] = Field([], max_length=10)


class MenuDraft(BaseModel):
    model_config = ConfigDict(extra="forbid")
    menu: Menu


class Publication(BaseModel):
    """`over`: the mark of what WeChat holds, when somebody changed it there and it may be replaced all the same."""

    model_config = ConfigDict(extra="forbid")
    over: str | None = Field(None, max_length=64)


class Version(BaseModel):
    """One publication: its number, when and by whom, how it ended, and which version it brought back."""

    version: int
    at: At
    by: str
    state: Literal["published", "publishing", "failed"]
    what: Literal["edited", "rolled_back", "removed"] = "edited"
    from_version: int | None = None


class PublishedMenu(Version):
    menu: Menu


class Difference(BaseModel):
    """One thing that is different in the newer of two menus."""

    kind: Literal["added", "removed", "changed"]
    path: str
    text: str


class Held(BaseModel):
    """What WeChat holds now, and whether it is what we published last.

    changed: somebody changed it in WeChat's own console (`diff`: what) and publishing over it
    wants `mark`; unfinished: a publication of ours broke off half-way; unknown: WeChat does not answer.
    """

    state: Literal["same", "changed", "unfinished", "unknown"]
    mark: str = ""
    menu: Menu | None = None
    diff: list[Difference] = []


class MenuState(BaseModel):
    """The draft, what was published last, what WeChat holds, all versions, and what publishing would change."""

    draft: Menu
    published: PublishedMenu | None
    held: Held
    versions: list[Version]
    diff: list[Difference]


class Tag(BaseModel):
    """A tag of the account, made in WeChat's own console; `count` followers have it."""

    id: str
    name: str
    count: int


class Tags(BaseModel):
    items: list[Tag]
