"""Booking a place over HTTP: free ones confirm at once, the others are held; what is refused."""

import asyncio
from typing import Any

import pytest

from server.context import App
from tests.appointments import steps
from tests.conftest import TestClock


@pytest.fixture(autouse=True)
async def hospital(app: App) -> None:
    await steps.open_hospital(app)


@pytest.mark.covers("A9", "A17", "H5", "A6")
async def test_a_place_that_costs_nothing_is_confirmed_at_once_and_told_to_the_his(
    app: App, phone_of: Any, platform: Any, worker_step: Any
) -> None:
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    slot_id = await steps.free_slot(app, 0)
    made = await steps.booked(phone, slot_id, patient)
    assert made["status"] == "confirmed"
    assert made["his_status"] == "waiting"
    assert made["patient_name"] == "张建国"
    assert made["hold_until"] is None
    assert made["can_cancel"]
    assert (await steps.slot(app, slot_id))["state"] == "taken"
    await worker_step()
    after = await steps.seen(phone, made["id"])
    assert after["his_status"] == "written"
    kept = await app.db["appointments"].find_one({"_id": made["id"]})
    assert kept
    assert kept["his_number"].startswith("GH")
    assert kept["channel"] == "wechat"
    listed = (await phone.get("/api/appointments?when=upcoming")).json()["items"]
    assert listed == [after]
    assert (await phone.get("/api/appointments?when=past")).json()["items"] == []
    assert await steps.events(app, "appointments.confirmed") == 1
    assert await app.db["audit"].count_documents({"action": "appointments.book", "patient_ids": patient}) == 1


async def test_a_place_that_costs_something_is_held(app: App, phone_of: Any, platform: Any) -> None:
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    slot_id = await steps.free_slot(app, 2000)
    made = await steps.booked(phone, slot_id, patient)
    assert made["status"] == "held"
    assert made["hold_until"]
    assert made["his_status"] == "none"
    assert (await steps.slot(app, slot_id))["state"] == "held"


@pytest.mark.covers("N4")
async def test_a_place_somebody_has_is_refused_and_stays_his(app: App, phone_of: Any, platform: Any) -> None:
    first, second = await phone_of("zhang"), await phone_of("wang")
    zhang = await steps.bound(first, platform, "zhang")
    wang = await steps.bound(second, platform, "wang")
    slot_id = await steps.free_slot(app, 2000)
    said = await asyncio.gather(steps.book(first, slot_id, zhang), steps.book(second, slot_id, wang))
    assert sorted(s.status_code for s in said) == [201, 409]
    assert next(s for s in said if s.status_code == 409).json()["code"] == "slot_taken"
    assert await app.db["appointments"].count_documents({}) == 1


async def test_one_booking_for_a_patient_department_and_day(app: App, phone_of: Any, platform: Any) -> None:
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    first, second, *_ = await steps.free_slots(app, 0)
    await steps.booked(phone, first["_id"], patient)
    again = await steps.book(phone, second["_id"], patient)
    assert again.status_code == 409
    assert again.json()["code"] == "same_day_twice"
    assert (await steps.slot(app, second["_id"]))["state"] == "free"


async def test_three_unpaid_places_at_the_most(app: App, phone_of: Any, platform: Any) -> None:
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    seen: set[str] = set()
    places: list[str] = []
    async for clinic in app.db["clinics"].find({"fee_fen": 2000, "on": steps.TOMORROW}):
        if clinic["department_id"] not in seen:
            seen.add(clinic["department_id"])
            places.append(f"{clinic['_id']}.001")
    said = await asyncio.gather(*(steps.book(phone, place, patient) for place in places[:6]))
    assert sorted(s.status_code for s in said) == [201, 201, 201, 409, 409, 409]
    assert {s.json()["code"] for s in said if s.status_code == 409} == {"too_many_holds"}
    assert await app.db["slots"].count_documents({"state": "held"}) == 3


async def test_nobody_books_for_a_patient_who_is_not_his(app: App, phone_of: Any, platform: Any) -> None:
    zhang, wang = await phone_of("zhang"), await phone_of("wang")
    patient = await steps.bound(zhang, platform, "zhang")
    slot_id = await steps.free_slot(app, 0)
    said = await steps.book(wang, slot_id, patient)
    assert said.status_code == 404
    assert (await steps.slot(app, slot_id))["state"] == "free"
    mine = await steps.booked(zhang, slot_id, patient)
    assert (await wang.get(f"/api/appointments/{mine['id']}")).status_code == 404
    assert (await wang.delete(f"/api/appointments/{mine['id']}")).status_code == 404
    assert (await wang.get("/api/appointments")).json()["items"] == []


async def test_booking_closes_half_an_hour_before_the_place(
    app: App, phone_of: Any, platform: Any, clock: TestClock
) -> None:
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    slot_id = await steps.free_slot(app, 0)
    clock.set(steps.at("13:30"))
    said = await steps.book(phone, slot_id, patient)
    assert said.status_code == 409
    assert said.json()["code"] == "slot_taken"
    clock.set(steps.at("13:29"))
    assert (await steps.book(phone, slot_id, patient)).status_code == 201


async def test_a_claim_whose_process_died_frees_itself(
    app: App, phone_of: Any, platform: Any, clock: TestClock
) -> None:
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    slot_id = await steps.free_slot(app, 0)
    held = {"state": "held", "appointment_id": "f" * 24, "held_until": app.real_now(), "ordered": False}
    await app.db["slots"].update_one({"_id": slot_id}, {"$set": held})
    made = await steps.booked(phone, slot_id, patient)
    assert made["status"] == "confirmed"


async def test_unknown_and_malformed_wishes_are_refused(app: App, phone_of: Any, platform: Any, client: Any) -> None:
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    assert (await steps.book(phone, "none.001", patient)).status_code == 404
    wish = {"slot_id": "none.001", "patient_id": patient, "fee_fen": 0}
    assert (await phone.post("/api/appointments", json=wish)).status_code == 400
    assert (await client.get("/api/appointments")).status_code == 401
    assert (await phone.get("/api/appointments?next=nonsense")).status_code == 400
    assert await app.db["appointments"].count_documents({}) == 0


async def test_a_repeated_post_with_the_same_key_books_once(app: App, phone_of: Any, platform: Any) -> None:
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    wish = {"slot_id": await steps.free_slot(app, 2000), "patient_id": patient}
    said = [
        await phone.post("/api/appointments", json=wish, headers={"Idempotency-Key": "tap-00001"}) for _ in range(2)
    ]
    assert said[0].status_code == said[1].status_code == 201
    assert said[0].json() == said[1].json()
    assert await app.db["appointments"].count_documents({}) == 1
