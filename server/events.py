"""The one table "when X happened, do Y, Z". Reactions are idempotent; the worker runs each until done."""

from collections.abc import Awaitable, Callable

from server.accounts import service as accounts
from server.alerts import service as alerts
from server.appointments import service as appointments
from server.articles import service as articles
from server.bills import service as bills
from server.care import service as care
from server.contacts import service as contacts
from server.context import App, Event
from server.conversations import service as conversations
from server.directory import service as directory
from server.followups import service as followups
from server.inpatient import service as inpatient
from server.messages import service as messages
from server.patients import service as patients
from server.payments import service as payments
from server.plans import service as plans
from server.queues import service as queues
from server.reports import service as reports
from server.scenes import service as scenes
from server.staff import service as staff

Reaction = Callable[[App, Event], Awaitable[None]]

EVENTS: dict[str, tuple[Reaction, ...]] = {
    "accounts.forgotten": (patients.take_revocation, messages.take_revocation, staff.take_revocation),
    "accounts.joined": (
        patients.take_joining,
        messages.take_joining,
        appointments.take_joining,
        payments.take_joining,
        staff.take_joining,
    ),
    "alerts.reached": (alerts.tell,),
    "appointments.cancelled": (care.tell_cancelled,),
    "appointments.confirmed": (care.tell_confirmed,),
    "appointments.held": (care.plan_hold_reminder,),
    "appointments.money_returned": (care.tell_money_returned,),
    "appointments.refused": (care.tell_refused,),
    "appointments.stopped": (care.tell_stopped,),
    "bills.issued": (care.tell_bill,),
    "bills.paid": (care.tell_bill_paid,),
    "contacts.deceased": (patients.take_death, plans.take_death, followups.take_death),
    "contacts.ended": (plans.take_call,),
    "directory.clinic_stopped": (appointments.take_stop,),
    "followups.answered": (followups.hush, contacts.call_off, alerts.take_answer, plans.take_answer),
    "followups.due": (followups.tell_due,),
    "followups.expired": (contacts.call_off, alerts.take_silence, plans.take_expiry),
    "followups.replied": (followups.tell_reply,),
    "followups.withdrawn": (followups.hush, contacts.call_off),
    "his.admission.changed": (inpatient.take_change,),
    "his.bill.issued": (bills.take_change,),
    "his.bill.paid_at_counter": (bills.take_change, care.stop_reminding),
    "his.clinic.opened": (directory.note_opened,),
    "his.clinic.stopped": (directory.note_stopped,),
    "his.discharged": (inpatient.take_change, plans.enrol_discharged),
    "his.person.changed": (patients.take_person_change,),
    "his.queue.changed": (queues.take_change,),
    "his.report.final": (reports.take_report,),
    "his.report.withdrawn": (reports.take_report,),
    "his.visit.started": (patients.note_visit_started,),
    "inpatient.deposit_paid": (care.tell_deposit_paid,),
    "messages.undelivered": (plans.take_undelivered, contacts.take_undelivered),
    "patients.bound": (patients.tell_of_binding,),
    "patients.opened": (
        patients.tell_of_opening,
        patients.learn_visits,
        reports.take_opening,
        plans.enrol_opened,
    ),
    "patients.refused": (patients.tell_of_refusal,),
    "payments.charge_missing": (appointments.tell_again, bills.tell_again, inpatient.tell_again),
    "payments.closed": (inpatient.take_end,),
    "payments.paid": (appointments.take_money, bills.take_money, inpatient.take_money, care.note_payment),
    "payments.refunded": (care.tell_refunded,),
    "payments.take_back": (bills.take_back, inpatient.take_back),
    "plans.call_due": (plans.call,),
    "plans.referred": (plans.refer,),
    "queues.seen": (followups.plan_survey,),
    "queues.soon": (queues.tell_soon,),
    "reports.ready": (reports.tell_ready,),
    "wechat.message": (conversations.take_message,),
    "wechat.event": (
        conversations.take_following,
        scenes.take_visit,
        messages.take_platform_event,
        articles.take_result,
        accounts.take_revocation,
    ),
}
