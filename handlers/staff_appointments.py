"""Staff see a day's bookings: the desk all, doctors their own, nurses those of their departments."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.appointments import service
from server.appointments.models import StaffAppointments, StaffQuery
from server.values import Id


class StaffAppointmentList(ApiHandler):
    @endpoint(scope="appointments.read")
    async def get(self, query: StaffQuery) -> StaffAppointments:
        """The bookings of a day, today by default."""
        return await service.for_staff(self.app, query, by=self.actor)


class StaffPatientAppointments(ApiHandler):
    @endpoint(scope="appointments.read")
    async def get(self, patient_id: Id) -> StaffAppointments:
        """A patient's bookings, newest first. NoCareRelation without a care relation."""
        return await service.for_staff_of_patient(self.app, patient_id, by=self.actor)


routes = [
    route("/api/staff/appointments", StaffAppointmentList),
    route("/api/staff/patients/{patient_id}/appointments", StaffPatientAppointments),
]
