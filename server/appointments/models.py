"""The documents, inputs, outputs and refusals of appointments."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server import errors
from server.payments.models import Status as OrderStatus
from server.values import At, Id, On

Status = Literal["held", "confirmed", "checked_in", "seen", "cancelled", "expired", "refused", "stopped"]
HisStatus = Literal["none", "waiting", "written", "refused"]
Channel = Literal["wechat", "mini_program", "counter", "kiosk", "phone", "114", "12580", "doctor"]


class SameDayTwice(errors.Conflict):
    code, message = "same_day_twice", "这位就诊人当天在这个科室已经有预约，不用再约。"


class TooManyHolds(errors.Conflict):
    code, message = "too_many_holds", "您有 3 个号还没有付款，请先付款或取消后再约。"


class HoldOver(errors.Conflict):
    code, message = "hold_over", "这个号没有在规定时间内付款，已经释放，请重新预约。"


class NothingToPay(errors.Conflict):
    code, message = "nothing_to_pay", "这个预约不需要付款。"


class TooLateToCancel(errors.Conflict):
    code, message = "too_late_to_cancel", "已过可以取消的时间，请到医院窗口办理。"


class NotCancellable(errors.Conflict):
    code, message = "not_cancellable", "这个预约现在不能取消。"


class Appointment(BaseModel):
    """A booking as kept: ids and facts of the clinic at booking time, nothing personal.

    `hold_until` is real time. `paid_order_id` is the order whose money it was confirmed with.
    `live` bookings stand in the way of another of the same patient, department and day.
    """

    id: str
    number: str
    slot_id: str
    clinic_id: str
    place_number: int
    patient_id: str
    account_id: str
    channel: Channel
    doctor_id: str
    doctor_name: str
    department_id: str
    department_name: str
    location: str
    on: On
    starts_at: datetime
    ends_at: datetime
    fee_fen: int
    status: Status
    live: bool
    hold_until: datetime | None
    hold_seat: int | None
    order_id: str | None = None
    paid_order_id: str | None = None
    his_status: HisStatus = "none"
    his_number: str | None = None
    note: str = ""
    created_at: datetime
    checked_in_at: datetime | None = None


class Booking(BaseModel):
    """Which place for which patient. `subscribe` is the choice in WeChat's subscription pop-up; not used here."""

    model_config = ConfigDict(extra="forbid")
    slot_id: Id
    patient_id: Id
    subscribe: list[str] | bool | None = None


class ShownAppointment(BaseModel):
    """A booking as its account sees it. `hold_until` is real time; everything else is the hospital's."""

    id: str
    number: str
    place_number: int
    status: Status
    patient_id: str
    patient_name: str
    doctor_id: str
    doctor_name: str
    department_id: str
    department_name: str
    location: str
    clinic_id: str
    starts_at: At
    ends_at: At
    fee_fen: int
    hold_until: At | None
    order_id: str | None
    order_status: OrderStatus | None
    can_cancel: bool
    cancel_until: At
    can_check_in: bool
    his_status: HisStatus
    note: str


class Appointments(BaseModel):
    items: list[ShownAppointment]
    next: str | None = None


class MyQuery(BaseModel):
    """`upcoming`: still to come, soonest first; `past`: the rest, newest first."""

    model_config = ConfigDict(extra="forbid")
    when: Literal["upcoming", "past"] = "upcoming"
    next: str | None = Field(None, max_length=64)


class StaffQuery(BaseModel):
    """A day's bookings (today by default)."""

    model_config = ConfigDict(extra="forbid")
    on: On | None = None
    department_id: Id | None = None
    status: Status | None = None
    next: str | None = Field(None, max_length=64)


class StaffAppointment(BaseModel):
    """A booking as staff see it."""

    id: str
    number: str
    place_number: int
    status: Status
    patient_id: str
    patient_name: str
    phone_masked: str
    doctor_name: str
    department_id: str
    department_name: str
    location: str
    starts_at: At
    ends_at: At
    fee_fen: int
    channel: Channel
    his_status: HisStatus
    his_number: str | None
    note: str
    checked_in_at: At | None


class StaffAppointments(BaseModel):
    items: list[StaffAppointment]
    next: str | None = None


class Today(BaseModel):
    """Today's bookings for the overview."""

    appointments: int
    checked_in: int
    seen: int
