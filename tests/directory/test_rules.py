"""Places of a clinic, until when they can be booked, how a clinic is shown."""

from datetime import UTC, datetime, timedelta

import pytest

from server.directory import rules

EIGHT = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
TWELVE = EIGHT + timedelta(hours=4)


def test_a_clinic_of_ten_minute_places_fills_its_half_day() -> None:
    places = rules.places_of(EIGHT, TWELVE, 24, 10)
    assert [number for number, _, _ in places] == list(range(1, 25))
    assert places[0][1:] == (EIGHT, EIGHT + timedelta(minutes=10))
    assert places[-1][2] == TWELVE


@pytest.mark.covers("H5")
def test_no_place_is_promised_for_more_than_half_an_hour() -> None:
    lengths = {ends - starts for _, starts, ends in rules.places_of(EIGHT, TWELVE, 4, 60)}
    assert lengths == {timedelta(minutes=30)}


def test_places_after_the_end_of_a_clinic_are_left_out() -> None:
    assert len(rules.places_of(EIGHT, TWELVE, 100, 30)) == 8
    assert rules.places_of(EIGHT, TWELVE, 10, 0) == []


@pytest.mark.parametrize(
    "stopped,free,after_start,shown",
    [
        (False, 3, timedelta(), "open"),
        (False, 0, timedelta(), "full"),
        (True, 3, timedelta(), "stopped"),
        (False, 0, timedelta(hours=4), "past"),
        (False, 0, timedelta(hours=3, minutes=30), "past"),
    ],
)
def test_how_a_clinic_is_shown(stopped: bool, free: int, after_start: timedelta, shown: str) -> None:
    assert rules.clinic_status(stopped, TWELVE, free, EIGHT + after_start) == shown
