"""The clock: business time that a simulation may shift, and real time that nobody may.

In production both are the same. In the demonstration one Mongo document says how business
time runs, `{_id: "clock", real_at, business_at, rate}`; every process reads it again four
times a second, so that a jump is seen everywhere within a quarter of a second.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any, Protocol


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime: ...
    def real_now(self) -> datetime: ...


class RealClock:
    """Business time is real time."""

    def now(self) -> datetime:
        """The instant, aware UTC."""
        return self.real_now()

    def real_now(self) -> datetime:
        """The instant, aware UTC."""
        return datetime.now(UTC)  # noqa: TID251  the one place that reads the system clock


class SharedClock(RealClock):
    """Business time by the shared clock document; real time until it has been read."""

    def __init__(self) -> None:
        start = self.real_now()
        self.real_at, self.business_at, self.rate = start, start, 1.0

    def now(self) -> datetime:
        """Business time, aware UTC."""
        return self.business_at + (self.real_now() - self.real_at) * self.rate

    def set(self, doc: dict[str, Any] | None) -> None:
        """Take over a clock document as read from the store."""
        if doc:
            self.real_at, self.business_at, self.rate = doc["real_at"], doc["business_at"], float(doc["rate"])

    async def follow(self, read: Any) -> None:
        """Read the document four times a second, for ever. `read()` gives it or None."""
        while True:
            try:
                self.set(await read())
            except Exception:  # noqa: BLE001  the store may be away for a moment: the clock runs on
                await asyncio.sleep(1)
            await asyncio.sleep(0.25)
