"""Compare a day of three books to the cent: WeChat Pay's bill, our ledger, the HIS's charges.

Each difference has an id made of day, kind and number, so that a run that is repeated finds the
same: what a person settled stays settled, what is gone is closed by the run that did not find it.
"""

import asyncio
from datetime import timedelta

from pydantic import ValidationError

from server import audit, errors, logs
from server.context import SYSTEM, Actor, App, FundRow
from server.db import Tx
from server.payments import store
from server.payments.models import BillNotThere, BillRow, Entry, Found, HisCharge, Reconciliation, Refund
from server.payments.rules import moved
from server.payments.rules import reconciling as rules
from server.payments.store import reconciling as days
from server.values import plus_days, shanghai_at, shanghai_date

RECONCILE = "payments.reconcile"
AT = "10:30"
"""When a day is compared, on the next one: WeChat Pay's bill is there after ten."""
AGAIN = timedelta(minutes=10)
_DAYS_BACK = 7
log = logs.get("payments")


async def plan_reconciling(app: App) -> None:
    """Periodic: every day that is over is compared once, and those of a week with open differences again."""
    yesterday = plus_days(shanghai_date(app.now()), -1)
    newest = next(iter(await days.listed(app, None, 1)), None)
    on = max(plus_days(newest.on, 1), plus_days(yesterday, 1 - _DAYS_BACK)) if newest else yesterday
    while on <= yesterday:
        await app.db.transact(lambda tx, day=on: _plan(app, day, tx))  # type: ignore[misc]
        on = plus_days(on, 1)


async def _plan(app: App, on: str, tx: Tx) -> None:
    if not await days.open_day(app, on, tx):
        return
    due_at = shanghai_at(plus_days(on, 1), AT)
    await app.db.schedule(RECONCILE, on, due_at, tx=tx)
    for day in await days.open_days_since(app, plus_days(on, -_DAYS_BACK)):
        await app.db.schedule(RECONCILE, day, due_at, tx=tx)


async def reconcile(app: App, on: str) -> None:
    """Job payments.reconcile: compare a day; again later while its bill is not there. Foreign: tried again."""
    try:
        await run(app, on, by=SYSTEM)
    except BillNotThere:
        await app.db.schedule(RECONCILE, on, app.now() + AGAIN)


async def run(app: App, on: str, *, by: Actor) -> None:
    """Compare a day now. BillNotThere, Foreign: the day keeps what was found before, with what is in the way."""
    try:
        rows, funds = await _bills(app, on)
        around = (plus_days(on, -1), on, plus_days(on, 1))
        charges = list({one.id: one for day in around for one in await _charges(app, day)}.values())
        books = await _books(app, on, rows, funds, charges)
    except errors.Foreign as failed:
        await days.note_trouble(app, on, f"{failed.system} {failed.foreign_code}")
        log.warning("a day cannot be compared", on=on, system=failed.system, code=failed.foreign_code)
        raise
    except BillNotThere:
        await days.note_trouble(app, on, "pay bill_not_there")
        raise
    found = await asyncio.to_thread(rules.compare, books)  # a large hospital has some ten thousand rows
    known = await days.standing(app, on, plus_days(on, -_DAYS_BACK), found)
    found = [one for one in found if one.number == "day" or one.id not in known]
    await app.db.transact(lambda tx: _keep(app, books, found, by, tx))


async def _keep(app: App, books: rules.Books, found: list[Found], by: Actor, tx: Tx) -> None:
    await days.keep_found(app, found, tx)
    await days.close_vanished(app, books.on, found, {"settled_at": app.now(), "by": f"{by.kind}:{by.id}"}, tx)
    await audit.record(app, by, "payments.reconcile", why=books.on, tx=tx)
    await count(app, Reconciliation(on=books.on, state="waiting", run_at=app.now(), totals=rules.totals(books)), tx)


