"""Which answers of the HIS are its last word, and how they read. Pure."""

from datetime import datetime, timedelta

REASONS = {
    "clinic_stopped": "医生停诊",
    "place_taken": "号源已被医院窗口占用",
    "already_paid": "患者已在窗口挂号",
    "paid_at_counter": "已在窗口缴费",
    "amount_differs": "金额与医院系统不一致",
    "discharged": "患者已出院",
    "taken_back": "款项已退回",
    "cancelled": "预约已取消",
    "differs": "预约内容与医院系统不一致",
    "already_used": "项目已做或药品已取，不能退费",
}
"""The refusals by which the HIS has decided. Any other answer is tried again, and shown to staff meanwhile."""
_FAULTS = {
    "timeout": "医院系统没有回应",
    "no_connection": "连不上医院系统",
    "broken": "与医院系统的连接中断",
    "no_file_yet": "医院系统还没有这位就诊人的档案",
}


def is_last_word(code: str) -> bool:
    """Whether trying again would be refused again."""
    return code in REASONS


def reason_text(code: str | None) -> str | None:
    """A code of the HIS as staff read it."""
    if code is None:
        return None
    return REASONS.get(code) or _FAULTS.get(code) or f"医院系统暂时没有接受（{code}）"


def next_try(tries: int, now: datetime) -> datetime:
    """When the worker comes back after the n-th failed try: 1, 2, 4 … seconds, ten minutes at the most."""
    return now + timedelta(seconds=min(2 ** min(max(tries - 1, 0), 10), 600))
