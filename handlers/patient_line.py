"""GET /api/staff/patients/{patient_id}/line: everything about one patient's follow-up in one line."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.desk import service
from server.desk.models import PatientLine
from server.patients.models import NoCareRelation
from server.values import Id


class Line(ApiHandler):
    @endpoint(scope="followups.read", refusals=(NoCareRelation,))
    async def get(self, patient_id: Id) -> PatientLine:
        """Answers, alerts, calls, visits, reports and plans of a patient of mine, newest first; recorded."""
        return await service.line(self.app, patient_id, by=self.actor)


routes = [route("/api/staff/patients/{patient_id}/line", Line)]
