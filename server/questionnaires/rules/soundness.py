"""What makes a file unusable as a questionnaire. Everything else is a warning."""

import json
from typing import Any

from server.questionnaires.models import BadQuestionnaire, Fhir
from server.questionnaires.rules.lenient import rows, text

DEEPEST, MOST = 20, 2000
BOM = b"\xef\xbb\xbf"


def parse(raw: bytes) -> Fhir:
    """The JSON object in these bytes, a byte order mark tolerated; BadQuestionnaire."""
    found = parse_json(raw)
    if not isinstance(found, dict):
        _refuse("not_json", "", "文件不是 JSON 格式，或不完整。")
    return dict(found)


def parse_json(raw: bytes) -> Any:
    """JSON, or None."""
    try:
        return json.loads(raw.removeprefix(BOM).decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None


def _no_number(name: str) -> Any:
    raise ValueError(name)


def check(source: Fhir) -> None:
    """BadQuestionnaire with `problems: [{code, where, text}]` unless it can be used.

    Refused are another resourceType, a missing or doubled linkId, a condition that points nowhere,
    and what no phone could show: more than 2000 items, more than 20 levels.
    """
    if source.get("resourceType") != "Questionnaire":
        _refuse("resource_type", "", "这不是 FHIR 的 Questionnaire（resourceType 不符）。")
    problems: list[dict[str, str]] = []
    places: dict[str, list[str]] = {}
    items: list[tuple[str, Fhir]] = []
    level = [(f"item[{n}]", item) for n, item in enumerate(rows(source, "item"))]
    depth = 0
    while level:
        depth += 1
        items += level
        if depth > DEEPEST or len(items) > MOST:
            _refuse("too_large", "", f"题目太多或层次太深（最多 {MOST} 题、{DEEPEST} 层）。")
        level = [(f"{at}.item[{n}]", child) for at, item in level for n, child in enumerate(rows(item, "item"))]
    for at, item in items:
        link_id = text(item, "linkId")
        if link_id.strip():
            places.setdefault(link_id, []).append(at)
        else:
            said = text(item, "text")[:40]
            shown = f"（{said}）" if said else ""
            problems.append(_problem("missing_link_id", at, f"第 {at} 处的题目没有 linkId{shown}。"))
    for link_id, found in places.items():
        if len(found) > 1:
            where = "、".join(found)
            problems.append(
                _problem("doubled_link_id", where, f"linkId “{link_id[:64]}” 用了 {len(found)} 次：{where}。")
            )
    for at, item in items:
        for condition in rows(item, "enableWhen"):
            question = text(condition, "question")
            if question not in places:
                told = f"“{text(item, 'linkId')[:64]}” 的显示条件指向不存在的题目 “{question[:64]}”。"
                problems.append(_problem("enable_when_nowhere", at, told))
    if problems:
        raise BadQuestionnaire(problems=problems)


def _problem(code: str, where: str, said: str) -> dict[str, str]:
    return {"code": code, "where": where, "text": said}


def _refuse(code: str, where: str, said: str) -> None:
    raise BadQuestionnaire(problems=[_problem(code, where, said)])
