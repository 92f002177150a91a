"""Around the visit: what may be checked in; what the queue tells of a booking: here, seen."""

from server.appointments import store
from server.appointments.models import Appointment
from server.appointments.service import common
from server.context import Actor, App
from server.db import Tx
from server.patients import service as patients
from server.values import shanghai_date


async def to_check_in(app: App, department_id: str, *, by: Actor) -> list[Appointment]:
    """My patients' bookings of today in a department that are confirmed or checked in, and not over.

    Mine as in the list of bookings: what I booked, and what others booked for whom I may read.
    """
    mine = (await patients.mine(app, by=by)).items
    opened = {p.id for p in mine if p.records_open}
    now = app.now()
    return [
        found
        for found in await store.of_patients(app, [p.id for p in mine], shanghai_date(now))
        if found.department_id == department_id
        and found.status in ("confirmed", "checked_in")
        and now < found.ends_at
        and (found.account_id == by.id or found.patient_id in opened)
    ]


async def note_checked_in(app: App, appointment_id: str, tx: Tx) -> bool:
    """The patient is here; False when the booking is not a confirmed one."""
    return await store.move(app, appointment_id, ("confirmed",), "checked_in", {"checked_in_at": app.now()}, tx)


async def note_seen(app: App, appointment_id: str, tx: Tx) -> bool:
    """The doctor has seen the patient; emits appointments.seen, once."""
    moved = await store.move(app, appointment_id, ("confirmed", "checked_in"), "seen", {"seen_at": app.now()}, tx)
    if moved:
        await tx.emit("appointments.seen", **common.ids(await common.known(app, appointment_id, tx)))
    return moved
