"""2,000 people from four processes want 200 places at the same moment: each place is sold once."""

import asyncio
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.context import App
from server.directory import service as directory
from server.settings import Settings
from tests.load import booker

ROOT = Path(__file__).parents[2]


class SmallHis:
    """A HIS with one doctor and clinics of 20 places that cost nothing."""

    def __init__(self, clinics: int) -> None:
        self._clinics = clinics

    async def departments(self) -> list[dict[str, Any]]:
        return [{"id": "e", "name": "样例科", "intro": "", "location": "", "floor": "1层", "order": 1}]

    async def doctors(self) -> list[dict[str, Any]]:
        facts = {"name": "样例", "title": "", "speciality": "", "intro": "", "fee_fen": 0}
        return [{"id": "d", "department_id": "e", **facts}]

    async def clinics(self, from_on: str, to_on: str) -> list[dict[str, Any]]:
        times = {"starts_at": "2026-11-26T08:00:00+08:00", "ends_at": "2026-11-26T11:20:00+08:00"}
        facts = {"department_id": "e", "doctor_id": "d", "on": "2026-11-26", "half": "am", "places": 20, **times}
        facts |= {"minutes_per_place": 10, "fee_fen": 0, "location": "", "status": "open"}
        return [{"id": f"c{n}", **facts} for n in range(self._clinics)]


async def check(app: App, told: dict[str, str], places: int) -> None:
    """What was told to people is what the store holds, and each place is sold once."""
    kept = {doc["slot_id"]: doc["_id"] async for doc in app.db["appointments"].find({"status": "confirmed"})}
    assert await app.db["appointments"].count_documents({}) == len(kept) == places
    assert kept == told
    slots = {doc["_id"]: doc["appointment_id"] async for doc in app.db["slots"].find({"state": "taken"})}
    assert slots == kept
    assert await app.db["write_backs"].count_documents({"status": "waiting"}) == places
    assert await app.db["events"].count_documents({"type": "appointments.confirmed"}) == places


@pytest.mark.covers("N4")
async def test_sixty_places_for_three_hundred_people(app: App) -> None:
    await directory.refresh(replace(app, his=SmallHis(3)))  # type: ignore[arg-type]
    people = await booker.add_people(app, range(300))
    slot_ids = sorted([doc["_id"] async for doc in app.db["slots"].find()])
    said = await booker.rush(app, people, slot_ids, 0)
    assert said["refused"] == {"slot_taken": 240}
    await check(app, said["sold"], 60)


@pytest.mark.covers("N4", "A6")
async def test_two_hundred_places_for_two_thousand_people_in_four_processes(app: App, settings: Settings) -> None:
    await directory.refresh(replace(app, his=SmallHis(10)))  # type: ignore[arg-type]
    text = settings.model_dump_json()
    run = [sys.executable, "-m", "tests.load.booker", text]
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.DEVNULL}
    crowd = [
        await asyncio.create_subprocess_exec(*run, str(first), "500", cwd=ROOT, **pipes)  # type: ignore[arg-type]
        for first in (0, 500, 1000, 1500)
    ]
    for one in crowd:
        assert one.stdout is not None
        assert (await one.stdout.readline()).strip() == b"ready"
    start = time.monotonic()
    told: dict[str, str] = {}
    refused = 0
    for output, _ in await asyncio.gather(*(one.communicate(b"go\n") for one in crowd)):
        said = json.loads(output)
        assert not told.keys() & said["sold"].keys(), "two people were told that they have the same place"
        told |= said["sold"]
        refused += said["refused"].get("slot_taken", 0)
    assert time.monotonic() - start < 60
    assert (len(told), refused) == (200, 1800)
    await check(app, told, 200)
