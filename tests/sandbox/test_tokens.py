"""Token services: kept apart, five minutes of overlap, forced refresh with its limits, the right errcode by age."""

import re

import pytest

from server.sandbox import app
from server.sandbox.keys import make_keys

RID = r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$"


async def works(hand, token):
    answer = await hand.http.get("/cgi-bin/user/get", params={"access_token": token})
    return answer.json().get("errcode", 0)


async def plain(hand, **wrong):
    params = {"grant_type": "client_credential", "appid": hand.values["WECHAT_APPID"]}
    params |= {"secret": hand.values["WECHAT_SECRET"]} | wrong
    return (await hand.http.get("/cgi-bin/token", params=params)).json()


@pytest.mark.covers("N2.2")
async def test_the_stable_token_stays_the_same_until_five_minutes_before_its_end(hand, seconds):
    first = await hand.stable_token()
    assert first["expires_in"] == 7200
    seconds[0] += 6800
    assert (await hand.stable_token())["access_token"] == first["access_token"]
    seconds[0] += 101
    second = await hand.stable_token()
    assert second["access_token"] != first["access_token"]
    assert await works(hand, first["access_token"]) == 0
    assert await works(hand, second["access_token"]) == 0
    seconds[0] += 300
    assert await works(hand, first["access_token"]) == 42001


async def test_a_forced_refresh_ends_the_old_token_but_only_every_30_seconds_and_20_times_a_day(hand, seconds):
    first = (await hand.stable_token())["access_token"]
    forced = (await hand.stable_token(force_refresh=True))["access_token"]
    assert forced != first
    assert await works(hand, first) == 40001
    assert (await hand.stable_token(force_refresh=True))["access_token"] == forced
    seen = {forced}
    for _ in range(30):
        seconds[0] += 31
        seen.add((await hand.stable_token(force_refresh=True))["access_token"])
    assert len(seen) == 20


async def test_the_two_token_services_do_not_touch_each_other(hand, seconds):
    stable = (await hand.stable_token())["access_token"]
    one = (await plain(hand))["access_token"]
    two = (await plain(hand))["access_token"]
    assert one != two
    assert [await works(hand, t) for t in (stable, one, two)] == [0, 0, 0]
    seconds[0] += 301
    assert [await works(hand, t) for t in (stable, one, two)] == [0, 40001, 0]
    seconds[0] += 6900
    assert [await works(hand, t) for t in (stable, one, two)] == [42001, 42001, 42001]


async def test_wrong_credentials_and_tokens_have_their_own_codes(hand):
    assert (await plain(hand, appid="wx1"))["errcode"] == 40013
    assert (await plain(hand, secret="no"))["errcode"] == 40125
    assert (await plain(hand, grant_type="x"))["errcode"] == 40002
    assert await works(hand, "") == 41001
    assert await works(hand, "short") == 40014
    unknown = await hand.http.get("/cgi-bin/user/get", params={"access_token": "x" * 100})
    assert unknown.json()["errcode"] == 40001
    assert re.search(RID, unknown.json()["errmsg"])


async def test_tokens_and_followers_survive_a_restart(keys, tmp_path, hospital):
    make_keys(tmp_path / "keys")
    first = await app.start(data_dir=tmp_path, port=0, public_url=hospital.url)
    first.world.state.put("followers", "chen", {"since": 1, "scene": "", "qr": ""})
    first.world.state.next("messages")
    await first.stop()
    again = await app.start(data_dir=tmp_path, port=0, public_url=hospital.url)
    assert again.world.state.get("followers", "chen") == {"since": 1, "scene": "", "qr": ""}
    assert again.world.state.next("messages") == 2
    assert [person["key"] for person in again.world.state.all("people")] == ["zhang", "li", "wang", "chen"]
    assert (tmp_path / "keys" / "values.json").stat().st_mode & 0o777 == 0o600
    await again.stop()


async def test_the_jsapi_ticket_is_the_same_for_two_hours(hand):
    one = await hand.call("/cgi-bin/ticket/getticket", params={"type": "jsapi"})
    two = await hand.call("/cgi-bin/ticket/getticket", params={"type": "jsapi"})
    assert one["ticket"] == two["ticket"]
    assert (await hand.call("/cgi-bin/ticket/getticket", params={"type": "no"}))["errcode"] == 40097
