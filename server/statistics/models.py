"""Inputs and outputs of the figures."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from server import errors
from server.values import Id, On

By = Literal["month", "department", "plan", "doctor", "questionnaire"]
Purpose = Literal["followup", "research", "satisfaction"]
Format = Literal["csv", "ndjson"]


class BadPeriod(errors.Invalid):
    code, message = "bad_period", "请选择不超过两年的时间段，结束日期不能早于开始日期。"


class TooManyAnswers(errors.Invalid):
    code, message = "too_many_answers", "这段时间的答卷超过 2 万份，请缩短时间段后再导出。"


class FigureQuery(BaseModel):
    """Tasks that were due from..to, both days included, in groups."""

    model_config = ConfigDict(extra="forbid")
    from_on: On
    to_on: On
    by: By = "month"


class Rate(BaseModel):
    """A share with its numerator and denominator, and a 95 % interval (Wilson); all None when nothing was counted."""

    numerator: int
    denominator: int
    rate: float | None
    low: float | None
    high: float | None


class Failure(BaseModel):
    """Why a call did not reach somebody, and how many times that was the last word (R16)."""

    outcome: str
    count: int


class FigureRow(BaseModel):
    """One group. visited: 已随访 of 应随访; succeeded: 成功 of 已随访; satisfied: 满意 of the satisfaction answers."""

    key: str
    label: str
    visited: Rate
    succeeded: Rate
    satisfied: Rate


class Recheck(BaseModel):
    """Who came again within 90 days (R18): targeted (in a plan) beside plain follow-up, and the difference."""

    targeted: Rate
    plain: Rate
    difference: float | None
    low: float | None
    high: float | None


class Figures(BaseModel):
    """`definitions` say in words what was counted."""

    rows: list[FigureRow]
    total: FigureRow
    failures: list[Failure]
    recheck: Recheck
    definitions: dict[str, str]


class ResponseRow(BaseModel):
    """How many of the messages of one kind led to an answer before the next message."""

    key: str
    label: str
    answered: Rate


class Responses(BaseModel):
    """By wave (first message, reminders), channel, hour of sending."""

    waves: list[ResponseRow]
    channels: list[ResponseRow]
    hours: list[ResponseRow]


class TrialArm(BaseModel):
    text: str
    answered: Rate


class TrialFigure(BaseModel):
    """`evidence` is an e-value: against "both do the same", valid however often one looks; 20 and more decides."""

    key: str
    note: str
    arms: list[TrialArm]
    evidence: float
    decided: bool
    verdict: str


class TrialFigures(BaseModel):
    items: list[TrialFigure]


class ExportQuery(BaseModel):
    """Answers to one questionnaire, handed in from..to. Research: without anything that tells who it was."""

    model_config = ConfigDict(extra="forbid")
    questionnaire_id: Id
    from_on: On
    to_on: On
    purpose: Literal["clinical", "research"] = "research"
    format: Format = "csv"
