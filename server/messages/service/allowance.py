"""What the messages in hand may use of today's quotas: taken for several at once, the rest given back."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from server.context import App
from server.messages.models import Channel, Message, Tier
from server.messages.rules.kinds import RANK
from server.messages.rules.quotas import cap_of, is_short, share_of
from server.messages.store import queue, quotas
from server.values import shanghai_date

Answer = Literal["granted", "full", "kept"]
"""full: nothing is left for this tier today. kept: what is left is for more urgent messages that wait."""


class Allowance:
    """The quota of one handful of messages; lost for the day when the process dies (we never send too many)."""

    def __init__(self, app: App, messages: Sequence[Message]) -> None:
        self._app, self._on = app, shanghai_date(app.now())
        self._waiting = Counter(message.tier for message in messages)
        self._left: Counter[tuple[Channel, Tier]] = Counter()

    async def use(self, channel: Channel, tier: Tier) -> Answer:
        """One message of this tier wants to go through the channel."""
        limit = self._app.settings.message_quotas.get(channel)
        if limit is None:
            return "granted"
        key = (channel, tier)
        if not self._left[key]:
            before = await queue.count(self._app, limit, below=RANK[tier]) if RANK[tier] else 0
            if before and await self._is_short(channel, limit):
                return "kept"
            cap = cap_of(limit, tier, before)
            wanted = max(self._waiting[tier], 1)
            self._left[key] = await quotas.take(self._app, self._on, channel, wanted, cap)
            if not self._left[key]:
                return "kept" if cap < share_of(limit, tier) else "full"
        self._left[key] -= 1
        return "granted"

    async def _is_short(self, channel: Channel, limit: int) -> bool:
        used = (await quotas.of_day(self._app, self._on)).get(channel, {}).get("used", 0)
        return is_short(limit, used, await queue.count(self._app, limit + 1))

    def unused(self, channel: Channel, tier: Tier) -> None:
        """No call was made after all."""
        if channel in self._app.settings.message_quotas:
            self._left[channel, tier] += 1

    def done(self, tier: Tier) -> None:
        """One message of the handful needs nothing more."""
        self._waiting[tier] -= 1

    async def close(self, channel: Channel) -> None:
        """WeChat has no more for us today: nobody asks again before tomorrow."""
        await quotas.close(self._app, self._on, channel)
        for key in [key for key in self._left if key[0] == channel]:
            self._left[key] = 0

    async def give_back(self) -> None:
        """At the end: what was not used."""
        for (channel, _), count in self._left.items():
            if count:
                await quotas.give_back(self._app, self._on, channel, count)
