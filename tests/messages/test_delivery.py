"""A message goes out once, through the first channel that was permitted, through any failure."""

import asyncio
from typing import Any

import pytest

from server import worker
from server.context import App
from server.messages import service as messages
from tests.messages.telling import (
    FACTS,
    OTHERS,
    QUEUE_SOON_SUBSCRIBE,
    account_of,
    allow,
    became,
    consents,
    kinds,
    tell,
    windows,
)
from tests.sandbox_on_a_port import Platform

TEMPLATE_SEND, BIZSEND = "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend"


@pytest.fixture
async def chen(app: App, client: Any, platform: Platform, worker_step: Any, clock: Any) -> str:
    """陈静, who has been following the account for some minutes; her account id."""
    await platform.act("chen", "follow")
    await worker_step()
    clock.advance(minutes=2)  # the window of three messages that following opens is closed again
    return await account_of(app, platform, "chen")


async def unfollow_unheard(platform: Platform, person: str) -> None:
    """Somebody leaves, and WeChat's event is lost."""
    await platform.fault(part="push", effect="lose", path="unsubscribe", times=1)
    await platform.act(person, "unfollow")


# --- template messages ------------------------------------------------------------------------------


@pytest.mark.covers("N2.2")
async def test_a_follower_gets_a_template_message_and_we_learn_that_it_arrived(
    app: App, platform: Platform, chen: str, worker_step: Any
) -> None:
    await tell(app, chen)
    await worker_step()
    arrived = (await platform.see("chen", "messages"))[-1]
    assert arrived["kind"] == "template"
    assert arrived["title"] == "候诊提醒"
    assert [row["value"] for row in arrived["rows"]] == list(FACTS.values())
    assert arrived["link"]["url"].endswith("/wechat/enter?to=/h5/pages/queue/index%3Fid%3D1")
    assert (await became(app))["state"] == "delivered"


async def test_the_same_occasion_is_told_once_even_when_two_workers_tell_it_at_once(
    app: App, platform: Platform, chen: str, worker_step: Any
) -> None:
    await asyncio.gather(*(tell(app, chen) for _ in range(4)), return_exceptions=True)
    await tell(app, chen)
    await worker_step()
    assert await kinds(platform, "chen") == ["template"]


async def test_the_last_word_counts_even_when_it_is_quicker_than_the_answer(
    app: App, platform: Platform, chen: str, worker_step: Any, clock: Any, monkeypatch: Any
) -> None:
    send = app.wechat.send_template

    async def slow_answer(*given: Any, **more: Any) -> str:
        msgid = await send(*given, **more)
        await platform.world.idle()
        assert await worker._one_event(app), "the event is here before the answer"
        return msgid

    monkeypatch.setattr(app.wechat, "send_template", slow_answer)
    await tell(app, chen)
    await worker_step()
    clock.advance(seconds=2)  # the event is heard again
    await worker_step()
    assert (await became(app))["state"] == "delivered"


async def test_who_blocked_us_does_not_get_it_and_we_know(
    app: App, platform: Platform, chen: str, worker_step: Any
) -> None:
    await platform.act("chen", "flags", blocked=True)
    await tell(app, chen)
    await tell(app, chen, "2", key="clinic_stopped", phone="13800000004")
    await worker_step()
    assert ((await became(app))["state"], (await became(app))["last_code"]) == ("failed", "failed:user block")
    assert (await became(app, "2"))["channel"] == "sms"
    assert "停诊通知" in (await platform.see("chen", "sms"))[-1]["text"]


async def test_who_left_unheard_gets_it_through_the_next_channel_and_is_known_to_have_left(
    app: App, platform: Platform, chen: str, worker_step: Any
) -> None:
    await allow(platform, "chen", QUEUE_SOON_SUBSCRIBE)
    await worker_step()
    await unfollow_unheard(platform, "chen")
    await tell(app, chen)
    await worker_step()
    message = await became(app)
    assert (message["channel"], message["state"], message["used"]) == ("subscribe", "delivered", ["template"])
    account = await app.db["accounts"].find_one({"_id": chen})
    assert account
    assert account["followed"] is False


async def test_a_lost_answer_is_repeated_and_arrives_once(
    app: App, platform: Platform, chen: str, worker_step: Any, clock: Any
) -> None:
    await platform.fault(part="wechat", effect="drop", path=TEMPLATE_SEND, times=2)
    await tell(app, chen)
    await worker_step()
    assert (await became(app))["doubtful"] is True
    for _ in range(2):  # the message is repeated, then its outcome is heard again
        clock.advance(seconds=5)
        await worker_step()
    assert await kinds(platform, "chen") == ["template"]
    assert ((await became(app))["state"], (await became(app))["tries"]) == ("delivered", 2)


