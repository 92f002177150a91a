"""The live socket: tickets as they move, on every web process, for nobody but whom they belong to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import tornado.httpserver
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.testing import bind_unused_port
from tornado.websocket import WebSocketClientConnection, websocket_connect

import handlers
from server.context import App
from server.live import Live
from server.queues import service as queues
from tests.conftest import Browser, TestClock
from tests.patients.people import bind
from tests.queues import steps


@pytest.fixture
async def zhang(app: App, clock: TestClock, platform: Any, phone_of: Any) -> steps.Waiting:
    return await steps.booked_today(app, clock, platform, await phone_of("zhang"), "zhang")


@pytest.fixture
async def connect(web: str) -> AsyncIterator[Any]:
    """`await connect(phone, at=…, **headers)`: that phone's socket; closed at the end."""
    opened: list[WebSocketClientConnection] = []

    async def open_socket(phone: Browser | None, at: str = web, **headers: str) -> WebSocketClientConnection:
        if phone:
            headers["Cookie"] = f"sz_patient={phone.cookies['sz_patient']}"
        socket = await websocket_connect(HTTPRequest(at.replace("http", "ws") + "/api/live", headers=headers))
        opened.append(socket)
        return socket

    yield open_socket
    for socket in opened:
        socket.close()


async def hear(socket: WebSocketClientConnection, within_s: float = 5) -> dict[str, Any] | None:
    """The next message; None when the other side closes or nothing comes."""
    try:
        said = await asyncio.wait_for(asyncio.ensure_future(socket.read_message()), within_s)
    except TimeoutError:
        return None
    return dict(json.loads(said)) if said else None


async def hear_ticket(socket: WebSocketClientConnection, status: str) -> dict[str, Any]:
    """The next ticket with this status."""
    while True:
        said = await hear(socket)
        assert said, "nothing came"
        if said["kind"] == "ticket" and said["ticket"]["status"] == status:
            return dict(said["ticket"])


@pytest.mark.covers("A11.3")
async def test_the_phone_is_greeted_and_then_sees_its_ticket_move(
    connect: Any, zhang: steps.Waiting, platform: Any, app: App
) -> None:
    socket = await connect(zhang.phone)
    hello = await hear(socket)
    assert hello
    assert hello["kind"] == "hello"
    assert hello["now"].startswith("2026-11-25T13:30")
    ticket = await zhang.check_in()
    assert (await hear_ticket(socket, "waiting"))["number"] == ticket["number"]
    await steps.call_until(platform, zhang.clinic_id, ticket["number"])
    await queues.refresh(app, zhang.clinic_id)
    called = await hear_ticket(socket, "called")
    assert called == (await zhang.phone.get(f"/api/tickets/{ticket['id']}")).json()


@asynccontextmanager
async def another_web_process(app: App) -> AsyncIterator[str]:
    """The same database behind another port, with a hub of its own."""
    socket, port = bind_unused_port(address="127.0.0.1")
    application = handlers.make_application(app)
    server = tornado.httpserver.HTTPServer(application)
    server.add_sockets([socket])
    following = asyncio.create_task(application.settings["live"].follow(app))
    yield f"http://127.0.0.1:{port}"
    server.stop()
    await server.close_all_connections()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


@pytest.mark.covers("A11.3")
async def test_every_web_process_tells_its_own_listeners(
    connect: Any, zhang: steps.Waiting, app: App, platform: Any
) -> None:
    async with another_web_process(app) as other:
        sockets = [await connect(zhang.phone), await connect(zhang.phone, at=other)]
        for socket in sockets:
            assert (await hear(socket) or {})["kind"] == "hello"
        ticket = await zhang.check_in()
        for socket in sockets:
            assert (await hear_ticket(socket, "waiting"))["id"] == ticket["id"]


@pytest.mark.covers("A11.3")
async def test_another_account_never_hears_of_it_even_when_it_typed_his_name(
    connect: Any, zhang: steps.Waiting, platform: Any, phone_of: Any, app: App
) -> None:
    wang = await phone_of("wang")
    await bind(wang, platform, "zhang", phone="13800000003", relation="other")
    stranger, mine = await connect(wang), await connect(zhang.phone)
    assert (await hear(stranger) or {})["kind"] == "hello"
    await zhang.check_in()
    await hear_ticket(mine, "waiting")
    assert await hear(stranger, within_s=0.5) is None


