"""Plans and enrolments as staff read and change them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server.plans.models.definitions import AnchorKind, Definition, Title
from server.plans.models.enrolments import CallResult, Ending, State
from server.questionnaires.models import Sex
from server.values import At, Id, On


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


# --- plans ----------------------------------------------------------------------------------------

PlanState = Literal["draft", "published", "retired"]


class SignOff(BaseModel):
    """Who answers for the plan clinically."""

    state: Literal["awaiting", "signed"] = "awaiting"
    by: str | None = None
    name: str | None = None
    at: datetime | None = None
    note: str = ""


class Plan(BaseModel):
    """One version of a plan. Published, its definition never changes. `trial`: in use without a sign-off."""

    id: str
    key: str
    version: int
    state: PlanState = "draft"
    definition: Definition
    sign_off: SignOff = SignOff()
    trial: bool = False
    revision: int = 1
    changed_by: str
    changed_at: datetime
    published_at: datetime | None = None


class TimelineRow(BaseModel):
    """A step in words."""

    key: str
    title: str
    when: str
    questionnaire: str
    then: list[str]


class PlanSummary(BaseModel):
    id: str
    key: str
    version: int
    title: str
    summary: str
    state: PlanState
    anchor: AnchorKind
    anchor_text: str
    automatic: bool
    steps: int
    signed: bool
    sign_off_text: str
    trial: bool
    active: int
    changed_at: At


class Plans(BaseModel):
    items: list[PlanSummary]


class ReadPlan(PlanSummary):
    """A plan with everything: the data to edit, and the same in words."""

    definition: Definition
    timeline: list[TimelineRow]
    ends_text: list[str]
    whom_text: str
    problems: list[str]
    revision: int


class PlanInput(_In):
    """A draft to be kept; `revision` is the one it began with."""

    definition: Definition
    revision: int | None = None


class SignOffInput(_In):
    """`revision` is the one that was read: nobody signs what he has not seen."""

    note: str = Field("", max_length=200)
    revision: int | None = None


class MovedDue(BaseModel):
    """One enrolment whose unsent step moves with a new version."""

    enrolment_id: str
    patient_name: str
    title: str
    before_at: At | None
    after_at: At | None
    why: str


class Moving(BaseModel):
    """What a change to this version does: `moves` shows the first; `stays` were sent, and stay as they are."""

    enrolments: int
    moved: int
    stays: int
    cannot: int
    moves: list[MovedDue]
    done: bool


# --- enrolling ------------------------------------------------------------------------------------


class Filter(_In):
    """Patients in my care whom all of this fits."""

    department_id: Id | None = None
    sex: Sex | None = None
    age_from: int | None = Field(None, ge=0, le=130)
    age_below: int | None = Field(None, ge=0, le=131)
    visited_since: On | None = None


class Enrolling(_In):
    """Whom to enrol: these patients, or those in my care whom the filter fits."""

    plan_key: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    anchor_on: On
    patient_ids: list[Id] = Field([], max_length=500)
    filter: Filter | None = None


SkipReason = Literal[
    "no_care_relation", "unknown", "already_enrolled", "deceased", "opted_out", "not_fitting", "nothing_left"
]


class WouldEnrol(BaseModel):
    """Who is enrolled, and what comes first."""

    patient_id: str
    patient_name: str
    first_at: At | None
    first_text: str


class NotEnrolled(BaseModel):
    """Who is not, and why. The name stands only where the member may know it."""

    patient_id: str
    patient_name: str = ""
    reason: SkipReason
    text: str


class Enrolled(BaseModel):
    """What happens, or has happened (`done`)."""

    done: bool
    enrolled: list[WouldEnrol]
    skipped: list[NotEnrolled]
    ids: list[str] = []


class Sheet(_In):
    """A CSV file in base64: card or document number and the anchor's date. `skip_errors`: enrol the good lines."""

    plan_key: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    content: str = Field(max_length=800_000)
    skip_errors: bool = False


class LineError(BaseModel):
    line: int
    text: str


class SheetResult(Enrolled):
    lines: int
    errors: list[LineError]


# --- one enrolment --------------------------------------------------------------------------------


class EnrolmentQuery(_In):
    plan_key: str | None = Field(None, pattern=r"^[a-z0-9_-]{1,40}$")
    patient_id: Id | None = None
    state: State | None = None
    next: Id | None = None


class EnrolmentRow(BaseModel):
    id: str
    plan_key: str
    plan_id: str
    plan_title: str
    version: int
    patient_id: str
    patient_name: str
    state: State
    now_text: str
    due_at: At | None
    sent: bool
    waits_for: AnchorKind | None
    ending: Ending | None
    ending_text: str
    enrolled_at: At


class EnrolmentRows(BaseModel):
    items: list[EnrolmentRow]
    next: str | None


class Past(BaseModel):
    """A step that is over, in words."""

    title: str
    due_at: At
    at: At
    outcome: Literal["answered", "expired", "skipped"]
    why: str
    found: list[str]
    decided: str
    refer: bool
    call: CallResult | None
    task_id: str | None


class Coming(BaseModel):
    """A step to come, if all goes as usual."""

    title: str
    due_at: At | None
    why: str


class ReadEnrolment(EnrolmentRow):
    """An enrolment's line: what was, what is, what comes."""

    anchors: dict[str, On]
    enrolled_by_name: str
    reason: str
    past: list[Past]
    current: Coming | None
    current_task_id: str | None
    coming: list[Coming]


class Reason(_In):
    reason: Title


class Stopping(_In):
    """`opted_out`: the patient wants no follow-up at all any more: every plan of his ends."""

    reason: Title
    opted_out: bool = False


class AnchorInput(_In):
    kind: AnchorKind
    on: On
