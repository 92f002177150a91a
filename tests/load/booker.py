"""One process full of people who all want a place: `python -m tests.load.booker <settings> <first> <count>`.

It makes its people, says "ready", waits for a line, lets them all book at once, and prints
{"sold": {slot_id: appointment_id}, "refused": {code: n}}.
"""

import asyncio
import json
import sys
from collections import Counter
from typing import Any

from server import errors
from server.appointments import service as appointments
from server.appointments.models import Booking
from server.bootstrap import close_app, open_app
from server.context import Actor, App
from server.patients.models import Binding, Document, Identity
from server.patients.store import bindings
from server.settings import Settings
from tests.conftest import TestClock

AT_ONCE = 50


def person(app: App, number: int) -> Binding:
    """An invented patient with an account of his own."""
    document = Document(kind="passport", number=f"X{number:07d}")
    typed = Identity(name="样例", document=document, sex="unknown", birth_on="1990-01-01", phone="13900000000")
    facts: dict[str, Any] = {"relation": "self", "active": True, "opening": "none", "typed": typed}
    ids = {"id": app.new_id(), "account_id": f"w{number}", "patient_id": f"p{number}"}
    return Binding.model_validate(ids | facts | {"created_at": app.now()})


async def add_people(app: App, numbers: range) -> list[Binding]:
    people = [person(app, number) for number in numbers]

    async def work(tx: Any) -> None:
        for one in people:
            await bindings.add(app, one, tx)

    await app.db.transact(work)
    return people


async def rush(app: App, people: list[Binding], slot_ids: list[str], first: int) -> dict[str, Any]:
    """Everybody tries one place; the places are tried in turn."""
    sold: dict[str, str] = {}
    refused: Counter[str] = Counter()
    gate = asyncio.Semaphore(AT_ONCE)

    async def attempt(one: Binding, slot_id: str) -> None:
        async with gate:
            try:
                wish = Booking(slot_id=slot_id, patient_id=one.patient_id)
                made = await appointments.book(app, wish, by=Actor("account", one.account_id))
                sold[f"{made.clinic_id}.{made.place_number:03d}"] = made.id
            except errors.Refusal as refusal:
                refused[refusal.code] += 1

    wanted = [slot_ids[(first + n) % len(slot_ids)] for n in range(len(people))]
    await asyncio.gather(*map(attempt, people, wanted))
    return {"sold": sold, "refused": dict(refused)}


async def main(settings: str, first: int, count: int) -> None:
    app = await open_app(Settings.model_validate_json(settings), TestClock())
    slot_ids = sorted([doc["_id"] async for doc in app.db["slots"].find({}, {"_id": 1})])
    people = await add_people(app, range(first, first + count))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps(await rush(app, people, slot_ids, first)), flush=True)
    await close_app(app)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
