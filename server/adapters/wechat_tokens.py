"""Access tokens and tickets of WeChat: one value for all processes, fetched once when it is stale.

Source: WECHAT.md sections 2 and 9. A value and its expiry are one key of Redis (SET … PX);
one lock per value; the lock's holder reads again before it fetches. While Redis is away each
process keeps its own value, which `stable_token` makes harmless: it gives all of them the same.
"""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from redis.exceptions import RedisError

from server import logs
from server.adapters.http import Http
from server.cache import Cache
from server.errors import Foreign

_log = logs.get("adapters.wechat_tokens")
_MARGIN_S = 60  # a value is given up this long before it expires
_LOCK_MS = 20_000  # longer than a fetch may take
_WAIT_S = 15.0
_FORCED_EVERY_MS = 30_000  # WeChat ignores forced refreshes within 30 s
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end"

Fetch = Callable[[str | None], Awaitable[tuple[str, int]]]  # the refused value -> (value, seconds it lives)


@dataclass(frozen=True, slots=True)
class _Kept:
    value: str
    until: float  # this event loop's time


class Tokens:
    """Keeps values that expire, shared through Redis when there is one."""

    def __init__(self, *, cache: Cache | None, http: Http, api_url: str) -> None:
        self._cache, self._http, self._api_url = cache, http, api_url.rstrip("/")
        self._kept: dict[str, _Kept] = {}
        self._tried: dict[str, tuple[str, float]] = {}  # the value refused last, and until when
        self._flights: dict[tuple[str, str | None], asyncio.Task[str]] = {}

    def of(self, appid: str, secret: str) -> "AccessToken":
        """The access token of one app."""
        return AccessToken(appid, secret, self._api_url, self._http, self)

    async def get(self, name: str, fetch: Fetch, refused: str | None = None) -> str:
        """The value called `name`.

        `refused` is the value that the platform has just refused: another one is fetched only
        if it is still the one that all processes share, and at most once in 30 s. Raises what
        `fetch` raises, and Foreign("wechat", "token_lock", "later").
        """
        kept = self._kept.get(name)
        if kept and kept.value != refused and _time() < kept.until:
            return kept.value
        flight = self._flights.get((name, refused))
        if flight is None:
            flight = asyncio.create_task(self._renew(name, fetch, refused))
            self._flights[name, refused] = flight
            flight.add_done_callback(lambda task: self._land((name, refused), task))
        return await asyncio.shield(flight)

    def _land(self, key: tuple[str, str | None], flight: asyncio.Task[str]) -> None:
        del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # seen, even when every waiter has gone

    async def _renew(self, name: str, fetch: Fetch, refused: str | None) -> str:
        if self._cache is not None:
            try:
                self._kept[name] = kept = await self._shared(self._cache, name, fetch, refused)
                return kept.value
            except (RedisError, OSError) as error:
                _log.warning("tokens.alone", value=name, error=type(error).__name__)
        kept = self._kept[name] = await self._alone(name, fetch, refused)
        return kept.value

    async def _shared(self, cache: Cache, name: str, fetch: Fetch, refused: str | None) -> _Kept:
        key = f"{cache.prefix}wechat:{name}"
        lock, owner, give_up = f"{key}:lock", secrets.token_hex(8), _time() + _WAIT_S
        while True:
            kept = await _read(cache, key)
            if kept and kept.value != refused:
                return kept
            if await cache.redis.set(lock, owner, nx=True, px=_LOCK_MS):
                break
            if _time() > give_up:
                raise Foreign("wechat", "token_lock", "later")
            await asyncio.sleep(0.03)
        try:
            kept = await _read(cache, key)
            if kept and kept.value != refused:
                return kept
            tried = f"{key}:tried:{_digest(refused)}" if refused else ""
            if kept and tried and not await cache.redis.set(tried, "1", nx=True, px=_FORCED_EVERY_MS):
                return kept  # it was asked for a moment ago, and WeChat insists on this value
            try:
                value, lives = await fetch(refused)
            except Foreign:
                if tried:
                    await cache.redis.delete(tried)
                raise
            await cache.redis.set(key, value, px=max(lives - _MARGIN_S, 1) * 1000)
            return _Kept(value, _time() + lives - _MARGIN_S)
        finally:
            await cache.redis.eval(_RELEASE, 1, lock, owner)

    async def _alone(self, name: str, fetch: Fetch, refused: str | None) -> _Kept:
        kept = self._kept.get(name)
        tried, until = self._tried.get(name, ("", 0.0))
        if kept and kept.value == refused == tried and _time() < until:
            return kept
        value, lives = await fetch(refused)
        if refused:
            self._tried[name] = refused, _time() + _FORCED_EVERY_MS / 1000
        return _Kept(value, _time() + lives - _MARGIN_S)


class AccessToken:
    """The access token of one app, by /cgi-bin/stable_token."""

    def __init__(self, appid: str, secret: str, api_url: str, http: Http, tokens: Tokens) -> None:
        self._appid, self._secret, self._url = appid, secret, f"{api_url}/cgi-bin/stable_token"
        self._http, self._tokens = http, tokens
        # Keeps apart what belongs to another secret or another platform.
        self.scope = f"{appid}:{_digest(f'{api_url} {secret}')}"

    async def get(self, refused: str | None = None) -> str:
        """The token. Raises Foreign("wechat", …): a wrong secret or address list is `later`, people can mend it."""
        return await self._tokens.get(f"token:{self.scope}", self._fetch, refused)

    async def _fetch(self, refused: str | None) -> tuple[str, int]:
        value, lives = await self._ask(force=False)
        if value == refused:  # voided by somebody else: only a forced refresh gives another one
            value, lives = await self._ask(force=True)
        return value, lives

    async def _ask(self, *, force: bool) -> tuple[str, int]:
        wish = {
            "grant_type": "client_credential",
            "appid": self._appid,
            "secret": self._secret,
            "force_refresh": force,
        }
        headers = {"Content-Type": "application/json"}
        body = json.dumps(wish).encode()
        answer = await self._http.send(
            "wechat", "stable_token", "POST", self._url, body=body, headers=headers, repeatable=True
        )
        try:
            given = answer.json()
            if answer.status == 200 and not given.get("errcode"):
                return str(given["access_token"]), int(given["expires_in"])
            code = str(given.get("errcode") or f"http_{answer.status}")
        except (ValueError, KeyError, TypeError, AttributeError):
            code = "bad_answer" if answer.status == 200 else f"http_{answer.status}"
        _log.error("tokens.refused", code=code)
        raise Foreign("wechat", code, "later")


async def _read(cache: Cache, key: str) -> _Kept | None:
    async with cache.redis.pipeline(transaction=True) as pipe:
        pipe.get(key)
        pipe.pttl(key)
        value, left_ms = await pipe.execute()
    return _Kept(value, _time() + left_ms / 1000) if value and left_ms > 0 else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _time() -> float:
    return asyncio.get_running_loop().time()
