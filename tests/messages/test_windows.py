"""Windows open by what a person does and hold what WeChat lets through; nights, the assistant, the mini-program."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.context import App
from server.messages.models import Permission
from server.messages.rules import consents, kinds
from server.messages.rules.consents import WINDOWS
from server.settings import Settings
from tests.messages.telling import QUEUE_SOON_MINI, account_of, allow, became, tell, windows
from tests.messages.telling import consents as left
from tests.sandbox_on_a_port import Platform

NOW = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The hospital has named the one number of 微信就医助手 that is known."""
    return settings.model_copy(update={"assistant_file": Path("fixtures/wechat/assistant.json")})


# --- the windows --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "sends", "seconds"),
    [
        ("message", 5, 48 * 3600),
        ("menu", 3, 60),
        ("follow", 3, 60),
        ("scan", 3, 60),
        ("payment", None, 48 * 3600),
        ("mini_message", 5, 48 * 3600),
        ("mini_enter", 2, 60),
    ],
)
def test_a_window_holds_so_many_messages_for_so_long(kind: Any, sends: int | None, seconds: int) -> None:
    window = consents.opened(Permission(), WINDOWS[kind], NOW)
    assert window
    assert consents.is_open(window, NOW + timedelta(seconds=seconds - 1))
    assert not consents.is_open(window, NOW + timedelta(seconds=seconds))
    for _ in range(sends or 50):
        window = consents.consumed(window)
        assert window
    assert (consents.consumed(window) is None) is (sends is not None)


def test_the_window_that_ends_first_is_used_first() -> None:
    held = {f"window:{kind}": consents.opened(Permission(), WINDOWS[kind], NOW) for kind in WINDOWS}
    found = consents.first_to_end(held, "service", NOW)  # type: ignore[arg-type]
    assert found == ["window:follow", "window:menu", "window:scan", "window:message", "window:payment"]
    assert consents.first_to_end(held, "mini", NOW) == ["window:mini_enter", "window:mini_message"]  # type: ignore[arg-type]
    later = NOW + timedelta(minutes=2)
    assert consents.first_to_end(held, "mini", later) == ["window:mini_message"]  # type: ignore[arg-type]


def test_older_news_neither_fill_nor_shorten_a_window() -> None:
    window = consents.opened(Permission(), WINDOWS["message"], NOW)
    assert window
    assert consents.opened(window, WINDOWS["message"], NOW - timedelta(seconds=5)) is None
    again = consents.opened(window, WINDOWS["message"], NOW + timedelta(seconds=5))
    assert again
    assert consents.returned(again, window.epoch).count == 5, "what an earlier window was used for is not given back"


@pytest.mark.covers("A13")
async def test_following_a_menu_click_and_a_scan_each_open_a_short_window(
    app: App, client: Any, platform: Platform, worker_step: Any, clock: Any
) -> None:
    await platform.act("chen", "follow")
    await worker_step()
    chen = await account_of(app, platform, "chen")
    for number in range(4):
        await tell(app, chen, f"a{number}", key="without_template")
    await worker_step()
    states = sorted([(await became(app, f"a{n}"))["state"] for n in range(4)])
    assert states == ["no_permission", "sent", "sent", "sent"]
    assert await windows(app, chen) == {"follow": 0}
    clock.advance(seconds=5)
    await platform.act("chen", "scan", scene="phone")
    await worker_step()
    await tell(app, chen, "b", key="without_template")
    await worker_step()
    assert (await became(app, "b"))["state"] == "sent"
    clock.advance(minutes=2)
    await tell(app, chen, "c", key="without_template")
    await worker_step()
    assert (await became(app, "c"))["state"] == "no_permission"


# --- night ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hour", "night"), [(0, True), (7, True), (8, False), (20, False), (21, True), (23, True)])
def test_it_is_night_from_nine_to_eight(hour: int, night: bool) -> None:
    assert kinds.is_night(datetime(2026, 11, 25, hour, tzinfo=UTC) - timedelta(hours=8)) is night


async def test_at_night_only_what_cannot_wait_is_sent(
    app: App, client: Any, platform: Platform, worker_step: Any, clock: Any
) -> None:
    await platform.act("chen", "follow")
    await worker_step()
    chen = await account_of(app, platform, "chen")
    clock.advance(hours=13)  # 21:30
    for key in ("report_ready", "queue_soon", "clinic_stopped"):
        await tell(app, chen, key, key=key)
    await worker_step()
    states = [(await became(app, key))["state"] for key in ("report_ready", "queue_soon", "clinic_stopped")]
    assert states == ["waiting", "delivered", "delivered"]
    clock.advance(hours=11)
    await worker_step()
    assert (await became(app, "report_ready"))["state"] == "delivered"


# --- 微信就医助手 -------------------------------------------------------------------------------------


@pytest.mark.covers("N3")
async def test_the_assistant_comes_first_where_the_hospital_has_a_number_and_needs_no_follower(
    app: App, client: Any, platform: Platform, worker_step: Any
) -> None:
    chen = await account_of(app, platform, "chen")
    facts = {
        "就诊人": "陈*",
        "就诊科室": "心内科",
        "就诊医生": "张医生",
        "就诊时间": "11月26日 08:30",
        "就诊地点": "3 诊室",
    }
    await tell(app, chen, "booking", key="booking_confirmed", facts=facts)
    await tell(app, chen, "queue")
    await worker_step()
    assert [(await became(app, d))["state"] for d in ("booking", "queue")] == ["sent", "no_permission"]
    shown = (await platform.see("chen", "messages"))[-1]
    assert shown["title"].startswith("微信就医助手")
    assert {row["label"]: row["value"] for row in shown["rows"]}["时间"] == "2026-11-26 08:30"


# --- the mini-program -------------------------------------------------------------------------------


async def mini_account(client: Any, platform: Platform, person: str) -> str:
    """Somebody opens the mini-program; his account's id."""
    code = (await platform.act(person, "js-code"))["code"]
    return str((await client.post("/api/session/mini-program", json={"code": code})).json()["account_id"])


async def test_a_consent_of_the_mini_program_comes_from_the_platform_and_carries_one_message(
    app: App, client: Any, platform: Platform, worker_step: Any
) -> None:
    chen = await mini_account(client, platform, "chen")
    await allow(platform, "chen", QUEUE_SOON_MINI)
    await worker_step()
    assert await left(app, chen, QUEUE_SOON_MINI) == 1
    for dedupe in "12":
        await tell(app, chen, dedupe)
        await worker_step()
    assert [(await became(app, d))["state"] for d in "12"] == ["delivered", "no_permission"]
    assert (await platform.see("chen", "messages"))[-1]["link"] == {"page": "pages/queue/index?id=1"}
    assert (await client.post("/api/subscriptions", json={"accepted": []})).status_code == 404


async def test_who_opens_the_chat_of_the_mini_program_can_be_written_to_twice_within_a_minute(
    app: App, client: Any, platform: Platform, worker_step: Any
) -> None:
    chen = await mini_account(client, platform, "chen")
    await platform.act("chen", "mini-chat")
    await worker_step()
    for number in range(3):
        await tell(app, chen, f"m{number}", key="without_template")
    await worker_step()
    found = [await became(app, f"m{n}") for n in range(3)]
    assert sorted(m["state"] for m in found) == ["no_permission", "sent", "sent"]
    assert {m["channel"] for m in found if m["state"] == "sent"} == {"mini_text"}
