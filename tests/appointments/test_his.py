"""The HIS is told of every booking and cancellation; what it refuses, and when it is away."""

from typing import Any

import pytest

from server.context import App
from server.integration import his_feed
from tests.appointments import steps
from tests.conftest import TestClock


@pytest.fixture(autouse=True)
async def hospital(app: App) -> None:
    await steps.open_hospital(app)


@pytest.fixture
async def zhang(phone_of: Any, platform: Any) -> tuple[Any, str]:
    phone = await phone_of("zhang")
    return phone, await steps.bound(phone, platform, "zhang")


async def paid(app: App, phone: Any, patient: str, platform: Any) -> dict[str, Any]:
    made = await steps.booked(phone, await steps.free_slot(app, 2000), patient)
    await platform.pay("zhang", (await steps.prepaid(phone, made["id"]))["params"])
    return made


@pytest.mark.covers("A6", "N15")
@pytest.mark.parametrize(
    "code,place", [("place_taken", "closed"), ("clinic_stopped", "closed"), ("already_paid", "free")]
)
async def test_when_the_his_refuses_the_money_returns_by_itself(
    app: App, zhang: Any, platform: Any, worker_step: Any, code: str, place: str, console_of: Any
) -> None:
    phone, patient = zhang
    steps.his_fault(platform, refuse_bookings=code)
    made = await paid(app, phone, patient, platform)
    await steps.settled(platform, worker_step)
    after = await steps.seen(phone, made["id"])
    assert after["status"] == "refused"
    assert after["his_status"] == "refused"
    assert "退回" in after["note"]
    assert after["order_status"] == "refunded"
    assert await steps.money(app) == (2000, 2000)
    assert (await steps.slot(app, f"{made['clinic_id']}.{made['place_number']:03d}"))["state"] == place
    assert await steps.events(app, "appointments.refused") == 1
    desk = await console_of("desk")
    shown = (await desk.get("/api/staff/write-backs?status=refused")).json()["items"]
    assert [(w["kind"], w["patient_name"], w["tries"]) for w in shown] == [("appointment", "张建国", 1)]


@pytest.mark.covers("N15")
async def test_while_the_his_is_away_booking_goes_on_and_it_is_told_later(
    app: App, zhang: Any, platform: Any, worker_step: Any, clock: TestClock, console_of: Any
) -> None:
    phone, patient = zhang
    steps.his_fault(platform, down=True)
    made = await paid(app, phone, patient, platform)
    await worker_step()
    after = await steps.seen(phone, made["id"])
    assert after["status"] == "confirmed"
    assert after["his_status"] == "waiting"
    desk = await console_of("desk")
    waiting = (await desk.get("/api/staff/write-backs?status=waiting")).json()["items"]
    assert len(waiting) == 1
    assert waiting[0]["tries"] == 1
    assert waiting[0]["reason"]
    steps.his_fault(platform)
    assert (await desk.post(f"/api/staff/write-backs/{waiting[0]['id']}/retry", json={})).status_code == 204
    await worker_step()
    assert (await steps.seen(phone, made["id"]))["his_status"] == "written"
    again = await desk.post(f"/api/staff/write-backs/{waiting[0]['id']}/retry", json={})
    assert again.status_code == 409
    assert again.json()["code"] == "nothing_to_write"
    assert (await desk.get("/api/staff/write-backs?status=waiting")).json()["items"] == []


async def test_a_booking_cancelled_before_the_his_heard_of_it_leaves_nothing_there(
    app: App, zhang: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    phone, patient = zhang
    steps.his_fault(platform, down=True)
    made = await paid(app, phone, patient, platform)
    await worker_step()
    await phone.delete(f"/api/appointments/{made['id']}")
    await worker_step()
    steps.his_fault(platform)
    clock.advance(minutes=20)
    await steps.settled(platform, worker_step)
    assert await steps.his_bookings(platform) == {made["id"]: "cancelled"}
    assert (await steps.seen(phone, made["id"]))["his_status"] == "written"
    assert await app.db["write_backs"].count_documents({"status": "waiting"}) == 0


@pytest.mark.covers("A6")
async def test_a_stopped_clinic_stops_its_bookings_and_returns_their_money(
    app: App, zhang: Any, platform: Any, worker_step: Any, phone_of: Any
) -> None:
    phone, patient = zhang
    made = await paid(app, phone, patient, platform)
    await steps.settled(platform, worker_step)
    wang_phone = await phone_of("wang")
    wang = await steps.bound(wang_phone, platform, "wang")
    holding = await steps.booked(wang_phone, f"{made['clinic_id']}.005", wang)
    sheet = await steps.prepaid(wang_phone, holding["id"])
    await platform.his("stop-clinic", clinic_id=made["clinic_id"])
    await his_feed.poll(app)
    await his_feed.poll(app)
    await steps.settled(platform, worker_step)
    after, other = await steps.seen(phone, made["id"]), await steps.seen(wang_phone, holding["id"])
    assert after["status"] == other["status"] == "stopped"
    assert "停诊" in after["note"]
    assert after["order_status"] == "refunded"
    assert other["order_status"] == "closed"
    assert sheet["order_id"] == other["order_id"]
    assert await steps.money(app) == (2000, 2000)
    assert await steps.his_bookings(platform) == {made["id"]: "cancelled"}
    assert await app.db["slots"].distinct("state", {"clinic_id": made["clinic_id"]}) == ["closed"]
    assert await steps.events(app, "appointments.stopped") == 2
    refused = await steps.book(phone, f"{made['clinic_id']}.008", patient)
    assert refused.status_code == 409
    await worker_step()
    assert await app.db["clinics"].count_documents({"_id": made["clinic_id"], "status": "stopped"}) == 1
