"""What WeChat pushes is answered at once, kept once, and only believed when it is genuine."""

import asyncio
import time
from typing import Any

import pytest

from handlers import callbacks
from server import inbox
from server.accounts import service as accounts
from server.context import App, Identity
from server.sandbox import people, push
from server.settings import Settings
from tests.conversations.pushing import event_of, fields_of, open_windows, reply_text, send, signed
from tests.sandbox_on_a_port import Platform


@pytest.fixture
def mode() -> str:
    """In which mode the callback is switched."""
    return "safe"


@pytest.fixture
def settings(settings: Settings, mode: str, platform: Platform) -> Settings:
    platform.world.settings.wechat_mode = mode
    return settings.model_copy(update={"wechat_mode": mode})


# --- the address ------------------------------------------------------------------------------------


async def test_the_address_is_verified_by_the_echo_as_it_came(client: Any, platform: Platform) -> None:
    address, _ = signed(platform, "", safe=False)
    said = await client.get(f"{address}&echostr=5837397520665")
    assert (said.status_code, said.text) == (200, "5837397520665")
    assert (await client.get("/wechat/callback?signature=x&timestamp=1&nonce=2&echostr=3")).status_code == 403


# --- messages ---------------------------------------------------------------------------------------


@pytest.mark.covers("A7", "N2.2")
async def test_a_new_follower_is_welcomed_and_known(
    platform: Platform, client: Any, app: App, worker_step: Any
) -> None:
    await platform.act("chen", "follow")
    await worker_step()
    texts = [str(m) for m in await platform.see("chen", "messages")]
    assert any("欢迎关注" in text for text in texts)
    assert await app.db["accounts"].count_documents({"followed": True}) == 1


@pytest.mark.parametrize("mode", ["plain", "safe"])
async def test_a_text_gets_the_answer_that_fits_in_both_modes(platform: Platform, client: Any, mode: str) -> None:
    await platform.act("zhang", "text", content="怎么挂号？")
    assert any("门诊服务 → 预约挂号" in str(m) for m in await platform.see("zhang", "messages"))


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("报告出来了吗", "报告查询"),
        ("电话多少", "服务台电话"),
        ("随便说说", "已收到您的消息"),
        ("我要投诉", "服务台工作人员会尽快回复"),
    ],
)
async def test_words_bring_their_answers(client: Any, platform: Platform, said: str, answered: str) -> None:
    answer = await send(client, platform, fields_of(platform, Content=said))
    assert answered in reply_text(platform, answer)
    assert "{public_url}" not in reply_text(platform, answer)


@pytest.mark.covers("N2.5")
async def test_a_repeated_push_gets_the_same_answer_and_works_once(
    client: Any, platform: Platform, app: App, worker_step: Any
) -> None:
    fields = fields_of(platform)
    answers = [await send(client, platform, fields, nonce=str(n)) for n in range(3)]
    assert len({reply_text(platform, answer) for answer in answers}) == 1
    assert await app.db["events"].count_documents({"type": "wechat.message"}) == 1
    await worker_step()
    await send(client, platform, fields, nonce="later")
    assert await app.db["events"].count_documents({"state": "waiting"}) == 0


