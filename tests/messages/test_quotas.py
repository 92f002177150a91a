"""When a day's quota is short the urgent goes first, over the real stack; the rest waits or goes another way."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from server.context import App
from server.messages import service as messages
from server.messages.rules import quotas
from server.sandbox import people
from server.settings import Settings
from tests.messages.telling import account_of, became, tell
from tests.sandbox_on_a_port import Platform

TEMPLATE_SEND = "/cgi-bin/message/template/send"
LIMIT = 10
KEYS = {"critical": "clinic_stopped", "service": "queue_soon", "education": "survey_due"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"message_quotas": {"template": LIMIT, "subscribe": 100}})


@pytest.fixture
async def followers(app: App, client: Any, platform: Platform, worker_step: Any, clock: Any) -> list[str]:
    """The account ids of twenty people who follow and have no window open."""
    made = []
    for number in range(2 * LIMIT):
        key = f"f{number}"
        people.add(platform.world, {"key": key, "name": "测试", "phone": f"1390000{number:04d}"})
        await platform.act(key, "follow")
        made.append(await account_of(app, platform, key))
    await worker_step()
    clock.advance(minutes=2)
    return made


async def tiers(app: App, *states: str) -> Counter[str]:
    """Tier -> how many messages are in one of these states."""
    return Counter([doc["tier"] async for doc in app.db["messages"].find({"state": {"$in": list(states)}})])


async def tell_all(app: App, followers: list[str], **counts: int) -> None:
    """So many messages of each tier, the least urgent first."""
    wanted = [tier for tier in ("education", "service", "critical") for _ in range(counts.get(tier, 0))]
    for account_id, tier in zip(followers, wanted, strict=False):
        await tell(app, account_id, f"{tier}:{account_id}", key=KEYS[tier])


@pytest.mark.covers("N3.2")
@pytest.mark.parametrize("hands", [1, 16])
async def test_when_the_quota_covers_half_of_what_waits_the_critical_go_then_the_service_then_the_education(
    app: App, platform: Platform, followers: list[str], worker_step: Any, clock: Any, hands: int
) -> None:
    await tell_all(app, followers, critical=6, service=7, education=7)
    await asyncio.gather(*(messages.deliver_due(app) for _ in range(hands)))
    await worker_step()
    for _ in range(3):
        clock.advance(seconds=4)
        await worker_step()
    assert await tiers(app, "delivered", "sent") == {"critical": 6, "service": 3}
    assert await tiers(app, "waiting") == {"service": 4, "education": 7}
    began = {tier: [] for tier in KEYS}
    async for doc in app.db["messages"].find({"channel": "template"}):
        began[doc["tier"]].append(doc["began"]["template"])
    assert max(began["critical"]) <= min(began["service"])
    calls = [kind for person in people.followers(platform.world) for kind in [await arrived(platform, person)] if kind]
    assert Counter(calls) == {"医生停诊通知": 6, "候诊提醒": 3}


async def arrived(platform: Platform, person: str) -> str | None:
    """The title of the template message on somebody's phone."""
    return next((m["title"] for m in await platform.see(person, "messages") if m["kind"] == "template"), None)


@pytest.mark.covers("N3.2")
async def test_a_critical_message_that_must_wait_a_moment_keeps_its_place_in_the_quota(
    app: App, platform: Platform, followers: list[str], worker_step: Any, clock: Any
) -> None:
    await platform.fault(part="wechat", effect="error", path=TEMPLATE_SEND, errcode=-1, times=4)
    await tell_all(app, followers, critical=4, service=12)
    await worker_step()
    assert await tiers(app, "delivered", "sent") == {}, "nothing goes before it while the quota is short"
    for _ in range(3):
        clock.advance(seconds=4)
        await worker_step()
    assert (await tiers(app, "delivered", "sent"))["critical"] == 4
    quota = await app.db["message_quotas"].find_one({})
    assert quota
    assert quota["used"] == 9, "the last of ten is for what is critical"


async def test_what_found_no_quota_goes_the_next_morning(
    app: App, platform: Platform, followers: list[str], worker_step: Any, clock: Any
) -> None:
    await tell_all(app, followers, service=10)
    await worker_step()
    held = await app.db["messages"].find_one({"state": "waiting"})
    assert held
    assert (held["last_code"], held["tier"]) == ("quota", "service")
    clock.advance(hours=12)
    await worker_step()
    assert await tiers(app, "waiting") == {"service": 1}
    clock.advance(hours=12)
    await worker_step()
    assert await tiers(app, "delivered") == {"service": 10}


async def test_45009_closes_the_channel_for_the_day_and_the_others_are_tried(
    app: App, platform: Platform, followers: list[str], console_of: Any, worker_step: Any, clock: Any
) -> None:
    await platform.fault(part="wechat", effect="error", path=TEMPLATE_SEND, errcode=45009, times=1)
    await tell(app, followers[0], "service")
    await tell(app, followers[1], "critical", key="clinic_stopped", phone="13900000001")
    await tell(app, followers[2], "no phone", key="clinic_stopped")
    await worker_step()
    assert (await became(app, "critical"))["channel"] == "sms"
    assert (await became(app, "service"))["state"] == "waiting"
    no_phone = await became(app, "no phone")
    assert no_phone["state"] == "failed", "what is critical does not wait for tomorrow: somebody phones"
    assert await app.db["events"].count_documents({"type": "messages.undelivered", "data.message_id": no_phone["_id"]})
    shown = (await (await console_of("admin")).get("/api/staff/messages/quotas")).json()
    assert shown["on"] == "2026-11-25"
    template = next(item for item in shown["items"] if item["channel"] == "template")
    assert (template["closed"], template["limit"]) == (True, LIMIT)
    clock.advance(hours=24)
    await worker_step()
    assert (await became(app, "service"))["state"] == "delivered"


@pytest.mark.parametrize(("tier", "urgent", "cap"), [("critical", 50, 100), ("service", 0, 90), ("education", 0, 70)])
def test_each_tier_has_its_share(tier: Any, urgent: int, cap: int) -> None:
    assert quotas.cap_of(100, tier, urgent if tier != "critical" else 0) == cap


def test_what_more_urgent_messages_wait_for_is_left_to_them() -> None:
    assert quotas.cap_of(100, "service", 30) == 70
    assert quotas.cap_of(100, "education", 30) == 70
    assert quotas.cap_of(100, "education", 130) == 0


def test_a_message_without_quota_waits_for_midnight_but_not_beyond_its_end() -> None:
    noon = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
    assert quotas.held_for(noon, None, until_tomorrow=True).total_seconds() == 12 * 3600
    assert quotas.held_for(noon, None, until_tomorrow=False).total_seconds() == 3
    end = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
    assert quotas.held_for(noon, end, until_tomorrow=True).total_seconds() == 3601
