"""Clock, faults, SMS, what the platform page shows, and that foreign pages may not drive the sandbox."""

import json
import shutil

import httpx
import pytest

from server.sandbox import app
from server.sandbox.crypto import hmac_hex
from server.sandbox.faults import Faults
from server.sandbox.state import State
from server.sandbox.wechat_base import quota_name


@pytest.mark.covers("N2.6")
async def test_the_clock_runs_fast_stands_still_and_jumps(hand, seconds):
    start = hand.world.clock.now()
    await hand.set("clock", rate=60)
    seconds[0] += 1
    assert (hand.world.clock.now() - start).total_seconds() == pytest.approx(60)
    await hand.set("clock", rate=0)
    seconds[0] += 100
    assert (hand.world.clock.now() - start).total_seconds() == pytest.approx(60)
    await hand.set("clock", jump="+7 days")
    assert (hand.world.clock.now() - start).days == 7
    shown = await hand.set("clock", jump="tomorrow 08:00")
    assert shown["now"][11:] == "08:00:00+08:00"
    assert (await hand.set("clock", real=True))["rate"] == 1
    for wrong in ({"jump": "soon"}, {"rate": -1}, {"at": "2026-01-01T00:00:00"}):
        assert (await hand.http.post("/sandbox/api/clock", json=wrong)).status_code == 400


async def send_sms(hand, data, signature=None):
    body = json.dumps(data).encode()
    signature = signature or hmac_hex(hand.values["SMS_SECRET"], body)
    return await hand.http.post("/sms/send", content=body, headers={"X-SMS-Signature": signature})


async def test_an_sms_reaches_the_phone_once_and_only_when_signed(hand):
    data = {"id": "s1", "phone": await hand.openid("zhang", "phone"), "text": "验证码 123456"}
    assert (await send_sms(hand, data)).json() == {"id": "s1"}
    await send_sms(hand, {**data, "text": "changed"})
    assert [m["text"] for m in (await hand.see("zhang", "sms"))["items"]] == ["验证码 123456"]
    assert (await send_sms(hand, {**data, "id": "s2"}, "0" * 64)).status_code == 401
    assert (await send_sms(hand, {**data, "phone": "abc"})).status_code == 400
    assert (await hand.http.get("/sandbox/api/sms", params={"phone": "1"})).json() == {"items": []}


