"""A day of follow-up: plan, push over a WeChat that answers after 50 ms, 40 % answer, score, alert.

`python -m tests.bench.followup_day [due]`: once with 10,000 enrolled and once with 200,000, as many due each time.
What is compared is the CPU of worker and mongod for one task; the floor is the same day with nothing but its
writes and calls. WeChat, worker and mongod are processes of their own on this machine.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from server.context import SYSTEM, Actor, App
from server.embedded import free_port, start_child, stop_child
from server.followups import service as followups
from server.followups.models import GivenTask
from server.plans import service as plans
from server.plans import store
from server.plans.models.enrolments import Enrolment
from server.questionnaires import service as questionnaires
from server.values import plus_days, shanghai_at, shanghai_date
from tests.bench.compare import Row
from tests.bench.deliver import alone, answers, commands
from tests.bench.prepare import Caller, callers
from tests.followups.steps import FOLDER, WELL
from tests.journeys.hospital import cpu_s, wait_until

LATENCY_S, HANDS, ANSWER, RED = 0.05, 16, 0.4, 0.1
SIZES = (10_000, 200_000)
MOST = 1.2
CHECKPOINT_S = 61
PLANS = Path("fixtures/plans")


@dataclass
class Day:
    """What one day has cost. CPU and time in seconds for one task."""

    enrolled: int
    took_s: float
    cpu_s: float
    trips: float


async def measure(due: int) -> Row:
    """Both sizes and the floor, each on a database of its own."""
    days = []
    for enrolled in SIZES:
        async with _hospital() as (app, env, folder):
            await questionnaires.publish_folder(app, FOLDER, by=SYSTEM)
            await plans.publish_folder(app, PLANS, by=SYSTEM)
            people = await callers(app, due, first=1)
            everybody = {"_id": {"$in": [caller.account_id for caller in people]}}
            await app.db["accounts"].update_many(everybody, {"$set": {"followed": True}})
            await _enrol(app, people, enrolled)
            days.append(await _day(app, env, folder, people, enrolled))
            floor = await _floor(app, env, folder, people)
    small, large = days
    growth = large.cpu_s / small.cpu_s
    note = f"{due:,} due; CPU per task {1000 * small.cpu_s:.1f} ms of {SIZES[0]:,} enrolled, "
    note += f"{1000 * large.cpu_s:.1f} ms of {SIZES[1]:,}: x {growth:.2f}; {large.trips:.0f} commands to Mongo each"
    return Row(
        scenario="followup-day",
        ours_per_s=1 / large.took_s,
        floor_per_s=1 / floor,
        ratio=floor / large.took_s,
        wanted=f"growth ≤ {MOST}",
        ok=growth <= MOST,
        note=note,
    )


@asynccontextmanager
async def _hospital() -> AsyncIterator[tuple[App, dict[str, str], Path]]:
    with tempfile.TemporaryDirectory(prefix="suizhen-day-") as name:
        folder = Path(name)
        async with alone(folder) as (app, env):
            await _by_day(app)
            yield app, env, folder


async def _by_day(app: App) -> None:
    """Ten o'clock in the morning: at night these messages wait."""
    now = app.real_now()
    morning = shanghai_at(shanghai_date(now), "10:00")
    doc = {"_id": "clock", "real_at": now, "business_at": morning, "rate": 1.0}
    await app.db["clock"].replace_one({"_id": "clock"}, doc, upsert=True)
    while abs((app.now() - morning).total_seconds()) > 60:
        await asyncio.sleep(0.05)


async def _enrol(app: App, people: list[Caller], enrolled: int) -> None:
    """Everybody whose task is due today, and others whose turn comes within the next three months."""
    today = shanghai_date(app.now())
    plan = await store.plan_in_use(app, "discharge_general")
    assert plan
    pattern = Enrolment(
        id=app.new_id(),
        plan_key=plan.key,
        plan_id=plan.id,
        patient_id="nobody",
        department_id="cardiology",
        enrolled_by="system",
        enrolled_at=app.now(),
        anchors={"discharge": plus_days(today, -7)},
        step=plan.definition.steps[0].key,
        due_at=app.now() + timedelta(days=1),
        act="send",
        next_at=app.now() + timedelta(days=365),  # laid before it is due
    )
    mine = [
        pattern.model_copy(update={"id": app.new_id(), "patient_id": c.patient_id, "live_of": f"{c.patient_id}:day"})
        for c in people
    ]
    for start in range(0, len(mine), 500):
        batch = mine[start : start + 500]
        await app.db.transact(lambda tx, batch=batch: store.add(app, batch, tx))  # type: ignore[misc]
    doc = await app.db["enrolments"].find_one({"_id": mine[0].id})
    assert doc
    for start in range(0, enrolled - len(people), 5000):
        rest = range(start, min(start + 5000, enrolled - len(people)))
        await app.db["enrolments"].insert_many(
            [
                doc
                | {"_id": f"other{n}", "patient_id": f"other{n}", "live_of": f"other{n}:day"}
                | {"next_at": app.now() + timedelta(days=1 + n % 90)}
                for n in rest
            ]
        )


