"""Read the directory, keep it like the HIS's, and hand out places.

A place is claimed by one guarded update outside any transaction (`claim`), then kept, taken
or given back by the booking that has it. Nothing here touches a place that somebody has.
"""

import asyncio
import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from server import errors
from server.context import App, Event
from server.db import Tx
from server.directory import rules, store
from server.directory.models import (
    Clinic,
    ClinicQuery,
    Clinics,
    Department,
    Departments,
    Doctor,
    DoctorQuery,
    Doctors,
    Hospital,
    Names,
    Place,
    Slot,
    Slots,
    SlotTaken,
)
from server.values import plus_days, shanghai_date

Doc = dict[str, Any]
DAYS_AHEAD = 14
_KEEP_FREE_SLOTS = timedelta(days=1)


# --- reading ----------------------------------------------------------------------------------


async def hospital(app: App) -> Hospital:
    """What the hospital says of itself."""
    facts = await store.hospital(app) or {}
    return Hospital.model_validate(facts | {"is_demo": app.settings.is_demo}, extra="ignore")


async def describe_hospital(app: App, facts: Hospital) -> None:
    """Set what the hospital says of itself."""
    await store.set_hospital(app, facts.model_dump(exclude={"is_demo"}))


async def departments(app: App) -> Departments:
    """All departments in the hospital's order."""
    return Departments(items=[_department(doc) for doc in await store.departments(app)])


async def department(app: App, department_id: str) -> Department:
    """One department; NotFound."""
    doc = await store.department(app, department_id)
    if doc is None:
        raise errors.NotFound()
    return _department(doc)


async def doctors(app: App, query: DoctorQuery) -> Doctors:
    """Doctors by department, name, speciality."""
    found = await store.doctors(app, query.department_id, (query.q or "").strip() or None)
    return Doctors(items=[_doctor(doc) for doc in found])


async def doctor(app: App, doctor_id: str) -> Doctor:
    """One doctor; NotFound."""
    doc = await store.doctor(app, doctor_id)
    if doc is None:
        raise errors.NotFound()
    return _doctor(doc)


async def names(app: App) -> Names:
    """The names of all departments and doctors by id, for lists of other features."""
    found, people = await asyncio.gather(store.departments(app), store.doctors(app, None, None))
    return Names({doc["_id"]: doc["name"] for doc in found}, {doc["_id"]: doc["name"] for doc in people})


async def clinics(app: App, query: ClinicQuery) -> Clinics:
    """The timetable of a department or a doctor, day by day; Invalid when neither is named."""
    if not query.department_id and not query.doctor_id:
        raise errors.Invalid(fields=["department_id", "doctor_id"])
    from_on = query.from_on or shanghai_date(app.now())
    wanted: Doc = {"on": {"$gte": from_on, "$lt": plus_days(from_on, query.days)}}
    wanted |= {k: v for k, v in query.model_dump(include={"department_id", "doctor_id"}).items() if v}
    docs = await store.clinics(app, wanted)
    free = await store.free_counts(app, [doc["_id"] for doc in docs], app.now() + rules.BOOKING_CLOSES, app.real_now())
    return Clinics(items=[_clinic(doc, free.get(doc["_id"], 0), app.now()) for doc in docs])


async def slots(app: App, clinic_id: str) -> Slots:
    """The places of a clinic; NotFound."""
    doc = await store.clinic(app, clinic_id)
    if doc is None:
        raise errors.NotFound()
    found = await store.slots(app, clinic_id)
    now, real_now, is_open = app.now(), app.real_now(), doc["status"] == "open"
    items = [_slot(slot, is_open and _is_free(slot, now, real_now)) for slot in found]
    return Slots(clinic=_clinic(doc, sum(slot.free for slot in items), now), items=items)


# --- handing out places -----------------------------------------------------------------------


async def claim(app: App, slot_id: str, appointment_id: str, until: datetime) -> Place:
    """Take a place until `until` (real time) or refuse: NotFound, SlotTaken (taken, too late, clinic stopped).

    A place whose unpaid hold ran out can be taken; `left_by` is the booking that had it.
    """
    slot = await store.claim(app, slot_id, appointment_id, until, app.now() + rules.BOOKING_CLOSES)
    if slot is None:
        if await store.slot(app, slot_id) is None:
            raise errors.NotFound()
        raise SlotTaken()
    clinic = await store.clinic(app, slot["clinic_id"])
    if clinic is None or clinic["status"] != "open":
        await store.free_mine(app, slot_id, appointment_id, None)
        raise SlotTaken()
    return _place(slot, clinic)


