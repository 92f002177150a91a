"""Orders of patients: what I paid and what came back."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.errors import NotFound
from server.payments import service
from server.payments.models import OrderQuery, Orders, OrdersQuery, ShownOrder, TradeDiffers
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


routes = [route("/api/orders", OrderList), route("/api/orders/{order_id}", OrderPage)]
