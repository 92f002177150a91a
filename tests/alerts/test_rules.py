"""What raises an alert, how it climbs, who is on duty; and every state it can be in."""

from collections import deque
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from server.alerts import rules
from server.alerts.models import Alert, AlreadyResolved, AlreadyTaken, Book, Ladder, NotTaken, Reason, Shift

BOOK = Book.model_validate_json(Path("fixtures/alerts/rules.json").read_bytes())
NOW = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)  # a Wednesday, 08:30 in Shanghai


def alert(**changes: Any) -> Alert:
    values: dict[str, Any] = {
        "id": "a",
        "patient_id": "p",
        "task_id": "t",
        "department_id": "cardiology",
        "level": "red",
        "reasons": [Reason(source="answer", text="胸痛")],
        "raised_at": NOW,
        "deadline_at": NOW + timedelta(minutes=30),
    }
    return Alert.model_validate(values | changes)


@pytest.mark.covers("N7")
def test_the_red_flag_of_an_answer_alarms_whatever_the_total() -> None:
    found = rules.reasons_of_answer(BOOK, "phq-9", [("red", "有伤害自己的念头")], 3.0, None)
    assert found is not None
    assert found[0] == "red"
    assert [reason.source for reason in found[1]] == ["answer"]
    assert rules.reasons_of_answer(BOOK, "phq-9", [], 3.0, None) is None


@pytest.mark.covers("N7")
@pytest.mark.parametrize(
    ("total", "before", "expected"),
    [
        (19.0, None, None),
        (20.0, None, ("orange", ["score"])),
        (12.0, (7.0, 30), ("yellow", ["trend"])),
        (12.0, (8.0, 30), None),  # four points are no trend
        (12.0, (7.0, 91), None),  # too long ago
        (22.0, (7.0, 30), ("orange", ["score", "trend"])),
        (None, (7.0, 30), None),  # what could not be computed raises nothing by itself
    ],
)
def test_scores_and_their_course(total: float | None, before: tuple[float, int] | None, expected: Any) -> None:
    found = rules.reasons_of_answer(BOOK, "phq-9", [], total, before)
    assert (found and (found[0], [reason.source for reason in found[1]])) == expected


@pytest.mark.covers("N7")
def test_silence_counts_only_when_it_lasts_and_where_the_hospital_watches_it() -> None:
    assert rules.reasons_of_silence(BOOK, "discharge-day7", 1) is None
    assert rules.reasons_of_silence(BOOK, "discharge-day7", 2) is not None
    assert rules.reasons_of_silence(BOOK, "satisfaction-outpatient", 9) is None


@pytest.mark.covers("N7")
def test_a_plan_says_where_its_alerts_begin() -> None:
    red, yellow = rules.ladder_of(BOOK, "red"), rules.ladder_of(BOOK, "yellow")
    assert [rules.first_step(red, who) for who in ("nurse", "doctor", "department")] == [0, 1, 0]
    assert rules.deadline(yellow, rules.first_step(yellow, "doctor"), NOW) == NOW + timedelta(days=1)


@pytest.mark.covers("N7")
def test_only_who_took_it_closes_it_and_nobody_takes_what_is_taken() -> None:
    taken = alert(state="acknowledged", taken_by="nurse")
    rules.check_taking(alert())
    rules.check_resolving(taken, "nurse")
    with pytest.raises(AlreadyTaken):
        rules.check_taking(taken)
    with pytest.raises(NotTaken):
        rules.check_resolving(taken, "doctor")
    with pytest.raises(NotTaken):
        rules.check_resolving(alert(), "nurse")
    with pytest.raises(AlreadyResolved):
        rules.check_taking(alert(state="resolved"))
    with pytest.raises(AlreadyResolved):
        rules.check_resolving(alert(state="resolved"), "nurse")


# --- every state ----------------------------------------------------------------------------------

State = tuple[str, int, int | None, bool]  # state, step, minutes to the deadline, whether a person has acted


def _state(one: Alert, now: datetime) -> State:
    left = None if one.deadline_at is None else round((one.deadline_at - now).total_seconds() / 60)
    return one.state, one.step, left, one.action is not None


def _followers(one: Alert, ladder: Ladder, now: datetime) -> list[tuple[str, Alert, datetime]]:
    """Everything that can happen next: time passes with and without a worker, people act."""
    later = now + timedelta(minutes=15)
    found = [("nothing runs", one, later)] if not rules.is_late(one, now - timedelta(minutes=60)) else []
    found.append(("worker", rules.climbed(one, ladder, later) if rules.is_late(one, later) else one, later))
    if one.state == "open":
        changed = {
            "state": "acknowledged",
            "taken_by": "n",
            "action": "called",
            "deadline_at": rules.resolve_by(ladder, now),
        }
        found.append(("take", one.model_copy(update=changed), now))
    if one.state == "acknowledged":
        found.append(("resolve", one.model_copy(update={"state": "resolved", "deadline_at": None}), now))
    return found


