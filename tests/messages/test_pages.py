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
        for none in ("state=failed", "channel=sms", "tier=critical"):
            assert (await console.get(f"/api/staff/messages?{none}")).json()["items"] == []
        found = await console.get("/api/staff/messages?state=delivered&channel=template&tier=service")
        assert len(found.json()["items"]) == 1
    assert (await console.get("/api/staff/messages/quotas")).status_code == status
