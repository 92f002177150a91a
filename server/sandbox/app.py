"""Puts the simulated world behind one HTTP port: start it in a test, or run it as a process of the demo."""

import asyncio
import contextlib
import logging
import signal
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from server.sandbox import (
    his,
    pages,
    pay,
    pay_bills,
    pay_notify,
    phone,
    platform,
    push,
    scenarios,
    sms,
    wechat_api,
    wechat_content,
    wechat_mass,
)
from server.sandbox.clock import SandboxClock
from server.sandbox.web import observed
from server.sandbox.world import Settings, World

_BODY_BYTES = 12 << 20


def make_app(world: World) -> Application:
    """The Tornado application over a world."""
    parts: list[tuple[str, list[Any]]] = [
        ("wechat", list(wechat_api.routes())),
        ("pay", [*pay_bills.routes(), *pay.routes()]),
        ("sms", list(sms.routes())),
        ("his", list(his.routes(world.state, world.clock, world.values["HIS_SECRET"]))),
    ]
    watched = [_watched(route, part) for part, routes in parts for route in routes]
    own = [*pages.routes(), *phone.routes(), *platform.routes()]
    return Application([*watched, *own], world=world, log_function=_log_nothing, websocket_ping_interval=20)


def _watched(route: Any, part: str) -> Any:
    """The same route with its handler counted and exposed to faults; the buttons of our own pages stay as they are."""
    pattern, handler, *rest = route
    if pattern.startswith("/sandbox/"):
        return route
    return (pattern, observed(handler, part), *rest)


def _log_nothing(_: Any) -> None:
    """The platform page shows the calls; addresses stay out of the log."""


@dataclass
class Sandbox:
    """A running sandbox: `url` is where it answers."""

    url: str
    world: World
    server: HTTPServer
    clockwork: list[asyncio.Task[None]]

    async def stop(self) -> None:
        for task in self.clockwork:
            task.cancel()
        await asyncio.gather(*self.clockwork, return_exceptions=True)
        self.server.stop()
        await self.server.close_all_connections()
        await self.world.close()


async def start(
    settings: Settings | None = None,
    *,
    port: int | None = None,
    clock: SandboxClock | None = None,
    in_memory: bool = False,
    his_runs: bool | None = None,
    **values: Any,
) -> Sandbox:
    """Start on `port` (0: any free one) of 127.0.0.1 and, where it exists, ::1; `values` are fields of Settings.

    `his_runs`: the HIS goes through its day by itself; where nothing is said, only when the state is kept in a file.
    """
    settings = settings or Settings()
    for name, value in values.items():
        setattr(settings, name, Path(value) if name == "data_dir" else value)
    sockets = _listen(settings.port if port is None else port)
    settings.port = sockets[0].getsockname()[1]
    settings.sandbox_url = (settings.sandbox_url or f"http://localhost:{settings.port}").rstrip("/")
    settings.public_url = settings.public_url.rstrip("/")
    world = World.make(settings, clock, in_memory)
    if settings.mongodb_url:
        await world.clock.share(settings.mongodb_url, settings.mongodb_name)
    else:
        world.clock.keep_in(lambda: world.state.get("clock", "clock"), lambda doc: _keep_clock(world, doc))
    server = HTTPServer(make_app(world), max_body_size=_BODY_BYTES, max_buffer_size=_BODY_BYTES * 2)
    server.add_sockets(sockets)
    for module in (push, wechat_content, wechat_mass):
        module.resume(world)
    clockwork = [asyncio.create_task(pay_notify.run(world, pay.settle)), asyncio.create_task(scenarios.run(world))]
    if his_runs if his_runs is not None else not in_memory:
        clockwork.append(asyncio.create_task(his.run_day(world.state, world.clock)))
    return Sandbox(settings.sandbox_url, world, server, clockwork)


def _keep_clock(world: World, doc: dict[str, Any]) -> None:
    world.state.put("clock", "clock", doc)


def _listen(port: int) -> list[socket.socket]:
    sockets = bind_sockets(port, "127.0.0.1")
    with contextlib.suppress(OSError):
        sockets += bind_sockets(sockets[0].getsockname()[1], "::1")
    return sockets


def run(settings: Any) -> None:
    """Run until SIGTERM or SIGINT, on the port after the web's."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s sandbox %(levelname)s %(message)s")
    asyncio.run(_run(Settings.take(settings)))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    sandbox = await start(settings)
    logging.getLogger("sandbox").info("simulated platform: %s/sandbox/phone", sandbox.url)
    await stop.wait()
    await sandbox.stop()
