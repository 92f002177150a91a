"""Bookings on the real stack under random schedules: faults of WeChat Pay and the HIS, crashes around every commit."""

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.context import App
from server.db import Database, Tx
from tests.appointments import steps
from tests.conftest import TestClock

SCHEDULES, LENGTH = 25, 14
ACTIONS = ["book", "sheet", "sheet", "pay", "pay", "pay", "cancel", "wait", "work", "work", "fault", "his"]
FAULTS: list[dict[str, Any]] = [
    {"part": "notify", "effect": "lose"},
    {"part": "notify", "effect": "duplicate", "copies": 3},
    {"part": "notify", "effect": "late", "late_s": 400},
    {"part": "pay", "effect": "drop", "share": 0.3},
    {"part": "pay", "effect": "outage", "share": 0.3},
    {"part": "notify", "effect": "tamper", "what": "signature", "times": 1},
]


class Crash(Exception):
    """The process died here."""


class Crashing:
    """Makes some transactions die before they commit, and some right after."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.on = chance, False

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = Database.transact

        async def transact(db: Database, work: Callable[[Tx], Awaitable[Any]]) -> Any:
            fate = self.chance.random() if self.on else 1.0
            if fate < 0.05:
                raise Crash
            result = await whole(db, work)
            if fate < 0.10:
                raise Crash
            return result

        monkeypatch.setattr(Database, "transact", transact)


class Schedule:
    """Two people, two places of one clinic, and everything that may happen to them."""

    def __init__(self, app: App, platform: Any, clock: TestClock, work: Any, chance: random.Random) -> None:
        self.app, self.platform, self.clock, self.work, self.chance = app, platform, clock, work, chance
        self.sheets: list[tuple[str, dict[str, Any]]] = []
        self.mine: list[tuple[Any, str]] = []

    async def run(self, people: list[tuple[str, Any, str]], slots: list[str]) -> None:
        for action in ["book", "book", "sheet", *self.chance.choices(ACTIONS, k=LENGTH)]:
            key, phone, patient = self.chance.choice(people)
            match action:
                case "book":
                    said = await steps.book(phone, self.chance.choice(slots), patient)
                    if said.status_code == 201:
                        self.mine.append((phone, said.json()["id"]))
                case "sheet" if self.mine:
                    phone, id = self.chance.choice(self.mine)
                    key = next(name for name, its, _ in people if its is phone)
                    said = await phone.post(f"/api/appointments/{id}/payment", json={"channel": "jsapi"})
                    if said.status_code == 200:
                        self.sheets.append((key, said.json()["params"]))
                case "pay" if self.sheets:
                    payer, params = self.chance.choice(self.sheets)
                    wish = {"params": params, "how": "normal"}
                    await self.platform.http.post(f"/sandbox/api/people/{payer}/pay", json=wish)
                case "cancel" if self.mine:
                    owner, id = self.chance.choice(self.mine)
                    await owner.delete(f"/api/appointments/{id}")
                case "wait":
                    self.clock.advance(minutes=self.chance.choice([1, 4, 11]))
                case "work":
                    await self.work()
                case "fault":
                    await self.platform.fault(**self.chance.choice(FAULTS))
                case "his":
                    refusals = [{}, {"down": True}, {"refuse_bookings": "place_taken"}]
                    steps.his_fault(self.platform, **self.chance.choice(refusals))

    async def settle(self) -> None:
        """All faults end, time passes, everything durable runs."""
        self.platform.world.faults.remove()
        steps.his_fault(self.platform)
        for _ in range(6):
            self.clock.advance(minutes=12)
            await self.work()
            await self.platform.world.idle()
        await self.work()


async def check(app: App, platform: Any) -> int:
    """Every payment confirmed a booking or went back, every place is had by one, the HIS knows the same.

    Gives how many payments there were.
    """
    his = await steps.his_bookings(platform)
    live: dict[str, str] = {}
    paid = 0
    async for doc in app.db["appointments"].find():
        assert doc["status"] in ("confirmed", "cancelled", "expired", "refused"), doc["status"]
        if doc["status"] == "confirmed":
            assert doc["slot_id"] not in live
            live[doc["slot_id"]] = doc["_id"]
            assert doc["his_status"] == "written"
        assert (his.get(doc["_id"]) == "booked") == (doc["status"] == "confirmed")
    taken = {doc["_id"]: doc["appointment_id"] async for doc in app.db["slots"].find({"state": "taken"})}
    assert taken == live
    assert await app.db["slots"].count_documents({"state": "held"}) == 0
    async for order in app.db["orders"].find():
        at_wechat = platform.world.state.get("orders", order["_id"])
        has_money = bool(at_wechat and at_wechat["state"] in ("SUCCESS", "REFUND"))
        if not has_money:
            assert order["status"] == "closed"
            continue
        paid += 1
        booking = await app.db["appointments"].find_one({"_id": order["subject_id"]})
        confirmed = (
            booking is not None and booking["status"] == "confirmed" and booking["paid_order_id"] == order["_id"]
        )
        back = sum(r["refund"] for r in platform.world.state.all("refunds") if r["out_trade_no"] == order["_id"])
        assert (order["status"], back) == (("paid", 0) if confirmed else ("refunded", order["amount_fen"]))
    return paid


@pytest.mark.covers("N4", "N15", "A6", "A9")
async def test_random_schedules_with_faults_and_crashes_lose_no_money_and_sell_no_place_twice(
    app: App, platform: Any, clock: TestClock, phone_of: Any, worker_step: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random("bookings")
    await steps.open_hospital(app)
    people = []
    for key in ("zhang", "wang"):
        phone = await phone_of(key)
        people.append((key, phone, await steps.bound(phone, platform, key)))
    crashing = Crashing(chance)
    crashing.install(monkeypatch)
    clinics = [doc async for doc in app.db["clinics"].find({"fee_fen": 2000, "on": steps.TOMORROW}).sort("_id", 1)]
    paid = 0
    for number in range(SCHEDULES):
        clock.set(steps.at("00:10"))
        slots = [f"{clinics[number % len(clinics)]['_id']}.{n:03d}" for n in (10 + number // 10, 20 - number // 10)]
        schedule = Schedule(app, platform, clock, worker_step, chance)
        crashing.on = True
        await schedule.run(people, slots)
        crashing.on = False
        await schedule.settle()
        paid = await check(app, platform)
    assert paid >= SCHEDULES // 2, "the schedules were too tame"
