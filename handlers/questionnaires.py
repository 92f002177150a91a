"""Questionnaires for staff: versions, drafts, the library, trying out. Files: handlers/questionnaire_files.py."""

from typing import Literal

from pydantic import BaseModel

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.errors import NotFound
from server.questionnaires import service
from server.questionnaires.models import (
    BadQuestionnaire,
    BadScoring,
    DraftChanged,
    DraftInput,
    Drafts,
    DraftWaits,
    Form,
    Library,
    NoQuestions,
    NotWaiting,
    OwnWork,
    QuestionnaireQuery,
    Questionnaires,
    ReadDraft,
    ReadQuestionnaire,
    Rejection,
    Trial,
    TrialResult,
    VersionTaken,
)
from server.values import Id

READ, EDIT = "questionnaires.read", "questionnaires.edit"
PUBLISHING = (NotFound, NoQuestions, BadScoring, VersionTaken, DraftChanged)


class Published(BaseModel):
    """What became of a draft: published, or waiting for a second person."""

    outcome: Literal["published", "waiting"]
    questionnaire: ReadQuestionnaire | None
    draft: ReadDraft | None


class StaffQuestionnaires(ApiHandler):
    @endpoint(scope=READ)
    async def get(self, query: QuestionnaireQuery) -> Questionnaires:
        """The versions in use; with status=retired or all also the others."""
        return await service.listed(self.app, query, by=self.actor)


class StaffQuestionnaire(ApiHandler):
    @endpoint(scope=READ, refusals=(NotFound,))
    async def get(self, questionnaire_id: Id) -> ReadQuestionnaire:
        """One version: file, form, points, scoring, what the import warned of."""
        return await service.read(self.app, questionnaire_id, by=self.actor)


class StaffQuestionnaireForm(ApiHandler):
    @endpoint(scope=READ, refusals=(NotFound,))
    async def get(self, questionnaire_id: Id) -> Form:
        """The form as the phone shows it."""
        return await service.form(self.app, questionnaire_id, by=self.actor)


class StaffQuestionnaireTrial(ApiHandler):
    @endpoint(scope=READ, refusals=(NotFound,))
    async def post(self, body: Trial, questionnaire_id: Id) -> TrialResult:
        """Try answers: what shows, what is refused, score and red flags. Nothing is kept."""
        return await service.try_published(self.app, questionnaire_id, body, by=self.actor)


class StaffQuestionnaireRetirement(ApiHandler):
    @endpoint(scope=EDIT, status=204, refusals=(NotFound,))
    async def post(self, questionnaire_id: Id) -> None:
        """Take a version out of use; what was sent can still be answered."""
        await service.retire(self.app, questionnaire_id, by=self.actor)


class StaffQuestionnaireCopy(ApiHandler):
    @endpoint(scope=EDIT, status=201, refusals=(NotFound,))
    async def post(self, questionnaire_id: Id) -> ReadDraft:
        """A draft from a published version, under the next free version."""
        return await service.copy(self.app, questionnaire_id, by=self.actor)


class StaffLibrary(ApiHandler):
    @endpoint(scope=READ)
    async def get(self) -> Library:
        """The scales and forms that ship, with source and licence."""
        return await service.library(self.app, by=self.actor)


class StaffLibraryCopy(ApiHandler):
    @endpoint(scope=EDIT, status=201, refusals=(NotFound,))
    async def post(self, key: Id) -> ReadDraft:
        """A draft from the library."""
        return await service.copy_from_library(self.app, key, by=self.actor)


class StaffDrafts(ApiHandler):
    @endpoint(scope=EDIT)
    async def get(self) -> Drafts:
        """All drafts, the last changed first."""
        return await service.drafts(self.app, by=self.actor)

    @endpoint(scope=EDIT, status=201, refusals=(BadQuestionnaire,))
    async def post(self, body: DraftInput) -> ReadDraft:
        """Begin a draft, empty or with a FHIR Questionnaire."""
        return await service.begin(self.app, body, by=self.actor)


class StaffDraft(ApiHandler):
    @endpoint(scope=EDIT, refusals=(NotFound,))
    async def get(self, draft_id: Id) -> ReadDraft:
        """A draft with its form and warnings."""
        return await service.read_draft(self.app, draft_id, by=self.actor)

    @endpoint(scope=EDIT, refusals=(NotFound, BadQuestionnaire, DraftChanged, DraftWaits))
    async def put(self, body: DraftInput, draft_id: Id) -> ReadDraft:
        """Save a draft; what is not given stays. Gives its form and warnings."""
        return await service.change(self.app, draft_id, body, by=self.actor)

    @endpoint(scope=EDIT, status=204, refusals=(NotFound, DraftChanged))
    async def delete(self, draft_id: Id) -> None:
        """Throw a draft away."""
        await service.remove(self.app, draft_id, by=self.actor)


class StaffDraftTrial(ApiHandler):
    @endpoint(scope=EDIT, refusals=(NotFound,))
    async def post(self, body: Trial, draft_id: Id) -> TrialResult:
        """Try answers on a draft."""
        return await service.try_draft(self.app, draft_id, body, by=self.actor)


class StaffDraftPublication(ApiHandler):
    @endpoint(scope=EDIT, refusals=(*PUBLISHING, DraftWaits))
    async def post(self, draft_id: Id) -> Published:
        """Publish a draft; where a second person is asked for, it waits for one."""
        found = await service.submit(self.app, draft_id, by=self.actor)
        if isinstance(found, ReadDraft):
            return Published(outcome="waiting", questionnaire=None, draft=found)
        return Published(outcome="published", questionnaire=found, draft=None)


class StaffDraftApproval(ApiHandler):
    @endpoint(scope=EDIT, refusals=(*PUBLISHING, NotWaiting, OwnWork))
    async def post(self, draft_id: Id) -> ReadQuestionnaire:
        """A second person approves a waiting draft: it is published."""
        return await service.approve(self.app, draft_id, by=self.actor)


class StaffDraftRejection(ApiHandler):
    @endpoint(scope=EDIT, refusals=(NotFound, NotWaiting, DraftChanged))
    async def post(self, body: Rejection, draft_id: Id) -> ReadDraft:
        """Send a waiting draft back with a reason."""
        return await service.reject(self.app, draft_id, body, by=self.actor)


routes = [
    route("/api/staff/questionnaires", StaffQuestionnaires),
    route("/api/staff/questionnaires/{questionnaire_id}", StaffQuestionnaire),
    route("/api/staff/questionnaires/{questionnaire_id}/form", StaffQuestionnaireForm),
    route("/api/staff/questionnaires/{questionnaire_id}/trial", StaffQuestionnaireTrial),
    route("/api/staff/questionnaires/{questionnaire_id}/retirement", StaffQuestionnaireRetirement),
    route("/api/staff/questionnaires/{questionnaire_id}/drafts", StaffQuestionnaireCopy),
    route("/api/staff/questionnaire-library", StaffLibrary),
    route("/api/staff/questionnaire-library/{key}/drafts", StaffLibraryCopy),
    route("/api/staff/questionnaire-drafts", StaffDrafts),
    route("/api/staff/questionnaire-drafts/{draft_id}", StaffDraft),
    route("/api/staff/questionnaire-drafts/{draft_id}/trial", StaffDraftTrial),
    route("/api/staff/questionnaire-drafts/{draft_id}/publication", StaffDraftPublication),
    route("/api/staff/questionnaire-drafts/{draft_id}/approval", StaffDraftApproval),
    route("/api/staff/questionnaire-drafts/{draft_id}/rejection", StaffDraftRejection),
]
