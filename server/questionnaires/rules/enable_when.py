"""Which questions show for given answers: enableWhen, evaluated to a fixed point with a bound."""

from datetime import date

from server.questionnaires.models import Answers, Condition, FormItem, Scalar

_BOUND = 50  # loops among questions are legal FHIR; after so many rounds the last state counts


def shown(items: list[FormItem], answers: Answers) -> set[str]:
    """The linkIds that show. An answer of a hidden question counts as not given."""
    visible: set[str] = _pass(items, answers)
    for _ in range(_BOUND):
        after = _pass(items, {k: v for k, v in answers.items() if k in visible})
        if after == visible:
            break
        visible = after
    return visible


def _pass(items: list[FormItem], answers: Answers) -> set[str]:
    found: set[str] = set()
    for item in items:
        if is_enabled(item, answers):
            found |= {item.link_id} | _pass(item.items, answers)
    return found


def is_enabled(item: FormItem, answers: Answers) -> bool:
    """Whether an item's own conditions hold."""
    if not item.enable_when:
        return True
    held = (holds(condition, answers.get(condition.question)) for condition in item.enable_when)
    return all(held) if item.enable_behavior == "all" else any(held)


def holds(condition: Condition, given: Scalar | list[str] | None) -> bool:
    """Whether one condition holds for the answer of its question.

    Only `exists` can hold for a question without an answer; `!=` holds when no answer is the
    one named.
    """
    values = [] if given in (None, "", []) else given if isinstance(given, list) else [given]
    if condition.operator == "exists":
        return bool(values) == bool(condition.answer)
    if condition.operator == "!=":
        return bool(values) and not any(compare(value, "=", condition.answer) for value in values)
    return any(compare(value, condition.operator, condition.answer) for value in values)


def compare(value: Scalar, operator: str, wanted: Scalar) -> bool:
    """value operator wanted: numbers by size, dates by time; values that cannot be compared are unequal."""
    if operator == "=":
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)
    try:
        left, right = _size(value), _size(wanted)
    except (ValueError, OverflowError):
        return False
    return {">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right}[operator]


def _size(value: Scalar) -> float:
    try:
        return float(value)
    except ValueError:
        return date.fromisoformat(str(value)).toordinal()
