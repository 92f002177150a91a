"""The rules of reports, tried without any server."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.reports import rules

NOW = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)


def report(days_ago: float = 0, *values: str, **changes: Any) -> dict[str, Any]:
    at = (NOW - timedelta(days=days_ago)).isoformat()
    items = [
        {"code": "GLU", "name": "葡萄糖", "value": v, "unit": "mmol/L", "low": "3.9", "high": "6.1"} for v in values
    ]
    fields = {"id": "R1", "title": "血糖", "kind": "lab", "status": "final", "version": 1, "reported_at": at}
    return {**fields, "specimen": "血清", "department_id": "d", "items": items, **changes}


@pytest.mark.parametrize(
    ("new", "kept", "newer"),
    [
        ((2, "corrected"), (1, "final"), True),
        ((1, "final"), (2, "corrected"), False),
        ((1, "final"), (1, "preliminary"), True),
        ((1, "preliminary"), (1, "final"), False),
        ((1, "withdrawn"), (1, "final"), True),
        ((1, "final"), (1, "withdrawn"), False),
        ((2, "corrected"), (1, "withdrawn"), True),
        ((1, "final"), (1, "final"), False),
        ((1, "something new"), (1, "final"), False),
    ],
)
def test_versions_only_go_forward(new: tuple[int, str], kept: tuple[int, str], newer: bool) -> None:
    assert rules.is_newer(*new, *kept) is newer


@pytest.mark.parametrize("status", ["preliminary", "withdrawn", "", "FINAL", None])
@pytest.mark.covers("A10.1")
def test_only_final_and_corrected_ones_are_released(status: str | None) -> None:
    assert not rules.is_released(report(status=status))
    assert rules.is_released(report())
    assert rules.is_released(report(status="corrected"))


@pytest.mark.parametrize(
    ("days_ago", "since_days_ago", "news"), [(0, 0, True), (0.9, 0, True), (1.1, 0, False), (3, 5, True), (6, 5, False)]
)
def test_news_is_what_came_since_we_follow_or_within_a_day(days_ago: float, since_days_ago: int, news: bool) -> None:
    assert rules.is_news(report(days_ago), NOW - timedelta(days=since_days_ago), NOW) is news
    assert not rules.is_news(report(days_ago, status="withdrawn"), NOW - timedelta(days=9), NOW)


@pytest.mark.parametrize("text", ["<0.5", ">100", "阴性", "", "1+", "nan", "inf", "-", "1,5"])
def test_what_is_no_plain_number_has_no_place_on_a_curve(text: str) -> None:
    assert rules.number(text) is None


@given(st.text(max_size=12))
def test_any_value_is_a_number_or_none(text: str) -> None:
    found = rules.number(text)
    assert found is None or found - found == 0


@pytest.mark.covers("A10.2")
def test_a_curve_joins_only_the_same_specimen_and_unit() -> None:
    blood = [report(0, "6.20"), report(30, "5.80")]
    urine = report(10, "9.99", specimen="尿")
    old_unit = report(400, "105")
    old_unit["items"][0]["unit"] = "mg/dL"
    found = rules.trend("GLU", blood[0], [*blood, urine, old_unit, report(5, "<0.5")])
    assert found
    assert [p.value for p in found.points] == [5.8, 6.2]
    assert (found.low, found.high, found.unit) == (3.9, 6.1, "mmol/L")
    assert rules.trend("GLU", urine, [*blood, urine]).points[0].value == 9.99  # type: ignore[union-attr]
    assert rules.trend("NA", blood[0], blood) is None
    assert [i.has_trend for i in rules.items(urine, [*blood, urine])] == [False]
    assert [i.has_trend for i in rules.items(blood[0], [*blood, urine])] == [True]


def test_a_held_report_says_nothing_to_the_patient_and_all_to_the_doctor() -> None:
    held = report(0, "1", title="人类免疫缺陷病毒抗体", sensitive=True)
    held["items"][0]["flag"] = "A"
    to_patient, to_doctor = rules.summary(held, "妇科"), rules.summary(held, "妇科", for_staff=True)
    assert (to_patient.title, to_patient.abnormal_count, to_patient.held) == ("检验报告", None, True)
    assert (to_doctor.title, to_doctor.abnormal_count, to_doctor.held) == ("人类免疫缺陷病毒抗体", 1, True)


def test_an_unknown_flag_is_not_shown() -> None:
    odd = report(0, "1")
    odd["items"][0]["flag"] = "??"
    assert rules.items(odd, [odd])[0].flag is None
    assert rules.summary(odd, "").abnormal_count == 0
