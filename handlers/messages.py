"""Subscription pop-ups for patients; deliveries for staff."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.messages import service
from server.messages.models import (
    Deliveries,
    DeliveryQuery,
    SceneQuery,
    SubscriptionAnswer,
    SubscriptionTemplates,
)


class SubscriptionChoices(ApiHandler):
    @endpoint(scope="patient")
    async def get(self, query: SceneQuery) -> SubscriptionTemplates:
        """What the subscription pop-up may ask for in a scene."""
        return await service.subscription_templates(self.app, query.scene, by=self.actor)


class Subscriptions(ApiHandler):
    @endpoint(scope="patient", status=204)
    async def post(self, body: SubscriptionAnswer) -> None:
        """Tell what was accepted in the mini-program's subscription pop-up."""
        await service.note_accepted(self.app, body, by=self.actor)


class StaffMessages(ApiHandler):
    @endpoint(scope="messages.read")
    async def get(self, query: DeliveryQuery) -> Deliveries:
        """Messages and what became of them, newest first, without content."""
        return await service.deliveries(self.app, query.state, query.next, by=self.actor)


routes = [
    route("/api/subscription-templates", SubscriptionChoices),
    route("/api/subscriptions", Subscriptions),
    route("/api/staff/messages", StaffMessages),
]
