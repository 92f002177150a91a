"""What happens to a step that was sent and not answered: reminders in waves, a call, the end of its time."""

from datetime import datetime, timedelta

from server.plans.models.definitions import Step
from server.plans.models.enrolments import Act, Waiting
from server.values import plus_days, shanghai_at, shanghai_date

CALLING_BEGINS, CALLING_ENDS = "09:00", "20:00"

_ORDER: dict[Act, int] = {"remind": 0, "call": 1, "expire": 2, "send": 3}


def sent(step: Step, task_id: str, now: datetime, reachable: bool) -> Waiting:
    """What is remembered of a sending. `reachable`: somebody can be told through WeChat."""
    expires_at = now + timedelta(days=step.last_days)
    return Waiting(task_id=task_id, sent_at=now, expires_at=expires_at, reachable=reachable)


def next_act(step: Step | None, waiting: Waiting) -> tuple[Act, datetime]:
    """What is to be done next for a step that waits for its answer, and when."""
    ways: list[tuple[Act, datetime]] = [("expire", waiting.expires_at)]
    if step:
        remind_at, call_at = _remind_at(step, waiting), _call_at(step, waiting)
        ways += [("remind", remind_at)] if remind_at else []
        ways += [("call", call_at)] if call_at else []
    in_time = [way for way in ways if way[1] < waiting.expires_at or way[0] == "expire"]
    return min(in_time, key=lambda way: (way[1], _ORDER[way[0]]))


def wave_at(step: Step | None, waiting: Waiting, now: datetime) -> int:
    """The number of the reminder of this moment. Those that were slept through are not made up for."""
    passed = [days for days in step.reminders if waiting.sent_at + timedelta(days=days) <= now] if step else []
    return max(waiting.wave + 1, len(passed))


def calling_time(now: datetime) -> datetime:
    """Now, if people may be phoned now; else the next morning at nine."""
    today = shanghai_date(now)
    if now >= shanghai_at(today, CALLING_ENDS):
        return shanghai_at(plus_days(today, 1), CALLING_BEGINS)
    return max(now, shanghai_at(today, CALLING_BEGINS))


def _remind_at(step: Step, waiting: Waiting) -> datetime | None:
    days = sorted(step.reminders)
    if waiting.called or waiting.wave >= len(days) or not waiting.reachable or "wechat" not in step.channels:
        return None
    return waiting.sent_at + timedelta(days=days[waiting.wave])


def _call_at(step: Step, waiting: Waiting) -> datetime | None:
    if waiting.called or "phone" not in step.channels:
        return None
    if not waiting.reachable or step.channels[0] == "phone":
        return waiting.sent_at
    return None if step.call_after_days is None else waiting.sent_at + timedelta(days=step.call_after_days)
