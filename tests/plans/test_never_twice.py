"""Any order of answers, expiries, repeats, crashes and pauses: one live task at the most, and nobody is forgotten."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from server.context import SYSTEM, App, Event
from server.followups import store as tasks
from server.followups.models import Draft, State
from server.followups.service import answering
from server.plans import service as plans
from server.plans import store
from server.plans.models.refusals import NotInUse
from server.plans.rules import standing
from server.plans.service import alike, enrolling
from server.plans.service.enrolling import Candidate
from server.values import shanghai_date
from tests.conftest import TestClock
from tests.followups.steps import WELL
from tests.plans import steps
from tests.plans.people import known

REACTIONS: dict[str, Callable[[App, Event], Awaitable[None]]] = {
    "followups.answered": plans.take_answer,
    "followups.expired": plans.take_expiry,
    "plans.call_due": plans.call,
    "plans.referred": plans.refer,
}


class World:
    """Some patients in one plan, and everything that may happen to them in any order."""

    def __init__(self, app: App, clock: TestClock, dice: random.Random) -> None:
        self.app, self.clock, self.dice = app, clock, dice
        self.heard = set[str]()

    async def begin(self) -> None:
        plan = await alike.in_use(self.app, "discharge_general")
        ids = [await known(self.app, number) for number in range(3)]
        people = [Candidate(patient_id, shanghai_date(self.app.now())) for patient_id in ids]
        await asyncio.gather(*(enrolling.enrol(self.app, plan, people, by=SYSTEM) for _ in range(2)))
        assert await self.app.db["enrolments"].count_documents({}) == len(ids)

    async def work(self) -> None:
        await asyncio.gather(*(plans.work_due(self.app) for _ in range(self.dice.choice((1, 2)))))

    async def race(self) -> None:
        """A batch is worked on while others change some of it."""
        await asyncio.gather(plans.work_due(self.app), *(self.pause_or_resume() for _ in range(3)))

    async def crash(self) -> None:
        """A worker takes a batch and dies."""
        await store.claim(self.app, self.app.new_id(), self.app.real_now() + timedelta(seconds=60), 200)
        self.clock.shift += timedelta(seconds=self.dice.choice((30, 61)))

    async def answer(self) -> None:
        found = await self.app.db["tasks"].find({"state": "open"}, {"_id": 1}).to_list()
        if found:
            task = await tasks.get(self.app, self.dice.choice(found)["_id"])
            answers = WELL | {"feeling": self.dice.choice(("better", "same", "worse"))}
            if task and self.app.now() <= task.expires_at:
                await answering._hand_in(self.app, task, Draft(answers=answers), "staff", SYSTEM)

    async def hear(self) -> None:
        """Some event is told: late, twice, to two workers at once."""
        waiting = await self.app.db["events"].find({"type": {"$in": list(REACTIONS)}}).to_list()
        if waiting:
            doc = self.dice.choice(waiting)
            event = Event(doc["_id"], doc["type"], doc["data"], doc["at"])
            times = self.dice.choice((1, 1, 2))
            said = await asyncio.gather(*(REACTIONS[event.type](self.app, event) for _ in range(times)))
            assert said
            self.heard.add(event.id)

    async def pause_or_resume(self) -> None:
        plan = (await alike.in_use(self.app, "discharge_general")).definition
        one = self.dice.choice(await self.app.db["enrolments"].find({}, {"_id": 1}).to_list())

        def work(before: Any) -> Any:
            if before.state == "active":
                return before.model_copy(update={"state": "paused"})
            if before.state == "ended":
                return None
            active = before.model_copy(update={"state": "active"})
            return active if active.waiting else standing.again(active, plan, self.app.now())

        await self.app.db.transact(lambda tx: alike.change(self.app, one["_id"], work, tx))

    async def time_to_begin(self) -> None:
        self.clock.advance(days=8)
        await plans.work_due(self.app)

    async def time(self) -> None:
        self.clock.advance(days=self.dice.choice((0.2, 1, 3, 8)))

    async def check(self) -> None:
        """One live task each; who is active has something before him, or an event on its way."""
        live = await self.app.db["tasks"].find({"state": "open"}).to_list()
        assert len({task["enrolment_id"] for task in live}) == len(live)
        coming = {
            doc["data"].get("task_id")
            async for doc in self.app.db["events"].find({"type": {"$in": ["followups.answered", "followups.expired"]}})
            if doc["_id"] not in self.heard
        }
        async for one in self.app.db["enrolments"].find({"state": "active"}):
            waits = one["waiting"]["task_id"] if one["waiting"] else None
            assert one["next_at"] or one["waits_for"] or waits in coming, one["_id"]

    async def finish(self) -> None:
        """Time goes by, and everything is told: each course comes to its end, each task in it once."""
        await self.app.db["enrolments"].update_many({"state": "paused"}, {"$set": {"state": "active"}})
        for _ in range(60):
            self.clock.advance(days=30)
            while await plans.work_due(self.app):
                pass
            async for doc in self.app.db["events"].find({"type": {"$in": list(REACTIONS)}}).sort("_id", -1):
                await REACTIONS[doc["type"]](self.app, Event(doc["_id"], doc["type"], doc["data"], doc["at"]))
            if not await self.app.db["enrolments"].count_documents({"state": {"$ne": "ended"}}):
                break
        for one in await store.page(self.app, {}, None, 50):
            assert one.state == "ended"
            assert [entry.n for entry in one.history] == list(range(1, len(one.history) + 1))
            made = await self.app.db["tasks"].distinct("_id", {"enrolment_id": one.id, "state": {"$ne": "withdrawn"}})
            told = [entry.task_id for entry in one.history if entry.task_id]
            assert sorted(told) == sorted(made)
            assert len(set(told)) == len(told)


@pytest.mark.covers("A14.2", "R10")
@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.chaos) for n in range(2, 12))])
async def test_whatever_the_order_nothing_is_doubled_and_nobody_forgotten(
    app: App, clock: TestClock, platform: Any, seed: int
) -> None:
    await steps.hospital(app, "discharge_general")
    world = World(app, clock, random.Random(seed))
    await world.begin()
    ways = [world.work, world.work, world.time, world.time, world.answer, world.answer, world.answer]
    ways += [world.hear, world.hear, world.crash, world.pause_or_resume, world.race]
    await world.time_to_begin()
    await world.answer()
    for _ in range(50):
        await world.dice.choice(ways)()
        if world.dice.random() < 0.5:
            await world.check()
    await world.finish()
    assert await app.db["tasks"].count_documents({"state": State.ANSWERED}) > 0


async def test_without_a_plan_in_use_nobody_is_enrolled(app: App, platform: Any) -> None:
    with pytest.raises(NotInUse):
        await alike.in_use(app, "discharge_general")
