"""Steps of booking that several tests take: a hospital with two days of clinics, a bound patient, a free slot."""

from datetime import datetime
from typing import Any

import httpx

from server.context import App
from server.directory import service as directory
from server.values import shanghai_at
from tests.conftest import Browser
from tests.patients.people import bind

TOMORROW = "2026-11-26"


async def open_hospital(app: App) -> None:
    """Two days of clinics."""
    await directory.refresh(app, days=2)


async def bound(phone: Browser, platform: Any, key: str) -> str:
    """This person is a patient on this phone now; gives the patient's id."""
    said = await bind(phone, platform, key)
    assert said.status_code == 201, said.text
    return str(said.json()["id"])


async def free_slots(app: App, fee_fen: int, on: str = TOMORROW) -> list[dict[str, Any]]:
    """Free places of an afternoon clinic with this fee (0, 2000)."""
    clinic = await app.db["clinics"].find_one({"fee_fen": fee_fen, "on": on, "half": "pm", "status": "open"})
    assert clinic is not None
    found = app.db["slots"].find({"clinic_id": clinic["_id"], "state": "free"}).sort("place_number", 1)
    return [doc | {"department_id": clinic["department_id"]} async for doc in found]


async def free_slot(app: App, fee_fen: int, on: str = TOMORROW) -> str:
    """The first of them: at 14:00."""
    return str((await free_slots(app, fee_fen, on))[0]["_id"])


async def book(phone: Browser, slot_id: str, patient_id: str) -> httpx.Response:
    return await phone.post("/api/appointments", json={"slot_id": slot_id, "patient_id": patient_id})


async def booked(phone: Browser, slot_id: str, patient_id: str) -> dict[str, Any]:
    said = await book(phone, slot_id, patient_id)
    assert said.status_code == 201, said.text
    return dict(said.json())


async def prepaid(phone: Browser, appointment_id: str) -> dict[str, Any]:
    """The payment sheet is open; gives {order_id, params}."""
    said = await phone.post(f"/api/appointments/{appointment_id}/payment", json={"channel": "jsapi"})
    assert said.status_code == 200, said.text
    return dict(said.json())


async def seen(phone: Browser, appointment_id: str) -> dict[str, Any]:
    return dict((await phone.get(f"/api/appointments/{appointment_id}")).json())


async def slot(app: App, slot_id: str) -> dict[str, Any]:
    found = await app.db["slots"].find_one({"_id": slot_id})
    assert found is not None
    return found


async def events(app: App, type: str) -> int:
    return await app.db["events"].count_documents({"type": type})


def at(clock: str, on: str = TOMORROW) -> datetime:
    return shanghai_at(on, clock)


async def settled(platform: Any, worker_step: Any) -> None:
    """Everything that follows from what was done has happened, on both sides."""
    for _ in range(5):
        await worker_step()
        await platform.world.idle()
    await worker_step()


async def money(app: App) -> tuple[int, int]:
    """Fen that came, fen that went back."""
    orders = [doc async for doc in app.db["orders"].find()]
    came = sum(doc["amount_fen"] for doc in orders if doc.get("transaction_id"))
    return came, sum(doc["refunded_fen"] for doc in orders)


async def his_bookings(platform: Any) -> dict[str, str]:
    """What the HIS holds of our bookings: id -> booked or cancelled."""
    return {id: doc["status"] for id, doc in platform.world.state.items("his_booking")}


def his_fault(platform: Any, **fault: Any) -> None:
    """down=True, or refuse_bookings="place_taken" …; nothing: all is well again."""
    platform.world.state.put("fault", "his", fault)
