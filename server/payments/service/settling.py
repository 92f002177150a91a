"""What staff see of reconciled days, and how they settle a difference: each way needs a person and leaves a line."""

import csv
import io
from datetime import timedelta

from server import audit, errors
from server.context import Actor, App
from server.db import Tx
from server.payments import store
from server.payments.models import (
    Action,
    BillNotThere,
    Difference,
    DifferenceSettled,
    Entry,
    Reconciliation,
    ReconciliationReport,
    Reconciliations,
    RefundWish,
    Settlement,
    ShownDifference,
    ShownReconciliation,
    StillDiffers,
    TradeDiffers,
    WrongAction,
)
from server.payments.rules import balance, moved
from server.payments.rules import reconciling as rules
from server.payments.service import paying, refunding
from server.payments.service.common import ids, known
from server.payments.service.reconciling import RECONCILE, count, run
from server.payments.store import reconciling as days
from server.staff import service as staff
from server.values import shanghai_date, yuan

_PAGE = 31
MOST_SHOWN = 500
"""Of a day on which one side knew nothing there are thousands; the sheet has all of them."""
REASON = "对账后退款"
"""Why there is a refund that settles a difference."""
LOOK_AGAIN = timedelta(minutes=2)
"""How long the HIS has to answer before a day is compared again by itself."""


# --- to read ----------------------------------------------------------------------------------------


async def reconciliations(app: App, before: str | None) -> Reconciliations:
    """Reconciled days, newest first: sums only."""
    found = await days.listed(app, before, _PAGE + 1)
    items = [_shown_day(day) for day in found[:_PAGE]]
    return Reconciliations(items=items, next=found[_PAGE - 1].on if len(found) > _PAGE else None)


async def reconciliation(app: App, on: str, *, by: Actor) -> ReconciliationReport:
    """A day with its first differences, the open ones before the others; NotFound when it was never compared."""
    day, shown = await _report(app, on, by)
    return ReconciliationReport(**_shown_day(day).model_dump(), differences=shown[:MOST_SHOWN])


async def reconciliation_csv(app: App, on: str, *, by: Actor) -> str:
    """A day's differences for a spreadsheet; NotFound."""
    _, shown = await _report(app, on, by)
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["类别", "订单号", "退款单号", "微信(元)", "本系统(元)", "医院系统(元)", "处理", "说明", "处理人"])
    for one in shown:
        money = ["" if fen is None else f"{fen / 100:.2f}" for fen in (one.wechat_fen, one.ledger_fen, one.his_fen)]
        how = rules.HOW[one.how] if one.how else "待处理"
        ids = [_safe(one.order_id or ""), _safe(one.refund_id or "")]  # of whoever else uses our merchant number
        lines.writerow([one.text, *ids, *money, how, _safe(one.note), _safe(one.by_name)])
    return "\ufeff" + out.getvalue()


def _safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


async def _report(app: App, on: str, by: Actor) -> tuple[Reconciliation, list[ShownDifference]]:
    day = await days.get(app, on)
    if day is None:
        raise errors.NotFound()
    found = await days.differences(app, on)
    orders = {order.id: order for order in await days.by_ids(app, {one.order_id for one in found if one.order_id})}
    people = sorted({order.patient_id for order in orders.values()})
    await audit.record(app, by, "payments.reconciliation", patient_ids=people, why=on)
    numbers = {one.refund_id for one in found if one.refund_id}
    refunds = await days.refunds_of_orders(app, [], numbers)
    names = await staff.names(app, {one.by.partition(":")[2] for one in found if one.by})
    shown = []
    for one in found:
        order = orders.get(one.order_id or "")
        actions = rules.ways(one, order.kind if order else None, knows_refund=one.refund_id in refunds)
        shown.append(_shown(one, order.kind if order else None, names, actions))
    return day, shown


def _shown_day(day: Reconciliation) -> ShownReconciliation:
    return ShownReconciliation.model_validate(day.model_dump())


def _shown(
    one: Difference, order_kind: str | None, names: dict[str, str], actions: tuple[Action, ...]
) -> ShownDifference:
    fields = one.model_dump(include=set(ShownDifference.model_fields))
    by_name = names.get(one.by.partition(":")[2], "系统") if one.by else ""
    actions = actions if one.state == "open" else ()
    return ShownDifference(
        **fields, text=rules.TEXTS[one.kind], order_kind=order_kind, by_name=by_name, actions=list(actions)
    )


# --- to settle --------------------------------------------------------------------------------------


async def reconcile_again(app: App, on: str, *, by: Actor) -> ReconciliationReport:
    """Compare a day now and show it. BillNotThere, and Foreign when WeChat Pay or the HIS does not answer."""
    if on >= shanghai_date(app.now()):
        raise BillNotThere()
    await run(app, on, by=by)
    return await reconciliation(app, on, by=by)


