"""Which questions show for given answers: enableWhen, evaluated to a fixed point with a bound."""

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
    """Whether one condition holds for the answer of its question (None: not answered)."""
    if condition.operator == "exists":
        return (given not in (None, "", [])) == bool(condition.answer)
    if given is None:
        return False
    values = given if isinstance(given, list) else [given]
    return any(compare(value, condition.operator, condition.answer) for value in values)


def compare(value: Scalar, operator: str, wanted: Scalar) -> bool:
    """value operator wanted; values that cannot be compared are unequal."""
    if operator in ("=", "!="):
        return (value == wanted) == (operator == "=")
    try:
        left, right = float(value), float(wanted)
    except ValueError:
        return False
    return {">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right}[operator]
