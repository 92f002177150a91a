"""The documents, inputs, outputs and refusals of follow-up tasks."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from server import errors
from server.questionnaires.models import Answers, Form, GivenAnswers, Kind, Score, ShownAnswer
from server.values import At, Id

AnsweredBy = Literal["self", "relative", "staff"]
ReplyText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]


class State(StrEnum):
    """planned: not due yet. open: sent, to be answered. withdrawn: taken back by staff, or by a plan that ended."""

    PLANNED = "planned"
    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class AlreadyAnswered(errors.Conflict):
    code, message = "already_answered", "这份问卷已经提交过了，谢谢您。"


class NotOpen(errors.Conflict):
    code, message = "task_not_open", "这份问卷现在不能填写：还没有到时间，或已过截止时间。"


class AlreadyReplied(errors.Conflict):
    code, message = "already_replied", "这份问卷已经回复过患者了。要换成新的回复，请确认后再发。"


class NothingToReply(errors.Conflict):
    code, message = "nothing_to_reply", "患者还没有回答，现在没有可以回复的内容。"


class QuestionnaireRetired(errors.Conflict):
    code, message = "questionnaire_retired", "这份问卷医院已经停用，不用再填了，谢谢您。"


class DueInThePast(errors.Invalid):
    code, message = "due_in_the_past", "发送时间不能早于现在，也不能晚于一年之后。"


class Task(BaseModel):
    """A task as kept; what was answered is sealed.

    `live_of` is "patient:questionnaire" while a task that staff sent is not done, "plan:enrolment" for one of
    a plan: never two of them. `step` is the plan's.
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
    answered_by: AnsweredBy | None = None
    enrolment_id: str | None = None
    step: str | None = None
    red: bool = False
    live_of: str | None = None
    note: str | None = None
    draft: Answers | None = None
    answers: Answers | None = None
    score: Score | None = None
    satisfied: bool | None = None
    reply: str | None = None
    replied_at: datetime | None = None
    replied_by: str | None = None
    seen_at: datetime | None = None
    seen_by: str | None = None


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
    reply: str | None = None
    replied_at: At | None = None


class TaskQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    status: Literal["open", "done"] = "open"


class Draft(BaseModel):
    model_config = ConfigDict(extra="forbid")
    answers: GivenAnswers


class GivenTask(Draft):
    """The answers to be handed in, and who gave them."""

    answered_by: Literal["self", "relative"] = "self"


class TaskOfPlan(BaseModel):
    """What a plan wants sent now, to be answered until `expires_at`."""

    id: str
    enrolment_id: str
    n: int
    step: str
    questionnaire_id: str
    kind: Kind
    title: str
    patient_id: str
    department_id: str | None
    from_text: str
    due_at: datetime
    expires_at: datetime


class StaffAnswers(Draft):
    """What a patient said on the phone, as a member of the staff wrote it down."""


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
    reason: Literal["no_care_relation", "opted_out", "no_wechat", "already_open"]


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
    enrolment_id: str | None
    message_state: str | None


class StaffTasks(BaseModel):
    items: list[StaffTask]
    next: str | None


class ReadTask(StaffTask):
    """A task with its answers."""

    note: str | None
    answered_by: AnsweredBy | None
    answers: list[ShownAnswer]
    red_texts: list[str]
    reply: str | None
    replied_at: At | None
    replied_by_name: str | None
    seen_at: At | None
    seen_by_name: str | None


class FollowupCounts(BaseModel):
    """For the overview: due and unanswered, past their time, answered today, with a red flag today."""

    open: int
    overdue: int
    answered_today: int
    red: int


# --- the desk: many at once -----------------------------------------------------------------------

NotDoneReason = Literal[
    "no_care_relation",
    "not_ended",
    "not_sent",
    "already_seen",
    "not_seen_by_me",
    "already_replied",
    "already_asked",
]


class Reply(BaseModel):
    """What the patient reads beside his answers; `replace`: instead of what he was told before."""

    model_config = ConfigDict(extra="forbid")
    text: ReplyText
    replace: bool = False


class QuickReplies(BaseModel):
    """Short answers that are often right, to begin with."""

    items: list[str]


class Chosen(BaseModel):
    """Tasks chosen in a list."""

    model_config = ConfigDict(extra="forbid")
    task_ids: list[Id] = Field(min_length=1, max_length=200)


class ReplyToChosen(Chosen):
    """One text for all of them."""

    text: ReplyText


class NotDone(BaseModel):
    """What was left out, and why. Names stand only where the member may know them; `by_name`: who was faster."""

    task_id: str
    patient_name: str = ""
    reason: NotDoneReason
    by_name: str = ""


class Done(BaseModel):
    """What became of the chosen tasks."""

    done: list[str]
    skipped: list[NotDone]


class DeskWish(BaseModel):
    """Which of my tasks the desk shows. A doctor's: those he sent (`sent_by`), or of his patients' `enrolments`.

    `of_plan`: enrolments in one plan. None asks for nothing.
    """

    department_id: str | None = None
    sent_by: list[str] | None = None
    enrolments: list[str] | None = None
    of_plan: list[str] | None = None


class DeskTask(StaffTask):
    """A task on the desk: with where it comes from, what is red, and who has seen or replied to it."""

    department_id: str | None
    sent_by_name: str
    red_texts: list[str]
    replied_at: At | None
    seen_at: At | None
    seen_by_name: str | None


class DeskGroup(BaseModel):
    """The first tasks of a group, and how many there are."""

    items: list[DeskTask]
    count: int


class DeskTasks(BaseModel):
    """Red and unseen; answered today; overdue and unseen; due today or to be answered by today."""

    red: DeskGroup
    answered: DeskGroup
    overdue: DeskGroup
    due: DeskGroup
