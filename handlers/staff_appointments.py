"""Staff see a day's bookings: the desk all, doctors their own, nurses those of their departments."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.appointments import service
from server.appointments.models import StaffAppointments, StaffQuery


class StaffAppointmentList(ApiHandler):
    @endpoint(scope="appointments.read")
    async def get(self, query: StaffQuery) -> StaffAppointments:
        """The bookings of a day, today by default."""
        return await service.for_staff(self.app, query, by=self.actor)


routes = [route("/api/staff/appointments", StaffAppointmentList)]
