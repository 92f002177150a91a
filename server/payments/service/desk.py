"""The staff's desk of orders: find one, see all of it, send money back, ask again."""

from server import audit
from server.context import Actor, App
from server.errors import Refusal
from server.patients import service as patients
from server.payments import rules, store
from server.payments.models import (
    REMOVED,
    Entry,
    NoKey,
    Order,
    OrderFile,
    Refund,
    RefundWish,
    StaffEntry,
    StaffOrder,
    StaffOrderQuery,
    StaffOrders,
    StaffRefund,
    WholeOnly,
)
from server.payments.service.common import known
from server.payments.service.refunding import refund_again, refund_by_staff
from server.staff import service as staff
from server.values import mask_name

_PAGE = 50


async def for_staff(app: App, query: StaffOrderQuery, *, by: Actor) -> StaffOrders:
    """Orders, newest first. NotFound when `next` is none."""
    after = await known(app, query.next) if query.next else None
    found = await store.for_staff(app, query, after, _PAGE + 1)
    page = found[:_PAGE]
    people = sorted({order.patient_id for order in page})
    await audit.record(app, by, "payments.list", patient_ids=people)
    names = await _names(app, people)
    items = [_order(order, names) for order in page]
    return StaffOrders(items=items, next=page[-1].id if len(found) > _PAGE else None)


async def one_for_staff(app: App, order_id: str, *, by: Actor) -> OrderFile:
    """One order with its refunds and what the ledger has of it. NotFound."""
    order = await known(app, order_id)
    await audit.record(app, by, "payments.read", patient_ids=[order.patient_id])
    return await _file(app, order)


async def count_abnormal(app: App) -> int:
    """Orders whose refund did not come about, for the overview."""
    return await store.count(app, "abnormal")


async def send_back(app: App, order_id: str, wish: RefundWish, key: str, *, by: Actor) -> OrderFile:
    """Refund, and show what became of the order. NoKey; the refusals of `refund_by_staff`."""
    if not key:
        raise NoKey()
    await refund_by_staff(app, order_id, wish, key, by=by)
    return await _file(app, await known(app, order_id))


async def send_again(app: App, refund_id: str, *, by: Actor) -> OrderFile:
    """Ask again for a refund, and show what became of the order. NotFound, NotAbnormal, RefundClosed."""
    order_id = await refund_again(app, refund_id, by=by)
    return await _file(app, await known(app, order_id))


async def _file(app: App, order: Order) -> OrderFile:
    refunds = await store.refunds_of(app, order.id)
    entries = await store.ledger_of_orders(app, [order.id])
    asked_by = await staff.names(app, {r.by.partition(":")[2] for r in refunds if r.by.startswith("staff:")})
    whole_only, no_refund = _ways(app, order, refunds)
    return OrderFile(
        order=_order(order, await _names(app, [order.patient_id])),
        refunds=[_refund(refund, asked_by) for refund in refunds],
        ledger=[_entry(entry) for entry in entries],
        whole_only=whole_only,
        no_refund=no_refund,
    )


def _ways(app: App, order: Order, refunds: list[Refund]) -> tuple[bool, str | None]:
    """Whether only all of it may go back, and why nothing may."""
    try:
        left = rules.refundable(order, None)
        rules.check_limits(order, refunds, app.now(), app.real_now())
        return rules.first_step(order, refunds, left) == "at_his", None
    except WholeOnly:
        return True, None
    except Refusal as refusal:
        return False, refusal.message


async def _names(app: App, patient_ids: list[str]) -> dict[str, str]:
    people = await patients.identities(app, set(patient_ids))
    return {id: mask_name(person.name) for id, person in people.items()}


def _order(order: Order, names: dict[str, str]) -> StaffOrder:
    fields = order.model_dump(include=set(StaffOrder.model_fields))
    name = names.get(order.patient_id, REMOVED)
    return StaffOrder(**fields, patient_name=name, left_fen=rules.left_of(order))


def _refund(refund: Refund, names: dict[str, str]) -> StaffRefund:
    kind, _, id = refund.by.partition(":")
    asked_by = names.get(id, "工作人员") if kind == "staff" else {"account": "患者", "system": "系统"}[kind]
    fields = refund.model_dump(include=set(StaffRefund.model_fields))
    return StaffRefund(**fields, asked_by=asked_by, problem=rules.problem_text(refund))


def _entry(entry: Entry) -> StaffEntry:
    return StaffEntry.model_validate(entry.model_dump(include=set(StaffEntry.model_fields)))
