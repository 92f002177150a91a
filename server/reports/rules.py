"""Which reports a patient may see by himself, what they say, and whose coming is told.

Released are final and corrected reports. Held back are sensitive ones: they are explained by
a person, so that neither the list nor a message names them (HEALTH.md 5).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from server.reports.models import Flag, HisReport, ReportItem, ReportSummary, Trend, TrendPoint

RELEASED = ("final", "corrected")
HELD_TITLE = "检验报告"
HELD_TEXT = "请带证件到开单科室领取，由医生当面为您说明。"
HELD_TEXT_FOR_STAFF = "病人在手机上看不到内容，请当面说明。"
STATEMENT = "本报告仅对送检标本负责。结果请由医生结合病情判断，如有疑问请到门诊咨询。"
NEWS_LASTS = timedelta(hours=24)
_FLAGS: tuple[Flag, ...] = ("H", "L", "HH", "LL", "A")
_RANK = {"preliminary": 0, "final": 1, "corrected": 2, "withdrawn": 3}
Item = dict[str, Any]


def is_newer(version: int, status: str, kept_version: int, kept_status: str) -> bool:
    """Whether a report replaces the copy we keep. Within a version, what is withdrawn stays so."""
    return (version, _RANK.get(status, 0)) > (kept_version, _RANK.get(kept_status, 0))


def is_released(report: HisReport) -> bool:
    """Final or corrected; preliminary and withdrawn ones are shown to nobody here."""
    return report.get("status") in RELEASED


def is_held(report: HisReport) -> bool:
    """Whether a person must hand it over."""
    return bool(report.get("sensitive"))


def is_news(report: HisReport, since: datetime, now: datetime) -> bool:
    """Whether its coming is told: issued since we follow this patient's reports, or within a day."""
    return is_released(report) and reported_at(report) >= min(since, now - NEWS_LASTS)


def reported_at(report: HisReport) -> datetime:
    """When it was issued."""
    return datetime.fromisoformat(report["reported_at"])


def kind_text(report: HisReport) -> str:
    """What a message calls it: never its name."""
    kind = "检查报告" if report["kind"] == "imaging" else "检验报告"
    return f"{kind}（已更正）" if report["status"] == "corrected" else kind


def summary(report: HisReport, department_name: str, *, for_staff: bool = False) -> ReportSummary:
    """A report in a list. What is held from the patient is named to staff only."""
    held = is_held(report)
    hidden = held and not for_staff
    abnormal = sum(1 for item in report.get("items", []) if _flag(item))
    return ReportSummary(
        id=report["id"],
        title=HELD_TITLE if hidden else report["title"],
        kind=report["kind"],
        department_name=department_name,
        reported_at=reported_at(report),
        status=report["status"],
        abnormal_count=None if hidden or report["kind"] == "imaging" else abnormal,
        held=held,
        held_text=(HELD_TEXT_FOR_STAFF if for_staff else HELD_TEXT) if held else None,
    )


def number(value: str) -> float | None:
    """A laboratory value as a number; None for words and for `<0.5`."""
    try:
        found = float(value)
    except ValueError:
        return None
    return found if found == found and abs(found) != float("inf") else None


def items(report: HisReport, history: Sequence[HisReport]) -> list[ReportItem]:
    """The lines of a report; a line has a trend when two reports of `history` give it a number."""
    counts = Counter(
        _key(earlier, item)
        for earlier in history
        for item in earlier.get("items", [])
        if number(item["value"]) is not None
    )
    return [
        ReportItem(
            code=item["code"],
            name=item["name"],
            value=item["value"],
            unit=item.get("unit", ""),
            range_text=item.get("range_text", ""),
            flag=_flag(item),
            has_trend=counts[_key(report, item)] >= 2,
        )
        for item in report.get("items", [])
    ]


def trend(code: str, report: HisReport, history: Sequence[HisReport]) -> Trend | None:
    """An item of a report over time, oldest first: the same code, specimen and unit.

    None when the report does not have the item, or nothing in `history` gives it a number.
    """
    key = next((_key(report, item) for item in report.get("items", []) if item["code"] == code), None)
    found: list[tuple[datetime, Item, float]] = []
    for each in history:
        for item in each.get("items", []):
            value = number(item["value"])
            if value is not None and _key(each, item) == key:
                found.append((reported_at(each), item, value))
    if not found:
        return None
    found.sort(key=lambda f: f[0])
    newest = found[-1][1]
    return Trend(
        name=newest["name"],
        unit=newest.get("unit", ""),
        low=_bound(newest.get("low")),
        high=_bound(newest.get("high")),
        points=[TrendPoint(at=at, value=value, flag=_flag(item)) for at, item, value in found],
    )


def _key(report: HisReport, item: Item) -> tuple[str, str, str]:
    """What makes two results comparable."""
    return item["code"], report.get("specimen") or "", item.get("unit") or ""


def _flag(item: Item) -> Flag | None:
    return next((flag for flag in _FLAGS if item.get("flag") == flag), None)


def _bound(value: object) -> float | None:
    return None if value in (None, "") else number(str(value))
