"""Whether a scoring plan fits its questionnaire."""

from server.questionnaires.models import BadScoring, Derived, FormItem, Scoring
from server.questionnaires.rules.fhir import flat, is_question
from server.questionnaires.rules.scoring import scales_of

_NUMBERS = ("integer", "decimal", "slider", "quantity")


def check(plan: Scoring, derived: Derived) -> None:
    """BadScoring with `problems: [text]` when the plan speaks of what is not there."""
    questions = {item.link_id: item for item in flat(derived.form.items) if is_question(item)}
    computed = {expression.link_id for expression in derived.expressions}
    scales = scales_of(plan)
    names = {scale.name for scale in scales} | computed
    problems = []
    if len({scale.name for scale in scales}) < len(scales):
        problems.append("有两项分值用了同一个名字。")
    for scale in scales:
        for link_id in (*scale.items, *scale.reverse, *scale.sexes):
            problems += _no_points(link_id, questions.get(link_id), plan, derived)
        for band in scale.bands:
            unknown = [name for limit in band.requires for name in limit.values if name not in names]
            problems += [f"“{scale.label}”的分级提到了没有的分值“{name}”。" for name in unknown]
            if band.max is not None and band.max < band.min:
                problems.append(f"“{scale.label}”的分级“{band.label}”最小值大于最大值。")
    if plan.total and plan.total not in names:
        problems.append(f"总分指定为“{plan.total}”，但没有这项分值。")
    for flag in plan.red_flags:
        asked = questions.get(flag.link_id)
        if asked is None:
            problems.append(f"红旗提到了没有的题目“{flag.link_id}”。")
        elif not _can_be(asked, flag.answer, flag.operator):
            problems.append(f"红旗里的答案“{flag.answer}”不是“{asked.text}”会有的答案。")
    if problems:
        raise BadScoring(problems=list(dict.fromkeys(problems))[:50])


def _no_points(link_id: str, asked: FormItem | None, plan: Scoring, derived: Derived) -> list[str]:
    if asked is None:
        return [f"计分提到了没有的题目“{link_id}”。"]
    points = {**derived.weights.get(link_id, {}), **plan.points.get(link_id, {})}
    if asked.type in _NUMBERS or (asked.type == "boolean" and points):
        return []
    missing = [option.label for option in asked.options if option.value not in points]
    if not asked.options or missing:
        return [f"“{asked.text or link_id}”的选项没有分值：{'、'.join(missing[:5]) or '这题不是选择题或数字题'}。"]
    return []


def _can_be(asked: FormItem, answer: object, operator: str) -> bool:
    if operator == "exists":
        return True
    if asked.type == "boolean":
        return isinstance(answer, bool)
    if asked.type in _NUMBERS:
        return isinstance(answer, int | float) and not isinstance(answer, bool)
    return not asked.options or operator not in ("=", "!=") or answer in {option.value for option in asked.options}
