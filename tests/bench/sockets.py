"""A thousand phones that watch their place in the queue: what they cost while idle, how fast all are told."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import perf_counter
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from server.context import App
from server.queues.models import Ticket
from server.values import shanghai_date
from tests.bench.compare import Row
from tests.bench.prepare import Caller
from tests.journeys.hospital import Hospital, memory_mb

SOCKETS, AT_ONCE, ROUNDS = 1000, 50, 3
MOST_MB = 150.0
CLINIC = "bench-clinic"


def hold(pipe: Connection, url: str, cookies: Sequence[str], sockets: int) -> None:
    """Open sockets, say "open"; then for each word on the pipe give (when all were told, how late each was)."""
    asyncio.run(_hold(pipe, url, cookies, sockets))


async def _hold(pipe: Connection, url: str, cookies: Sequence[str], sockets: int) -> None:
    heard: asyncio.Queue[float] = asyncio.Queue()

    def hear(text: str | bytes | None) -> None:
        if text and json.loads(text)["kind"] == "ticket":
            heard.put_nowait(perf_counter())

    async def open_one(cookie: str) -> Any:
        request = HTTPRequest(url, headers={"Cookie": cookie}, request_timeout=60)
        return await websocket_connect(request, on_message_callback=hear)

    wanted = [cookies[n % len(cookies)] for n in range(sockets)]
    kept = []
    for start in range(0, sockets, AT_ONCE):
        kept += await asyncio.gather(*(open_one(cookie) for cookie in wanted[start : start + AT_ONCE]))
    pipe.send("open")
    for _ in range(ROUNDS):
        told = [await asyncio.wait_for(heard.get(), 60) for _ in range(sockets)]
        pipe.send(told)
    await asyncio.to_thread(pipe.recv)
    for one in kept:
        one.close()


async def watch(app: App, hospital: Hospital, callers: list[Caller]) -> Row:
    """Open them, look at the memory, change every ticket, wait until all were told."""
    await _lay_tickets(app, callers)
    web = hospital.child("web").process
    before = memory_mb(web)
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    url = hospital.url.replace("http", "ws").replace("localhost", "127.0.0.1") + "/api/live"
    phones = context.Process(target=hold, args=(theirs, url, [c.cookies for c in callers], SOCKETS))
    phones.start()
    try:
        assert await asyncio.to_thread(ours.poll, 60), "the sockets did not open"
        assert ours.recv() == "open"
        await asyncio.sleep(2)
        more = memory_mb(web) - before
        late: list[list[float]] = []
        for _ in range(ROUNDS):
            changed_at = perf_counter()
            await app.db["tickets"].update_many({"clinic_id": CLINIC}, {"$inc": {"ahead": -1}})
            assert await asyncio.to_thread(ours.poll, 60), "not all were told"
            late.append(sorted((at - changed_at) * 1000 for at in ours.recv()))
        ours.send("enough")
        phones.join(20)
    finally:
        phones.kill()
    middle = sorted(late, key=lambda times: times[-1])[len(late) // 2]
    note = f"{SOCKETS} idle sockets: +{more:.0f} MB; {len(callers)} tickets changed: all told in {middle[-1]:.0f} ms"
    return Row(
        scenario="queue-socket",
        ours_per_s=SOCKETS / middle[-1] * 1000,
        p50_ms=middle[len(middle) // 2],
        p99_ms=middle[int(len(middle) * 0.99)],
        rss_mb=memory_mb(web),
        wanted=f"< {MOST_MB:.0f} MB more",
        ok=more < MOST_MB,
        note=note,
    )


async def _lay_tickets(app: App, callers: list[Caller]) -> None:
    now = app.now()
    tickets = [
        Ticket(
            id=f"bench-{number}",
            appointment_id=f"bench-{number}",
            patient_id=caller.patient_id,
            account_id=caller.account_id,
            clinic_id=CLINIC,
            on=shanghai_date(now),
            number=number,
            status="waiting",
            room="1号诊室",
            doctor_name="样例医生",
            department_name="样例科",
            minutes_per_place=10,
            opens_at=now,
            ahead=number + ROUNDS,
            calling_number=1,
            checked_in_at=now - timedelta(minutes=30),
            as_of=app.real_now(),
            told_soon=True,
        )
        for number, caller in enumerate(callers)
    ]
    await app.db["tickets"].insert_many([ticket.model_dump(exclude={"id"}) | {"_id": ticket.id} for ticket in tickets])
