"""A hand for tests of the simulated HIS: it runs on a free port, time stands still until moved, calls are signed."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import tornado.httpserver
import tornado.testing
import tornado.web

from server.sandbox import his
from server.sandbox.state import State

SECRET = "his-secret-of-the-tests"
MORNING = datetime(2026, 11, 25, 0, 10, tzinfo=UTC)  # a Wednesday, 08:10 in Shanghai
TODAY = "2026-11-25"


class StillClock:
    """Business time that moves only when told."""

    def __init__(self, at: datetime = MORNING) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


class HisHand:
    """Speaks to a running HIS as our server does."""

    def __init__(self, url: str, client: httpx.AsyncClient, state: State, clock: StillClock) -> None:
        self.url, self.client, self.state, self.clock = url, client, state, clock
        self.hospital = his.Hospital(state, clock)

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        content = b"" if body is None else json.dumps(body).encode()
        timestamp = str(int(self.clock.now().timestamp()))
        signed = sign(method, f"/his{path}", timestamp, content)
        given = {"X-HIS-Timestamp": timestamp, "X-HIS-Signature": signed, **headers}
        return await self.client.request(method, f"{self.url}/his{path}", content=content, headers=given)

    async def get(self, path: str) -> Any:
        answer = await self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def put(self, path: str, body: Any) -> Any:
        answer = await self.call("PUT", path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refusal(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        answer = await self.call(method, path, body, **headers)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["code"]

    async def press(self, action: str, **what: Any) -> Any:
        answer = await self.client.post(f"{self.url}/sandbox/api/his/{action}", json=what)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def find(self, **by: str) -> Any:
        answer = await self.call("POST", "/persons/search", by)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def clinic(self, department_id: str, on: str = TODAY, half: str = "am") -> Any:
        items = (await self.get(f"/clinics?from_on={on}&to_on={on}"))["items"]
        return next(c for c in items if c["department_id"] == department_id and c["half"] == half)

    async def event_types(self, after: int = 0) -> list[str]:
        return [event["type"] for event in await self.events(after)]

    async def events(self, after: int = 0) -> list[Any]:
        """All events after this number, page by page."""
        found: list[Any] = []
        while page := (await self.get(f"/events?after={found[-1]['seq'] if found else after}"))["items"]:
            found += page
        return found


def sign(method: str, target: str, timestamp: str, body: bytes, secret: str = SECRET) -> str:
    text = f"{method}\n{target}\n{timestamp}\n".encode() + body
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def booking(clinic: Any, his_id: str, place_number: int = 1) -> dict[str, Any]:
    starts = datetime.fromisoformat(clinic["starts_at"]) + timedelta(
        minutes=clinic["minutes_per_place"] * (place_number - 1)
    )
    return {
        "clinic_id": clinic["id"],
        "place_number": place_number,
        "starts_at": starts.isoformat(),
        "his_id": his_id,
        "paid_fen": clinic["fee_fen"],
        "channel": "wechat",
        "order_id": "order-1",
    }


@asynccontextmanager
async def running_his(file: Path | None = None, clock: StillClock | None = None) -> AsyncIterator[HisHand]:
    state, clock = State(file), clock or StillClock()
    server = tornado.httpserver.HTTPServer(tornado.web.Application(his.routes(state, clock, SECRET)))
    socket, port = tornado.testing.bind_unused_port()
    server.add_socket(socket)
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            yield HisHand(f"http://127.0.0.1:{port}", client, state, clock)
    finally:
        server.stop()
        await server.close_all_connections()
        state.close()
