"""The use-cases of follow-up tasks: sending and planning, answering on the phone, reading by staff."""

from server.followups.service.answering import answer, mine, opened, save_draft
from server.followups.service.planning import (
    expire,
    plan_after_discharge,
    plan_after_opening,
    plan_survey,
    push,
    tell_due,
)
from server.followups.service.reading import counts, listed, read
from server.followups.service.sending import send

__all__ = [
    "answer",
    "counts",
    "expire",
    "listed",
    "mine",
    "opened",
    "plan_after_discharge",
    "plan_after_opening",
    "plan_survey",
    "push",
    "read",
    "save_draft",
    "send",
    "tell_due",
]
