"""Nothing is ever sent that nobody permitted, and the ledger of consents always adds up.

First many short schedules against a twin in memory: WeChat counts its consents, we count ours from
events that come late, twice and in any order, and workers die while sending. Then a few on the real stack.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from server.accounts import service as accounts
from server.context import App, Identity
from server.messages import rules
from server.messages import service as messages
from server.messages.models import Message, Permission, Standing, State, Template
from server.sandbox import people
from tests.messages.telling import QUEUE_SOON_SUBSCRIBE, allow, tell
from tests.sandbox_on_a_port import Platform

NOW = datetime(2026, 11, 25, tzinfo=UTC)
TEMPLATES = (Template(template_id="t", key="k", kind="subscribe", title="提醒", fields=[]),)


@dataclass
class Ledger:
    """What `store.move` keeps, in memory: a change once per cause, with a line of how much."""

    permission: Permission = field(default_factory=Permission)
    moves: dict[str, int] = field(default_factory=dict)

    def move(self, name: str, cause: str, change: Callable[[Permission], Permission | None]) -> Permission | None:
        if f"{name}:{cause}" in self.moves:
            return None
        after = change(self.permission)
        if after is None:
            return None
        self.moves[f"{name}:{cause}"] = after.count - self.permission.count
        self.permission = after
        return after

    def count(self, name: str) -> int:
        return sum(key.startswith(f"{name}:") for key in self.moves)


class Consents(RuleBasedStateMachine):
    """One person, one template whose consents are used up. `wechat`: how many messages WeChat would let through."""

    events = Bundle("events")

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.wechat = self.accepted = self.numbers = self.calls = self.through = 0

    def number(self) -> str:
        self.numbers += 1
        return str(self.numbers)

    @rule(target=events)
    def accept_in_the_pop_up(self) -> Any:
        self.wechat += 1
        self.accepted += 1
        return ("gained", self.number())

    @rule(target=events)
    def switch_off(self) -> Any:
        self.wechat = 0
        return ("revoked", self.number())

    @rule(target=events, event=consumes(events), twice=st.booleans())
    def hear(self, event: tuple[str, str], twice: bool) -> Any:
        """An event reaches us, at any time, perhaps once more later."""
        name, cause = event
        change = rules.revoked if name == "revoked" else (lambda p: rules.gained(p, False))
        self.ledger.move(name, cause, change)
        return event if twice else multiple()

    @rule(outcome=st.sampled_from(["answered", "answered", "busy", "answer lost", "killed before", "killed after"]))
    def send(self, outcome: str) -> None:
        counts = {"t": self.ledger.permission.count}
        standing = Standing(followed=False, service_openid="o", mini_openid=None, counts=counts)
        if not rules.channels(waiting(), standing, TEMPLATES):
            return
        cause = self.number()
        taken = self.ledger.move("consumed", cause, rules.consumed)
        assert taken is not None, "a channel was offered that nothing permits"
        if outcome == "killed before":
            return
        self.calls += 1
        if outcome == "busy":
            self.ledger.move("returned", cause, lambda p: rules.returned(p, taken.epoch))
            return
        refused = self.wechat <= 0
        if not refused:
            self.wechat -= 1
            self.through += 1
        if refused and outcome == "answered":
            self.ledger.move("revoked", f"43101:{cause}", rules.revoked)

    @rule()
    def switched_off_while_a_message_is_on_its_way(self) -> None:
        """A refusal between the taking of a consent and its return must not bring the consent back."""
        cause = self.number()
        taken = self.ledger.move("consumed", cause, rules.consumed)
        self.wechat = 0
        self.ledger.move("revoked", self.number(), rules.revoked)
        if taken:
            self.ledger.move("returned", cause, lambda p: rules.returned(p, taken.epoch))
            assert self.ledger.permission.count == 0

    @invariant()
    def the_ledger_adds_up(self) -> None:
        assert self.ledger.permission.count == sum(self.ledger.moves.values()) >= 0

    @invariant()
    def every_call_had_a_consent(self) -> None:
        assert self.calls <= self.ledger.count("consumed")
        assert self.ledger.count("returned") <= self.ledger.count("consumed")
        assert self.through <= self.accepted


def waiting() -> Message:
    facts = {"id": "1", "key": "k", "tier": "service", "account_id": "a", "patient_id": None, "path": "/h5/"}
    facts |= {"state": State.WAITING, "channel": None, "tries": 0, "created_at": NOW}
    return Message.model_validate(facts | {"not_after": None, "last_code": None})


TestConsents = Consents.TestCase
TestConsents.settings = settings(max_examples=300, stateful_step_count=25, deadline=None)


# --- the real stack ---------------------------------------------------------------------------------

STEPS = ["accept", "accept", "off", "off unheard", "follow", "leave", "leave unheard", "write", "silence"]
STEPS += ["tell", "tell", "tell", "tell critical", "busy", "lost", "wait"]


@given(steps=st.lists(st.sampled_from(STEPS), min_size=4, max_size=10))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
async def test_on_the_real_stack_every_message_that_goes_out_was_permitted(
    steps: list[str], app: App, client: Any, platform: Platform, worker_step: Any, clock: Any
) -> None:
    key = f"p{app.new_id()}"
    people.add(platform.world, {"key": key, "name": "测试", "phone": "13900000000"})
    openid = people.public_openid(platform.world, key)
    account_id = (await accounts.enter(app, Identity("service", openid))).id
    seen = Watch(app, account_id)
    with seen:
        for number, step in enumerate(steps):
            await take(step, f"{account_id}:{number}", key, account_id, app, platform, clock)
            await worker_step()
            clock.advance(seconds=3)
        platform.world.faults.remove()
        clock.advance(minutes=1)
        await worker_step()
    await check(app, account_id, seen)


class Watch:
    """Looks over our shoulder at each call: what permits it must stand in the store by then."""

    def __init__(self, app: App, account_id: str) -> None:
        self.app, self.account_id = app, account_id
        self.subscribe_calls = self.text_calls = 0

    def __enter__(self) -> None:
        wechat = self.app.wechat
        self.before = (wechat.send_template, wechat.send_subscribe, wechat.send_text)
        for name in ("send_template", "send_subscribe", "send_text"):
            setattr(wechat, name, self.watched(name, getattr(wechat, name)))

    def __exit__(self, *_: object) -> None:
        for name in ("send_template", "send_subscribe", "send_text"):
            delattr(self.app.wechat, name)

    def watched(self, name: str, call: Any) -> Any:
        async def watch(*given: Any, **more: Any) -> Any:
            await getattr(self, name)()
            return await call(*given, **more)

        return watch

    async def send_template(self) -> None:
        account = await self.app.db["accounts"].find_one({"_id": self.account_id})
        assert account is not None
        assert account["followed"], "a template message to somebody who does not follow"

    async def send_subscribe(self) -> None:
        self.subscribe_calls += 1
        query = {"account_id": self.account_id, "move": "consumed"}
        assert await self.app.db["permission_moves"].count_documents(query) >= self.subscribe_calls

    async def send_text(self) -> None:
        window = await self.app.db["windows"].find_one({"_id": self.account_id})
        assert window is not None
        assert window["left"] >= 0


async def take(step: str, dedupe: str, key: str, account_id: str, app: App, platform: Platform, clock: Any) -> None:
    """One thing happens."""
    first, _, how = step.partition(" ")
    if how == "unheard":
        event = "unsubscribe" if first == "leave" else "subscribe_msg_change_event"
        await platform.fault(part="push", effect="lose", path=event, times=1)
    if first == "accept":
        await allow(platform, key, QUEUE_SOON_SUBSCRIBE)
    elif first == "off":
        await platform.act(key, "switch-off", template_ids=[QUEUE_SOON_SUBSCRIBE])
    elif first in ("follow", "leave"):
        await platform.act(key, "follow" if first == "follow" else "unfollow")
    elif first == "write" and people.follows(platform.world, key):
        await platform.act(key, "text", content="你好")
    elif first == "silence":
        await messages.set_opted_out(app, account_id, True)
    elif first == "tell":
        critical = {"key": "clinic_stopped", "phone": "13900000000"} if how else {}
        await tell(app, account_id, dedupe, **critical)
    elif first in ("busy", "lost"):
        effect: dict[str, Any] = {"effect": "error", "errcode": -1} if first == "busy" else {"effect": "drop"}
        await platform.fault(part="wechat", path="/cgi-bin/message/*", times=1, **effect)


async def check(app: App, account_id: str, seen: Watch) -> None:
    """What must hold at the end: the ledger adds up, each message sent by consent has its line, silence was kept."""
    found = await app.db["permissions"].find_one({"account_id": account_id})
    moves = [m async for m in app.db["permission_moves"].find({"account_id": account_id})]
    assert (found["count"] if found else 0) == sum(m["change"] for m in moves) >= 0
    consumed = {m["cause"].partition(":")[0] for m in moves if m["move"] == "consumed"}
    async for message in app.db["messages"].find({"account_id": account_id}):
        assert message["state"] not in ("sending",)
        if message["channel"] == "subscribe":
            assert message["_id"] in consumed
        if message["channel"] == "sms":
            assert message["tier"] == "critical"
    assert seen.subscribe_calls <= len([m for m in moves if m["move"] == "consumed"])
