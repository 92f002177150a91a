"""How urgent each notice is, and whether it may wake people: the one table of kinds."""

from dataclasses import dataclass
from datetime import datetime

from server.messages.models import State, Tier
from server.values import SHANGHAI

RANK: dict[Tier, int] = {"critical": 0, "service": 1, "education": 2}  # the smaller goes first
EVENING, MORNING = 21, 8  # o'clock in Shanghai: in between nobody is woken for what can wait


@dataclass(frozen=True, slots=True)
class Kind:
    """`tier`: critical is what the patient acts wrongly without. `waits`: for the morning, when it is night.

    What is critical never waits, nor what answers something the person has just done.
    `call`: when no message reaches the person, somebody phones.
    """

    tier: Tier = "service"
    waits: bool = True
    call: bool = False


_AT_ONCE, _CRITICAL = Kind(waits=False), Kind("critical", waits=False, call=True)
KINDS: dict[str, Kind] = {
    "booking_cancelled": _CRITICAL,
    "clinic_stopped": _CRITICAL,
    "patient_bound": _CRITICAL,
    "refund_done": _CRITICAL,
    "booking_confirmed": _AT_ONCE,
    "deposit_received": _AT_ONCE,
    "desk_answer": _AT_ONCE,
    "hold_unpaid": _AT_ONCE,
    "payment_received": _AT_ONCE,
    "queue_soon": _AT_ONCE,
    "staff_alert": Kind("critical", waits=False),
    "bill_unpaid": Kind(),
    "followup_due": Kind(call=True),
    "followup_reply": Kind(waits=False, call=True),
    "report_ready": Kind(),
    "survey_due": Kind("education"),
    "visit_reminder": Kind(),
}
OTHER = Kind()


def kind_of(key: str) -> Kind:
    """What is known of a notice; one we do not know can wait."""
    return KINDS.get(key, OTHER)


def is_night(now: datetime) -> bool:
    """Whether people sleep: 21:00 to 08:00 in Shanghai."""
    hour = now.astimezone(SHANGHAI).hour
    return hour >= EVENING or hour < MORNING


def needs_a_call(key: str, state: State) -> bool:
    """Whether somebody is to phone the person whom this message did not reach."""
    return state in (State.FAILED, State.NO_PERMISSION) and kind_of(key).call
