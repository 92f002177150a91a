"""Orders, refunds, the ledger: documents, inputs, outputs and refusals."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from server import errors
from server.context import WeChatApp
from server.values import At, Id, On

Kind = Literal["appointment", "bill", "deposit"]
Status = Literal["created", "prepaid", "paid", "closed", "refunding", "refunded", "partly_refunded", "abnormal"]
RefundStatus = Literal["at_his", "waiting", "processing", "success", "abnormal", "closed", "refused"]
"""at_his: the HIS is to take its charge back first; refused: it did not, so nothing goes back."""
EntryKind = Literal["paid", "refunded", "charged", "uncharged", "fee", "correction"]
LedgerAccount = Literal["wechat", "patients", "his", "fees", "suspense"]
Channel = Literal["jsapi", "mini_program"]


class AlreadyPaid(errors.Conflict):
    code, message = "already_paid", "这一笔已经付过款，不用再付，请刷新查看。"


class OrderEnded(errors.Conflict):
    code, message = "order_ended", "这笔订单已经结束，请返回刷新后再试。"


class WrongApp(errors.Invalid):
    code, message = "wrong_app", "请在微信里打开本页面后再付款。"


class IllegalMove(errors.Conflict):
    code, message = "illegal_move", "订单当前的状态不能这样操作，请刷新查看。"


class TradeDiffers(errors.Invalid):
    code, message = "trade_differs", "付款信息与订单不一致，请联系医院处理。"


class NothingToRefund(errors.Conflict):
    code, message = "nothing_to_refund", "这笔订单没有可退的金额。"


class MoreThanLeft(errors.Conflict):
    code, message = "more_than_left", "退款金额超过了这笔订单还能退的金额，请改小后再提交。"


class RefundTooLate(errors.Conflict):
    code, message = "refund_too_late", "付款已超过一年，微信不能再原路退回，请到收费窗口办理。"


class TooManyRefunds(errors.Conflict):
    code, message = "too_many_refunds", "这笔订单已经退过 50 次，微信不能再退，请到收费窗口办理。"


class RefundTooSoon(errors.TooMany):
    code, message = "refund_too_soon", "同一笔订单两次退款要隔 1 分钟，请过一分钟再提交。"


class CancelBookingInstead(errors.Conflict):
    code, message = "cancel_booking_instead", "这是挂号费，预约还有效。请患者在微信里取消预约，钱会自动退回。"


class WholeOnly(errors.Conflict):
    code, message = "whole_only", "医院系统已经记了这笔费，只能整笔退。请退全部金额，或到收费窗口办理。"


class NotAbnormal(errors.Conflict):
    code, message = "refund_not_abnormal", "这笔退款正在办理或已经退回，不用再退一次。"


class RefundClosed(errors.Conflict):
    code, message = "refund_closed", "这笔退款已经关闭，钱没有退出去。需要退款请重新发起。"


class NoKey(errors.Invalid):
    code, message = "idempotency_key_missing", "提交没有编号，请刷新页面后再试。"


class Unbalanced(errors.Invalid):
    code, message = "unbalanced", "借贷两边金额不一致，没有记账。"


class Wanted(BaseModel):
    """What somebody is to pay for. `pay_until` in real time; `title` never says anything clinical."""

    kind: Kind
    subject_id: str
    patient_id: str
    title: str
    amount_fen: int
    pay_until: datetime


class Order(BaseModel):
    """An order as kept. `out_trade_no` is its id. `pay_until` is real time, `expires_at` the same in business time.

    `claimed_fen` is what refunds were asked for, `refunded_fen` what has gone back.
    """

    id: str
    kind: Kind
    subject_id: str
    patient_id: str
    account_id: str
    title: str
    amount_fen: int
    status: Status
    appid: str
    openid: str
    created_at: datetime
    pay_until: datetime
    expires_at: datetime
    prepay_id: str | None = None
    prepaid_at: datetime | None = None
    looks: int = 0
    transaction_id: str | None = None
    paid_at: datetime | None = None
    claimed_fen: int = 0
    refunded_fen: int = 0


class Refund(BaseModel):
    """A refund as kept; its id is the out_refund_no.

    `due_at` and `asked_at` are real time: when WeChat Pay is to be asked, and when it was.
    `foreign_code` is why WeChat Pay or the HIS did not do it; `by` is an actor's kind and id.
    """

    id: str
    order_id: str
    amount_fen: int
    reason: str
    status: RefundStatus
    looks: int = 0
    foreign_code: str | None = None
    by: str = "system:system"
    created_at: datetime | None = None
    due_at: datetime | None = None
    asked_at: datetime | None = None
    settled_at: datetime | None = None

    @property
    def told(self) -> str:
        """The reason as the payer and WeChat Pay read it: not what a person typed, it may name an illness or a test."""
        return "医院为您办理了退费" if self.by.startswith("staff:") else self.reason


class Line(BaseModel):
    """One side of an entry: either a debit or a credit of one account."""

    account: LedgerAccount
    debit_fen: int
    credit_fen: int


class Entry(BaseModel):
    """One balanced transaction of the ledger, as kept; its id is the fact that it records.

    `at` is when it happened in business time, `on` its date in Shanghai; `by` is an actor's kind and id.
    """

    id: str
    kind: EntryKind
    at: datetime
    on: On
    order_id: str | None = None
    refund_id: str | None = None
    order_kind: Kind | None = None
    lines: list[Line]
    by: str = "system:system"
    note: str = ""


class PayBody(BaseModel):
    """Where the payment sheet is to open."""

    model_config = ConfigDict(extra="forbid")
    channel: Channel


class PaymentParams(BaseModel):
    """What WeChat's payment sheet is handed, by WeChat's own names: appId, timeStamp, nonceStr …"""

    model_config = ConfigDict(alias_generator=to_camel, serialize_by_alias=True, validate_by_name=True)
    app_id: str
    time_stamp: str
    nonce_str: str
    package: str
    sign_type: Literal["RSA"]
    pay_sign: str


class Prepay(BaseModel):
    order_id: str
    params: PaymentParams


class ShownOrder(BaseModel):
    """An order as shown to the one who pays."""

    id: str
    out_trade_no: str
    kind: Kind
    subject_id: str
    title: str
    patient_name: str
    amount_fen: int
    refunded_fen: int
    status: Status
    created_at: At
    paid_at: At | None


class Orders(BaseModel):
    items: list[ShownOrder]
    next: str | None = None


class OrderQuery(BaseModel):
    """`refresh`: ask WeChat when the order is not settled."""

    model_config = ConfigDict(extra="forbid")
    refresh: bool = False


class OrdersQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    next: str | None = None


class RefundWish(BaseModel):
    """What a member of staff wants to send back, and why, for the hospital's own record."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    amount_fen: int = Field(ge=1)
    reason: str = Field(min_length=2, max_length=80)


