"""A line in order and bounded; scores as series with the bands behind them."""

from datetime import UTC, datetime, timedelta

import pytest

from server.desk import rules
from server.desk.models import LineItem, Range
from server.questionnaires.models import Band, Scale, Scoring

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)


def item(number: int) -> LineItem:
    return LineItem(kind="task", id=f"{number:03d}", at=NOON + timedelta(hours=number), title="随访", state="open")


@pytest.mark.covers("H1.3")
def test_the_newest_come_first_and_what_is_too_old_is_said_to_be_left_out() -> None:
    few, more = rules.newest_first([item(1), item(3), item(2)])
    assert ([one.id for one in few], more) == (["003", "002", "001"], False)
    many, more = rules.newest_first([item(n) for n in range(rules.MOST_ITEMS + 1)])
    assert (len(many), many[-1].id, more) == (rules.MOST_ITEMS, "001", True)


@pytest.mark.covers("A14.4")
def test_each_band_reaches_to_where_the_next_begins() -> None:
    scoring = Scoring(sum=["a"], bands=[Band(min=5, max=9, label="轻度"), Band(min=0, max=4, label="没有")])
    assert rules.bands(scoring) == [Range(label="没有", low=0, high=5), Range(label="轻度", low=5, high=9)]


@pytest.mark.covers("A14.4")
def test_bands_that_differ_from_person_to_person_are_not_drawn() -> None:
    one_sex = Band.model_validate({"min": 3, "label": "阳性", "who": {"sex": "female"}})
    scale = Scale(name="total", label="总分", items=["a"], bands=[one_sex, Band(min=4, label="阳性")])
    assert rules.bands(Scoring(scales=[scale], total="total")) == []
    assert rules.bands(Scoring()) == []
