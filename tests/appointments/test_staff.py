"""A day's bookings for staff: who sees which."""

from typing import Any

import pytest

from server.context import App
from tests.appointments import steps


@pytest.fixture
async def booking(app: App, phone_of: Any, platform: Any) -> dict[str, Any]:
    await steps.open_hospital(app)
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    return await steps.booked(phone, await steps.free_slot(app, 0), patient)


async def seen_by(console: Any) -> list[dict[str, Any]]:
    said = await console.get(f"/api/staff/appointments?on={steps.TOMORROW}")
    assert said.status_code == 200, said.text
    return list(said.json()["items"])


@pytest.mark.covers("H5")
async def test_desk_sees_all_doctor_his_own_nurse_her_department(
    app: App, booking: dict[str, Any], console_of: Any
) -> None:
    at_desk = await seen_by(await console_of("desk"))
    assert [a["id"] for a in at_desk] == [booking["id"]]
    assert at_desk[0]["patient_name"] == "张建国"
    assert at_desk[0]["phone_masked"] == "138****0001"
    assert at_desk[0]["channel"] == "wechat"
    assert at_desk[0]["his_status"] == "waiting"
    own = await console_of("doctor", doctor_id=booking["doctor_id"])
    other = await console_of("doctor", doctor_id="somebody-else")
    nurse = await console_of("nurse", department_ids=[booking["department_id"]])
    elsewhere = await console_of("nurse", department_ids=["elsewhere"])
    assert [len(await seen_by(c)) for c in (own, other, nurse, elsewhere)] == [1, 0, 1, 0]
    lines = await app.db["audit"].count_documents({"action": "appointments.list"})
    assert lines == 3
    desk = await console_of("desk")
    assert (await desk.get(f"/api/staff/appointments?on={steps.TOMORROW}&status=held")).json()["items"] == []
    filtered = f"/api/staff/appointments?on={steps.TOMORROW}&department_id={booking['department_id']}"
    assert len((await desk.get(filtered)).json()["items"]) == 1


async def test_a_patients_bookings_need_a_care_relation(app: App, booking: dict[str, Any], console_of: Any) -> None:
    path = f"/api/staff/patients/{booking['patient_id']}/appointments"
    own = await console_of("doctor", doctor_id=booking["doctor_id"])
    other = await console_of("doctor", doctor_id="somebody-else")
    assert [a["id"] for a in (await own.get(path)).json()["items"]] == [booking["id"]]
    refused = await other.get(path)
    assert (refused.status_code, refused.json()["code"]) == (403, "no_care_relation")


async def test_others_are_refused(app: App, console_of: Any, client: Any) -> None:
    assert (await client.get("/api/staff/appointments")).status_code == 401
    for role in ("editor", "admin"):
        assert (await (await console_of(role)).get("/api/staff/appointments")).status_code == 403
    for role in ("editor", "doctor", "nurse"):
        assert (await (await console_of(role)).get("/api/staff/write-backs")).status_code == 403
