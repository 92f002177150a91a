"""Follow-up plans for staff: their papers, who is enrolled, and what becomes of it."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.errors import Conflict, NotFound
from server.followups import service as followups
from server.followups.models import AlreadyAnswered, NotOpen, QuestionnaireRetired, StaffAnswers
from server.patients.models import NoCareRelation
from server.plans import service
from server.plans.models.definitions import Definition
from server.plans.models.papers import (
    AnchorInput,
    Enrolled,
    Enrolling,
    EnrolmentQuery,
    EnrolmentRows,
    Moving,
    PlanInput,
    Plans,
    ReadEnrolment,
    ReadPlan,
    Reason,
    Sheet,
    SheetResult,
    SignOffInput,
    Stopping,
)
from server.plans.models.refusals import (
    AlreadyPaused,
    BadAnchor,
    BadPlan,
    BadSheet,
    EnrolmentEnded,
    NotADraft,
    NotInUse,
    NotPaused,
    OnlyDoctorsSign,
    PlanChanged,
    SheetHasErrors,
    SignOffNeeded,
)
from server.questionnaires.models import BadAnswers, Form
from server.values import Id


class StaffPlans(ApiHandler):
    @endpoint(scope="plans.read")
    async def get(self) -> Plans:
        """All plans with their versions, and how many patients run on each."""
        return await service.listed(self.app, by=self.actor)

    @endpoint(scope="plans.edit", status=201, refusals=(BadPlan, PlanChanged))
    async def post(self, body: PlanInput) -> ReadPlan:
        """Keep a new draft: written, copied or imported; it is the next version of its key."""
        return await service.begin(self.app, body, by=self.actor)


class StaffPlan(ApiHandler):
    @endpoint(scope="plans.read", refusals=(NotFound,))
    async def get(self, plan_id: Id) -> ReadPlan:
        """One version, as data and as a timeline in words."""
        return await service.read_plan(self.app, plan_id, by=self.actor)

    @endpoint(scope="plans.edit", refusals=(NotFound, NotADraft, BadPlan, PlanChanged))
    async def put(self, body: PlanInput, plan_id: Id) -> ReadPlan:
        """Change a draft; it has to be signed again."""
        return await service.change(self.app, plan_id, body, by=self.actor)


class StaffPlanDefinition(ApiHandler):
    @endpoint(scope="plans.edit", refusals=(NotFound,))
    async def get(self, plan_id: Id) -> Definition:
        """One version as it is exported."""
        return await service.definition(self.app, plan_id, by=self.actor)


class StaffPlanSignOff(ApiHandler):
    @endpoint(scope="plans.edit", refusals=(NotFound, OnlyDoctorsSign, BadPlan, PlanChanged))
    async def post(self, body: SignOffInput, plan_id: Id) -> ReadPlan:
        """A doctor answers for this version with his name."""
        return await service.sign_off(self.app, plan_id, body, by=self.actor)


class StaffPlanPublication(ApiHandler):
    @endpoint(scope="plans.edit", refusals=(NotFound, NotADraft, SignOffNeeded, BadPlan, PlanChanged))
    async def post(self, plan_id: Id) -> ReadPlan:
        """Publish: from now on this version enrols, and never changes."""
        return await service.publish(self.app, plan_id, by=self.actor)

    @endpoint(scope="plans.edit", refusals=(NotFound, NotInUse, PlanChanged))
    async def delete(self, plan_id: Id) -> ReadPlan:
        """Retire: nobody is enrolled by it any more; who is in it stays."""
        return await service.retire(self.app, plan_id, by=self.actor)


class StaffPlanMove(ApiHandler):
    @endpoint(scope="plans.edit", refusals=(NotFound, NotInUse))
    async def get(self, plan_id: Id) -> Moving:
        """Whose next step moves when enrolments of other versions go on by this one; nothing is done."""
        return await service.preview_move(self.app, plan_id, by=self.actor)

    @endpoint(scope="plans.edit", refusals=(NotFound, NotInUse))
    async def post(self, plan_id: Id) -> Moving:
        """Move them: what was sent stays as it is."""
        return await service.move(self.app, plan_id, by=self.actor)


class StaffEnrolments(ApiHandler):
    @endpoint(scope="followups.read", refusals=(NoCareRelation,))
    async def get(self, query: EnrolmentQuery) -> EnrolmentRows:
        """Who of my patients is enrolled, newest first."""
        return await service.enrolments(self.app, query, by=self.actor)

    @endpoint(scope="plans.enrol", status=201, refusals=(NotInUse, BadAnchor, Conflict))
    async def post(self, body: Enrolling) -> Enrolled:
        """Enrol patients of mine; who cannot be is skipped with the reason."""
        return await service.enrol_chosen(self.app, body, by=self.actor)


class StaffEnrolmentPreview(ApiHandler):
    @endpoint(scope="plans.enrol", refusals=(NotInUse, BadAnchor))
    async def post(self, body: Enrolling) -> Enrolled:
        """Who would be enrolled, and who not and why; nothing is done."""
        return await service.preview(self.app, body, by=self.actor)


class StaffEnrolmentSheet(ApiHandler):
    @endpoint(scope="plans.enrol", status=201, refusals=(NotInUse, BadSheet, SheetHasErrors, Conflict))
    async def post(self, body: Sheet) -> SheetResult:
        """Enrol from a CSV file: everybody, or nobody when a line is wrong and `skip_errors` was not chosen."""
        return await service.enrol_sheet(self.app, body, by=self.actor)


class StaffEnrolmentSheetPreview(ApiHandler):
    @endpoint(scope="plans.enrol", refusals=(NotInUse, BadSheet))
    async def post(self, body: Sheet) -> SheetResult:
        """What a CSV file would do, with its wrong lines; nothing is done."""
        return await service.preview_sheet(self.app, body, by=self.actor)


class StaffEnrolment(ApiHandler):
    @endpoint(scope="followups.read", refusals=(NotFound, NoCareRelation))
    async def get(self, enrolment_id: Id) -> ReadEnrolment:
        """One enrolment with its line: what was, is and comes."""
        return await service.read_enrolment(self.app, enrolment_id, by=self.actor)


class StaffEnrolmentPause(ApiHandler):
    @endpoint(scope="plans.enrol", refusals=(NotFound, NoCareRelation, EnrolmentEnded, AlreadyPaused, Conflict))
    async def post(self, body: Reason, enrolment_id: Id) -> ReadEnrolment:
        """Pause: nothing is sent until it is resumed."""
        return await service.pause(self.app, enrolment_id, body, by=self.actor)


class StaffEnrolmentResumption(ApiHandler):
    @endpoint(scope="plans.enrol", refusals=(NotFound, NoCareRelation, EnrolmentEnded, NotPaused, Conflict))
    async def post(self, body: Reason, enrolment_id: Id) -> ReadEnrolment:
        """Resume: the next step's time is decided anew."""
        return await service.resume(self.app, enrolment_id, body, by=self.actor)


