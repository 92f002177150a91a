"""When somebody is called, what becomes of a call's outcome, and what is to be said. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.contacts.models import Outcome, PhoneTask, State
from server.values import SHANGHAI, plus_days, shanghai_at, shanghai_date

MOST_ATTEMPTS = 3
CALLING_BEGINS, CALLING_ENDS = "09:00", "20:00"
"""Nobody is called a second time outside these hours of the hospital's day."""
PAUSE = timedelta(hours=2)
OVERDUE_AFTER = timedelta(hours=2)
TAKEN_FOR = timedelta(minutes=30)
"""Real time: who took a task and left it keeps nobody from calling for longer than this."""
FILE_KNOWS_AFTER = timedelta(hours=1)
"""By then the patient's file knows of a death that was heard on the phone, and whether he came again."""
COMES_AGAIN: frozenset[Outcome] = frozenset({"no_answer", "powered_off"})
_WEEKEND = (5, 6)


@dataclass(frozen=True, slots=True)
class Next:
    """What a task is after a call: open until `due_at`, or ended."""

    state: State
    due_at: datetime | None = None


def after(outcome: Outcome, calls: int, now: datetime) -> Next:
    """What follows from the `calls`-th call.

    Nobody answered, or the phone was off: again two hours later (not in the evening), then the next morning;
    after three calls it is given up. Reached: done. A wrong number, a suspended one, a refusal or a death
    end it: another call would reach nobody, or hurt.
    """
    if outcome == "reached":
        return Next("done")
    if outcome not in COMES_AGAIN or calls >= MOST_ATTEMPTS:
        return Next("given_up")
    return Next("open", _later_today(now) if calls == 1 else _morning_after(now))


def _later_today(now: datetime) -> datetime:
    later = now + PAUSE
    day = shanghai_date(now)
    if later >= shanghai_at(day, CALLING_ENDS):
        return _morning_after(now)
    return max(later, shanghai_at(day, CALLING_BEGINS))


def _morning_after(now: datetime) -> datetime:
    return shanghai_at(plus_days(shanghai_date(now), 1), CALLING_BEGINS)


def first_call(critical: bool, now: datetime) -> datetime:
    """When a notice that nobody received is to be told by phone: what is critical now, else the next working morning.

    Working days are Monday to Friday; the first one whose nine o'clock is still to come.
    """
    if critical:
        return now
    morning = shanghai_at(shanghai_date(now), CALLING_BEGINS)
    while morning <= now or morning.astimezone(SHANGHAI).weekday() in _WEEKEND:
        morning += timedelta(days=1)
    return morning


def is_overdue(task: PhoneTask, now: datetime) -> bool:
    """Whether it should have been done long ago."""
    return task.state == "open" and task.due_at <= now - OVERDUE_AFTER


def is_taken(task: PhoneTask, real_now: datetime) -> bool:
    """Whether somebody is busy with it."""
    return task.taken_by is not None and task.taken_until is not None and task.taken_until > real_now


def script(hospital: str, title: str, facts: Mapping[str, str]) -> str:
    """What to say about a notice that did not arrive; the facts are the notice's own, which name no illness.

    What stands in brackets is for the caller. The masked name is left out: it is asked for, not told.
    """
    told = "\n".join(f"· {label}：{value}" for label, value in facts.items() if label != "就诊人")
    return (
        f"您好，这里是{hospital}。请问是患者本人（或家人）吗？\n"
        "（先核对姓名，对不上就不要往下说。）\n"
        f"我们有一条“{title}”没能送到您的微信，现在电话告诉您：\n{told}\n"
        "请问您听清楚了吗？还有什么要我们帮忙的？\n"
        "（病情和检查结果不在电话里说，请患者来医院或在微信里查看。）"
    )
