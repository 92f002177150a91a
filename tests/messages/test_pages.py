"""What phones may ask permission for, and what staff see of messages."""

from typing import Any

import pytest

from server.context import App
from tests.messages.telling import QUEUE_SOON_MINI, QUEUE_SOON_SUBSCRIBE, account_of, tell
from tests.sandbox_on_a_port import Platform


async def mini_program(client: Any, platform: Platform, person: str) -> dict[str, str]:
    """The headers of somebody's mini-program session."""
    code = (await platform.act(person, "js-code"))["code"]
    token = (await client.post("/api/session/mini-program", json={"code": code})).json()["token"]
    return {"Authorization": f"Bearer {token}"}


async def test_the_pop_up_asks_for_three_templates_of_the_app_at_hand(
    client: Any, phone_of: Any, platform: Platform
) -> None:
    on_h5 = (await (await phone_of("zhang")).get("/api/subscription-templates?scene=booking")).json()["items"]
    headers = await mini_program(client, platform, "zhang")
    on_mini = (await client.get("/api/subscription-templates?scene=booking", headers=headers)).json()["items"]
    assert QUEUE_SOON_SUBSCRIBE in [t["template_id"] for t in on_h5]
    assert QUEUE_SOON_MINI in [t["template_id"] for t in on_mini]
    assert len(on_h5) == len(on_mini) == 3
    assert not {t["template_id"] for t in on_h5} & {t["template_id"] for t in on_mini}


async def test_a_consent_of_the_mini_program_is_told_by_it_and_carries_a_message(
    app: App, client: Any, platform: Platform, worker_step: Any
) -> None:
    headers = await mini_program(client, platform, "chen")
    await platform.act("chen", "popup", template_ids=[QUEUE_SOON_MINI], choices="accept")
    said = await client.post("/api/subscriptions", json={"accepted": [QUEUE_SOON_MINI]}, headers=headers)
    assert said.status_code == 204
    account = await app.db["accounts"].find_one({})
    assert account
    await tell(app, account["_id"])
    await worker_step()
    assert (await platform.see("chen", "messages"))[-1]["link"] == {"page": "pages/queue/index?id=1"}


async def test_a_page_cannot_invent_consents_for_the_account_or_for_unknown_templates(
    app: App, client: Any, phone_of: Any, platform: Platform
) -> None:
    zhang = await phone_of("zhang")
    assert (await zhang.post("/api/subscriptions", json={"accepted": [QUEUE_SOON_SUBSCRIBE]})).status_code == 204
    headers = await mini_program(client, platform, "zhang")
    wrong = {"accepted": [QUEUE_SOON_SUBSCRIBE, "nothing"]}
    assert (await client.post("/api/subscriptions", json=wrong, headers=headers)).status_code == 204
    assert await app.db["permissions"].count_documents({}) == 0
    assert (await client.post("/api/subscriptions", json={"accepted": []})).status_code == 401


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("doctor", 403), ("nurse", 403), ("editor", 403)])
async def test_staff_who_may_see_messages_see_what_became_of_them_and_no_content(
    app: App, client: Any, console_of: Any, platform: Platform, worker_step: Any, role: str, status: int
) -> None:
    await platform.act("chen", "follow")
    await worker_step()
    await tell(app, await account_of(app, platform, "chen"))
    await worker_step()
    console = await console_of(role)
    said = await console.get("/api/staff/messages")
    assert said.status_code == status
    if status == 200:
        (item,) = said.json()["items"]
        assert (item["title"], item["channel"], item["state"]) == ("候诊提醒", "template", "delivered")
        assert "陈" not in said.text
        assert (await console.get("/api/staff/messages?state=failed")).json()["items"] == []
