"""What the simulated HIS reads: fixtures/his/*.json, seeded dice, and times written as the HIS writes them."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from server.values import SHANGHAI

Doc = dict[str, Any]
T = TypeVar("T")
FIXTURES = Path(__file__).parents[2] / "fixtures" / "his"


@cache
def read(name: str) -> Doc:
    """One fixture file, e.g. "departments"; shared, so read only."""
    found: Doc = json.loads((FIXTURES / f"{name}.json").read_text())
    return found


@cache
def by_id(name: str, group: str = "items", key: str = "id") -> dict[str, Doc]:
    """A list of a fixture file by its id."""
    return {item[key]: item for item in read(name)[group]}


class Dice:
    """Chances that fall the same for the same seed, on every machine and Python."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._thrown = 0

    def below(self, limit: int) -> int:
        """0 … limit-1."""
        self._thrown += 1
        digest = hashlib.blake2b(f"{self._seed}/{self._thrown}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) % limit

    def between(self, low: int, high: int) -> int:
        """low … high, both included."""
        return low + self.below(high - low + 1)

    def happens(self, percent: int) -> bool:
        return self.below(100) < percent

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]


def iso(at: datetime) -> str:
    """As the HIS writes an instant: 2026-11-25T08:30:00+08:00."""
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def at(on: str, clock: str) -> datetime:
    """The instant in Shanghai of a date and "HH:MM"."""
    return datetime.fromisoformat(f"{on}T{clock}:00+08:00")