async def test_a_lost_answer_is_not_repeated_when_wechat_would_not_know_it_again(
    app: App, platform: Platform, chen: str, worker_step: Any, clock: Any
) -> None:
    await platform.fault(part="wechat", effect="drop", path=TEMPLATE_SEND, times=2)
    await tell(app, chen)
    await worker_step()
    clock.advance(minutes=15)
    await worker_step()
    assert await kinds(platform, "chen") == ["template"]
    assert (await became(app))["state"] == "uncertain"


@pytest.mark.parametrize("after_sending", [True, False])
async def test_a_worker_killed_while_sending_is_replaced_and_the_message_arrives_once(
    app: App, platform: Platform, chen: str, worker_step: Any, clock: Any, monkeypatch: Any, after_sending: bool
) -> None:
    send = app.wechat.send_template

    async def killed(*given: Any, **more: Any) -> str:
        monkeypatch.setattr(app.wechat, "send_template", send)
        if after_sending:
            await send(*given, **more)
        raise asyncio.CancelledError

    monkeypatch.setattr(app.wechat, "send_template", killed)
    await tell(app, chen)
    with pytest.raises(asyncio.CancelledError):
        await worker_step()
    assert (await became(app))["state"] == "sending"
    for _ in range(2):
        clock.advance(seconds=61)
        await worker_step()
    assert await kinds(platform, "chen") == ["template"]
    assert (await became(app))["state"] == "delivered"


# --- subscription messages --------------------------------------------------------------------------


@pytest.mark.parametrize("template_ids", [[QUEUE_SOON_SUBSCRIBE], [QUEUE_SOON_SUBSCRIBE, *OTHERS]])
async def test_a_consent_given_in_the_pop_up_is_counted_however_many_are_in_the_event(
    app: App, platform: Platform, chen: str, worker_step: Any, template_ids: list[str]
) -> None:
    await allow(platform, "chen", *template_ids)
    await worker_step()
    for template_id in template_ids:
        assert await consents(app, chen, template_id) == 1


async def test_a_consent_carries_one_message_and_no_more(
    app: App, platform: Platform, chen: str, worker_step: Any
) -> None:
    await allow(platform, "chen", QUEUE_SOON_SUBSCRIBE)
    await platform.act("chen", "unfollow")
    await worker_step()
    for dedupe in "12":
        await tell(app, chen, dedupe)
    await worker_step()
    assert [(await became(app, d))["state"] for d in "12"] == ["delivered", "no_permission"]
    assert await kinds(platform, "chen") == ["subscribe"]
    assert await consents(app, chen) == 0


async def test_a_pop_up_pushed_twice_is_one_consent(app: App, platform: Platform, chen: str, worker_step: Any) -> None:
    await platform.fault(part="push", effect="duplicate", path="subscribe_msg_popup_event", copies=3, times=1)
    await allow(platform, "chen", QUEUE_SOON_SUBSCRIBE)
    await worker_step()
    assert await consents(app, chen) == 1


async def test_a_refused_pop_up_is_no_consent(app: App, platform: Platform, chen: str, worker_step: Any) -> None:
    await platform.act("chen", "popup", template_ids=[QUEUE_SOON_SUBSCRIBE], choices="reject")
    await worker_step()
    assert await consents(app, chen) == 0


async def test_switching_off_takes_every_consent_away(
    app: App, platform: Platform, chen: str, worker_step: Any
) -> None:
    await allow(platform, "chen", QUEUE_SOON_SUBSCRIBE)
    await allow(platform, "chen", QUEUE_SOON_SUBSCRIBE)
    await worker_step()
    assert await consents(app, chen) == 2
    await platform.act("chen", "switch-off", template_ids=[QUEUE_SOON_SUBSCRIBE])
    await worker_step()
    assert await consents(app, chen) == 0


@pytest.mark.covers("N2.5")
async def test_when_wechat_says_that_nothing_is_left_we_believe_it(
    app: App, platform: Platform, chen: str, worker_step: Any
) -> None:
    await allow(platform, "chen", QUEUE_SOON_SUBSCRIBE)
    await allow(platform, "chen", QUEUE_SOON_SUBSCRIBE)
    await platform.fault(part="push", effect="lose", path="subscribe_msg_change_event", times=1)
    await platform.act("chen", "switch-off", template_ids=[QUEUE_SOON_SUBSCRIBE])
    await platform.act("chen", "unfollow")
    await worker_step()
    await tell(app, chen)
    await worker_step()
    assert ((await became(app))["state"], (await became(app))["last_code"]) == ("no_permission", "43101")
    assert await consents(app, chen) == 0


