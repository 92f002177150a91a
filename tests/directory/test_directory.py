"""The directory over HTTP, as the HIS has it."""

from typing import Any

import pytest

from server.context import App
from server.directory import service as directory
from server.directory.models import Hospital
from tests.conftest import Browser, TestClock


@pytest.fixture(autouse=True)
async def taken_over(app: App) -> None:
    await directory.refresh(app, days=2)


async def clinics_of(client: Browser, department_id: str) -> list[dict[str, Any]]:
    said = await client.get(f"/api/clinics?department_id={department_id}&days=2")
    assert said.status_code == 200, said.text
    return list(said.json()["items"])


async def test_departments_and_doctors_are_those_of_the_his(client: Browser) -> None:
    departments = (await client.get("/api/departments")).json()["items"]
    assert len(departments) == 20
    assert departments[0]["doctor_count"] == 4
    doctors = (await client.get(f"/api/doctors?department_id={departments[0]['id']}")).json()["items"]
    assert len(doctors) == 4
    assert doctors[0]["department_name"] == departments[0]["name"]
    one = (await client.get(f"/api/doctors/{doctors[0]['id']}")).json()
    assert one == doctors[0]
    named = (await client.get("/api/doctors", params={"q": doctors[0]["name"]})).json()["items"]
    assert doctors[0] in named
    assert (await client.get(f"/api/departments/{departments[0]['id']}")).json() == departments[0]


async def test_what_is_not_there_is_not_found(client: Browser) -> None:
    for path in ("departments/none", "doctors/none", "clinics/none/slots"):
        assert (await client.get(f"/api/{path}")).status_code == 404
    assert (await client.get("/api/clinics")).status_code == 400


async def test_the_hospital_says_who_it_is(client: Browser, app: App) -> None:
    await directory.describe_hospital(app, Hospital(name="样例医院", phone="020-0"))
    said = (await client.get("/api/hospital")).json()
    assert said["name"] == "样例医院"
    assert said["is_demo"] is True


@pytest.mark.covers("A9", "H5")
async def test_the_timetable_shows_what_can_be_booked_and_each_place_once(client: Browser, clock: TestClock) -> None:
    clinic = next(c for c in await clinics_of(client, "cardiology") if c["half"] == "pm")
    assert clinic["status"] == "open"
    assert clinic["free"] == clinic["total"] > 0
    said = (await client.get(f"/api/clinics/{clinic['id']}/slots")).json()
    assert [s["number"] for s in said["items"]] == list(range(1, clinic["total"] + 1))
    assert said["clinic"] == clinic
    clock.advance(hours=6)  # 14:30: half an hour of the afternoon clinic has gone, another closes
    later = (await client.get(f"/api/clinics/{clinic['id']}/slots")).json()
    assert 0 < later["clinic"]["free"] < clinic["free"]
    assert [s["number"] for s in later["items"] if not s["free"]] == list(
        range(1, clinic["total"] - later["clinic"]["free"] + 1)
    )


async def test_taking_over_again_changes_nothing_and_touches_no_sold_place(app: App, client: Browser) -> None:
    before = await clinics_of(client, "cardiology")
    slot_id = f"{before[-1]['id']}.001"
    await directory.claim(app, slot_id, "a" * 24, app.real_now())
    await app.db.transact(lambda tx: directory.take(app, slot_id, "a" * 24, tx))
    await app.db["clinics"].update_many({}, {"$set": {"digest": "old"}})
    await directory.refresh(app, days=2)
    after = await clinics_of(client, "cardiology")
    assert after[-1].pop("free") == before[-1].pop("free") - 1
    assert after == before
    kept = await app.db["slots"].find_one({"_id": slot_id})
    assert kept
    assert kept["state"] == "taken"
    assert kept["appointment_id"] == "a" * 24


async def test_a_clinic_that_the_his_stopped_offers_nothing(app: App, platform: Any, client: Browser) -> None:
    clinic = (await clinics_of(client, "cardiology"))[-1]
    await platform.his("stop-clinic", clinic_id=clinic["id"])
    await directory.refresh(app, days=2)
    said = (await client.get(f"/api/clinics/{clinic['id']}/slots")).json()
    assert said["clinic"]["status"] == "stopped"
    assert not any(s["free"] for s in said["items"])
    stops = await app.db["events"].count_documents({"type": "directory.clinic_stopped"})
    await directory.refresh(app, days=2)
    assert await app.db["events"].count_documents({"type": "directory.clinic_stopped"}) == stops == 1


async def test_a_stopped_clinic_that_opens_again_offers_its_places(app: App, client: Browser, worker_step: Any) -> None:
    clinic = (await clinics_of(client, "cardiology"))[-1]
    await directory.stop_clinic(app, clinic["id"])
    await directory.open_clinic(app, clinic["id"])
    assert (await clinics_of(client, "cardiology"))[-1]["status"] == "stopped"  # its bookings come first
    await worker_step()
    await directory.open_clinic(app, clinic["id"])
    assert (await clinics_of(client, "cardiology"))[-1] == clinic


async def test_a_clinic_with_fewer_places_closes_those_nobody_has(app: App, client: Browser) -> None:
    clinic = (await clinics_of(client, "cardiology"))[-1]
    await app.db["slots"].insert_one(
        {
            "_id": f"{clinic['id']}.099",
            "clinic_id": clinic["id"],
            "place_number": 99,
            "starts_at": app.now(),
            "ends_at": app.now(),
            "state": "free",
            "ordered": False,
            "held_until": None,
            "appointment_id": None,
            "version": 1,
        }
    )
    await app.db["clinics"].update_many({}, {"$set": {"digest": "old"}})
    await directory.refresh(app, days=2)
    kept = await app.db["slots"].find_one({"_id": f"{clinic['id']}.099"})
    assert kept
    assert kept["state"] == "closed"


async def test_a_new_day_brings_the_clinics_of_another_day(
    app: App, platform: Any, client: Browser, clock: TestClock
) -> None:
    last = (await clinics_of(client, "cardiology"))[-1]["on"]
    await directory.keep_ahead(app)  # asked today already
    assert await app.db["clinics"].count_documents({"on": {"$gt": last}}) == 0
    clock.advance(days=1)
    await directory.keep_ahead(app)
    assert await app.db["clinics"].count_documents({"on": {"$gt": last}}) > 0
