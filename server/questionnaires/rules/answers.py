"""Checking answers against a form, and putting them into words."""

import math
from collections.abc import Mapping
from datetime import date

from server.questionnaires.models import Answers, BadAnswers, FormItem, Scalar
from server.questionnaires.rules.enable_when import shown
from server.questionnaires.rules.fhir import flat

_LARGEST = 1e12


def check(items: list[FormItem], answers: Answers, *, draft: bool = False) -> Answers:
    """The answers that count: those of shown questions, each of the right kind.

    Raises BadAnswers with `questions: [{link_id, problem}]`; problems are `unknown`, `required`,
    `wrong_type`, `unknown_option`, `out_of_range`, `too_long`. A draft may leave questions
    open, and what is not right yet is left out of it.
    """
    questions = {item.link_id: item for item in flat(items) if item.type not in ("group", "display")}
    problems = {link_id: "unknown" for link_id in answers if link_id not in questions}
    visible = shown(items, answers)
    kept: Answers = {}
    for link_id, item in questions.items():
        if link_id not in visible:
            continue
        given = answers.get(link_id)
        if given is None or given == [] or (isinstance(given, str) and not given.strip()):
            problem = "required" if item.required else None
        else:
            problem = _problem(item, given)
            if not problem:
                kept[link_id] = given
        if problem and not draft:
            problems[link_id] = problem
    if problems:
        raise BadAnswers(questions=[{"link_id": k[:64], "problem": v} for k, v in problems.items()])
    return kept


def _problem(item: FormItem, given: Scalar | list[str]) -> str | None:
    options = {option.value for option in item.options}
    match item.type:
        case "multi":
            if not isinstance(given, list) or len(set(given)) != len(given):
                return "wrong_type"
            return None if set(given) <= options else "unknown_option"
        case "choice":
            if not isinstance(given, str):
                return "wrong_type"
            return None if given in options else "unknown_option"
        case "boolean":
            return None if isinstance(given, bool) else "wrong_type"
        case "integer" | "decimal" | "slider":
            return _number_problem(item, given)
        case "date":
            return None if isinstance(given, str) and _is_date(given) else "wrong_type"
        case _:
            if not isinstance(given, str):
                return "wrong_type"
            return "too_long" if item.max_length is not None and len(given) > item.max_length else None


def _number_problem(item: FormItem, given: Scalar | list[str]) -> str | None:
    if isinstance(given, bool | str | list) or (isinstance(given, float) and not math.isfinite(given)):
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


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def in_words(item: FormItem, given: Scalar | list[str]) -> str:
    """An answer as people read it."""
    labels: Mapping[str, str] = {option.value: option.label for option in item.options}
    if isinstance(given, list):
        return "、".join(labels.get(value, value) for value in given)
    if isinstance(given, bool):
        return "是" if given else "否"
    text = labels.get(given, given) if isinstance(given, str) else f"{given:.10g}"
    return f"{text} {item.unit}" if item.unit else text
