"""Drafts: who may publish them, and what a copy is called."""

import json
from collections.abc import Collection

from server.context import Actor
from server.questionnaires.models import Draft, Fhir, OwnWork

EVERY = "*"


def needs_second(draft: Draft, departments: str) -> bool:
    """Whether somebody else must approve: the draft says so, or one of its departments does.

    `departments`: the setting, ids separated by commas, * for all.
    """
    asked = {one.strip() for one in departments.split(",") if one.strip()}
    return draft.needs_approval or EVERY in asked or bool(asked & set(draft.department_ids))


def written_by(draft: Draft, by: Actor) -> Draft:
    """The draft with one more author, whose departments are asked too."""
    departments = sorted({*draft.department_ids, *by.department_ids})
    return draft.model_copy(update={"authors": sorted({*draft.authors, by.id}), "department_ids": departments})


def check_approver(draft: Draft, by: Actor) -> None:
    """OwnWork for everybody who wrote at it."""
    if by.id in draft.authors:
        raise OwnWork()


def next_version(version: str, taken: Collection[str]) -> str:
    """The next free version: 1.0.0 -> 1.0.1; 4.0.0-ballot -> 4.0.0-ballot.1."""
    while version in taken:
        head, dot, last = version.rpartition(".")
        version = f"{head}{dot}{int(last) + 1}" if last.isdecimal() else f"{version}.1"
    return version


def written(fhir: Fhir) -> bytes:
    """A questionnaire that was written here, as bytes."""
    return json.dumps(fhir, ensure_ascii=False, indent=1).encode()


def blank(draft_id: str, public_url: str) -> Fhir:
    """What a new questionnaire begins with."""
    return {
        "resourceType": "Questionnaire",
        "language": "zh-CN",
        "url": f"{public_url}/fhir/Questionnaire/{draft_id}",
        "version": "1.0.0",
        "title": "新问卷",
        "status": "draft",
        "subjectType": ["Patient"],
        "item": [],
    }
