"""The day of the simulated HIS on the business clock: clinics work, results come, inpatients leave, days turn."""

import asyncio
import logging
from datetime import datetime

from server.sandbox.his_charts import first_chart
from server.sandbox.his_clinics import DAYS_AHEAD, clinics_on
from server.sandbox.his_fixtures import Doc, at, iso
from server.sandbox.his_hospital import Clock, Hospital, Memory
from server.sandbox.his_people import population
from server.sandbox.his_queue import advance, close_queue, open_queue
from server.sandbox.his_results import discharge, issue_bill, issue_report
from server.values import plus_days

log = logging.getLogger("sandbox.his")
_BUSY = ("cardiology-4", "respiratory-4", "paediatrics-4", "general-practice-4")
_MOST_DAYS_TOLD = 30


async def run_day(state: Memory, clock: Clock, every_s: float = 0.5) -> None:
    """Keep the HIS going until cancelled; looks at the business clock every `every_s` real seconds."""
    hospital = Hospital(state, clock)
    while True:
        try:
            tick(hospital)
        except Exception:  # the day goes on whatever happened to one record
            log.exception("the day of the HIS stumbled")
        await asyncio.sleep(every_s)


def tick(hospital: Hospital) -> None:
    """Bring the HIS to now: everything due since the last call happens at its own time, in order."""
    hospital.first_on()
    now, today = hospital.now(), hospital.today()
    _turn_days(hospital, today)
    for clinic_id, queue in hospital.state.items("his_queue"):
        advance(hospital, queue, min(now, at(queue["on"], "23:59")))
        if queue["on"] < today:
            close_queue(hospital, queue)
            hospital.state.delete("his_queue", clinic_id)
    for clinic in map(hospital.with_status, clinics_on(today)):
        at_work = clinic["status"] == "open" and clinic["starts_at"] <= iso(now) < clinic["ends_at"]
        if at_work and clinic["doctor_id"] in _BUSY and not hospital.state.get("his_queue", clinic["id"]):
            open_queue(hospital, clinic)
    due = [(doc["at"], key) for key, doc in hospital.state.items("his_due") if doc["at"] <= iso(now)]
    for _, key in sorted(due):
        _settle(hospital, key)


def _turn_days(hospital: Hospital, today: str) -> None:
    """For each new day: the clinics that come into sight, and the daily lists of the wards."""
    world = hospital.state.get("his_meta", "world")
    assert world
    day = max(world["day"], plus_days(today, -_MOST_DAYS_TOLD))
    while day < today:
        day = plus_days(day, 1)
        for clinic in clinics_on(plus_days(day, DAYS_AHEAD)):
            hospital.emit("clinic.opened", at(day, "00:00"), clinic_id=clinic["id"])
        for admission in _inpatients(hospital):
            ids = {"admission_id": admission["id"], "his_id": admission["his_id"]}
            hospital.emit("admission.changed", at(day, "06:00"), **ids)
        hospital.state.put("his_meta", "world", {**world, "day": day})


def _inpatients(hospital: Hospital) -> list[Doc]:
    first_on = hospital.first_on()
    stays = [a for his_id in population(first_on) for a in first_chart(first_on, his_id)["admissions"]]
    return [a for a in stays if a["status"] == "in" and hospital.record("admissions", a["id"])["status"] == "in"]


def _settle(hospital: Hospital, key: str) -> None:
    """Do what is due and forget it."""
    due = hospital.state.get("his_due", key)
    if due is None:
        return
    when = datetime.fromisoformat(due["at"])
    hospital.state.delete("his_due", key)
    match due["what"]:
        case "bill":
            issue_bill(hospital, due["id"], due["doctor_id"], due["form_id"], when=when)
        case "report":
            requested = datetime.fromisoformat(due["requested_at"])
            issue_report(hospital, due["id"], due["doctor_id"], due["form_id"], requested_at=requested, when=when)
        case "discharge" if hospital.record("admissions", due["id"])["status"] == "in":
            discharge(hospital, due["id"], when)
