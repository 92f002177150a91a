"""Steps of waiting that several tests take: a booking of today, checked in; the HIS calls; our side hears of it."""

from dataclasses import dataclass
from typing import Any

from server.context import App
from server.integration import his_feed
from server.values import shanghai_at
from tests.appointments import steps
from tests.conftest import Browser, TestClock

TODAY = "2026-11-25"


@dataclass
class Waiting:
    """Somebody who has booked for 14:00 today, seen from his phone at 13:30."""

    phone: Browser
    patient_id: str
    appointment: dict[str, Any]
    department_id: str

    @property
    def station(self) -> str:
        return f"station.{self.department_id}"

    @property
    def clinic_id(self) -> str:
        return str(self.appointment["clinic_id"])

    async def check_in(self, **more: Any) -> dict[str, Any]:
        said = await self.phone.post("/api/check-ins", json={"station": self.station, **more})
        assert said.status_code == 201, said.text
        return dict(said.json())

    async def ticket(self) -> dict[str, Any]:
        return dict((await self.phone.get("/api/tickets")).json()["items"][0])


async def booked_today(app: App, clock: TestClock, platform: Any, phone: Browser, key: str, number: int = 0) -> Waiting:
    """This person books the `number`-th free place of an afternoon clinic today."""
    clock.set(shanghai_at(TODAY, "12:30"))
    await steps.open_hospital(app)
    patient_id = await steps.bound(phone, platform, key)
    slot = (await steps.free_slots(app, 0, TODAY))[number]
    made = await steps.booked(phone, slot["_id"], patient_id)
    clock.set(shanghai_at(TODAY, "13:30"))
    return Waiting(phone, patient_id, made, slot["department_id"])


async def hear(app: App, worker_step: Any) -> None:
    """Our side takes over what has happened at the HIS."""
    await his_feed.poll(app)
    await worker_step()


async def call_until(platform: Any, clinic_id: str, number: int) -> None:
    """The doctor calls one after the other until this number is inside."""
    for _ in range(30):
        queue = await platform.his("call-next", clinic_id=clinic_id)
        if queue["calling"] and queue["calling"]["number"] == number:
            return
    raise AssertionError("never called")
