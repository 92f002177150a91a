"""The documents, inputs, outputs and refusals of queues."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server import errors
from server.values import At, Id

TicketStatus = Literal["waiting", "called", "seen", "missed"]


class UnknownStation(errors.NotFound):
    code, message = "unknown_station", "这不是本院的签到码，请扫描护士站的签到二维码。"


class NothingToCheckIn(errors.NotFound):
    code, message = "nothing_to_check_in", "没有找到您今天在这个科室的预约，请先挂号，或到护士站询问。"


class ChooseAppointment(errors.Conflict):
    code, message = "choose_appointment", "您今天在这个科室有多个预约，请选择要签到的一个。"


class TooEarly(errors.Conflict):
    code, message = "too_early", "还没有到签到时间，请在就诊前 2 小时内到护士站签到。"


class CheckInRefused(errors.Conflict):
    code, message = "check_in_refused", "现在不能签到：医生可能已停诊或门诊已结束，请到护士站询问。"


class CheckIn(BaseModel):
    """What the phone read from the QR code; `appointment_id` when several fit."""

    model_config = ConfigDict(extra="forbid")
    station: str = Field(min_length=1, max_length=512)
    appointment_id: Id | None = None


class Ticket(BaseModel):
    """A ticket as kept: a place in the queue of one clinic on one day.

    `account_id` is who booked; `opens_at` when the clinic begins; `as_of` (real time) when the
    HIS was asked for the picture that these values come from.
    """

    id: str
    appointment_id: str
    patient_id: str
    account_id: str
    clinic_id: str
    on: str
    number: int
    status: TicketStatus
    room: str
    doctor_name: str
    department_name: str
    minutes_per_place: int
    opens_at: datetime
    ahead: int
    calling_number: int | None
    checked_in_at: datetime
    as_of: datetime
    told_soon: bool = False


class ShownTicket(BaseModel):
    """A ticket as the phone shows it. `expected_at` is simple: those ahead, at the clinic's usual pace."""

    id: str
    appointment_id: str
    patient_id: str
    patient_name: str
    number: int
    status: TicketStatus
    room: str
    doctor_name: str
    department_name: str
    ahead: int
    position: int
    expected_minutes: int | None
    expected_at: At | None
    calling_number: int | None
    checked_in_at: At


class Tickets(BaseModel):
    items: list[ShownTicket]


class LiveMessage(BaseModel):
    """What the WebSocket sends."""

    kind: Literal["hello", "ticket"]
    now: At
    ticket: ShownTicket | None = None
