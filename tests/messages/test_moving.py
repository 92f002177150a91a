"""What an older version has left behind goes on in the queue, and windows go on as permissions."""

from datetime import timedelta
from typing import Any

from server.context import App
from server.migrations import m0072_messages
from tests.messages.telling import account_of, became, tell, windows
from tests.sandbox_on_a_port import Platform


async def test_waiting_messages_and_open_windows_of_the_older_version_are_taken_over_once(
    app: App, client: Any, platform: Platform, worker_step: Any, clock: Any
) -> None:
    await platform.act("chen", "follow")
    await worker_step()
    clock.advance(minutes=2)
    chen = await account_of(app, platform, "chen")
    await platform.fault(part="push", effect="lose", path="text", times=1)
    await platform.act("chen", "text", content="你好")  # the older version heard of it, this one does not
    await tell(app, chen, key="without_template")
    place = {"rank": "", "waits": "", "due_at": "", "lease": ""}
    await app.db["messages"].update_many({}, {"$unset": place})
    await app.db.schedule("messages.deliver", "1", app.real_now(), clock="real")
    until = clock.now() + timedelta(hours=1)
    await app.db["windows"].insert_one({"_id": chen, "cause": "e", "until": until, "left": 4})
    for _ in range(2):
        await m0072_messages.up(app.db)
    assert (await windows(app, chen))["message"] == 4
    await worker_step()
    assert ((await became(app))["state"], (await became(app))["channel"]) == ("sent", "text")
    assert (await windows(app, chen))["message"] == 3
