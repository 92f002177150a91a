"""What tests of messages share: an account that follows, a notice, and what became of it."""

from typing import Any

from server.accounts import service as accounts
from server.context import App, Identity
from server.messages import service as messages
from server.messages.models import Notice
from server.sandbox import people
from tests.sandbox_on_a_port import Platform

FACTS = {"就诊人": "陈*", "就诊科室": "心内科", "排队号码": "7", "前面人数": "2", "候诊位置": "3 诊室"}
QUEUE_SOON_SUBSCRIBE = "FmKT1o5ipgiySM-03kwziIrDSumsHRjYYCftFh-ig8E"
QUEUE_SOON_MINI = "Zqnwj6rtYaSOvfvfV9nwyctD5lA_H4DaoytKKxCbzOI"
OTHERS = ["OYcafHqa0cV8YeEMy9PYDf3igNyME98OtOMMaxhBaq4", "ykjLljwiowEIHRANFJOtyKmIYsxw7i5UVilB_sJF8hI"]


async def account_of(app: App, platform: Platform, person: str) -> str:
    """The account id of a demo person, known by the service account's openid."""
    openid = people.public_openid(platform.world, person)
    return (await accounts.enter(app, Identity("service", openid))).id


async def tell(app: App, account_id: str, dedupe: str = "1", **more: Any) -> None:
    """Have somebody told that it is soon his turn, or something else."""
    notice: dict[str, Any] = {"key": "queue_soon", "account_id": account_id, "facts": FACTS, "dedupe": dedupe}
    notice |= {"path": "/h5/pages/queue/index?id=1"}
    await messages.notify(app, Notice.model_validate(notice | more))


async def allow(platform: Platform, person: str, *template_ids: str) -> None:
    """Somebody accepts in the pop-up; a second later than before, for WeChat's events know seconds only."""
    platform.world.clock._led_by.advance(seconds=1)
    await platform.act(person, "popup", template_ids=list(template_ids), choices="accept")


async def became(app: App, dedupe: str = "1") -> dict[str, Any]:
    """A message as it stands now."""
    doc = await app.db["messages"].find_one({"dedupe": dedupe})
    assert doc is not None
    return doc


async def consents(app: App, account_id: str, template_id: str = QUEUE_SOON_SUBSCRIBE) -> int:
    """How many consents are left; checks that the ledger adds up to it."""
    found = await app.db["permissions"].find_one({"_id": f"{account_id}:{template_id}"})
    moves = app.db["permission_moves"].find({"account_id": account_id, "template_id": template_id})
    count = found["count"] if found else 0
    assert count == sum([move["change"] async for move in moves])
    return int(count)


async def windows(app: App, account_id: str) -> dict[str, int]:
    """Kind of window -> messages left in it, whether or not its time is over; checks that the ledger adds up to it."""
    ids = {"account_id": account_id, "template_id": {"$regex": "^window:"}}
    found = [doc["template_id"] async for doc in app.db["permissions"].find(ids)]
    return {name.removeprefix("window:"): await consents(app, account_id, name) for name in found}


async def kinds(platform: Platform, person: str) -> list[str]:
    """The kinds of the messages on somebody's phone that came from us by API, oldest first."""
    return [m["kind"] for m in await platform.see(person, "messages") if m["kind"] in ("template", "subscribe")]
