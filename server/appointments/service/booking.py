"""Book, pay, cancel, and let go of what nobody paid.

A place is claimed by one guarded update, then one transaction writes the rest. Until it is
paid it is held; from the moment an order exists for it, it is only let go after WeChat Pay
has closed that order.
"""

from datetime import timedelta

from server import audit, errors
from server.appointments import rules, store
from server.appointments.models import (
    Appointment,
    Booking,
    HoldOver,
    NotCancellable,
    NothingToPay,
    ShownAppointment,
    TooLateToCancel,
    TooManyHolds,
)
from server.appointments.service import common
from server.appointments.service.reading import readable, shown
from server.context import SYSTEM, Actor, App
from server.db import Tx
from server.directory import service as directory
from server.directory.models import Place, SlotTaken
from server.patients import service as patients
from server.payments import service as payments
from server.payments.models import AlreadyPaid, Channel, Prepay, Wanted

RELEASE = "appointments.release"


async def book(app: App, booking: Booking, *, by: Actor) -> ShownAppointment:
    """Book a place for one of my patients: confirmed at once when it costs nothing, held for payment otherwise.

    NotFound, RecordsClosed, SlotTaken, SameDayTwice, TooManyHolds.
    """
    await patients.require_bookable(app, by, booking.patient_id)
    appointment_id = app.new_id()
    place = await directory.claim(app, booking.slot_id, appointment_id, app.real_now() + rules.CLAIM_LASTS)
    try:
        appointment = await _write(app, appointment_id, place, booking.patient_id, by)
    except BaseException:
        await directory.give_back(app, place.slot_id, appointment_id)
        raise
    return await shown(app, appointment, by)


async def _write(app: App, id: str, place: Place, patient_id: str, by: Actor) -> Appointment:
    """Write a booking for a claimed place with all that belongs to it."""
    for _ in range(len(rules.HOLD_SEATS) + 1):
        seat = await store.free_seat(app, by.id) if place.fee_fen else None
        if place.fee_fen and seat is None:
            raise TooManyHolds()
        appointment = _new(app, id, place, patient_id, by, seat)
        try:
            await app.db.transact(lambda tx, new=appointment: _keep(app, new, place.left_by, by, tx))  # type: ignore[misc]
        except store.SeatTaken:
            continue
        return appointment
    raise TooManyHolds()


async def _keep(app: App, appointment: Appointment, left_by: str | None, by: Actor, tx: Tx) -> None:
    if left_by:
        await _let_go(app, left_by, None, tx)
    await store.add(app, appointment, tx)
    await audit.record(app, by, "appointments.book", patient_ids=[appointment.patient_id], tx=tx)
    if appointment.hold_until is None:
        kept = await directory.take(app, appointment.slot_id, appointment.id, tx)
        await common.confirmed(app, appointment, tx)
    else:
        kept = await directory.keep(app, appointment.slot_id, appointment.id, appointment.hold_until, tx)
        await app.db.schedule(RELEASE, appointment.id, appointment.hold_until, clock="real", tx=tx)
        await tx.emit("appointments.held", **common.ids(appointment))
    if not kept:
        raise SlotTaken()


def _new(app: App, id: str, place: Place, patient_id: str, by: Actor, seat: int | None) -> Appointment:
    hold = timedelta(minutes=app.settings.hold_minutes)
    facts = place.model_dump(exclude={"number", "left_by"})
    return Appointment(
        **facts,
        id=id,
        number=rules.number_of(place.on, id),
        place_number=place.number,
        patient_id=patient_id,
        account_id=by.id,
        channel=rules.channel_of(by.app),
        status="held" if place.fee_fen else "confirmed",
        live=True,
        hold_until=app.real_now() + hold if place.fee_fen else None,
        hold_seat=seat,
        his_status="none" if place.fee_fen else "waiting",
        created_at=app.now(),
    )


