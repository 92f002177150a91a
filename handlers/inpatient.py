"""Stays on a ward: list, daily lists, deposits."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.errors import Conflict, NotFound
from server.inpatient import service
from server.inpatient.models import Admissions, DailyLists, Discharged, NewDeposit
from server.patients.models import RecordsClosed
from server.payments.models import AlreadyPaid, OrderEnded, Prepay, WrongApp
from server.values import Id


class AdmissionList(ApiHandler):
    @endpoint(scope="patient")
    async def get(self) -> Admissions:
        """Stays of my patients, newest first."""
        return await service.mine(self.app, by=self.actor)


class DailyListPage(ApiHandler):
    @endpoint(scope="patient", refusals=(NotFound, RecordsClosed))
    async def get(self, admission_id: Id) -> DailyLists:
        """What each day of a stay has cost."""
        return await service.daily_lists(self.app, admission_id, by=self.actor)


class Deposits(ApiHandler):
    @endpoint(
        scope="patient",
        refusals=(NotFound, RecordsClosed, Discharged, AlreadyPaid, OrderEnded, WrongApp, Conflict),
    )
    async def post(self, body: NewDeposit, admission_id: Id) -> Prepay:
        """Open the payment sheet for a deposit of 1 to 50,000 yuan."""
        return await service.deposit(self.app, admission_id, body, by=self.actor)


routes = [
    route("/api/admissions", AdmissionList),
    route("/api/admissions/{admission_id}/daily-lists", DailyListPage),
    route("/api/admissions/{admission_id}/deposits", Deposits),
]
