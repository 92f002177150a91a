"""Checking in with the QR code of a nurse station: who gets which number, and what is refused."""

from datetime import datetime
from typing import Any

import pytest

from server.context import App
from server.values import shanghai_at
from tests.appointments import steps as booking
from tests.conftest import TestClock
from tests.patients.people import bind
from tests.queues import steps
from tests.queues.steps import TODAY


@pytest.fixture
async def zhang(app: App, clock: TestClock, platform: Any, phone_of: Any) -> steps.Waiting:
    return await steps.booked_today(app, clock, platform, await phone_of("zhang"), "zhang")


@pytest.mark.covers("A11.1", "A11.2")
async def test_checking_in_gives_a_number_and_the_place_in_the_queue_of_the_his(
    zhang: steps.Waiting, platform: Any, app: App
) -> None:
    ticket = await zhang.check_in()
    queue = await platform.his("call-next", clinic_id=zhang.clinic_id)  # shows the queue; somebody else is called
    mine = next(t for t in queue["items"] if t["appointment_id"] == zhang.appointment["id"])
    before = sum(
        t["status"] == "waiting" or t == queue["calling"] for t in queue["items"][: queue["items"].index(mine)]
    )
    assert (ticket["number"], ticket["room"], ticket["status"]) == (mine["number"], mine["room"], "waiting")
    assert ticket["ahead"] == before > 0
    assert ticket["position"] == before + 1
    assert ticket["patient_name"] == "张建国"
    assert ticket["doctor_name"] == zhang.appointment["doctor_name"]
    after = (await zhang.phone.get(f"/api/appointments/{zhang.appointment['id']}")).json()
    assert after["status"] == "checked_in"
    assert not after["can_check_in"]
    assert await app.db["tickets"].count_documents({}) == 1


@pytest.mark.covers("A11.2")
async def test_before_the_clinic_opens_the_expected_time_counts_from_its_beginning(zhang: steps.Waiting) -> None:
    ticket = await zhang.check_in()
    start, end = (datetime.fromisoformat(zhang.appointment[name]) for name in ("starts_at", "ends_at"))
    assert ticket["ahead"] > 0
    assert ticket["calling_number"] is None
    assert ticket["expected_minutes"] == 30 + ticket["ahead"] * (end - start).seconds // 60
    assert ticket["expected_at"] > f"{TODAY}T14:00"


@pytest.mark.covers("A11.1")
async def test_scanning_again_gives_the_same_number(zhang: steps.Waiting, app: App) -> None:
    first = await zhang.check_in()
    again = await zhang.check_in()
    named = await zhang.check_in(appointment_id=zhang.appointment["id"])
    assert first["id"] == again["id"] == named["id"]
    assert first["number"] == again["number"]
    assert await app.db["tickets"].count_documents({}) == 1


async def test_the_address_in_the_qr_code_may_be_sent_as_it_was_read(zhang: steps.Waiting, platform: Any) -> None:
    codes = (await platform.http.get("/sandbox/api/account")).json()["qrcodes"]
    read = next(c["text"] for c in codes if c.get("text", "").endswith(zhang.station.replace("_", "-")))
    said = await zhang.phone.post("/api/check-ins", json={"station": read})
    assert said.status_code == 201, said.text


NOT_HERE = [
    ("station.nowhere", 404, "unknown_station"),
    ("https://example.com/?station=nothing", 404, "unknown_station"),
    ("今天天气很好", 404, "unknown_station"),
    ("https://[", 404, "unknown_station"),
    ("https://[?to=x", 404, "unknown_station"),
    ("station.dermatology", 404, "nothing_to_check_in"),
    ("", 400, "invalid"),
    ("x" * 600, 400, "invalid"),
]


async def test_a_code_that_is_none_of_ours_or_of_another_department_is_refused(zhang: steps.Waiting, app: App) -> None:
    for station, status, code in NOT_HERE:
        said = await zhang.phone.post("/api/check-ins", json={"station": station})
        assert (said.status_code, said.json()["code"]) == (status, code), station
        assert said.json()["message"]
    assert await app.db["tickets"].count_documents({}) == 0


