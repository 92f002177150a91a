"""Live screens: one change stream per web process, and who listens to which patient's tickets.

The stream carries ids only; each listener reads what it may see. When the stream breaks it
resumes where it was; when that cannot be done, every listener is told to read everything again.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from pymongo.errors import PyMongoError

from server import logs
from server.context import App

Listener = Callable[[str | None], None]
"""Called with the id of a ticket that changed, or None when any may have; must not block."""
_AGAIN_S = 0.5
log = logs.get("live")


class Live:
    """Who listens to which patient, and how many sockets an account has open in this process."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self.sockets: Counter[str] = Counter()

    def listen(self, patient_id: str, listener: Listener) -> None:
        """Hear of this patient's tickets."""
        self._listeners[patient_id].add(listener)

    def leave(self, patient_id: str, listener: Listener) -> None:
        """Hear no more."""
        heard = self._listeners.get(patient_id)
        if heard:
            heard.discard(listener)
            if not heard:
                del self._listeners[patient_id]

    def tell(self, patient_id: str, ticket_id: str) -> None:
        """A ticket of this patient has changed."""
        for listener in tuple(self._listeners.get(patient_id, ())):
            listener(ticket_id)

    def tell_all(self) -> None:
        """Any ticket may have changed."""
        for listener in {one for heard in self._listeners.values() for one in heard}:
            listener(None)

    async def follow(self, app: App) -> None:
        """Follow the tickets for ever."""
        resume: Any = None
        while True:
            try:
                await self._follow_from(app, resume)
            except _Broken as broken:
                log.warning("change stream broke", error=type(broken.__cause__).__name__)
                resume = broken.resume
                await asyncio.sleep(_AGAIN_S)

    async def _follow_from(self, app: App, resume: Any) -> None:
        """Follow until it breaks. A stream that could not even be opened at `resume` begins anew."""
        pipeline = [{"$project": {"fullDocument._id": 1, "fullDocument.patient_id": 1}}]
        begun = False
        try:
            async with await app.db["tickets"].watch(
                pipeline, full_document="updateLookup", resume_after=resume, max_await_time_ms=1000
            ) as stream:
                begun = True
                if resume is None:
                    self.tell_all()
                async for change in stream:
                    resume = change["_id"]
                    doc = change.get("fullDocument") or {}
                    if doc:
                        self.tell(doc["patient_id"], doc["_id"])
        except PyMongoError as error:
            raise _Broken(resume if begun else None) from error
        raise _Broken(None)  # the collection was dropped or renamed


class _Broken(Exception):
    def __init__(self, resume: Any) -> None:
        super().__init__()
        self.resume = resume
