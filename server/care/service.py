"""Tell patients at each step: the reactions to what happened, and the reminders of visits and of what is unpaid.

Told are the accounts that may read the patient's records, and the one that booked or paid. A
reaction composes one notice for each; `messages` decides whether and how it may be sent.
"""

from datetime import datetime

from server.appointments import service as appointments
from server.appointments.models import Appointment
from server.bills import service as bills
from server.bills.models import Bill
from server.care import rules
from server.context import App, Event
from server.inpatient import service as inpatient
from server.messages import service as messages
from server.messages.models import Notice
from server.patients import service as patients
from server.payments import service as payments

REMIND = "care.remind"
REMIND_BILL = "care.remind_bill"
REMIND_HOLD = "care.remind_hold"


# --- appointments -----------------------------------------------------------------------------------


async def tell_confirmed(app: App, event: Event) -> None:
    """appointments.confirmed: where and when to come; and a reminder for the evening before."""
    appointment = await appointments.get(app, event.data["appointment_id"])
    if appointment is None:
        return
    await messages.not_needed(app, "hold_unpaid", appointment.id)
    due_at = rules.remind_at(appointment.starts_at, app.now())
    if due_at:
        await app.db.schedule(REMIND, appointment.id, due_at)
    facts = rules.confirmed(appointment, await _name(app, appointment.patient_id))
    await _tell_of_appointment(app, event.type, "booking_confirmed", appointment, facts, not_after=appointment.ends_at)


async def remind(app: App, appointment_id: str) -> None:
    """Job care.remind: the visit is tomorrow, when it still is."""
    appointment = await appointments.get(app, appointment_id)
    if appointment is None or appointment.status != "confirmed" or app.now() >= appointment.starts_at:
        return
    facts = rules.reminder(appointment, await _name(app, appointment.patient_id))
    await _tell_of_appointment(app, REMIND, "visit_reminder", appointment, facts, not_after=appointment.starts_at)


async def plan_hold_reminder(app: App, event: Event) -> None:
    """appointments.held: a place waits for its money; its account is reminded once before the time is over."""
    appointment = await appointments.get(app, event.data["appointment_id"])
    if appointment and appointment.status == "held" and appointment.hold_until:
        due_at = rules.hold_reminder_at(appointment.hold_until, app.real_now())
        if due_at:
            await app.db.schedule(REMIND_HOLD, appointment.id, due_at, clock="real")


async def remind_hold(app: App, appointment_id: str) -> None:
    """Job care.remind_hold: five minutes are left, when the place is still held and nobody has paid."""
    held = await appointments.get(app, appointment_id)
    if held is None or held.status != "held" or held.hold_until is None or app.real_now() >= held.hold_until:
        return
    if held.order_id and await payments.look(app, held.order_id) not in ("created", "prepaid", "closed"):
        return  # WeChat has the money: payments.paid confirms the booking
    facts = rules.hold_unpaid(held, await _name(app, held.patient_id))
    path = f"/h5/pages/appointments/detail?id={held.id}"
    until = app.now() + (held.hold_until - app.real_now())
    ids = (held.id, held.patient_id)
    await _tell(app, REMIND_HOLD, "hold_unpaid", *ids, facts, path, only=held.account_id, not_after=until)


async def tell_cancelled(app: App, event: Event) -> None:
    """appointments.cancelled: a confirmed booking is off. (Giving up an unpaid hold is no news.)"""
    appointment = await appointments.get(app, event.data["appointment_id"])
    if appointment and appointment.his_status != "none":
        await _tell_not_booked(app, event, appointment, "cancelled")


async def tell_refused(app: App, event: Event) -> None:
    """appointments.refused: the HIS did not accept it, the money goes back."""
    appointment = await appointments.get(app, event.data["appointment_id"])
    if appointment:
        await _tell_not_booked(app, event, appointment, str(event.data.get("code", "")))


async def tell_money_returned(app: App, event: Event) -> None:
    """appointments.money_returned: it was paid when the place was gone."""
    appointment = await appointments.get(app, event.data["appointment_id"])
    if appointment and appointment.status not in ("confirmed", "checked_in", "seen"):
        await _tell_not_booked(app, event, appointment, "late_money")


async def tell_stopped(app: App, event: Event) -> None:
    """appointments.stopped: the doctor does not hold the clinic."""
    appointment = await appointments.get(app, event.data["appointment_id"])
    if appointment:
        facts = rules.stopped(appointment, await _name(app, appointment.patient_id))
        await _tell_of_appointment(app, event.type, "clinic_stopped", appointment, facts)


async def _tell_not_booked(app: App, event: Event, appointment: Appointment, code: str) -> None:
    reason = rules.REASONS.get(code, rules.OTHER_REASON)
    facts = rules.not_booked(appointment, await _name(app, appointment.patient_id), reason)
    await _tell_of_appointment(app, event.type, "booking_cancelled", appointment, facts)


async def _tell_of_appointment(
    app: App, why: str, key: str, a: Appointment, facts: rules.Facts, *, not_after: datetime | None = None
) -> None:
    path = f"/h5/pages/appointments/detail?id={a.id}"
    await _tell(app, why, key, a.id, a.patient_id, facts, path, doer=a.account_id, not_after=not_after)