async def claim_late(app: App, slot_id: str, appointment_id: str, tx: Tx) -> bool:
    """Take a place again for money that came late; False when it is gone. Its clinic must be open."""
    claimed = await store.claim_free(app, slot_id, appointment_id, app.now(), tx)
    return claimed and await take(app, slot_id, appointment_id, tx)


async def keep(app: App, slot_id: str, appointment_id: str, until: datetime, tx: Tx) -> bool:
    """Hold a claimed place until `until` (real time), while it is being paid; False when it was lost."""
    return await store.change_mine(app, slot_id, appointment_id, ("held",), {"held_until": until}, tx)


async def await_money(app: App, slot_id: str, appointment_id: str, tx: Tx) -> bool:
    """From now on money may come for this place: it does not free itself by time. False when it was lost."""
    return await store.change_mine(app, slot_id, appointment_id, ("held",), {"ordered": True}, tx)


async def take(app: App, slot_id: str, appointment_id: str, tx: Tx) -> bool:
    """The place is sold to this appointment; False when it was lost."""
    values = {"state": "taken", "held_until": None, "ordered": False}
    return await store.change_mine(app, slot_id, appointment_id, ("held", "taken"), values, tx)


async def give_back(app: App, slot_id: str, appointment_id: str, tx: Tx | None = None) -> bool:
    """The place is free at once for the next one."""
    return await store.free_mine(app, slot_id, appointment_id, tx)


async def close_place(app: App, slot_id: str, appointment_id: str, tx: Tx) -> bool:
    """The HIS says that this place is not to be had: nobody can book it again."""
    values = {"state": "closed", "why": "his"}
    return await store.change_mine(app, slot_id, appointment_id, ("held", "taken"), values, tx)


# --- keeping like the HIS's -------------------------------------------------------------------


async def refresh(app: App, days: int = DAYS_AHEAD) -> None:
    """Take over departments, doctors and the clinics of the coming days; unchanged clinics cost nothing.

    A clinic that the HIS does not list any more stays: only the word "stopped" stops one.
    """
    found, people = await asyncio.gather(app.his.departments(), app.his.doctors())
    names = {item["id"]: item["name"] for item in found}
    counts = {id: sum(d["department_id"] == id for d in people) for id in names}
    await store.replace_all(app, "departments", [_renamed(d) | {"doctor_count": counts[d["id"]]} for d in found])
    doctors = [_renamed(d) | {"department_name": names.get(d["department_id"], "")} for d in people]
    await store.replace_all(app, "doctors", doctors)
    today = shanghai_date(app.now())
    offered = await app.his.clinics(today, plus_days(today, days - 1))
    by_id, known = {doc["_id"]: doc for doc in doctors}, await store.known_clinics(app, today)
    told = [_clinic_doc(item, by_id) for item in offered]
    changed = [doc for doc in told if known.get(doc["_id"]) != (doc["digest"], doc["status"])]
    new = [doc for doc in changed if doc["_id"] not in known]
    await store.add_slots(app, [slot for doc in new for slot in _slot_docs(doc)])
    for doc in changed:
        if doc["_id"] in known:
            await store.move_free_slots(app, _slot_docs(doc))
            await store.add_slots(app, _slot_docs(doc))
            await store.close_surplus(app, doc["_id"], doc["places"])
            await (stop_clinic if doc["status"] == "stopped" else open_clinic)(app, doc["_id"])
        elif doc["status"] == "stopped":
            await store.close_clinic(app, doc["_id"], None)
    await store.put_clinics(app, changed)  # last: with its digest a clinic counts as taken over
    await store.drop_old(app, app.now() - _KEEP_FREE_SLOTS)
    await store.set_asked_from(app, today)


async def keep_ahead(app: App) -> None:
    """Ask the HIS for the coming days as soon as a new day has begun."""
    if await store.asked_from(app) != shanghai_date(app.now()):
        await refresh(app)


async def stop_clinic(app: App, clinic_id: str) -> None:
    """A doctor cannot come: no place can be booked any more; emits directory.clinic_stopped once.

    The clinic is `stopping` until whoever reacts has dealt with its bookings (`finish_stop`).
    """

    async def work(tx: Tx) -> None:
        if await store.change_status(app, clinic_id, "open", "stopping", tx):
            await store.close_clinic(app, clinic_id, tx)
            await tx.emit("directory.clinic_stopped", clinic_id=clinic_id)

    await app.db.transact(work)


