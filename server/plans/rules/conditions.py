"""What a plan finds in the answers of one step, and the numbers that later steps compare with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.plans.models.definitions import Condition, Definition, Finding, ForWhom
from server.plans.models.enrolments import About, Entry
from server.questionnaires.models import Answers
from server.values import age_on, shanghai_date


@dataclass(frozen=True, slots=True)
class Found:
    """Keys of findings, the same in words, and numbers by the name of what they measure."""

    keys: list[str]
    texts: list[str]
    numbers: dict[str, float]


def find(
    definition: Definition,
    answers: Answers,
    scores: Mapping[str, float],
    about: About,
    history: Sequence[Entry],
    at: datetime,
) -> Found:
    """Everything the plan looks for. `scores`: "total" and the named values, where there are any."""
    given = _flat(answers)
    before = _last_numbers(history)
    on = shanghai_date(at)
    hit = [f for f in definition.findings if any(_holds(c, given, scores, before, about, on) for c in f.any)]
    numbers = {}
    for condition in _conditions(definition.findings):
        value = _number(condition, given, scores) if condition.rise else None
        if value is not None:
            numbers[_name(condition)] = value
    return Found([f.key for f in hit], [f.text for f in hit], numbers)


def is_for(who: ForWhom | None, about: About, on: str) -> bool:
    """Whether something counts for this patient; what is not known of him fits nothing that asks for it."""
    if who is None:
        return True
    if who.sex and about.sex != who.sex:
        return False
    if who.age_from is None and who.age_below is None:
        return True
    if about.birth_on is None:
        return False
    age = age_on(about.birth_on, on)
    return (who.age_from is None or age >= who.age_from) and (who.age_below is None or age < who.age_below)


def _holds(
    condition: Condition,
    given: Mapping[str, list[Any]],
    scores: Mapping[str, float],
    before: Mapping[str, float],
    about: About,
    on: str,
) -> bool:
    if not is_for(condition.who, about, on):
        return False
    if condition.rise:
        now, then = _number(condition, given, scores), before.get(_name(condition))
        return now is not None and then is not None and _compare(round(now - then, 6), condition)
    if condition.score:
        return condition.score in scores and _compare(scores[condition.score], condition)
    return any(_compare(value, condition) for value in given.get(condition.question or "", []))


def _compare(value: Any, condition: Condition) -> bool:
    wanted, operator = condition.value, condition.operator
    if operator in ("=", "!="):
        same = value == wanted and isinstance(value, bool) == isinstance(wanted, bool)
        return same if operator == "=" else not same
    if not _is_number(value) or not _is_number(wanted):
        return False
    match operator:
        case ">":
            return bool(value > wanted)
        case "<":
            return bool(value < wanted)
        case ">=":
            return bool(value >= wanted)
        case _:
            return bool(value <= wanted)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(condition: Condition, given: Mapping[str, list[Any]], scores: Mapping[str, float]) -> float | None:
    if condition.score:
        return scores.get(condition.score)
    return next((float(v) for v in given.get(condition.question or "", []) if _is_number(v)), None)


def _name(condition: Condition) -> str:
    return f"score:{condition.score}" if condition.score else f"answer:{condition.question}"


def _conditions(findings: Sequence[Finding]) -> list[Condition]:
    return [condition for finding in findings for condition in finding.any]


def _last_numbers(history: Sequence[Entry]) -> dict[str, float]:
    last: dict[str, float] = {}
    for entry in history:
        last |= entry.numbers
    return last


def _flat(answers: Answers) -> dict[str, list[Any]]:
    """Each question's values in a list: several choices, quantities by their number, repeats of a group together."""
    flat: dict[str, list[Any]] = {}
    for link_id, given in answers.items():
        for value in given if isinstance(given, list) else [given]:
            if isinstance(value, dict) and "value" in value:
                flat.setdefault(link_id, []).append(value["value"])
            elif isinstance(value, dict) and "other" not in value:
                for inner, values in _flat(value).items():
                    flat.setdefault(inner, []).extend(values)
            elif not isinstance(value, dict):
                flat.setdefault(link_id, []).append(value)
    return flat
