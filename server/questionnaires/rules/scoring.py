"""Scores and red flags of checked answers."""

from server.questionnaires.models import Answers, Condition, RedFlag, Score, Scoring
from server.questionnaires.rules.enable_when import holds


def score(scoring: Scoring, weights: dict[str, dict[str, float]], answers: Answers) -> Score:
    """The sum of weights (or numbers), its band, and the texts of red flags.

    A question of the sum that was not answered leaves the total empty: a sum over fewer
    questions would look like a better state than it is.
    """
    values = [_value(weights.get(link_id, {}), answers.get(link_id)) for link_id in scoring.sum]
    known = [value for value in values if value is not None]
    total = sum(known) if scoring.sum and len(known) == len(values) else None
    band = next((b.label for b in scoring.bands if total is not None and b.min <= total <= b.max), None)
    return Score(total=total, band=band, red=[flag.text for flag in raised(scoring, answers)])


def raised(scoring: Scoring, answers: Answers) -> list[RedFlag]:
    """The red flags that these answers raise, whatever the total."""
    return [flag for flag in scoring.red_flags if holds(_condition(flag), answers.get(flag.link_id))]


def _condition(flag: RedFlag) -> Condition:
    return Condition(question=flag.link_id, operator=flag.operator, answer=flag.answer)


def _value(weights: dict[str, float], given: object) -> float | None:
    if isinstance(given, str):
        return weights.get(given)
    if isinstance(given, list):
        return sum(weights.get(value, 0.0) for value in given)
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else None
