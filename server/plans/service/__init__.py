"""The use-cases of plans: papers, enrolling, what is due, what answers and silences mean, reading, changing."""

from server.plans.service.advancing import (
    call,
    refer,
    take_answer,
    take_call,
    take_death,
    take_expiry,
    take_undelivered,
)
from server.plans.service.changing import allow_again, pause, resume, set_anchor, stop
from server.plans.service.enrolling import (
    Happened,
    enrol_by_rule,
    enrol_chosen,
    enrol_discharged,
    enrol_opened,
    preview,
)
from server.plans.service.moving import move
from server.plans.service.moving import preview as preview_move
from server.plans.service.papers import begin, change, definition, listed, publish, publish_folder, retire, sign_off
from server.plans.service.papers import read as read_plan
from server.plans.service.reading import alert_owner, ids_of, of_patient, titles
from server.plans.service.reading import listed as enrolments
from server.plans.service.reading import read as read_enrolment
from server.plans.service.sheets import enrol_sheet
from server.plans.service.sheets import preview as preview_sheet
from server.plans.service.working import is_due, work_due

__all__ = [
    "Happened",
    "alert_owner",
    "allow_again",
    "begin",
    "call",
    "change",
    "definition",
    "enrol_by_rule",
    "enrol_chosen",
    "enrol_discharged",
    "enrol_opened",
    "enrol_sheet",
    "enrolments",
    "ids_of",
    "is_due",
    "listed",
    "move",
    "of_patient",
    "pause",
    "preview",
    "preview_move",
    "preview_sheet",
    "publish",
    "publish_folder",
    "read_enrolment",
    "read_plan",
    "refer",
    "resume",
    "retire",
    "set_anchor",
    "sign_off",
    "stop",
    "take_answer",
    "take_call",
    "take_death",
    "take_expiry",
    "take_undelivered",
    "titles",
    "work_due",
]
