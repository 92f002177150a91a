"""What others may do with payments; the work is in the files beside this one.

Whoever wants something done when money came or went reacts to payments.paid, payments.closed,
payments.refunded, payments.refund_abnormal ({order_id, kind, subject_id}).
"""

from server.payments.service.paying import end, end_now, end_soon, look, settle, start, sweep, take_notification
from server.payments.service.reading import get, my_order, my_orders, orders_of, refund_of
from server.payments.service.refunding import refund, send_refund, settle_refund

__all__ = [
    "end",
    "end_now",
    "end_soon",
    "get",
    "look",
    "my_order",
    "my_orders",
    "orders_of",
    "refund",
    "refund_of",
    "send_refund",
    "settle",
    "settle_refund",
    "start",
    "sweep",
    "take_notification",
]
