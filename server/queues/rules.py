"""Which station a QR code names, which booking is meant, when one may check in, how long it will take."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from server.appointments.models import Appointment
from server.queues.models import ChooseAppointment, NothingToCheckIn, Ticket, TooEarly, UnknownStation

EARLIEST = timedelta(hours=2)
SOON_AHEAD = 2
SOON_LASTS = timedelta(minutes=30)
"""How long "soon your turn" is worth being told."""
_PREFIX = "station."
_DEEPEST = 3


def station_code(department_id: str) -> str:
    """What a nurse station's QR code carries as `station`."""
    return _PREFIX + department_id


def department_of(text: str) -> str:
    """The department whose station's QR code was read: the code itself, or an address that carries it.

    The address opens the H5 page when WeChat itself scans it:
    `…/wechat/enter?to=/h5/pages/check-in/index?station=station.<department>`. UnknownStation.
    """
    found = text.strip()
    for _ in range(_DEEPEST):  # `to` carries an address of its own
        if "?" not in found:
            break
        try:
            query = parse_qs(urlsplit(found).query)
        except ValueError:
            raise UnknownStation() from None
        found = (query.get("station") or query.get("to") or [""])[0]
    department_id = found.removeprefix(_PREFIX)
    plain = department_id.replace("-", "").replace("_", "")
    if found == department_id or not (plain.isascii() and plain.isalnum()):
        raise UnknownStation()
    return department_id


def choose(fitting: Sequence[Appointment], appointment_id: str | None) -> Appointment:
    """The booking that is meant: the one named, else the only one that still waits for its check-in.

    NothingToCheckIn, ChooseAppointment.
    """
    if appointment_id:
        fitting = [a for a in fitting if a.id == appointment_id]
    open_ones = [a for a in fitting if a.status == "confirmed"] or list(fitting)
    if not open_ones:
        raise NothingToCheckIn()
    if len(open_ones) > 1:
        raise ChooseAppointment(appointment_ids=[a.id for a in open_ones])
    return open_ones[0]


def check_time(starts_at: datetime, now: datetime) -> None:
    """Raise TooEarly more than two hours before the appointment."""
    if now < starts_at - EARLIEST:
        raise TooEarly()


def ahead_of(ticket_id: str, queue: Sequence[Mapping[str, Any]]) -> int:
    """How many wait before this ticket, in the order of the HIS."""
    count = 0
    for other in queue:
        if other["id"] == ticket_id:
            return count if other["status"] == "waiting" else 0
        count += other["status"] == "waiting"
    return count


def expected_at(ticket: Ticket, now: datetime) -> datetime | None:
    """When the call may be expected; None unless waiting.

    Those ahead at the clinic's usual pace, and half a consultation for the one inside; not
    before the clinic begins.
    """
    if ticket.status != "waiting":
        return None
    places = ticket.ahead + (0.5 if ticket.calling_number is not None else 0)
    return max(now, ticket.opens_at) + timedelta(minutes=round(places * ticket.minutes_per_place))


def is_soon(ticket: Ticket) -> bool:
    """Whether the patient should now be near the room."""
    return ticket.status == "called" or (ticket.status == "waiting" and ticket.ahead <= SOON_AHEAD)
