"""Three books of one day to the cent: WeChat Pay's bill, our ledger, the HIS's charges. Pure.

Money that is on its way is no difference: what happened in the last ten minutes of a day may stand
in the next day's bill, a refund stands in the bill of the day on which it was accepted and in our
ledger when it arrived, and the HIS may hear of a payment, or take it back, on the day after.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Literal, TypeVar

from server.context import FundRow, TradeRow
from server.payments.models import (
    Action,
    BillRow,
    DifferenceKind,
    Entry,
    Found,
    HisCharge,
    Refund,
    Side,
    Totals,
)
from server.values import plus_days, shanghai_at, shanghai_date

T = TypeVar("T")
MIDNIGHT = timedelta(minutes=10)
"""How far two systems may disagree about the day on which something happened."""
ROUNDING_FEN = 1
"""How far a fee may be from its rate: how WeChat Pay rounds is not documented."""
_FEE = "扣除交易手续费"
_ON_ITS_WAY = frozenset({"at_his", "waiting", "processing", "abnormal"})

ACTIONS: dict[DifferenceKind, tuple[Action, ...]] = {
    "wechat_only": ("ask_wechat", "correct", "explain"),
    "ledger_only": ("ask_wechat", "correct", "explain"),
    "amount_differs": ("ask_wechat", "correct", "explain"),
    "refund_wechat_only": ("ask_wechat", "correct", "explain"),
    "refund_ledger_only": ("ask_wechat", "correct", "explain"),
    "refund_amount_differs": ("ask_wechat", "correct", "explain"),
    "his_missing": ("tell_his", "refund", "explain"),
    "his_only": ("tell_his", "explain"),
    "his_amount_differs": ("explain",),
    "his_unnoted": ("tell_his", "explain"),
    "fee_differs": ("correct", "explain"),
}
"""What a person may do about each kind."""


@dataclass(frozen=True, slots=True)
class Books:
    """What is known of a day.

    `rows` are those of its bill, `others` those of other days for the same orders and refunds;
    `entries` everything in our ledger of every order that any side names, and the day's own;
    `charges` the HIS's of the day before, the day, and the day after.
    """

    on: str
    rows: list[BillRow] = field(default_factory=list)
    others: list[BillRow] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    refunds: Mapping[str, Refund] = field(default_factory=dict)
    charges: list[HisCharge] = field(default_factory=list)
    funds: list[FundRow] = field(default_factory=list)


def kept(on: str, row: TradeRow) -> BillRow:
    """A row of a day's bill as we keep it, without the person in it."""
    number = row.out_refund_no if row.kind == "refunded" else row.transaction_id
    return BillRow(
        id=f"{row.kind}:{number}",
        on=on,
        kind=row.kind,
        at=row.at,
        order_id=row.out_trade_no,
        refund_id=row.out_refund_no or None,
        transaction_id=row.transaction_id,
        amount_fen=row.amount_fen,
        fee_fen=row.fee_fen,
        rate=row.rate,
        refund_state=row.refund_state,
    )


def compare(books: Books) -> list[Found]:
    """Every difference of the day, in the order of kinds and numbers; the same books give the same."""
    found = [*_payments(books), *_refunds(books), *_his(books), *_fees(books)]
    return sorted({one.id: one for one in found}.values(), key=lambda one: one.id)


def fees_of(rows: Iterable[BillRow]) -> int:
    """What WeChat Pay kept of a day, less what it gave back."""
    return sum(row.fee_fen for row in rows)


def fee_of(amount_fen: int, rate: str) -> int | None:
    """The fee at a rate such as "0.60%", rounded half up; None when the rate is no number."""
    try:
        share = Decimal(rate.removesuffix("%")) / 100
    except InvalidOperation:
        return None
    return int((amount_fen * share).quantize(Decimal(1), ROUND_HALF_UP))


def totals(books: Books) -> Totals:
    """What each side says the day came to."""
    entries = [entry for entry in books.entries if entry.on == books.on]
    paid_rows = [row.amount_fen for row in books.rows if row.kind == "paid"]
    back_rows = [row.amount_fen for row in books.rows if row.kind == "refunded"]
    today = [charge.amount_fen for charge in books.charges if shanghai_date(charge.at) == books.on]
    return Totals(
        wechat=_side(paid_rows, back_rows),
        ledger=_side(_fen_of(entries, "paid"), _fen_of(entries, "refunded")),
        corrected_fen=sum(_at_wechat(entry) for entry in entries if entry.id.startswith("correction:")),
        ledger_his=_side(_fen_of(entries, "charged"), _fen_of(entries, "uncharged")),
        his=_side([fen for fen in today if fen > 0], [-fen for fen in today if fen < 0]),
        fees_fen=fees_of(books.rows),
    )


