"""App: what every use-case is handed, and the Protocols of the systems around us.

The adapters behind the Protocols are chosen in `server/bootstrap.py` and nowhere else.
All adapter calls raise `errors.Foreign` when the other side refuses or does not answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from server.cache import Cache
from server.clock import Clock
from server.db import Database
from server.security import Security
from server.settings import Settings
from server.values import new_id

Json = dict[str, Any]
WeChatApp = Literal["service", "mini"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who WeChat says is holding the phone: openid of one of our two apps, unionid when joined.

    `snapshot` is true for the virtual account of WeChat's snapshot page: never bind to it.
    """

    app: WeChatApp
    openid: str
    unionid: str | None = None
    snapshot: bool = False


@dataclass(frozen=True, slots=True)
class Callback:
    """One push from the platform, verified and decrypted. `fields` is the XML as flat or nested dict.

    `app`: whom it was pushed to, the service account or the mini-program.
    """

    fields: Json
    encrypted: bool
    app: WeChatApp = "service"


@dataclass(frozen=True, slots=True)
class TextVerdict:
    """What WeChat thinks of a text: `suggest` is pass, review or risky; `label` its reason (100: nothing)."""

    suggest: str
    label: str
    trace_id: str


class WeChat(Protocol):
    """The service account and the mini-program (WECHAT.md 1-5)."""

    def check_address(
        self, query: Mapping[str, str], app: WeChatApp = "service"
    ) -> str: ...  # GET verification -> echostr; NotGenuine
    def read_callback(
        self, query: Mapping[str, str], body: bytes, app: WeChatApp = "service"
    ) -> Callback: ...  # NotGenuine, Invalid
    def write_reply(
        self, callback: Callback, reply: Json | None
    ) -> bytes: ...  # {"type":"text","text":…}; None: success
    def authorize_url(self, redirect_uri: str, state: str) -> str: ...
    async def oauth_identity(self, code: str) -> Identity: ...
    async def mini_identity(self, code: str) -> Identity: ...
    async def mini_phone(self, code: str) -> str: ...
    async def js_config(self, url: str) -> Json: ...
    async def send_template(
        self, openid: str, template_id: str, data: Mapping[str, str], *, url: str, client_msg_id: str
    ) -> str: ...  # -> msgid
    async def send_subscribe(
        self, app: WeChatApp, openid: str, template_id: str, data: Mapping[str, str], *, page: str
    ) -> str: ...  # -> msgid
    async def send_text(self, openid: str, text: str, app: WeChatApp = "service") -> None: ...
    async def send_assistant(
        self, openid: str, *, status: int, order_id: str, msg_id: str, info: Json
    ) -> None: ...  # 就医助手
    async def check_text(self, openid: str, text: str, *, scene: Literal[1, 2, 3, 4]) -> TextVerdict: ...
    async def check_media(
        self, openid: str, url: str, *, kind: Literal["sound", "picture"], scene: Literal[1, 2, 3, 4]
    ) -> str: ...  # -> trace_id; the outcome comes as event MediaChecked
    async def mini_scheme(self, page: str, query: str = "", *, until: datetime) -> str: ...
    async def mini_link(self, page: str, query: str = "", *, until: datetime) -> str: ...
    async def mini_code(self, scene: str, page: str) -> bytes: ...  # a picture
    async def is_following(self, openid: str) -> bool: ...
    async def publish_menu(self, menu: Json) -> None: ...
    async def add_conditional_menu(self, menu: Json) -> str: ...  # {button, matchrule} -> menuid
    async def delete_conditional_menu(self, menuid: str) -> None: ...
    async def delete_menu(self) -> None: ...  # the conditional ones as well
    async def current_menu(self) -> Json | None: ...  # {button, conditional: [{button, matchrule, menuid}]}
    async def tags(self) -> list[Json]: ...  # [{id, name, count}]
    async def upload_image(self, name: str, content: bytes) -> str: ...  # for article bodies -> url
    async def add_thumb(self, name: str, content: bytes) -> str: ...  # permanent material -> media_id
    async def add_draft(self, articles: Sequence[Json]) -> str: ...  # -> media_id
    async def preview_draft(self, openid: str, media_id: str) -> None: ...
    async def mass_send(self, media_id: str, *, clientmsgid: str) -> str: ...  # to all -> msg_id
    async def mass_status(self, msg_id: str) -> str: ...  # SEND_SUCCESS SENDING SEND_FAIL DELETE
    async def publish_draft(self, media_id: str) -> str: ...  # freepublish -> publish_id
    async def publication(self, publish_id: str) -> Json: ...
    async def scene_qr(self, scene: str) -> str: ...  # permanent scene QR -> url of its content


