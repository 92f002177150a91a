"""The one table of scheduled work: jobs for a key at a time, and work that repeats.

A job is handed its key, reads the document again, and acts only if it still should: running
it twice has one effect.
"""

from collections.abc import Awaitable, Callable

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

Job = Callable[[App, str], Awaitable[None]]
Periodic = Callable[[App], Awaitable[None]]

JOBS: dict[str, Job] = {
    "appointments.release": appointments.release,
    "appointments.tell_his": appointments.tell_his,
    "articles.send": articles.send,
    "bills.tell_his": bills.tell_his,
    "care.remind": care.remind,
    "followups.expire": followups.expire,
    "followups.push": followups.push,
    "inpatient.tell_his": inpatient.tell_his,
    "messages.deliver": messages.deliver,
    "payments.end": payments.end_now,
    "payments.refund": payments.send_refund,
    "payments.sweep": payments.sweep,
}
PERIODIC: list[tuple[str, float, Periodic]] = [
    ("his_feed", 1.0, his_feed.poll),
    ("directory.refresh", 600.0, directory.refresh),
    ("directory.keep_ahead", 3.0, directory.keep_ahead),
]
"""(name, seconds of real time between rounds, function)"""
