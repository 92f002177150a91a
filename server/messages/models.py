"""The documents and outputs of messages."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server.values import At, Id

Channel = Literal["template", "subscribe", "mini", "text", "sms"]
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
    """One keyword of a template: `thing1`, shown as 就诊人."""

    model_config = ConfigDict(frozen=True)
    key: str
    label: str

    @property
    def type(self) -> str:
        """thing, time, name, …: the key without its number."""
        return self.key.rstrip("0123456789")


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


class Message(BaseModel):
    """A message as stored; its facts and phone are sealed.

    `used`: channels that do not carry it. `began`: when (real time) each channel was first tried.
    `doubtful`: a try by template message had no answer; repeating it is harmless for ten minutes.
    """

    id: str
    key: str
    tier: Tier
    account_id: str
    patient_id: str | None
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
    consent_epoch: int = 0
    doubtful: bool = False
    began: dict[Channel, datetime] = {}


class Permission(BaseModel):
    """What an account allowed for one template: so many messages, or any number while `long_term`.

    `epoch` counts the refusals: what was consumed before one is not given back after it.
    """

    count: int = Field(0, ge=0)
    long_term: bool = False
    epoch: int = 0


class Standing(BaseModel):
    """What an account allows just now: the input of the choice of channels."""

    followed: bool
    service_openid: str | None
    mini_openid: str | None
    opted_out: bool = False
    counts: dict[str, int] = {}
    window_open: bool = False


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


class SubscriptionAnswer(BaseModel):
    """What was accepted in the mini-program's pop-up (the account's own pop-ups reach us as events)."""

    model_config = ConfigDict(extra="forbid")
    accepted: list[Id] = Field(max_length=3)


class SceneQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    scene: Scene


class DeliveryQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    state: State | None = None
    next: str | None = Field(None, max_length=64)
