"""Tell the HIS of bookings and cancellations; when it does not accept a booking, the money goes back."""

from contextlib import suppress

from server import audit, errors
from server.appointments import rules, store
from server.appointments.models import Appointment
from server.appointments.service import common
from server.context import SYSTEM, App, Event, Json
from server.db import Tx
from server.directory import service as directory
from server.patients import service as patients
from server.payments import service as payments
from server.values import SHANGHAI
from server.write_backs import service as write_backs

BOOKED = ("confirmed", "checked_in", "seen")


async def tell_his(app: App, appointment_id: str) -> None:
    """Job appointments.tell_his: write what the booking is now, until the HIS has answered."""
    appointment = await store.get(app, appointment_id)
    if appointment is None or appointment.his_status != "waiting":
        return
    if appointment.status in BOOKED:
        await _write(app, appointment)
    else:
        await _take_back(app, appointment)


async def tell_again(app: App, event: Event) -> None:
    """Reaction to payments.charge_missing: the HIS's books do not say what is so, so it is told again."""
    if event.data["kind"] != "appointment":
        return
    appointment_id = event.data["subject_id"]

    async def work(tx: Tx) -> None:
        appointment = await common.known(app, appointment_id, tx)
        if appointment.his_status == "written":
            await store.change(app, appointment_id, {"his_status": "waiting"}, tx)
            await common.owe_his(app, appointment, tx, cancelled=appointment.status not in BOOKED, again=True)

    await app.db.transact(work)


async def _write(app: App, appointment: Appointment) -> None:
    async def call() -> Json:
        return await app.his.put_appointment(appointment.id, await _booking(app, appointment))

    try:
        answer = await write_backs.tell(app, "appointment", appointment.id, call)
    except write_backs.Refused as refused:
        await app.db.transact(lambda tx, code=refused.code: _refuse(app, appointment.id, code, tx))  # type: ignore[misc]
        return
    values = {"his_status": "written", "his_number": answer.get("his_number")}

    async def work(tx: Tx) -> None:
        if await store.change(app, appointment.id, values, tx, status={"$in": BOOKED}):
            await write_backs.close(app, "appointment", appointment.id, tx=tx)
            if appointment.paid_order_id:
                await payments.note_charged(app, appointment.paid_order_id, tx)

    await app.db.transact(work)


async def _booking(app: App, appointment: Appointment) -> Json:
    person = (await patients.identities(app, [appointment.patient_id])).get(appointment.patient_id)
    if person is None:
        raise errors.Foreign("his", "no_file_yet", "later")
    booking: Json = {
        "clinic_id": appointment.clinic_id,
        "place_number": appointment.place_number,
        "starts_at": appointment.starts_at.astimezone(SHANGHAI).isoformat(),
        "his_id": person.his_id,
        "paid_fen": appointment.fee_fen if appointment.paid_order_id else 0,
        "channel": appointment.channel,
    }
    return booking | ({"order_id": appointment.paid_order_id} if appointment.paid_order_id else {})


async def _take_back(app: App, appointment: Appointment) -> None:
    with suppress(write_backs.Refused):  # the HIS has nothing to take back: that is what was wanted
        await write_backs.tell(
            app,
            "appointment_cancel",
            appointment.id,
            lambda: app.his.delete_appointment(appointment.id, appointment.status),
        )

    async def work(tx: Tx) -> None:
        if await store.change(app, appointment.id, {"his_status": "written"}, tx, status={"$nin": BOOKED}):
            await write_backs.close(app, "appointment_cancel", appointment.id, tx=tx)
            if appointment.paid_order_id:
                await payments.note_uncharged(app, appointment.paid_order_id, tx)

    await app.db.transact(work)


async def _refuse(app: App, appointment_id: str, code: str, tx: Tx) -> None:
    """The HIS did not accept the booking: the patient has not got the place and gets his money back."""
    appointment = await common.known(app, appointment_id, tx)
    values = {"his_status": "refused", "note": rules.refusal_note(code)}
    if not await store.move(app, appointment_id, ("confirmed", "checked_in"), "refused", values, tx):
        return  # cancelled or stopped meanwhile: its own write-back follows
    if code in ("clinic_stopped", "place_taken"):
        await directory.close_place(app, appointment.slot_id, appointment_id, tx)
    else:
        await directory.give_back(app, appointment.slot_id, appointment_id, tx)
    await common.give_money_back(app, appointment, write_backs.reason(code), SYSTEM, tx)
    await common.ended(app, appointment, tx)
    await write_backs.close(app, "appointment", appointment_id, refused=True, tx=tx)
    await audit.record(app, SYSTEM, "appointments.refuse", patient_ids=[appointment.patient_id], why=code, tx=tx)
    await tx.emit("appointments.refused", **common.ids(appointment), code=code)
