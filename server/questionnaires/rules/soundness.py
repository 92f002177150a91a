"""What makes a file unusable as a questionnaire. Everything else is a warning."""

import json
from typing import Any

from server.questionnaires.models import BadQuestionnaire, Fhir
from server.questionnaires.rules.lenient import rows, text

DEEPEST, MOST = 20, 2000
MOST_OPTIONS, MOST_CONDITIONS, MOST_NESTED = 20_000, 4000, 100
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
        found = json.loads(raw.removeprefix(BOM).decode(), parse_constant=_no_number)
        if b"\\ud" in raw or b"\\uD" in raw:  # half a character cannot be written down again
            json.dumps(found, ensure_ascii=False).encode()
        return found
    except (ValueError, RecursionError):
        return None


def _no_number(name: str) -> Any:
    raise ValueError(name)


def check(source: Fhir) -> None:
    """BadQuestionnaire with `problems: [{code, where, text}]` unless it can be used.

    Refused are another resourceType, a missing or doubled linkId, a condition that points nowhere,
    and what no phone could show: more than 2000 items, 4000 conditions, 20 levels.
    """
    if source.get("resourceType") != "Questionnaire":
        _refuse("resource_type", "", "这不是 FHIR 的 Questionnaire（resourceType 不符）。")
    if _is_deep(source):
        refuse_size(f"文件里的内容一层套一层，太深了（最多 {MOST_NESTED} 层）。")
    problems: list[dict[str, str]] = []
    places: dict[str, list[str]] = {}
    items: list[tuple[str, Fhir]] = []
    level = [(f"item[{n}]", item) for n, item in enumerate(rows(source, "item"))]
    depth = 0
    while level:
        depth += 1
        items += level
        if depth > DEEPEST or len(items) > MOST:
            refuse_size(f"题目太多或层次太深（最多 {MOST} 题、{DEEPEST} 层）。")
        level = [(f"{at}.item[{n}]", child) for at, item in level for n, child in enumerate(rows(item, "item"))]
    if sum(len(rows(item, "enableWhen")) for _, item in items) > MOST_CONDITIONS:
        refuse_size(f"显示条件太多（最多 {MOST_CONDITIONS} 个）。")
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


def _is_deep(source: Fhir) -> bool:
    """Whether more is nested than can be written out again."""
    level: list[Any] = [source]
    for _ in range(MOST_NESTED):
        inside = [list(one.values()) if isinstance(one, dict) else one for one in level]
        level = [one for listed in inside for one in listed if isinstance(one, dict | list)]
    return bool(level)


def refuse_size(said: str) -> None:
    """BadQuestionnaire for what is too large."""
    _refuse("too_large", "", said)


def _problem(code: str, where: str, said: str) -> dict[str, str]:
    return {"code": code, "where": where, "text": said}


def _refuse(code: str, where: str, said: str) -> None:
    raise BadQuestionnaire(problems=[_problem(code, where, said)])
