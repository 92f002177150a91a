"""Answers as a FHIR QuestionnaireResponse, and answers out of one. Source: hl7.org/fhir/R4/questionnaireresponse."""

from collections.abc import Callable, Mapping
from typing import Any

from server.questionnaires.models import Answer, Answers, Derived, Fhir, FormItem, Warned
from server.questionnaires.rules.answers import problem_of
from server.questionnaires.rules.enable_when import repetitions
from server.questionnaires.rules.fhir import flat, is_question, key_of
from server.questionnaires.rules.lenient import number, part, rows, text, value_of

UCUM = "http://unitsofmeasure.org"
WEIGHT = "http://hl7.org/fhir/StructureDefinition/itemWeight"
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
_PLAIN = {
    "boolean": "valueBoolean",
    "integer": "valueInteger",
    "decimal": "valueDecimal",
    "date": "valueDate",
    "datetime": "valueDateTime",
    "string": "valueString",
    "text": "valueString",
}


def write(derived: Derived, answers: Answers, address: str = "", **about: Any) -> Fhir:
    """A QuestionnaireResponse of checked answers. `about`: id, status, authored, subject, source …"""
    found: Fhir = {"resourceType": "QuestionnaireResponse"} | {k: v for k, v in about.items() if v is not None}
    found.setdefault("status", "completed")
    found["questionnaire"] = f"{address or 'Questionnaire/' + key_of(derived.form)}|{derived.form.version}"
    found["item"] = _items(derived, derived.form.items, answers)
    return found


def _items(derived: Derived, items: list[FormItem], answers: Answers) -> list[Fhir]:
    found: list[Fhir] = []
    for item in items:
        if item.repeats:
            for one in repetitions(item, answers):
                found.append(_head(item) | {"item": _items(derived, item.items, one)})
            continue
        inside = _items(derived, item.items, answers)
        if not is_question(item):
            if inside:
                found.append(_head(item) | {"item": inside})
        elif item.link_id in answers:
            given = answers[item.link_id]
            said = [_value(derived, item, one) for one in (given if isinstance(given, list) else [given])]
            if inside:
                said[0] = said[0] | {"item": inside}
            found.append(_head(item) | {"answer": said})
    return found


def _head(item: FormItem) -> Fhir:
    return {"linkId": item.link_id} | ({"text": item.text} if item.text else {})


def _value(derived: Derived, item: FormItem, given: Any) -> Fhir:
    if item.type == "slider":
        return {"valueInteger" if isinstance(given, int) else "valueDecimal": given}
    if item.type == "time":
        return {"valueTime": f"{given}:00"}
    if item.type == "photo":
        return {"valueAttachment": {"title": given}}
    if item.type == "quantity":
        units = {unit.value: unit.label for unit in item.units}
        code = given.get("unit")
        measured: Fhir = {"value": given["value"], "unit": units.get(code, code), "system": UCUM, "code": code}
        return {"valueQuantity": {"value": given["value"]} if code is None else measured}
    if isinstance(given, dict):
        return {"valueString": given["other"]}
    if item.options:
        return _choice(derived, item, str(given))
    return {_PLAIN.get(item.type, "valueString"): given}


def _choice(derived: Derived, item: FormItem, value: str) -> Fhir:
    """The option's own FHIR value, with its points for expressions that ask for them."""
    label = next((option.label for option in item.options if option.value == value), value)
    kept = derived.codings.get(item.link_id, {}).get(value) or {"valueCoding": {"code": value, "display": label}}
    coding, points = part(kept, "valueCoding"), derived.weights.get(item.link_id, {}).get(value)
    if points is None:
        return kept
    weighed = [{"url": url, "valueDecimal": points} for url in (WEIGHT, ORDINAL)]
    if not coding:
        return kept | {f"_{k}": {"extension": weighed} for k in kept}
    there = [e for e in rows(coding, "extension") if e.get("url") not in (WEIGHT, ORDINAL)]
    return {"valueCoding": coding | {"extension": there + weighed}}


def read(derived: Derived, source: Fhir) -> tuple[Answers, list[Warned]]:
    """The answers of a QuestionnaireResponse, as far as they fit; warnings say what was left out."""
    warnings: list[Warned] = []
    named = text(source, "questionnaire").split("|")[0].rstrip("/").rsplit("/", 1)[-1]
    if not named:
        warnings.append(Warned(text="答卷没有写明是哪份问卷的，按您选的问卷读取。"))
    elif named != key_of(derived.form):
        warnings.append(Warned(text=f"答卷写的是问卷“{named[:64]}”，与您选的不同，请核对。"))
    if text(source, "status") not in ("completed", "amended"):
        warnings.append(Warned(text="答卷没有标明已完成。"))
    answers: Answers = {}
    known = {item.link_id: item for item in flat(derived.form.items)}
    _read(rows(source, "item"), known, answers, warnings)
    return answers, warnings


