"""The documents, inputs, outputs and refusals of contacts."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server import errors
from server.values import At, Id

Kind = Literal["undelivered", "followup", "other"]
State = Literal["open", "done", "given_up", "not_needed"]
Outcome = Literal["reached", "no_answer", "wrong_number", "suspended", "powered_off", "refused", "deceased"]


class TakenByAnother(errors.Conflict):
    code, message = "taken_by_another", "这个电话已由同事接下，请选别的电话任务。"


class NotTaken(errors.Conflict):
    code, message = "not_taken", "请先接下这个电话任务，再记录结果。"


class TaskEnded(errors.Conflict):
    code, message = "task_ended", "这个电话任务已经结束，不用再打。"


class Attempt(BaseModel):
    """One call: when, by which member of the staff, how it ended. The note is kept sealed."""

    at: datetime
    by: str
    outcome: Outcome
    note: str = ""


class PhoneTask(BaseModel):
    """Somebody is to be called. `script` and the notes are sealed.

    `clinical`: what is to be said concerns the patient's health; the desk does not see it. `due_at`
    is business time, `taken_until` real time: a task that was taken and left becomes free again.
    `subject_id` is the thing the call is about, for the feature that asked.
    """

    id: str
    key: str
    kind: Kind
    patient_id: str
    account_id: str | None = None
    department_id: str | None = None
    doctor_id: str | None = None
    clinical: bool = False
    subject: str
    subject_id: str | None = None
    script: str
    state: State = "open"
    due_at: datetime
    created_at: datetime
    ended_at: datetime | None = None
    result: Outcome | None = None
    attempts: list[Attempt] = []
    taken_by: str | None = None
    taken_until: datetime | None = None


class CallQuery(BaseModel):
    """`mine`: those I have taken. `overdue`: open ones whose time passed two hours ago."""

    model_config = ConfigDict(extra="forbid")
    state: State = "open"
    mine: bool = False
    overdue: bool = False
    next: str | None = Field(None, max_length=64)


class NewAttempt(BaseModel):
    """How a call ended."""

    model_config = ConfigDict(extra="forbid")
    outcome: Outcome
    note: str = Field("", max_length=500)


class ShownTask(BaseModel):
    """A phone task in the list: neither the whole name nor the number nor what is to be said."""

    id: Id
    kind: Kind
    state: State
    subject: str
    patient_name_masked: str
    department_name: str
    due_at: At
    is_due: bool
    is_overdue: bool
    attempts: int
    last_outcome: Outcome | None
    taken_by_name: str | None
    taken_by_me: bool


class PhoneTasks(BaseModel):
    items: list[ShownTask]
    next: str | None = None


class ShownAttempt(BaseModel):
    at: At
    by_name: str
    outcome: Outcome
    note: str


class OpenedCall(BaseModel):
    """One phone task, opened. `phone` is "" when the HIS holds none; a minor's call goes to `guardian_name`.

    `subject_id`: for a follow-up the task whose answers may be written down during the call.
    """

    id: Id
    kind: Kind
    state: State
    subject: str
    subject_id: str | None
    patient_id: str
    patient_name: str
    guardian_name: str | None
    phone: str
    why: str
    script: str
    due_at: At
    created_at: At
    result: Outcome | None
    taken_by_name: str | None
    taken_by_me: bool
    attempts: list[ShownAttempt]
    attempts_left: int
