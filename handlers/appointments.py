"""Appointments of patients: book, read, pay, cancel."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.appointments import service
from server.appointments.models import (
    Appointments,
    Booking,
    HoldOver,
    MyQuery,
    NotCancellable,
    NothingToPay,
    SameDayTwice,
    ShownAppointment,
    TooLateToCancel,
    TooManyHolds,
)
from server.directory.models import SlotTaken
from server.errors import Conflict, NotFound
from server.payments.models import AlreadyPaid, OrderEnded, PayBody, Prepay, WrongApp
from server.values import Id


class AppointmentList(ApiHandler):
    @endpoint(scope="patient")
    async def get(self, query: MyQuery) -> Appointments:
        """My bookings, to come or past."""
        return await service.mine(self.app, query, by=self.actor)

    @endpoint(scope="patient", status=201, refusals=(NotFound, SlotTaken, SameDayTwice, TooManyHolds))
    async def post(self, body: Booking) -> ShownAppointment:
        """Book a place: confirmed at once when it is free of charge, held for payment otherwise."""
        return await service.book(self.app, body, by=self.actor)


class AppointmentPage(ApiHandler):
    @endpoint(scope="patient", refusals=(NotFound,))
    async def get(self, appointment_id: Id) -> ShownAppointment:
        """One of my bookings."""
        return await service.one_of_mine(self.app, appointment_id, by=self.actor)

    @endpoint(scope="patient", refusals=(NotFound, TooLateToCancel, NotCancellable, Conflict))
    async def delete(self, appointment_id: Id) -> ShownAppointment:
        """Cancel: the place is free at once, the money goes back."""
        return await service.cancel(self.app, appointment_id, by=self.actor)


class AppointmentPayment(ApiHandler):
    @endpoint(scope="patient", refusals=(NotFound, HoldOver, NothingToPay, AlreadyPaid, OrderEnded, WrongApp, Conflict))
    async def post(self, body: PayBody, appointment_id: Id) -> Prepay:
        """Open the payment sheet; a second tap opens the same."""
        return await service.pay(self.app, appointment_id, body.channel, by=self.actor)


routes = [
    route("/api/appointments", AppointmentList),
    route("/api/appointments/{appointment_id}", AppointmentPage),
    route("/api/appointments/{appointment_id}/payment", AppointmentPayment),
]