@pytest.mark.covers("N2.5")
async def test_an_api_can_answer_with_an_error_or_not_at_all(hand):
    await hand.set("faults", part="wechat", effect="error", path="/cgi-bin/user/*", errcode=-1, times=1)
    assert (await hand.call("/cgi-bin/user/get"))["errcode"] == -1
    assert (await hand.call("/cgi-bin/user/get"))["total"] == 3
    await hand.set("faults", part="his", effect="outage", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await hand.http.get("/his/departments")
    assert (await hand.http.get("/his/departments")).status_code == 401


@pytest.mark.covers("N2.5")
async def test_a_quota_is_used_up_and_renews_at_midnight_in_shanghai(hand):
    await hand.set("clock", at="2026-11-25T23:50:00+08:00", rate=0)
    path = "/cgi-bin/message/mass/preview"
    hand.world.usage[quota_name(hand.world, path)] = 100
    assert (await hand.call(path, json={"touser": "x"}))["errcode"] == 45009
    shown = (await hand.http.get("/sandbox/api/platform")).json()["quotas"]
    assert next(q for q in shown if q["path"] == path)["used"] == 101
    await hand.set("clock", jump="+11 minutes")
    assert (await hand.call(path, json={"touser": "x"}))["errcode"] != 45009


async def test_an_answer_can_be_dropped_after_the_work_was_done(hand):
    await hand.set("faults", part="wechat", effect="drop", path="/cgi-bin/menu/create", times=1)
    menu = {"button": [{"type": "click", "name": "签到", "key": "IN"}]}
    with pytest.raises(httpx.RemoteProtocolError):
        await hand.call("/cgi-bin/menu/create", json=menu)
    assert (await hand.call("/cgi-bin/menu/get"))["menu"]["button"] == [{**menu["button"][0], "sub_button": []}]


async def test_wrong_faults_are_refused_and_all_can_be_switched_off(hand):
    assert (await hand.http.post("/sandbox/api/faults", json={"part": "moon", "effect": "error"})).status_code == 400
    assert (await hand.http.post("/sandbox/api/faults", json={"part": "pay", "effect": "x"})).status_code == 400
    scenario = [{"part": "pay", "effect": "delay", "delay_ms": 1}, {"part": "sms", "effect": "outage"}]
    made = (await hand.set("faults", faults=scenario))["items"]
    await hand.http.delete(f"/sandbox/api/faults/{made[0]['id']}")
    assert [f["part"] for f in (await hand.http.get("/sandbox/api/faults")).json()["items"]] == ["sms"]
    await hand.http.delete("/sandbox/api/faults")
    assert (await hand.http.get("/sandbox/api/faults")).json() == {"items": []}


@pytest.mark.covers("N2.5")
def test_the_same_seed_decides_the_same_for_the_same_requests():
    def decisions(seed):
        faults = Faults(State(), seed)
        faults.add({"part": "pay", "effect": "error", "share": 0.3})
        return [bool(faults.strike("pay", "/v3/x", f"request {n % 7}", ("error",))) for n in range(200)]

    assert decisions("one") == decisions("one")
    assert decisions("one") != decisions("two")
    assert 30 < sum(decisions("one")) < 90


async def test_the_platform_page_shows_calls_without_personal_data(hand):
    openid = await hand.openid("zhang")
    await hand.call("/cgi-bin/user/info", params={"openid": openid})
    phone = await hand.openid("zhang", "phone")
    await send_sms(hand, {"id": "s1", "phone": phone, "text": "您好"})
    await hand.do("zhang", "text", content="我的隐私")
    await hand.world.idle()
    text = (await hand.http.get("/sandbox/api/platform")).text
    assert "/cgi-bin/user/info" in text
    for private in (openid, phone, "我的隐私"):
        assert private not in text


async def test_a_foreign_page_may_not_use_the_api(hand):
    foreign = {"Origin": "https://evil.example"}
    answer = await hand.http.post("/sandbox/api/people/zhang/unfollow", json={}, headers=foreign)
    assert answer.status_code == 403
    elsewhere = {"person": "li", "url": "https://evil.example"}
    assert (await hand.http.get("/sandbox/open", params=elsewhere)).status_code == 400
    opened = await hand.http.get("/sandbox/open", params={"person": "li", "url": f"{hand.world.public_url}/h5/"})
    assert opened.cookies["sandbox_person"] == "li"


async def test_orders_and_messages_are_kept_when_the_sandbox_is_killed(tmp_path, keys, hospital):
    shutil.copytree(keys / "keys", tmp_path / "keys")
    first = await app.start(data_dir=tmp_path, port=0, public_url=hospital.url)
    async with httpx.AsyncClient(base_url=first.url) as http:
        await http.post("/sandbox/api/people/chen/follow", json={})
        await hospital.wait_for("callbacks")
    for task in first.clockwork:
        task.cancel()
    first.server.stop()
    second = await app.start(data_dir=tmp_path, port=0, public_url=hospital.url)
    assert second.world.state.get("followers", "chen") is not None
    assert second.world.values == first.world.values
    await second.stop()
    await first.world.close()


async def test_the_pages_are_there_with_a_strict_policy(hand):
    for page in ("phone", "platform"):
        answer = await hand.http.get(f"/sandbox/{page}", headers={"Host": hand.world.sandbox_url.split("//")[1]})
        assert answer.status_code == 200
        assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    bridge = await hand.http.get("/sandbox/bridge.js")
    assert hand.world.sandbox_url in bridge.text
