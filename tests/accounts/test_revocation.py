"""Who takes his authorisation back at WeChat is forgotten: sessions, bindings, what he typed, what he allowed."""

import json
from typing import Any

import pytest

from server.context import App
from tests.patients.people import bind, people

pytestmark = pytest.mark.covers("A16.4", "N16.2", "H13")


@pytest.mark.parametrize(("of", "how"), [("service", "revoke"), ("mini", "cancellation")])
async def test_who_takes_it_back_is_forgotten_and_may_come_again(
    phone_of: Any, client: Any, platform: Any, app: App, worker_step: Any, clock: Any, of: str, how: str
) -> None:
    await platform.act("zhang", "follow")
    phone = await phone_of("zhang")
    code = (await platform.act("zhang", "js-code"))["code"]
    await client.post("/api/session/mini-program", json={"code": code})  # he is known in both apps
    assert (await bind(phone, platform, "zhang", consents=["bind", "records", "notify"])).status_code == 201
    template = next(t["template_id"] for t in platform.world.state.all("templates") if t["kind"] == "subscribe")
    await platform.act("zhang", "popup", template_ids=[template], choices="accept")
    await worker_step()
    first = (await phone.get("/api/me")).json()["account_id"]

    await platform.act("zhang", "revoke", app=of, how=how, info="201")
    await worker_step()
    assert (await phone.get("/api/me")).status_code == 401
    assert await app.db["accounts"].count_documents({}) == 0
    assert await app.db["bindings"].count_documents({}) == 0
    assert await app.db["permissions"].count_documents({"count": {"$gt": 0}}) == 0
    assert await app.db["accounts_silent"].count_documents({}) == 0
    newest = [doc async for doc in app.db["consents"].find({"account_id": first}).sort("_id", -1).limit(3)]
    assert {doc["granted"] for doc in newest} == {False}
    lines = [doc["action"] async for doc in app.db["audit"].find({"action": {"$regex": "forget"}})]
    assert sorted(lines) == ["accounts.forget", "patients.forget"]
    async for message in app.db["messages"].find({"account_id": first}):
        opened = app.security.open("messages", message["_id"], message["sealed"])
        assert opened == {"facts": {}, "phone": None}

    clock.advance(minutes=2)  # before that no other code is sent to this phone
    again = await phone_of("zhang")
    assert (await again.get("/api/me")).json()["account_id"] != first
    assert (await again.get("/api/patients")).json()["items"] == []
    assert (await bind(again, platform, "zhang")).status_code == 201


async def test_hearing_it_twice_or_late_does_no_harm_to_who_came_again(
    phone_of: Any, platform: Any, app: App, worker_step: Any, clock: Any
) -> None:
    phone = await phone_of("zhang")
    await bind(phone, platform, "zhang")
    await platform.act("zhang", "revoke")
    await worker_step()
    clock.advance(minutes=5)
    again = await phone_of("zhang")
    assert (await bind(again, platform, "zhang")).status_code == 201
    await app.db["events"].update_many(  # the worker died after its work, and takes them up once more
        {"type": {"$in": ["wechat.event", "accounts.forgotten"]}}, {"$set": {"state": "waiting", "done": []}}
    )
    await worker_step()
    assert len((await again.get("/api/patients")).json()["items"]) == 1


async def test_a_stranger_and_a_changed_portrait_change_nothing(
    phone_of: Any, platform: Any, app: App, worker_step: Any
) -> None:
    phone = await phone_of("zhang")
    await bind(phone, platform, "zhang")
    await platform.act("chen", "revoke")  # who never came
    await platform.act("zhang", "revoke", how="modified")
    await worker_step()
    assert len((await phone.get("/api/patients")).json()["items"]) == 1
    assert await app.db["audit"].count_documents({"action": "accounts.forget"}) == 0


async def test_nothing_that_was_typed_is_left_where_it_could_be_read(
    phone_of: Any, platform: Any, app: App, worker_step: Any
) -> None:
    phone = await phone_of("zhang")
    await bind(phone, platform, "zhang")
    await platform.act("zhang", "revoke")
    await worker_step()
    kept = [json.dumps(doc, default=str) async for doc in app.db["bindings"].find()]
    kept += [json.dumps(doc, default=str) async for doc in app.db["accounts"].find()]
    assert kept == []
    assert people()["zhang"]["phone"] not in str(await app.db["audit"].find().to_list())
