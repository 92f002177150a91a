"""GET /api/staff/overview: the numbers a member's day begins with, each only where his scopes reach."""

from pydantic import BaseModel

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.alerts import service as alerts
from server.alerts.models import AlertCounts
from server.appointments import service as appointments
from server.appointments.models import Today
from server.contacts import service as contacts
from server.followups import service as followups
from server.followups.models import FollowupCounts
from server.patients import service as patients
from server.payments import service as payments
from server.write_backs import service as write_backs
from server.write_backs.models import Counts


class Overview(BaseModel):
    """Zeros stand where this member may not look."""

    today: Today
    followups: FollowupCounts
    alerts: AlertCounts
    write_backs: Counts
    openings_waiting: int
    calls_due: int
    refunds_failed: int


class OverviewHandler(ApiHandler):
    @endpoint(scope="staff")
    async def get(self) -> Overview:
        """Today's bookings, follow-ups, what the HIS has not answered, who waits at the desk, for a call, for money."""
        may, app = self.actor.scopes, self.app
        today = Today(appointments=0, checked_in=0, seen=0)
        counts = FollowupCounts(open=0, overdue=0, answered_today=0, red=0)
        alarm = AlertCounts(red=0, open=0, taken=0)
        owed = Counts(waiting=0, refused=0)
        if "appointments.read" in may:
            today = await appointments.today(app, by=self.actor)
        if "followups.read" in may:
            counts = await followups.counts(app, by=self.actor)
        if "alerts" in may:
            alarm = await alerts.counts(app, by=self.actor)
        if "write_backs" in may:
            owed = await write_backs.counts(app)
        waiting = await patients.count_waiting(app) if "openings.confirm" in may else 0
        calls = await contacts.count_due(app, by=self.actor) if "contacts" in may else 0
        failed = await payments.count_abnormal(app) if "payments.read" in may else 0
        return Overview(
            today=today,
            followups=counts,
            alerts=alarm,
            write_backs=owed,
            openings_waiting=waiting,
            calls_due=calls,
            refunds_failed=failed,
        )


routes = [route("/api/staff/overview", OverviewHandler)]