async def test_hours_before_it_is_too_early_and_after_the_end_there_is_nothing(
    zhang: steps.Waiting, clock: TestClock
) -> None:
    clock.set(shanghai_at(TODAY, "11:59"))
    said = await zhang.phone.post("/api/check-ins", json={"station": zhang.station})
    assert (said.status_code, said.json()["code"]) == (409, "too_early")
    clock.set(shanghai_at(TODAY, "16:59"))
    said = await zhang.phone.post("/api/check-ins", json={"station": zhang.station})
    assert (said.status_code, said.json()["code"]) == (404, "nothing_to_check_in")


async def test_a_cancelled_booking_cannot_be_checked_in(zhang: steps.Waiting, clock: TestClock) -> None:
    clock.set(shanghai_at(TODAY, "12:30"))
    assert (await zhang.phone.delete(f"/api/appointments/{zhang.appointment['id']}")).status_code == 200
    said = await zhang.phone.post("/api/check-ins", json={"station": zhang.station})
    assert said.json()["code"] == "nothing_to_check_in"


async def test_somebody_else_cannot_check_in_a_booking_that_is_not_his(
    zhang: steps.Waiting, platform: Any, phone_of: Any
) -> None:
    wang = await phone_of("wang")
    await booking.bound(wang, platform, "wang")
    wanted = {"station": zhang.station, "appointment_id": zhang.appointment["id"]}
    assert (await wang.post("/api/check-ins", json=wanted)).json()["code"] == "nothing_to_check_in"
    named = await bind(wang, platform, "zhang", phone="13800000003", relation="other")  # typed, but not proved
    assert not named.json()["records_open"]
    assert (await wang.post("/api/check-ins", json=wanted)).json()["code"] == "nothing_to_check_in"


async def test_with_two_bookings_in_a_department_the_phone_must_say_which(
    app: App, clock: TestClock, platform: Any, phone_of: Any
) -> None:
    phone = await phone_of("li")
    first = await steps.booked_today(app, clock, platform, phone, "li")
    clock.set(shanghai_at(TODAY, "12:30"))
    father = (await bind(phone, platform, "li-guoqiang", relation="parent")).json()["id"]
    slot = (await booking.free_slots(app, 0, TODAY))[0]
    second = await booking.booked(phone, slot["_id"], father)
    clock.set(shanghai_at(TODAY, "13:30"))
    said = await phone.post("/api/check-ins", json={"station": first.station})
    assert (said.status_code, said.json()["code"]) == (409, "choose_appointment")
    assert set(said.json()["details"]["appointment_ids"]) == {first.appointment["id"], second["id"]}
    assert (await first.check_in(appointment_id=second["id"]))["patient_name"] == "李国强"
    assert (await first.check_in())["patient_name"] == "李秀英"  # the only one left


async def test_when_the_his_says_no_the_patient_is_sent_to_the_desk(
    zhang: steps.Waiting, platform: Any, app: App
) -> None:
    await platform.his("stop-clinic", clinic_id=zhang.clinic_id)
    said = await zhang.phone.post("/api/check-ins", json={"station": zhang.station})
    assert (said.status_code, said.json()["code"]) == (409, "check_in_refused")
    assert await app.db["tickets"].count_documents({}) == 0


async def test_when_the_his_is_away_nothing_is_kept_and_it_can_be_tried_again(
    zhang: steps.Waiting, platform: Any, app: App
) -> None:
    booking.his_fault(platform, down=True)
    said = await zhang.phone.post("/api/check-ins", json={"station": zhang.station})
    assert said.status_code == 503
    assert await app.db["tickets"].count_documents({}) == 0
    booking.his_fault(platform)
    assert (await zhang.check_in())["status"] == "waiting"
