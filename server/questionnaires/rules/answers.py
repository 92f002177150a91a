"""Checking answers against a form."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from server.questionnaires.models import Answer, Answers, BadAnswers, FormItem
from server.questionnaires.rules import patterns
from server.questionnaires.rules.enable_when import place, repetitions, shown
from server.questionnaires.rules.fhir import is_question

_LARGEST = 1e12
_MOST_NODES = 3000
_NOTHING: tuple[Answer | None, ...] = (None, "", [], {})


def check(items: list[FormItem], answers: Answers, *, draft: bool = False) -> Answers:
    """The answers that count: those of shown questions, each of the right kind.

    Raises BadAnswers with `questions: [{link_id, problem}]`; problems are `unknown`, `required`,
    `wrong_type`, `unknown_option`, `out_of_range`, `too_long`, `too_many`, `wrong_pattern`. Inside a
    repetition the link_id is its place, `drugs/0/dose`. A draft may leave questions open, and what
    is not right yet is left out of it.
    """
    found = examine(items, answers, draft=draft)
    if found.problems:
        raise BadAnswers(questions=[{"link_id": k[:64], "problem": v} for k, v in found.problems.items()])
    return found.kept


@dataclass
class Examined:
    """What counts, what is wrong, what shows."""

    kept: Answers = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    visible: set[str] = field(default_factory=set)


def examine(items: list[FormItem], answers: Answers, *, draft: bool = False) -> Examined:
    """The same without a refusal."""
    found = Examined()
    if _nodes(answers) > _MOST_NODES:
        found.problems["*"] = "too_many"
        return found
    found.visible = shown(items, answers)
    found.kept = _level(items, answers, (), found, draft)
    return found


def _nodes(given: object) -> int:
    count, waiting = 0, [given]
    while waiting and count <= _MOST_NODES:
        one = waiting.pop()
        count += 1
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return count


def _level(
    items: list[FormItem], answers: Answers, path: tuple[tuple[str, int], ...], found: Examined, draft: bool
) -> Answers:
    kept: Answers = {}
    level = _same_level(items)
    asked = {item.link_id: item for item in level if is_question(item) or item.repeats}
    found.problems |= {place(path, link_id): "unknown" for link_id in answers if link_id not in asked}
    for link_id, item in asked.items():
        where = place(path, link_id)
        if where not in found.visible:
            continue
        given = answers.get(link_id)
        if item.repeats:
            problem = _too_many(item, given)
            rows = repetitions(item, answers)[: item.most] if not problem else []
            rows = [_level(item.items, row, (*path, (link_id, n)), found, draft) for n, row in enumerate(rows)]
            if any(rows):
                kept[link_id] = rows if draft else [row for row in rows if row]
        elif given in _NOTHING or (isinstance(given, str) and not given.strip()):
            problem = "required" if item.required else None
        else:
            assert given is not None
            problem = problem_of(item, given)
            if not problem:
                kept[link_id] = given
        if problem and not draft:
            found.problems[where] = problem
    return kept


def _same_level(items: list[FormItem]) -> list[FormItem]:
    """Items whose answers stand side by side: into groups, not into repetitions."""
    return [one for item in items for one in (item, *(() if item.repeats else _same_level(item.items)))]


def _too_many(item: FormItem, given: object) -> str | None:
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        return "wrong_type"
    return "too_many" if item.most is not None and len(given) > item.most else None


def problem_of(item: FormItem, given: Answer) -> str | None:
    """What is wrong with the answer of a question; None when nothing is."""
    return _PROBLEMS[item.type](item, given)


def _text(item: FormItem, given: object) -> str | None:
    if not isinstance(given, str):
        return "wrong_type"
    if item.max_length is not None and len(given) > item.max_length:
        return "too_long"
    return "wrong_pattern" if item.pattern and not patterns.matches(item.pattern, given[:2000]) else None


def _choice(item: FormItem, given: object) -> str | None:
    if not isinstance(given, str):
        return "wrong_type"
    return None if any(given == option.value for option in item.options) else "unknown_option"


def _open(item: FormItem, given: object) -> str | None:
    if isinstance(given, dict):
        return _text(item, given["other"]) if set(given) == {"other"} and given["other"] else "wrong_type"
    return _choice(item, given)


def _several(item: FormItem, given: object) -> str | None:
    if not isinstance(given, list) or any(one in given[:n] for n, one in enumerate(given)):
        return "wrong_type"
    if item.most is not None and len(given) > item.most:
        return "too_many"
    one_of = _open if item.type == "open_multi" else _choice
    return next((problem for one in given if (problem := one_of(item, one))), None)


def _photos(item: FormItem, given: object) -> str | None:
    if not isinstance(given, list) or not all(isinstance(one, str) and 0 < len(one) <= 64 for one in given):
        return "wrong_type"
    return "too_many" if len(given) > (item.most or 1) else None


def _number(item: FormItem, given: object) -> str | None:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return "wrong_type"
    if isinstance(given, float) and not math.isfinite(given):
        return "wrong_type"
    if item.type == "integer" and given != int(given):
        return "wrong_type"
    low = -_LARGEST if item.min is None else item.min
    high = _LARGEST if item.max is None else item.max
    if not low <= given <= high:
        return "out_of_range"
    if item.type == "slider" and item.step:
        steps = (given - (item.min or 0)) / item.step
        return None if abs(steps - round(steps)) < 1e-6 else "out_of_range"
    return None


def _quantity(item: FormItem, given: object) -> str | None:
    if not isinstance(given, dict) or not set(given) <= {"value", "unit"} or "value" not in given:
        return "wrong_type"
    unit = given.get("unit")
    if unit is not None and (not isinstance(unit, str) or len(unit) > 40):
        return "wrong_type"
    if item.units and unit not in {one.value for one in item.units}:
        return "unknown_option"
    return _number(item, given["value"])


def _boolean(item: FormItem, given: object) -> str | None:
    return None if isinstance(given, bool) else "wrong_type"


def _day(item: FormItem, given: object) -> str | None:
    try:
        fits = isinstance(given, str) and date.fromisoformat(given).isoformat() == given
    except ValueError:
        fits = False
    return _in_days(item, str(given)) if fits else "wrong_type"


def _instant(item: FormItem, given: object) -> str | None:
    try:
        fits = isinstance(given, str) and len(given) <= 40 and datetime.fromisoformat(given).tzinfo is not None
    except ValueError:
        fits = False
    return _in_days(item, str(given)[:10]) if fits else "wrong_type"


def _in_days(item: FormItem, day: str) -> str | None:
    return None if (item.earliest or day) <= day <= (item.latest or day) else "out_of_range"


def _time(item: FormItem, given: object) -> str | None:
    if not isinstance(given, str) or len(given) != 5 or given[2] != ":" or not given.isascii():
        return "wrong_type"
    hours, minutes = given[:2], given[3:]
    fits = hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60
    return None if fits else "wrong_type"


_PROBLEMS: dict[str, Callable[[FormItem, object], str | None]] = {
    "boolean": _boolean,
    "choice": _choice,
    "dropdown": _choice,
    "multi": _several,
    "body_site": _several,
    "open_choice": _open,
    "open_multi": _several,
    "integer": _number,
    "decimal": _number,
    "slider": _number,
    "quantity": _quantity,
    "date": _day,
    "datetime": _instant,
    "time": _time,
    "string": _text,
    "text": _text,
    "photo": _photos,
}
