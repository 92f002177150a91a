"""What several use-cases of payments share: an order by its id, and what events say of it."""

from server import errors
from server.context import App
from server.db import Tx
from server.payments import store
from server.payments.models import Order, Status


async def known(app: App, order_id: str, tx: Tx | None = None) -> Order:
    """An order as kept; NotFound."""
    order = await store.get(app, order_id, tx)
    if order is None:
        raise errors.NotFound()
    return order


async def status_of(app: App, order_id: str) -> Status:
    """An order's state now; NotFound."""
    return (await known(app, order_id)).status


def ids(order: Order) -> dict[str, str]:
    """What events say of an order."""
    return {"order_id": order.id, "kind": order.kind, "subject_id": order.subject_id}
