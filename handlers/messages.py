"""Subscription pop-ups for patients; deliveries and the day's quotas for staff."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.messages import service
from server.messages.models import Deliveries, DeliveryQuery, Quotas, SceneQuery, SubscriptionTemplates


class SubscriptionChoices(ApiHandler):
    @endpoint(scope="patient")
    async def get(self, query: SceneQuery) -> SubscriptionTemplates:
        """What the subscription pop-up may ask for in a scene."""
        return await service.subscription_templates(self.app, query.scene, by=self.actor)


class StaffMessages(ApiHandler):
    @endpoint(scope="messages.read")
    async def get(self, query: DeliveryQuery) -> Deliveries:
        """Messages and what became of them, newest first, without content."""
        return await service.deliveries(self.app, query, by=self.actor)


class StaffQuotas(ApiHandler):
    @endpoint(scope="messages.read")
    async def get(self) -> Quotas:
        """What each channel has used of today's quota."""
        return await service.quotas(self.app, by=self.actor)


routes = [
    route("/api/subscription-templates", SubscriptionChoices),
    route("/api/staff/messages", StaffMessages),
    route("/api/staff/messages/quotas", StaffQuotas),
]
