"""From a FHIR R4 Questionnaire to the derived form and its weights. Source: hl7.org/fhir/R4/questionnaire."""

from typing import Any

from pydantic import ValidationError

from server.questionnaires.models import BadQuestionnaire, Condition, Fhir, Form, FormItem, ItemType, Option

_EXT = "http://hl7.org/fhir/StructureDefinition/"
_TYPES: dict[str, ItemType] = {
    "group": "group",
    "display": "display",
    "boolean": "boolean",
    "integer": "integer",
    "decimal": "decimal",
    "quantity": "decimal",
    "string": "string",
    "text": "text",
    "date": "date",
    "dateTime": "date",
    "choice": "choice",
    "open-choice": "choice",
}
Weights = dict[str, dict[str, float]]
_LONGEST = {"string": 200, "text": 2000}
_WEIGHTS = ("ordinalValue", "itemWeight")
_CHOICES = ("choice", "multi")


def derive(source: Fhir) -> tuple[Form, Weights]:
    """The form and the option weights of a Questionnaire; BadQuestionnaire names what is wrong."""
    if source.get("resourceType") != "Questionnaire":
        raise BadQuestionnaire(problems=["resourceType"])
    weights: Weights = {}
    try:
        return _derive(source, weights), weights
    except ValidationError as error:
        found = [".".join(map(str, e["loc"])) for e in error.errors(include_input=False)]
        raise BadQuestionnaire(problems=found) from None
    except (AttributeError, KeyError, TypeError, ValueError):
        raise BadQuestionnaire(problems=["shape"]) from None


def _derive(source: Fhir, weights: Weights) -> Form:
    items = [_item(item, weights) for item in source.get("item", [])]
    key = str(source.get("url") or source.get("id") or "").rsplit("/", 1)[-1]
    version = str(source.get("version", "1"))
    form = Form(
        questionnaire_id=f"{key}.{version}",
        version=version,
        title=str(source.get("title") or source.get("name") or key),
        intro=str(source.get("description") or ""),
        items=items,
    )
    _check(form)
    return form


def flat(items: list[FormItem]) -> list[FormItem]:
    """All items, parents before their children."""
    return [found for item in items for found in (item, *flat(item.items))]


def _check(form: Form) -> None:
    ids = [item.link_id for item in flat(form.items)]
    doubled = sorted({i for i in ids if ids.count(i) > 1 or not i})
    nowhere = sorted({c.question for i in flat(form.items) for c in i.enable_when} - set(ids))
    empty = [i.link_id for i in flat(form.items) if i.type in _CHOICES and not i.options]
    problems = [f"linkId: {i or '(missing)'}" for i in doubled] + [f"enableWhen: {i}" for i in nowhere]
    problems += [f"no answerOption: {i}" for i in empty]
    if not form.items or not form.questionnaire_id.removesuffix(f".{form.version}"):
        problems.append("item" if not form.items else "url")
    if problems:
        raise BadQuestionnaire(problems=problems)


def _item(source: Fhir, weights: Weights) -> FormItem:
    link_id, kind = str(source.get("linkId", "")), _TYPES.get(str(source.get("type")), "string")
    if kind == "choice" and source.get("repeats"):
        kind = "multi"
    if kind in ("integer", "decimal") and _control(source) == "slider":
        kind = "slider"
    unit = _extension(source, "questionnaire-unit") or {}
    options = [_option(option, link_id, weights) for option in source.get("answerOption", [])]
    return FormItem(
        link_id=link_id,
        text=str(source.get("text", "")),
        type=kind,
        required=bool(source.get("required")),
        options=options,
        min=_extension(source, "minValue"),
        max=_extension(source, "maxValue"),
        step=_extension(source, "questionnaire-sliderStepValue"),
        unit=unit.get("display") or unit.get("code"),
        max_length=source.get("maxLength", _LONGEST.get(kind)),
        enable_when=[_condition(c) for c in source.get("enableWhen", [])],
        enable_behavior=source.get("enableBehavior", "any"),
        items=[_item(child, weights) for child in source.get("item", [])],
    )


def _option(source: Fhir, link_id: str, weights: Weights) -> Option:
    coding = source.get("valueCoding") or {}
    plain = next((source[k] for k in ("valueString", "valueInteger", "valueDate") if k in source), "")
    value = str(coding.get("code") or coding.get("display") or plain)
    found = (_extension(where, name) for where in (source, coding) for name in _WEIGHTS)
    weight = next((each for each in found if each is not None), None)
    if weight is not None:
        weights.setdefault(link_id, {})[value] = float(weight)
    return Option(value=value, label=str(coding.get("display") or value))


def _condition(source: Fhir) -> Condition:
    answer: Any = next((v for k, v in source.items() if k.startswith("answer")), True)
    if isinstance(answer, dict):
        answer = answer.get("code", answer.get("value", ""))
    return Condition(question=str(source.get("question", "")), operator=source.get("operator", "exists"), answer=answer)


def _control(source: Fhir) -> str:
    concept = _extension(source, "questionnaire-itemControl") or {}
    return str(next((c.get("code") for c in concept.get("coding", [])), ""))


def _extension(source: Fhir, name: str) -> Any:
    """The value of an extension, whatever its type; None when it is not there."""
    for extension in source.get("extension", []):
        if extension.get("url") == _EXT + name:
            return next((v for k, v in extension.items() if k.startswith("value")), None)
    return None
