"""What every handler of the sandbox shares: reading JSON, and the observer that counts calls and applies faults."""

import asyncio
import json
from http import HTTPStatus
from typing import Any

from tornado.web import HTTPError, RequestHandler

from server.sandbox.faults import request_text
from server.sandbox.state import Doc
from server.sandbox.world import World, log


class Handler(RequestHandler):
    """A handler that knows the world."""

    part = ""

    @property
    def world(self) -> World:
        world: World = self.application.settings["world"]
        return world

    def body(self) -> Doc:
        """The JSON object of the request, 400 when it is none."""
        try:
            found = json.loads(self.request.body or b"{}")
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise HTTPError(400, reason="not a JSON object")
        return found

    def answer(self, document: Any, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(document, ensure_ascii=False))

    def fail_by_fault(self, values: Doc) -> None:
        """Answer an "error" fault in the manner of this part."""
        self.answer({"code": values.get("code", "fault"), "message": "模拟故障"}, int(values.get("status", 500)))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.answer({"code": str(status_code), "message": self._reason}, status_code)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Errors of callers are no news; others are logged without the request, which may carry personal data."""
        if not isinstance(value, HTTPError):
            log.error("error in %s", type(self).__name__, exc_info=(typ, value, tb))

    def _request_summary(self) -> str:
        return f"{self.request.method} {self.request.path}"


_HEARTBEAT = "/his/events"


def observed(handler: type[RequestHandler], part: str) -> type[RequestHandler]:
    """The handler, with calls counted for the platform page and the fault switches of `part` applied."""

    class Observed(handler):  # type: ignore[misc, valid-type]
        """See `observed`."""

        async def prepare(self) -> None:
            self._cut = False
            world: World = self.application.settings["world"]
            request = self.request
            text = request_text(request.method or "", request.uri or "", request.body)
            for fault in world.faults.strike(part, request.path, text, ("delay", "outage", "error", "drop")):
                if fault.effect == "delay":
                    await asyncio.sleep(float(fault.values.get("delay_ms", 1000)) / 1000)
                elif fault.effect == "drop":
                    self._cut = True
                elif fault.effect == "outage":
                    self._cut = True
                    self.finish()
                    return
                elif isinstance(self, Handler):
                    self.fail_by_fault(fault.values)
                    return
                else:
                    self.set_status(int(fault.values.get("status", 500)))
                    self.finish({"code": fault.values.get("code", "fault"), "message": "模拟故障"})
                    return
            before = super().prepare()
            if before is not None:
                await before

        def finish(self, chunk: Any = None) -> Any:
            if getattr(self, "_cut", False):
                self._finished = True
                if self.request.connection is not None:
                    stream = getattr(self.request.connection, "stream", None)
                    if stream is not None:
                        stream.close()
                self._record("cut")
                done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                done.set_result(None)
                return done
            return super().finish(chunk)

        def on_finish(self) -> None:
            super().on_finish()
            self._record(getattr(self, "result", None) or self.get_status())

        def _record(self, result: object) -> None:
            if self.request.path == _HEARTBEAT and result == HTTPStatus.OK:
                return  # once a second for ever: it would push everything else off the platform's page
            world: World = self.application.settings["world"]
            call = {
                "at": world.clock.local().isoformat(timespec="seconds"),
                "part": part,
                "method": self.request.method,
                "path": self.request.path,
                "result": result,
                "ms": round(self.request.request_time() * 1000),
            }
            world.calls.append(call)
            world.live.tell("platform", {"kind": "call", "call": call})

    Observed.__name__ = handler.__name__
    return Observed
