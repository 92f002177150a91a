"""What becomes of money that came for a booking: it confirms the booking, or goes back by itself."""

from server import audit
from server.appointments import rules, store
from server.appointments.models import Appointment, SameDayTwice
from server.appointments.service import common
from server.context import SYSTEM, App, Event
from server.db import Tx
from server.directory import service as directory
from server.payments import service as payments


class _Gone(Exception):
    """The place is not to be had any more."""


async def take_money(app: App, event: Event) -> None:
    """Reaction to payments.paid: confirm while the place is ours or still free, otherwise refund and say so."""
    if event.data["kind"] != "appointment":
        return
    order_id, appointment_id = event.data["order_id"], event.data["subject_id"]
    try:
        await app.db.transact(lambda tx: _confirm_or_refund(app, appointment_id, order_id, tx))
    except (_Gone, SameDayTwice):
        await app.db.transact(lambda tx: _refund(app, appointment_id, order_id, tx))


async def _confirm_or_refund(app: App, appointment_id: str, order_id: str, tx: Tx) -> None:
    if (await payments.get(app, order_id, tx)).status != "paid":
        return  # told before: it is on its way back
    appointment = await common.known(app, appointment_id, tx)
    match rules.on_money(appointment, order_id, app.now()):
        case "confirm":
            await _confirm(app, appointment, order_id, tx)
        case "reclaim":
            if not await directory.claim_late(app, appointment.slot_id, appointment.id, tx):
                raise _Gone()
            await _confirm(app, appointment, order_id, tx)
        case "refund":
            await _refund(app, appointment_id, order_id, tx)
        case "nothing":
            return


async def _confirm(app: App, appointment: Appointment, order_id: str, tx: Tx) -> None:
    if not await directory.take(app, appointment.slot_id, appointment.id, tx):
        raise _Gone()
    values = {"paid_order_id": order_id, "order_id": order_id, "his_status": "waiting", "hold_until": None, "note": ""}
    if not await store.move(app, appointment.id, (appointment.status,), "confirmed", values, tx):
        raise _Gone()
    await app.db.unschedule("appointments.release", appointment.id, tx=tx)
    await audit.record(app, SYSTEM, "appointments.confirm", patient_ids=[appointment.patient_id], tx=tx)
    await common.confirmed(app, appointment, tx)


async def _refund(app: App, appointment_id: str, order_id: str, tx: Tx) -> None:
    """Send the money of this order back, once, and let the patient know."""
    appointment = await common.known(app, appointment_id, tx)
    if appointment.paid_order_id == order_id or (await payments.get(app, order_id, tx)).status != "paid":
        return
    await payments.refund(app, order_id, key="full", reason="挂号未成功退款", by=SYSTEM, tx=tx)
    if appointment.status not in rules.LIVE:
        await store.change(app, appointment_id, {"note": rules.NOTES["late_money"], "order_id": order_id}, tx)
    await tx.emit("appointments.money_returned", **common.ids(appointment), order_id=order_id)
