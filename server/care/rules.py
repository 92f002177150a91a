"""What is said at each step, by the labels of the account's templates, and when a visit is remembered.

Names are masked, and no diagnosis, result or name of a test ever stands in a message.
"""

from datetime import datetime

from server.appointments.models import Appointment
from server.bills.models import Bill
from server.payments.models import Order, Refund
from server.values import mask_name, plus_days, shanghai_at, shanghai_date, short_time, yuan

Facts = dict[str, str]
REMIND_AT = "19:00"  # the evening before
PATIENT = "就诊人"


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
        "退费说明": refund.reason or "已退回付款的账户",
    }


def bill_unpaid(bill: Bill) -> Facts:
    """待缴费提醒."""
    return {
        PATIENT: mask_name(bill.patient_name),
        "开单科室": bill.department_name,
        "待缴金额": yuan(bill.total_fen),
        "开单时间": short_time(bill.issued_at),
    }


def remind_at(starts_at: datetime, now: datetime) -> datetime | None:
    """The evening before a visit; None when it has begun already: who books then needs no reminder."""
    evening = shanghai_at(plus_days(shanghai_date(starts_at), -1), REMIND_AT)
    return evening if evening > now else None
