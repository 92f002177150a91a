"""A foreign system on a free port that answers as a test tells it, and remembers what it was asked."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import tornado.httpserver
import tornado.testing
import tornado.web

NOW = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)


@dataclass
class Call:
    """One request that the foreign system received."""

    method: str
    path: str
    query: dict[str, str]
    headers: Any
    body: bytes
    uri: str

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Foreigner:
    """A foreign system on a free port. `answers` maps a path to a function of the call."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    def to(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]


class _Door(tornado.web.RequestHandler):
    SUPPORTED_METHODS = ("GET", "POST", "PUT", "DELETE")

    async def _answer(self) -> None:
        request, foreigner = self.request, self.application.settings["foreigner"]
        query = {name: values[-1].decode() for name, values in request.query_arguments.items()}
        call = Call(request.method, request.path, query, request.headers, request.body, request.uri)
        foreigner.calls.append(call)
        said = foreigner.answers[request.path](call)
        if hasattr(said, "__await__"):
            said = await said
        status, headers, body = said if isinstance(said, tuple) else (200, {}, said)
        self.set_status(status)
        for name, value in headers.items():
            self.set_header(name, value)
        if status != 204:
            self.write(body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode())

    get = post = put = delete = _answer


@asynccontextmanager
async def stand_foreigner() -> AsyncIterator[Foreigner]:
    there = Foreigner()
    server = tornado.httpserver.HTTPServer(tornado.web.Application([(r"/.*", _Door)], foreigner=there))
    socket, port = tornado.testing.bind_unused_port()
    server.add_sockets([socket])
    there.url = f"http://127.0.0.1:{port}"
    yield there
    server.stop()
    await server.close_all_connections()
