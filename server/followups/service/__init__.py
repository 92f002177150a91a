"""The use-cases of follow-up tasks: sending and planning, answering on the phone, reading by staff."""

from server.followups.service.answering import answer, answer_for, form_for, mine, opened, save_draft
from server.followups.service.desk import on_the_desk
from server.followups.service.facts import answered, known, latest, of_patient, reply, tell_reply
from server.followups.service.of_plans import (
    allow,
    end_unanswered,
    hush,
    make,
    refuse,
    refused,
    remind,
    take_death,
    withdraw,
)
from server.followups.service.planning import expire, plan_survey, push, tell_due
from server.followups.service.reading import counts, listed, read
from server.followups.service.seeing import call_many, quick_replies, reply_many, reply_to, see, unsee
from server.followups.service.sending import send

__all__ = [
    "allow",
    "answer",
    "answer_for",
    "answered",
    "call_many",
    "counts",
    "end_unanswered",
    "expire",
    "form_for",
    "hush",
    "known",
    "latest",
    "listed",
    "make",
    "mine",
    "of_patient",
    "on_the_desk",
    "opened",
    "plan_survey",
    "push",
    "quick_replies",
    "read",
    "refuse",
    "refused",
    "remind",
    "reply",
    "reply_many",
    "reply_to",
    "save_draft",
    "see",
    "send",
    "take_death",
    "tell_due",
    "tell_reply",
    "unsee",
    "withdraw",
]
