"""Scores: native plans here, imported formulas in their own process."""

from typing import Any

from server.context import App
from server.questionnaires import store
from server.questionnaires.models import (
    About,
    Answers,
    Derived,
    Expression,
    Questionnaire,
    Score,
    ScoreValue,
    Scoring,
    Warned,
)
from server.questionnaires.rules import responses, soundness, trying
from server.questionnaires.rules import scoring as rules
from server.questionnaires.rules.enable_when import shown
from server.values import shanghai_date

_TOO_SLOW = "公式算得太久或出错，已停止：不显示这项分数。"
_WRONG = "公式有错误，算不出来。"
_NOTHING = "有题目没有回答，不能计分。"


async def score(app: App, questionnaire: Questionnaire, answers: Answers, about: About = rules.NOBODY) -> Score:
    """Values, bands and red flags of checked answers. `about`: whose they are, where `needs_person`."""
    derived = questionnaire.derived
    raw = await store.raw(app, questionnaire.id) if _usable(derived) else None
    return await score_of(app, derived, questionnaire.scoring, raw or b"{}", answers, about)


def needs_person(questionnaire: Questionnaire) -> bool:
    """Whether the score depends on sex or age."""
    return rules.needs_person(questionnaire.scoring) or bool(_usable(questionnaire.derived))


async def score_of(
    app: App, derived: Derived, plan: Scoring, raw: bytes, answers: Answers, about: About = rules.NOBODY
) -> Score:
    """The same for something not published yet."""
    native = rules.score(plan, derived.weights, answers, shown(derived.form.items, answers), about)
    if not derived.expressions:
        return native
    computed = await _computed(app, derived, raw, answers, about)
    fresh = [ScoreValue(**v.model_dump(exclude={"band"})) for v in native.values]
    return rules.judge(plan, fresh + computed, answers, about)


def _usable(derived: Derived) -> list[Expression]:
    return [expression for expression in derived.expressions if not expression.why_not]


async def _computed(app: App, derived: Derived, raw: bytes, answers: Answers, about: About) -> list[ScoreValue]:
    found = await app.expressions.evaluate(_question(derived, raw, answers, _patient(app, about)))
    return [_value(expression, found) for expression in derived.expressions]


def _value(expression: Expression, found: dict[str, Any] | None) -> ScoreValue:
    value = ScoreValue(name=expression.link_id, label=expression.label, why_not=expression.why_not)
    if value.why_not:
        return value
    if found is None:
        value.why_not = _TOO_SLOW
    elif expression.link_id in found["failed"]:
        value.why_not = _WRONG
    else:
        given = found["values"].get(expression.link_id)
        if given is None:
            value.why_not = _NOTHING
        elif isinstance(given, bool):
            value.band = "是" if given else "否"
        elif isinstance(given, float):
            value.total = round(given, 4)
        else:
            value.band = given
    return value


def _question(derived: Derived, raw: bytes, answers: Answers, patient: dict[str, Any]) -> dict[str, Any]:
    given = [{"link_id": e.link_id, "text": e.text, "variables": e.variables} for e in _usable(derived)]
    source = soundness.parse(raw)
    response = responses.write(derived, answers, str(source.get("url") or ""))
    return {"response": response, "questionnaire": source, "patient": patient, "expressions": given}


def _patient(app: App, about: About) -> dict[str, Any]:
    found = {"resourceType": "Patient"} | ({"gender": about.sex} if about.sex else {})
    year = int(shanghai_date(app.now())[:4])
    born = about.birth_on or (f"{year - about.age}-01-01" if about.age is not None else None)
    return found | ({"birthDate": born} if born else {})


async def try_out(app: App, derived: Derived, raw: bytes) -> None:
    """Evaluate the formulas once with every answer at its most and once with none.

    One that is too slow, or gives the same both times, is not used: it never looks at the answers,
    and its score would look like good health.
    """
    usable = _usable(derived)
    if not usable:
        return
    patient = {"resourceType": "Patient", "gender": "female", "birthDate": "1960-01-01"}
    most = trying.most(derived)
    full = await app.expressions.evaluate(_question(derived, raw, most, patient))
    none = await app.expressions.evaluate(_question(derived, raw, {}, patient)) if full else None
    for one in usable:
        said = _judge(one, full, none)
        if said:
            derived.warnings.append(Warned(link_id=one.link_id, text=said))
            one.why_not = said if said != _UNSURE else None


_UNSURE = "公式试算没有结果，请先试填核对。"
_BLIND = "公式没有用到题目的答案（怎么答都是同一个结果）：不显示这项分数，请改用计分规则。"


def _judge(one: Expression, full: dict[str, Any] | None, none: dict[str, Any] | None) -> str | None:
    if full is None or none is None:
        return _TOO_SLOW
    if one.link_id in full["failed"]:
        return _WRONG
    given = full["values"].get(one.link_id)
    if given is None:
        return _UNSURE
    return _BLIND if given == none["values"].get(one.link_id) else None
