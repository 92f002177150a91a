"""Scores and red flags of checked answers, by a plan that is data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.questionnaires.models import (
    About,
    Answer,
    Answers,
    Band,
    EnableWhen,
    Raised,
    RedFlag,
    Scale,
    Score,
    ScoreValue,
    Scoring,
    Who,
)
from server.questionnaires.rules.enable_when import holds

Weights = Mapping[str, Mapping[str, float]]
TOTAL = "total"
_MISSING = "有题目没有回答，不能计分。"
_NO_SEX = "没有登记性别，不能判断。"
_NO_AGE = "没有登记年龄，不能判断。"
NOBODY = About()


@dataclass
class _Sheet:
    """What a plan is applied to."""

    plan: Scoring
    weights: Weights
    answers: Answers
    visible: set[str] | None
    about: About
    totals: dict[str, float] = field(default_factory=dict)


def score(
    plan: Scoring, weights: Weights, answers: Answers, visible: set[str] | None = None, about: About = NOBODY
) -> Score:
    """The values of a plan with their bands, and the flags raised by answers and bands.

    `visible`: the places that show; None when that does not matter. A question that was not
    answered leaves its total empty: a sum over fewer questions would look like a better state
    than it is.
    """
    sheet = _Sheet(plan, weights, answers, visible, about)
    return judge(plan, [_value(sheet, scale) for scale in scales_of(plan)], answers, about)


def judge(plan: Scoring, values: list[ScoreValue], answers: Answers, about: About = NOBODY) -> Score:
    """Bands, flags and the total for computed values, wherever they were computed."""
    totals = {value.name: value.total for value in values if value.total is not None}
    bands = {scale.name: scale.bands for scale in scales_of(plan)}
    found = Score(values=values, red=raised(plan, answers, about))
    total = _total(plan, values)
    for value in values:
        band = _band(value, bands.get(value.name) or (plan.bands if value is total else []), totals, about)
        if band:
            value.band = band.label
            if band.level:
                said = f"{value.label} {value.total:g} 分：{band.label}"
                found.red.append(Raised(link_id=value.name, text=said, level=band.level))
    if total:
        found.total, found.band = total.total, total.band
    elif plan.conclude:
        found.band = "；".join(f"{v.label}：{v.band}" for v in values if v.band in plan.conclude) or None
    return found


def _total(plan: Scoring, values: list[ScoreValue]) -> ScoreValue | None:
    """The named total; without one, the only number there is."""
    named = next((value for value in values if value.name == (plan.total or TOTAL)), None)
    numbers = [value for value in values if value.band is None]
    return named or (numbers[0] if len(numbers) == 1 and not plan.conclude else None)


def scales_of(plan: Scoring) -> list[Scale]:
    """All values of a plan; its plain sum is one of them."""
    plain = [Scale(name=TOTAL, label="总分", items=plan.sum, bands=plan.bands)] if plan.sum else []
    return plain + plan.scales


def _value(sheet: _Sheet, scale: Scale) -> ScoreValue:
    found = ScoreValue(name=scale.name, label=scale.label)
    sexes = {scale.sexes[link_id] for link_id in scale.items if link_id in scale.sexes}
    if sexes and sheet.about.sex is None:
        found.why_not = _NO_SEX
        return found
    items = [i for i in scale.items if scale.sexes.get(i, sheet.about.sex) == sheet.about.sex]
    points = [p for link_id in items if (p := _points(sheet, scale, link_id)) is not None]
    if not points or len(points) < min(len(items), scale.least or len(items)):
        found.why_not = _MISSING
        return found
    total = max(points) if scale.method == "max" else sum(points)
    if scale.method == "mean":
        total /= len(points)
    if scale.transform == "percent":
        lowest, highest = scale.points_from * len(points), scale.points_to * len(points)
        total = (total - lowest) / (highest - lowest) * 100
    found.total = round(total, scale.decimals)
    return found


def _points(sheet: _Sheet, scale: Scale, link_id: str) -> float | None:
    if sheet.visible is not None and link_id not in sheet.visible:
        return scale.hidden
    weights = {**sheet.weights.get(link_id, {}), **sheet.plan.points.get(link_id, {})}
    points = points_of(weights, sheet.answers.get(link_id))
    return scale.reverse_from - points if points is not None and link_id in scale.reverse else points


def points_of(weights: Mapping[str, float], given: Answer | None) -> float | None:
    """What an answer counts: its option's points, of several their sum, of a number itself."""
    if isinstance(given, bool):
        return weights.get("true" if given else "false")
    if isinstance(given, int | float):
        return float(given)
    if isinstance(given, str):
        return weights.get(given)
    if isinstance(given, list):
        return sum(weights.get(one, 0.0) for one in given if isinstance(one, str)) if weights else None
    if isinstance(given, dict) and isinstance(given.get("value"), int | float):
        return float(given["value"])
    return None


def _band(value: ScoreValue, bands: list[Band], totals: Mapping[str, float], about: About) -> Band | None:
    """The first band that holds; says in `why_not` what of the person is needed and not known."""
    if value.total is None:
        return None
    for band in bands:
        if value.total < band.min or (band.max is not None and value.total > band.max):
            continue
        if band.below is not None and value.total >= band.below:
            continue
        fits = fits_who(band.who, about)
        if isinstance(fits, str):
            value.why_not = fits
            return None
        others = [totals.get(name) for limit in band.requires for name in limit.values]
        if None in others:
            value.why_not = "别的分值算不出来，不能判断。"
            return None
        if fits and all(totals[name] < limit.below for limit in band.requires for name in limit.values):
            return band
    return None


def fits_who(who: Who | None, about: About) -> bool | str:
    """Whether somebody is meant; or, in words, what would have to be known of him."""
    if who is None:
        return True
    if who.sex and about.sex is None:
        return _NO_SEX
    if (who.age_from is not None or who.age_below is not None) and about.age is None:
        return _NO_AGE
    if who.sex and who.sex != about.sex:
        return False
    age = about.age or 0
    return (who.age_from or 0) <= age and (who.age_below is None or age < who.age_below)


def raised(plan: Scoring, answers: Answers, about: About = NOBODY) -> list[Raised]:
    """The flags that these answers raise, whatever the total. One for certain people also for who is not known."""
    return [
        Raised(link_id=flag.link_id, text=flag.text, level=flag.level)
        for flag in plan.red_flags
        if fits_who(flag.who, about) and any(holds(_condition(flag), g) for g in given_to(flag.link_id, answers))
    ]


def given_to(link_id: str, answers: Answers) -> list[Answer]:
    """All answers of a question, inside repetitions too."""
    found = [answers[link_id]] if link_id in answers else []
    for given in answers.values():
        for one in given if isinstance(given, list) else ():
            if isinstance(one, dict) and "other" not in one:
                found += given_to(link_id, one)
    return found


def _condition(flag: RedFlag) -> EnableWhen:
    return EnableWhen(question=flag.link_id, operator=flag.operator, answer=flag.answer)


def needs_person(plan: Scoring) -> bool:
    """Whether sex or age matter to a plan."""
    bands = [*plan.bands, *(band for scale in plan.scales for band in scale.bands)]
    meant = [*(band.who for band in bands), *(flag.who for flag in plan.red_flags)]
    return any(meant) or any(scale.sexes for scale in plan.scales)
