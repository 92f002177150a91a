"""A CSV of patients: card or document number and the anchor's date; what is wrong with each line."""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date

from server.plans.models.papers import LineError
from server.plans.models.refusals import BadSheet, SheetTooLong

MOST_LINES = 2000
_NUMBER = ("卡号", "就诊卡号", "住院号", "证件号", "证件号码", "身份证号", "number")
_DATE = ("起始日期", "日期", "出院日期", "就诊日期", "手术日期", "分娩日期", "末次月经", "报告日期", "date")
_DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the sheet; `number` is the line as a spreadsheet counts it."""

    line: int
    number: str
    on: str


def read(content: bytes) -> tuple[list[Line], list[LineError]]:
    """Lines and errors of a UTF-8 or GBK file with a heading; BadSheet, SheetTooLong."""
    try:
        rows = list(csv.reader(io.StringIO(_text(content), newline="")))
    except csv.Error:  # a cell without an end
        raise BadSheet() from None
    if not rows:
        raise BadSheet()
    heading = [cell.strip() for cell in rows[0]]
    numbers = [i for i, cell in enumerate(heading) if cell.lower() in _NUMBER]
    dates = [i for i, cell in enumerate(heading) if cell.lower() in _DATE]
    if not numbers or len(dates) != 1:
        raise BadSheet()
    if len(rows) - 1 > MOST_LINES:
        raise SheetTooLong()
    lines, problems = list[Line](), list[LineError]()
    seen: dict[str, int] = {}
    for place, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        number = next((row[i].strip() for i in numbers if i < len(row) and row[i].strip()), "").lstrip("'")
        on = _day(row[dates[0]] if dates[0] < len(row) else "")
        if not number or len(number) > 40:
            problems.append(LineError(line=place, text="没有卡号或证件号"))
        elif on is None:
            problems.append(LineError(line=place, text="起始日期不对，请写成 2026-11-25"))
        elif number.upper() in seen:
            problems.append(LineError(line=place, text=f"与第 {seen[number.upper()]} 行重复"))
        else:
            seen[number.upper()] = place
            lines.append(Line(place, number, on))
    return lines, problems


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadSheet()


def _day(cell: str) -> str | None:
    found = _DAY.match(cell.strip())
    if not found:
        return None
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        return None
