"""Logging in: OAuth by the sandbox's cookie, mini-program sessions, phone numbers; codes work once for five minutes."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest


def authorize(hand, **changed):
    asked = {
        "appid": hand.values["WECHAT_APPID"],
        "redirect_uri": f"{hand.world.public_url}/wechat/oauth",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "abc123",
    } | changed
    return f"/connect/oauth2/authorize?{urlencode(asked)}"


async def go(hand, person="li", **changed):
    hand.http.cookies.set("sandbox_person", person)
    return await hand.http.get(authorize(hand, **changed))


async def exchange(hand, code, **changed):
    params = {"appid": hand.values["WECHAT_APPID"], "secret": hand.values["WECHAT_SECRET"], "code": code}
    params |= {"grant_type": "authorization_code"} | changed
    return (await hand.http.get("/sns/oauth2/access_token", params=params)).json()


@pytest.mark.covers("N2.2")
async def test_a_page_learns_silently_whose_phone_it_is(hand):
    answer = await go(hand)
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["state"] == ["abc123"]
    got = await exchange(hand, query["code"][0])
    assert got["openid"] == await hand.openid("li")
    assert got["unionid"] == await hand.openid("li", "unionid")
    assert (await exchange(hand, query["code"][0]))["errcode"] == 40163


async def test_a_code_is_old_after_five_minutes_and_an_unknown_one_is_refused(hand, seconds):
    code = (await hand.do("li", "oauth-code"))["code"]
    seconds[0] += 301
    assert (await exchange(hand, code))["errcode"] == 42003
    assert (await exchange(hand, "x"))["errcode"] == 40029
    assert (await exchange(hand, ""))["errcode"] == 41008
    assert (await exchange(hand, code, secret="no"))["errcode"] == 40125


@pytest.mark.parametrize(
    "changed", [{"appid": "wx1"}, {"redirect_uri": "https://evil.example/"}, {"scope": "all"}, {"state": "a b"}]
)
async def test_a_wrong_request_shows_an_error_page(hand, changed):
    answer = await go(hand, **changed)
    assert answer.status_code == 400
    assert "无法打开" in answer.text


async def test_an_unknown_browser_chooses_a_person_first(hand):
    answer = await hand.http.get(authorize(hand))
    assert "张建国" in answer.text
    chosen = await hand.http.post(authorize(hand), data={"person": "wang"})
    assert chosen.cookies["sandbox_person"] == "wang"


async def test_userinfo_asks_and_a_refusal_comes_back_without_a_code(hand):
    page = await go(hand, scope="snsapi_userinfo")
    assert "允许" in page.text
    refused = await hand.http.get(authorize(hand, scope="snsapi_userinfo", agree="no"))
    assert parse_qs(urlsplit(refused.headers["Location"]).query) == {"state": ["abc123"]}
    agreed = await hand.http.get(authorize(hand, scope="snsapi_userinfo", agree="yes"))
    code = parse_qs(urlsplit(agreed.headers["Location"]).query)["code"][0]
    token = (await exchange(hand, code))["access_token"]
    info = (await hand.http.get("/sns/userinfo", params={"access_token": token})).json()
    assert info["nickname"] == "秀英"


async def test_snapshot_mode_gives_a_virtual_openid(hand):
    await hand.do("li", "flags", snapshot=True)
    got = await exchange(hand, (await hand.do("li", "oauth-code"))["code"])
    assert got["is_snapshotuser"] == 1
    assert got["openid"] != await hand.openid("li")


async def test_the_mini_program_logs_in_with_another_openid_and_the_same_unionid(hand):
    code = (await hand.do("wang", "js-code"))["code"]
    params = {"appid": hand.values["MINI_APPID"], "secret": hand.values["MINI_SECRET"], "js_code": code}
    params["grant_type"] = "authorization_code"
    got = (await hand.http.get("/sns/jscode2session", params=params)).json()
    assert got["openid"] == await hand.openid("wang", "mini_openid")
    assert got["unionid"] == await hand.openid("wang", "unionid")
    assert len(got["session_key"]) == 24
    assert (await hand.http.get("/sns/jscode2session", params=params)).json()["errcode"] == 40163


async def test_a_phone_number_comes_once_and_only_with_the_right_code(hand):
    code = (await hand.do("wang", "phone-code"))["code"]
    path = "/wxa/business/getuserphonenumber"
    wrong = (await hand.do("wang", "js-code"))["code"]
    assert (await hand.call(path, "MINI", json={"code": wrong}))["errcode"] == 40029
    assert (await hand.call(path, "WECHAT", json={"code": code}))["errcode"] == 40029
    got = await hand.call(path, "MINI", json={"code": code})
    assert got["phone_info"]["purePhoneNumber"] == (await hand.http.get("/sandbox/api/people/wang")).json()["phone"]
    assert (await hand.call(path, "MINI", json={"code": code}))["errcode"] == 40163


async def mini_login(hand, person):
    params = {"appid": hand.values["MINI_APPID"], "secret": hand.values["MINI_SECRET"]}
    params |= {"js_code": (await hand.do(person, "js-code"))["code"], "grant_type": "authorization_code"}
    return (await hand.http.get("/sns/jscode2session", params=params)).json()


async def test_the_unionid_is_known_only_while_both_apps_are_bound_to_one_platform_account(hand):
    await hand.http.post("/sandbox/api/settings", json={"open_platform": False})
    assert "unionid" not in await mini_login(hand, "wang")
    await hand.do("li", "follow")
    assert "unionid" not in await exchange(hand, (await hand.do("li", "oauth-code"))["code"])
    await hand.http.post("/sandbox/api/settings", json={"open_platform": True})
    assert "unionid" in await mini_login(hand, "wang")


async def test_a_person_of_high_risk_is_not_let_in(hand):
    await hand.do("wang", "flags", high_risk=True)
    assert (await mini_login(hand, "wang"))["errcode"] == 40226


async def test_a_refresh_token_lasts_thirty_days(hand, seconds):
    refresh = (await exchange(hand, (await hand.do("li", "oauth-code"))["code"]))["refresh_token"]
    params = {"appid": hand.values["WECHAT_APPID"], "grant_type": "refresh_token", "refresh_token": refresh}
    seconds[0] += 29 * 86400
    assert "access_token" in (await hand.http.get("/sns/oauth2/refresh_token", params=params)).json()
    seconds[0] += 86400
    assert (await hand.http.get("/sns/oauth2/refresh_token", params=params)).json()["errcode"] == 42002
