"""Staff side of patients: find, read one with what his role may see of him, and the desk's openings."""

from pydantic import BaseModel, ConfigDict, Field

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.appointments import service as appointments
from server.appointments.models import StaffAppointment
from server.context import App
from server.directory import service as directory
from server.errors import Conflict, NotFound
from server.followups import service as followups
from server.followups.models import StaffTask, StaffTaskQuery
from server.patients import service
from server.patients.models import (
    ConsentNeeded,
    DeskConfirmation,
    DeskOpenings,
    DeskRefusal,
    GuardianNeeded,
    NotWaiting,
    PatientRow,
    PatientRows,
    PatientsPage,
    PatientsQuery,
    StaffPatient,
)
from server.reports import service as reports
from server.reports.models import ReportSummary
from server.values import Id


class PatientFile(StaffPatient):
    """A patient with his bookings, follow-ups and reports. `reports` is null where this role may not see them."""

    appointments: list[StaffAppointment]
    followups: list[StaffTask]
    reports: list[ReportSummary] | None


class OpeningsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    next: str | None = Field(None, max_length=64)


async def name_departments(app: App, rows: list[PatientRow]) -> None:
    """Put the names of the departments beside their ids."""
    names = {d.id: d.name for d in (await directory.departments(app)).items}
    for row in rows:
        row.department_names = [names[each] for each in row.department_ids if each in names]


class StaffPatients(ApiHandler):
    @endpoint(scope="patients.read")
    async def get(self, query: PatientsPage) -> PatientRows:
        """My patients; recorded."""
        found = await service.find(self.app, PatientsQuery(**query.model_dump()), by=self.actor)
        await name_departments(self.app, found.items)
        return found


class PatientSearch(ApiHandler):
    @endpoint(scope="patients.read")
    async def post(self, body: PatientsQuery) -> PatientRows:
        """Find one by whole name, phone, card or document number; recorded."""
        found = await service.find(self.app, body, by=self.actor)
        await name_departments(self.app, found.items)
        return found


class StaffPatientPage(ApiHandler):
    @endpoint(scope="patients.read")
    async def get(self, patient_id: Id) -> PatientFile:
        """A patient and why I may see him, with what my role may see of him; recorded. NoCareRelation otherwise."""
        app, by, may = self.app, self.actor, self.actor.scopes
        patient = await service.read_one(app, patient_id, by=by)
        await name_departments(app, [patient])
        clinical = patient.relation.clinical
        booked = await appointments.of_patient_for_staff(app, patient_id, by=by) if "appointments.read" in may else []
        file = PatientFile(**patient.model_dump(), appointments=booked, followups=[], reports=None)
        if clinical and "followups.read" in may:
            file.followups = (await followups.listed(app, StaffTaskQuery(patient_id=patient_id), by=by)).items
        if clinical and "reports.read" in may:
            file.reports = (await reports.for_staff(app, patient_id, by=by)).items
        return file


class Openings(ApiHandler):
    @endpoint(scope="openings.confirm")
    async def get(self, query: OpeningsQuery) -> DeskOpenings:
        """Who waits at the desk to have a record opened."""
        return await service.waiting(self.app, query.next, by=self.actor)


class OpeningConfirmation(ApiHandler):
    @endpoint(
        scope="openings.confirm",
        status=204,
        refusals=(NotFound, NotWaiting, ConsentNeeded, GuardianNeeded, Conflict),
    )
    async def post(self, body: DeskConfirmation, opening_id: Id) -> None:
        """Open the record: I have seen the document (a child's: the guardian's and the proof)."""
        await service.confirm(self.app, opening_id, body, by=self.actor)


class OpeningRefusal(ApiHandler):
    @endpoint(scope="openings.confirm", status=204, refusals=(NotFound, NotWaiting))
    async def post(self, body: DeskRefusal, opening_id: Id) -> None:
        """Do not open it, and say why."""
        await service.refuse(self.app, opening_id, body, by=self.actor)


routes = [
    route("/api/staff/patients", StaffPatients),
    route("/api/staff/patients/search", PatientSearch),
    route("/api/staff/patients/{patient_id}", StaffPatientPage),
    route("/api/staff/openings", Openings),
    route("/api/staff/openings/{opening_id}/confirmation", OpeningConfirmation),
    route("/api/staff/openings/{opening_id}/refusal", OpeningRefusal),
]
