"""What others may do with payments; the work is in the files beside this one.

Whoever wants something done when money came or went reacts to payments.paid, payments.closed,
payments.refunded, payments.refund_abnormal, or payments.take_back: the HIS is to give back what
it has taken, then `note_uncharged` and `send_taken_back`, or `drop_refused` ({order_id, kind, subject_id}).
"""

from server.payments.service.bookkeeping import note_charged, note_uncharged
from server.payments.service.desk import count_abnormal, for_staff, one_for_staff, send_again, send_back
from server.payments.service.joining import take_joining
from server.payments.service.paying import end, end_now, end_soon, look, settle, start, sweep, take_notification
from server.payments.service.reading import get, my_order, my_orders, orders_of, refund_of
from server.payments.service.reconciling import plan_reconciling, reconcile
from server.payments.service.refunding import (
    drop_refused,
    refund,
    send_refund,
    send_taken_back,
    settle_refund,
    waits_for_his,
)
from server.payments.service.settling import (
    reconcile_again,
    reconciliation,
    reconciliation_csv,
    reconciliations,
    settle_difference,
)

__all__ = [
    "count_abnormal",
    "drop_refused",
    "end",
    "end_now",
    "end_soon",
    "for_staff",
    "get",
    "look",
    "my_order",
    "my_orders",
    "note_charged",
    "note_uncharged",
    "one_for_staff",
    "orders_of",
    "plan_reconciling",
    "reconcile",
    "reconcile_again",
    "reconciliation",
    "reconciliation_csv",
    "reconciliations",
    "refund",
    "refund_of",
    "send_again",
    "send_back",
    "send_refund",
    "send_taken_back",
    "settle",
    "settle_difference",
    "settle_refund",
    "start",
    "sweep",
    "take_joining",
    "take_notification",
    "waits_for_his",
]
