"""The ledger: which lines each fact about money makes, and that they balance. Pure.

Accounts: `wechat` is what WeChat Pay holds for us, `patients` what we owe to those who paid,
`his` what the hospital's system has taken as its own, `fees` what WeChat Pay keeps, `suspense`
what nobody has explained yet. A balance is debits minus credits: what WeChat Pay holds is
positive, what we owe negative.
"""

from collections.abc import Iterable
from datetime import datetime

from server.payments.models import Entry, EntryKind, LedgerAccount, Line, Order, Refund, Unbalanced
from server.values import shanghai_date

SIDES: dict[EntryKind, tuple[LedgerAccount, LedgerAccount]] = {
    "paid": ("wechat", "patients"),
    "charged": ("patients", "his"),
    "uncharged": ("his", "patients"),
    "refunded": ("patients", "wechat"),
    "fee": ("fees", "wechat"),
}
"""Debit and credit of each kind; a correction says itself what it moves."""


def moved(debit: LedgerAccount, credit: LedgerAccount, fen: int) -> list[Line]:
    """The two lines that move fen from the credited to the debited account."""
    return [Line(account=debit, debit_fen=fen, credit_fen=0), Line(account=credit, debit_fen=0, credit_fen=fen)]


def check_entry(entry: Entry) -> None:
    """Unbalanced unless each line has one side, both sides come to the same, and they are those of its kind."""
    one_sided = all(
        min(line.debit_fen, line.credit_fen) == 0 < max(line.debit_fen, line.credit_fen) for line in entry.lines
    )
    debits = sum(line.debit_fen for line in entry.lines)
    if not entry.lines or not one_sided or debits != sum(line.credit_fen for line in entry.lines):
        raise Unbalanced(id=entry.id)
    if entry.kind in SIDES and entry.lines != moved(*SIDES[entry.kind], debits):
        raise Unbalanced(id=entry.id)


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """As they happened; those of one instant by the way that money takes."""
    way = (*SIDES, "correction")
    return sorted(entries, key=lambda entry: (entry.at, way.index(entry.kind), entry.id))


def balance(entries: Iterable[Entry]) -> dict[LedgerAccount, int]:
    """Debits minus credits of each account."""
    found: dict[LedgerAccount, int] = dict.fromkeys(("wechat", "patients", "his", "fees", "suspense"), 0)
    for entry in entries:
        for line in entry.lines:
            found[line.account] += line.debit_fen - line.credit_fen
    return found


def held_by_his(entries: Iterable[Entry]) -> int:
    """The fen that the HIS has taken and not given back."""
    return -balance(entries)["his"]


def paid(order: Order, at: datetime) -> Entry:
    """WeChat Pay has the money of an order since `at`."""
    return _entry("paid", f"paid:{order.id}", order, order.amount_fen, at)


def charged(order: Order, at: datetime) -> Entry:
    """The HIS has acknowledged the money of an order."""
    return _entry("charged", f"charged:{order.id}", order, order.amount_fen, at)


def uncharged(order: Order, before: Iterable[Entry], at: datetime) -> Entry | None:
    """The HIS has given back what it held of an order; None when it held nothing."""
    entries = list(before)
    held = held_by_his(entries)
    if held <= 0:
        return None
    count = sum(entry.kind == "uncharged" for entry in entries)
    return _entry("uncharged", f"uncharged:{order.id}:{count + 1}", order, held, at)


def refunded(order: Order, refund: Refund, at: datetime) -> Entry:
    """WeChat Pay has sent a refund to the payer at `at`."""
    return _entry("refunded", f"refunded:{refund.id}", order, refund.amount_fen, at, refund.id)


def _entry(kind: EntryKind, id: str, order: Order, fen: int, at: datetime, refund_id: str | None = None) -> Entry:
    return Entry(
        id=id,
        kind=kind,
        at=at,
        on=shanghai_date(at),
        order_id=order.id,
        refund_id=refund_id,
        order_kind=order.kind,
        lines=moved(*SIDES[kind], fen),
    )
