"""Laboratory and imaging reports: for the patient himself, and for doctors who care for him."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.errors import NotFound
from server.patients.models import NoCareRelation, RecordsClosed
from server.reports import service
from server.reports.models import HeldReport, Report, ReportQuery, Reports, Trend, TrendQuery
from server.values import Id


class MyReports(ApiHandler):
    @endpoint(scope="patient", refusals=(NotFound, RecordsClosed))
    async def get(self, query: ReportQuery) -> Reports:
        """The reports of one of my patients, newest first."""
        return await service.listed(self.app, query, by=self.actor)


class MyReport(ApiHandler):
    @endpoint(scope="patient", refusals=(NotFound, RecordsClosed, HeldReport))
    async def get(self, report_id: Id) -> Report:
        """One report."""
        return await service.read(self.app, report_id, by=self.actor)


class MyTrend(ApiHandler):
    @endpoint(scope="patient", refusals=(NotFound, RecordsClosed, HeldReport))
    async def get(self, query: TrendQuery, report_id: Id) -> Trend:
        """One item of a report over time."""
        return await service.trend(self.app, report_id, query, by=self.actor)


class StaffReports(ApiHandler):
    @endpoint(scope="reports.read", refusals=(NotFound, NoCareRelation))
    async def get(self, patient_id: Id) -> Reports:
        """The reports of a patient in my care."""
        return await service.for_staff(self.app, patient_id, by=self.actor)


class StaffReport(ApiHandler):
    @endpoint(scope="reports.read", refusals=(NotFound, NoCareRelation))
    async def get(self, report_id: Id) -> Report:
        """One report of a patient in my care."""
        return await service.read_by_staff(self.app, report_id, by=self.actor)


routes = [
    route("/api/reports", MyReports),
    route("/api/reports/{report_id}", MyReport),
    route("/api/reports/{report_id}/trend", MyTrend),
    route("/api/staff/patients/{patient_id}/reports", StaffReports),
    route("/api/staff/reports/{report_id}", StaffReport),
]
