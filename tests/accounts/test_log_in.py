"""Who is holding the phone: OAuth for the pages, wx.login for the mini-program, sessions that end."""

from typing import Any
from urllib.parse import quote, unquote

import pytest

from server.accounts import service as accounts
from server.context import App
from tests.conftest import Browser

SESSION_PROBLEM = "/h5/pages/sorry/index?why=session"


async def come_back(browser: Browser, platform: Any, person: str, to: str = "/h5/") -> str:
    """Enter, and let WeChat decide who it is; gives the path WeChat sends the phone back to."""
    first = await browser.get("/wechat/enter", params={"to": to})
    assert first.status_code == 302, first.text
    return str(await platform.authorize(person, first.headers["location"]))


async def test_the_first_opening_logs_in_and_the_second_finds_the_same_account(
    phone_of: Any, platform: Any, app: App
) -> None:
    accounts = [(await (await phone_of("zhang")).get("/api/me")).json()["account_id"] for _ in range(2)]
    assert accounts[0] == accounts[1]
    assert await app.db["accounts"].count_documents({}) == 1
    other = (await (await phone_of("li")).get("/api/me")).json()["account_id"]
    assert other != accounts[0]


async def test_a_page_gets_its_session_in_a_cookie_that_scripts_cannot_read(client: Browser, platform: Any) -> None:
    back = await come_back(client, platform, "zhang", "/h5/pages/reports/index")
    done = await client.get(back)
    assert (done.status_code, done.headers["location"]) == (302, "/h5/pages/reports/index")
    cookies = {c.split("=", 1)[0]: c for c in done.headers.get_list("set-cookie")}
    assert "HttpOnly" in cookies["sz_patient"]
    assert "SameSite=Lax" in cookies["sz_patient"]
    assert "HttpOnly" not in cookies["sz_xsrf"]


async def test_the_state_must_be_this_browsers_own_and_is_good_once(client: Browser, platform: Any, web: str) -> None:
    back = await come_back(client, platform, "zhang")
    async with Browser(base_url=web) as other:  # somebody was sent the link of another's log-in
        said = await other.get(back)
        assert (said.headers["location"], other.cookies.get("sz_patient")) == (SESSION_PROBLEM, None)
    changed = back.replace("state=", "state=x")
    assert (await client.get(changed)).headers["location"] == SESSION_PROBLEM
    assert (await client.get(back)).headers["location"] == SESSION_PROBLEM  # the state went with the first answer


async def test_a_log_in_cannot_be_replayed(client: Browser, platform: Any) -> None:
    back = await come_back(client, platform, "zhang")
    assert (await client.get(back)).headers["location"] == "/h5/"
    assert (await client.get(back)).headers["location"] == SESSION_PROBLEM
    again = await come_back(client, platform, "zhang")
    code = back.split("code=")[1].split("&")[0]
    stolen = again.replace(again.split("code=")[1].split("&")[0], code)  # a used code with a fresh state
    assert (await client.get(stolen)).headers["location"] == SESSION_PROBLEM


async def test_a_state_has_served_even_if_the_browser_kept_it(client: Browser, platform: Any) -> None:
    back = await come_back(client, platform, "zhang")
    kept = client.cookies["sz_oauth"]
    assert (await client.get(back)).headers["location"] == "/h5/"
    fresh = (await platform.act("zhang", "oauth-code"))["code"]
    again = back.replace(back.split("code=")[1].split("&")[0], fresh)
    said = await client.get(again, headers={"Cookie": f"sz_oauth={kept}"})
    assert said.headers["location"] == SESSION_PROBLEM


async def test_a_snapshot_page_is_nobody(client: Browser, platform: Any, app: App) -> None:
    await platform.act("zhang", "flags", snapshot=True)
    back = await come_back(client, platform, "zhang")
    assert (await client.get(back)).headers["location"] == "/h5/pages/sorry/index?why=snapshot"
    assert await app.db["accounts"].count_documents({}) == 0
    assert (await client.get("/api/me")).status_code == 401


async def test_a_planted_cookie_leads_nobody_elsewhere(client: Browser, platform: Any) -> None:
    back = await come_back(client, platform, "zhang")
    state = unquote(client.cookies["sz_oauth"].strip('"')).split()[0]
    client.cookies.clear()
    planted = quote(f"{state} https://evil.example/h5/")
    said = await client.get(back, headers={"Cookie": f"sz_oauth={planted}"})
    assert said.headers["location"] == SESSION_PROBLEM


@pytest.mark.parametrize("to", ["https://evil.example/h5/", "//evil.example", "/h5/..//evil", "/console", "/h5/\\evil"])
async def test_nobody_is_sent_elsewhere_after_logging_in(client: Browser, to: str) -> None:
    said = await client.get("/wechat/enter", params={"to": to})
    assert (said.status_code, said.json()["code"]) == (400, "invalid")


