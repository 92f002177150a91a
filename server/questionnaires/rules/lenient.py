"""Reading JSON that may be wrong in any place: what is not there or of another kind counts as nothing."""

import math
import re
from typing import Any

from server.questionnaires.models import Fhir

CHINESE = re.compile(r"^zh(-|$)", re.IGNORECASE)


def rows(source: Fhir, name: str) -> list[Fhir]:
    """The objects of a list; one object alone counts as a list of one."""
    found = source.get(name)
    if isinstance(found, dict):
        found = [found]
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def part(source: Fhir, name: str) -> Fhir:
    """An object inside."""
    found = source.get(name)
    return found if isinstance(found, dict) else {}


def text(source: Fhir, name: str) -> str:
    """A text, or a number as text."""
    found = source.get(name)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return str(found)


def chinese(source: Fhir, name: str) -> str:
    """A text in Chinese where the file carries a translation, otherwise as it stands."""
    for translated in extensions(part(source, f"_{name}"), "translation"):
        said = {str(e.get("url")): value_of(e) for e in rows(translated, "extension")}
        if CHINESE.match(str(said.get("lang", ""))) and said.get("content"):
            return str(said["content"])
    return text(source, name)


def yes(source: Fhir, name: str) -> bool:
    """True, also where somebody wrote "true"."""
    return source.get(name) in (True, "true")


def number(value: Any) -> float | None:
    """A finite number, also where it is written as text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def value_of(source: Fhir, prefix: str = "value") -> Any:
    """FHIR's value[x], whatever its type; None when there is none."""
    return next((v for k, v in source.items() if k.startswith(prefix) and k != prefix), None)


def extensions(source: Fhir, *names: str) -> list[Fhir]:
    """The extensions whose address ends in one of these names."""
    found = rows(source, "extension") + rows(source, "modifierExtension")
    return [e for e in found if str(e.get("url", "")).rsplit("/", 1)[-1] in names]


def extension(source: Fhir, *names: str) -> Any:
    """The value of the first such extension; None when there is none."""
    return next((value for e in extensions(source, *names) if (value := value_of(e)) is not None), None)
