"""The public directory: hospital, departments, doctors, clinics and their places."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.directory import service
from server.directory.models import (
    ClinicQuery,
    Clinics,
    Department,
    Departments,
    Doctor,
    DoctorQuery,
    Doctors,
    Hospital,
    Slots,
)
from server.errors import NotFound
from server.values import Id


class HospitalPage(ApiHandler):
    @endpoint(scope=None)
    async def get(self) -> Hospital:
        """What the hospital says of itself."""
        return await service.hospital(self.app)


class DepartmentList(ApiHandler):
    @endpoint(scope=None)
    async def get(self) -> Departments:
        """All departments."""
        return await service.departments(self.app)


class DepartmentPage(ApiHandler):
    @endpoint(scope=None, refusals=(NotFound,))
    async def get(self, department_id: Id) -> Department:
        """One department."""
        return await service.department(self.app, department_id)


class DoctorList(ApiHandler):
    @endpoint(scope=None)
    async def get(self, query: DoctorQuery) -> Doctors:
        """Doctors of a department, or found by name or speciality."""
        return await service.doctors(self.app, query)


class DoctorPage(ApiHandler):
    @endpoint(scope=None, refusals=(NotFound,))
    async def get(self, doctor_id: Id) -> Doctor:
        """One doctor."""
        return await service.doctor(self.app, doctor_id)


class ClinicList(ApiHandler):
    @endpoint(scope=None)
    async def get(self, query: ClinicQuery) -> Clinics:
        """The timetable of a department or a doctor, with the places left."""
        return await service.clinics(self.app, query)


class SlotList(ApiHandler):
    @endpoint(scope=None, refusals=(NotFound,))
    async def get(self, clinic_id: Id) -> Slots:
        """The places of a clinic."""
        return await service.slots(self.app, clinic_id)


routes = [
    route("/api/hospital", HospitalPage),
    route("/api/departments", DepartmentList),
    route("/api/departments/{department_id}", DepartmentPage),
    route("/api/doctors", DoctorList),
    route("/api/doctors/{doctor_id}", DoctorPage),
    route("/api/clinics", ClinicList),
    route("/api/clinics/{clinic_id}/slots", SlotList),
]
