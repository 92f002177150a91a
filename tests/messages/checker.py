"""WECHAT.md 4.2 written once more, by other means than ours: whether a value keeps the table of its type."""

import re
import unicodedata
from datetime import datetime

from server.messages.models import FieldShape


def keeps(field: FieldShape, value: str) -> bool:
    """Whether WeChat would take this value for this field."""
    if not value.strip() or value != value.strip():
        return False
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in value):
        return False
    check = {
        "thing": lambda: len(value) <= 20,
        "number": lambda: len(value) <= 32 and value.replace(".", "", 1).isdecimal() and value.isascii(),
        "letter": lambda: len(value) <= 32 and value.isascii() and value.isalpha(),
        "symbol": lambda: len(value) <= 5 and not any(c.isalnum() for c in value),
        "character_string": lambda: len(value) <= 32 and value.isascii(),
        "time": lambda: all(_is_time(part) for part in _span(value)),
        "date": lambda: all(_is_date(part) for part in _span(value)),
        "amount": lambda: re.fullmatch(r"[¥$€£]?[0-9]{1,10}(\.[0-9]+)?元?", value) is not None,
        "phone_number": lambda: len(value) <= 17 and value.isascii() and not any(c.isalpha() for c in value),
        "car_number": lambda: len(value) <= 8 and value.isalnum() and (value[1:-1].isascii() or len(value) < 3),
        "name": lambda: len(value) <= (20 if value.isascii() else 10) and not any(c.isdigit() for c in value),
        "phrase": lambda: len(value) <= 5 and all("\u4e00" <= c <= "\u9fff" for c in value),
        "const": lambda: value in field.values,
    }.get(field.type, lambda: len(value) <= 20)
    return check()


def _span(value: str) -> list[str]:
    parts = value.split("~")
    return parts if len(parts) <= 2 else [""]


def _is_time(text: str) -> bool:
    day, _, clock = text.rpartition(" ")
    return _is_clock(clock) and (not day or _is_day(day))


def _is_date(text: str) -> bool:
    day, _, clock = text.partition(" ")
    return _is_day(day) and (not clock or _is_clock(clock))


def _is_clock(text: str) -> bool:
    return any(_reads(text, form) for form in ("%H:%M", "%H:%M:%S"))


def _is_day(text: str) -> bool:
    return any(_reads(text, form) for form in ("%Y年%m月%d日", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"))


def _reads(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True
