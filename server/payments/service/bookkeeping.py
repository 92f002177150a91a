"""Record in the ledger what happened to money; each fact once, in the transaction that takes note of it."""

from datetime import datetime

from server.context import App
from server.db import Tx
from server.payments import rules, store
from server.payments.models import Order, Refund
from server.payments.service.common import known


async def note_paid(app: App, order: Order, at: datetime, tx: Tx) -> None:
    """WeChat Pay has the money of an order since `at`."""
    await store.post(app, rules.paid(order, at), tx)


async def note_refunded(app: App, order: Order, refund: Refund, at: datetime, tx: Tx) -> None:
    """WeChat Pay has sent a refund to the payer at `at`."""
    await store.post(app, rules.refunded(order, refund, at), tx)


async def note_charged(app: App, order_id: str, tx: Tx) -> None:
    """The HIS has acknowledged the money of an order. NotFound. For the features that tell the HIS."""
    await store.post(app, rules.charged(await known(app, order_id, tx), app.now()), tx)


async def note_uncharged(app: App, order_id: str, tx: Tx) -> None:
    """The HIS holds nothing of an order any more; nothing when it held nothing. NotFound."""
    before = await store.ledger_of_orders(app, [order_id], tx)
    entry = rules.uncharged(await known(app, order_id, tx), before, app.now())
    if entry:
        await store.post(app, entry, tx)
