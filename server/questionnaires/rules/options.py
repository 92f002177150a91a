"""The options of a question and their points, from all the places where files keep them.

Points stand as an extension on the answerOption, on its coding (or beside its plain value), on a concept of a contained
ValueSet (composed or expanded), in an expanded concept's property, or in a contained CodeSystem;
or nowhere, for LOINC's frequency list, whose points are known.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from server.questionnaires.models import Fhir, Option
from server.questionnaires.rules.lenient import chinese, extension, extensions, number, part, rows, text, value_of

Warn = Callable[[str], None]
_POINTS = (
    "ordinalValue",
    "itemWeight",
    "questionnaire-ordinalValue",
    "valueset-ordinalValue",
    "codesystem-ordinalValue",
)
_LOINC = "http://loinc.org"
FREQUENCY = {
    "LA6568-5": ("完全没有", 0.0),
    "LA6569-3": ("有几天", 1.0),
    "LA6570-1": ("一半以上的日子", 2.0),
    "LA6571-9": ("几乎每天", 3.0),
}
_KNOWN_LISTS = {"http://loinc.org/vs/LL358-3", "http://loinc.org/vs/LL358-3/"}


@dataclass
class Choices:
    """The options of one question; points and FHIR values by option."""

    options: list[Option] = field(default_factory=list)
    points: dict[str, float] = field(default_factory=dict)
    codings: dict[str, Fhir] = field(default_factory=dict)

    def add(self, value: Fhir, points: float | None) -> bool:
        """Take one in: a FHIR value[x] with its points. False when that option is there already."""
        coding = part(value, "valueCoding")
        plain = text(value, next((k for k in value if k.startswith("value")), ""))
        found = text(coding, "code") or text(coding, "display") or plain
        if not found or found in self.codings:
            return False
        self.options.append(Option(value=found, label=chinese(coding, "display") or found))
        self.codings[found] = value
        if points is not None:
            self.points[found] = points
        return True


def choices(item: Fhir, contained: dict[str, Fhir], warn: Warn) -> Choices:
    """The options of an item; warns of what cannot be had."""
    found = Choices()
    for option in rows(item, "answerOption"):
        coding = part(option, "valueCoding")
        value = {k: v for k, v in option.items() if k.startswith("value")}
        beside = next((part(option, k) for k in option if k.startswith("_value")), {})
        if not found.add(value, _points(option, coding, beside)):
            warn("有一个选项是空的或与别的选项代码相同，已略去。")
    address = text(item, "answerValueSet")
    if address and not found.options:
        _from_set(address, contained, found, warn)
    if found.options and not found.points and set(found.codings) <= set(FREQUENCY):
        found.points = {code: FREQUENCY[code][1] for code in found.codings}
        warn("选项没有带分值，按 LOINC 常用的频率表计 0 到 3 分，请核对。")
    if found.points and len(found.points) < len(found.options):
        warn("只有一部分选项带分值。")
    return found


def _points(*places: Fhir) -> float | None:
    for place in places:
        points = number(extension(place, *_POINTS))
        if points is not None:
            return points
        for row in rows(place, "property"):
            if text(row, "code") in _POINTS:
                return number(value_of(row))
        for kept in extensions(place, "extension-ValueSet.expansion.contains.property"):
            said = {str(e.get("url")): value_of(e) for e in rows(kept, "extension")}
            if str(said.get("code")) in _POINTS:
                return number(next((v for k, v in said.items() if k.startswith("value")), None))
    return None


def _from_set(address: str, contained: dict[str, Fhir], found: Choices, warn: Warn) -> None:
    inside = contained.get(address.removeprefix("#").split("|")[0])
    if inside is None and address.split("|")[0] in _KNOWN_LISTS:
        for code, (label, points) in FREQUENCY.items():
            found.add({"valueCoding": {"system": _LOINC, "code": code, "display": label}}, points)
        warn("选项取自 LOINC 答案表 LL358-3，用的是系统自带的中文和 0 到 3 分，请核对。")
        return
    if inside is None:
        warn(f"选项在外部字典 {address[:120]} 里，取不到，改为文字填写。")
        return
    systems = {text(c, "url"): c for c in contained.values() if c.get("resourceType") == "CodeSystem"}
    concepts = _expanded(rows(part(inside, "expansion"), "contains"))
    if not concepts:
        for include in rows(part(inside, "compose"), "include"):
            system = text(include, "system")
            listed = rows(include, "concept") or rows(systems.get(system, {}), "concept")
            concepts += [(system, concept) for concept in listed]
    for system, concept in concepts:
        code = text(concept, "code")
        defined = next((c for c in rows(systems.get(system, {}), "concept") if text(c, "code") == code), {})
        coding = {"system": system, "code": code, "display": _in_chinese(concept)}
        found.add({"valueCoding": {k: v for k, v in coding.items() if v}}, _points(concept, defined))
    if not found.options:
        warn(f"选项表 {address[:120]} 是空的，改为文字填写。")


def _expanded(contains: list[Fhir]) -> list[tuple[str, Fhir]]:
    found: list[tuple[str, Fhir]] = []
    for row in contains:
        if text(row, "code") and row.get("abstract") is not True:
            found.append((text(row, "system"), row))
        found += _expanded(rows(row, "contains"))
    return found


def _in_chinese(concept: Fhir) -> str:
    said = (d for d in rows(concept, "designation") if text(d, "language").lower().startswith("zh"))
    return next((text(d, "value") for d in said), "") or chinese(concept, "display")
