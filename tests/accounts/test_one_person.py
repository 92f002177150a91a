"""One person has an openid in each of our two apps: the unionid joins them, also when both came before we knew it."""

import asyncio
from typing import Any

import pytest

from server import sessions
from server.accounts import service as accounts
from server.context import App, Identity
from server.db import Tx
from server.staff import service as staff
from tests.appointments.steps import booked, bound, free_slots, open_hospital
from tests.conftest import Browser
from tests.patients.people import bind

pytestmark = pytest.mark.covers("A16", "N3")


async def enter_mini(client: Browser, platform: Any, person: str) -> tuple[str, dict[str, str]]:
    """Log in to the mini-program; gives the account and the header that proves the session."""
    code = (await platform.act(person, "js-code"))["code"]
    said = (await client.post("/api/session/mini-program", json={"code": code})).json()
    return said["account_id"], {"Authorization": f"Bearer {said['token']}", "X-Xsrf-Token": ""}


async def two_accounts(phone_of: Any, client: Browser, platform: Any) -> tuple[Browser, str, str, dict[str, str]]:
    """Zhang came to the pages without following (no unionid), then to the mini-program."""
    await platform.act("zhang", "unfollow")
    pages = await phone_of("zhang")
    first = (await pages.get("/api/me")).json()["account_id"]
    second, bearer = await enter_mini(client, platform, "zhang")
    assert first != second
    return pages, first, second, bearer


async def test_two_accounts_become_one_when_wechat_says_that_they_are_one_persons(
    phone_of: Any, client: Browser, platform: Any, app: App, worker_step: Any, clock: Any
) -> None:
    pages, first, second, bearer = await two_accounts(phone_of, client, platform)
    assert (await bind(pages, platform, "zhang")).status_code == 201
    mini = Browser(base_url=client.base_url, headers=bearer)
    clock.advance(minutes=2)  # before that no other code is sent to this phone
    assert (await bind(mini, platform, "zhang", relation="self")).status_code == 201
    assert (await bind(mini, platform, "li", relation="spouse")).status_code == 201
    await platform.act("zhang", "follow")
    again = await phone_of("zhang")  # followers' log-ins carry the unionid
    await worker_step()
    assert (await again.get("/api/me")).json()["account_id"] == first
    assert (await mini.get("/api/me")).json()["account_id"] == first  # nobody was logged out
    listed = (await again.get("/api/patients")).json()["items"]
    assert len(listed) == 2
    assert [p["active"] for p in listed] == [True, False]
    assert await app.db["accounts"].count_documents({}) == 1
    assert await app.db["bindings"].count_documents({"account_id": second, "removed": False}) == 0
    assert await app.db["audit"].count_documents({"action": "accounts.join"}) == 1
    await mini.aclose()


async def test_bookings_and_orders_follow_the_person(
    phone_of: Any, client: Browser, platform: Any, app: App, worker_step: Any, clock: Any
) -> None:
    pages, first, _, bearer = await two_accounts(phone_of, client, platform)
    await open_hospital(app)
    mini = Browser(base_url=client.base_url, headers=bearer)
    places = [str(slot["_id"]) for slot in await free_slots(app, 2000)]
    mine = await bound(pages, platform, "zhang")
    held = await booked(pages, places[0], mine)
    clock.advance(minutes=2)
    his = await bound(mini, platform, "li")
    other = await booked(mini, places[1], his)
    said = await mini.post(f"/api/appointments/{other['id']}/payment", json={"channel": "mini_program"})
    assert said.status_code == 200, said.text
    await platform.act("zhang", "follow")
    again = await phone_of("zhang")
    await worker_step()
    listed = (await again.get("/api/appointments")).json()["items"]
    assert {one["id"] for one in listed} == {held["id"], other["id"]}
    assert {one["status"] for one in listed} == {"held"}
    assert len((await again.get("/api/orders")).json()["items"]) == 1
    seats = [doc["hold_seat"] async for doc in app.db["appointments"].find({"account_id": first})]
    assert sorted(seats) == [1, 2]  # each hold has a seat of its own
    await mini.aclose()


async def test_consents_and_refusals_follow_the_person(
    phone_of: Any, client: Browser, platform: Any, app: App, worker_step: Any
) -> None:
    _, first, second, _ = await two_accounts(phone_of, client, platform)
    template = next(t["template_id"] for t in platform.world.state.all("templates") if t["kind"] == "mini")
    await platform.act("zhang", "popup", template_ids=[template], choices="accept")
    await worker_step()
    await app.db["accounts_silent"].insert_one({"_id": second, "opted_out": True})
    await platform.act("zhang", "follow")
    await phone_of("zhang")
    for _ in range(2):
        await worker_step()
        event = await app.db["events"].find_one({"type": "accounts.joined"})
        assert event is not None
        await app.db["events"].update_one({"_id": event["_id"]}, {"$set": {"state": "waiting", "done": []}})
    permission = await app.db["permissions"].find_one({"_id": f"{first}:{template}"})
    assert permission is not None
    assert permission["count"] == 1
    gone = await app.db["permissions"].find_one({"_id": f"{second}:{template}"})
    assert gone is not None
    assert gone["count"] == 0
    assert await app.db["accounts_silent"].find_one({"_id": first, "opted_out": True})


async def test_joining_at_the_same_moment_from_both_sides_makes_one(app: App) -> None:
    await accounts.enter(app, Identity("service", "o1"))
    await accounts.enter(app, Identity("mini", "m1", "u1"))
    both = [Identity("service", "o1", "u1"), Identity("mini", "m1", "u1")] * 3
    found = {(await accounts.enter(app, who)).id for who in both}
    assert len(found) == 1
    (account,) = await accounts.of_ids(app, list(found))
    assert account.openids == {"service": "o1", "mini": "m1"}


async def test_first_log_ins_at_one_moment_make_one_account(app: App) -> None:
    both = [Identity("service", "o1", "u1"), Identity("mini", "m1", "u1"), Identity("service", "o1")] * 4
    found = await asyncio.gather(*(accounts.enter(app, who) for who in both))
    assert await app.db["accounts"].count_documents({}) == 1
    last = await accounts.enter(app, Identity("mini", "m1", "u1"))
    assert last.openids == {"service": "o1", "mini": "m1"}
    assert last.id in {account.id for account in found}


async def test_without_a_unionid_nobody_is_joined(app: App) -> None:
    first = await accounts.enter(app, Identity("service", "same"))
    second = await accounts.enter(app, Identity("mini", "same"))
    assert first.id != second.id


async def test_a_session_is_handed_over_whole(app: App) -> None:
    token, session = await sessions.open_session(app, "account", "a1")

    async def hand_over(tx: Tx) -> None:
        await sessions.hand_over(app, "account", "a1", "a2", tx)

    await app.db.transact(hand_over)
    found = await sessions.read_session(app, "account", token)
    assert found is not None
    assert (found.subject, found.xsrf) == ("a2", session.xsrf)


async def test_a_member_of_the_staff_is_reached_at_the_account_that_stays_until_it_is_forgotten(
    phone_of: Any, client: Browser, platform: Any, app: App, worker_step: Any
) -> None:
    _, first, second, _ = await two_accounts(phone_of, client, platform)
    await app.db["staff_reach"].insert_one({"_id": "nurse", "account_id": second})
    await platform.act("zhang", "follow")
    await phone_of("zhang")
    await worker_step()
    assert (await staff.reach(app, ["nurse"]))["nurse"].account_id == first
    await platform.act("zhang", "revoke")
    await worker_step()
    assert (await staff.reach(app, ["nurse"]))["nurse"].account_id is None