class StaffEnrolmentStop(ApiHandler):
    @endpoint(scope="plans.enrol", refusals=(NotFound, NoCareRelation, EnrolmentEnded, Conflict))
    async def post(self, body: Stopping, enrolment_id: Id) -> ReadEnrolment:
        """Stop; `opted_out` ends every plan of the patient."""
        return await service.stop(self.app, enrolment_id, body, by=self.actor)


class StaffEnrolmentAnchor(ApiHandler):
    @endpoint(scope="plans.enrol", refusals=(NotFound, NoCareRelation, EnrolmentEnded, BadAnchor, Conflict))
    async def put(self, body: AnchorInput, enrolment_id: Id) -> ReadEnrolment:
        """Note a date (a delivery, a discharge); what was not sent moves with it."""
        return await service.set_anchor(self.app, enrolment_id, body, by=self.actor)


class StaffFollowupConsent(ApiHandler):
    @endpoint(scope="plans.enrol", status=204, refusals=(NotFound, NoCareRelation))
    async def post(self, patient_id: Id) -> None:
        """A patient who wanted no follow-up wants it again."""
        await service.allow_again(self.app, patient_id, by=self.actor)


class StaffFollowupAnswers(ApiHandler):
    @endpoint(scope="plans.enrol", refusals=(NotFound, NoCareRelation, NotOpen, AlreadyAnswered))
    async def get(self, task_id: Id) -> Form:
        """The questions to go through with a patient on the phone; recorded."""
        return await followups.form_for(self.app, task_id, by=self.actor)

    @endpoint(
        scope="plans.enrol",
        status=204,
        refusals=(NotFound, NoCareRelation, NotOpen, AlreadyAnswered, QuestionnaireRetired, BadAnswers),
    )
    async def post(self, body: StaffAnswers, task_id: Id) -> None:
        """Write down what a patient answered on the phone; recorded as answered by staff."""
        await followups.answer_for(self.app, task_id, body, by=self.actor)


routes = [
    route("/api/staff/plans", StaffPlans),
    route("/api/staff/plans/{plan_id}", StaffPlan),
    route("/api/staff/plans/{plan_id}/definition", StaffPlanDefinition),
    route("/api/staff/plans/{plan_id}/sign-off", StaffPlanSignOff),
    route("/api/staff/plans/{plan_id}/publication", StaffPlanPublication),
    route("/api/staff/plans/{plan_id}/move", StaffPlanMove),
    route("/api/staff/enrolments", StaffEnrolments),
    route("/api/staff/enrolments/preview", StaffEnrolmentPreview),
    route("/api/staff/enrolments/sheet", StaffEnrolmentSheet),
    route("/api/staff/enrolments/sheet/preview", StaffEnrolmentSheetPreview),
    route("/api/staff/enrolments/{enrolment_id}", StaffEnrolment),
    route("/api/staff/enrolments/{enrolment_id}/pause", StaffEnrolmentPause),
    route("/api/staff/enrolments/{enrolment_id}/resumption", StaffEnrolmentResumption),
    route("/api/staff/enrolments/{enrolment_id}/stop", StaffEnrolmentStop),
    route("/api/staff/enrolments/{enrolment_id}/anchors", StaffEnrolmentAnchor),
    route("/api/staff/patients/{patient_id}/followup-consent", StaffFollowupConsent),
    route("/api/staff/followups/{task_id}/answers", StaffFollowupAnswers),
]
