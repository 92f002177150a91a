"""Access tokens: one fetch however many ask, renewed once when refused, and still there when Redis is not."""

import asyncio
import json
import secrets
import sys
from pathlib import Path
from typing import Any

import pytest

from server.adapters.http import Http
from server.adapters.wechat_tokens import AccessToken, Tokens
from server.cache import Cache
from server.errors import Foreign
from tests.adapters.foreigner import Call, Foreigner

pytestmark = pytest.mark.covers("N2")

ROOT, PATH = Path(__file__).parents[2], "/cgi-bin/stable_token"


class Platform:
    """The token endpoint: normal mode gives the same token until it is voided, forced mode a new one."""

    def __init__(self, foreigner: Foreigner) -> None:
        self.number, self.lives, self.broken, self.stubborn = 1, 7200, False, False
        self.foreigner = foreigner
        foreigner.answers[PATH] = self.answer

    async def answer(self, call: Call) -> Any:
        await asyncio.sleep(0.05)
        if self.broken:
            return 502, {}, b"<html>"
        if call.json()["force_refresh"] and not self.stubborn:
            self.number += 1
        return {"access_token": f"token-{self.number}", "expires_in": self.lives}

    @property
    def fetches(self) -> int:
        return len(self.foreigner.to(PATH))


@pytest.fixture
def platform(foreigner: Foreigner) -> Platform:
    return Platform(foreigner)


@pytest.fixture
def process(caches: Any, http: Http, foreigner: Foreigner) -> Any:
    """`process()`: the token service as one more process has it, with its own memory and connection."""
    return lambda: Tokens(cache=caches(), http=http, api_url=foreigner.url).of("wxsample", "secret")


async def test_a_hundred_callers_in_four_processes_fetch_once(platform: Platform, process: Any) -> None:
    processes: list[AccessToken] = [process() for _ in range(4)]
    tokens = await asyncio.gather(*(processes[i % 4].get() for i in range(100)))
    assert (set(tokens), platform.fetches) == ({"token-1"}, 1)
    wish = platform.foreigner.calls[0].json()
    assert wish == {"grant_type": "client_credential", "appid": "wxsample", "secret": "secret", "force_refresh": False}


async def test_a_hundred_callers_with_a_refused_token_renew_it_once(platform: Platform, process: Any) -> None:
    processes: list[AccessToken] = [process() for _ in range(4)]
    await asyncio.gather(*(one.get() for one in processes))
    platform.number = 2  # somebody else voided token-1, normal mode gives another one
    tokens = await asyncio.gather(*(processes[i % 4].get(refused="token-1") for i in range(100)))
    assert (set(tokens), platform.fetches) == ({"token-2"}, 2)
    assert await process().get() == "token-2"


async def test_four_processes_of_a_hundred_callers_fetch_each_token_and_ticket_once(
    platform: Platform, foreigner: Foreigner, servers: Any
) -> None:
    foreigner.answers["/cgi-bin/ticket/getticket"] = lambda call: {"ticket": "tick", "expires_in": 7200}
    program = [sys.executable, "-m", "tests.adapters.one_process"]
    prefix = f"t{secrets.token_hex(6)}:"
    pipe = asyncio.subprocess.PIPE
    children = [
        await asyncio.create_subprocess_exec(
            *program, servers.redis_url, prefix, foreigner.url, stdin=pipe, stdout=pipe, cwd=ROOT
        )
        for _ in range(4)
    ]

    async def answer_of(child: asyncio.subprocess.Process) -> Any:
        assert child.stdout
        async for line in child.stdout:
            if line.startswith((b'"', b"[")):  # the rest is its log
                return json.loads(line)

    async def heard() -> list[Any]:
        return list(await asyncio.gather(*(answer_of(child) for child in children)))

    async def ask(what: str) -> list[Any]:
        for child in children:
            assert child.stdin
            child.stdin.write(f"{what}\n".encode())
        return await heard()

    try:
        assert await heard() == ["ready"] * 4
        assert (await ask("token"), platform.fetches) == ([["token-1"]] * 4, 1)
        platform.number = 2  # somebody else voided token-1
        assert (await ask("token token-1"), platform.fetches) == ([["token-2"]] * 4, 2)
        assert await ask("page") == [["wxsample"]] * 4
        assert len(foreigner.to("/cgi-bin/ticket/getticket")) == 1
        assert platform.fetches == 2
    finally:
        for child in children:
            assert child.stdin
            child.stdin.close()
        await asyncio.gather(*(child.wait() for child in children))


