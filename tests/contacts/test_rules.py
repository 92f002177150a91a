"""When a patient is called again, when nobody calls any more, and what is said."""

from datetime import datetime, timedelta

import pytest

from server.contacts import rules
from server.contacts.models import Outcome, PhoneTask
from server.values import shanghai_at

WEDNESDAY, FRIDAY = "2026-11-25", "2026-11-27"


def at(clock: str, on: str = WEDNESDAY) -> datetime:
    return shanghai_at(on, clock)


@pytest.mark.covers("R16.4")
@pytest.mark.parametrize("outcome", ["no_answer", "powered_off"])
def test_who_did_not_answer_is_called_after_two_hours_then_the_next_morning_then_no_more(outcome: Outcome) -> None:
    assert rules.after(outcome, 1, at("09:30")) == rules.Next("open", at("11:30"))
    assert rules.after(outcome, 2, at("11:30")) == rules.Next("open", at("09:00", "2026-11-26"))
    assert rules.after(outcome, 3, at("09:00", "2026-11-26")) == rules.Next("given_up")


@pytest.mark.parametrize(("now", "again"), [("17:59", "19:59"), ("18:00", None), ("23:30", None), ("06:00", "09:00")])
def test_nobody_is_called_a_second_time_in_the_evening_or_the_night(now: str, again: str | None) -> None:
    due = at(again) if again else at("09:00", "2026-11-26")
    assert rules.after("no_answer", 1, at(now)) == rules.Next("open", due)


@pytest.mark.covers("R16.4")
@pytest.mark.parametrize("outcome", ["wrong_number", "suspended", "refused", "deceased"])
def test_where_another_call_reaches_nobody_or_hurts_none_is_made(outcome: Outcome) -> None:
    assert rules.after(outcome, 1, at("09:30")) == rules.Next("given_up")


def test_reached_is_done() -> None:
    assert rules.after("reached", 1, at("09:30")) == rules.Next("done")
    assert rules.after("reached", 3, at("09:30")) == rules.Next("done")


def test_what_is_critical_is_told_at_once_and_the_rest_on_the_next_working_morning() -> None:
    assert rules.first_call(True, at("03:00")) == at("03:00")
    assert rules.first_call(False, at("08:59")) == at("09:00")
    assert rules.first_call(False, at("09:00")) == at("09:00", "2026-11-26")
    assert rules.first_call(False, at("10:00", FRIDAY)) == at("09:00", "2026-11-30")
    assert rules.first_call(False, at("10:00", "2026-11-28")) == at("09:00", "2026-11-30")


def test_the_script_tells_the_facts_and_nothing_of_an_illness() -> None:
    said = rules.script("示范医院", "停诊通知", {"就诊人": "张**", "停诊医生": "林医生"})
    assert "停诊通知" in said
    assert "停诊医生：林医生" in said
    assert "张**" not in said
    assert "先核对姓名" in said
    assert "病情和检查结果不在电话里说" in said


def test_a_task_left_alone_is_free_again() -> None:
    now = at("09:00")
    task = PhoneTask(
        id="t", key="k", kind="other", patient_id="p", subject="s", script="", due_at=now, created_at=now,
        taken_by="m", taken_until=now + rules.TAKEN_FOR,
    )  # fmt: skip
    assert rules.is_taken(task, now)
    assert not rules.is_taken(task, now + rules.TAKEN_FOR)
    assert not rules.is_overdue(task, now + timedelta(minutes=119))
    assert rules.is_overdue(task, now + timedelta(hours=2))
    assert not rules.is_overdue(task.model_copy(update={"state": "done"}), now + timedelta(hours=3))
