"""The limits of template and subscribe message fields by type; a breach is errcode 47003 with WeChat's text."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from server.sandbox.state import Doc
from server.sandbox.tokens import WeChatError

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_DAY = r"\d{4}(?:年(?:1[0-2]|0?[1-9])月(?:[12]\d|3[01]|0?[1-9])日|[-/.](?:1[0-2]|0?[1-9])[-/.](?:[12]\d|3[01]|0?[1-9]))"
_CLOCK = r"(?:2[0-4]|[01]?\d):[0-5]\d(?::[0-5]\d)?"
_TIME = re.compile(rf"(?:{_DAY}\s*)?{_CLOCK}")
_DATE = re.compile(rf"{_DAY}(?:\s*{_CLOCK})?")
_AMOUNT = re.compile(r"[¥￥$€£]?\d{1,10}(?:\.\d{1,2})?元?")


def check_data(template: Doc, data: Any) -> dict[str, str]:
    """The values by key when every field of the template is there and right; 47003 names the first wrong one."""
    if not isinstance(data, dict):
        raise WeChatError(47003, "argument invalid! data invalid")
    values = {}
    for field in template["fields"]:
        key = field["key"]
        value = data.get(key, {}).get("value") if isinstance(data.get(key), dict) else None
        if not isinstance(value, str | int | float) or not fits(key, str(value), field.get("values")):
            raise WeChatError(47003, f"argument invalid! data.{key}.value invalid")
        values[key] = str(value)
    return values


def fits(key: str, value: str, allowed: list[str] | None = None) -> bool:
    """Whether a value keeps the limit of its type; the type is the key without its number."""
    kind = key.rstrip("0123456789")
    if not value.strip() or any(unicodedata.category(c) == "Cc" for c in value):
        return False
    if kind == "const":
        return value in (allowed or [])
    check = _CHECKS.get(kind)
    return check(value) if check else len(value) <= 20


def _is_range(value: str, one: re.Pattern[str]) -> bool:
    parts = [part.strip() for part in value.split("~")]
    return len(parts) <= 2 and all(one.fullmatch(part) for part in parts)


def _is_time(value: str) -> bool:
    return _is_range(value, _TIME) or _is_range(value, _DATE)


def _is_name(value: str) -> bool:
    return len(value) <= (10 if _CHINESE.search(value) else 20)


_CHECKS: dict[str, Callable[[str], bool]] = {
    "thing": lambda v: len(v) <= 20,
    "number": lambda v: bool(re.fullmatch(r"-?\d{1,32}(?:\.\d+)?", v)) and len(v) <= 32,
    "letter": lambda v: bool(re.fullmatch(r"[A-Za-z]{1,32}", v)),
    "symbol": lambda v: len(v) <= 5 and not any(c.isalnum() for c in v),
    "character_string": lambda v: len(v) <= 32 and not _CHINESE.search(v) and v.isascii(),
    "time": _is_time,
    "date": lambda v: _is_range(v, _DATE),
    "amount": lambda v: bool(_AMOUNT.fullmatch(v)),
    "phone_number": lambda v: bool(re.fullmatch(r"[\d+\-() ]{1,17}", v)),
    "car_number": lambda v: len(v) <= 8,
    "name": _is_name,
    "phrase": lambda v: bool(re.fullmatch(r"[\u3400-\u9fff]{1,5}", v)),
}