@pytest.mark.covers("N7")
@pytest.mark.parametrize("level", ["red", "orange", "yellow"])
def test_in_every_state_it_can_reach_an_alert_has_a_deadline_until_a_person_ends_it(level: Any) -> None:
    ladder = rules.ladder_of(BOOK, level)
    shorter = Ladder(level=level, steps=[s.model_copy(update={"within_min": 30}) for s in ladder.steps], resolve_min=60)
    first = alert(level=level, deadline_at=rules.deadline(shorter, 0, NOW))
    todo, seen = deque([(first, NOW)]), {_state(first, NOW)}
    while todo:
        one, now = todo.popleft()
        for name, after, at in _followers(one, shorter, now):
            assert (after.deadline_at is None) == (after.state == "resolved"), (name, after)
            assert after.state != "resolved" or after.action, "ended without a person"
            assert one.step <= after.step < len(shorter.steps), "it never climbs down"
            if name == "worker" and rules.is_late(one, at):
                assert after.state == "open", "nobody holds what is overdue"
                assert after.taken_by is None
                assert after.deadline_at is not None
                assert after.deadline_at > at, "each step gets its whole time"
                assert after.step == min(one.step + 1, len(shorter.steps) - 1) or one.state == "acknowledged"
            if one.state != "resolved" and _state(after, at) not in seen:
                seen.add(_state(after, at))
                todo.append((after, at))
    reached = {(state, step) for state, step, _, _ in seen}
    assert reached >= {(state, step) for state in ("open", "acknowledged") for step in range(len(shorter.steps))}
    assert any(state == "resolved" for state, *_ in seen)
    assert len(seen) < 500, "the states are bounded"


# --- the duty roster ------------------------------------------------------------------------------


def shift(who: str, members: list[str], **more: Any) -> Shift:
    return Shift.model_validate({"who": who, "member_ids": members} | more)


@pytest.mark.covers("N7")
def test_the_departments_own_shift_counts_before_the_hospitals() -> None:
    shifts = [shift("nurse", ["any"]), shift("nurse", ["own"], department_id="cardiology")]
    assert rules.on_duty(shifts, "nurse", "cardiology", NOW) == ["own"]
    assert rules.on_duty(shifts, "nurse", "urology", NOW) == ["any"]
    assert rules.on_duty(shifts, "nurse", None, NOW) == ["any"]
    assert rules.on_duty(shifts, "doctor", "cardiology", NOW) == []


@pytest.mark.covers("N7")
@pytest.mark.parametrize(
    ("hour", "weekdays", "expected"),
    [
        (7, [3], []),
        (8, [3], ["day"]),
        (19, [3], ["day"]),
        (20, [3], ["night"]),
        (23, [3], ["night"]),
        (23, [4], []),
    ],
)
def test_a_day_is_covered_from_its_beginning_to_before_its_end(
    hour: int, weekdays: list[int], expected: list[str]
) -> None:
    shifts = [
        shift("nurse", ["day"], weekdays=weekdays, **{"from": "08:00", "to": "20:00"}),
        shift("nurse", ["night"], weekdays=weekdays, **{"from": "20:00", "to": "08:00"}),
    ]
    at = datetime(2026, 11, 25, tzinfo=UTC) + timedelta(hours=hour - 8)
    assert rules.on_duty(shifts, "nurse", None, at) == expected


@pytest.mark.covers("N7")
def test_the_small_hours_belong_to_the_night_that_began_the_day_before() -> None:
    night = [shift("nurse", ["night"], weekdays=[7], **{"from": "20:00", "to": "08:00"})]  # Sunday night
    monday_3 = datetime(2026, 11, 22, 19, tzinfo=UTC)
    sunday_3 = datetime(2026, 11, 21, 19, tzinfo=UTC)
    assert rules.on_duty(night, "nurse", None, monday_3) == ["night"]
    assert rules.on_duty(night, "nurse", None, sunday_3) == []


def test_the_hospitals_own_rules_are_sound() -> None:
    assert {ladder.level for ladder in BOOK.ladders} == {"red", "orange", "yellow"}
    limits = [rules.ladder_of(BOOK, level).steps[0].within_min for level in ("red", "orange", "yellow")]
    assert all(faster < slower for faster, slower in pairwise(limits))
    assert rules.ladder_of(BOOK, "red").steps[0].within_min <= 30


def test_a_ladder_that_was_shortened_meanwhile_still_carries_its_alerts() -> None:
    ladder = rules.ladder_of(BOOK, "red")
    short = ladder.model_copy(update={"steps": ladder.steps[:1]})
    taken = alert(state="acknowledged", taken_by="n", step=len(ladder.steps) - 1)
    assert rules.climbed(taken, short, NOW + timedelta(minutes=30)).step == 0
    assert rules.climbed(alert(step=2), short, NOW + timedelta(minutes=30)).step == 0


def test_rules_without_a_ladder_for_a_level_are_not_taken() -> None:
    with pytest.raises(ValueError, match="ladder"):
        Book(ladders=BOOK.ladders[:1], watches=[])


@pytest.mark.parametrize("day", [0, 8])
def test_a_shift_on_a_day_that_no_week_has_would_never_be_on_duty(day: int) -> None:
    with pytest.raises(ValueError, match="weekdays"):
        Shift.model_validate({"who": "nurse", "weekdays": [1, day], "member_ids": ["n"]})
