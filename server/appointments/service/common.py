"""The moves that several use-cases of appointments share."""

from server import errors
from server.appointments import store
from server.appointments.models import Appointment
from server.context import Actor, App
from server.db import Tx
from server.patients import service as patients
from server.payments import service as payments
from server.values import short_time
from server.write_backs import service as write_backs

TELL_HIS = "appointments.tell_his"


def ids(appointment: Appointment) -> dict[str, str]:
    """What events say of a booking."""
    names = ("patient_id", "account_id", "clinic_id", "doctor_id", "department_id")
    return {"appointment_id": appointment.id} | {name: getattr(appointment, name) for name in names}


async def known(app: App, appointment_id: str, tx: Tx | None = None) -> Appointment:
    """A booking; NotFound."""
    found = await store.get(app, appointment_id, tx)
    if found is None:
        raise errors.NotFound()
    return found


async def confirmed(app: App, appointment: Appointment, tx: Tx) -> None:
    """What follows when a booking is confirmed: the doctor may see the patient, the HIS is told, others hear of it.

    The doctor may see records only when somebody booked who had proved to be, or to act for, the
    patient. Otherwise the relation begins with the visit itself, of which the HIS tells.
    """
    if appointment.account_id in await patients.accounts_of(app, appointment.patient_id):
        await patients.relate(
            app,
            appointment.patient_id,
            doctor_id=appointment.doctor_id,
            department_id=appointment.department_id,
            why="booking",
            of=appointment.id,
            tx=tx,
        )
    await owe_his(app, appointment, tx)
    await tx.emit("appointments.confirmed", **ids(appointment))


async def ended(app: App, appointment: Appointment, tx: Tx) -> None:
    """A booking that was confirmed is off: by it alone no doctor sees the patient any more."""
    await patients.unrelate(app, appointment.patient_id, of=appointment.id, tx=tx)


async def owe_his(app: App, appointment: Appointment, tx: Tx, *, cancelled: bool = False, again: bool = False) -> None:
    """The HIS has to be told of a booking, or that it is off; `again` when its books do not show it."""
    await write_backs.owe(
        app,
        "appointment_cancel" if cancelled else "appointment",
        appointment.id,
        patient_id=appointment.patient_id,
        title=f"{appointment.doctor_name} {short_time(appointment.starts_at)} {appointment.place_number}号",
        job=TELL_HIS,
        tx=tx,
        again=again,
    )


async def give_money_back(app: App, appointment: Appointment, reason: str, by: Actor, tx: Tx) -> bool:
    """Send back what was paid for a booking; keep an unpaid order from being paid. Whether money goes back."""
    if appointment.paid_order_id:
        await payments.refund(app, appointment.paid_order_id, key="full", reason=reason, by=by, tx=tx)
        return True
    if appointment.order_id:
        await payments.end_soon(app, appointment.order_id, tx)
    return False
