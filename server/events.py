"""The one table "when X happened, do Y, Z". Reactions are idempotent; the worker runs each until done."""

from collections.abc import Awaitable, Callable

from server.appointments import service as appointments
from server.articles import service as articles
from server.bills import service as bills
from server.care import service as care
from server.context import App, Event
from server.conversations import service as conversations
from server.directory import service as directory
from server.followups import service as followups
from server.inpatient import service as inpatient
from server.messages import service as messages
from server.patients import service as patients
from server.queues import service as queues
from server.reports import service as reports

Reaction = Callable[[App, Event], Awaitable[None]]

EVENTS: dict[str, tuple[Reaction, ...]] = {
    "appointments.cancelled": (care.tell_cancelled,),
    "appointments.confirmed": (care.tell_confirmed,),
    "appointments.money_returned": (care.tell_money_returned,),
    "appointments.refused": (care.tell_refused,),
    "appointments.stopped": (care.tell_stopped,),
    "bills.issued": (care.tell_bill,),
    "bills.paid": (care.tell_bill_paid,),
    "directory.clinic_stopped": (appointments.take_stop,),
    "followups.due": (followups.tell_due,),
    "his.admission.changed": (inpatient.take_change,),
    "his.bill.issued": (bills.take_change,),
    "his.bill.paid_at_counter": (bills.take_change,),
    "his.clinic.opened": (directory.note_opened,),
    "his.clinic.stopped": (directory.note_stopped,),
    "his.discharged": (inpatient.take_change, followups.plan_after_discharge),
    "his.person.changed": (patients.take_person_change,),
    "his.queue.changed": (queues.take_change,),
    "his.report.final": (reports.take_report,),
    "his.report.withdrawn": (reports.take_report,),
    "his.visit.started": (patients.note_visit_started,),
    "inpatient.deposit_paid": (care.tell_deposit_paid,),
    "patients.bound": (patients.tell_of_binding,),
    "patients.opened": (
        patients.tell_of_opening,
        patients.learn_visits,
        reports.take_opening,
        followups.plan_after_opening,
    ),
    "patients.refused": (patients.tell_of_refusal,),
    "payments.closed": (inpatient.take_end,),
    "payments.paid": (appointments.take_money, bills.take_money, inpatient.take_money),
    "payments.refunded": (care.tell_refunded,),
    "queues.seen": (followups.plan_survey,),
    "queues.soon": (queues.tell_soon,),
    "reports.ready": (reports.tell_ready,),
    "wechat.message": (conversations.take_message,),
    "wechat.event": (conversations.take_following, messages.take_platform_event, articles.take_result),
}
