"""The one table of scheduled work: jobs for a key at a time, queues of their own, and work that repeats.

A job is handed its key, reads the document again, and acts only if it still should: running
it twice has one effect.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from server.alerts import service as alerts
from server.appointments import service as appointments
from server.articles import service as articles
from server.bills import service as bills
from server.care import service as care
from server.context import App
from server.directory import service as directory
from server.followups import service as followups
from server.inpatient import service as inpatient
from server.integration import his_feed
from server.messages import service as messages
from server.payments import service as payments
from server.plans import service as plans

Job = Callable[[App, str], Awaitable[None]]
Periodic = Callable[[App], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Queue:
    """Work with hands of its own. `work` does some of it; False when nothing is due."""

    name: str
    hands: int
    is_due: Callable[[App], Awaitable[bool]]
    work: Callable[[App], Awaitable[bool]]


JOBS: dict[str, Job] = {
    "appointments.release": appointments.release,
    "appointments.tell_his": appointments.tell_his,
    "articles.send": articles.send,
    "bills.take_back": bills.tell_his_back,
    "bills.tell_his": bills.tell_his,
    "care.remind": care.remind,
    "care.remind_bill": care.remind_bill,
    "care.remind_hold": care.remind_hold,
    "followups.expire": followups.expire,
    "followups.push": followups.push,
    "inpatient.take_back": inpatient.tell_his_back,
    "inpatient.tell_his": inpatient.tell_his,
    "payments.end": payments.end_now,
    "payments.reconcile": payments.reconcile,
    "payments.refund": payments.send_refund,
    "payments.sweep": payments.sweep,
}
QUEUES: list[Queue] = [
    Queue("alerts", 1, alerts.is_due, alerts.climb),
    Queue("messages", 16, messages.is_due, messages.deliver_due),
    Queue("plans", 2, plans.is_due, plans.work_due),
]
PERIODIC: list[tuple[str, float, Periodic]] = [
    ("his_feed", 1.0, his_feed.poll),
    ("directory.refresh", 600.0, directory.refresh),
    ("directory.keep_ahead", 3.0, directory.keep_ahead),
    ("payments.plan_reconciling", 60.0, payments.plan_reconciling),
]
"""(name, seconds of real time between rounds, function)"""
