"""When a task is due, until when it may be answered, and what the patient reads before and afterwards."""

from datetime import datetime, timedelta

from server.followups.models import AlreadyAnswered, DueInThePast, Kind, NotOpen, State, Task, Thanks
from server.values import plus_days, shanghai_at, shanghai_date, short_time

FIRST_FOLLOWUP_DAYS = 7  # R9: one week after discharge
STILL_FOLLOWED_DAYS = 30  # who left longer ago is not asked how the first week was
SURVEY_AFTER = timedelta(hours=1)
ANSWER_WITHIN = {"followup": timedelta(days=7), "satisfaction": timedelta(days=3)}
FURTHEST = timedelta(days=366)


def first_followup_at(discharged_on: str) -> datetime:
    """One week after the day of discharge, at 09:00 in Shanghai."""
    return shanghai_at(plus_days(discharged_on, FIRST_FOLLOWUP_DAYS), "09:00")


def is_followed(discharged_on: str, now: datetime) -> bool:
    """Whether somebody who left on this day still gets the first follow-up."""
    return discharged_on >= plus_days(shanghai_date(now), -STILL_FOLLOWED_DAYS)


def expires_at(kind: Kind, due_at: datetime) -> datetime:
    """The last instant at which a task may be answered."""
    return due_at + ANSWER_WITHIN[kind]


def check_due(due_at: datetime | None, now: datetime) -> datetime:
    """The due time of a sending: now when none is given. A minute of slack for slow typists; DueInThePast."""
    if due_at is None:
        return now
    if due_at < now - timedelta(minutes=1) or due_at > now + FURTHEST:
        raise DueInThePast()
    return max(due_at, now)


def check_answerable(task: Task, now: datetime) -> None:
    """Raise AlreadyAnswered or NotOpen unless answers may be handed in now."""
    if task.state is State.ANSWERED:
        raise AlreadyAnswered()
    if task.state is not State.OPEN or now > task.expires_at:
        raise NotOpen()


def notice_key(kind: Kind) -> str:
    """Which message asks for the answers."""
    return "survey_due" if kind == "satisfaction" else "followup_due"


def notice_facts(task: Task, masked_name: str) -> dict[str, str]:
    """What that message says: never the name of the questionnaire, which may tell of an illness."""
    until = short_time(task.expires_at)
    if task.kind == "satisfaction":
        visited = short_time(task.due_at - SURVEY_AFTER)
        facts = {"就诊科室": task.from_text, "就诊时间": visited, "温馨提示": "请为这次看病打分，约一分钟"}
    else:
        facts = {"随访科室": task.from_text, "随访内容": "随访问卷，请在手机上回答", "截止时间": until}
    return {"就诊人": masked_name} | facts


def thanks(kind: Kind, red: bool) -> Thanks:
    """What the patient reads after handing in."""
    if kind == "satisfaction":
        return Thanks(thanks="谢谢您的评价，我们会认真阅读。", advice=None)
    advice = "您填写的情况需要医护人员尽快了解，我们已经提醒他们。如果症状加重，请立即就医或拨打 120。" if red else None
    return Thanks(thanks="谢谢您，医生会看到您填写的内容。", advice=advice)