async def pay(app: App, appointment_id: str, channel: Channel, *, by: Actor) -> Prepay:
    """Open the payment sheet for a held place; a second tap opens the same.

    NotFound, HoldOver, AlreadyPaid, NothingToPay, and the refusals of payments.start.
    """
    appointment = await readable(app, appointment_id, by)
    if not appointment.fee_fen:
        raise NothingToPay()
    if appointment.paid_order_id:
        raise AlreadyPaid()
    if appointment.status != "held" or appointment.hold_until is None or app.real_now() >= appointment.hold_until:
        raise HoldOver()
    wanted = Wanted(
        kind="appointment",
        subject_id=appointment.id,
        patient_id=appointment.patient_id,
        title="挂号费",
        amount_fen=appointment.fee_fen,
        pay_until=appointment.hold_until,
    )

    async def within(tx: Tx, order_id: str) -> None:
        bound = await store.change(app, appointment.id, {"order_id": order_id}, tx, status="held")
        if not bound or not await directory.await_money(app, appointment.slot_id, appointment.id, tx):
            raise HoldOver()

    return await payments.start(app, wanted, channel, by=by, within=within)


async def release(app: App, appointment_id: str) -> None:
    """Job appointments.release: let an unpaid place go when its time is over."""
    appointment = await store.get(app, appointment_id)
    if appointment is None or appointment.status != "held" or appointment.hold_until is None:
        return
    if app.real_now() < appointment.hold_until:
        return await app.db.schedule(RELEASE, appointment_id, appointment.hold_until, clock="real")
    if appointment.order_id and await payments.end(app, appointment.order_id) != "closed":
        return  # it is paid: payments.paid confirms it

    async def work(tx: Tx) -> None:
        if not await _let_go(app, appointment.id, appointment.order_id, tx):
            raise errors.Conflict()  # another phone opened an order meanwhile: look again
        await directory.give_back(app, appointment.slot_id, appointment.id, tx)

    await app.db.transact(work)


async def _let_go(app: App, appointment_id: str, order_id: str | None, tx: Tx) -> bool:
    """A hold is over; False when it is none any more, or another order was opened for it."""
    values = {"note": rules.NOTES["expired"], "hold_until": None}
    if not await store.move(app, appointment_id, ("held",), "expired", values, tx, order_id=order_id):
        return False
    appointment = await common.known(app, appointment_id, tx)
    await audit.record(app, SYSTEM, "appointments.expire", patient_ids=[appointment.patient_id], tx=tx)
    await tx.emit("appointments.expired", **common.ids(appointment))
    return True


async def cancel(app: App, appointment_id: str, *, by: Actor) -> ShownAppointment:
    """Give a booking up: the place is free at once, the money goes back, the HIS is told.

    NotFound, TooLateToCancel, NotCancellable. Cancelling what I have cancelled changes nothing.
    """
    await readable(app, appointment_id, by)

    async def work(tx: Tx) -> None:
        appointment = await common.known(app, appointment_id, tx)
        if appointment.status == "cancelled":
            return
        if not rules.can_cancel(appointment.status, appointment.starts_at, app.now()):
            raise TooLateToCancel() if appointment.status == "confirmed" else NotCancellable()
        pays = await common.give_money_back(app, appointment, "预约取消退款", by, tx)
        told = appointment.status == "confirmed"
        values = {"note": rules.NOTES["cancelled_paid" if pays else "cancelled"], "hold_until": None}
        values |= {"his_status": "waiting"} if told else {}
        if not await store.move(app, appointment_id, (appointment.status,), "cancelled", values, tx):
            raise errors.Conflict()
        await directory.give_back(app, appointment.slot_id, appointment_id, tx)
        if told:
            await common.ended(app, appointment, tx)
            await common.owe_his(app, appointment, tx, cancelled=True)
        await audit.record(app, by, "appointments.cancel", patient_ids=[appointment.patient_id], tx=tx)
        await tx.emit("appointments.cancelled", **common.ids(appointment))

    await app.db.transact(work)
    return await shown(app, await common.known(app, appointment_id), by)
