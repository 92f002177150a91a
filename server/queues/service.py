"""Check in, follow the HIS's queue, show one's place, say when it is soon one's turn."""

from contextlib import suppress
from datetime import timedelta

from server import errors
from server.appointments import service as appointments
from server.appointments.models import Appointment
from server.context import Actor, App, Event, Json
from server.db import Tx
from server.directory import service as directory
from server.messages import service as messages
from server.messages.models import Notice
from server.patients import service as patients
from server.queues import rules, store
from server.queues.models import (
    CheckIn,
    CheckInRefused,
    NothingToCheckIn,
    ShownTicket,
    Ticket,
    Tickets,
    UnknownStation,
)
from server.values import mask_name, shanghai_date


async def check_in(app: App, wanted: CheckIn, *, by: Actor) -> ShownTicket:
    """Check in for today's appointment in the department of the scanned station. Again: the same ticket.

    UnknownStation, NothingToCheckIn, ChooseAppointment, TooEarly, CheckInRefused.
    """
    appointment = await _choose(app, wanted, by)
    kept = await store.of_appointment(app, appointment.id)
    if kept is None:
        rules.check_time(appointment.starts_at, app.now())
        ticket = await _line_up(app, appointment)

        async def write(tx: Tx) -> None:
            if not await appointments.note_checked_in(app, appointment.id, tx):
                raise NothingToCheckIn()  # cancelled or stopped at this moment
            await store.add(app, ticket, tx)

        await app.db.transact(write)
        kept = ticket
    with suppress(errors.Foreign):  # checked in all the same: the HIS tells of its queue by an event
        await refresh(app, appointment.clinic_id)
    return await one(app, kept.id, by=by)


async def _choose(app: App, wanted: CheckIn, by: Actor) -> Appointment:
    department_id = rules.department_of(wanted.station)
    try:
        await directory.department(app, department_id)
    except errors.NotFound:
        raise UnknownStation() from None
    return rules.choose(await appointments.to_check_in(app, department_id, by=by), wanted.appointment_id)


async def _line_up(app: App, appointment: Appointment) -> Ticket:
    """The HIS gives the number; asking it again for the same appointment gives the same."""
    asked_at = app.real_now()
    try:
        patient = await patients.identity(app, appointment.patient_id)
        given = await app.his.check_in(appointment.id, patient.his_id, appointment.clinic_id)
    except errors.NotFound:
        raise CheckInRefused(reason="no_file_yet") from None
    except errors.Foreign as refusal:
        if refusal.again == "never":
            raise CheckInRefused(reason=refusal.foreign_code) from refusal
        raise
    clinic = (await directory.slots(app, appointment.clinic_id)).clinic
    pace = (appointment.ends_at - appointment.starts_at) // timedelta(minutes=1)
    return Ticket(
        id=given["id"],
        appointment_id=appointment.id,
        patient_id=appointment.patient_id,
        account_id=appointment.account_id,
        clinic_id=appointment.clinic_id,
        on=appointment.on,
        number=given["number"],
        status=given["status"],
        room=given["room"],
        doctor_name=appointment.doctor_name,
        department_name=appointment.department_name,
        minutes_per_place=max(pace, 1),
        opens_at=clinic.starts_at,
        ahead=0,
        calling_number=None,
        checked_in_at=app.now(),
        as_of=asked_at,
    )


async def mine(app: App, *, by: Actor) -> Tickets:
    """Today's tickets that I may see: of bookings of mine, and of patients whose records are open to me."""
    people = {p.id: p for p in (await patients.mine(app, by=by)).items}
    found = await store.of_patients(app, list(people), shanghai_date(app.now()))
    seen = [t for t in found if t.account_id == by.id or people[t.patient_id].records_open]
    return Tickets(items=[_shown(app, ticket, people[ticket.patient_id].name) for ticket in seen])


async def one(app: App, ticket_id: str, *, by: Actor) -> ShownTicket:
    """A ticket that I may see; NotFound."""
    ticket = await store.get(app, ticket_id)
    if ticket is None:
        raise errors.NotFound()
    patient = next((p for p in (await patients.mine(app, by=by)).items if p.id == ticket.patient_id), None)
    if patient is None or not (ticket.account_id == by.id or patient.records_open):
        raise errors.NotFound()
    return _shown(app, ticket, patient.name)


