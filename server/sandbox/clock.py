"""The sandbox's clock: business time that can run fast, stand still and jump; real time for tokens and sockets."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from datetime import time as time_of_day
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

SHANGHAI = timezone(timedelta(hours=8))
_POLL_S = 0.25


@dataclass(frozen=True, slots=True)
class Setting:
    """At `real_at` (epoch seconds) it was `business_at` (epoch seconds); since then business time ran at `rate`."""

    real_at: float
    business_at: float
    rate: float


def _read(found: dict[str, Any]) -> Setting:
    return Setting(found["real_at"].timestamp(), found["business_at"].timestamp(), float(found["rate"]))


class SandboxClock:
    """Business time shared with web and worker through one Mongo document, or kept here when there is no Mongo."""

    def __init__(self, real: Callable[[], float] = time.time, seed: str = "suizhen") -> None:
        self._real = real
        self._setting: Setting | None = None
        self._poll: asyncio.Task[None] | None = None
        self._client: AsyncMongoClient[dict[str, Any]] | None = None
        self._save: Callable[[Setting], Awaitable[None]] | None = None
        self._changes = 0
        self.seed = seed

    def real_now(self) -> datetime:
        """The machine's time, aware UTC: token lives, one-time codes, frequency limits."""
        return datetime.fromtimestamp(self._real(), UTC)

    def real_seconds(self) -> float:
        return self._real()

    def now(self) -> datetime:
        """Business time, aware UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def seconds(self) -> float:
        """Business time as epoch seconds."""
        s = self._setting
        return self._real() if s is None else s.business_at + (self._real() - s.real_at) * s.rate

    def timestamp(self) -> int:
        """Business time as whole epoch seconds, for signatures and CreateTime."""
        return int(self.seconds())

    def local(self) -> datetime:
        """Business time in Asia/Shanghai."""
        return self.now().astimezone(SHANGHAI)

    @property
    def rate(self) -> float:
        return 1.0 if self._setting is None else self._setting.rate

    async def set(self, *, at: datetime | None = None, rate: float | None = None) -> None:
        """Make business time `at` (aware) and let it run at `rate` (0 stands still)."""
        business = self.seconds() if at is None else at.timestamp()
        setting = Setting(self._real(), business, self.rate if rate is None else rate)
        self._setting = setting
        self._changes += 1
        if self._save:
            await self._save(setting)

    async def jump(self, *, seconds: float = 0, days: int = 0) -> None:
        await self.set(at=self.now() + timedelta(seconds=seconds, days=days))

    async def jump_to_tomorrow(self, at: str = "08:00") -> None:
        """Go to the next day at `at` (HH:MM, Asia/Shanghai)."""
        hour, minute = (int(x) for x in at.split(":"))
        day = self.local().date() + timedelta(days=1)
        await self.set(at=datetime.combine(day, time_of_day(hour, minute), SHANGHAI))

    async def share(self, mongodb_url: str, name: str) -> None:
        """Keep the setting in the Mongo document `clock/clock` from now on, and follow it four times a second."""
        self._client = AsyncMongoClient(mongodb_url, tz_aware=True, serverSelectionTimeoutMS=3000)
        documents = self._client[name]["clock"]

        async def save(setting: Setting) -> None:
            document = {
                "real_at": datetime.fromtimestamp(setting.real_at, UTC),
                "business_at": datetime.fromtimestamp(setting.business_at, UTC),
                "rate": setting.rate,
            }
            await documents.update_one({"_id": "clock"}, {"$set": document}, upsert=True)

        async def poll() -> None:
            while True:
                with contextlib.suppress(PyMongoError):
                    changes = self._changes
                    found = await documents.find_one({"_id": "clock"})
                    if changes == self._changes:  # what was read is not older than what was set here
                        self._setting = _read(found) if found else None
                await asyncio.sleep(_POLL_S)

        self._save = save
        self._poll = asyncio.create_task(poll())

    def keep_in(self, load: Callable[[], dict[str, Any] | None], store: Callable[[dict[str, Any]], None]) -> None:
        """Without Mongo: read the setting with `load` and write it with `store`."""
        found = load()
        if found:
            self._setting = Setting(found["real_at"], found["business_at"], found["rate"])

        async def save(setting: Setting) -> None:
            store({"real_at": setting.real_at, "business_at": setting.business_at, "rate": setting.rate})

        self._save = save

    async def close(self) -> None:
        if self._poll:
            self._poll.cancel()
        if self._client:
            await self._client.close()
