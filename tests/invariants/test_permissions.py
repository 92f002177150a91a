"""Nothing is ever sent that nobody permitted, the ledger of permissions adds up, and the urgent goes first.

First many schedules against a twin in memory: WeChat counts its consents and windows, we count ours from events
that come late, twice, not at all and in any order; the day's quota is short; workers die while sending. Then some
on the real stack.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from server.accounts import service as accounts
from server.context import App, Identity
from server.messages import service as messages
from server.messages.models import Channel, Message, Permission, Standing, State, Template
from server.messages.rules import choosing, consents, quotas
from server.messages.rules.consents import WINDOWS
from server.messages.rules.kinds import RANK
from server.sandbox import people
from server.settings import Settings
from tests.invariants.schedules import SCHEDULES
from tests.messages.telling import QUEUE_SOON_SUBSCRIBE, allow, tell
from tests.sandbox_on_a_port import Platform

NOW = datetime(2026, 11, 25, tzinfo=UTC)
TEMPLATES = tuple(
    Template(template_id=kind, key="k", kind=kind, title="提醒", fields=[])  # type: ignore[arg-type]
    for kind in ("template", "subscribe")
)
LIMIT = 3
TIERS = ("critical", "service", "education")


@dataclass
class Ledger:
    """What `store.permissions.move` keeps of one permission, in memory: a change once per cause, with a line."""

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


class Person(RuleBasedStateMachine):
    """One person at WeChat and what we know of him; messages of all tiers wait; each channel has a small quota."""

    events = Bundle("events")

    def __init__(self) -> None:
        super().__init__()
        self.now, self.numbers, self.silent = NOW, 0, False
        self.ledgers: dict[str, Ledger] = defaultdict(Ledger)
        self.followed, self.told_at = True, NOW
        self.follows = True
        self.accepted = self.through = self.consents = 0
        self.windows: dict[str, tuple[datetime, int]] = {}
        self.waiting: list[Message] = []
        self.used: Counter[Channel] = Counter()
        self.calls: Counter[str] = Counter()

    def number(self) -> str:
        self.numbers += 1
        return f"{self.numbers:06d}"

    # --- what the person does; each is an event on its way to us ---------------------------------

    @rule(target=events)
    def accept_in_the_pop_up(self) -> Any:
        self.consents += 1
        self.accepted += 1
        return ("gained", "subscribe", self.number(), self.now)

    @rule(target=events)
    def switch_off(self) -> Any:
        self.consents = 0
        return ("revoked", "subscribe", self.number(), self.now)

    @rule(target=events, kind=st.sampled_from(sorted(WINDOWS)))
    def do_what_opens_a_window(self, kind: Any) -> Any:
        self.windows[kind] = (self.now + WINDOWS[kind].lasts, WINDOWS[kind].sends or 10**6)
        return ("opened", kind, self.number(), self.now)

    @rule(target=events, stays=st.booleans())
    def follow_or_leave(self, stays: bool) -> Any:
        self.follows = stays
        if not stays:
            self.windows = {k: w for k, w in self.windows.items() if WINDOWS[k].app == "mini"}  # type: ignore[index]
        return ("follows" if stays else "left", "", self.number(), self.now)

    @rule(wants=st.booleans())
    def say_whether_notices_are_wanted(self, wants: bool) -> None:
        self.silent = not wants

    # --- what reaches us ---------------------------------------------------------------------------

    @rule(target=events, event=consumes(events), fate=st.sampled_from(["heard", "heard", "heard twice", "lost"]))
    def hear(self, event: tuple[str, Any, str, datetime], fate: str) -> Any:
        """An event reaches us, at any time, perhaps once more later, perhaps never."""
        what, name, cause, at = event
        if fate == "lost":
            return multiple()
        if what == "gained":
            self.ledgers[name].move("gained", cause, lambda p: consents.gained(p, False))
        elif what == "revoked":
            self.ledgers[name].move("revoked", cause, consents.revoked)
        elif what == "opened":
            window = consents.window_name(name)
            self.ledgers[window].move("gained", cause, lambda p: consents.opened(p, WINDOWS[name], at))
        elif at >= self.told_at:
            self.followed, self.told_at = what == "follows", at
            if not self.followed:
                self.close("service", cause)
        return event if fate == "heard twice" else multiple()

    def close(self, app: Any, cause: str) -> None:
        for name in consents.windows_of(app):
            if self.ledgers[name].permission.count:
                self.ledgers[name].move("revoked", cause, consents.revoked)

    @rule(seconds=st.sampled_from([5, 61, 3600, 49 * 3600]))
    def time_passes(self, seconds: int) -> None:
        before, self.now = self.now, self.now + timedelta(seconds=seconds)
        if before.date() != self.now.date():
            self.used.clear()

    # --- what we send ------------------------------------------------------------------------------

    @rule(tier=st.sampled_from(TIERS), phone=st.booleans())
    def something_is_to_be_told(self, tier: str, phone: bool) -> None:
        facts = {"id": self.number(), "key": "k", "tier": tier, "account_id": "a", "patient_id": None, "path": "/h5/"}
        facts |= {"state": State.WAITING, "channel": None, "tries": 0, "created_at": self.now, "subject_id": None}
        more = {"not_after": None, "last_code": None, "phone": "1" if phone else None}
        self.waiting.append(Message.model_validate(facts | more))

    @rule(
        outcome=st.sampled_from(["answered", "answered", "busy", "answer lost", "killed before", "killed after"]),
        which=st.integers(0, 50),
    )
    def deliver(self, outcome: str, which: int) -> None:
        """As `delivering` does it, step by step; some hand may have any of them."""
        if not self.waiting:
            return
        message = self.waiting[which % len(self.waiting)]
        for channel, template in choosing.channels(message, self.standing(), TEMPLATES):
            if not self.may_use(channel, message):
                continue
            name, epoch = self.take(channel, template, message)
            if name is None and channel not in ("template", "sms"):
                continue
            self.used[channel] += 1
            if outcome == "killed before":
                return self.look_after(message, channel)
            accepted = self.call(channel, message)
            if outcome in ("answer lost", "killed after"):
                return self.look_after(message, channel)
            if outcome == "busy" and name:
                self.ledgers[name].move("returned", message.id, lambda p, epoch=epoch: consents.returned(p, epoch))
            if outcome == "busy":
                return None
            if accepted:
                return self.waiting.remove(message)
            message = self.learn(message, channel, name)
        return None

    def standing(self) -> Standing:
        held = {name: ledger.permission for name, ledger in self.ledgers.items()}
        return Standing(
            followed=self.followed,
            service_openid="o",
            mini_openid="m",
            opted_out=self.silent,
            counts={name: p.count for name, p in held.items() if p.until is None},
            windows=consents.first_to_end(held, "service", self.now),
            mini_windows=consents.first_to_end(held, "mini", self.now),
        )

    def may_use(self, channel: Channel, message: Message) -> bool:
        if channel == "sms":
            return True
        more_urgent = sum(RANK[m.tier] < RANK[message.tier] for m in self.waiting)
        if more_urgent and quotas.is_short(LIMIT, self.used[channel], len(self.waiting)):
            return False
        return self.used[channel] < quotas.cap_of(LIMIT, message.tier, more_urgent)

    def take(self, channel: Channel, template: Template | None, message: Message) -> tuple[str | None, int]:
        standing = self.standing()
        windows = {"text": standing.windows, "mini_text": standing.mini_windows}
        names = ["subscribe"] if channel == "subscribe" else windows.get(channel, [])
        for name in names:
            taken = self.ledgers[name].move("consumed", f"{message.id}:{self.number()}", consents.consumed)
            if taken:
                assert taken.until is None or taken.until > self.now, "the window is closed"
                return name, taken.epoch
        return None, 0

    def call(self, channel: Channel, message: Message) -> bool:
        """WeChat is asked: what permits it must stand in our books by now."""
        self.calls[channel] += 1
        if message.tier != "critical":
            assert not self.silent
            assert channel != "sms"
        if channel != "sms" and self.used[channel] - 1 + len(self.waiting) > LIMIT:
            urgent = [m for m in self.waiting if RANK[m.tier] < RANK[message.tier]]
            assert not urgent, "the quota is short, and what is more urgent waits"
        if channel == "template":
            assert self.followed, "a template message to somebody who does not follow"
            return self.follows
        if channel == "subscribe":
            if self.consents:
                self.consents -= 1
                self.through += 1
                return True
            return False
        if channel == "sms":
            return True
        app = "mini" if channel == "mini_text" else "service"
        still = sorted((w, k) for k, w in self.windows.items() if WINDOWS[k].app == app and w[0] > self.now and w[1])  # type: ignore[index]
        if not still or (app == "service" and not self.follows):
            return False
        (until, left), kind = still[0]
        self.windows[kind] = (until, left - 1)
        return True

    def look_after(self, message: Message, channel: Channel) -> None:
        """The outcome is open: as `_after_unknown` decides; a consent counts as used."""
        if choosing.after_unknown(channel, message.tier, timedelta()) is State.UNCERTAIN:
            self.waiting.remove(message)

    def learn(self, message: Message, channel: Channel, name: str | None) -> Message:
        cause = f"{message.id}:{self.number()}"
        if channel == "subscribe" and name:
            self.ledgers[name].move("revoked", cause, consents.revoked)
        elif channel in ("text", "mini_text"):
            self.close("mini" if channel == "mini_text" else "service", cause)
        elif channel == "template":
            self.followed, self.told_at = False, self.now
        after = message.model_copy(update={"used": [*message.used, channel]})
        self.waiting[self.waiting.index(message)] = after
        return after

    # --- what must hold ----------------------------------------------------------------------------

    @invariant()
    def every_ledger_adds_up(self) -> None:
        for name, ledger in self.ledgers.items():
            assert ledger.permission.count == sum(ledger.moves.values()) >= 0, name

    @invariant()
    def nothing_went_out_without_its_line(self) -> None:
        consumed = Counter(
            name for name, ledger in self.ledgers.items() for move in ledger.moves if move.startswith("consumed:")
        )
        windows = sum(count for name, count in consumed.items() if name.startswith("window:"))
        assert self.calls["subscribe"] <= consumed["subscribe"]
        assert self.calls["text"] + self.calls["mini_text"] <= windows
        assert self.through <= self.accepted

    @invariant()
    def no_quota_is_exceeded(self) -> None:
        assert all(count <= LIMIT for channel, count in self.used.items() if channel != "sms")


TestPermissions = Person.TestCase
TestPermissions.settings = hypothesis.settings(
    max_examples=SCHEDULES, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


# --- the real stack ---------------------------------------------------------------------------------

STEPS = [
    "accept",
    "accept",
    "off",
    "off unheard",
    "follow",
    "leave",
    "leave unheard",
    "write",
    "scan",
    "chat",
    "silence",
]
STEPS += ["tell service", "tell service", "tell critical", "tell education", "busy", "lost", "full", "wait"]
STEPS += ["twice", "crash before", "crash after"]
KEYS = {"service": "queue_soon", "critical": "clinic_stopped", "education": "survey_due"}
SENDS = ("send_template", "send_subscribe", "send_text")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """So little a day that it is soon used up."""
    return settings.model_copy(update={"message_quotas": {"template": 3, "subscribe": 3, "mini": 3, "text": 3}})


@given(steps=st.lists(st.sampled_from(STEPS), min_size=5, max_size=12))
@hypothesis.settings(max_examples=max(SCHEDULES // 15, 20), deadline=None, suppress_health_check=list(HealthCheck))
async def test_on_the_real_stack_every_message_that_goes_out_was_permitted(
    steps: list[str], app: App, client: Any, platform: Platform, worker_step: Any, clock: Any
) -> None:
    clock.set(morning_after(clock.now()))
    key = f"p{app.new_id()}"
    people.add(platform.world, {"key": key, "name": "测试", "phone": "13900000000"})
    openid = people.public_openid(platform.world, key)
    account_id = (await accounts.enter(app, Identity("service", openid))).id
    seen = Watch(app, account_id)
    with seen:
        for number, step in enumerate(steps):
            await take(step, f"{account_id}:{number}", key, account_id, app, platform, seen)
            await work(worker_step, clock)
            clock.advance(seconds=3)
        platform.world.faults.remove()
        seen.crash = None
        for _ in range(2):
            clock.advance(minutes=1)
            await work(worker_step, clock)
    await check(app, account_id, seen)


def morning_after(now: datetime) -> datetime:
    """A new day, a new quota; and nobody sleeps."""
    return datetime(now.year, now.month, now.day, 1, tzinfo=UTC) + timedelta(days=1)


async def work(worker_step: Any, clock: Any) -> None:
    """The worker works; when it dies, another one takes over after a while."""
    try:
        await worker_step()
    except asyncio.CancelledError:
        clock.advance(seconds=30)
        await worker_step()


class Watch:
    """Looks over our shoulder at each call: what permits it must stand in the store by then.

    `crash`: where the worker dies at the next call.
    """

    def __init__(self, app: App, account_id: str) -> None:
        self.app, self.account_id = app, account_id
        self.calls: Counter[str] = Counter()
        self.crash: str | None = None

    def __enter__(self) -> None:
        for name in SENDS:
            setattr(self.app.wechat, name, self.watched(name, getattr(self.app.wechat, name)))

    def __exit__(self, *_: object) -> None:
        for name in SENDS:
            delattr(self.app.wechat, name)

    def watched(self, name: str, call: Any) -> Any:
        async def watch(*given: Any, **more: Any) -> Any:
            self.calls[name] += 1
            await getattr(self, name)()
            crash, self.crash = self.crash, None
            if crash == "before":
                raise asyncio.CancelledError
            answer = await call(*given, **more)
            if crash == "after":
                raise asyncio.CancelledError
            return answer

        return watch

    async def send_template(self) -> None:
        account = await self.app.db["accounts"].find_one({"_id": self.account_id})
        assert account is not None
        assert account["followed"], "a template message to somebody who does not follow"

    async def send_subscribe(self) -> None:
        assert await self.consumed({"$not": {"$regex": "^window:"}}) >= self.calls["send_subscribe"]

    async def send_text(self) -> None:
        assert await self.consumed({"$regex": "^window:"}) >= self.calls["send_text"]

    async def consumed(self, names: Any) -> int:
        query = {"account_id": self.account_id, "move": "consumed", "template_id": names}
        return await self.app.db["permission_moves"].count_documents(query)


async def take(step: str, dedupe: str, key: str, account_id: str, app: App, platform: Platform, seen: Watch) -> None:
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
    elif first == "scan":
        await platform.act(key, "scan", scene="phone")
    elif first == "chat":
        await platform.act(key, "mini-chat")
    elif first == "silence":
        await messages.set_opted_out(app, account_id, True)
    elif first == "tell":
        phone = {"phone": "13900000000"} if how == "critical" else {}
        await tell(app, account_id, dedupe, key=KEYS[how], **phone)
    elif first == "twice":
        await platform.fault(part="push", effect="duplicate", path="*", copies=2, times=1)
    elif first == "crash":
        seen.crash = how
    elif first in ("busy", "lost", "full"):
        effect: dict[str, Any] = {"effect": "drop"}
        if first != "lost":
            effect = {"effect": "error", "errcode": -1 if first == "busy" else 45009}
        await platform.fault(part="wechat", path="/cgi-bin/message/*", times=1, **effect)


async def check(app: App, account_id: str, seen: Watch) -> None:
    """What must hold at the end: ledgers add up, each message sent by consent has its line, silence was kept."""
    held = {doc["template_id"]: doc["count"] async for doc in app.db["permissions"].find({"account_id": account_id})}
    moves = [m async for m in app.db["permission_moves"].find({"account_id": account_id})]
    for name, count in held.items():
        assert count == sum(m["change"] for m in moves if m["template_id"] == name) >= 0, name
    consumed = {m["cause"].partition(":")[0] for m in moves if m["move"] == "consumed"}
    async for message in app.db["messages"].find({"account_id": account_id}):
        assert message["state"] not in ("sending",)
        assert ("rank" in message) is (message["state"] == "waiting")
        if message["channel"] in ("subscribe", "text", "mini", "mini_text"):
            assert message["_id"] in consumed
        if message["channel"] == "sms":
            assert message["tier"] == "critical"
    async for quota in app.db["message_quotas"].find({}):
        assert 0 <= quota["used"] <= 3
    assert seen.calls["send_subscribe"] + seen.calls["send_text"] <= len([m for m in moves if m["move"] == "consumed"])
