"""The documents, inputs, outputs and refusals of follow-up tasks."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from server import errors
from server.questionnaires.models import Answers, Form, Scalar, Score, ShownAnswer
from server.values import At, Id

Kind = Literal["followup", "satisfaction"]


class State(StrEnum):
    """planned: not due yet. open: sent, to be answered."""

    PLANNED = "planned"
    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"


class AlreadyAnswered(errors.Conflict):
    code, message = "already_answered", "这份问卷已经提交过了，谢谢您。"


class NotOpen(errors.Conflict):
    code, message = "task_not_open", "这份问卷现在不能填写：还没有到时间，或已过截止时间。"


class DueInThePast(errors.Invalid):
    code, message = "due_in_the_past", "发送时间不能早于现在，也不能晚于一年之后。"


class Task(BaseModel):
    """A task as kept; what was answered is sealed.

    `live_of` is "patient:questionnaire" while a task that staff sent is not done: never two of them.
    """

    id: str
    questionnaire_id: str
    kind: Kind
    title: str
    patient_id: str
    department_id: str | None
    from_text: str
    sent_by: str | None
    state: State
    due_at: datetime
    expires_at: datetime
    answered_at: datetime | None = None
    answered_by: Literal["self", "relative"] | None = None
    red: bool = False
    live_of: str | None = None
    note: str | None = None
    draft: Answers | None = None
    answers: Answers | None = None
    score: Score | None = None


class MyTask(BaseModel):
    """A task in a patient's list."""

    id: str
    kind: Kind
    title: str
    from_text: str
    patient_id: str
    patient_name: str
    due_at: At
    expires_at: At
    status: Literal["open", "answered", "expired"]
    answered_at: At | None


class MyTasks(BaseModel):
    items: list[MyTask]


class OpenedTask(BaseModel):
    """A task with its form, and what was saved while it is open."""

    task: MyTask
    form: Form
    draft: Answers | None
    note: str | None


class TaskQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    status: Literal["open", "done"] = "open"


GivenAnswers = Annotated[
    dict[Annotated[str, Field(max_length=64)], Scalar | Annotated[list[str], Field(max_length=50)]],
    Field(max_length=300),
]


class Draft(BaseModel):
    model_config = ConfigDict(extra="forbid")
    answers: GivenAnswers


class GivenTask(Draft):
    """The answers to be handed in, and who gave them."""

    answered_by: Literal["self", "relative"] = "self"


class Thanks(BaseModel):
    """What the patient reads after handing in. No score: a number without a doctor only frightens."""

    thanks: str
    advice: str | None


class Sending(BaseModel):
    """Send one questionnaire to one or more patients, now or later."""

    model_config = ConfigDict(extra="forbid")
    questionnaire_id: Id
    patient_ids: list[Id] = Field(min_length=1, max_length=200)
    due_at: At | None = None
    note: str | None = Field(None, max_length=200)


class Skipped(BaseModel):
    """Who was not sent it, and why. The name stands only where the sender may know it."""

    patient_id: str
    patient_name: str = ""
    reason: Literal["no_care_relation", "no_wechat", "already_open"]


class Sent(BaseModel):
    created: list[str]
    skipped: list[Skipped]


class StaffTaskQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    status: Literal["planned", "open", "answered", "expired", "overdue", "red"] | None = None
    patient_id: Id | None = None
    mine: bool = False
    next: Id | None = None


class StaffTask(BaseModel):
    """A task in a list for staff."""

    id: str
    patient_id: str
    patient_name: str
    title: str
    kind: Kind
    status: State
    due_at: At
    expires_at: At
    answered_at: At | None
    score_text: str | None
    total: float | None
    red: bool
    message_state: str | None


class StaffTasks(BaseModel):
    items: list[StaffTask]
    next: str | None


class ReadTask(StaffTask):
    """A task with its answers."""

    note: str | None
    answered_by: Literal["self", "relative"] | None
    answers: list[ShownAnswer]
    red_texts: list[str]


class FollowupCounts(BaseModel):
    """For the overview: due and unanswered, past their time, answered today, with a red flag today."""

    open: int
    overdue: int
    answered_today: int
    red: int
