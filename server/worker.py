"""The worker: runs reactions to events, due jobs and periodic work until done, through any crash.

Events and jobs are leased documents: a worker that dies leaves a lease that runs out, and
another takes over. Reactions and jobs are idempotent, so a repeat has one effect. Nothing is
ever given up: what fails is tried again with growing pauses, ten minutes at the most. A queue
of `server/jobs.py` has hands of its own, so that slow deliveries hold up nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

from server import logs
from server.context import App, Event
from server.db import pause_after
from server.events import EVENTS
from server.jobs import JOBS, PERIODIC, QUEUES

LEASE = timedelta(seconds=20)  # longer than any foreign call may take
IDLE_S = 0.15
Step = Callable[[App], Awaitable[bool]]
log = logs.get("worker")


async def step(app: App) -> bool:
    """Run one due event or job, or some of a queue; False when there is nothing."""
    if await _one_event_or_job(app):
        return True
    return any([await queue.work(app) for queue in QUEUES])


async def _one_event_or_job(app: App) -> bool:
    return await _one_event(app) or await _one_job(app)


async def run_until_idle(app: App, limit: int = 10_000) -> int:
    """Run everything that is due now; for tests and the filling of the demonstration."""
    count = 0
    while count < limit and await step(app):
        count += 1
    return count


async def work(app: App, hands: int = 8) -> None:
    """Work for ever: events and jobs by some hands, each queue by its own, and what is periodic."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_work_on(app, hands, _is_anything_due, _one_event_or_job))
        for queue in QUEUES:
            group.create_task(_work_on(app, queue.hands, queue.is_due, queue.work))
        for name, every_s, function in PERIODIC:
            group.create_task(_periodic(app, name, every_s, function))


async def _work_on(app: App, hands: int, is_due: Step, one_step: Step) -> None:
    """One scout looks whether anything is due and wakes the hands, who work until nothing is."""
    wake = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_scout(app, wake, is_due))
        for _ in range(hands):
            group.create_task(_hand(app, wake, one_step))


async def _scout(app: App, wake: asyncio.Event, is_due: Step) -> None:
    while True:
        if not wake.is_set() and await _carefully(is_due(app)):
            wake.set()
        await asyncio.sleep(IDLE_S)


async def _hand(app: App, wake: asyncio.Event, one_step: Step) -> None:
    while True:
        await wake.wait()
        if not await _carefully(one_step(app)):
            wake.clear()


async def _carefully(doing: Awaitable[bool]) -> bool:
    """The answer, or False after a pause when the store is away for a moment."""
    try:
        return await doing
    except PyMongoError as error:
        log.warning("store away", error=type(error).__name__)
    except Exception as error:  # noqa: BLE001  one queue that fails must not end the others
        log.error("work failed", error=type(error).__name__)
    await asyncio.sleep(1)
    return False


async def _is_anything_due(app: App) -> bool:
    if await app.db["events"].find_one(_due_events(app), {"_id": 1}):
        return True
    return any([await app.db["jobs"].find_one(due, {"_id": 1}) for due in _due_jobs(app)])


def _due_events(app: App) -> dict[str, Any]:
    return {"state": "waiting", "due_at": {"$lte": app.real_now()}}


def _due_jobs(app: App) -> list[dict[str, Any]]:
    now = app.real_now()
    return [
        {"clock": clock, "due_at": {"$lte": at}, "lease_until": {"$lte": now}}
        for clock, at in (("real", now), ("business", app.now()))
    ]


async def _periodic(app: App, name: str, every_s: float, function: Any) -> None:
    """Run a periodic function on one worker at a time: the lease is a document."""
    while True:
        now = app.real_now()
        lease = {"$set": {"until": now + timedelta(seconds=every_s), "at": now}}
        try:
            taken = await app.db["periodic"].find_one_and_update({"_id": name, "until": {"$lte": now}}, lease)
            if taken:
                await function(app)
            else:
                first = {"$setOnInsert": {"until": now, "at": now}}
                await app.db["periodic"].update_one({"_id": name}, first, upsert=True)
        except Exception as error:  # noqa: BLE001  one failed round must not end the others
            log.warning("periodic work failed", name=name, error=repr(type(error).__name__))
        await asyncio.sleep(every_s)


async def _one_event(app: App) -> bool:
    now = app.real_now()
    doc = await app.db["events"].find_one_and_update(
        _due_events(app),
        {"$set": {"due_at": now + LEASE}, "$inc": {"tries": 1}},
        sort=[("due_at", 1)],
        return_document=ReturnDocument.AFTER,
    )
    if doc is None:
        return False
    event = Event(doc["_id"], doc["type"], doc["data"], doc["at"])
    failed = False
    for reaction in EVENTS.get(event.type, ()):
        name = f"{reaction.__module__}.{reaction.__qualname__}"
        if name in doc["done"]:
            continue
        try:
            await reaction(app, event)
            await app.db["events"].update_one({"_id": doc["_id"]}, {"$addToSet": {"done": name}})
        except Exception as error:  # noqa: BLE001  whatever it is: the others run, this one is tried again
            failed = True
            log.warning("reaction failed", type=event.type, reaction=name, tries=doc["tries"], error=_short(error))
    mine = {"_id": doc["_id"], "tries": doc["tries"]}
    if failed:
        await app.db["events"].update_one(mine, {"$set": {"due_at": app.real_now() + pause_after(doc["tries"])}})
    else:
        await app.db["events"].update_one(mine, {"$set": {"state": "done", "done_at": app.real_now()}})
    return True


async def _one_job(app: App) -> bool:
    now = app.real_now()
    for due in _due_jobs(app):
        doc = await app.db["jobs"].find_one_and_update(
            due,
            {"$set": {"lease_until": now + LEASE}, "$inc": {"tries": 1}},
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        if doc is not None:
            break
    else:
        return False
    mine = {"_id": doc["_id"], "version": doc["version"]}  # scheduled again meanwhile: leave the new one alone
    try:
        await JOBS[doc["kind"]](app, doc["key"])
        await app.db["jobs"].delete_one(mine)
    except Exception as error:  # noqa: BLE001  whatever it is, it is tried again
        log.warning("job failed", kind=doc["kind"], tries=doc["tries"], error=_short(error))
        await app.db["jobs"].update_one(mine, {"$set": {"lease_until": app.real_now() + pause_after(doc["tries"])}})
    return True


def _short(error: Exception) -> str:
    """What may be logged of an error: its type, and the code of a refusal; never its text."""
    return f"{type(error).__name__} {getattr(error, 'foreign_code', getattr(error, 'code', ''))}".strip()
