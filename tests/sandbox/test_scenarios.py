"""Every scenario file loads and does what it says; the same seed plays the same day again."""

import asyncio
import json

import httpx
import pytest
from pydantic import ValidationError

from server.sandbox import pay_orders, push, scenarios
from server.sandbox.faults import Faults, request_text
from server.sandbox.state import State
from tests.sandbox.test_pay import order, prepaid

__all__ = ["order"]
HIS, SMS, PAY = "/his/departments", "/sms/send", "/v3/certificates"


async def started(hand, key):
    shown = await hand.set("scenarios", key=key)
    assert shown["running"]["key"] == key, shown
    return shown


async def paid(hand, order):
    await hand.do("zhang", "pay", params=hand.pay_params(await prepaid(hand, order)))


def tampered(hand, kind):
    return [one.get("tamper") for one in hand.world.state.all(kind)]


def test_each_file_says_to_people_what_will_happen():
    found = scenarios.known()
    assert len(found) >= 10
    assert len({one.name for one in found.values()}) == len(found)
    for one in found.values():
        assert any("\u4e00" <= letter <= "\u9fff" for letter in one.about)
        assert len(one.about) > 20
    parts = {step.fault["part"] for one in found.values() for step in one.steps if step.fault}
    assert parts == {"wechat", "pay", "his", "sms", "push", "notify"}


@pytest.mark.parametrize(
    "step",
    [
        {},
        {"act": "withdraw_tokens", "fault": {"part": "his", "effect": "outage"}},
        {"fault": {"part": "moon", "effect": "outage"}},
        {"fault": {"part": "his", "effect": "sing"}},
        {"act": "sing"},
        {"act": "withdraw_tokens", "at_s": -1},
    ],
)
def test_a_wrong_step_is_refused(step):
    with pytest.raises(ValidationError):
        scenarios.Step.model_validate(step)


@pytest.mark.covers("N2.5")
async def test_busy_half_of_the_sendings_are_refused_with_minus_one(hand):
    await started(hand, "wechat-busy")
    codes = [(await hand.call("/cgi-bin/message/custom/send", json={"touser": str(n)}))["errcode"] for n in range(40)]
    assert 8 < codes.count(-1) < 32
    assert (await hand.call("/cgi-bin/user/get"))["total"] == 3


@pytest.mark.covers("N2.5")
async def test_the_quota_is_used_up_until_the_hospitals_next_half_day(hand):
    await started(hand, "quota-used-up")
    assert (await hand.call("/cgi-bin/message/template/send", json={"touser": "x"}))["errcode"] == 45009
    await hand.set("clock", jump="+11 hours")
    scenarios.tick(hand.world)
    assert (await hand.call("/cgi-bin/message/template/send", json={"touser": "x"}))["errcode"] == 45009
    await hand.set("clock", jump="+1 hours")
    scenarios.tick(hand.world)
    assert (await hand.call("/cgi-bin/message/template/send", json={"touser": "x"}))["errcode"] == 40003
    assert (await hand.http.get("/sandbox/api/scenarios")).json()["running"] is None


@pytest.mark.covers("N2.5")
async def test_slow_some_calls_do_not_answer_in_time(hand):
    await started(hand, "wechat-slow")
    token = (await hand.stable_token())["access_token"]

    async def timed_out(number):
        try:
            await hand.http.get("/cgi-bin/user/get", params={"access_token": token, "n": number}, timeout=0.2)
        except httpx.TimeoutException:
            return True
        return False

    late = sum(await asyncio.gather(*(timed_out(n) for n in range(30))))
    assert 2 < late < 30


@pytest.mark.covers("N2.5", "N2.2")
async def test_mixed_up_callbacks_come_three_times_and_out_of_order(hand, hospital):
    await started(hand, "callbacks-mixed-up")
    for number in range(20):
        await hand.do("zhang", "text", content=f"第{number}句")
        await asyncio.sleep(0.01)
    await hospital.wait_for("callbacks", 28)
    said = [one["xml"].partition("<Content><![CDATA[")[2].partition("]]>")[0] for one in hospital.callbacks]
    first = [text for at, text in enumerate(said) if text not in said[:at]]
    assert first != sorted(first, key=lambda text: int(text[1:-1]))
    assert any(said.count(text) == 3 for text in said)


@pytest.mark.covers("N2.5")
async def test_consents_and_then_the_authorization_are_withdrawn(hand, hospital, seconds):
    template = next(t for t in hand.world.state.all("templates") if t["kind"] == "subscribe")["template_id"]
    await hand.do("zhang", "popup", template_ids=[template], choices="accept")
    await started(hand, "consent-withdrawn")
    assert [one["count"] for one in (await hand.see("zhang", "subscriptions"))["items"]] == [0]
    await hospital.event("subscribe_msg_change_event")
    seconds[0] += 31
    await hospital.event("user_authorization_revoke")


@pytest.mark.covers("N2.5", "N2.3")
async def test_wrong_signatures_of_every_kind(hand, order):
    await started(hand, "wrong-signatures")
    for number in range(30):
        await hand.do("zhang", "text", content=f"第{number}句")
        order["out_trade_no"] = f"A2026112500{number:04d}"
        pay_orders.settle_order(hand.world, {"asked": order, "person": "zhang", **order})
    kinds = {"notifying", "notifications"}
    seen = {what for kind in kinds for what in tampered(hand, kind)}
    assert {"signtest", "timestamp", "serial", "ciphertext"} <= seen
    assert 2 < tampered(hand, "pushes").count("signature") < 20
    answers = [await hand.pay_call("GET", f"/v3/refund/domestic/refunds/R{n}") for n in range(20)]
    assert 1 < sum(not hand.is_genuine(dict(one.headers), one.content) for one in answers) < 15


