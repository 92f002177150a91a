"""Bookings to read: my own, a day's for staff, and as other features need them."""

from datetime import UTC, datetime
from typing import Any

from server import audit, errors
from server.appointments import rules, store
from server.appointments.models import (
    Appointment,
    Appointments,
    MyQuery,
    ShownAppointment,
    StaffAppointment,
    StaffAppointments,
    StaffQuery,
    Today,
)
from server.context import Actor, App
from server.patients import service as patients
from server.payments import service as payments
from server.payments.models import REMOVED, Order
from server.values import mask_phone, shanghai_date

_PAGE, _STAFF_PAGE = 20, 100


# --- my own -----------------------------------------------------------------------------------


async def mine(app: App, query: MyQuery, *, by: Actor) -> Appointments:
    """What I booked, and what others booked for patients whose records are open to me."""
    people = {p.id: p for p in (await patients.mine(app, by=by)).items}
    opened = [p.id for p in people.values() if p.records_open]
    whose: list[dict[str, Any]] = [{"account_id": by.id}, {"patient_id": {"$in": opened}}]
    upcoming = query.when == "upcoming"
    found = await store.mine(app, whose, app.now(), upcoming, _place_in_list(query.next), _PAGE + 1)
    page = found[:_PAGE]
    orders = await _orders(app, page)
    names = {id: p.name for id, p in people.items()}
    items = [_shown(app, item, names, orders) for item in page]
    return Appointments(items=items, next=_next(page) if len(found) > _PAGE else None)


async def one_of_mine(app: App, appointment_id: str, *, by: Actor) -> ShownAppointment:
    """One booking that I may see; NotFound."""
    return await shown(app, await readable(app, appointment_id, by), by)


async def readable(app: App, appointment_id: str, by: Actor) -> Appointment:
    """A booking that this account may see: its own, or of a patient whose records are open to it; NotFound."""
    found = await store.get(app, appointment_id)
    if found is None:
        raise errors.NotFound()
    if found.account_id != by.id:
        people = (await patients.mine(app, by=by)).items
        if not any(p.id == found.patient_id and p.records_open for p in people):
            raise errors.NotFound()
    return found


async def shown(app: App, appointment: Appointment, by: Actor) -> ShownAppointment:
    """A booking as this account sees it."""
    names = {p.id: p.name for p in (await patients.mine(app, by=by)).items}
    return _shown(app, appointment, names, await _orders(app, [appointment]))


async def _orders(app: App, appointments: list[Appointment]) -> dict[str, Order]:
    paid = [a.id for a in appointments if a.order_id]
    return await payments.orders_of(app, "appointment", paid) if paid else {}


def _shown(app: App, a: Appointment, names: dict[str, str], orders: dict[str, Order]) -> ShownAppointment:
    now, order = app.now(), orders.get(a.id)
    fields = a.model_dump(include=set(ShownAppointment.model_fields) - {"order_id"})
    return ShownAppointment(
        **fields,
        patient_name=names.get(a.patient_id, REMOVED),
        order_id=order.id if order else None,
        order_status=order.status if order else None,
        can_cancel=rules.can_cancel(a.status, a.starts_at, now),
        cancel_until=rules.cancel_until(a.starts_at),
        can_check_in=rules.can_check_in(a.status, a.starts_at, a.ends_at, now),
    )


# --- for staff --------------------------------------------------------------------------------


async def for_staff(app: App, query: StaffQuery, *, by: Actor) -> StaffAppointments:
    """A day's bookings: the desk sees all, a doctor his own, a nurse those of her departments."""
    wanted: dict[str, Any] = {"on": query.on or shanghai_date(app.now())} | _theirs(by)
    if query.department_id:
        wanted = {"$and": [wanted, {"department_id": query.department_id}]}
    if query.status:
        wanted = {"$and": [wanted, {"status": query.status}]}
    found = await store.of_day(app, wanted, _place_in_list(query.next), _STAFF_PAGE + 1)
    page = found[:_STAFF_PAGE]
    ids = sorted({item.patient_id for item in page})
    if ids:
        await audit.record(app, by, "appointments.list", patient_ids=ids)
    people = await patients.identities(app, ids)
    items = [_for_staff(item, people.get(item.patient_id)) for item in page]
    return StaffAppointments(items=items, next=_next(page) if len(found) > _STAFF_PAGE else None)


async def for_staff_of_patient(app: App, patient_id: str, *, by: Actor) -> StaffAppointments:
    """A patient's bookings, newest first; NoCareRelation, recorded."""
    await patients.check_care(app, by, patient_id, clinical=False)
    await audit.record(app, by, "appointments.list", patient_ids=[patient_id])
    return StaffAppointments(items=await of_patient_for_staff(app, patient_id, by=by))


async def of_patient_for_staff(app: App, patient_id: str, *, by: Actor) -> list[StaffAppointment]:
    """A patient's bookings, newest first, for a member who was found to have a care relation; audited by the caller."""
    found = await store.mine(app, [{"patient_id": patient_id}], app.now(), False, None, _STAFF_PAGE)
    coming = await store.mine(app, [{"patient_id": patient_id}], app.now(), True, None, _STAFF_PAGE)
    person = (await patients.identities(app, [patient_id])).get(patient_id)
    return [_for_staff(item, person) for item in [*reversed(coming), *found]]


def _theirs(by: Actor) -> dict[str, Any]:
    if "desk" in by.roles:
        return {}
    either: list[dict[str, Any]] = []
    if "doctor" in by.roles and by.doctor_id:
        either.append({"doctor_id": by.doctor_id})
    if "nurse" in by.roles:
        either.append({"department_id": {"$in": sorted(by.department_ids)}})
    return {"$or": either} if either else {"department_id": {"$in": []}}


def _for_staff(a: Appointment, person: Any) -> StaffAppointment:
    fields = a.model_dump(include=set(StaffAppointment.model_fields))
    name, phone = (person.name, mask_phone(person.phone)) if person else ("", "")
    return StaffAppointment(**fields, patient_name=name, phone_masked=phone)


async def today(app: App, *, by: Actor) -> Today:
    """Today's numbers, of the bookings this member may see."""
    counts = await store.counts_on(app, {"on": shanghai_date(app.now())} | _theirs(by))
    checked_in, seen = counts.get("checked_in", 0), counts.get("seen", 0)
    return Today(appointments=counts.get("confirmed", 0) + checked_in + seen, checked_in=checked_in, seen=seen)


# --- for other features -----------------------------------------------------------------------


async def get(app: App, appointment_id: str) -> Appointment | None:
    """A booking as kept."""
    return await store.get(app, appointment_id)


async def of_patients(app: App, patient_ids: list[str], on: str) -> list[Appointment]:
    """A day's bookings of these patients, in order of time."""
    return await store.of_patients(app, patient_ids, on)


# --- paging -----------------------------------------------------------------------------------


def _next(page: list[Appointment]) -> str:
    return f"{int(page[-1].starts_at.timestamp())}.{page[-1].id}"


def _place_in_list(next: str | None) -> tuple[datetime, str] | None:
    if not next:
        return None
    at, _, id = next.partition(".")
    if not at.isdigit() or not id:
        raise errors.Invalid(fields=["next"])
    return datetime.fromtimestamp(int(at), UTC), id