def ways(found: Found, order_kind: str | None, *, knows_refund: bool = False) -> tuple[Action, ...]:
    """How a person may settle this: the HIS is told, and money sent back, only of an order that we know.

    The money of a booking goes back when the booking is cancelled, not from here. A correction
    is for money that we will never take note of otherwise: of an order or a refund that we do not know.
    """
    never: set[Action] = {"tell_his", "refund"} if order_kind is None else set()
    if order_kind == "appointment":
        never.add("refund")
    ours = {"wechat_only": order_kind is not None, "refund_wechat_only": knows_refund}
    if ours.get(found.kind) or (found.kind == "fee_differs" and found.number != "day"):
        never.add("correct")
    return tuple(action for action in ACTIONS[found.kind] if action not in never)


def correction_of(found: Found) -> int:
    """The fen by which our account at WeChat Pay is to change so that the ledger says what WeChat Pay says."""
    more = (found.wechat_fen or 0) - (found.ledger_fen or 0)
    return -more if found.kind.startswith("refund") or found.kind == "fee_differs" else more


def _side(came: list[int], went: list[int]) -> Side:
    return Side(came=len(came), came_fen=sum(came), went=len(went), went_fen=sum(went))


def _fen_of(entries: Iterable[Entry], kind: str) -> list[int]:
    return [amount(entry) for entry in entries if entry.kind == kind]


def amount(entry: Entry) -> int:
    """The fen that an entry moves."""
    return sum(line.debit_fen for line in entry.lines)


def _at_wechat(entry: Entry) -> int:
    return sum(line.debit_fen - line.credit_fen for line in entry.lines if line.account == "wechat")


def _found(books: Books, kind: DifferenceKind, number: str, **more: object) -> Found:
    return Found.model_validate(
        {"id": f"{books.on}:{kind}:{number}", "on": books.on, "kind": kind, "number": number} | more
    )


# --- WeChat Pay and our ledger ----------------------------------------------------------------


def _payments(books: Books) -> Iterable[Found]:
    ours = {entry.order_id: entry for entry in books.entries if entry.kind == "paid"}
    seen: set[str] = set()
    for row in books.rows:
        if row.kind != "paid":
            continue
        entry = None if row.order_id in seen else ours.get(row.order_id)
        number = row.transaction_id if row.order_id in seen else row.order_id
        seen.add(row.order_id)
        sides = {"order_id": row.order_id, "wechat_fen": row.amount_fen}
        if entry is None:
            yield _found(books, "wechat_only", number, **sides)
        elif amount(entry) != row.amount_fen:
            yield _found(books, "amount_differs", number, **sides, ledger_fen=amount(entry))
    begin, end = shanghai_at(books.on) - MIDNIGHT, shanghai_at(plus_days(books.on, 1)) - MIDNIGHT
    there = {row.order_id for row in (*books.rows, *books.others) if row.kind == "paid"}
    for entry in ours.values():
        if begin <= entry.at < end and entry.order_id not in there:
            yield _found(books, "ledger_only", str(entry.order_id), order_id=entry.order_id, ledger_fen=amount(entry))


def _refunds(books: Books) -> Iterable[Found]:
    ours = {entry.refund_id: entry for entry in books.entries if entry.kind == "refunded"}
    for row in books.rows:
        if row.kind != "refunded":
            continue
        number = row.refund_id or row.transaction_id
        entry, known = ours.get(number), books.refunds.get(number)
        sides = {"order_id": row.order_id, "refund_id": number, "wechat_fen": row.amount_fen}
        asked = amount(entry) if entry else known.amount_fen if known else None
        if asked is not None and asked != row.amount_fen:
            yield _found(books, "refund_amount_differs", number, **sides, ledger_fen=asked)
        elif entry is None and (known is None or row.refund_state == "SUCCESS"):
            yield _found(books, "refund_wechat_only", number, **sides)
    there = {row.refund_id: row for row in books.others if row.kind == "refunded"}
    today = {row.refund_id for row in books.rows if row.kind == "refunded"}
    for entry in ours.values():
        if entry.on != books.on or entry.refund_id in today:
            continue
        number, before = str(entry.refund_id), there.get(entry.refund_id)
        sides = {"order_id": entry.order_id, "refund_id": number, "ledger_fen": amount(entry)}
        if before is None:
            yield _found(books, "refund_ledger_only", number, **sides)
        elif before.amount_fen != amount(entry):
            yield _found(books, "refund_amount_differs", number, **sides, wechat_fen=before.amount_fen)


