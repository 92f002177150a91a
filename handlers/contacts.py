"""Staff see whom to call, take a call, and note how it ended."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.contacts import service
from server.contacts.models import (
    CallQuery,
    NewAttempt,
    NotTaken,
    OpenedCall,
    PhoneTasks,
    TakenByAnother,
    TaskEnded,
)
from server.errors import NotFound
from server.patients.models import NoCareRelation
from server.values import Id


class StaffPhoneTasks(ApiHandler):
    @endpoint(scope="contacts")
    async def get(self, query: CallQuery) -> PhoneTasks:
        """Whom to call, soonest first."""
        return await service.listed(self.app, query, by=self.actor)


class StaffPhoneTask(ApiHandler):
    @endpoint(scope="contacts", refusals=(NotFound, NoCareRelation))
    async def get(self, task_id: Id) -> OpenedCall:
        """One phone task with the number and what to say; recorded."""
        return await service.read(self.app, task_id, by=self.actor)


class StaffPhoneTaskTake(ApiHandler):
    @endpoint(scope="contacts", status=204, refusals=(NotFound, NoCareRelation, TaskEnded, TakenByAnother))
    async def post(self, task_id: Id) -> None:
        """I shall call."""
        await service.take(self.app, task_id, by=self.actor)


class StaffPhoneTaskRelease(ApiHandler):
    @endpoint(scope="contacts", status=204, refusals=(NotFound, NoCareRelation, NotTaken))
    async def post(self, task_id: Id) -> None:
        """I shall not call after all."""
        await service.release(self.app, task_id, by=self.actor)


class StaffPhoneTaskAttempts(ApiHandler):
    @endpoint(scope="contacts", status=201, refusals=(NotFound, NoCareRelation, NotTaken, TaskEnded, TakenByAnother))
    async def post(self, body: NewAttempt, task_id: Id) -> OpenedCall:
        """I called, and this is how it ended."""
        return await service.note_attempt(self.app, task_id, body, by=self.actor)


routes = [
    route("/api/staff/phone-tasks", StaffPhoneTasks),
    route("/api/staff/phone-tasks/{task_id}", StaffPhoneTask),
    route("/api/staff/phone-tasks/{task_id}/take", StaffPhoneTaskTake),
    route("/api/staff/phone-tasks/{task_id}/release", StaffPhoneTaskRelease),
    route("/api/staff/phone-tasks/{task_id}/attempts", StaffPhoneTaskAttempts),
]