async def _day(app: App, env: dict[str, str], folder: Path, people: list[Caller], enrolled: int) -> Day:
    port, mongod = free_port(), await _pid_of_mongod(app)
    wechat = start_child(
        [sys.executable, "-m", "tests.bench.deliver", "wechat", str(port), str(LATENCY_S)], folder / "wechat.log"
    )
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "server", "worker"]
    worker = start_child(command, folder / "worker.log", env={**env, "WECHAT_API_URL": url})
    try:
        wait_until(lambda: answers(url))
        await asyncio.sleep(CHECKPOINT_S)  # the worker is there, and mongod has written what was laid
        used, trips, began = cpu_s(worker) + _cpu_of(mongod), await commands(app), monotonic()
        ids = [caller.patient_id for caller in people]
        now = {"$set": {"next_at": app.now() - timedelta(minutes=1)}}
        await app.db["enrolments"].update_many({"patient_id": {"$in": ids}, "live_of": {"$regex": "day$"}}, now)
        await _until(app, "tasks", {"state": "open"}, len(people))
        await _until(app, "messages", {"state": {"$in": ["sent", "delivered"]}}, len(people))
        await _answer(app, people)
        while await app.db["events"].find_one({"state": "waiting"}, {"_id": 1}):
            await asyncio.sleep(0.05)
        took = monotonic() - began
        used = cpu_s(worker) + _cpu_of(mongod) - used
        trips = await commands(app) - trips
    finally:
        stop_child(worker)
        stop_child(wechat)
    answered = int(len(people) * ANSWER)
    assert await app.db["tasks"].count_documents({"state": "answered"}) == answered
    assert await app.db["alerts"].count_documents({}) == int(answered * RED)
    return Day(enrolled, took / len(people), used / len(people), trips / len(people))


async def _answer(app: App, people: list[Caller]) -> None:
    by_patient = {caller.patient_id: caller.account_id for caller in people}
    tasks = await app.db["tasks"].find({"state": "open"}, {"patient_id": 1}).to_list()
    answered = int(len(people) * ANSWER)
    waiting = asyncio.Queue[tuple[int, dict[str, Any]]]()
    for each in enumerate(tasks[:answered]):
        waiting.put_nowait(each)

    async def hand() -> None:
        while not waiting.empty():
            number, task = waiting.get_nowait()
            given_answers = WELL | ({"pain": 9} if number < int(answered * RED) else {})
            actor = Actor("account", by_patient[task["patient_id"]], frozenset({"patient"}))
            given = GivenTask.model_validate({"answers": given_answers})
            await followups.answer(app, task["_id"], given, by=actor)

    await asyncio.gather(*(hand() for _ in range(HANDS)))


async def _floor(app: App, env: dict[str, str], folder: Path, people: list[Caller]) -> float:
    """Seconds for one task when each is one insert, one call, and for 40 % one update and one insert."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.deliver", "wechat", str(port), str(LATENCY_S)]
    wechat = start_child(command, folder / "floor.log")
    url = f"http://127.0.0.1:{port}/cgi-bin/message/template/send"
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}"))
        began, turns = monotonic(), iter(range(len(people)))
        docs = [{"_id": f"floor{n}", "state": "open"} for n in range(len(people))]
        await app.db["floor_tasks"].insert_many(docs)

        async def hand() -> None:
            for n in turns:
                body = f'{{"touser": "o-floor-{n}"}}'
                await AsyncHTTPClient().fetch(HTTPRequest(url, "POST", body=body))
                await app.db["floor_messages"].insert_one({"_id": n, "state": "sent"})
                if n < len(people) * ANSWER:
                    await app.db["floor_tasks"].update_one({"_id": f"floor{n}"}, {"$set": {"state": "answered"}})
                    await app.db["floor_events"].insert_one({"_id": n})

        await asyncio.gather(*(hand() for _ in range(HANDS)))
        return (monotonic() - began) / len(people)
    finally:
        stop_child(wechat)


async def _until(app: App, collection: str, query: dict[str, Any], count: int) -> None:
    while await app.db[collection].count_documents(query) < count:
        await asyncio.sleep(0.1)


async def _pid_of_mongod(app: App) -> int:
    return int((await app.db.client.admin.command("serverStatus"))["pid"])


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def main(due: int) -> None:
    """One line."""
    row = await measure(due)
    print(f"{row.ours_per_s:.0f}/s, floor {row.floor_per_s:.0f}/s ({row.ratio:.0%}); {row.wanted}: {row.note}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else 1000))
