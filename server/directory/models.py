"""The documents, outputs and refusals of the directory."""

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from server import errors
from server.values import At, Id, On

SlotState = Literal["free", "held", "taken", "closed"]
Half = Literal["am", "pm"]


class SlotTaken(errors.Conflict):
    code, message = "slot_taken", "这个号刚刚被别人约走了，请另选一个时间。"


class Hospital(BaseModel):
    """What the hospital says of itself."""

    name: str = "医院"
    intro: str = ""
    phone: str = ""
    address: str = ""
    is_demo: bool = False


class Department(BaseModel):
    """A department as shown to patients."""

    id: str
    name: str
    intro: str
    location: str
    floor: str
    doctor_count: int


class Departments(BaseModel):
    items: list[Department]


class Doctor(BaseModel):
    """A doctor as shown to patients; `fee_fen` is the usual registration fee."""

    id: str
    name: str
    title: str
    department_id: str
    department_name: str
    speciality: str
    intro: str
    fee_fen: int


class Doctors(BaseModel):
    items: list[Doctor]


class DoctorQuery(BaseModel):
    """Doctors of a department, or whose name or speciality contains `q`."""

    model_config = ConfigDict(extra="forbid")
    department_id: Id | None = None
    q: str | None = Field(None, max_length=20)


class Clinic(BaseModel):
    """One doctor on one half-day. `free` counts the places that can still be booked now."""

    id: str
    doctor_id: str
    doctor_name: str
    doctor_title: str
    department_id: str
    department_name: str
    on: On
    half: Half
    starts_at: At
    ends_at: At
    fee_fen: int
    free: int
    total: int
    status: Literal["open", "full", "stopped", "past"]
    location: str


class Clinics(BaseModel):
    items: list[Clinic]


class ClinicQuery(BaseModel):
    """The timetable of a department or of a doctor, from a day on (today by default)."""

    model_config = ConfigDict(extra="forbid")
    department_id: Id | None = None
    doctor_id: Id | None = None
    from_on: On | None = None
    days: int = Field(7, ge=1, le=31)


class Slot(BaseModel):
    """One place of a clinic."""

    id: str
    number: int
    starts_at: At
    ends_at: At
    free: bool


class Slots(BaseModel):
    clinic: Clinic
    items: list[Slot]


class Names(NamedTuple):
    """Names by id."""

    departments: dict[str, str]
    doctors: dict[str, str]


class Place(BaseModel):
    """A claimed place with the facts of its clinic: what a booking copies."""

    slot_id: str
    clinic_id: str
    number: int
    starts_at: At
    ends_at: At
    on: On
    doctor_id: str
    doctor_name: str
    department_id: str
    department_name: str
    location: str
    fee_fen: int
    left_by: str | None
