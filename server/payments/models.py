"""The documents, inputs, outputs and refusals of payments."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from server import errors
from server.context import WeChatApp
from server.values import At

Kind = Literal["appointment", "bill", "deposit"]
Status = Literal["created", "prepaid", "paid", "closed", "refunding", "refunded", "partly_refunded", "abnormal"]
RefundStatus = Literal["waiting", "processing", "success", "abnormal", "closed"]
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
    """A refund as kept; its id is the out_refund_no."""

    id: str
    order_id: str
    amount_fen: int
    reason: str
    status: RefundStatus
    looks: int = 0
    foreign_code: str | None = None


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


CHANNEL_APP: dict[Channel, WeChatApp] = {"jsapi": "service", "mini_program": "mini"}
REMOVED = "已移除的就诊人"
"""Instead of the name of a patient whom this account has no more."""