async def test_a_good_token_survives_the_complaint_about_an_older_one(platform: Platform, process: Any) -> None:
    one: AccessToken = process()
    await one.get()
    assert await one.get(refused="token-0") == "token-1"
    assert await process().get(refused="token-0") == "token-1"
    assert platform.fetches == 1


async def test_a_refresh_is_forced_only_when_the_platform_repeats_the_refused_token(
    platform: Platform, process: Any
) -> None:
    one: AccessToken = process()
    await one.get()
    assert await one.get(refused="token-1") == "token-2"
    assert [call.json()["force_refresh"] for call in platform.foreigner.calls] == [False, False, True]


async def test_a_stubborn_platform_is_not_asked_again_and_again(platform: Platform, process: Any) -> None:
    platform.stubborn = True
    processes: list[AccessToken] = [process() for _ in range(2)]
    await processes[0].get()
    for _ in range(5):
        assert [await one.get(refused="token-1") for one in processes] == ["token-1", "token-1"]
    assert platform.fetches == 3


async def test_a_token_is_given_up_a_minute_before_it_ends(platform: Platform, process: Any) -> None:
    platform.lives = 61
    one: AccessToken = process()
    await one.get()
    await asyncio.sleep(1.1)
    await one.get()
    assert platform.fetches == 2


async def test_a_failed_fetch_fails_all_who_wait_and_the_next_one_tries_again(platform: Platform, process: Any) -> None:
    platform.broken = True
    one: AccessToken = process()
    outcomes = await asyncio.gather(*(one.get() for _ in range(20)), return_exceptions=True)
    assert all(isinstance(outcome, Foreign) and outcome.again == "later" for outcome in outcomes)
    assert platform.fetches == 1
    platform.broken = False
    assert await one.get() == "token-1"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"errcode": 40125, "errmsg": "invalid appsecret"}, "40125"),
        ({"errcode": 40164, "errmsg": "invalid ip"}, "40164"),
        ({"expires_in": 7200}, "bad_answer"),
        (["no"], "bad_answer"),
    ],
)
async def test_a_refused_secret_is_for_people_to_mend(
    foreigner: Foreigner, process: Any, answer: Any, code: str
) -> None:
    foreigner.answers[PATH] = lambda call: answer
    with pytest.raises(Foreign) as caught:
        await process().get()
    assert (caught.value.foreign_code, caught.value.again) == (code, "later")


@pytest.mark.parametrize("away", [True, False], ids=["redis away", "no redis"])
async def test_without_redis_each_process_keeps_its_own_token(
    platform: Platform, http: Http, foreigner: Foreigner, away: bool
) -> None:
    cache = Cache("redis://127.0.0.1:1/0") if away else None
    one = Tokens(cache=cache, http=http, api_url=foreigner.url).of("wxsample", "secret")
    assert set(await asyncio.gather(*(one.get() for _ in range(100)))) == {"token-1"}
    assert platform.fetches == 1
    platform.number = 2
    assert set(await asyncio.gather(*(one.get(refused="token-1") for _ in range(100)))) == {"token-2"}
    assert platform.fetches == 2
    platform.stubborn = True
    for _ in range(5):
        assert await one.get(refused="token-2") == "token-2"
    assert platform.fetches == 4
    if cache:
        await cache.close()


async def test_another_secret_has_another_token(
    platform: Platform, caches: Any, http: Http, foreigner: Foreigner
) -> None:
    tokens = Tokens(cache=caches(), http=http, api_url=foreigner.url)
    await tokens.of("wxsample", "secret").get()
    await tokens.of("wxsample", "new secret").get()
    assert platform.fetches == 2


async def test_the_lock_of_a_dead_process_does_not_stop_the_others_for_long(
    platform: Platform, process: Any, caches: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.adapters.wechat_tokens._WAIT_S", 0.2)
    one: AccessToken = process()
    cache: Cache = caches()
    lock = f"{cache.prefix}wechat:token:{one.scope}:lock"
    await cache.redis.set(lock, "dead", px=400)
    with pytest.raises(Foreign) as caught:
        await one.get()
    assert (caught.value.foreign_code, caught.value.again) == ("token_lock", "later")
    await asyncio.sleep(0.4)
    assert await one.get() == "token-1"
