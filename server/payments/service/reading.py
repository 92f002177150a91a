"""Orders to read: my own, and as other features need them."""

from server import errors
from server.context import Actor, App
from server.db import Tx
from server.patients import service as patients
from server.payments import rules, store
from server.payments.models import REMOVED, Kind, Order, Orders, Refund, ShownOrder
from server.payments.service.common import known
from server.payments.service.paying import look

_PAGE = 20
LOOKS, LOOKS_S = 10, 60
"""How often a page may have WeChat Pay asked about an order; the worker asks by itself as well."""


async def get(app: App, order_id: str, tx: Tx | None = None) -> Order:
    """An order as kept; NotFound. For other features."""
    return await known(app, order_id, tx)


async def refund_of(app: App, refund_id: str) -> Refund | None:
    """A refund as kept. For other features."""
    return await store.get_refund(app, refund_id)


async def orders_of(app: App, kind: Kind, subject_ids: list[str]) -> dict[str, Order]:
    """The order that counts for each of these things: the live one, else the newest."""
    best: dict[str, Order] = {}
    for order in await store.of_subjects(app, kind, subject_ids):
        kept = best.get(order.subject_id)
        if kept is None or order.status in rules.LIVE or kept.status not in rules.LIVE:
            best[order.subject_id] = order
    return best


async def my_orders(app: App, next: str | None, *, by: Actor) -> Orders:
    """What this account paid or was to pay, newest first."""
    found = await store.of_account(app, by.id, next, _PAGE + 1)
    names = await _names(app, by)
    items = [_shown(order, names) for order in found[:_PAGE]]
    return Orders(items=items, next=found[_PAGE - 1].id if len(found) > _PAGE else None)


async def my_order(app: App, order_id: str, refresh: bool, *, by: Actor) -> ShownOrder:
    """One order of this account; NotFound. With `refresh` WeChat Pay is asked when it is not settled, within limits."""
    order = await store.get(app, order_id)
    if order is None or order.account_id != by.id:
        raise errors.NotFound()
    if refresh and order.status in rules.UNPAID and await app.cache.count(f"look:{order_id}", LOOKS_S) <= LOOKS:
        await look(app, order_id)
        order = await known(app, order_id)
    return _shown(order, await _names(app, by))


async def _names(app: App, by: Actor) -> dict[str, str]:
    return {patient.id: patient.name for patient in (await patients.mine(app, by=by)).items}


def _shown(order: Order, names: dict[str, str]) -> ShownOrder:
    fields = order.model_dump(include=set(ShownOrder.model_fields))
    return ShownOrder(**fields, out_trade_no=order.id, patient_name=names.get(order.patient_id, REMOVED))
