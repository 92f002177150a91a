"""An order as a state machine: each move is legal or refused, and facts in any order lead to one state. Pure.

What moves an order is never a message but a fact: WeChat Pay has the money, WeChat Pay has
closed the order, a refund reached a state. A fact heard twice, late or after its successor
changes nothing.
"""

from datetime import datetime, timedelta

from server.context import Trade
from server.payments.models import IllegalMove, Order, Status, TradeDiffers

MOVES: dict[Status, frozenset[Status]] = {
    "created": frozenset({"prepaid", "paid", "closed"}),
    "prepaid": frozenset({"paid", "closed"}),
    "closed": frozenset({"paid"}),  # money that came after all: it is taken note of, and given back
    "paid": frozenset({"refunding"}),
    "refunding": frozenset({"paid", "refunded", "partly_refunded", "abnormal"}),
    "partly_refunded": frozenset({"refunding"}),
    "abnormal": frozenset({"refunding", "refunded", "partly_refunded"}),
    "refunded": frozenset(),
}
UNPAID: frozenset[Status] = frozenset({"created", "prepaid"})
UNSETTLED: frozenset[Status] = frozenset({"created", "prepaid", "closed"})
LIVE: frozenset[Status] = frozenset({"created", "prepaid", "paid", "refunding", "partly_refunded", "abnormal"})
"""An order of one of these stands in the way of a second order for the same thing."""

PREPAY_GOOD_FOR = timedelta(minutes=100)  # WeChat says two hours
_LOOKS_S = (10, 30, 60, 300)


def may_move(old: Status, new: Status) -> bool:
    """Whether an order may go from one state to the other."""
    return new in MOVES[old]


def check_move(old: Status, new: Status) -> None:
    """IllegalMove unless it may."""
    if not may_move(old, new):
        raise IllegalMove(status=old)


def after_trade(status: Status, trade_state: str) -> Status:
    """The state of an order when WeChat Pay says `trade_state` of it; money always wins over closed.

    REFUND says that it was paid: somebody has sent it back at WeChat Pay's own desk.
    """
    if trade_state in ("SUCCESS", "REFUND") and status in UNSETTLED:
        return "paid"
    if trade_state in ("CLOSED", "REVOKED") and status in UNPAID:
        return "closed"
    return status


def check_trade(order: Order, trade: Trade, mchid: str) -> None:
    """TradeDiffers unless merchant and app, and where there is money amount and payer, are those of the order.

    WeChat Pay names no payer before somebody has paid.
    """
    pairs: dict[str, tuple[object, object]] = {
        "out_trade_no": (trade.out_trade_no, order.id),
        "mchid": (trade.mchid, mchid),
        "appid": (trade.appid, order.appid),
    }
    if trade.state in ("SUCCESS", "REFUND"):
        pairs["amount"] = (trade.total_fen, order.amount_fen)
        pairs["payer"] = (trade.payer_openid, order.openid)
    wrong = [name for name, (theirs, ours) in pairs.items() if theirs != ours]
    if wrong:
        raise TradeDiffers(fields=wrong)


def next_look(looks: int, now: datetime, pay_until: datetime) -> datetime:
    """When to ask WeChat Pay again about an unpaid order: soon at first, and right after it ran out."""
    later = now + timedelta(seconds=_LOOKS_S[min(looks, len(_LOOKS_S) - 1)])
    ended = pay_until + timedelta(seconds=1)
    return ended if now < ended < later else later


def prepay_is_fresh(order: Order, now: datetime) -> bool:
    """Whether the prepay_id we have still opens the sheet (a second tap uses the same)."""
    return bool(order.prepay_id and order.prepaid_at and now - order.prepaid_at < PREPAY_GOOD_FOR)
