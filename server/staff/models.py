"""The documents, inputs and refusals of staff."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server import errors
from server.values import Id

Role = Literal["admin", "doctor", "nurse", "desk", "finance", "editor"]


class WrongPassword(errors.Unauthenticated):
    code, message = "wrong_password", "用户名或密码不正确。"


class Locked(errors.TooMany):
    code, message = "locked", "密码错误次数过多，请 15 分钟后再试，或联系管理员。"


class WeakPassword(errors.Invalid):
    code, message = "weak_password", "新密码至少 10 位，并同时包含字母和数字，且不能与用户名相同。"


class UsernameTaken(errors.Conflict):
    code, message = "username_taken", "这个用户名已被使用，请换一个。"


class LastAdmin(errors.Conflict):
    code, message = "last_admin", "至少要保留一位可登录的管理员。"


class Member(BaseModel):
    """A staff member as shown to others."""

    id: str
    username: str
    name: str
    title: str
    roles: list[Role]
    department_ids: list[str]
    doctor_id: str | None
    disabled: bool
    must_change_password: bool


class Me(Member):
    """The member who is logged in, with what he may do."""

    scopes: list[str]


class Login(BaseModel):
    model_config = ConfigDict(extra="forbid")
    username: str = Field(min_length=1, max_length=40)
    password: str = Field(min_length=1, max_length=200)


class PasswordChange(BaseModel):
    model_config = ConfigDict(extra="forbid")
    old: str = Field(min_length=1, max_length=200)
    new: str = Field(min_length=1, max_length=200)


class NewMember(BaseModel):
    """What an administrator fills in for a new member."""

    model_config = ConfigDict(extra="forbid")
    username: str = Field(pattern=r"^[a-z][a-z0-9_.-]{2,39}$")
    password: str = Field(min_length=1, max_length=200)
    name: str = Field(min_length=1, max_length=40)
    title: str = Field("", max_length=40)
    roles: list[Role] = Field(min_length=1)
    department_ids: list[Id] = []
    doctor_id: Id | None = None


class MemberChange(BaseModel):
    """What an administrator changes; `password` sets a new first password."""

    model_config = ConfigDict(extra="forbid")
    name: str | None = Field(None, min_length=1, max_length=40)
    title: str | None = Field(None, max_length=40)
    roles: list[Role] | None = Field(None, min_length=1)
    department_ids: list[Id] | None = None
    doctor_id: Id | None = None
    disabled: bool | None = None
    password: str | None = Field(None, max_length=200)


class BadPhone(errors.Invalid):
    code, message = "bad_staff_phone", "请填写 11 位手机号码。"


class Reach(BaseModel):
    """How a member is reached when he is not at the console: his mobile, the account of his own WeChat."""

    phone: str | None = None
    account_id: str | None = None


class MyPhone(BaseModel):
    """My mobile for alerts; empty: none."""

    model_config = ConfigDict(extra="forbid")
    phone: str = Field(max_length=20)


class MyReach(BaseModel):
    """As I see it. `code` is to be sent to the hospital's account from one's own WeChat: 绑定 and the six digits."""

    phone_masked: str | None
    wechat: bool
    code: str | None = None


class Members(BaseModel):
    items: list[Member]
