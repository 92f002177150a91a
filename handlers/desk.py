"""The doctor's desk: today's follow-up, and what is done with answers one by one or many at once."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.desk import service
from server.desk.models import Desk, DeskQuery
from server.errors import NotFound
from server.followups import service as followups
from server.followups.models import (
    AlreadyReplied,
    Chosen,
    Done,
    NothingToReply,
    QuickReplies,
    ReadTask,
    Reply,
    ReplyToChosen,
)
from server.patients.models import NoCareRelation
from server.values import Id


class DeskToday(ApiHandler):
    @endpoint(scope="followups.read")
    async def get(self, query: DeskQuery) -> Desk:
        """Alerts, red answers nobody has seen, answered today, overdue, due today; recorded."""
        return await service.today(self.app, query, by=self.actor)


class Seen(ApiHandler):
    @endpoint(scope="followups.read")
    async def post(self, body: Chosen) -> Done:
        """I have seen these answers; what a colleague has seen before is skipped, and he is named."""
        return await followups.see(self.app, body, by=self.actor)


class Unseen(ApiHandler):
    @endpoint(scope="followups.read")
    async def post(self, body: Chosen) -> Done:
        """Take my own marks back."""
        return await followups.unsee(self.app, body, by=self.actor)


class Replies(ApiHandler):
    @endpoint(scope="followups.send")
    async def post(self, body: ReplyToChosen) -> Done:
        """One text to all these patients; who was replied to before is skipped."""
        return await followups.reply_many(self.app, body, by=self.actor)


class Calls(ApiHandler):
    @endpoint(scope="followups.send")
    async def post(self, body: Chosen) -> Done:
        """Have these patients called; nobody twice about the same questionnaire."""
        return await followups.call_many(self.app, body, by=self.actor)


class OneReply(ApiHandler):
    @endpoint(scope="followups.send", status=201, refusals=(NotFound, NoCareRelation, NothingToReply, AlreadyReplied))
    async def post(self, body: Reply, task_id: Id) -> ReadTask:
        """Reply to a patient: he reads it beside his answers, and is told that there is a reply."""
        return await followups.reply_to(self.app, task_id, body, by=self.actor)


class QuickReplyTexts(ApiHandler):
    @endpoint(scope="followups.send")
    async def get(self) -> QuickReplies:
        """Short texts to begin a reply with."""
        return await followups.quick_replies(self.app, by=self.actor)


routes = [
    route("/api/staff/desk", DeskToday),
    route("/api/staff/followups/seen", Seen),
    route("/api/staff/followups/unseen", Unseen),
    route("/api/staff/followups/replies", Replies),
    route("/api/staff/followups/calls", Calls),
    route("/api/staff/followups/{task_id}/reply", OneReply),
    route("/api/staff/quick-replies", QuickReplyTexts),
]