class StaffOrderQuery(BaseModel):
    """`on` is the day on which it was made; `number` an order's number, here or at WeChat Pay."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    status: Status | None = None
    kind: Kind | None = None
    on: On | None = None
    number: Id | None = None
    next: Id | None = None


class StaffOrder(BaseModel):
    """An order as the console lists it. `left_fen` can still be sent back; names are masked."""

    id: str
    kind: Kind
    title: str
    patient_name: str
    amount_fen: int
    refunded_fen: int
    left_fen: int
    status: Status
    transaction_id: str | None
    created_at: At
    paid_at: At | None


class StaffOrders(BaseModel):
    items: list[StaffOrder]
    next: str | None = None


class StaffRefund(BaseModel):
    """A refund as the console shows it; `problem` is why it did not come about."""

    id: str
    amount_fen: int
    reason: str
    status: RefundStatus
    problem: str | None
    asked_by: str
    created_at: At | None
    settled_at: At | None


class StaffEntry(BaseModel):
    """One entry of the ledger as the console shows it."""

    id: str
    kind: EntryKind
    at: At
    lines: list[Line]
    note: str


class OrderFile(BaseModel):
    """Everything about one order.

    `whole_only`: only all of it can go back. `no_refund` says why nothing can be sent back now.
    """

    order: StaffOrder
    refunds: list[StaffRefund]
    ledger: list[StaffEntry]
    whole_only: bool
    no_refund: str | None


CHANNEL_APP: dict[Channel, WeChatApp] = {"jsapi": "service", "mini_program": "mini"}
REMOVED = "已移除的就诊人"
"""Instead of the name of a patient whom this account has no more."""
