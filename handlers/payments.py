"""Orders of patients: what I paid and what came back. The staff's desk of orders and refunds."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.errors import NotFound
from server.payments import service
from server.payments.models import (
    CancelBookingInstead,
    MoreThanLeft,
    NoKey,
    NotAbnormal,
    NothingToRefund,
    OrderFile,
    OrderQuery,
    Orders,
    OrdersQuery,
    RefundClosed,
    RefundTooLate,
    RefundTooSoon,
    RefundWish,
    ShownOrder,
    StaffOrderQuery,
    StaffOrders,
    TooManyRefunds,
    TradeDiffers,
    WholeOnly,
)
from server.values import Id


class OrderList(ApiHandler):
    @endpoint(scope="patient")
    async def get(self, query: OrdersQuery) -> Orders:
        """My orders, newest first."""
        return await service.my_orders(self.app, query.next, by=self.actor)


class OrderPage(ApiHandler):
    @endpoint(scope="patient", refusals=(NotFound, TradeDiffers))
    async def get(self, query: OrderQuery, order_id: Id) -> ShownOrder:
        """One order; with `refresh=true` WeChat Pay is asked when it is not settled."""
        return await service.my_order(self.app, order_id, query.refresh, by=self.actor)


class StaffOrderList(ApiHandler):
    @endpoint(scope="payments.read", refusals=(NotFound,))
    async def get(self, query: StaffOrderQuery) -> StaffOrders:
        """Orders by state, kind, day and number, newest first."""
        return await service.for_staff(self.app, query, by=self.actor)


class StaffOrderPage(ApiHandler):
    @endpoint(scope="payments.read", refusals=(NotFound,))
    async def get(self, order_id: Id) -> OrderFile:
        """One order with its refunds and the lines of the ledger."""
        return await service.one_for_staff(self.app, order_id, by=self.actor)


class StaffRefunds(ApiHandler):
    @endpoint(
        scope="payments.refund",
        status=201,
        refusals=(
            CancelBookingInstead,
            MoreThanLeft,
            NoKey,
            NotFound,
            NothingToRefund,
            RefundTooLate,
            RefundTooSoon,
            TooManyRefunds,
            WholeOnly,
        ),
    )
    async def post(self, body: RefundWish, order_id: Id) -> OrderFile:
        """Send money back. Needs an Idempotency-Key: the same key is the same refund for ever."""
        key = self.request.headers.get("Idempotency-Key", "")
        return await service.send_back(self.app, order_id, body, key, by=self.actor)


class StaffRefundAgain(ApiHandler):
    @endpoint(scope="payments.refund", refusals=(NotAbnormal, NotFound, RefundClosed))
    async def post(self, refund_id: Id) -> OrderFile:
        """Ask WeChat Pay once more for an abnormal refund, with the same number."""
        return await service.send_again(self.app, refund_id, by=self.actor)


routes = [
    route("/api/orders", OrderList),
    route("/api/orders/{order_id}", OrderPage),
    route("/api/staff/orders", StaffOrderList),
    route("/api/staff/orders/{order_id}", StaffOrderPage),
    route("/api/staff/orders/{order_id}/refunds", StaffRefunds),
    route("/api/staff/refunds/{refund_id}/again", StaffRefundAgain),
]
