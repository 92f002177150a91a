"""The ground every test stands on: a real mongod and Valkey per worker, a fresh database per test.

`app` has a clock that tests set and advance; `web` is the Tornado application on a free port;
`phone` and `console` are browsers without a screen: HTTP clients that log in and keep cookies.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import tornado.httpserver
import tornado.testing
from argon2 import PasswordHasher

import handlers
from handlers.base import ApiHandler
from server import migrations, worker
from server.bootstrap import close_app, open_app
from server.context import SYSTEM, App
from server.embedded import Mongod, Valkey
from server.sandbox.keys import make_keys
from server.security import Security, make_own_keys
from server.settings import Settings
from server.staff import service as staff
from server.staff.models import NewMember
from tests.sandbox_on_a_port import Platform, start_platform

pytest_plugins = ["tests.covers"]

MORNING = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)  # a Wednesday, 08:30 in Shanghai


class TestClock:
    """Business time that stands still until a test moves it; real time is real."""

    __test__ = False

    def __init__(self) -> None:
        self.business = MORNING
        self.shift = timedelta()

    def now(self) -> datetime:
        return self.business

    def real_now(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def set(self, at: datetime) -> None:
        self.business = at

    def advance(self, **by: float) -> None:
        """Move business and real time on together: leases, holds and days all pass."""
        self.business += timedelta(**by)
        self.shift += timedelta(**by)


@dataclass
class Servers:
    mongodb_url: str
    redis_url: str
    folder: Path
    keys: dict[str, str]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """One mongod and one Valkey for this test process, and the keys both sides share."""
    folder: Path = tmp_path_factory.mktemp("servers")
    with Mongod(throwaway=True) as mongod, Valkey(None, throwaway=True) as valkey:
        yield Servers(mongod.url, valkey.url, folder, make_keys(folder / "keys") | make_own_keys())


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> None:
    """Slow by intent would be a quarter of the time of all tests; `tests/security` looks at the real one."""
    Security.passwords = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undeclared refusals and outputs of a wrong shape are errors."""
    monkeypatch.setattr(ApiHandler, "strict", True)


@pytest.fixture
async def platform(servers: Servers, clock: TestClock) -> AsyncIterator[Platform]:
    """The simulated WeChat, Pay, HIS and SMS on a free port, on the test's clock."""
    async with start_platform(servers.folder, clock) as running:
        yield running


@pytest.fixture
def settings(servers: Servers, platform: Platform, tmp_path: Path) -> Settings:
    sandbox = platform.url
    return Settings(
        environment="test",
        mongodb_url=servers.mongodb_url,
        mongodb_name="suizhen_test",
        redis_url=servers.redis_url,
        public_url=platform.public_url,
        sandbox_url=sandbox,
        wechat_api_url=sandbox,
        wechat_open_url=sandbox,
        wechat_pay_url=sandbox,
        his_url=f"{sandbox}/his",
        sms_url=f"{sandbox}/sms",
        data_dir=tmp_path,
        **{k.lower(): v for k, v in servers.keys.items()},  # type: ignore[arg-type]
    )


@pytest.fixture
async def app(settings: Settings, clock: TestClock) -> AsyncIterator[App]:
    """An App on an empty, migrated database and an empty Valkey.

    One database for all tests of a process, emptied before each: a dropped one keeps its 130
    files open for a while, and after some hundred tests mongod would have run out of them.
    """
    opened = await open_app(settings, clock)
    await migrations.migrate(opened.db)
    await empty(opened)
    yield opened
    await close_app(opened)


async def empty(app: App) -> None:
    """Take every document out of the database, and every key out of Valkey."""
    database = app.db["migrations"].database
    names = [name for name in await database.list_collection_names() if name != "migrations"]
    filled: list[dict[str, Any]] = [{"$documents": []}]
    for name in names:  # one question for all: which of them hold anything
        one = [{"$limit": 1}, {"$project": {"_id": 0, "name": {"$literal": name}}}]
        filled.append({"$unionWith": {"coll": name, "pipeline": one}})
    found = await (await database.aggregate(filled)).to_list()
    await asyncio.gather(*(database[doc["name"]].delete_many({}) for doc in found))
    await app.cache.redis.flushdb()


@pytest.fixture
async def web(app: App, platform: Platform, strict: None) -> AsyncIterator[str]:
    """The web application on the port that the platform calls back; gives its address."""
    application = handlers.make_application(app)
    server = tornado.httpserver.HTTPServer(application, max_body_size=4 * 1024 * 1024)
    server.add_sockets([platform.public_socket])
    following = asyncio.create_task(application.settings["live"].follow(app))
    yield platform.public_url
    server.stop()
    await server.close_all_connections()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


class Browser(httpx.AsyncClient):
    """An HTTP client with a cookie jar that sends the XSRF token as our pages do."""

    xsrf_cookie = "sz_xsrf"

    def __init__(self, **given: Any) -> None:
        super().__init__(**({"verify": False} | given))  # plain http here; reading all CAs costs 17 ms a test

    async def request(self, method: str, url: Any, **given: Any) -> httpx.Response:
        headers = {"X-Xsrf-Token": self.cookies.get(self.xsrf_cookie) or ""} | dict(given.pop("headers", None) or {})
        return await super().request(method, url, headers=headers, **given)


class Console(Browser):
    xsrf_cookie = "sz_staff_xsrf"


@pytest.fixture
async def client(web: str) -> AsyncIterator[Browser]:
    """A browser that is nobody yet."""
    async with Browser(base_url=web, timeout=30) as browser:
        yield browser


@pytest.fixture
async def phone_of(web: str, platform: Platform) -> AsyncIterator[Any]:
    """`await phone_of("zhang")`: that demo person's phone, logged in through OAuth as the menu does it."""
    opened: list[Browser] = []

    async def phone(person: str) -> Browser:
        browser = Browser(base_url=web, timeout=30)
        opened.append(browser)
        first = await browser.get("/wechat/enter?to=/h5/")
        back = await platform.authorize(person, first.headers["location"])
        done = await browser.get(back)
        assert done.status_code == 302 and done.headers["location"] == "/h5/", done.headers.get("location")
        return browser

    yield phone
    for browser in opened:
        await browser.aclose()


@pytest.fixture
async def console_of(web: str, app: App) -> AsyncIterator[Any]:
    """`await console_of("doctor", department_ids=[…], doctor_id=…)`: a new member's logged-in console."""
    opened: list[Console] = []

    async def console(role: str, **more: Any) -> Console:
        username = f"{role}{len(opened)}"
        new = NewMember(username=username, password="a-Strong-1-password", name="样例", title="", roles=[role], **more)
        member = await staff.add_member(app, new, by=SYSTEM, must_change=False)
        browser = Console(base_url=web, timeout=30)
        opened.append(browser)
        said = await browser.post("/api/staff/session", json={"username": username, "password": "a-Strong-1-password"})
        assert said.status_code == 200, said.text
        browser.member_id = member.id  # type: ignore[attr-defined]
        return browser

    yield console
    for browser in opened:
        await browser.aclose()


@pytest.fixture
def worker_step(app: App, platform: Platform) -> Any:
    """`await worker_step()`: run every due event and job, and what the platform answers, until all is quiet."""

    async def run() -> int:
        count = 0
        while done := await worker.run_until_idle(app):
            count += done
            await platform.world.idle()
        return count

    return run
