"""Inputs and outputs of the desk and of a patient's line."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server.alerts.models import ShownAlert
from server.followups.models import DeskTasks
from server.plans.models.papers import ReadEnrolment
from server.values import At, Id

ItemKind = Literal["task", "alert", "call", "appointment", "report", "plan"]
Missing = Literal["reports", "appointments"]


class DeskQuery(BaseModel):
    """Narrows the tasks; alerts are always shown. `mine`: what I sent, and plans that name me as the doctor."""

    model_config = ConfigDict(extra="forbid")
    department_id: Id | None = None
    doctor_id: Id | None = None
    plan_key: str | None = Field(None, pattern=r"^[a-z0-9_-]{1,40}$")
    mine: bool = False


class Choice(BaseModel):
    key: str
    label: str


class Desk(BaseModel):
    """Alerts that are not dealt with, today's tasks, and what they may be narrowed by."""

    alerts: list[ShownAlert]
    tasks: DeskTasks
    departments: list[Choice]
    doctors: list[Choice]
    plans: list[Choice]


class Note(BaseModel):
    """What somebody did about it: `code` is a call's outcome, an alert's action, or reply, resolved, seen."""

    at: At
    by_name: str
    code: str
    text: str = ""


class LineItem(BaseModel):
    """One thing on the line. `state` is the state of its own kind; `task_id` opens the answers."""

    kind: ItemKind
    id: str
    at: At
    title: str
    state: str
    red: bool = False
    texts: list[str] = []
    notes: list[Note] = []
    task_id: str | None = None


class Range(BaseModel):
    """A band behind a chart: from `low` to `high` (None: without end)."""

    label: str
    low: float
    high: float | None


class Point(BaseModel):
    at: At
    total: float
    band: str | None
    red: bool
    task_id: str


class Series(BaseModel):
    """The scores of one questionnaire over time, oldest first, with the bands of its newest version."""

    key: str
    title: str
    points: list[Point]
    bands: list[Range]


class PatientLine(BaseModel):
    """Everything about one patient's follow-up, newest first. `more`: there is older that is not shown.

    `missing`: what this role may not see, or what could not be read now.
    """

    items: list[LineItem]
    series: list[Series]
    plans: list[ReadEnrolment]
    more: bool
    missing: list[Missing]