async def test_a_consent_that_wechat_did_not_use_is_given_back(
    app: App, platform: Platform, chen: str, worker_step: Any, clock: Any
) -> None:
    await allow(platform, "chen", QUEUE_SOON_SUBSCRIBE)
    await platform.act("chen", "unfollow")
    await worker_step()
    await platform.fault(part="wechat", effect="error", path=BIZSEND, errcode=-1, times=1)
    await tell(app, chen)
    await worker_step()
    assert ((await became(app))["state"], await consents(app, chen)) == ("waiting", 1)
    clock.advance(seconds=5)
    await worker_step()
    assert ((await became(app))["state"], await consents(app, chen)) == ("delivered", 0)


async def test_a_subscription_message_with_a_lost_answer_is_not_sent_a_second_time(
    app: App, platform: Platform, chen: str, worker_step: Any, clock: Any
) -> None:
    await allow(platform, "chen", QUEUE_SOON_SUBSCRIBE)
    await allow(platform, "chen", QUEUE_SOON_SUBSCRIBE)
    await platform.act("chen", "unfollow")
    await worker_step()
    await platform.fault(part="wechat", effect="drop", path=BIZSEND, times=1)
    await tell(app, chen)
    await worker_step()
    clock.advance(minutes=30)
    await worker_step()
    assert (await became(app))["state"] == "uncertain"
    assert await kinds(platform, "chen") == ["subscribe"]
    assert await consents(app, chen) == 1


# --- customer-service texts, SMS, silence -------------------------------------------------------------


async def test_who_wrote_to_us_can_be_answered_five_times_within_two_days(
    app: App, platform: Platform, chen: str, worker_step: Any, clock: Any
) -> None:
    await platform.act("chen", "text", content="你好")
    await worker_step()
    for number in range(6):
        await tell(app, chen, f"t{number}", key="without_template")
    await worker_step()
    states = [(await became(app, f"t{n}"))["state"] for n in range(6)]
    assert sorted(states) == ["no_permission"] + ["sent"] * 5
    await platform.act("chen", "text", content="再问一下")
    await worker_step()
    clock.advance(hours=49)
    await tell(app, chen, "late", key="without_template")
    await worker_step()
    assert (await became(app, "late"))["state"] == "no_permission"


async def test_a_window_that_wechat_has_closed_is_closed_for_us_too(
    app: App, platform: Platform, chen: str, worker_step: Any
) -> None:
    await platform.act("chen", "text", content="你好")
    await worker_step()
    await platform.fault(part="wechat", effect="error", path="/cgi-bin/message/custom/send", errcode=45015, times=1)
    for dedupe in "12":
        await tell(app, chen, dedupe, key="without_template")
    await worker_step()
    assert [(await became(app, d))["state"] for d in "12"] == ["no_permission"] * 2
    assert await windows(app, chen) == {"follow": 0, "message": 0}


async def test_an_sms_goes_only_to_who_cannot_be_reached_and_only_for_what_is_critical(
    app: App, platform: Platform, chen: str, worker_step: Any
) -> None:
    await platform.act("chen", "unfollow")
    await worker_step()
    await tell(app, chen, "service", phone="13800000004")
    await tell(app, chen, "critical", key="clinic_stopped", phone="13800000004")
    await worker_step()
    assert (await became(app, "service"))["state"] == "no_permission"
    assert len(await platform.see("chen", "sms")) == 1


async def test_who_wants_no_notices_gets_only_what_is_critical(
    app: App, platform: Platform, chen: str, worker_step: Any
) -> None:
    await messages.set_opted_out(app, chen, True)
    facts = {
        "就诊人": "陈*",
        "就诊科室": "心内科",
        "停诊医生": "张医生",
        "原就诊时间": "11月26日 08:30",
        "温馨提示": "无",
    }
    await tell(app, chen, "service")
    await tell(app, chen, "critical", key="clinic_stopped", facts=facts)
    await worker_step()
    assert (await became(app, "service"))["state"] == "no_permission"
    assert (await became(app, "critical"))["state"] == "delivered"


async def test_what_comes_too_late_is_not_sent(
    app: App, platform: Platform, chen: str, worker_step: Any, clock: Any
) -> None:
    await tell(app, chen, not_after=clock.now())
    clock.advance(seconds=1)
    await worker_step()
    assert ((await became(app))["state"], await kinds(platform, "chen")) == ("failed", [])


async def test_an_account_that_is_gone_ends_the_message(app: App, client: Any, worker_step: Any) -> None:
    await tell(app, "nobody")
    await worker_step()
    assert (await became(app))["last_code"] == "account_gone"
