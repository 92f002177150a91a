"""The documents, inputs, outputs and refusals of the menu."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server import errors
from server.values import At


class BadMenu(errors.Invalid):
    code, message = "bad_menu", "菜单不符合微信的要求，请检查标出的地方。"


class NoSuchVersion(errors.NotFound):
    code, message = "no_such_version", "没有这个版本的菜单。"


class BeingPublished(errors.Conflict):
    code, message = "being_published", "有人正在发布菜单，请一分钟后刷新再看。"


class Button(BaseModel):
    """A menu button in WeChat's own shape."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=60)
    type: Literal["view", "click", "miniprogram"] | None = None
    key: str | None = Field(None, max_length=128)
    url: str | None = Field(None, max_length=1024)
    appid: str | None = Field(None, max_length=32)
    pagepath: str | None = Field(None, max_length=256)
    sub_button: list["Button"] | None = Field(None, max_length=20)


class Menu(BaseModel):
    """The whole menu: {"button": […]}."""

    model_config = ConfigDict(extra="forbid")
    button: list[Button] = Field(max_length=10)


class MenuDraft(BaseModel):
    model_config = ConfigDict(extra="forbid")
    menu: Menu


class Version(BaseModel):
    """One published version: its number, when and by whom."""

    version: int
    at: At
    by: str


class PublishedMenu(Version):
    menu: Menu


class Difference(BaseModel):
    """One thing that publishing would change."""

    kind: Literal["added", "removed", "changed"]
    path: str
    text: str


class MenuState(BaseModel):
    """The draft, what followers see now, all versions, and what publishing would change."""

    draft: Menu
    published: PublishedMenu | None
    versions: list[Version]
    diff: list[Difference]
