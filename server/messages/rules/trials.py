"""The draw of a randomised trial: always the same arm for the same person."""

from typing import Literal


def draw(digest: str) -> Literal[0, 1]:
    """Heads or tails, from a keyed digest (hex) of trial and person: fair, and nobody can foretell it."""
    return 1 if int(digest[:2], 16) & 1 else 0
