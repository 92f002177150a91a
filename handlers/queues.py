"""Check in and see one's place in the queue. Live changes: handlers/live.py."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.errors import NotFound
from server.queues import service
from server.queues.models import (
    CheckIn,
    CheckInRefused,
    ChooseAppointment,
    NothingToCheckIn,
    ShownTicket,
    Tickets,
    TooEarly,
    UnknownStation,
)
from server.values import Id


class CheckIns(ApiHandler):
    @endpoint(
        scope="patient",
        status=201,
        refusals=(UnknownStation, NothingToCheckIn, ChooseAppointment, TooEarly, CheckInRefused),
    )
    async def post(self, body: CheckIn) -> ShownTicket:
        """Check in with the QR code of a nurse station."""
        return await service.check_in(self.app, body, by=self.actor)


class MyTickets(ApiHandler):
    @endpoint(scope="patient")
    async def get(self) -> Tickets:
        """Today's tickets of my patients."""
        return await service.mine(self.app, by=self.actor)


class OneTicket(ApiHandler):
    @endpoint(scope="patient", refusals=(NotFound,))
    async def get(self, ticket_id: Id) -> ShownTicket:
        """One ticket."""
        return await service.one(self.app, ticket_id, by=self.actor)


routes = [
    route("/api/check-ins", CheckIns),
    route("/api/tickets", MyTickets),
    route("/api/tickets/{ticket_id}", OneTicket),
]