async def is_stopping(app: App, clinic_id: str) -> bool:
    """Whether bookings of a stopped clinic have still to be dealt with."""
    doc = await store.clinic(app, clinic_id)
    return doc is not None and doc["status"] == "stopping"


async def finish_stop(app: App, clinic_id: str) -> None:
    """Every booking of a stopped clinic has been dealt with; it may open again from now on."""

    async def work(tx: Tx) -> None:
        await store.change_status(app, clinic_id, "stopping", "stopped", tx)

    await app.db.transact(work)


async def open_clinic(app: App, clinic_id: str) -> None:
    """A stopped clinic takes place after all: the places that the stop had closed are free."""

    async def work(tx: Tx) -> None:
        if await store.change_status(app, clinic_id, "stopped", "open", tx):
            await store.reopen_clinic(app, clinic_id, tx)

    await app.db.transact(work)


async def note_stopped(app: App, event: Event) -> None:
    """Reaction to his.clinic.stopped."""
    await stop_clinic(app, event.data["clinic_id"])


async def note_opened(app: App, event: Event) -> None:
    """Reaction to his.clinic.opened; tried again while the stop is being dealt with."""
    if await is_stopping(app, event.data["clinic_id"]):
        raise errors.Conflict()
    await open_clinic(app, event.data["clinic_id"])


# --- shapes -----------------------------------------------------------------------------------


def _renamed(item: Doc) -> Doc:
    return {key: value for key, value in item.items() if key != "id"} | {"_id": item["id"]}


def _clinic_doc(item: Doc, doctors: dict[str, Doc]) -> Doc:
    who = doctors.get(item["doctor_id"], {})
    names = {"doctor_name": who.get("name", ""), "doctor_title": who.get("title", "")}
    doc = _renamed(item) | names | {"department_name": who.get("department_name", "")}
    text = json.dumps(doc, sort_keys=True, ensure_ascii=False).encode()
    times = {key: datetime.fromisoformat(item[key]) for key in ("starts_at", "ends_at")}
    return doc | times | {"digest": hashlib.sha256(text).hexdigest()}


def _slot_docs(clinic: Doc) -> list[Doc]:
    places = rules.places_of(clinic["starts_at"], clinic["ends_at"], clinic["places"], clinic["minutes_per_place"])
    return [
        {
            "_id": rules.slot_id(clinic["_id"], number),
            "clinic_id": clinic["_id"],
            "place_number": number,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "state": "free",
            "held_until": None,
            "ordered": False,
            "appointment_id": None,
            "version": 1,
        }
        for number, starts_at, ends_at in places
    ]


def _department(doc: Doc) -> Department:
    return Department.model_validate({**doc, "id": doc["_id"], "floor": str(doc["floor"])}, extra="ignore")


def _doctor(doc: Doc) -> Doctor:
    return Doctor.model_validate({**doc, "id": doc["_id"]}, extra="ignore")


def _clinic(doc: Doc, free: int, now: datetime) -> Clinic:
    stopped = doc["status"] != "open"
    status = rules.clinic_status(stopped, doc["ends_at"], free, now)
    shown = {"id": doc["_id"], "free": free if status == "open" else 0, "total": doc["places"], "status": status}
    return Clinic.model_validate({**doc, **shown}, extra="ignore")


def _is_free(slot: Doc, now: datetime, real_now: datetime) -> bool:
    expired = slot["state"] == "held" and not slot["ordered"] and slot["held_until"] <= real_now
    return (slot["state"] == "free" or expired) and now < rules.bookable_until(slot["starts_at"])


def _slot(doc: Doc, free: bool) -> Slot:
    times = {"starts_at": doc["starts_at"], "ends_at": doc["ends_at"]}
    return Slot(id=doc["_id"], number=doc["place_number"], free=free, **times)


def _place(slot: Doc, clinic: Doc) -> Place:
    shared = ("on", "doctor_id", "doctor_name", "department_id", "department_name", "location", "fee_fen")
    return Place(
        slot_id=slot["_id"],
        clinic_id=clinic["_id"],
        number=slot["place_number"],
        starts_at=slot["starts_at"],
        ends_at=slot["ends_at"],
        left_by=slot["appointment_id"],
        **{key: clinic[key] for key in shared},
    )