async def test_repeats_that_come_at_the_same_moment_are_one(client: Any, platform: Platform, app: App) -> None:
    fields = fields_of(platform)
    answers = await asyncio.gather(*(send(client, platform, fields, nonce=str(n)) for n in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert await app.db["events"].count_documents({}) == 1


async def test_two_events_of_one_second_are_two(client: Any, platform: Platform, app: App) -> None:
    await send(client, platform, event_of(platform, "LOCATION", Latitude="1"))
    await send(client, platform, event_of(platform, "LOCATION", Latitude="2"))
    assert await app.db["events"].count_documents({}) == 2


async def test_the_answer_does_not_wait_for_the_worker(client: Any, platform: Platform, app: App) -> None:
    began = time.monotonic()
    for number in range(20):
        await send(client, platform, fields_of(platform, MsgId=number + 1))
    assert time.monotonic() - began < 5
    assert await app.db["events"].count_documents({"state": "waiting"}) == 20


async def test_when_it_could_not_be_kept_in_time_wechat_is_told_to_push_again(
    client: Any, platform: Platform, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(*_: Any) -> None:
        await asyncio.sleep(30)

    async def broken(*_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(callbacks, "ANSWER_S", 0.05)
    for receive, status in ((slow, 503), (broken, 500)):
        with monkeypatch.context() as patch:
            patch.setattr(inbox, "receive", receive)
            said = await send(client, platform, fields_of(platform))
        assert (said.status_code, said.content) == (status, b"")
    assert (await send(client, platform, fields_of(platform))).status_code == 200
    assert await app.db["events"].count_documents({}) == 1


async def test_what_people_write_is_sealed_in_the_store(client: Any, platform: Platform, app: App) -> None:
    await send(client, platform, fields_of(platform, Content="我的血糖是 7.2"))
    assert "血糖" not in str(await app.db["events"].find_one({}))


# --- events -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["some_future_event", "VIEW", "TEMPLATESENDJOBFINISH", "subscribe_msg_popup_event"])
async def test_an_event_we_do_not_know_or_that_is_oddly_shaped_is_kept_and_answered(
    client: Any, platform: Platform, app: App, worker_step: Any, name: str
) -> None:
    answer = await send(client, platform, event_of(platform, name, SubscribeMsgPopupEvent="odd", MsgID="7"))
    assert (answer.status_code, answer.text) == (200, "success")
    await worker_step()
    assert await app.db["events"].count_documents({"state": "done", "data.name": name}) == 1


async def test_who_unfollows_is_known_to_have_left_and_his_chat_window_is_closed(
    client: Any, platform: Platform, app: App, worker_step: Any
) -> None:
    await platform.act("zhang", "text", content="你好")
    await worker_step()
    assert await open_windows(app) == {"message": 5}
    await platform.act("zhang", "unfollow")
    await worker_step()
    assert await app.db["accounts"].count_documents({"followed": True}) == 0
    assert await open_windows(app) == {}


async def test_following_and_leaving_may_be_heard_in_the_wrong_order(
    client: Any, platform: Platform, app: App, worker_step: Any
) -> None:
    now = platform.world.clock.timestamp()
    await send(client, platform, event_of(platform, "unsubscribe", CreateTime=now))
    await worker_step()
    await send(client, platform, event_of(platform, "subscribe", CreateTime=now - 60))
    await worker_step()
    openid = people.public_openid(platform.world, "chen")
    account = await accounts.find_by_openid(app, Identity("service", openid))
    assert account is not None
    assert not account.followed


async def test_choosing_from_a_message_menu_opens_only_a_short_window(
    client: Any, platform: Platform, app: App, worker_step: Any
) -> None:
    await send(client, platform, fields_of(platform, bizmsgmenuid="101"))
    await worker_step()
    assert await open_windows(app) == {"menu": 3}


# --- what is refused --------------------------------------------------------------------------------


async def test_a_callback_without_a_signature_is_refused(client: Any, app: App) -> None:
    said = await client.post("/wechat/callback?timestamp=1&nonce=2&signature=no", content=b"<xml/>")
    assert (said.status_code, said.content) == (403, b"")
    assert await app.db["events"].count_documents({}) == 0


@pytest.mark.parametrize("age_s", [301, 3600, -301])
async def test_a_stale_or_future_push_is_refused(client: Any, platform: Platform, app: App, age_s: int) -> None:
    said = await send(client, platform, fields_of(platform), age_s=age_s)
    assert (said.status_code, said.content) == (403, b"")
    assert await app.db["events"].count_documents({}) == 0


async def test_a_changed_body_is_refused(client: Any, platform: Platform, app: App) -> None:
    address, body = signed(platform, push.xml_of(fields_of(platform)))
    said = await client.post(address, content=body.replace("<Encrypt><![CDATA[", "<Encrypt><![CDATA[A").encode())
    assert said.status_code == 403
    assert await app.db["events"].count_documents({}) == 0


async def test_an_unencrypted_push_is_refused_in_safe_mode(client: Any, platform: Platform, app: App) -> None:
    assert (await send(client, platform, fields_of(platform), safe=False)).status_code == 403
    assert await app.db["events"].count_documents({}) == 0


ENTITIES = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml><Content>&b;</Content></xml>'


@pytest.mark.parametrize("mode", ["plain"])
@pytest.mark.parametrize("xml", ["<xml><a>", "", "nonsense", "<html></html>", "<xml></xml>", ENTITIES, "{}"])
async def test_junk_with_a_good_signature_is_refused_and_nothing_is_kept(
    client: Any, platform: Platform, app: App, mode: str, xml: str
) -> None:
    address, body = signed(platform, xml, safe=False)
    said = await client.post(address, content=body.encode())
    assert (said.status_code, said.content) == (400, b"")
    assert await app.db["events"].count_documents({}) == 0


async def test_a_huge_push_is_refused(client: Any, platform: Platform, app: App) -> None:
    address, _ = signed(platform, "")
    said = await client.post(address, content=b"<xml>" + b"a" * 300_000 + b"</xml>")
    assert (said.status_code, said.content) == (413, b"")
    assert await app.db["events"].count_documents({}) == 0


async def test_a_push_for_another_account_is_refused(client: Any, platform: Platform, app: App) -> None:
    said = await send(client, platform, fields_of(platform, ToUserName="gh_another"))
    assert said.status_code == 403
    assert await app.db["events"].count_documents({}) == 0