async def settle_difference(app: App, on: str, id: str, wish: Settlement, *, by: Actor) -> ReconciliationReport:
    """Settle a difference in one of its ways and show the day. Only `ask_wechat` and `tell_his` need no note.

    NotFound, DifferenceSettled, WrongAction, StillDiffers (WeChat Pay says the same again), and the
    refusals of `refund`.
    """
    found = await days.difference(app, on, id)
    if found is None:
        raise errors.NotFound()
    order = await store.get(app, found.order_id) if found.order_id else None
    if found.state == "settled":
        raise DifferenceSettled()
    knows_refund = bool(found.refund_id and await store.get_refund(app, found.refund_id))
    if wish.action not in rules.ways(found, order.kind if order else None, knows_refund=knows_refund):
        raise WrongAction()
    note = wish.note.strip()
    if not note and wish.action in ("refund", "correct", "explain"):
        raise errors.Invalid(fields=["note"])
    if wish.action == "ask_wechat":
        await _ask_wechat(app, found)
        if await _is_open_after_run(app, found, by):
            raise StillDiffers()
    elif wish.action == "refund" and order:
        if not await _is_open_after_run(app, found, by):
            raise DifferenceSettled()
        back = RefundWish(amount_fen=max(order.amount_fen - order.claimed_fen, 1), reason=REASON)
        await refunding.refund_by_staff(app, order.id, back, found.id, by=by)
    patients = [order.patient_id] if order else []
    await app.db.transact(lambda tx: _settle(app, found, wish.action, note, patients, by, tx))
    return await reconciliation(app, on, by=by)


async def _is_open_after_run(app: App, found: Difference, by: Actor) -> bool:
    """Whether a fresh comparison still finds it: before money moves, and after WeChat Pay was asked."""
    await run(app, found.on, by=by)
    again = await days.difference(app, found.on, found.id)
    return again is not None and again.state == "open"


async def _settle(
    app: App, found: Difference, action: Action, note: str, patients: list[str], by: Actor, tx: Tx
) -> None:
    now, who = app.now(), f"{by.kind}:{by.id}"
    values = {"state": "settled", "how": action, "note": note, "by": who, "settled_at": now}
    states: tuple[str, ...] = ("open",)
    if action == "tell_his":
        values = {"note": note, "by": who, "asked_at": now}
        await _tell_his(app, found, tx)
    elif action == "correct":
        await store.post(app, await _correction(app, found, note, who, tx), tx)
    elif action == "ask_wechat":
        states = ("open", "settled")  # the run has closed it already: it was this person's doing
    seen = found if action in ("correct", "explain") else None  # what was said of other amounts is not said of these
    if not await days.settle_difference(app, found.id, values, tx, from_states=states, seen=seen):
        raise DifferenceSettled()
    why = f"{action} {found.id}"
    await audit.record(app, by, "payments.settle_difference", patient_ids=patients, why=why, tx=tx)
    day = await days.get(app, found.on, tx)
    if day:
        await count(app, day, tx)


async def _ask_wechat(app: App, found: Difference) -> None:
    """Have WeChat Pay say again what it knows; what it says of another order or amount is not taken."""
    try:
        if found.refund_id:
            refund = await app.pay.query_refund(found.refund_id)
            if refund:
                await refunding.settle_refund(app, refund)
        elif found.order_id:
            trade = await app.pay.query(found.order_id)
            if trade:
                await paying.settle(app, trade)
    except (errors.NotFound, TradeDiffers):
        return


async def _tell_his(app: App, found: Difference, tx: Tx) -> None:
    """The feature it belongs to tells the HIS again what is so; the day is compared again a little later."""
    order = await known(app, str(found.order_id), tx)
    await tx.emit("payments.charge_missing", **ids(order))
    await app.db.schedule(RECONCILE, found.on, app.now() + LOOK_AGAIN, tx=tx)


async def _correction(app: App, found: Difference, note: str, who: str, tx: Tx) -> Entry:
    """The posting that makes our ledger say what WeChat Pay says; WrongAction when there is nothing to move.

    A difference that was corrected before, over other amounts, is corrected by what is new.
    """
    id = f"correction:{found.id}"
    every = await store.corrections_of_day(app, found.on, tx)
    before = [entry for entry in every if entry.id == id or entry.id.startswith(f"{id}:")]
    fen = rules.correction_of(found) - balance(before)["wechat"]
    if fen == 0:
        raise WrongAction()
    other = "fees" if found.kind == "fee_differs" else "suspense"
    lines = moved("wechat", other, fen) if fen > 0 else moved(other, "wechat", -fen)  # type: ignore[arg-type]
    return Entry(
        id=f"{id}:{len(before) + 1}" if before else id,
        kind="correction",
        at=app.now(),
        on=found.on,
        order_id=found.order_id,
        refund_id=found.refund_id,
        lines=lines,
        by=who,
        note=note or yuan(abs(fen)),
    )
