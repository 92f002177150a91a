"""The simulated platform on a free port, for tests: what demo people do, and how the world is moved on."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from tornado.testing import bind_unused_port

from server.sandbox import app as sandbox
from server.sandbox.clock import SandboxClock


class FollowingClock(SandboxClock):
    """The sandbox's clock, led by the test's."""

    def __init__(self, led_by: Any) -> None:
        super().__init__()
        self._led_by = led_by

    def real_seconds(self) -> float:
        return float(self._led_by.real_now().timestamp())

    def real_now(self) -> Any:
        return self._led_by.real_now()

    def seconds(self) -> float:
        return float(self._led_by.now().timestamp())


@dataclass
class Platform:
    """A running sandbox. `public_url` is where it expects us; our web server listens on `public_socket`."""

    url: str
    public_url: str
    public_socket: socket.socket
    http: httpx.AsyncClient
    world: Any
    people: dict[str, Any] = field(default_factory=dict)

    async def act(self, person: str, action: str, **data: Any) -> Any:
        """Somebody does something on his phone: follow, text, click, scan, pay, popup …"""
        said = await self.http.post(f"/sandbox/api/people/{person}/{action}", json=data)
        assert said.status_code < 400, (action, said.text)
        await self.world.idle()  # what follows from it has reached us
        return said.json()

    async def see(self, person: str, view: str) -> list[Any]:
        """What is on his phone: messages, sms, subscriptions."""
        said = await self.http.get(f"/sandbox/api/people/{person}/{view}")
        return list(said.json()["items"])

    async def last_code(self, person: str) -> str:
        """The code in the newest SMS."""
        texts = [m["text"] for m in await self.see(person, "sms")]
        digits = [word for text in reversed(texts) for word in _six_digits(text)]
        return digits[0]

    async def pay(self, person: str, params: dict[str, str], how: str = "normal") -> str:
        """Tap through the payment sheet; gives WeChat's err_msg."""
        return str((await self.act(person, "pay", params=params, how=how))["err_msg"])

    async def his(self, action: str, **data: Any) -> Any:
        """Something happens in the hospital: call-next, finish, issue-report, issue-bill, stop-clinic, discharge …"""
        said = await self.http.post(f"/sandbox/api/his/{action}", json=data)
        assert said.status_code < 400, (action, said.text)
        return said.json()

    async def fault(self, **fault: Any) -> None:
        """Switch a fault on; see server/sandbox/faults.py."""
        said = await self.http.post("/sandbox/api/faults", json=fault)
        assert said.status_code < 400, said.text

    async def authorize(self, person: str, location: str) -> str:
        """Follow WeChat's authorize page as this person's phone; gives the path that it comes back to."""
        cookies = {"sandbox_person": person}
        said = await self.http.get(location, headers={"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())})
        parts = urlsplit(said.headers["location"])
        return f"{parts.path}?{parts.query}"


def _six_digits(text: str) -> list[str]:
    words = "".join(c if c.isdigit() else " " for c in text).split()
    return [w for w in words if len(w) == 6]


@asynccontextmanager
async def start_platform(data_dir: Path, clock: Any) -> AsyncIterator[Platform]:
    """Start it with the keys in `data_dir`/keys, in memory, on the test's clock."""
    public_socket, public_port = bind_unused_port(address="127.0.0.1")
    public_url = f"http://127.0.0.1:{public_port}"
    running = await sandbox.start(
        port=0,
        clock=FollowingClock(clock),
        in_memory=True,
        data_dir=data_dir,
        public_url=public_url,
        mongodb_url="",
        push_gap_s=0.05,
        settle_s=0.0,
        slow_bank_s=0.3,
    )
    url = running.url.replace("localhost", "127.0.0.1")
    try:
        async with httpx.AsyncClient(base_url=url, timeout=30, verify=False) as http:
            yield Platform(url, public_url, public_socket, http, running.world)
    finally:
        await running.stop()
        public_socket.close()
