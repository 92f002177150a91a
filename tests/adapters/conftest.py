"""What the adapters' tests share: connections to Valkey, an instant, a foreign system that answers as it is told."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient

from server.adapters.http import Http
from server.adapters.wechat_pay import WeChatPayClient
from server.cache import Cache
from tests.adapters.around import Around, stand_around
from tests.adapters.foreigner import Foreigner, stand_foreigner
from tests.adapters.pay_side import Keys, client_of, make_keys


@pytest.fixture
async def foreigner() -> AsyncIterator[Foreigner]:
    async with stand_foreigner() as there:
        yield there


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    yield Http(connect_timeout=1, timeout=2)
    AsyncHTTPClient().close()


@pytest.fixture
async def caches(servers: Any) -> AsyncIterator[Any]:
    """`caches()`: one more connection to the same Valkey, as another process has it; empty at first."""
    opened: list[Cache] = []
    prefix = f"t{secrets.token_hex(6)}:"

    def another() -> Cache:
        opened.append(Cache(servers.redis_url, prefix=prefix))
        return opened[-1]

    yield another
    for cache in opened:
        await cache.close()


@pytest.fixture
async def around(platform: Any, servers: Any, clock: Any, http: Http, caches: Any) -> AsyncIterator[Around]:
    async with stand_around(platform, servers, clock, http, caches) as there:
        yield there


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def offline(keys: Keys) -> WeChatPayClient:
    """A client that only reads notifications."""
    return client_of(keys, Http(), "http://127.0.0.1:1")
