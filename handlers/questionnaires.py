"""Questionnaires for staff: the list and a preview of the form."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.errors import NotFound
from server.questionnaires import service
from server.questionnaires.models import Form, Questionnaires
from server.values import Id


class StaffQuestionnaires(ApiHandler):
    @endpoint(scope="followups.read")
    async def get(self) -> Questionnaires:
        """All published questionnaires."""
        return await service.listed(self.app, by=self.actor)


class StaffQuestionnaireForm(ApiHandler):
    @endpoint(scope="followups.read", refusals=(NotFound,))
    async def get(self, questionnaire_id: Id) -> Form:
        """The form as the phone shows it."""
        return await service.form(self.app, questionnaire_id, by=self.actor)


routes = [
    route("/api/staff/questionnaires", StaffQuestionnaires),
    route("/api/staff/questionnaires/{questionnaire_id}/form", StaffQuestionnaireForm),
]
