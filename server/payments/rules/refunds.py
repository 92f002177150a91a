"""Refunds: their states, what they amount to, and the limits that WeChat Pay and the HIS set. Pure.

Limits of WeChat Pay: at most 365 days after the payment, at most 50 refunds of an order, at
least a minute between two of them, the same number for the same refund.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from server.context import RefundState
from server.payments.models import (
    CancelBookingInstead,
    MoreThanLeft,
    NotAbnormal,
    NothingToRefund,
    Order,
    Refund,
    RefundClosed,
    RefundStatus,
    RefundTooLate,
    RefundTooSoon,
    Status,
    TooManyRefunds,
    TradeDiffers,
    WholeOnly,
)

MOVES: dict[RefundStatus, frozenset[RefundStatus]] = {
    "at_his": frozenset({"waiting", "refused"}),
    "waiting": frozenset({"processing", "success", "abnormal", "closed"}),
    "processing": frozenset({"success", "abnormal", "closed"}),
    "abnormal": frozenset({"waiting", "processing", "success", "closed"}),
    "closed": frozenset(),
    "success": frozenset(),
    "refused": frozenset(),
}
FROM_WECHAT: dict[str, RefundStatus] = {
    "PROCESSING": "processing",
    "SUCCESS": "success",
    "ABNORMAL": "abnormal",
    "CLOSED": "closed",
}
GOOD_FOR = timedelta(days=365)
MOST = 50
GAP = timedelta(minutes=1)
_LOOKS_S = (5, 15, 30, 60, 300, 1800)


def after_refund_news(status: RefundStatus, news: RefundStatus) -> RefundStatus:
    """The state of a refund when WeChat Pay says `news` of it; older news change nothing."""
    return news if news in MOVES[status] else status


def check_refund(refund: Refund, state: RefundState) -> None:
    """TradeDiffers unless WeChat Pay speaks of the fen that were asked for."""
    if state.refund_fen != refund.amount_fen:
        raise TradeDiffers(fields=["amount"])


def status_of_paid(amount_fen: int, refunds: Iterable[tuple[RefundStatus, int]]) -> tuple[Status, int]:
    """State and refunded fen of a paid order, from all its refunds (state, fen) alone."""
    found = list(refunds)
    gone = sum(fen for status, fen in found if status == "success")
    states = {status for status, _ in found}
    if gone >= amount_fen:
        return "refunded", gone
    if states & {"at_his", "waiting", "processing"}:
        return "refunding", gone
    if states & {"abnormal", "closed"}:
        return "abnormal", gone
    return ("partly_refunded" if gone else "paid"), gone


def left_of(order: Order) -> int:
    """The fen that nobody has asked to have back yet; none of an order that is not paid."""
    return order.amount_fen - order.claimed_fen if order.status in _WITH_MONEY else 0


_WITH_MONEY: frozenset[Status] = frozenset({"paid", "partly_refunded", "refunding", "abnormal"})


def refundable(order: Order, amount_fen: int | None) -> int:
    """The fen to send back: what was asked, or all that is left. NothingToRefund, MoreThanLeft."""
    left = left_of(order)
    if left <= 0:
        raise NothingToRefund(status=order.status)
    wanted = left if amount_fen is None else amount_fen
    if not 0 < wanted <= left:
        raise MoreThanLeft(left_fen=left)
    return wanted


def check_limits(order: Order, before: list[Refund], now: datetime, real_now: datetime) -> None:
    """Whether WeChat Pay would take another refund of this order. RefundTooLate, TooManyRefunds, RefundTooSoon."""
    if order.paid_at and now - order.paid_at > GOOD_FOR:
        raise RefundTooLate()
    if sum(refund.status != "refused" for refund in before) >= MOST:
        raise TooManyRefunds()
    wait = earliest(before, real_now) - real_now
    if wait > timedelta():
        raise RefundTooSoon(wait_s=int(wait.total_seconds()) + 1)


def earliest(before: Iterable[Refund], real_now: datetime) -> datetime:
    """When the next refund of an order may be asked for: a minute after the last one was, or will be."""
    times = [real_now]
    for refund in before:
        if refund.asked_at:
            times.append(refund.asked_at + GAP)
        elif refund.status == "waiting" and refund.due_at:
            times.append(max(refund.due_at, real_now) + GAP)
    return max(times)


def send_at(others: Iterable[Refund], real_now: datetime) -> datetime:
    """When a refund whose turn has come is sent: a minute after any other of its order was."""
    return max([real_now, *(other.asked_at + GAP for other in others if other.asked_at)])


def first_step(order: Order, before: Iterable[Refund], fen: int) -> Literal["waiting", "at_his"]:
    """Where a refund by staff begins: at WeChat Pay when the money lies with us, else at the HIS.

    Money of which something was sent back before is not the HIS's any more. Otherwise a booking has
    to be cancelled (CancelBookingInstead), and of a bill or a deposit, which the HIS takes back
    as a whole only, all goes back (WholeOnly).
    """
    if any(refund.status != "refused" for refund in before):
        return "waiting"
    if order.kind == "appointment":
        raise CancelBookingInstead()
    if fen != order.amount_fen:
        raise WholeOnly(amount_fen=order.amount_fen)
    return "at_his"


def check_again(refund: Refund) -> None:
    """Whether WeChat Pay may be asked again for a refund, with its number. NotAbnormal, RefundClosed."""
    if refund.status in ("closed", "refused"):
        raise RefundClosed()
    if refund.status != "abnormal":
        raise NotAbnormal()


def number_of(order_id: str, by_id: str, key: str) -> str:
    """The number of a refund that a member of staff asks for: the same for the same submission."""
    return f"{order_id}-{hashlib.sha256(f'{by_id}:{key}'.encode()).hexdigest()[:24]}"


PROBLEMS = {
    "NOT_ENOUGH": "商户账户余额不足，充值后会自动再退",
    "USER_ACCOUNT_ABNORMAL": "付款人的微信账户异常，收不到退款",
    "RESOURCE_NOT_EXISTS": "微信查不到这笔付款",
    "INVALID_REQUEST": "微信没有接受这笔退款",
    "NO_AUTH": "商户号没有退款的权限",
    "FREQUENCY_LIMITED": "微信要求稍后再退，会自动再试",
    "already_used": "项目已做或药品已取，医院系统不能退费",
    "discharged": "患者已出院，医院系统不能退费",
}


def problem_text(refund: Refund) -> str | None:
    """Why a refund has not come about, for staff."""
    if refund.foreign_code is None:
        return "微信没能退到付款账户，请先在微信商户平台处理" if refund.status == "abnormal" else None
    where = "医院系统没有同意退费" if refund.status == "refused" else "微信没有接受"
    return PROBLEMS.get(refund.foreign_code, f"{where}（{refund.foreign_code}）")


def next_refund_look(looks: int, now: datetime) -> datetime:
    """When to ask WeChat Pay again about a refund that is on its way."""
    return now + timedelta(seconds=_LOOKS_S[min(looks, len(_LOOKS_S) - 1)])