@dataclass(frozen=True, slots=True)
class Trade:
    """What WeChat Pay knows of an order."""

    out_trade_no: str
    state: str  # SUCCESS REFUND NOTPAY CLOSED REVOKED USERPAYING PAYERROR
    appid: str
    mchid: str
    total_fen: int
    payer_openid: str
    transaction_id: str = ""
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundState:
    """What WeChat Pay knows of a refund."""

    out_refund_no: str
    state: str  # SUCCESS CLOSED PROCESSING ABNORMAL
    refund_fen: int
    refunded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One row of a day's trade bill: a payment, or a refund that WeChat Pay accepted that day.

    `amount_fen` is what was paid or what was asked back; `fee_fen` is negative where fees were given
    back; `refund_state` (SUCCESS PROCESSING FAIL) is as of when the bill was made.
    """

    kind: Literal["paid", "refunded"]
    at: datetime
    transaction_id: str
    out_trade_no: str
    amount_fen: int
    fee_fen: int
    rate: str
    out_refund_no: str = ""
    refund_state: str = ""


@dataclass(frozen=True, slots=True)
class FundRow:
    """One row of a day's fund-flow bill: money that came to or left our account at WeChat Pay."""

    at: datetime
    flow_id: str
    business_id: str
    type: str
    direction: Literal["in", "out"]
    amount_fen: int
    voucher: str


@dataclass(frozen=True, slots=True)
class PayNotification:
    """A verified, decrypted notification: `trade` for payments, `refund` for refunds."""

    id: str
    event_type: str
    trade: Trade | None = None
    refund: RefundState | None = None


class WeChatPay(Protocol):
    """WeChat Pay v3 (WECHAT.md 6)."""

    async def prepay(
        self,
        *,
        appid: str,
        openid: str,
        out_trade_no: str,
        description: str,
        total_fen: int,
        expires_at: datetime,
        notify_url: str,
    ) -> str: ...  # -> prepay_id
    def payment_params(self, appid: str, prepay_id: str) -> dict[str, str]: ...
    async def query(self, out_trade_no: str) -> Trade | None: ...  # None: no such order
    async def close(self, out_trade_no: str) -> None: ...  # Foreign("pay","ORDERPAID",never) when paid already
    async def refund(
        self, *, out_trade_no: str, out_refund_no: str, refund_fen: int, total_fen: int, reason: str, notify_url: str
    ) -> RefundState: ...
    async def query_refund(self, out_refund_no: str) -> RefundState | None: ...
    async def trade_bill(self, on: str) -> list[TradeRow] | None: ...  # None: not made yet
    async def fund_bill(self, on: str) -> list[FundRow] | None: ...  # None: not made yet
    def read_notification(self, headers: Mapping[str, str], body: bytes) -> PayNotification: ...  # NotGenuine


class His(Protocol):
    """The hospital information system. Shapes: docs/his.md."""

    async def departments(self) -> list[Json]: ...
    async def doctors(self) -> list[Json]: ...
    async def clinics(self, from_on: str, to_on: str) -> list[Json]: ...
    async def find_persons(self, **by: str) -> list[Json]: ...  # document_kind+document_number | card_number | his_id
    async def create_person(self, person: Json) -> Json: ...
    async def reports(self, his_id: str) -> list[Json]: ...
    async def bills(self, his_id: str) -> list[Json]: ...
    async def visits(self, his_id: str) -> list[Json]: ...
    async def admissions(self, his_id: str) -> list[Json]: ...
    async def daily_lists(self, admission_id: str) -> list[Json]: ...
    async def put_appointment(self, our_id: str, booking: Json) -> Json: ...  # Foreign("his", code, never) on 409
    async def delete_appointment(self, our_id: str, reason: str) -> None: ...
    async def put_bill_payment(self, bill_id: str, order_id: str, payment: Json) -> None: ...
    async def delete_bill_payment(self, bill_id: str, order_id: str) -> None: ...
    async def put_deposit(self, admission_id: str, order_id: str, payment: Json) -> None: ...
    async def delete_deposit(self, admission_id: str, order_id: str) -> None: ...
    async def charges(self, on: str) -> list[Json]: ...  # money it took over and gave back that day
    async def check_in(self, appointment_id: str, his_id: str, clinic_id: str) -> Json: ...
    async def queue(self, clinic_id: str) -> Json: ...
    async def events(self, after: int) -> list[Json]: ...


class Sms(Protocol):
    """A text-message provider; `id` makes a repeat harmless."""

    async def send(self, id: str, phone: str, text: str) -> None: ...


class Expressions(Protocol):
    """Imported FHIRPath formulas, evaluated apart with a time limit; None when it took too long."""

    async def evaluate(self, question: Json) -> Json | None: ...


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a WeChat account (patient side), a staff member, or the system itself."""

    kind: Literal["account", "staff", "system"]
    id: str
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    department_ids: frozenset[str] = frozenset()
    doctor_id: str | None = None
    app: WeChatApp = "service"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, with ids only: what a reaction of `server/events.py` is handed."""

    id: str
    type: str
    data: Json
    at: datetime


SYSTEM = Actor("system", "system")


@dataclass(frozen=True, slots=True)
class App:
    """Everything a use-case may reach."""

    settings: Settings
    db: Database
    cache: Cache
    clock: Clock
    security: Security
    wechat: WeChat
    pay: WeChatPay
    his: His
    sms: Sms
    expressions: Expressions
    closers: list[Any] = field(default_factory=list)

    def now(self) -> datetime:
        """Business time, aware UTC: what the hospital's day is."""
        return self.clock.now()

    def real_now(self) -> datetime:
        """Wall-clock time, aware UTC: for leases, holds and limits."""
        return self.clock.real_now()

    def new_id(self) -> str:
        """A new id: 24 hex characters, ordered by real time."""
        return new_id()
