"""Intervals against published values, and evidence that holds its error however often one looks."""

import random

import pytest

from server.statistics import rules
from server.statistics.models import BadPeriod


@pytest.mark.covers("R16", "R18")
def test_wilsons_interval_is_that_of_the_books() -> None:
    assert rules.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, table I
    assert rules.wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert rules.wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=1e-4)


@pytest.mark.covers("R18")
def test_newcombes_interval_is_that_of_the_books() -> None:
    assert rules.newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=1e-4)  # Newcombe 1998, method 10
    assert rules.newcombe(9, 10, 3, 10) == pytest.approx((0.1705, 0.8090), abs=1e-4)


@pytest.mark.covers("R16")
def test_nothing_counted_is_no_rate() -> None:
    empty = rules.rate(0, 0)
    assert (empty.rate, empty.low, empty.high) == (None, None, None)
    assert rules.recheck((5, 10), (0, 0)).difference is None


@pytest.mark.covers("R18")
def test_the_difference_of_the_reference_hospital_is_clear() -> None:
    found = rules.recheck((217, 400), (51, 400))  # 54.25 % against 12.75 %
    assert found.difference == pytest.approx(0.415)
    assert found.low is not None
    assert found.low > 0.35


@pytest.mark.parametrize(
    ("from_on", "to_on"), [("2026-02-01", "2026-01-31"), ("2024-01-01", "2026-06-01"), ("2026-02-30", "2026-03-01")]
)
def test_a_period_ends_after_it_begins_and_is_not_too_long(from_on: str, to_on: str) -> None:
    rules.check_period("2026-01-01", "2026-01-01")
    with pytest.raises(BadPeriod):
        rules.check_period(from_on, to_on)


@pytest.mark.covers("N12")
def test_looking_every_day_decides_wrongly_in_at_most_one_of_twenty_trials() -> None:
    coin = random.Random(20261125)
    trials = 400
    wrong = sum(rules.evidence(coin.getrandbits(1) for _ in range(600)) >= rules.DECIDES for _ in range(trials))
    assert wrong / trials <= 0.05 + 2 * (0.05 * 0.95 / trials) ** 0.5


@pytest.mark.covers("N12")
def test_a_wording_that_works_is_found() -> None:
    coin = random.Random(7)
    found = rules.evidence(int(coin.random() < 0.6) for _ in range(600))  # 60 % of the answers come from one arm
    assert found >= rules.DECIDES
    assert rules.evidence([]) == 1.0
    assert rules.evidence([0] * 4) < rules.DECIDES
    assert rules.evidence([0] * 9) > rules.DECIDES
