"""What somebody may do with a document number that is not his: nothing that shows or blocks another's care."""

from typing import Any

import pytest

from server.context import App
from tests.appointments import steps
from tests.patients.people import bind


@pytest.mark.covers("R30", "H13")
async def test_a_booking_by_somebody_who_proved_nothing_opens_no_record_to_the_doctor(
    phone_of: Any, platform: Any, app: App, console_of: Any
) -> None:
    await steps.open_hospital(app)
    zhang = await steps.bound(await phone_of("zhang"), platform, "zhang")
    stranger = await phone_of("chen")
    bound = await bind(stranger, platform, "zhang", phone="13800000004", relation="other")
    assert not bound.json()["records_open"]
    slot = (await steps.free_slots(app, 0))[0]
    made = await steps.booked(stranger, slot["_id"], zhang)
    assert made["status"] == "confirmed"
    doctor = await console_of("doctor", doctor_id=made["doctor_id"], department_ids=["nowhere"])
    said = await doctor.get(f"/api/staff/patients/{zhang}")
    assert (said.status_code, said.json()["code"]) == (403, "no_care_relation")


async def test_a_wrong_name_with_a_known_document_can_book_nothing_and_learns_nothing(
    phone_of: Any, platform: Any, app: App
) -> None:
    await steps.open_hospital(app)
    his = await phone_of("zhang")
    zhang = await steps.bound(his, platform, "zhang")
    slots = await steps.free_slots(app, 0)
    await steps.booked(his, slots[0]["_id"], zhang)
    stranger = await phone_of("chen")
    await bind(stranger, platform, "zhang", name="张三", phone="13800000004", relation="other")
    said = await steps.book(stranger, slots[1]["_id"], zhang)
    assert (said.status_code, said.json()["code"]) == (403, "records_closed")
    assert await app.db["appointments"].count_documents({}) == 1


async def test_a_kept_answer_is_sealed(phone_of: Any, platform: Any, app: App) -> None:
    await steps.open_hospital(app)
    phone = await phone_of("zhang")
    zhang = await steps.bound(phone, platform, "zhang")
    wanted = {"slot_id": await steps.free_slot(app, 0), "patient_id": zhang}
    first = await phone.post("/api/appointments", json=wanted, headers={"Idempotency-Key": "one-intent"})
    again = await phone.post("/api/appointments", json=wanted, headers={"Idempotency-Key": "one-intent"})
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    kept = await app.db["replies"].find_one({})
    assert "张建国" not in str(kept)
