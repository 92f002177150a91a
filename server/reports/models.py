"""The documents and outputs of reports."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from server import errors
from server.patients.models import Sex
from server.values import At, Id

ReportKind = Literal["lab", "imaging"]
Flag = Literal["H", "L", "HH", "LL", "A"]
HisReport = dict[str, Any]


class HeldReport(errors.Forbidden):
    code, message = "report_held", "这份报告请带证件到医院领取，由医生当面为您说明。"


class ReportSummary(BaseModel):
    """A report in a list. To patients a held one shows neither its name nor whether anything is abnormal."""

    id: str
    title: str
    kind: ReportKind
    department_name: str
    reported_at: At
    status: Literal["final", "corrected"]
    abnormal_count: int | None
    held: bool
    held_text: str | None


class Reports(BaseModel):
    """My reports, newest first. `as_of` is set when the HIS did not answer and these are copies."""

    items: list[ReportSummary]
    as_of: At | None = None


class ReportItem(BaseModel):
    """One line of a laboratory report, as the sender wrote it."""

    code: str
    name: str
    value: str
    unit: str
    range_text: str
    flag: Flag | None
    has_trend: bool


class Report(BaseModel):
    """A report with all that must be printed on it (卫医发〔2006〕73号)."""

    id: str
    title: str
    kind: ReportKind
    patient_name: str
    sex: Sex
    age_text: str
    visit_number_masked: str
    department_name: str
    laboratory: str
    specimen: str | None
    requested_at: At | None
    collected_at: At | None
    received_at: At | None
    reported_at: At
    operator: str
    reviewer: str
    status: Literal["final", "corrected"]
    version: int
    items: list[ReportItem]
    findings: str | None
    conclusion: str | None
    statement: str


class TrendPoint(BaseModel):
    at: At
    value: float
    flag: Flag | None


class Trend(BaseModel):
    """One item over time, same specimen and unit; the range as printed on the newest report."""

    name: str
    unit: str
    low: float | None
    high: float | None
    points: list[TrendPoint]


class TrendQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    code: str = Field(min_length=1, max_length=32)


class ReportQuery(BaseModel):
    """Of one of my patients; of the active one by default."""

    model_config = ConfigDict(extra="forbid")
    patient_id: Id | None = None
