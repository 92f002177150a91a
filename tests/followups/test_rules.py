"""The rules of follow-ups, tried without any server."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.followups import rules
from server.followups.models import AlreadyAnswered, DueInThePast, NotOpen, State, Task

NOW = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)


def task(**changes: Any) -> Task:
    fields: dict[str, Any] = {"id": "t", "questionnaire_id": "q.1", "kind": "followup", "title": "心情自评（PHQ-9）"}
    fields |= {"patient_id": "p", "department_id": "d", "from_text": "心血管内科", "sent_by": None, "state": State.OPEN}
    fields |= {"due_at": NOW, "expires_at": NOW + timedelta(days=7)}
    return Task.model_validate(fields | changes)


def test_a_due_time_lies_between_now_and_a_year_ahead() -> None:
    assert rules.check_due(None, NOW) == NOW
    assert rules.check_due(NOW - timedelta(seconds=59), NOW) == NOW
    assert rules.check_due(NOW + timedelta(days=366), NOW) == NOW + timedelta(days=366)
    for wrong in (NOW - timedelta(seconds=61), NOW + timedelta(days=366, seconds=1)):
        with pytest.raises(DueInThePast):
            rules.check_due(wrong, NOW)


def test_answers_are_taken_while_it_is_open_to_the_last_second() -> None:
    rules.check_answerable(task(), NOW + timedelta(days=7))
    with pytest.raises(NotOpen):
        rules.check_answerable(task(), NOW + timedelta(days=7, seconds=1))
    for state in (State.PLANNED, State.EXPIRED):
        with pytest.raises(NotOpen):
            rules.check_answerable(task(state=state), NOW)
    with pytest.raises(AlreadyAnswered):
        rules.check_answerable(task(state=State.ANSWERED), NOW)


def test_a_notice_never_names_the_questionnaire() -> None:
    for kind in ("followup", "satisfaction"):
        facts = rules.notice_facts(task(kind=kind), "张**")
        assert "PHQ" not in str(facts)
        assert facts["就诊人"] == "张**"


def test_who_raised_a_red_flag_reads_what_to_do() -> None:
    assert "120" in (rules.thanks("followup", True).advice or "")
    assert rules.thanks("followup", False).advice is None
    assert rules.thanks("satisfaction", True).advice is None
    assert "12356" in (rules.thanks("followup", True, self_harm=True).advice or "")
