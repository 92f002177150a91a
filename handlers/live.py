"""WebSocket /api/live: my patients' queue tickets as they change, on every web process."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from tornado.websocket import WebSocketClosedError, WebSocketHandler

from handlers.base import COOKIES, http_status
from server import errors
from server.accounts import service as accounts
from server.context import Actor, App
from server.live import Live
from server.patients import service as patients
from server.queues import service as queues
from server.queues.models import LiveMessage

MOST_SOCKETS = 4  # per account and process: phones, not scripts
LOGGED_OUT = 4001


class LiveSocket(WebSocketHandler):
    """Sends {"kind": "hello"} and then {"kind": "ticket", "ticket": …}; listens to nothing."""

    def initialize(self) -> None:
        """The App, and which patients this socket hears of."""
        self.app: App = self.settings["app"]
        self.live: Live = self.settings["live"]
        self.token = ""
        self.actor: Actor | None = None
        self.is_counted = False
        self.patient_ids: list[str] = []
        self.tasks: set[asyncio.Task[None]] = set()

    async def prepare(self) -> None:
        """401 without a session, 429 with too many sockets."""
        header = self.request.headers.get("Authorization", "")
        bearer = header.removeprefix("Bearer ") if header.startswith("Bearer ") else ""
        self.token = bearer or self.get_cookie(COOKIES["account"][0]) or ""
        self.actor = await self._who()
        if self.actor is None:
            self._refuse(errors.Unauthenticated())
        elif self.live.sockets[self.actor.id] >= MOST_SOCKETS:
            self._refuse(errors.TooMany())

    def _refuse(self, refusal: errors.Refusal) -> None:
        self.set_status(http_status(type(refusal)))
        self.finish({"code": refusal.code, "message": refusal.message, "details": {}})

    async def _who(self) -> Actor | None:
        found = await accounts.actor_of(self.app, self.token) if self.token else None
        return found[0] if found else None

    def check_origin(self, origin: str) -> bool:
        """Our own pages, and the mini-program, whose origin is WeChat's."""
        ours = {self.request.host, urlsplit(self.app.settings.public_url).netloc}
        return urlsplit(origin).netloc in ours | {"servicewechat.com"}

    async def open(self, *args: str, **kwargs: str) -> None:
        """Begin to hear. Nothing has been awaited since the sockets were counted in `prepare`."""
        assert self.actor
        self.live.sockets[self.actor.id] += 1
        self.is_counted = True
        mine = [p.id for p in (await patients.mine(self.app, by=self.actor)).items]
        if not self.is_counted:  # closed meanwhile
            return
        self.patient_ids = mine
        for patient_id in mine:
            self.live.listen(patient_id, self.hear)
        await self.say(LiveMessage(kind="hello", now=self.app.now()))

    def hear(self, ticket_id: str | None) -> None:
        """A ticket has changed, or any may have: send what this account may see of it."""
        task = asyncio.get_running_loop().create_task(self.send_tickets(ticket_id))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def send_tickets(self, ticket_id: str | None) -> None:
        """Send a ticket (None: all of today's); nothing when it is not, or no longer, this account's."""
        actor = await self._who()
        if actor is None:
            self.close(LOGGED_OUT)
            return
        try:
            if ticket_id is None:
                found = (await queues.mine(self.app, by=actor)).items
            else:
                found = [await queues.one(self.app, ticket_id, by=actor)]
        except errors.Refusal:
            return
        for ticket in found:
            await self.say(LiveMessage(kind="ticket", now=self.app.now(), ticket=ticket))

    async def say(self, message: LiveMessage) -> None:
        """Send a message if somebody is still there."""
        try:
            await self.write_message(message.model_dump_json())
        except WebSocketClosedError:
            return

    def on_message(self, message: Any) -> None:
        """Nothing is asked here."""

    def on_close(self) -> None:
        """Hear no more."""
        for patient_id in self.patient_ids:
            self.live.leave(patient_id, self.hear)
        if self.actor and self.is_counted:
            self.is_counted = False
            self.live.sockets[self.actor.id] -= 1
            if self.live.sockets[self.actor.id] <= 0:
                del self.live.sockets[self.actor.id]


routes = [("/api/live", LiveSocket)]
