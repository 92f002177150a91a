"""The documents and outputs of messages."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from server.values import At, On

Channel = Literal["assistant", "template", "subscribe", "mini", "text", "mini_text", "sms"]
Tier = Literal["critical", "service", "education"]
Scene = Literal["booking", "followup", "report"]


class State(StrEnum):
    """Where a message is. `uncertain`: it may have arrived, and sending again might tell twice."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    NO_PERMISSION = "no_permission"
    UNCERTAIN = "uncertain"


class FieldShape(BaseModel):
    """One keyword of a template: `thing1`, shown as 就诊人. `values`: what a `const` may be."""

    model_config = ConfigDict(frozen=True)
    key: str
    label: str
    values: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """thing, time, name, …: the key without its number."""
        return self.key.rstrip("0123456789")

    @model_validator(mode="after")
    def check_values(self) -> "FieldShape":
        """A const without its values could never be filled."""
        if self.type == "const" and not self.values:
            raise ValueError(f"{self.key}: name its values")
        return self


class Template(BaseModel):
    """One template the account holds at WeChat, under our name `key` and for one channel."""

    model_config = ConfigDict(extra="ignore")
    template_id: str
    key: str
    kind: Literal["template", "subscribe", "mini"]
    title: str
    scene: Scene | None = None
    long_term: bool = False
    fields: list[FieldShape]


class AssistantNotice(BaseModel):
    """A notice that the hospital sends through 微信就医助手 (WECHAT.md 4.6).

    `status`: WeChat's number for it. `info`: name in business_info -> label of our fact.
    """

    status: int
    info: dict[str, str]


class Notice(BaseModel):
    """What a feature wants an account to know. Facts by the label of the template's keyword.

    No diagnosis, result or name of a test may stand in a fact. `path` is the H5 page behind
    it, `dedupe` makes a repeat harmless, `subject_id` is the thing it is about, `phone` is used
    only for critical notices.
    """

    key: str
    account_id: str
    facts: dict[str, str]
    path: str = Field(pattern=r"^/h5/")
    dedupe: str
    subject_id: str | None = None
    patient_id: str | None = None
    phone: str | None = None
    not_after: datetime | None = None


class WordingTrial(BaseModel):
    """A randomised trial (N12): which of two texts stands in one field of one notice. Data: `fixtures/trials.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: str = Field(pattern=r"^[a-z0-9-]{3,40}$")
    notice: str
    field: str
    arms: tuple[str, str]
    note: str = ""


class Drawn(BaseModel):
    """The arm of a trial that one notice was drawn into."""

    trial: str
    arm: Literal[0, 1]


class Message(BaseModel):
    """A message as stored; its facts and phone are sealed.

    `used`: channels that do not carry it. `began`: when (real time) each channel was first tried.
    `doubtful`: a try by template message had no answer; repeating it is harmless for ten minutes.
    `consent`: the permission consumed by the last try (a template's id or a window's name), when it needed one.
    `lease`: who has it in hand.
    """

    id: str
    key: str
    tier: Tier
    account_id: str
    patient_id: str | None
    subject_id: str | None
    path: str
    state: State
    channel: Channel | None
    tries: int
    created_at: datetime
    not_after: datetime | None
    last_code: str | None
    facts: dict[str, str] = {}
    phone: str | None = None
    used: list[str] = []
    consent: str | None = None
    consent_epoch: int = 0
    lease: str | None = None
    doubtful: bool = False
    began: dict[Channel, datetime] = {}


class Said(BaseModel):
    """What a message was to tell, for staff who tell it by phone instead."""

    key: str
    title: str
    tier: Tier
    facts: dict[str, str]
    not_after: datetime | None


class Permission(BaseModel):
    """What an account allowed for one template or window: so many messages, or any number while `long_term`.

    `epoch` counts the refusals: what was consumed before one is not given back after it. `until`: the end
    of a window.
    """

    count: int = Field(0, ge=0)
    long_term: bool = False
    epoch: int = 0
    until: datetime | None = None


class Standing(BaseModel):
    """What an account allows just now: the input of the choice of channels. `windows`: the first to end comes first."""

    followed: bool
    service_openid: str | None
    mini_openid: str | None
    opted_out: bool = False
    counts: dict[str, int] = {}
    windows: list[str] = []
    mini_windows: list[str] = []


class Delivery(BaseModel):
    """A message as staff see it: neither its content nor whom it is about."""

    id: str
    key: str
    title: str
    tier: Tier
    state: State
    channel: Channel | None
    last_code: str | None
    created_at: At
    settled_at: At | None


class Deliveries(BaseModel):
    items: list[Delivery]
    next: str | None


class SubscriptionTemplate(BaseModel):
    key: str
    template_id: str
    title: str


class SubscriptionTemplates(BaseModel):
    items: list[SubscriptionTemplate]


class SceneQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    scene: Scene


class Quota(BaseModel):
    """One channel's quota of a day. `limit`: None when nobody limits it. `closed`: WeChat said that it is used up."""

    channel: Channel
    used: int
    limit: int | None
    closed: bool


class Quotas(BaseModel):
    on: On
    items: list[Quota]


class DeliveryQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    state: State | None = None
    channel: Channel | None = None
    tier: Tier | None = None
    next: str | None = Field(None, max_length=64)
