"""How a value is fitted to the type of its field (WECHAT.md 4.2).

A value is shortened or replaced rather than refused, so that no notice is lost for a long
department name; and what goes out always keeps the table, or WeChat would refuse it (47003).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from server.messages.models import FieldShape, Template

UNKNOWN = "见详情"
_EMOJI = re.compile("[\u2600-\u27bf\ufe00-\ufe0f\U0001f000-\U0001faff]")  # WeChat takes them out
_CHINESE = re.compile("[\u3400-\u9fff]")
_DAY_OR_CLOCK = re.compile(
    r"(?<![0-9])(?P<day>[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日|[0-9]{1,2}月[0-9]{1,2}日"
    r"|[0-9]{4}(?P<join>[-/.])[0-9]{1,2}(?P=join)[0-9]{1,2}(?![0-9]))"
    r"|(?<![0-9:])(?P<clock>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)(?![0-9:])"
)
_NUMBER = re.compile(r"(?<![0-9])[0-9]{1,32}(?:\.[0-9]+)?(?![0-9])")
_AMOUNT = re.compile(r"[¥$€£]?(?<![0-9])([0-9]{1,10})(\.[0-9]{1,2})?[0-9]*(?![0-9])元?")


def fill(template: Template, facts: Mapping[str, str], on: str) -> dict[str, str]:
    """The data of a template message: every keyword of the template, fitted. `on`: the day it was composed."""
    return {field.key: fit(field, facts.get(field.label, UNKNOWN), on) for field in template.fields}


def fill_info(info: Mapping[str, str], facts: Mapping[str, str], on: str) -> dict[str, Any]:
    """The business_info of 微信就医助手; times as 2026-11-26 08:30."""
    said: dict[str, Any] = {}
    for name, label in info.items():
        text = facts.get(label, UNKNOWN)
        said[name] = _iso(fit(_TIME, text, on)) if name.endswith("_time") else fit(_THING, text, on)
    return said


_TIME, _THING = FieldShape(key="time1", label=""), FieldShape(key="thing1", label="")


def _iso(text: str) -> str:
    found = re.match("([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日(.*)", text)
    return f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}{found[4]}" if found else text


def fit(field: FieldShape, value: str, on: str) -> str:
    """A value as its field type allows it; never empty."""
    text = " ".join("".join(c if c.isprintable() else " " for c in _EMOJI.sub("", value)).split())
    if field.type == "const":
        return text if text in field.values else field.values[0]
    if field.type in ("time", "date"):
        return _moment(field.type, _narrow(text), on)
    fitted = _FIT.get(field.type, _thing)(text)
    return fitted.strip() or _OTHERWISE.get(field.type, UNKNOWN)


def _narrow(text: str) -> str:
    """Full-width letters, digits and signs as the usual ones."""
    return unicodedata.normalize("NFKC", text)


def _size(text: str) -> int:
    """How long WeChat finds a text: a character outside the basic plane may count twice."""
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, limit: int, mark: str = "") -> str:
    if _size(text) <= limit:
        return text
    while _size(text) > limit - len(mark):
        text = text[:-1]
    return text + mark


def _thing(text: str) -> str:
    return _cut(text, 20, "…")


def _only(pattern: str, limit: int) -> Callable[[str], str]:
    """Keep what the pattern allows, up to a limit."""
    other = re.compile(f"[^{pattern}]")
    return lambda text: other.sub("", _narrow(text)).strip()[:limit]


def _number(text: str) -> str:
    found = _NUMBER.search(_narrow(text).replace(",", ""))
    return found[0][:32].rstrip(".") if found else ""


def _amount(text: str) -> str:
    found = _AMOUNT.search(_narrow(text).replace(",", ""))
    if found is None:
        return ""
    sign, last = found[0][0], found[0][-1]
    return (sign if sign in "¥$€£" else "") + found[1] + (found[2] or "") + ("元" if last == "元" else "")


def _symbol(text: str) -> str:
    return "".join(c for c in text if not c.isalnum() and not c.isspace() and _size(c) == 1)[:5]


def _car_number(text: str) -> str:
    kept = [c for c in _narrow(text).upper() if (c.isascii() and c.isalnum()) or _CHINESE.match(c)][:8]
    return "".join(c for i, c in enumerate(kept) if c.isascii() or i in (0, len(kept) - 1))


def _name(text: str) -> str:
    """Ten characters with Chinese among them, twenty letters or signs without; no digits."""
    kept = "".join(c for c in text if not c.isnumeric()).strip()
    return _cut(kept, 20 if kept.isascii() else 10)


_FIT: dict[str, Callable[[str], str]] = {
    "thing": _thing,
    "number": _number,
    "letter": _only("A-Za-z", 32),
    "symbol": _symbol,
    "character_string": _only("\x20-\x7e", 32),
    "amount": _amount,
    "phone_number": _only(r"0-9+\-() ", 17),
    "car_number": _car_number,
    "name": _name,
    "phrase": _only("\u4e00-\u9fff", 5),
}
_OTHERWISE = {
    "number": "0",
    "letter": "N",
    "symbol": "-",
    "character_string": "-",
    "amount": "0元",
    "phone_number": "-",
    "car_number": "0",
    "phrase": "详情",
}


# --- time and date ----------------------------------------------------------------------------------


def _moment(kind: str, text: str, on: str) -> str:
    """The first moment in a text, or the span of two, as WeChat wants it; a time has a clock, a date has a day."""
    found: list[tuple[str, str]] = []
    for match in _DAY_OR_CLOCK.finditer(text):
        day, clock = _valid_day(match["day"], on), _valid_clock(match["clock"])
        if day:
            found.append((day, ""))
        elif clock and found and not found[-1][1]:
            found[-1] = (found[-1][0], clock)
        elif clock:
            found.append(("", clock))
    if kind == "time":
        said = [f"{day} {clock or '00:00'}".strip() for day, clock in found]
    else:
        said = [f"{day} {clock}".strip() for day, clock in found if day]
    return "~".join(said[:2]) or ("00:00" if kind == "time" else on)


def _valid_day(text: str | None, on: str) -> str:
    """The day as it was written, with its year: 11月25日 becomes 2026年11月25日, the one nearest to `on`."""
    if text is None:
        return ""
    numbers = [int(part) for part in re.findall("[0-9]+", text)]
    if len(numbers) == 2:
        away = numbers[0] - int(on[5:7])
        year = int(on[:4]) + (away < -6) - (away > 6)
        numbers, text = [year, *numbers], f"{year}年{text}"
    try:
        date(*numbers)
    except ValueError:
        return ""
    return text


def _valid_clock(text: str | None) -> str:
    parts: Sequence[int] = [int(part) for part in (text or "").split(":") if part]
    return text or "" if parts and parts[0] <= 23 and all(part <= 59 for part in parts[1:]) else ""
