"""The documents, inputs, outputs and refusals of stays on a ward."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server import errors
from server.payments.models import Channel
from server.values import At, On

LEAST_FEN, MOST_FEN = 100, 5_000_000
"""A deposit is at least 1 yuan and at most 50,000 yuan."""


class Discharged(errors.Conflict):
    code, message = "discharged", "病人已经出院，不能再交预交金。"


class HisAdmission(BaseModel):
    """A stay as the HIS has it."""

    id: str
    his_id: str
    number: str
    department_id: str
    ward: str
    bed: str
    admitted_on: On
    discharged_on: On | None = None
    deposit_fen: int
    spent_fen: int
    status: Literal["in", "out"]


class Admission(BaseModel):
    """A stay as shown. `balance_fen` is what is left of the deposit; negative when it is used up."""

    id: str
    patient_id: str
    patient_name: str
    number_masked: str
    department_name: str
    ward: str
    bed: str
    admitted_on: On
    discharged_on: On | None
    deposit_fen: int
    spent_fen: int
    balance_fen: int
    status: Literal["in", "out"]


class Admissions(BaseModel):
    """`as_of` is set when the HIS does not answer: some of these are as it had them then."""

    items: list[Admission]
    as_of: At | None = None
    next: str | None = None


class DailyItem(BaseModel):
    """One line of a day. `quantity` is a decimal as text."""

    name: str
    spec: str = ""
    quantity: str
    unit: str = ""
    unit_price_fen: int
    amount_fen: int
    category: str = ""


class DailyList(BaseModel):
    """What one day has cost; `total_fen` is the sum of its lines."""

    on: On
    total_fen: int
    items: list[DailyItem]


class DailyLists(BaseModel):
    items: list[DailyList]
    as_of: At | None = None
    next: str | None = None


class NewDeposit(BaseModel):
    """How much to add to the deposit of a stay."""

    model_config = ConfigDict(extra="forbid")
    amount_fen: int = Field(ge=LEAST_FEN, le=MOST_FEN)
    channel: Channel
