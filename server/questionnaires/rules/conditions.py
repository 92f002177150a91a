"""Reading FHIR's enableWhen, and looking over how questions depend on each other."""

from collections.abc import Callable
from typing import cast, get_args

from server.questionnaires.models import EnableWhen, Fhir, FormItem, Operator, Warned
from server.questionnaires.rules.lenient import number, text, value_of

_MANY = 100  # circles of more questions are told as a whole
_OPERATORS = get_args(Operator)


def read(source: Fhir, warn: Callable[[str], None]) -> EnableWhen | None:
    """One condition; None, with a warning, when it says nothing that can be decided."""
    operator = text(source, "operator")
    answer = value_of(source, "answer")
    if operator not in _OPERATORS:
        warn(f"显示条件的比较方式 “{operator[:20]}” 不认识，这个条件不使用。")
        return None
    if isinstance(answer, dict):
        if "value" in answer:
            if answer.get("unit") or answer.get("code"):
                warn("显示条件里的单位不参与比较，只比数值。")
            answer = number(answer["value"])
        else:
            answer = text(answer, "code") or text(answer, "display") or text(answer, "reference")
    if operator == "exists":
        answer = answer not in (False, "false")
    if not isinstance(answer, str | bool | int | float):
        warn("显示条件没有写明答案，这个条件不使用。")
        return None
    if isinstance(answer, int | float) and not isinstance(answer, bool) and number(answer) is None:
        warn("显示条件里的数太大，这个条件不使用。")
        return None
    return EnableWhen(question=text(source, "question"), operator=cast(Operator, operator), answer=answer)


def connect(items: list[FormItem], warnings: list[Warned], lost: set[str]) -> None:
    """Make conditions name options by their value; warn of what cannot hold and of what turns in circles.

    `lost`: questions whose options could not be had, so that people write instead.
    """
    known = dict(_walk(items, ()))
    depends: dict[str, set[str]] = {}
    for link_id, (item, above) in known.items():
        depends[link_id] = {c.question for one in (item, *above) for c in one.enable_when}
        for condition in item.enable_when:
            told = _look(condition, known.get(condition.question, (None, ()))[0])
            if condition.question in lost and condition.operator != "exists":
                told = "显示条件看另一题选了什么，而那一题没有选项、改成了文字填写，多半不会成立。"
            if told:
                warnings.append(Warned(link_id=link_id, text=told))
    turning = _on_the_way(depends)
    for link_id in sorted(turning) if len(turning) > _MANY else known:
        if link_id in turning and (len(turning) > _MANY or link_id in _reached(link_id, depends)):
            warnings.append(Warned(link_id=link_id, text="这题的显示条件绕了一圈又回到自己，可能忽隐忽现，请检查。"))


def _look(condition: EnableWhen, asked: FormItem | None) -> str | None:
    if asked is None:
        return "显示条件指向一道手机上不显示的题目，不会成立。"
    if asked.type in ("group", "display"):
        return "显示条件指向一个不用回答的标题，不会成立。"
    if (
        not asked.options
        or condition.operator not in ("=", "!=")
        or condition.answer in {o.value for o in asked.options}
    ):
        return None
    same = [o.value for o in asked.options if condition.answer == o.label or str(condition.answer) == o.value]
    if same:
        condition.answer = same[0]
        return None
    if asked.type in ("open_choice", "open_multi"):
        return None
    return f"显示条件里的答案 “{str(condition.answer)[:40]}” 不在那道题的选项里，不会成立。"


_Known = tuple[FormItem, tuple[FormItem, ...]]


def _walk(items: list[FormItem], above: tuple[FormItem, ...]) -> list[tuple[str, _Known]]:
    found = []
    for item in items:
        found.append((item.link_id, (item, above)))
        found += _walk(item.items, (*above, item))
    return found


def _on_the_way(depends: dict[str, set[str]]) -> set[str]:
    """Questions that may turn in circles: what is left when all is taken off that depends on nothing left."""
    left = {one: {other for other in others if other in depends} for one, others in depends.items()}
    back: dict[str, set[str]] = {one: set() for one in left}
    for one, others in left.items():
        for other in others:
            back[other].add(one)
    free = [one for one, others in left.items() if not others]
    while free:
        one = free.pop()
        del left[one]
        for other in back[one]:
            left[other].discard(one)
            if not left[other]:
                free.append(other)
    return set(left)


def _reached(start: str, depends: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(depends[start])
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += depends.get(one, ())
    return found
