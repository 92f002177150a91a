"""The documents, inputs and refusals of accounts."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from server import errors
from server.context import WeChatApp


class SnapshotAccount(errors.Forbidden):
    code, message = "snapshot_account", "当前是微信快照页，请点击右下角“使用完整服务”后再操作。"


class LoginFailed(errors.Unauthenticated):
    code, message = "login_failed", "微信登录没有成功，请返回重新打开。"


class Account(BaseModel):
    """A WeChat user as we know him: one openid for each of our apps, joined by unionid.

    `told_at`: when he followed or left, by WeChat's own time; None while nobody ever told us.
    """

    id: str
    openids: dict[WeChatApp, str]
    unionid: str | None = None
    followed: bool = False
    told_at: datetime | None = None
    large_type: bool = False


class MiniLogin(BaseModel):
    """The one-time code of wx.login."""

    model_config = ConfigDict(extra="forbid")
    code: str = Field(min_length=1, max_length=128)


class MiniSession(BaseModel):
    """A session of the mini-program: send it as `Authorization: Bearer`."""

    token: str
    account_id: str


class PhoneNotShared(errors.Invalid):
    code, message = "phone_not_shared", "没有取到微信里的手机号，请您自己填写手机号。"


class PhoneButton(BaseModel):
    """The one-time code of the mini-program's getPhoneNumber button."""

    model_config = ConfigDict(extra="forbid")
    code: str = Field(min_length=1, max_length=128)


class OwnPhone(BaseModel):
    """The number that the person's WeChat is bound to."""

    phone: str


class Preferences(BaseModel):
    """How this person wants to see the pages."""

    model_config = ConfigDict(extra="forbid")
    large_type: bool


class PageAddress(BaseModel):
    """The address of the page as the browser has it, without `#…`."""

    model_config = ConfigDict(extra="forbid")
    url: str = Field(min_length=1, max_length=1024)


class JsConfig(BaseModel):
    """WeChat's own names: they go into wx.config as they are."""

    appId: str  # noqa: N815
    timestamp: int
    nonceStr: str  # noqa: N815
    signature: str
