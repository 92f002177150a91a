"""Whether somebody fits a plan, and why not in words."""

from collections.abc import Sequence

from server.plans.models.definitions import Definition, ForWhom, Whom
from server.plans.models.enrolments import About
from server.plans.rules.conditions import is_for

FURTHEST_BACK_DAYS, FURTHEST_AHEAD_DAYS = 3660, 366


def fits_by_rule(
    definition: Definition,
    about: About,
    on: str,
    *,
    department_id: str | None,
    codes: Sequence[str] = (),
    diagnosis: str = "",
) -> bool:
    """Whether an event of the hospital enrols him: department, diagnosis, age and sex."""
    wanted = definition.whom
    if not wanted.automatic or (wanted.departments and department_id not in wanted.departments):
        return False
    if not _diagnosed(wanted, codes, diagnosis):
        return False
    return is_for(_person(wanted), about, on)


def why_not(definition: Definition, about: About, on: str) -> str | None:
    """Why a member cannot enrol him; the diagnosis is the doctor's own business."""
    if is_for(_person(definition.whom), about, on):
        return None
    return "年龄或性别不符合计划的对象"


def _diagnosed(wanted: Whom, codes: Sequence[str], diagnosis: str) -> bool:
    if not wanted.icd and not wanted.diagnoses:
        return True
    if any(code.upper().startswith(begin) for code in codes for begin in wanted.icd):
        return True
    return any(word in diagnosis for word in wanted.diagnoses)


def _person(wanted: Whom) -> ForWhom:
    return ForWhom(sex=wanted.sex, age_from=wanted.age_from, age_below=wanted.age_below)
