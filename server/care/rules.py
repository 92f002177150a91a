"""What is said at each step, by the labels of the account's templates, and when a visit is remembered.

Names are masked, and no diagnosis, result or name of a test ever stands in a message.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.appointments.models import Appointment
from server.bills.models import Bill
from server.payments.models import Order, Refund
from server.values import SHANGHAI, mask_name, plus_days, shanghai_at, shanghai_date, short_time, yuan

Facts = dict[str, str]
REMIND_AT = "19:00"  # the evening before
PATIENT = "就诊人"
QUIET_FROM, QUIET_UNTIL = 21, 8  # hours of the hospital's day in which nobody is reminded


@dataclass(frozen=True, slots=True)
class Wave:
    """One reminder of an unpaid bill: `after` its issue on the same day, or `days` later at `clock`."""

    number: int
    hint: str
    after: timedelta | None = None
    days: int = 0
    clock: str = "09:00"


BILL_WAVES = (
    Wave(1, "还没有缴费，缴费后才能安排", after=timedelta(hours=2)),
    Wave(2, "还没有缴费，手机上缴不用排队", days=1),
    Wave(3, "最后一次提醒，不需要可不理会", days=2),
)
BILL_ISSUED = "在手机上缴费，不用排队"
HOLD_LEFT = timedelta(minutes=5)
"""An unpaid place is reminded of when this much of its time is left (real time)."""


def confirmed(a: Appointment, name: str) -> Facts:
    """预约挂号成功通知."""
    return {
        PATIENT: mask_name(name),
        "就诊科室": a.department_name,
        "就诊医生": a.doctor_name,
        "就诊时间": short_time(a.starts_at),
        "就诊地点": a.location,
    }


def reminder(a: Appointment, name: str) -> Facts:
    """就诊提醒."""
    facts = confirmed(a, name)
    facts["温馨提示"] = f"{facts.pop('就诊地点')}，请提前半小时到"
    return facts


def not_booked(a: Appointment, name: str, reason: str) -> Facts:
    """预约取消通知: cancelled, not accepted by the hospital, or paid too late."""
    return {
        PATIENT: mask_name(name),
        "就诊科室": a.department_name,
        "原就诊时间": short_time(a.starts_at),
        "取消原因": reason,
    }


REASONS = {
    "cancelled": "您已取消预约",
    "already_paid": "窗口已挂过这个号，会退款",
    "place_taken": "号已被窗口占用，会退款",
    "clinic_stopped": "医生停诊，会退款",
    "late_money": "付款时号已放开，会退款",
}
OTHER_REASON = "医院没有接受，会退款"


def stopped(a: Appointment, name: str) -> Facts:
    """医生停诊通知."""
    return {
        PATIENT: mask_name(name),
        "就诊科室": a.department_name,
        "停诊医生": a.doctor_name,
        "原就诊时间": short_time(a.starts_at),
        "温馨提示": "付过的钱会退回，请重新预约",
    }


def paid(order: Order, name: str, at: datetime) -> Facts:
    """缴费成功通知."""
    return {
        PATIENT: mask_name(name),
        "缴费项目": order.title,
        "缴费金额": yuan(order.amount_fen),
        "缴费时间": short_time(order.paid_at or at),
        "订单编号": order.id,
    }


def deposit_paid(order: Order, department: str, name: str, at: datetime) -> Facts:
    """住院预交金缴纳通知."""
    return {
        PATIENT: mask_name(name),
        "住院科室": department,
        "缴纳金额": yuan(order.amount_fen),
        "缴纳时间": short_time(order.paid_at or at),
    }


def refunded(order: Order, refund: Refund, name: str, at: datetime) -> Facts:
    """退费通知."""
    return {
        PATIENT: mask_name(name),
        "退费项目": order.title,
        "退费金额": yuan(refund.amount_fen),
        "退费时间": short_time(at),
        "退费说明": refund.told or "已退回付款的账户",
    }


def bill_unpaid(bill: Bill, wave: Wave | None = None) -> Facts:
    """待缴费提醒: when the bill comes, and in each wave of reminders with its own hint."""
    return {
        PATIENT: mask_name(bill.patient_name),
        "开单科室": bill.department_name,
        "待缴金额": yuan(bill.total_fen),
        "开单时间": short_time(bill.issued_at),
        "温馨提示": wave.hint if wave else BILL_ISSUED,
    }


def hold_unpaid(a: Appointment, name: str) -> Facts:
    """预约待支付提醒."""
    return {
        PATIENT: mask_name(name),
        "就诊科室": a.department_name,
        "就诊时间": short_time(a.starts_at),
        "待付金额": yuan(a.fee_fen),
        "温馨提示": f"请在{HOLD_LEFT.seconds // 60}分钟内付款，过时号会放开",
    }


def remind_at(starts_at: datetime, now: datetime) -> datetime | None:
    """The evening before a visit; None when it has begun already: who books then needs no reminder."""
    evening = shanghai_at(plus_days(shanghai_date(starts_at), -1), REMIND_AT)
    return evening if evening > now else None


def is_quiet(now: datetime) -> bool:
    """Whether it is a time of the day at which nobody is reminded."""
    hour = now.astimezone(SHANGHAI).hour
    return hour >= QUIET_FROM or hour < QUIET_UNTIL


def bill_waves(issued_at: datetime) -> list[tuple[datetime, Wave]]:
    """When a bill is reminded of, in order. What would fall into the night or another day is left out."""
    day, found = shanghai_date(issued_at), []
    for wave in BILL_WAVES:
        at = issued_at + wave.after if wave.after else shanghai_at(plus_days(day, wave.days), wave.clock)
        if not is_quiet(at) and (not wave.after or shanghai_date(at) == day):
            found.append((at, wave))
    return found


def bill_wave(issued_at: datetime, now: datetime) -> tuple[Wave | None, datetime | None]:
    """The wave whose time it is, none in the quiet hours, and when to look again.

    Waves that were slept through are not made up for: only the latest is said.
    """
    waves = bill_waves(issued_at)
    due = next((wave for at, wave in reversed(waves) if at <= now), None)
    again = next((at for at, _ in waves if at > now), None)
    if due is None or not is_quiet(now):
        return due, again
    return None, again or _morning(now)


def _morning(now: datetime) -> datetime:
    morning = shanghai_at(shanghai_date(now), "09:00")
    return morning if morning > now else morning + timedelta(days=1)


def reminders_end(now: datetime) -> datetime:
    """Until when a reminder may still be delivered: the evening, when the quiet hours begin."""
    return shanghai_at(shanghai_date(now), f"{QUIET_FROM}:00")


def hold_reminder_at(hold_until: datetime, real_now: datetime) -> datetime | None:
    """When an unpaid place is reminded of (real time); None when it is not held for so long."""
    at = hold_until - HOLD_LEFT
    return at if at > real_now else None
