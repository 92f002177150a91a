"""Everything the simulated world is made of: its settings, memory, clock, keys, faults and who is watching."""

import asyncio
import contextlib
import json
import logging
import secrets
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from tornado.httpclient import AsyncHTTPClient

from server.sandbox.clock import SandboxClock
from server.sandbox.faults import Faults
from server.sandbox.keys import make_keys, platform_keys, read_private_key
from server.sandbox.state import Doc, State

log = logging.getLogger("sandbox")
FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
_REMEMBERED_CALLS = 400


@dataclass(slots=True)
class Settings:
    """How the sandbox runs; `take` reads the fields of the same name from any settings object."""

    data_dir: Path = Path("data")
    port: int = 8001
    public_url: str = "http://localhost:8000"
    sandbox_url: str = ""
    wechat_mode: str = "safe"
    mongodb_url: str = ""
    mongodb_name: str = "suizhen"
    seed: str = "suizhen"
    push_timeout_s: float = 5.0
    push_gap_s: float = 5.0
    settle_s: float = 1.0
    token_life_s: int = 7200
    slow_bank_s: float = 8.0
    open_platform: bool = True

    @classmethod
    def take(cls, settings: Any) -> "Settings":
        """From the project's settings: their port is the web's, ours is the next one."""
        own = cls()
        for name in cls.__slots__:
            value = getattr(settings, name, None)
            if value not in (None, "") and name != "port":
                setattr(own, name, value)
        own.port = int(getattr(settings, "port", 8000)) + 1
        own.data_dir = Path(own.data_dir)
        return own


class Live:
    """Who watches what: open pages listen to topics ("person/zhang", "platform")."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Callable[[str], None]]] = {}

    def listen(self, topic: str, receive: Callable[[str], None]) -> Callable[[], None]:
        self._listeners.setdefault(topic, set()).add(receive)
        return lambda: self._listeners.get(topic, set()).discard(receive)

    def tell(self, topic: str, message: Doc) -> None:
        text = json.dumps(message, ensure_ascii=False)
        for receive in list(self._listeners.get(topic, ())):
            receive(text)


@dataclass
class World:
    """The simulated world. Functions of the other modules take it first."""

    settings: Settings
    state: State
    clock: SandboxClock
    values: dict[str, str]
    merchant_key: rsa.RSAPublicKey
    platform: dict[str, tuple[rsa.RSAPrivateKey, str]]
    faults: Faults
    live: Live = field(default_factory=Live)
    calls: deque[Doc] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_CALLS))
    usage: dict[str, int] = field(default_factory=dict)
    pay_mode: str = "public_key"
    openids: dict[tuple[str, str], str] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    def make(cls, settings: Settings, clock: SandboxClock | None = None, in_memory: bool = False) -> "World":
        keys = settings.data_dir / "keys"
        values = make_keys(keys)
        state = State(None if in_memory else settings.data_dir / "sandbox" / "state.sqlite")
        world = cls(
            settings=settings,
            state=state,
            clock=clock or SandboxClock(seed=settings.seed),
            values=values,
            merchant_key=read_private_key(values["PAY_PRIVATE_KEY"]).public_key(),
            platform=platform_keys(keys),
            faults=Faults(state, settings.seed),
        )
        world.fill()
        return world

    @property
    def public_url(self) -> str:
        return self.settings.public_url

    @public_url.setter
    def public_url(self, value: str) -> None:
        self.settings.public_url = value.rstrip("/")

    @property
    def sandbox_url(self) -> str:
        return self.settings.sandbox_url

    @cached_property
    def http(self) -> AsyncHTTPClient:
        """Our own client, so that slow answers of the hospital hold up nobody else in this process."""
        return AsyncHTTPClient(force_instance=True, max_clients=200)

    def fill(self) -> None:
        """Put the demo people and the account's templates where they are missing."""
        identities = {p["key"]: p for p in json.loads((FIXTURES / "his" / "demo_people.json").read_text())["items"]}
        for person in json.loads((FIXTURES / "wechat" / "people.json").read_text())["people"]:
            if self.state.get("people", person["key"]) is None:
                known = {name: identities[person["key"]][name] for name in ("name", "nickname", "phone")}
                self.state.put("people", person["key"], {**person, **known, "blocked": False, "snapshot": False})
                if person["follows"]:
                    follower = {"since": self.clock.timestamp(), "scene": "ADD_SCENE_SEARCH", "qr": ""}
                    self.state.put("followers", person["key"], follower)
        for template in json.loads((FIXTURES / "wechat" / "templates.json").read_text())["templates"]:
            self.state.put("templates", template["template_id"], template)

    def reset(self) -> None:
        """As on the first day (between tests): nothing sent, nothing ordered, only the demo people."""
        for task in self._tasks:
            task.cancel()
        self.state.clear()
        self.calls.clear()
        self.usage.clear()
        self.openids.clear()
        self.pay_mode = "public_key"
        self.fill()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run in the background; an error is logged by its type only, it may carry personal data."""

        async def guarded() -> None:
            try:
                await work
            except Exception as error:  # noqa: BLE001  the world goes on
                log.warning("background work failed: %s", type(error).__name__)

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Wait until nothing runs in the background and nothing is due (tests)."""
        while self._tasks or self._something_is_due():  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    def _something_is_due(self) -> bool:
        now, business = self.clock.real_seconds(), self.clock.seconds()
        settling = any(job["due"] <= now for job in self.state.all("settling"))
        return settling or any(notice["due"] <= business for notice in self.state.all("notifying"))

    def is_ours(self, url: str) -> bool:
        """Whether a URL points to the hospital or to this platform."""
        allowed = {urlsplit(self.public_url).netloc, urlsplit(self.sandbox_url).netloc}
        return urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc in allowed

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.http.close()
        await self.clock.close()
        self.state.close()


def request_id() -> str:
    """WeChat's rid: xxxxxxxx-xxxxxxxx-xxxxxxxx."""
    return "-".join(secrets.token_hex(4) for _ in range(3))
