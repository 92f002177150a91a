"""What a scoring plan should say although the file does not: thoughts of death alarm whatever the total."""

from server.questionnaires.models import Derived, Fhir, RedFlag, Score, Scoring, Warned
from server.questionnaires.rules.fhir import flat
from server.questionnaires.rules.lenient import rows, text

_SELF_HARM = {"44260-8"}  # LOINC: PHQ-9, thoughts of being better off dead or of hurting oneself
_TEXT = "有不如死掉或伤害自己的念头"


def flags(source: Fhir, derived: Derived) -> list[RedFlag]:
    """Flags for questions that are known to need one: every answer but the one that counts nothing."""
    asked = {item.link_id: item for item in flat(derived.form.items)}
    found = []
    for link_id in _known(source):
        item = asked.get(link_id)
        points = derived.weights.get(link_id, {})
        if item and item.options:
            none = min(points, key=lambda value: points[value]) if points else item.options[0].value
            found.append(RedFlag(link_id=link_id, operator="!=", answer=none, text=_TEXT))
    return found


def _known(source: Fhir) -> list[str]:
    found = []
    for item in rows(source, "item"):
        codes = {text(code, "code") for code in rows(item, "code")} | {text(item, "linkId").strip("/")}
        found += [text(item, "linkId")] if codes & _SELF_HARM else []
        found += _known(item)
    return found


def speaks_of_self_harm(score: Score) -> bool:
    """Whether an answer raised the flag for such thoughts."""
    return any(one.link_id.strip("/") in _SELF_HARM or one.text == _TEXT for one in score.red)


def remarks(plan: Scoring, derived: Derived) -> list[Warned]:
    """What the writer of a plan should think of."""
    known = {flag.link_id for flag in plan.red_flags}
    codes = {link_id for link_id in derived.weights if link_id.strip("/") in _SELF_HARM}
    said = [Warned(link_id=one, text="这题问自伤念头，却没有红旗，请加上。") for one in sorted(codes - known)]
    computed = any(not expression.why_not for expression in derived.expressions)
    if derived.weights and not (plan.sum or plan.scales or computed):
        said.append(Warned(text="选项带有分值，但没有计分规则：不会算出分数。"))
    return said