def _read(found: list[Fhir], known: Mapping[str, FormItem], answers: Answers, warnings: list[Warned]) -> None:
    for row in found:
        link_id = text(row, "linkId")
        item = known.get(link_id)
        inside = rows(row, "item") + [child for a in rows(row, "answer") for child in rows(a, "item")]
        if item is None:
            if rows(row, "answer") or not inside:
                warnings.append(Warned(link_id=link_id or None, text="问卷里没有这道题，答案没有采用。"))
            _read(inside, known, answers, warnings)
            continue
        if item.repeats:
            one: Answers = {}
            _read(inside, known, one, warnings)
            kept = answers.setdefault(link_id, [])
            if isinstance(kept, list) and one:
                kept.append(one)
            continue
        if item.type == "photo":
            warnings.append(Warned(link_id=link_id, text="答卷里的附件没有导入。"))
            continue
        given = _given(item, rows(row, "answer"))
        if given is not None and is_question(item):
            if link_id in answers:
                warnings.append(Warned(link_id=link_id, text="这题答了不止一次，只取第一次。"))
            elif problem := problem_of(item, given):
                warnings.append(
                    Warned(link_id=link_id, text=f"答案不合题目的要求（{_SAID.get(problem, problem)}），没有采用。")
                )
            else:
                answers[link_id] = given
        _read(inside, known, answers, warnings)


_SAID = {
    "wrong_type": "类型不对",
    "unknown_option": "没有这个选项",
    "out_of_range": "超出范围",
    "too_long": "太长",
    "too_many": "太多",
    "wrong_pattern": "格式不对",
}


def _given(item: FormItem, said: list[Fhir]) -> Answer | None:
    values = [v for row in said if (v := _read_value(item, value_of(row))) is not None]
    if not values:
        return None
    if item.type in ("multi", "open_multi", "body_site"):
        return values
    found: Answer = values[0]
    return found


def _read_value(item: FormItem, value: Any) -> Any:
    read_one: Callable[[FormItem, Any], Any] | None = _READERS.get(item.type)
    if read_one:
        return read_one(item, value)
    if isinstance(value, dict):
        value = text(value, "display") or text(value, "code") or text(value, "value")
    return value


def _read_choice(item: FormItem, value: Any) -> Any:
    if isinstance(value, dict):
        said = [text(value, "code"), text(value, "display")]
    else:
        said = [str(value)] if isinstance(value, str | int | float) else []
    for one in said:
        for option in item.options:
            if one and one.casefold() in (option.value.casefold(), option.label.casefold()):
                return option.value
    words = next((one for one in reversed(said) if one), None)
    if words is None:
        return None
    return {"other": words} if item.type in ("open_choice", "open_multi") else words


def _read_quantity(item: FormItem, value: Any) -> Any:
    if not isinstance(value, dict):
        return {"value": value} if isinstance(value, int | float) else None
    amount = number(value.get("value"))
    unit = text(value, "code") or text(value, "unit")
    if item.units and unit not in {one.value for one in item.units}:
        unit = next((one.value for one in item.units if one.label == text(value, "unit")), unit)
    return None if amount is None else {"value": amount} | ({"unit": unit} if unit else {})


def _read_number(item: FormItem, value: Any) -> Any:
    if isinstance(value, dict):
        value = value.get("value")
    found = number(value)
    return int(found) if found is not None and found == int(found) and item.type == "integer" else found


def _read_time(item: FormItem, value: Any) -> Any:
    return value[:5] if isinstance(value, str) else value


def _read_day(item: FormItem, value: Any) -> Any:
    return value[:10] if isinstance(value, str) else value


def _read_instant(item: FormItem, value: Any) -> Any:
    """A day alone is its beginning in Shanghai, and so is a time without an offset."""
    if isinstance(value, str) and len(value) == 10:
        return f"{value}T00:00:00+08:00"
    has_offset = isinstance(value, str) and (value.endswith("Z") or "+" in value[10:] or "-" in value[10:])
    return value if has_offset or not isinstance(value, str) else f"{value}+08:00"


_READERS: dict[str, Callable[[FormItem, Any], Any]] = {
    "choice": _read_choice,
    "dropdown": _read_choice,
    "multi": _read_choice,
    "open_choice": _read_choice,
    "open_multi": _read_choice,
    "body_site": _read_choice,
    "quantity": _read_quantity,
    "integer": _read_number,
    "decimal": _read_number,
    "slider": _read_number,
    "date": _read_day,
    "datetime": _read_instant,
    "time": _read_time,
}
