"""Redis/Valkey: tokens, locks, limits. It may be lost at any moment without loss.

Everything here has an answer for the moment when Redis is away: limits fall back to this
process alone, which is stricter for nobody and open for no stranger (codes and log-ins are
limited a second time by documents in Mongo).
"""

import time
from collections import defaultdict

import redis.asyncio as redis
from redis.exceptions import RedisError

_COUNT = """
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n
"""


class Cache:
    """One connection pool and what we keep behind it. All keys begin with `prefix`."""

    def __init__(self, url: str, prefix: str = "suizhen:") -> None:
        self.redis: redis.Redis = redis.from_url(url, decode_responses=True, health_check_interval=30)
        self.prefix = prefix
        self._count = self.redis.register_script(_COUNT)
        self._local: dict[str, list[float]] = defaultdict(list)

    async def count(self, name: str, window_s: int) -> int:
        """Count one event in a fixed window; the number so far, this one included."""
        key = f"{self.prefix}limit:{name}"
        try:
            return int(await self._count(keys=[key], args=[window_s * 1000]))
        except (RedisError, OSError):
            now = time.monotonic()
            recent = [t for t in self._local[key] if now - t < window_s] + [now]
            self._local[key] = recent[-1000:]
            return len(recent)

    async def take_back(self, name: str) -> None:
        """Uncount one event: it was a good one."""
        key = f"{self.prefix}limit:{name}"
        if self._local.get(key):
            self._local[key].pop()
        try:
            await self.redis.decr(key)
        except (RedisError, OSError):
            return

    async def forget(self, name: str) -> None:
        """Start counting anew."""
        key = f"{self.prefix}limit:{name}"
        self._local.pop(key, None)
        try:
            await self.redis.delete(key)
        except (RedisError, OSError):
            return

    async def alive(self) -> bool:
        """Whether Redis answers."""
        try:
            return bool(await self.redis.ping())
        except (RedisError, OSError):
            return False

    async def close(self) -> None:
        """Give the connections back."""
        await self.redis.aclose()
