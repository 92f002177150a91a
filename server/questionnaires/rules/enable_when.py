"""Which questions show for given answers: enableWhen, evaluated to a fixed point with a bound.

A place is a linkId, behind the groups it is repeated in: `drugs/0/dose` is the dose of the first drug.
A condition inside a repetition reads that repetition; from outside it reads all of them.
"""

from collections.abc import Iterator
from datetime import date

from server.questionnaires.models import Answer, Answers, EnableWhen, FormItem, Scalar

_BOUND = 50  # loops among questions are legal FHIR; after so many rounds the last state counts
_Path = tuple[tuple[str, int], ...]


def shown(items: list[FormItem], answers: Answers) -> set[str]:
    """The places that show. An answer of a hidden question counts as not given."""
    given = _Given(items, answers)
    visible = given.round(None)
    for _ in range(_BOUND):
        after = given.round(visible)
        if after == visible:
            break
        visible = after
    return visible


def place(path: _Path, link_id: str) -> str:
    """Where a question stands."""
    return "".join(f"{group}/{n}/" for group, n in path) + link_id


def repetitions(item: FormItem, answers: Answers) -> list[Answers]:
    """What was given for each repetition of a group; what is no repetition counts as empty."""
    found = answers.get(item.link_id)
    return [one if isinstance(one, dict) else {} for one in found] if isinstance(found, list) else []


class _Given:
    """The answers, and where each question stands."""

    def __init__(self, items: list[FormItem], answers: Answers) -> None:
        self.items, self.answers = items, answers
        self.homes = dict(_homes(items, ()))

    def round(self, visible: set[str] | None) -> set[str]:
        """What shows when only answers at these places count."""
        return set(self._pass(self.items, self.answers, (), visible))

    def _pass(self, items: list[FormItem], answers: Answers, path: _Path, visible: set[str] | None) -> Iterator[str]:
        for item in items:
            if not self._enabled(item, path, visible):
                continue
            yield place(path, item.link_id)
            if item.repeats:
                for n, one in enumerate(repetitions(item, answers)[: item.most]):
                    yield from self._pass(item.items, one, (*path, (item.link_id, n)), visible)
            else:
                yield from self._pass(item.items, answers, path, visible)

    def _enabled(self, item: FormItem, path: _Path, visible: set[str] | None) -> bool:
        if not item.enable_when:
            return True
        held = (holds(c, self._values(c.question, path, visible)) for c in item.enable_when)
        return all(held) if item.enable_behavior == "all" else any(held)

    def _values(self, question: str, path: _Path, visible: set[str] | None) -> list[Answer]:
        home, answers = self.homes.get(question, ()), self.answers
        here: _Path = ()
        for depth, (group, n) in enumerate(path[: len(home)]):
            if home[depth] != group:
                break
            found = answers.get(group)
            answers = found[n] if isinstance(found, list) and isinstance(found[n], dict) else {}
            here = (*here, (group, n))
        return list(self._below(question, home[len(here) :], answers, here, visible))

    def _below(
        self, question: str, groups: tuple[str, ...], answers: Answers, here: _Path, visible: set[str] | None
    ) -> Iterator[Answer]:
        if groups:
            found = answers.get(groups[0])
            for n, one in enumerate(found if isinstance(found, list) else ()):
                inner = one if isinstance(one, dict) else {}
                yield from self._below(question, groups[1:], inner, (*here, (groups[0], n)), visible)
        elif question in answers and (visible is None or place(here, question) in visible):
            given = answers[question]
            yield from given if isinstance(given, list) else [given]


def _homes(items: list[FormItem], path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for item in items:
        yield item.link_id, path
        yield from _homes(item.items, (*path, item.link_id) if item.repeats else path)


def holds(condition: EnableWhen, given: Answer | None) -> bool:
    """Whether one condition holds for the answer (or answers) of its question.

    Only `exists` can hold for a question without an answer; `!=` holds when no answer is the
    one named.
    """
    listed = given if isinstance(given, list) else [given]
    values = [plain(one) for one in listed if one is not None and one != ""]
    if condition.operator == "exists":
        return bool(values) == bool(condition.answer)
    if condition.operator == "!=":
        return bool(values) and not any(compare(value, "=", condition.answer) for value in values)
    return any(compare(value, condition.operator, condition.answer) for value in values)


def plain(given: object) -> Scalar:
    """An answer to compare by: the number of a quantity, the words of somebody's own."""
    if isinstance(given, dict):
        given = given.get("value", given.get("other", ""))
    return given if isinstance(given, str | bool | int | float) else ""


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
        said = str(value)
        if said[2:3] == ":":  # a time of day
            hours, minutes = said[:5].split(":")
            return int(hours) * 60 + int(minutes)
        return date.fromisoformat(said[:10]).toordinal()
