"""Reconciliation: rows of bills, differences, days, and what staff see and say of them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from server import errors
from server.payments.models.orders import Kind
from server.values import At, On

DifferenceKind = Literal[
    "wechat_only",
    "ledger_only",
    "amount_differs",
    "refund_wechat_only",
    "refund_ledger_only",
    "refund_amount_differs",
    "his_missing",
    "his_only",
    "his_amount_differs",
    "his_unnoted",
    "fee_differs",
]
Action = Literal["ask_wechat", "tell_his", "refund", "correct", "explain"]
DifferenceId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:|*@-]{1,128}$")]
DayState = Literal["waiting", "balanced", "differs", "settled"]


class StillDiffers(errors.Conflict):
    code, message = "still_differs", "已经问过微信支付，两边还是不一致。请核对后用别的办法处理。"


class DifferenceSettled(errors.Conflict):
    code, message = "difference_settled", "这条差异已经处理过，请刷新查看。"


class WrongAction(errors.Conflict):
    code, message = "wrong_action", "这条差异不能这样处理，请换一种办法。"


class BillNotThere(errors.Conflict):
    code, message = "bill_not_there", "微信支付还没有出这一天的账单（次日上午10点以后才有），请稍后再对。"


class BillRow(BaseModel):
    """A row of a day's trade bill as kept: amounts and numbers, nobody's name."""

    id: str
    on: On
    kind: Literal["paid", "refunded"]
    at: datetime
    order_id: str
    refund_id: str | None
    transaction_id: str
    amount_fen: int
    fee_fen: int
    rate: str
    refund_state: str


class HisCharge(BaseModel):
    """Money of an order that the HIS took over, or took back (negative)."""

    id: str
    order_id: str
    kind: str
    amount_fen: int
    at: At


class Found(BaseModel):
    """A difference as a comparison finds it. The id is the same however often it is found."""

    id: str
    on: On
    kind: DifferenceKind
    number: str
    order_id: str | None = None
    refund_id: str | None = None
    wechat_fen: int | None = None
    ledger_fen: int | None = None
    his_fen: int | None = None


class Difference(Found):
    """A difference as kept. `how` is what settled it: an action, or `vanished` when a later run did not find it."""

    state: Literal["open", "settled"] = "open"
    how: Action | Literal["vanished"] | None = None
    note: str = ""
    by: str | None = None
    settled_at: datetime | None = None
    asked_at: datetime | None = None


class Side(BaseModel):
    """What came and what went on a day, how often and how much."""

    came: int = 0
    came_fen: int = 0
    went: int = 0
    went_fen: int = 0


class Totals(BaseModel):
    """A day as each side has it. `ledger_his` is what our ledger says of the HIS; fees as WeChat Pay has them.

    `corrected_fen` is what corrections moved on our account at WeChat Pay, fees among them.
    """

    wechat: Side = Side()
    ledger: Side = Side()
    ledger_his: Side = Side()
    his: Side = Side()
    corrected_fen: int = 0
    fees_fen: int = 0


class Reconciliation(BaseModel):
    """A day as kept. `trouble` says why it could not be compared: "pay bill_hash", "his timeout", or nothing."""

    on: On
    state: DayState
    run_at: datetime | None = None
    totals: Totals = Totals()
    open: int = 0
    settled: int = 0
    trouble: str | None = None


class ShownReconciliation(BaseModel):
    """A day in the list."""

    on: On
    state: DayState
    run_at: At | None
    totals: Totals
    open: int
    settled: int
    trouble: str | None


class ShownDifference(BaseModel):
    """A difference in words that a cashier understands, and what may be done about it."""

    id: str
    kind: DifferenceKind
    text: str
    number: str
    order_id: str | None
    refund_id: str | None
    order_kind: Kind | None
    wechat_fen: int | None
    ledger_fen: int | None
    his_fen: int | None
    state: Literal["open", "settled"]
    how: Action | Literal["vanished"] | None
    note: str
    by_name: str
    settled_at: At | None
    asked_at: At | None
    actions: list[Action]


class ReconciliationReport(ShownReconciliation):
    differences: list[ShownDifference]


class Reconciliations(BaseModel):
    items: list[ShownReconciliation]
    next: str | None = None


class ReconciliationsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    next: On | None = None


class Settlement(BaseModel):
    """How a difference is settled, and why."""

    model_config = ConfigDict(extra="forbid")
    action: Action
    note: str = Field(default="", max_length=200)
