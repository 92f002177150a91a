"""Somebody in a plan, as kept: where he is, what happens next and when, and what has been."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from server.plans.models.definitions import AnchorKind, Outcome
from server.questionnaires.models import Sex
from server.values import On

State = Literal["active", "paused", "ended"]
Act = Literal["send", "remind", "call", "expire"]
Ending = Literal[
    "finished", "answers_enough", "time_over", "lost", "refused", "opted_out", "deceased", "stopped", "restarted"
]
CallResult = Literal["reached", "no_answer", "wrong_number", "suspended", "powered_off", "refused", "deceased"]
Silence = Literal["deceased", "opted_out"]


class About(BaseModel):
    """What conditions may ask of a patient."""

    sex: Sex | None = None
    birth_on: On | None = None


class Entry(BaseModel):
    """One step that is over: what was found in the answers, and the numbers later steps compare with."""

    n: int
    step: str
    title: str
    why: str
    task_id: str | None = None
    due_at: datetime
    at: datetime
    outcome: Outcome
    findings: list[str] = []
    found: list[str] = []
    numbers: dict[str, float] = {}
    decided: str = ""
    refer: bool = False
    call: CallResult | None = None


class Waiting(BaseModel):
    """A step that was sent. `wave`: how many reminders went out; `called`: staff were asked to phone."""

    task_id: str
    sent_at: datetime
    expires_at: datetime
    wave: int = 0
    called: bool = False
    reachable: bool = True
    call: CallResult | None = None


class Enrolment(BaseModel):
    """A patient in a plan. `n` counts the steps that were begun; `rev` every change.

    `act` is what is done at `next_at`; None while an event is awaited, or an anchor's date (`waits_for`).
    `why` says in words why `step` is due at `due_at`. `live_of` and `origin_of` make "never twice" an
    index's business. `history` is kept sealed.
    """

    id: str
    plan_key: str
    plan_id: str
    patient_id: str
    department_id: str | None = None
    doctor_id: str | None = None
    enrolled_by: str
    enrolled_at: datetime
    anchors: dict[AnchorKind, On]
    origin_of: str | None = None
    live_of: str | None = None
    state: State = "active"
    step: str | None = None
    n: int = 1
    due_at: datetime | None = None
    why: str = ""
    waits_for: AnchorKind | None = None
    act: Act | None = None
    next_at: datetime | None = None
    waiting: Waiting | None = None
    ending: Ending | None = None
    ended_at: datetime | None = None
    reason: str = ""
    rev: int = 0
    history: list[Entry] = []


class Decision(BaseModel):
    """What follows, and why in words. `step` None: the plan ends with `ending`, or waits for an anchor's date."""

    step: str | None = None
    due_at: datetime | None = None
    why: str
    refer: bool = False
    waits_for: AnchorKind | None = None
    ending: Ending | None = None
    skipped: list[Entry] = []