async def test_when_wechat_does_not_answer_the_page_says_so(client: Browser, platform: Any) -> None:
    back = await come_back(client, platform, "zhang")
    await platform.fault(part="wechat", effect="outage", path="/sns/*")
    assert (await client.get(back)).headers["location"] == SESSION_PROBLEM


async def test_the_mini_program_logs_in_the_same_person(client: Browser, phone_of: Any, platform: Any) -> None:
    account = (await (await phone_of("zhang")).get("/api/me")).json()["account_id"]
    code = (await platform.act("zhang", "js-code"))["code"]
    session = await client.post("/api/session/mini-program", json={"code": code})
    assert session.status_code == 201
    assert session.json()["account_id"] == account
    bearer = {"Authorization": f"Bearer {session.json()['token']}", "X-Xsrf-Token": ""}
    assert (await client.get("/api/me", headers=bearer)).status_code == 200
    said = await client.put("/api/me/preferences", json={"large_type": True}, headers=bearer)
    assert said.status_code == 204  # a bearer token is not sent by itself: no XSRF token is needed
    again = await client.post("/api/session/mini-program", json={"code": code})
    assert (again.status_code, again.json()["code"]) == (401, "login_failed")


async def test_the_phone_button_fills_in_the_number_once_and_it_is_kept_nowhere(
    client: Browser, platform: Any, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (await platform.act("zhang", "js-code"))["code"]
    token = (await client.post("/api/session/mini-program", json={"code": code})).json()["token"]
    bearer = {"Authorization": f"Bearer {token}", "X-Xsrf-Token": ""}
    button = {"code": (await platform.act("zhang", "phone-code"))["code"]}
    said = await client.post("/api/me/wechat-phone", json=button, headers=bearer)
    phone = str((await platform.http.get("/sandbox/api/people/zhang")).json()["phone"])
    assert (said.status_code, said.json()) == (200, {"phone": phone})
    again = await client.post("/api/me/wechat-phone", json=button, headers=bearer)
    assert (again.status_code, again.json()["code"]) == (400, "phone_not_shared")
    for name in ("accounts", "audit", "sessions", "events"):
        assert phone not in str(await app.db[name].find().to_list())
    monkeypatch.setattr(accounts, "PHONES", 2)
    assert (await client.post("/api/me/wechat-phone", json=button, headers=bearer)).status_code == 429
    assert (await client.post("/api/me/wechat-phone", json=button)).status_code == 401


@pytest.mark.covers("N3")
async def test_who_guesses_codes_is_stopped_before_he_uses_up_what_wechat_lets_us_ask(
    client: Browser, platform: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "WRONG_CODES", 3)
    for _ in range(3):
        said = await client.post("/api/session/mini-program", json={"code": "guessed"})
        assert said.json()["code"] == "login_failed"
    said = await client.post("/api/session/mini-program", json={"code": "guessed"})
    assert (said.status_code, said.json()["code"]) == (429, "too_many")


async def test_a_change_from_another_page_is_refused(phone_of: Any) -> None:
    phone = await phone_of("zhang")
    for token in ("", "x", "é"):
        said = await phone.put(
            "/api/me/preferences", json={"large_type": True}, headers={"X-Xsrf-Token": token.encode("latin-1")}
        )
        assert (said.status_code, said.json()["code"]) == (403, "bad_xsrf"), token
    assert (await phone.put("/api/me/preferences", json={"large_type": True})).status_code == 204


async def test_a_session_ends_after_seven_days_and_when_it_is_closed(phone_of: Any, clock: Any) -> None:
    phone, second = await phone_of("zhang"), await phone_of("zhang")
    token = phone.cookies["sz_patient"]
    assert (await phone.delete("/api/session")).status_code == 204
    assert "sz_patient" not in phone.cookies
    gone = await phone.get("/api/me", headers={"Cookie": f"sz_patient={token}"})
    assert gone.status_code == 401  # taken back on the server, not only in the browser
    clock.advance(days=6)
    assert (await second.get("/api/me")).status_code == 200
    clock.advance(days=1, seconds=1)
    said = await second.get("/api/me")
    assert (said.status_code, said.json()["code"]) == (401, "unauthenticated")


async def test_all_sessions_of_an_account_can_be_closed_and_only_digests_are_kept(phone_of: Any, app: App) -> None:
    from server import sessions

    phones = [await phone_of("zhang"), await phone_of("zhang"), await phone_of("li")]
    kept = str(await app.db["sessions"].find().to_list())
    assert all(phone.cookies["sz_patient"] not in kept for phone in phones)
    account = (await phones[0].get("/api/me")).json()["account_id"]
    await sessions.close_all(app, "account", account)
    assert [(await phone.get("/api/me")).status_code for phone in phones] == [401, 401, 200]


async def test_an_invented_token_is_nobody(client: Browser) -> None:
    for headers in ({"Cookie": "sz_patient=abc"}, {"Authorization": "Bearer abc"}, {"Authorization": "Basic abc"}):
        assert (await client.get("/api/me", headers=headers)).status_code == 401