@pytest.mark.covers("N2.5", "N2.3")
async def test_a_storm_tells_of_each_paid_order_fifty_times(hand, hospital, order):
    await paid(hand, order)
    await hospital.wait_for("notices")
    await started(hand, "notification-storm")
    await hospital.wait_for("notices", 51)
    assert len({notice["id"] for notice in hospital.notices}) == 11


@pytest.mark.covers("N2.5", "N15.1")
@pytest.mark.parametrize(
    ("key", "path"), [("his-away", HIS), ("sms-away", SMS), ("pay-away", PAY), ("wechat-away", "/cgi-bin/user/get")]
)
async def test_one_part_is_away_for_half_an_hour_and_comes_back(hand, key, path):
    await started(hand, key)
    with pytest.raises(httpx.RemoteProtocolError):
        await hand.http.request("POST" if path == SMS else "GET", path)
    others = {HIS, PAY, "/cgi-bin/user/get"} - {path}
    assert {(await hand.http.get(other)).status_code for other in others} <= {200, 401}
    await hand.set("clock", jump="+41 minutes")
    scenarios.tick(hand.world)
    assert (await hand.http.request("POST" if path == SMS else "GET", path)).status_code in (200, 401)


async def test_the_buttons_of_the_hospital_work_while_its_interface_is_away(hand):
    await started(hand, "his-away")
    assert (await hand.http.get("/sandbox/api/his/overview")).status_code == 200


async def test_the_money_notices_of_the_outage_are_lost(hand, hospital, order):
    await started(hand, "pay-away")
    pay_orders.settle_order(hand.world, {"asked": order, "person": "zhang", **order})
    assert [one["outcome"] for one in hand.world.state.all("notifications")] == ["lost"]
    assert hospital.notices == []


async def test_a_scenario_stops_with_its_faults_and_leaves_the_others(hand):
    await hand.set("faults", part="sms", effect="outage")
    await started(hand, "his-away")
    assert len(hand.world.faults.all()) == 2
    await started(hand, "wrong-signatures")  # one at a time
    await hand.set("stop-scenario")
    assert [f["part"] for f in hand.world.faults.all()] == ["sms"]
    assert (await hand.http.post("/sandbox/api/scenarios", json={"key": "moon"})).status_code == 400
    shown = (await hand.http.get("/sandbox/api/platform")).json()["scenarios"]
    assert shown["running"] is None
    assert {"key", "name", "about"} == set(shown["items"][0])


# --- the dice ---------------------------------------------------------------------------------


def test_a_request_is_the_same_whatever_its_token_nonce_and_signature_are():
    one = request_text("POST", "/cgi-bin/x?access_token=a1&b=2", b"body")
    assert one == request_text("POST", "/cgi-bin/x?b=2&access_token=z9", b"body")
    assert one != request_text("POST", "/cgi-bin/x?b=3", b"body")
    assert one != request_text("POST", "/cgi-bin/x?b=2", b"other")


def test_neither_the_number_of_the_switch_nor_a_restart_changes_what_is_decided(tmp_path):
    asked = [f"request {n % 7}" for n in range(60)]

    def decisions(state, requests, before=0):
        faults = Faults(state, "seed")
        for _ in range(before):
            faults.remove(faults.add({"part": "sms", "effect": "outage"})["id"])
        if not faults.all():
            faults.add({"part": "pay", "effect": "error", "share": 0.3})
        return [bool(faults.strike("pay", "/v3/x", request, ("error",))) for request in requests]

    whole = decisions(State(), asked)
    assert decisions(State(), asked, before=3) == whole
    half = decisions(State(tmp_path / "s"), asked[:30])
    assert half + decisions(State(tmp_path / "s"), asked[30:]) == whole


@pytest.mark.covers("N2.5")
async def test_played_again_the_same_requests_meet_the_same_faults(hand):
    async def played():
        await started(hand, "wechat-busy")
        hand.world.state.clear()  # other tokens, the same seed
        hand.world.fill()
        await started(hand, "wechat-busy")
        bodies = [{"touser": str(n % 5)} for n in range(15)]
        return [(await hand.call("/cgi-bin/message/custom/send", json=body))["errcode"] for body in bodies]

    assert await played() == await played()


async def test_a_callback_is_the_same_whenever_it_comes(hand, seconds):
    known = [push._known("service", "zhang", {"MsgType": "text", "Content": "好", "MsgId": n}) for n in (1, 2)]
    assert known[0] == known[1]
    assert "好" in json.loads(known[0])[2]["Content"]


@pytest.mark.covers("N2.5", "N2.2")
@pytest.mark.parametrize("what", ["signature", "timestamp", "ciphertext", "appid", "xml"])
async def test_a_callback_can_be_spoilt_in_each_way(hand, hospital, what):
    await hand.set("faults", part="push", effect="tamper", what=what)
    made = hand.world.state.get("pushes", (await hand.do("zhang", "text", content="您好"))["push"])
    assert made["tamper"] == what
    url, body = push._request(hand.world, made)
    query = dict(pair.split("=") for pair in url.partition("?")[2].split("&"))
    box = push.message_box(hand.world)
    cipher = body.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    right = query["msg_signature"] == box.signature(query["timestamp"], query["nonce"], cipher)
    assert right is (what != "signature")
    assert (int(query["timestamp"]) < hand.world.clock.timestamp() - 3000) is (what == "timestamp")
    if what in ("ciphertext", "appid"):
        with pytest.raises(ValueError):
            box.decrypt(cipher)
    else:
        assert box.decrypt(cipher).endswith("</xml>") is (what != "xml")
