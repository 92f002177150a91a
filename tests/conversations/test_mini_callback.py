"""The mini-program's own message push: its own token and key, JSON, and its own openids."""

import json
from typing import Any

import pytest

from server.accounts import service as accounts
from server.context import App, Identity
from server.sandbox import people, push
from server.settings import Settings
from tests.conversations.pushing import event_of, open_windows, signed
from tests.sandbox_on_a_port import Platform

pytestmark = pytest.mark.covers("N2.2", "N3")

MINI_ADDRESS = "/wechat/mini/callback"


def template_of(platform: Platform, kind: str) -> str:
    return str(next(t["template_id"] for t in platform.world.state.all("templates") if t["kind"] == kind))


@pytest.mark.parametrize("mode", ["safe", "compatible"])
async def test_a_subscription_of_the_mini_program_is_pushed_to_it_and_kept_as_its_own(
    platform: Platform, client: Any, app: App, mode: str
) -> None:
    platform.world.settings.wechat_mode = mode
    await platform.act("chen", "popup", template_ids=[template_of(platform, "mini")], choices="accept")
    await platform.act("chen", "mini-chat")
    outcomes = {p["what"]: (p["app"], p["outcome"]) for p in platform.world.state.all("pushes")}
    assert outcomes == {
        "subscribe_msg_popup_event": ("mini", "answered"),
        "user_enter_tempsession": ("mini", "answered"),
    }
    assert await app.db["events"].count_documents({"data.app": "mini"}) == 2


async def test_a_message_in_the_mini_programs_chat_gets_no_passive_reply_and_opens_no_window_of_the_account(
    platform: Platform, client: Any, app: App, worker_step: Any
) -> None:
    await platform.act("chen", "mini-text", content="怎么挂号？")
    await worker_step()
    (sent,) = platform.world.state.all("pushes")
    assert sent["outcome"] == "answered"
    who = Identity("mini", people.mini_openid(platform.world, "chen"))
    assert await accounts.find_by_openid(app, who) is not None
    assert await open_windows(app) == {"mini_message": 5}


async def test_the_accounts_key_opens_nothing_at_the_mini_programs_door(
    platform: Platform, client: Any, app: App
) -> None:
    address, body = signed(platform, push.xml_of(event_of(platform, "user_enter_tempsession")))
    said = await client.post(address.replace("/wechat/callback", MINI_ADDRESS), content=body.encode())
    assert (said.status_code, said.content) == (403, b"")
    assert await app.db["events"].count_documents({}) == 0


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"Encrypt": 7}', b"\xef\xbb\xbf{}"])
async def test_broken_json_is_refused_and_nothing_is_kept(
    platform: Platform, client: Any, app: App, body: bytes
) -> None:
    box, now = push.message_box(platform.world, "mini"), str(platform.world.clock.timestamp())
    query = f"timestamp={now}&nonce=n&encrypt_type=aes&msg_signature={box.signature(now, 'n', '7')}"
    said = await client.post(f"{MINI_ADDRESS}?{query}", content=body)
    assert said.status_code in (400, 403)
    assert said.content == b""
    assert await app.db["events"].count_documents({}) == 0


async def test_the_address_is_verified_with_the_mini_programs_own_token(platform: Platform, client: Any) -> None:
    box, now = push.message_box(platform.world, "mini"), str(platform.world.clock.timestamp())
    query = f"timestamp={now}&nonce=n&echostr=777&signature="
    said = await client.get(f"{MINI_ADDRESS}?{query}{box.signature(now, 'n')}")
    assert (said.status_code, said.text) == (200, "777")
    account = push.message_box(platform.world).signature(now, "n")
    assert (await client.get(f"{MINI_ADDRESS}?{query}{account}")).status_code == 403


class TestWithoutAToken:
    """A hospital without a mini-program has no token for it: an empty token would prove anything."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"mini_token": "", "mini_aes_key": ""})

    async def test_no_push_is_believed(self, platform: Platform, client: Any, app: App) -> None:
        box = push.MessageBox("", "a" * 43, platform.world.values["MINI_APPID"])
        now = str(platform.world.clock.timestamp())
        body = json.dumps({"ToUserName": "gh", "FromUserName": "o", "CreateTime": now, "MsgType": "text"})
        query = f"timestamp={now}&nonce=n&signature={box.signature(now, 'n')}"
        said = await client.post(f"{MINI_ADDRESS}?{query}", content=body.encode())
        assert said.status_code == 403
        assert await app.db["events"].count_documents({}) == 0
