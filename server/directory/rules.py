"""What a clinic's places are, until when one can be booked, and how a clinic is shown. Pure."""

from datetime import datetime, timedelta
from typing import Literal

BOOKING_CLOSES = timedelta(minutes=30)
"""A place can be booked until this long before it starts."""
LONGEST = timedelta(minutes=30)
"""No place is promised for a longer window than this."""


def slot_id(clinic_id: str, number: int) -> str:
    """The id of a place: the same in every refresh."""
    return f"{clinic_id}.{number:03d}"


def places_of(
    starts_at: datetime, ends_at: datetime, places: int, minutes: int
) -> list[tuple[int, datetime, datetime]]:
    """The places (number, starts, ends) of a clinic; each lasts `minutes`, none longer than 30 minutes.

    A place that would begin at or after the clinic's end is left out: the HIS cannot mean it.
    """
    if minutes <= 0:
        return []
    each = timedelta(minutes=minutes)
    starts = ((number, starts_at + each * (number - 1)) for number in range(1, places + 1))
    return [(number, start, min(start + min(each, LONGEST), ends_at)) for number, start in starts if start < ends_at]


def bookable_until(starts_at: datetime) -> datetime:
    """The last instant (excluded) at which this place can be booked."""
    return starts_at - BOOKING_CLOSES


def clinic_status(
    stopped: bool, ends_at: datetime, free: int, now: datetime
) -> Literal["open", "full", "stopped", "past"]:
    """How a clinic is shown. One whose remaining places all start too soon is past, not full."""
    if stopped:
        return "stopped"
    if now >= bookable_until(ends_at):
        return "past"
    return "open" if free else "full"