def _shown(app: App, ticket: Ticket, patient_name: str) -> ShownTicket:
    at = rules.expected_at(ticket, app.now())
    hidden = {"account_id", "clinic_id", "on", "minutes_per_place", "opens_at", "as_of", "told_soon"}
    return ShownTicket(
        **ticket.model_dump(exclude=hidden),
        patient_name=patient_name,
        position=ticket.ahead + 1 if ticket.status == "waiting" else 0,
        expected_minutes=None if at is None else round((at - app.now()) / timedelta(minutes=1)),
        expected_at=at,
    )


# --- following the HIS -------------------------------------------------------------------------


async def take_change(app: App, event: Event) -> None:
    """his.queue.changed: the HIS says that a queue has moved."""
    await refresh(app, str(event.data["clinic_id"]))


async def refresh(app: App, clinic_id: str) -> None:
    """Take the HIS's picture of a queue over into our tickets; tell what has changed by events."""
    ours = await store.ids_of_clinic(app, clinic_id)
    if not ours:
        return
    asked_at = app.real_now()
    queue = await app.his.queue(clinic_id)
    calling: Json | None = queue["calling"]
    for item in queue["items"]:
        picture = {
            "status": item["status"],
            "room": item["room"],
            "ahead": rules.ahead_of(item["id"], queue["items"]),
            "calling_number": calling["number"] if calling else None,
            "as_of": asked_at,
        }
        if item["id"] in ours:
            await _take_over(app, item["id"], picture)


async def _take_over(app: App, ticket_id: str, picture: Json) -> None:
    """Renew a ticket unless it is as new already; what another worker changes meanwhile is looked at again."""
    while (old := await store.get(app, ticket_id)) and old.as_of < picture["as_of"]:
        new = old.model_copy(update=picture)
        soon = rules.is_soon(new) and not old.told_soon
        new = new.model_copy(update={"told_soon": old.told_soon or soon})
        if new == old.model_copy(update={"as_of": new.as_of}):
            return
        if await app.db.transact(lambda tx, old=old, new=new: _renew(app, old, new, tx)):  # type: ignore[misc]
            return


async def _renew(app: App, old: Ticket, new: Ticket, tx: Tx) -> bool:
    if not await store.renew(app, old, new, tx):
        return False
    if new.told_soon and not old.told_soon:
        await tx.emit("queues.soon", ticket_id=new.id)
    if new.status == "seen" != old.status:
        await appointments.note_seen(app, new.appointment_id, tx)
        await tx.emit("queues.seen", ticket_id=new.id, appointment_id=new.appointment_id)
    return True


# --- telling -----------------------------------------------------------------------------------


async def tell_soon(app: App, event: Event) -> None:
    """queues.soon: who booked and who reads this patient's records hear that it is soon his turn."""
    ticket = await store.get(app, event.data["ticket_id"])
    if ticket is None or not rules.is_soon(ticket):
        return
    facts = {
        "就诊人": mask_name(await patients.display_name(app, ticket.patient_id)),
        "就诊科室": ticket.department_name,
        "排队号码": str(ticket.number),
        "前面人数": str(ticket.ahead),
        "候诊位置": f"{ticket.doctor_name}诊室 {ticket.room}",
    }
    for account_id in await _to_tell(app, ticket):
        notice = Notice(
            key="queue_soon",
            account_id=account_id,
            facts=facts,
            path=f"/h5/pages/queue/index?id={ticket.id}",
            dedupe=f"queues.soon:{ticket.id}:{account_id}",
            subject_id=ticket.id,
            patient_id=ticket.patient_id,
            not_after=event.at + rules.SOON_LASTS,
        )
        await messages.notify(app, notice)


async def _to_tell(app: App, ticket: Ticket) -> list[str]:
    accounts = await patients.accounts_of(app, ticket.patient_id)
    if ticket.account_id not in accounts:
        try:
            await patients.require_bound(app, Actor("account", ticket.account_id), ticket.patient_id)
        except errors.NotFound:
            return accounts
        accounts = [*accounts, ticket.account_id]
    return accounts
