"""The documents, inputs, outputs and refusals of scene QR codes."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from server import errors
from server.values import At, Id, On

SceneKind = Literal["site", "hall", "ward", "leaflet", "station", "other"]
_Text = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]+$")]
H5Page = Annotated[str, StringConstraints(pattern=r"^/h5/([^/\\\s]+/?)*$", max_length=300)]
"""A page of ours, as /wechat/enter takes it."""


class WeChatRefusedScene(errors.Conflict):
    code, message = "scene_refused", "微信没有生成这个二维码，可能数量已到上限，请联系信息科。"


class SceneInput(BaseModel):
    """What an editor says of a code. `name` is printed large, `place` says where it hangs."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[_Text, Field(max_length=20)]
    place: Annotated[_Text, Field(max_length=40)]
    kind: SceneKind
    to: H5Page | None = None


class SceneChange(SceneInput):
    """The printed code stays; what it is called, where it leads, and whether it is still in use may change."""

    retired: bool


class Scene(SceneInput):
    """`id` is the scene that WeChat hands back, `url` what the QR code says."""

    id: Id
    url: str
    created_at: AwareDatetime
    by: str
    retired_at: AwareDatetime | None = None


class SceneRow(BaseModel):
    """A code with its numbers: all scans, new followers among them, and how many of those follow still."""

    id: Id
    name: str
    place: str
    kind: SceneKind
    to: str | None
    created_at: At
    by: str
    retired_at: At | None
    scans: int
    new_followers: int
    still_following: int


class Scenes(BaseModel):
    items: list[SceneRow]


class SceneDay(BaseModel):
    on: On
    scans: int
    new_followers: int


class SceneDays(BaseModel):
    """The last thirty days, today last, days without a scan included."""

    items: list[SceneDay]
