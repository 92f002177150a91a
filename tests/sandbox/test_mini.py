"""The mini-program's side of the platform: its own push address in JSON, its chat's windows, its quotas."""

import json

import pytest

from server.sandbox.keys import make_keys

pytestmark = pytest.mark.covers("N2.2", "N3")


def templates(hand, kind):
    return [t["template_id"] for t in hand.world.state.all("templates") if t["kind"] == kind]


async def pushed(hand, hospital):
    await hand.world.idle()
    return [json.loads(c["xml"]) for c in hospital.callbacks if c["mini"]]


async def test_its_subscriptions_are_told_to_its_own_address_as_json(hand, hospital):
    one, *_ = mine = templates(hand, "mini")[:2]
    both = [templates(hand, "subscribe")[0], one]
    await hand.do("wang", "popup", template_ids=both, choices="accept")
    await hand.do("wang", "popup", template_ids=mine, choices="reject")
    await hand.do("wang", "switch-off", template_ids=[one])
    first, second, third = await pushed(hand, hospital)
    assert first["ToUserName"] == hand.values["MINI_ACCOUNT_ID"]
    assert first["FromUserName"] == await hand.openid("wang", "mini_openid")
    assert first["List"]["TemplateId"] == one  # a single element stands without its list
    assert [item["TemplateId"] for item in second["List"]] == mine
    assert (third["Event"], third["List"]["SubscribeStatusString"]) == ("subscribe_msg_change_event", "reject")
    accounts = [c["xml"] for c in hospital.callbacks if not c["mini"]]
    assert len(accounts) == 1
    assert both[0] in accounts[0]


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_its_pushes_come_in_the_three_modes(hand, hospital, mode):
    await hand.set("settings", wechat_mode=mode)
    await hand.do("wang", "mini-chat", **{"from": "home"})
    (push,) = await pushed(hand, hospital)
    assert (push["Event"], push["SessionFrom"]) == ("user_enter_tempsession", "home")
    (raw,) = [json.loads(c["raw"]) for c in hospital.callbacks]
    assert ("Encrypt" in raw, "Event" in raw) == (mode != "plain", mode != "safe")


async def send(hand, person, app):
    which = "mini_openid" if app == "MINI" else "openid"
    text = {"touser": await hand.openid(person, which), "msgtype": "text", "text": {"content": "您好"}}
    return (await hand.call("/cgi-bin/message/custom/send", app, json=text))["errcode"]


async def test_opening_its_chat_allows_two_messages_for_a_minute_and_writing_five(hand, seconds):
    assert await send(hand, "chen", "MINI") == 45015
    await hand.do("chen", "mini-chat")
    assert [await send(hand, "chen", "MINI") for _ in range(3)] == [0, 0, 45047]
    assert await send(hand, "chen", "WECHAT") == 45015  # the account's windows are others
    seconds[0] += 61
    await hand.do("chen", "mini-text", content="在吗")
    assert [await send(hand, "chen", "MINI") for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    seen = (await hand.see("chen"))["items"]
    assert {m["thread"] for m in seen} == {"service"}


async def test_what_is_taken_back_is_told_to_the_app_that_had_it(hand, hospital):
    await hand.do("wang", "revoke", app="mini", info="8")
    await hand.do("wang", "revoke", how="cancellation")
    (push,) = await pushed(hand, hospital)
    assert (push["AppID"], push["RevokeInfo"]) == (hand.values["MINI_APPID"], "8")
    assert push["OpenID"] == await hand.openid("wang", "mini_openid")
    assert "user_authorization_cancellation" in await hospital.event("user_authorization_cancellation")


async def test_a_page_that_is_none_is_refused_when_a_message_is_sent(hand):
    template = templates(hand, "mini")[0]
    wish = {"touser": await hand.openid("wang", "mini_openid"), "template_id": template, "data": {}}
    path = "/cgi-bin/message/subscribe/send"
    assert (await hand.call(path, "MINI", json=wish | {"page": "/pages/a"}))["errcode"] == 41030
    assert (await hand.call(path, "MINI", json=wish | {"page": "pages/a?x=1"}))["errcode"] == 47003


def test_keys_of_an_older_version_are_completed_and_kept(tmp_path):
    first = make_keys(tmp_path)
    file = tmp_path / "values.json"
    older = {name: value for name, value in json.loads(file.read_text()).items() if not name.startswith("MINI_T")}
    file.write_text(json.dumps(older))
    completed = make_keys(tmp_path)
    assert completed.keys() == first.keys()
    assert all(completed[name] == value for name, value in older.items())
    assert make_keys(tmp_path) == completed


async def test_quotas_by_the_minute_and_ten_clearings_a_month(hand, seconds):
    world = hand.world
    path = "/cgi-bin/stable_token"
    world.usage[f"minute {int(world.clock.real_seconds() // 60)} {path}"] = 10_000
    assert (await hand.stable_token())["errcode"] == 45009
    seconds[0] += 60
    assert "access_token" in await hand.stable_token()
    cleared = [(await hand.call("/cgi-bin/clear_quota", json={"appid": "x"}))["errcode"] for _ in range(11)]
    assert cleared == [0] * 10 + [48006]