async def test_after_logging_out_the_socket_falls_silent(connect: Any, zhang: steps.Waiting, phone_of: Any) -> None:
    other = await phone_of("zhang")  # the same person on another device
    socket = await connect(zhang.phone)
    await hear(socket)
    assert (await zhang.phone.delete("/api/session")).status_code == 204
    said = await other.post("/api/check-ins", json={"station": zhang.station})
    assert said.status_code == 201
    assert await hear(socket) is None
    assert socket.close_code == 4001


async def test_the_mini_program_listens_with_its_token(
    connect: Any, web: str, zhang: steps.Waiting, platform: Any
) -> None:
    code = (await platform.act("zhang", "js-code"))["code"]
    async with Browser(base_url=web, timeout=30) as mini:
        token = (await mini.post("/api/session/mini-program", json={"code": code})).json()["token"]
    origin = "https://servicewechat.com"
    socket = await connect(None, Authorization=f"Bearer {token}", Origin=origin)
    assert (await hear(socket) or {})["kind"] == "hello"


async def refused(connect: Any, phone: Browser | None, **headers: str) -> int:
    with pytest.raises(HTTPClientError) as refusal:
        await connect(phone, **headers)
    return int(refusal.value.code)


async def test_without_a_session_or_from_a_foreign_page_nobody_listens(
    connect: Any, web: str, zhang: steps.Waiting
) -> None:
    assert await refused(connect, None) == 401
    assert await refused(connect, None, Authorization="Bearer nonsense") == 401
    assert await refused(connect, zhang.phone, Origin="https://evil.example") == 403
    assert await refused(connect, zhang.phone, Origin="null") == 403
    own = await connect(zhang.phone, Origin=web)
    assert (await hear(own) or {})["kind"] == "hello"


async def test_four_sockets_for_an_account_and_no_more_until_one_closes(connect: Any, zhang: steps.Waiting) -> None:
    tries = await asyncio.gather(*(connect(zhang.phone) for _ in range(7)), return_exceptions=True)
    opened = [t for t in tries if isinstance(t, WebSocketClientConnection)]
    codes = [t.code for t in tries if isinstance(t, HTTPClientError)]
    assert (len(opened), codes) == (4, [429] * 3)
    opened.pop().close()
    for _ in range(50):
        try:
            opened.append(await connect(zhang.phone))
            break
        except HTTPClientError:
            await asyncio.sleep(0.02)
    assert len(opened) == 4


async def test_what_a_client_says_is_ignored(connect: Any, zhang: steps.Waiting) -> None:
    socket = await connect(zhang.phone)
    await hear(socket)
    await socket.write_message('{"ticket": "of somebody else"}')
    await zhang.check_in()
    assert await hear_ticket(socket, "waiting")


async def test_a_stream_that_breaks_goes_on_where_it_was(app: App, zhang: steps.Waiting) -> None:
    heard: list[str | None] = []
    hub = Live()
    hub.listen(zhang.patient_id, heard.append)
    following = asyncio.create_task(hub.follow(app))
    await until(lambda: heard == [None])  # it has begun: read everything once
    ticket = await zhang.check_in()
    await until(lambda: ticket["id"] in heard)
    begun = len(heard)
    await app.db.client.admin.command("killAllSessions", [])  # every cursor of the server dies
    await app.db["tickets"].update_one({"_id": ticket["id"]}, {"$set": {"room": "302诊室"}})
    await until(lambda: len(heard) > begun)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def until(true: Any) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("never happened")


def test_who_leaves_hears_no_more() -> None:
    heard: list[str | None] = []
    hub = Live()
    hub.listen("p", heard.append)
    hub.tell("p", "t1")
    hub.tell("other", "t2")
    hub.leave("p", heard.append)
    hub.tell("p", "t3")
    hub.tell_all()
    assert heard == ["t1"]
