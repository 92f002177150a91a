"""The documents, outputs and refusals of write-backs."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from server import errors
from server.values import At

Kind = Literal["appointment", "appointment_cancel", "bill", "bill_cancel", "deposit", "deposit_cancel"]
Status = Literal["waiting", "written", "refused"]


class NothingToWrite(errors.Conflict):
    code, message = "nothing_to_write", "医院系统已经答复这一条，不用再试。"


class WriteBack(BaseModel):
    """One thing to tell the HIS, as kept. `job` with `subject_id` as key tells it."""

    id: str
    kind: Kind
    subject_id: str
    patient_id: str
    title: str
    job: str
    status: Status
    tries: int
    last_code: str | None
    created_at: datetime
    next_try_at: datetime | None


class ShownWriteBack(BaseModel):
    """One thing to tell the HIS, as the console shows it."""

    id: str
    kind: Kind
    status: Status
    title: str
    patient_name: str
    tries: int
    reason: str | None
    created_at: At
    next_try_at: At | None


class WriteBacks(BaseModel):
    items: list[ShownWriteBack]
    next: str | None = None


class WriteBackQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    status: Status | None = None
    next: str | None = None


class Counts(BaseModel):
    """How many wait, and how many the HIS refused."""

    waiting: int
    refused: int
