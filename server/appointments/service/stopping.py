"""A clinic is stopped: each of its bookings ends, the money goes back, the patients are told."""

from server import audit
from server.appointments import rules, store
from server.appointments.service import common
from server.context import SYSTEM, App, Event
from server.db import Tx
from server.directory import service as directory


async def take_stop(app: App, event: Event) -> None:
    """Reaction to directory.clinic_stopped: every live booking of the clinic is stopped; then it may open again."""
    clinic_id = event.data["clinic_id"]
    if not await directory.is_stopping(app, clinic_id):
        return
    for appointment in await store.live_of_clinic(app, clinic_id):
        await app.db.transact(lambda tx, its=appointment.id: _stop(app, its, tx))  # type: ignore[misc]
    await directory.finish_stop(app, clinic_id)


async def _stop(app: App, appointment_id: str, tx: Tx) -> None:
    appointment = await common.known(app, appointment_id, tx)
    if appointment.status not in rules.LIVE:
        return
    told = appointment.his_status in ("waiting", "written")
    values = {"note": rules.NOTES["clinic_stopped"], "hold_until": None}
    values |= {"his_status": "waiting"} if told else {}
    await store.move(app, appointment_id, (appointment.status,), "stopped", values, tx)
    await common.give_money_back(app, appointment, "医生停诊退款", SYSTEM, tx)
    if told:
        await common.ended(app, appointment, tx)
        await common.owe_his(app, appointment, tx, cancelled=True)
    await audit.record(app, SYSTEM, "appointments.stop", patient_ids=[appointment.patient_id], tx=tx)
    await tx.emit("appointments.stopped", **common.ids(appointment))
