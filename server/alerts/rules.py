"""When an answer is an alert, who is told next and when, who is on duty. Pure.

An alert has three states. Open, it climbs its ladder: at each deadline the next step is told, at the
last step the same people again, for ever, until a person takes it with an action. Taken, it must be
dealt with in time, otherwise it opens again at the step it had reached. Only a person ends it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from server.alerts.models import (
    Alert,
    AlreadyResolved,
    AlreadyTaken,
    Book,
    Ladder,
    Level,
    NotTaken,
    Reason,
    Shift,
    Watch,
    Who,
)
from server.values import SHANGHAI

ORDER: tuple[Level, ...] = ("yellow", "orange", "red")
WORDS: dict[Level, str] = {"red": "红色", "orange": "橙色", "yellow": "黄色"}


# --- what raises an alert -------------------------------------------------------------------------


def worst(levels: Sequence[Level]) -> Level:
    """The most urgent of some levels."""
    return max(levels, key=ORDER.index)


def reasons_of_answer(
    book: Book, key: str, flags: Sequence[tuple[Level, str]], total: float | None, before: tuple[float, int] | None
) -> tuple[Level, list[Reason]] | None:
    """Level and reasons of one answered questionnaire; None when nobody need look at once.

    `flags`: the questionnaire's own red flags. `before`: the total before this one and how many days ago.
    """
    found = [(level, Reason(source="answer", text=text)) for level, text in flags]
    for watch in _watches(book, key):
        if watch.kind == "score" and total is not None and total >= watch.least:
            found.append((watch.level, Reason(source="score", text=watch.text)))
        if watch.kind == "trend" and total is not None and before is not None:
            earlier, days = before
            if days <= watch.within_days and total - earlier >= watch.least:
                found.append((watch.level, Reason(source="trend", text=watch.text)))
    if not found:
        return None
    return worst([level for level, _ in found]), [reason for _, reason in found]


def reasons_of_silence(book: Book, key: str, in_a_row: int) -> tuple[Level, list[Reason]] | None:
    """The same of tasks that were not answered, the last `in_a_row` of them."""
    found = [w for w in _watches(book, key) if w.kind == "silence" and in_a_row >= w.least]
    if not found:
        return None
    return worst([w.level for w in found]), [Reason(source="silence", text=w.text) for w in found]


def _watches(book: Book, key: str) -> list[Watch]:
    return [watch for watch in book.watches if watch.questionnaire == key]


# --- the ladder -----------------------------------------------------------------------------------


def ladder_of(book: Book, level: Level) -> Ladder:
    """The ladder of a level."""
    return next(ladder for ladder in book.ladders if ladder.level == level)


def is_late(alert: Alert, now: datetime) -> bool:
    """Whether the next step is due."""
    return alert.deadline_at is not None and now >= alert.deadline_at


def first_step(ladder: Ladder, who: str) -> int:
    """Where an alert begins whose plan names this role; at the bottom when the ladder has no such step."""
    return next((number for number, step in enumerate(ladder.steps) if step.who == who), 0)


def step_of(ladder: Ladder, step: int) -> int:
    """A step as far as the ladder goes: it may have become shorter since the alert was raised."""
    return min(step, len(ladder.steps) - 1)


def deadline(ladder: Ladder, step: int, now: datetime) -> datetime:
    """Until when a step that is told now has time."""
    return now + timedelta(minutes=ladder.steps[step].within_min)


def climbed(alert: Alert, ladder: Ladder, now: datetime) -> Alert:
    """The alert after its deadline has passed: one step higher, or the last one again; nobody has it any more.

    Each step gets its whole time from the moment it is told, however long nothing ran.
    """
    step = step_of(ladder, alert.step if alert.state == "acknowledged" else alert.step + 1)
    return alert.model_copy(
        update={
            "state": "open",
            "step": step,
            "round": alert.round + 1,
            "deadline_at": deadline(ladder, step, now),
            "taken_by": None,
            "taken_at": None,
            "late": True,
        }
    )


def check_taking(alert: Alert) -> None:
    """AlreadyTaken, AlreadyResolved."""
    if alert.state == "resolved":
        raise AlreadyResolved()
    if alert.state == "acknowledged":
        raise AlreadyTaken()


def check_resolving(alert: Alert, member_id: str) -> None:
    """AlreadyResolved; NotTaken unless this member has it: who closes it has dealt with it."""
    if alert.state == "resolved":
        raise AlreadyResolved()
    if alert.state != "acknowledged" or alert.taken_by != member_id:
        raise NotTaken()


def resolve_by(ladder: Ladder, now: datetime) -> datetime:
    """Until when who takes it now must have dealt with it."""
    return now + timedelta(minutes=ladder.resolve_min)


# --- the duty roster ------------------------------------------------------------------------------


def on_duty(shifts: Sequence[Shift], who: Who, department_id: str | None, at: datetime) -> list[str]:
    """Who is on duty: the department's own shift, else the hospital's; empty when the roster names nobody."""
    for place in dict.fromkeys([department_id, None]):
        for shift in shifts:
            if shift.who == who and shift.department_id == place and _covers(shift, at):
                return list(shift.member_ids)
    return []


def _covers(shift: Shift, at: datetime) -> bool:
    local = at.astimezone(SHANGHAI)
    clock, day = f"{local:%H:%M}", local.isoweekday()
    if shift.from_ < shift.to:
        return day in shift.weekdays and shift.from_ <= clock < shift.to
    yesterday = (day - 2) % 7 + 1  # over midnight: the small hours belong to the day before
    return (day in shift.weekdays and clock >= shift.from_) or (yesterday in shift.weekdays and clock < shift.to)


def sms(hospital: str, level: Level, who: str) -> str:
    """What a member of the staff reads on his phone: no name, nothing clinical."""
    return f"【{hospital}】有一条{WORDS[level]}随访预警等您（{who}）处理，请马上登录管理后台查看。"
