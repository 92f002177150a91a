"""When a task is due, until when it may be answered, and what the patient reads before and afterwards."""

from datetime import datetime, timedelta
from typing import Any

from server.followups.models import AlreadyAnswered, DueInThePast, NotOpen, QuestionnaireRetired, State, Task, Thanks
from server.questionnaires.models import Kind, Score
from server.values import plus_days, shanghai_at, shanghai_date, short_time

SURVEY_AFTER = timedelta(hours=1)
ANSWER_WITHIN = {"followup": timedelta(days=7), "research": timedelta(days=7), "satisfaction": timedelta(days=3)}
FURTHEST = timedelta(days=366)
ENDED = (State.ANSWERED, State.EXPIRED)
"""What may be seen and replied to."""
CALLING_BEGINS, CALLING_ENDS = "09:00", "20:00"
OVERDUE_SHOWN = timedelta(days=30)
SATISFIED = frozenset({"满意", "非常满意"})


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


def check_in_use(status: str) -> None:
    """Raise QuestionnaireRetired: what the hospital has taken out of use is answered no more, whoever was sent it."""
    if status != "published":
        raise QuestionnaireRetired()


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


def reply_facts(task: Task, masked_name: str) -> dict[str, str]:
    """What the message about a reply says: that there is one."""
    at = short_time(task.replied_at or task.due_at)
    return {"就诊人": masked_name, "随访科室": task.from_text, "回复时间": at, "温馨提示": "医护人员已回复，点这里查看"}


def is_satisfied(kind: Kind, score: Score) -> bool | None:
    """Whether a survey counts as satisfied in the figures; None for what is no survey, or has no band."""
    return score.band in SATISFIED if kind == "satisfaction" and score.band else None


_DISTRESS = (
    "谢谢您说出来，我们已经提醒医护人员尽快联系您。难受的时候请不要一个人待着，"
    "可以拨打心理援助热线 12356；情况紧急请拨打 120。"
)


def thanks(kind: Kind, red: bool, *, self_harm: bool = False) -> Thanks:
    """What the patient reads after handing in; 12356 is the national line for people in distress."""
    if kind == "satisfaction":
        return Thanks(thanks="谢谢您的评价，我们会认真阅读。", advice=None)
    if self_harm:
        return Thanks(thanks="谢谢您，医生会看到您填写的内容。", advice=_DISTRESS)
    advice = "您填写的情况需要医护人员尽快了解，我们已经提醒他们。如果症状加重，请立即就医或拨打 120。" if red else None
    return Thanks(thanks="谢谢您，医生会看到您填写的内容。", advice=advice)


# --- the desk -------------------------------------------------------------------------------------


def desk_queries(now: datetime) -> dict[str, dict[str, Any]]:
    """What stands on the desk at this moment, by group."""
    start = shanghai_at(shanghai_date(now))
    end = shanghai_at(plus_days(shanghai_date(now), 1))
    unseen_red = {"state": State.ANSWERED, "red": True, "seen_by": None}
    today = {"state": State.ANSWERED, "answered_at": {"$gte": start}}
    overdue = {"state": State.EXPIRED, "kind": {"$ne": "satisfaction"}, "seen_by": None}
    waits = {"state": {"$in": [State.PLANNED, State.OPEN]}}
    soon = [{"due_at": {"$gte": start, "$lt": end}}, {"state": State.OPEN, "expires_at": {"$lt": end}}]
    return {
        "red": unseen_red,
        "answered": today | {"$nor": [unseen_red]},
        "overdue": overdue | {"expires_at": {"$gte": now - OVERDUE_SHOWN}},
        "due": waits | {"$or": soon},
    }


def call_at(task: Task, now: datetime) -> datetime:
    """When staff call: at once where an answer is red, else not before nine nor after eight in the evening."""
    today = shanghai_date(now)
    if task.red:
        return now
    if now >= shanghai_at(today, CALLING_ENDS):
        return shanghai_at(plus_days(today, 1), CALLING_BEGINS)
    return max(now, shanghai_at(today, CALLING_BEGINS))


def call_script(hospital: str, task: Task) -> str:
    """What staff say when the desk asks to phone: who, why, what was answered that cannot wait."""
    why = {State.OPEN: "还没有回答", State.EXPIRED: "没有在期限内回答"}.get(task.state, "已经回答")
    red = "；".join(flag.text for flag in task.score.red) if task.score else ""
    return (
        f"您好，这里是{hospital}的随访人员。先核对姓名，不是本人或家属就不要往下说。\n"
        f"事由：{task.title}（{task.from_text}），约定 {short_time(task.due_at)}，{why}。\n"
        + (f"回答里需要尽快了解的情况：{red}。\n" if red else "")
        + "请问最近怎么样？按问卷逐题询问，没有回答的可以在随访页面里代为填写。\n"
        "打完后请记录结果：接通、无人接听、空/错号、停机、关机、拒访或已故。"
    )
