"""Answers as people read them."""

from collections.abc import Iterator, Mapping

from server.questionnaires.models import Answer, Answers, FormItem, ShownAnswer
from server.questionnaires.rules.enable_when import repetitions
from server.questionnaires.rules.fhir import is_question


def in_words(item: FormItem, given: Answer) -> str:
    """One answer: 36.6 ℃, 是, 头、肩."""
    labels: Mapping[str, str] = {option.value: option.label for option in item.options}
    if isinstance(given, list):
        if item.type == "photo":
            return f"{len(given)} 张照片"
        return "、".join(in_words(item, one) for one in given)
    if isinstance(given, dict):
        if "other" in given:
            return str(given["other"])
        units = {unit.value: unit.label for unit in item.units}
        unit = units.get(str(given.get("unit") or ""), given.get("unit")) or item.unit or ""
        return f"{given.get('value', 0):.10g} {unit}".strip()
    if isinstance(given, bool):
        return "是" if given else "否"
    text = labels.get(given, given) if isinstance(given, str) else f"{given:.10g}"
    if item.type == "datetime":
        text = str(text)[:16].replace("T", " ")
    return f"{text} {item.unit}" if item.unit else text


def listed(items: list[FormItem], answers: Answers, red: set[str], before: str = "") -> Iterator[ShownAnswer]:
    """Each answered question in the order of the form; of a repeating group one after the other."""
    for item in items:
        if item.repeats:
            for n, one in enumerate(repetitions(item, answers)):
                yield from listed(item.items, one, red, f"{before}{item.text} {n + 1}：")
            continue
        if is_question(item) and item.link_id in answers:
            yield ShownAnswer(
                link_id=item.link_id,
                text=before + item.text,
                answer_text=in_words(item, answers[item.link_id]),
                red=item.link_id in red,
                photos=_photos(item, answers[item.link_id]),
            )
        yield from listed(item.items, answers, red, before)


def _photos(item: FormItem, given: Answer) -> list[str]:
    return [one for one in given if isinstance(one, str)] if item.type == "photo" and isinstance(given, list) else []
