"""Alerts of follow-up and the duty roster, for staff."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.alerts import service
from server.alerts.models import (
    AlertQuery,
    Alerts,
    AlreadyResolved,
    AlreadyTaken,
    NobodyThere,
    NotTaken,
    NotYours,
    OpenedAlert,
    Resolving,
    Roster,
    ShownRoster,
    Taking,
)
from server.errors import Conflict, NotFound
from server.values import Id


class AlertList(ApiHandler):
    @endpoint(scope="alerts")
    async def get(self, query: AlertQuery) -> Alerts:
        """Alerts of my patients and departments, and those I was told of."""
        return await service.listed(self.app, query, by=self.actor)


class AlertPage(ApiHandler):
    @endpoint(scope="alerts", refusals=(NotFound, NotYours))
    async def get(self, alert_id: Id) -> OpenedAlert:
        """One alert, with whom to call."""
        return await service.read(self.app, alert_id, by=self.actor)


class AlertTaking(ApiHandler):
    @endpoint(scope="alerts", status=201, refusals=(NotFound, NotYours, AlreadyTaken, AlreadyResolved, Conflict))
    async def post(self, body: Taking, alert_id: Id) -> OpenedAlert:
        """I take this alert, and what I did first."""
        return await service.take(self.app, alert_id, body, by=self.actor)


class AlertResolution(ApiHandler):
    @endpoint(scope="alerts", status=201, refusals=(NotFound, NotYours, NotTaken, AlreadyResolved, Conflict))
    async def post(self, body: Resolving, alert_id: Id) -> OpenedAlert:
        """It is dealt with; the patient reads the outcome."""
        return await service.resolve(self.app, alert_id, body, by=self.actor)


class DutyRoster(ApiHandler):
    @endpoint(scope="alerts")
    async def get(self) -> ShownRoster:
        """Who is on duty when."""
        return await service.roster(self.app, by=self.actor)

    @endpoint(scope="staff.manage", refusals=(NobodyThere,))
    async def put(self, body: Roster) -> ShownRoster:
        """Replace the duty roster."""
        return await service.change_roster(self.app, body, by=self.actor)


routes = [
    route("/api/staff/alerts", AlertList),
    route("/api/staff/alerts/{alert_id}", AlertPage),
    route("/api/staff/alerts/{alert_id}/taking", AlertTaking),
    route("/api/staff/alerts/{alert_id}/resolution", AlertResolution),
    route("/api/staff/roster", DutyRoster),
]
