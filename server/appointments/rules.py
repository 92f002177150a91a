"""When a booking can be cancelled, checked in, and what becomes of money that came for it. Pure."""

from datetime import datetime, timedelta
from typing import Literal

from server.appointments.models import Appointment, Status
from server.values import shanghai_date

CANCEL_CLOSES = timedelta(minutes=60)
"""A confirmed booking can be cancelled until this long before it starts."""
CLAIM_LASTS = timedelta(seconds=60)
"""How long a place is claimed while the booking is being written (real time)."""
HOLD_SEATS = (1, 2, 3)
"""An account holds at most three unpaid places: each hold sits on one of these."""
LIVE: frozenset[Status] = frozenset({"held", "confirmed", "checked_in"})
UPCOMING = ("held", "confirmed", "checked_in")

OnMoney = Literal["confirm", "reclaim", "refund", "nothing"]

NOTES: dict[str, str] = {
    "clinic_stopped": "医生停诊，挂号费会原路退回。",
    "place_taken": "这个号已被医院窗口占用，没有约上，挂号费会原路退回。",
    "already_paid": "您已在医院窗口挂过这个号，这里付的钱会原路退回。",
    "late_money": "付款到账时号已经释放，没有约上，钱会原路退回。",
    "expired": "没有在规定时间内付款，号已释放。",
    "cancelled": "您已取消。",
    "cancelled_paid": "您已取消，挂号费会原路退回。",
}
OTHER_REFUSAL = "医院系统没有接受这个预约，挂号费会原路退回。"


def number_of(on: str, id: str) -> str:
    """The number a person reads out: the day and eight digits from the id."""
    return on[2:].replace("-", "") + f"{int(id[-10:], 16) % 10**8:08d}"


def cancel_until(starts_at: datetime) -> datetime:
    """The last instant (excluded) at which a confirmed booking can be cancelled; business time."""
    return starts_at - CANCEL_CLOSES


def can_cancel(status: Status, starts_at: datetime, now: datetime) -> bool:
    """A hold can always be given up; a confirmed booking in time; nothing else."""
    return status == "held" or (status == "confirmed" and now < cancel_until(starts_at))


def can_check_in(status: Status, starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """On the day of a confirmed booking, until its window has ended."""
    return status == "confirmed" and shanghai_date(now) == shanghai_date(starts_at) and now < ends_at


def on_money(appointment: Appointment, order_id: str, now: datetime) -> OnMoney:
    """What becomes of the money of a paid order.

    confirm: the place is still held for it; reclaim: it ran out, confirm if the place is still to be
    had; refund: it cannot be had any more, or was given up, or is paid already by another order.
    """
    if appointment.paid_order_id == order_id:
        return "nothing"
    if appointment.status == "held" and appointment.order_id == order_id:
        return "confirm"
    if appointment.status == "expired" and now < appointment.starts_at:
        return "reclaim"
    return "refund"


def refusal_note(code: str) -> str:
    """What the patient reads when the HIS did not accept the booking."""
    return NOTES.get(code, OTHER_REFUSAL)


def channel_of(app: str) -> Literal["wechat", "mini_program"]:
    """Through which channel somebody books (A6)."""
    return "mini_program" if app == "mini" else "wechat"
