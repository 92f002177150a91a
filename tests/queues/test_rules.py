"""The rules of waiting, tried without any server."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.queues import rules
from server.queues.models import Ticket, TooEarly, UnknownStation

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


def ticket(**changes: Any) -> Ticket:
    fields: dict[str, Any] = {"id": "t", "appointment_id": "a", "patient_id": "p", "account_id": "w", "clinic_id": "c"}
    fields |= {"on": "2026-11-25", "number": 5, "status": "waiting", "room": "301诊室", "doctor_name": "林"}
    fields |= {"department_name": "心内", "minutes_per_place": 10, "opens_at": NOW - timedelta(hours=1), "ahead": 3}
    fields |= {"calling_number": None, "checked_in_at": NOW, "as_of": NOW}
    return Ticket.model_validate(fields | changes)


@pytest.mark.parametrize(
    "text",
    [
        "station.cardiology",
        " station.cardiology ",
        "http://localhost:8000/wechat/enter?to=/h5/pages/check-in/index?station=station.cardiology",
        "http://h/wechat/enter?to=%2Fh5%2Fpages%2Fcheck-in%2Findex%3Fstation%3Dstation.cardiology",
        "/h5/pages/check-in/index?station=station.cardiology",
    ],
)
def test_a_station_is_known_however_its_code_was_read(text: str) -> None:
    assert rules.department_of(text) == "cardiology"
    assert rules.department_of(rules.station_code("general-practice")) == "general-practice"


@pytest.mark.parametrize(
    "text", ["", "cardiology", "station.", "station.a/b", "station.科", "?", "http://[::1", "?to=?to=?"]
)
def test_anything_else_is_no_station(text: str) -> None:
    with pytest.raises(UnknownStation):
        rules.department_of(text)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading(text: str) -> None:
    with suppress(UnknownStation):
        assert rules.department_of(text)


def test_two_hours_before_is_early_enough() -> None:
    rules.check_time(NOW + timedelta(hours=2), NOW)
    with pytest.raises(TooEarly):
        rules.check_time(NOW + timedelta(hours=2, seconds=1), NOW)


def test_only_who_waits_before_him_counts() -> None:
    queue = [{"id": str(n), "status": s} for n, s in enumerate(["seen", "called", "waiting", "missed", "waiting"])]
    assert [rules.ahead_of(str(n), queue) for n in range(5)] == [0, 0, 0, 0, 1]
    assert rules.ahead_of("nobody", queue) == 2


@pytest.mark.parametrize(
    ("change", "minutes"),
    [
        ({}, 30),
        ({"calling_number": 1}, 35),
        ({"ahead": 0, "calling_number": 4}, 5),
        ({"ahead": 0}, 0),
        ({"opens_at": NOW + timedelta(minutes=20)}, 50),
    ],
)
@pytest.mark.covers("A11.2")
def test_the_expected_time_is_those_ahead_at_the_usual_pace(change: dict[str, Any], minutes: int) -> None:
    assert rules.expected_at(ticket(**change), NOW) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize("status", ["called", "seen", "missed"])
def test_nothing_is_expected_of_who_does_not_wait(status: str) -> None:
    assert rules.expected_at(ticket(status=status), NOW) is None


@pytest.mark.parametrize(
    ("change", "soon"),
    [({"ahead": 2}, True), ({"ahead": 3}, False), ({"ahead": 0}, True), ({"status": "called", "ahead": 0}, True)]
    + [({"status": status, "ahead": 0}, False) for status in ("seen", "missed")],
)
@pytest.mark.covers("A11.3")
def test_soon_is_two_ahead_or_fewer_or_called(change: dict[str, Any], soon: bool) -> None:
    assert rules.is_soon(ticket(**change)) is soon