async def count(app: App, day: Reconciliation, tx: Tx) -> None:
    """Keep a day with what its differences amount to."""
    every = await days.differences(app, day.on, tx)
    still_open = sum(one.state == "open" for one in every)
    done = sum(one.state == "settled" and one.how != "vanished" for one in every)
    state = "differs" if still_open else "settled" if done else "balanced"
    new = {"state": state, "open": still_open, "settled": done, "trouble": None}
    await days.keep_day(app, day.model_copy(update=new), tx)


# --- the three books ------------------------------------------------------------------------------


async def _bills(app: App, on: str) -> tuple[list[BillRow], list[FundRow]]:
    """The day's bill, kept, and its fund flow; the bill of the day before is kept as well."""
    rows = await _fetch(app, on)
    if rows is None:
        raise BillNotThere()
    await _have(app, plus_days(on, -1))
    return rows, await app.pay.fund_bill(on) or []


async def _fetch(app: App, on: str) -> list[BillRow] | None:
    """A day's bill from WeChat Pay; as it was kept when it is too old to be had again."""
    try:
        given = await app.pay.trade_bill(on)
    except errors.Foreign as refused:
        if refused.again == "never" and await days.has_bill(app, on):
            return await days.bill_of_day(app, on)
        raise
    if given is None:
        return None
    rows = [rules.kept(on, row) for row in given]
    await days.keep_bill(app, on, rows, app.now())
    return rows


async def _have(app: App, on: str) -> None:
    """The bill of an earlier day is kept, where it can be had."""
    if not await days.has_bill(app, on):
        try:
            await _fetch(app, on)
        except errors.Foreign as refused:
            if refused.again != "never":
                raise


async def _charges(app: App, on: str) -> list[HisCharge]:
    try:
        return [HisCharge.model_validate(charge) for charge in await app.his.charges(on)]
    except ValidationError:
        raise errors.Foreign("his", "bad_answer", "later") from None


async def _books(app: App, on: str, rows: list[BillRow], funds: list[FundRow], charges: list[HisCharge]) -> rules.Books:
    """Everything of every order that one of the three names on this day, after the day's fees are posted."""
    if (fees := rules.fees_of(rows)) != 0:
        await app.db.transact(lambda tx: store.post(app, _fee_entry(on, fees), tx))
    orders = {row.order_id for row in rows} | {one.order_id for one in charges if shanghai_date(one.at) == on}
    entries = await days.entries_around(app, on, orders, shanghai_at(on) - rules.MIDNIGHT)
    orders |= {entry.order_id for entry in entries if entry.order_id}
    numbers = {row.refund_id for row in rows if row.refund_id}
    refunds = await days.refunds_of_orders(app, orders, numbers)
    others = await days.rows_of(app, orders, on)
    seen = numbers | {row.refund_id for row in others}
    late = [e for e in entries if e.kind == "refunded" and e.on == on and e.refund_id not in seen]
    if late:
        await _have_bills_of(app, on, late, refunds)
        others = await days.rows_of(app, orders, on)
    return rules.Books(on, rows, others, entries, refunds, charges, funds)


async def _have_bills_of(app: App, on: str, late: list[Entry], refunds: dict[str, Refund]) -> None:
    """Refunds that arrived today stand in the bill of the day on which WeChat Pay accepted them."""
    asked = [found.created_at for e in late if (found := refunds.get(str(e.refund_id))) and found.created_at]
    day = max(min(map(shanghai_date, asked), default=on), plus_days(on, -_DAYS_BACK))
    while day < on:
        await _have(app, day)
        day = plus_days(day, 1)


def _fee_entry(on: str, fees_fen: int) -> Entry:
    """What WeChat Pay kept of a day; a day on which it gave more back than it kept is a correction."""
    lines = moved("fees", "wechat", fees_fen) if fees_fen > 0 else moved("wechat", "fees", -fees_fen)
    kind = "fee" if fees_fen > 0 else "correction"
    return Entry.model_validate(
        {"id": f"fee:{on}", "kind": kind, "at": shanghai_at(on, "23:59"), "on": on, "lines": lines, "note": "手续费"}
    )
