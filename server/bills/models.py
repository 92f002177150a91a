"""The documents, outputs and refusals of bills."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from server import errors
from server.values import At

HisStatus = Literal["unpaid", "paid", "refunded"]
Status = Literal["unpaid", "paying", "paid", "refunded"]


class BillSettled(errors.Conflict):
    code, message = "bill_settled", "这张单已经缴过费或已退费，请刷新查看。"


class BillInconsistent(errors.Conflict):
    code, message = "bill_inconsistent", "这张单的金额有误，不能在手机上缴费，请到收费窗口办理。"


class BillItem(BaseModel):
    """One line. `quantity` is a decimal as text."""

    name: str
    spec: str = ""
    quantity: str
    unit: str = ""
    unit_price_fen: int
    amount_fen: int
    category: str = ""


class HisBill(BaseModel):
    """A bill as the HIS has it."""

    id: str
    his_id: str
    department_id: str
    doctor_id: str | None = None
    issued_at: At
    status: HisStatus
    total_fen: int
    items: list[BillItem]


class Bill(BaseModel):
    """A bill as its patient sees it. `total_fen` is the sum of its lines."""

    id: str
    patient_id: str
    patient_name: str
    department_name: str
    doctor_name: str
    issued_at: At
    total_fen: int
    status: Status
    items: list[BillItem]


class Bills(BaseModel):
    """`as_of` is set when the HIS does not answer: some of these are as it had them then."""

    items: list[Bill]
    as_of: At | None = None
    next: str | None = None


class BillQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    status: Literal["unpaid", "paid"] | None = None