# --- our ledger and the HIS -------------------------------------------------------------------


def _his(books: Books) -> Iterable[Found]:
    touched = {entry.order_id for entry in books.entries if entry.on == books.on and entry.order_id}
    touched |= {charge.order_id for charge in books.charges if shanghai_date(charge.at) == books.on}
    entries_of = _by_order((entry.order_id or "", entry) for entry in books.entries)
    charges_of = _by_order((charge.order_id, charge.amount_fen) for charge in books.charges)
    ways_of = _by_order((one.order_id, one) for one in books.refunds.values() if one.status in _ON_ITS_WAY)
    for order_id in sorted(touched):
        entries, ways = entries_of[order_id], ways_of[order_id]
        right = sum(_fen_of(entries, "paid")) - sum(_fen_of(entries, "refunded"))
        noted = sum(_fen_of(entries, "charged")) - sum(_fen_of(entries, "uncharged"))
        has = _at_the_his(books.on, charges_of[order_id], entries)
        sides = {"order_id": order_id, "ledger_fen": right, "his_fen": has}
        if has in (right, right - sum(one.amount_fen for one in ways)):
            if noted != has and not ways:
                yield _found(books, "his_unnoted", order_id, **sides | {"ledger_fen": noted})
        elif has == 0:
            yield _found(books, "his_missing", order_id, **sides)
        elif right == 0 < has:
            yield _found(books, "his_only", order_id, **sides)
        else:
            yield _found(books, "his_amount_differs", order_id, **sides)


def _by_order(pairs: Iterable[tuple[str, T]]) -> defaultdict[str, list[T]]:
    found: defaultdict[str, list[T]] = defaultdict(list)
    for order_id, one in pairs:
        found[order_id].append(one)
    return found


def _at_the_his(on: str, charges: list[int], entries: list[Entry]) -> int:
    """The fen of an order that the HIS holds: as it says itself, of other days as we recorded it then."""
    far = [entry for entry in entries if entry.on not in (on, plus_days(on, 1))]
    came = sum(fen for fen in charges if fen > 0) or sum(_fen_of(far, "charged"))
    went = -sum(fen for fen in charges if fen < 0) or sum(_fen_of(far, "uncharged"))
    return came - went


# --- fees -------------------------------------------------------------------------------------


def _fees(books: Books) -> Iterable[Found]:
    total = fees_of(books.rows)
    posted = [entry for entry in books.entries if entry.id == f"fee:{books.on}"]
    booked = sum(line.debit_fen - line.credit_fen for e in posted for line in e.lines if line.account == "fees")
    if posted and booked != total:
        yield _found(books, "fee_differs", "day", wechat_fen=total, ledger_fen=booked)
    for row in books.rows:
        right = fee_of(row.amount_fen, row.rate) if row.kind == "paid" else None
        if right is not None and abs(right - row.fee_fen) > ROUNDING_FEN:
            yield _found(
                books, "fee_differs", row.order_id, order_id=row.order_id, wechat_fen=row.fee_fen, ledger_fen=right
            )
    kept_back = [row.amount_fen for row in books.funds if row.type == _FEE]
    charged = sum(row.fee_fen for row in books.rows if row.kind == "paid")
    if kept_back and sum(kept_back) != charged:
        yield _found(books, "fee_differs", "fund", wechat_fen=sum(kept_back), ledger_fen=charged)


# --- in words -----------------------------------------------------------------------------------

TEXTS: dict[DifferenceKind, str] = {
    "wechat_only": "微信收了钱，我们没有记到",
    "ledger_only": "我们记了收款，微信账单里没有",
    "amount_differs": "收款金额与微信账单不同",
    "refund_wechat_only": "微信退了钱，我们没有记到",
    "refund_ledger_only": "我们记了退款，微信账单里没有",
    "refund_amount_differs": "退款金额与微信账单不同",
    "his_missing": "患者付了钱，医院系统没有记到",
    "his_only": "医院系统记着这笔钱，实际没有收到或已经退回",
    "his_amount_differs": "医院系统记的金额与实收不同",
    "his_unnoted": "医院系统已记到，我们没有收到它的答复",
    "fee_differs": "微信手续费与应收的不同",
}
HOW: dict[Action | Literal["vanished"], str] = {
    "ask_wechat": "问过微信，已补记",
    "tell_his": "已通知医院系统",
    "refund": "已发起退款",
    "correct": "已更正账目",
    "explain": "已写明原因",
    "vanished": "再对时已一致",
}
