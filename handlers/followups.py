"""Follow-up and satisfaction questionnaires: patients answer them, staff send and read them."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.errors import NotFound
from server.followups import service
from server.followups.models import (
    AlreadyAnswered,
    Draft,
    DueInThePast,
    GivenTask,
    MyTasks,
    NotOpen,
    OpenedTask,
    QuestionnaireRetired,
    ReadTask,
    Sending,
    Sent,
    StaffTaskQuery,
    StaffTasks,
    TaskQuery,
    Thanks,
)
from server.questionnaires.models import BadAnswers
from server.values import Id


class Tasks(ApiHandler):
    @endpoint(scope="patient")
    async def get(self, query: TaskQuery) -> MyTasks:
        """My questionnaires: to be answered, or done."""
        return await service.mine(self.app, query, by=self.actor)


class OneTask(ApiHandler):
    @endpoint(scope="patient", refusals=(NotFound,))
    async def get(self, task_id: Id) -> OpenedTask:
        """A questionnaire that was sent to one of my patients, with what was saved."""
        return await service.opened(self.app, task_id, by=self.actor)


class TaskDraft(ApiHandler):
    @endpoint(
        scope="patient", status=204, refusals=(NotFound, NotOpen, AlreadyAnswered, QuestionnaireRetired, BadAnswers)
    )
    async def put(self, body: Draft, task_id: Id) -> None:
        """Save what is answered so far."""
        await service.save_draft(self.app, task_id, body, by=self.actor)


class TaskAnswers(ApiHandler):
    @endpoint(
        scope="patient", status=201, refusals=(NotFound, NotOpen, AlreadyAnswered, QuestionnaireRetired, BadAnswers)
    )
    async def post(self, body: GivenTask, task_id: Id) -> Thanks:
        """Hand in the answers."""
        return await service.answer(self.app, task_id, body, by=self.actor)


class StaffFollowups(ApiHandler):
    @endpoint(scope="followups.read", refusals=(NotFound,))
    async def get(self, query: StaffTaskQuery) -> StaffTasks:
        """Tasks of patients in my care."""
        return await service.listed(self.app, query, by=self.actor)

    @endpoint(scope="followups.send", status=201, refusals=(NotFound, DueInThePast))
    async def post(self, body: Sending) -> Sent:
        """Send a questionnaire to patients of mine."""
        return await service.send(self.app, body, by=self.actor)


class StaffFollowup(ApiHandler):
    @endpoint(scope="followups.read", refusals=(NotFound,))
    async def get(self, task_id: Id) -> ReadTask:
        """One task with its answers and score."""
        return await service.read(self.app, task_id, by=self.actor)


routes = [
    route("/api/tasks", Tasks),
    route("/api/tasks/{task_id}", OneTask),
    route("/api/tasks/{task_id}/draft", TaskDraft),
    route("/api/tasks/{task_id}/answers", TaskAnswers),
    route("/api/staff/followups", StaffFollowups),
    route("/api/staff/followups/{task_id}", StaffFollowup),
]
