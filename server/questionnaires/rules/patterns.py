"""Regular expressions of imported files, run so that none can hang: all states at once, no going back.

Only what such a machine can do is taken (no back references, no looking around), and only up
to a size; the time is then at most size x length of the answer. Source: R. Cox, "Regular
Expression Matching Can Be Simple And Fast" (2007), after K. Thompson.
"""

import re
from functools import lru_cache
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

LONGEST = 200
_STATES = 1000
_STEPS = 600_000
_CLASSES = {
    sre.CATEGORY_DIGIT: (str.isdecimal, True),
    sre.CATEGORY_NOT_DIGIT: (str.isdecimal, False),
    sre.CATEGORY_SPACE: (str.isspace, True),
    sre.CATEGORY_NOT_SPACE: (str.isspace, False),
    sre.CATEGORY_WORD: (lambda c: c.isalnum() or c == "_", True),
    sre.CATEGORY_NOT_WORD: (lambda c: c.isalnum() or c == "_", False),
}


class TooHard(ValueError):
    """A pattern that is wrong, too long, or needs going back."""


class _Machine:
    """States as (kind, what, next states); made from the end backwards."""

    def __init__(self, pattern: str) -> None:
        self.states: list[tuple[str, Any, tuple[int, ...]]] = [("end", None, ())]
        self.start = self._sequence(list(parser.parse(pattern)), 0)

    def _add(self, kind: str, what: Any, *then: int) -> int:
        if len(self.states) >= _STATES:
            raise TooHard("too large")
        self.states.append((kind, what, then))
        return len(self.states) - 1

    def _sequence(self, parts: list[Any], then: int) -> int:
        for op, what in reversed(parts):
            then = self._one(op, what, then)
        return then

    def _one(self, op: Any, what: Any, then: int) -> int:
        if op in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
            return self._add("char", (op, what), then)
        if op is sre.SUBPATTERN:
            return self._sequence(list(what[3]), then)
        if op is sre.BRANCH:
            return self._add("fork", None, *(self._sequence(list(branch), then) for branch in what[1]))
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            return self._repeat(what[0], what[1], list(what[2]), then)
        if op is sre.AT and what in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING, sre.AT_END, sre.AT_END_STRING):
            first = what in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING)
            return self._add("first" if first else "last", None, then)
        raise TooHard(str(op))

    def _repeat(self, least: int, most: int, parts: list[Any], then: int) -> int:
        if least > _STATES or (most > _STATES and most != sre.MAXREPEAT):
            raise TooHard("too many repeats")
        if most == sre.MAXREPEAT:
            loop = self._add("fork", None, then)
            body = self._sequence(parts, loop)
            self.states[loop] = ("fork", None, (body, then))
            then = loop
        else:
            for _ in range(most - least):
                then = self._add("fork", None, self._sequence(parts, then), then)
        for _ in range(least):
            before, then = then, self._sequence(parts, then)
            if then == before:  # nothing inside: a thousand times nothing, nested, would never end
                break
        return then

    def matches(self, text: str) -> bool:
        """Whether the whole text fits."""
        at = self._closed({self.start}, 0, len(text))
        for n, char in enumerate(text):
            stepped, known = set[int](), dict[tuple[Any, int], bool]()  # a repeated part is the same object each time
            for kind, what, then in (self.states[s] for s in at):
                if kind == "char":
                    key = (what[0], id(what[1]))
                    if key not in known:
                        known[key] = _fits(what, char)
                    if known[key]:
                        stepped.add(then[0])
            at = self._closed(stepped, n + 1, len(text))
            if not at:
                return False
        return 0 in at

    def _closed(self, states: set[int], position: int, length: int) -> set[int]:
        found, waiting = set(states), list(states)
        while waiting:
            kind, _, then = self.states[waiting.pop()]
            free = kind == "fork" or (kind == "first" and position == 0) or (kind == "last" and position == length)
            for state in then if free else ():
                if state not in found:
                    found.add(state)
                    waiting.append(state)
        return found


def _fits(given: tuple[Any, Any], char: str) -> bool:
    op, what = given
    if op is sre.LITERAL:
        return ord(char) == int(what)
    if op is sre.NOT_LITERAL:
        return ord(char) != int(what)
    if op is sre.ANY:
        return char != "\n"
    negated = bool(what) and what[0][0] is sre.NEGATE
    return any(_in_set(kind, value, char) for kind, value in what[negated:]) is not negated


def _in_set(kind: Any, value: Any, char: str) -> bool:
    if kind is sre.LITERAL:
        return ord(char) == int(value)
    if kind is sre.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    test, wanted = _CLASSES[value]
    return bool(test(char)) is wanted


@lru_cache(maxsize=256)
def _machine(pattern: str) -> _Machine:
    if len(pattern) > LONGEST:
        raise TooHard("too long")
    try:
        if re.search(r"\(\?[aiLmsux-]", pattern):
            raise TooHard("flags")
        return _Machine(pattern)
    except (re.error, RecursionError, OverflowError, KeyError):
        raise TooHard("not a pattern") from None


def is_usable(pattern: str, longest: int = LONGEST) -> bool:
    """Whether a pattern can be run safely on answers of so many characters."""
    try:
        return len(_machine(pattern).states) * longest <= _STEPS
    except TooHard:
        return False


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text fits the pattern; TooHard."""
    return _machine(pattern).matches(text)