# --- money --------------------------------------------------------------------------------------------


async def tell_bill(app: App, event: Event) -> None:
    """bills.issued: something is to be paid; and reminders, as long as it is not."""
    bill = await bills.facts(app, event.data["bill_id"])
    if bill and bill.status == "unpaid":
        path = f"/h5/pages/bills/detail?id={bill.id}"
        await _tell(app, event.type, "bill_unpaid", bill.id, bill.patient_id, rules.bill_unpaid(bill), path)
        await _plan_bill_reminder(app, bill)


async def remind_bill(app: App, bill_id: str) -> None:
    """Job care.remind_bill: a wave is due, when the HIS says now that the bill is unpaid; then the next is planned."""
    bill = await bills.facts(app, bill_id, fresh=True)
    if bill is None or bill.status not in ("unpaid", "paying"):
        return
    wave, _ = rules.bill_wave(bill.issued_at, app.now())
    if wave and bill.status == "unpaid":
        why, facts = f"{REMIND_BILL}.{wave.number}", rules.bill_unpaid(bill, wave)
        path = f"/h5/pages/bills/detail?id={bill.id}"
        until = rules.reminders_end(app.now())
        await _tell(app, why, "bill_unpaid", bill.id, bill.patient_id, facts, path, not_after=until)
    await _plan_bill_reminder(app, bill)


async def _plan_bill_reminder(app: App, bill: Bill) -> None:
    _, again = rules.bill_wave(bill.issued_at, app.now())
    if again:
        await app.db.schedule(REMIND_BILL, bill.id, again)


async def stop_reminding(app: App, event: Event) -> None:
    """his.bill.paid_at_counter: nobody reminds of this bill any more."""
    await _forget_bill(app, event.data["bill_id"])


async def _forget_bill(app: App, bill_id: str) -> None:
    await app.db.unschedule(REMIND_BILL, bill_id)
    await messages.not_needed(app, "bill_unpaid", bill_id)


async def note_payment(app: App, event: Event) -> None:
    """payments.paid: whoever paid in the service account may be written to for two days."""
    order = await payments.get(app, event.data["order_id"])
    if order.appid == app.settings.wechat_appid:
        await messages.note_incoming(app, order.account_id, event, "payment", at=order.paid_at)


async def tell_bill_paid(app: App, event: Event) -> None:
    """bills.paid: the money of a bill has come."""
    order = await payments.get(app, event.data["order_id"])
    await _forget_bill(app, order.subject_id)
    facts = rules.paid(order, await _name(app, order.patient_id), event.at)
    path = f"/h5/pages/bills/detail?id={order.subject_id}"
    await _tell(app, event.type, "payment_received", order.id, order.patient_id, facts, path, doer=order.account_id)


async def tell_deposit_paid(app: App, event: Event) -> None:
    """inpatient.deposit_paid: the money of a deposit has come."""
    order = await payments.get(app, event.data["order_id"])
    stay = await inpatient.stay_of(app, order.subject_id)
    name = await _name(app, order.patient_id)
    facts = rules.deposit_paid(order, stay.department_name if stay else "见详情", name, event.at)
    path = "/h5/pages/inpatient/index"
    await _tell(app, event.type, "deposit_received", order.id, order.patient_id, facts, path, doer=order.account_id)


async def tell_refunded(app: App, event: Event) -> None:
    """payments.refunded: the money is back with the one who paid."""
    order = await payments.get(app, event.data["order_id"])
    refund = await payments.refund_of(app, event.data["refund_id"])
    if refund:
        facts = rules.refunded(order, refund, await _name(app, order.patient_id), event.at)
        path = "/h5/pages/orders/index"
        await _tell(app, event.type, "refund_done", refund.id, order.patient_id, facts, path, doer=order.account_id)


# --- inside -------------------------------------------------------------------------------------------


async def _name(app: App, patient_id: str) -> str:
    return await patients.display_name(app, patient_id) or "就诊人"


async def _tell(
    app: App,
    why: str,
    key: str,
    subject_id: str,
    patient_id: str,
    facts: rules.Facts,
    path: str,
    *,
    doer: str | None = None,
    only: str | None = None,
    not_after: datetime | None = None,
) -> None:
    """One notice for each account that is to know; with `only`, for this one.

    The SMS of a critical one goes to the phone that the HIS holds.
    """
    known = await patients.identities(app, [patient_id])
    others = [] if only else await patients.accounts_of(app, patient_id)
    told = dict.fromkeys([*filter(None, (only, doer)), *others])
    for number, account_id in enumerate(told):
        notice = Notice(
            key=key,
            account_id=account_id,
            facts=facts,
            path=path,
            dedupe=f"{why}:{subject_id}:{account_id}",
            subject_id=subject_id,
            patient_id=patient_id,
            phone=known[patient_id].phone if number == 0 and patient_id in known else None,
            not_after=not_after,
        )
        await messages.notify(app, notice)
