"""Which channel may carry a message, what its fields may hold, and what a consent is worth."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.messages.models import Message, Permission, Standing, State, Template
from server.messages.rules import choosing, consents, fields, kinds, words
from server.sandbox.fields import fits

NOW = datetime(2026, 11, 25, tzinfo=UTC)
TEMPLATES = tuple(
    Template(template_id=kind, key="followup_due", kind=kind, title="随访提醒", fields=[])  # type: ignore[arg-type]
    for kind in ("template", "subscribe", "mini")
)
EVERYTHING = Standing(
    followed=True,
    service_openid="o1",
    mini_openid="m1",
    counts={"subscribe": 1, "mini": 1},
    windows=["window:message"],
)


def message(**more: Any) -> Message:
    facts: dict[str, Any] = {
        "id": "1",
        "key": "followup_due",
        "tier": "service",
        "account_id": "a",
        "patient_id": None,
        "subject_id": None,
    }
    facts |= {"path": "/h5/", "state": State.WAITING, "channel": None, "tries": 0, "created_at": NOW}
    return Message.model_validate(facts | {"not_after": None, "last_code": None} | more)


def carried(standing: Standing, **more: Any) -> list[str]:
    return [channel for channel, _ in choosing.channels(message(**more), standing, TEMPLATES)]


def test_the_channels_come_best_first() -> None:
    assert carried(EVERYTHING) == ["template", "subscribe", "mini", "text"]


@pytest.mark.parametrize(
    ("missing", "left"),
    [
        ({"followed": False}, ["subscribe", "mini"]),
        ({"counts": {}}, ["template", "text"]),
        ({"counts": {"subscribe": 0, "mini": 0}}, ["template", "text"]),
        ({"windows": []}, ["template", "subscribe", "mini"]),
        ({"service_openid": None}, ["mini"]),
        ({"mini_openid": None}, ["template", "subscribe", "text"]),
    ],
)
def test_each_channel_needs_its_own_permission(missing: dict[str, Any], left: list[str]) -> None:
    assert carried(EVERYTHING.model_copy(update=missing)) == left


def test_without_any_permission_nothing_is_sent() -> None:
    assert carried(Standing(followed=False, service_openid="o1", mini_openid="m1")) == []


def test_a_channel_that_failed_is_not_tried_again() -> None:
    assert carried(EVERYTHING, used=["template", "text"]) == ["subscribe", "mini"]


def test_a_text_message_to_the_phone_goes_only_for_what_is_critical_and_last() -> None:
    assert "sms" not in carried(EVERYTHING, phone="13800000001")
    assert carried(EVERYTHING, phone="13800000001", tier="critical")[-1] == "sms"
    assert "sms" not in carried(EVERYTHING, tier="critical")


def test_who_wants_no_notices_gets_only_what_is_critical() -> None:
    silent = EVERYTHING.model_copy(update={"opted_out": True})
    assert carried(silent, phone="13800000001") == []
    assert carried(silent, tier="critical")[0] == "template"


@pytest.mark.parametrize(
    ("channel", "tier", "minutes", "state"),
    [
        ("template", "service", 1, State.WAITING),
        ("template", "service", 11, State.UNCERTAIN),
        ("subscribe", "service", 0, State.UNCERTAIN),
        ("text", "service", 0, State.UNCERTAIN),
        ("sms", "service", 600, State.WAITING),
        ("subscribe", "critical", 0, State.WAITING),
    ],
)
def test_what_may_have_arrived_is_repeated_only_where_nobody_is_told_twice(
    channel: Any, tier: Any, minutes: int, state: State
) -> None:
    assert choosing.after_unknown(channel, tier, timedelta(minutes=minutes)) is state


def test_a_doubtful_message_is_not_repeated_once_wechat_has_forgotten_its_id() -> None:
    doubtful = message(doubtful=True, began={"template": NOW})
    assert choosing.may_repeat(doubtful, NOW + timedelta(minutes=8))
    assert not choosing.may_repeat(doubtful, NOW + timedelta(minutes=10))
    assert choosing.may_repeat(doubtful.model_copy(update={"tier": "critical"}), NOW + timedelta(minutes=10))


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (None, State.NO_PERMISSION),
        ("43101", State.NO_PERMISSION),
        ("43004", State.NO_PERMISSION),
        ("47003", State.FAILED),
    ],
)
def test_the_end_of_a_message_says_whether_permission_was_missing(code: str | None, state: State) -> None:
    assert choosing.verdict(code) is state


@pytest.mark.parametrize(
    ("key", "state", "called"),
    [
        ("clinic_stopped", State.NO_PERMISSION, True),
        ("followup_due", State.FAILED, True),
        ("clinic_stopped", State.UNCERTAIN, False),
        ("report_ready", State.NO_PERMISSION, False),
    ],
)
def test_somebody_phones_for_what_is_critical_and_for_follow_ups(key: str, state: State, called: bool) -> None:
    assert kinds.needs_a_call(key, state) is called


# --- consents -------------------------------------------------------------------------------------


def test_a_consent_is_consumed_once() -> None:
    one = consents.gained(Permission(), long_term=False)
    assert consents.consumed(one) == Permission(count=0)
    assert consents.consumed(Permission(count=0)) is None


def test_a_long_term_consent_stays() -> None:
    kept = consents.gained(Permission(), long_term=True)
    assert consents.consumed(kept) == kept
    assert consents.consumed(consents.revoked(kept)) is None


def test_what_was_not_used_comes_back_unless_the_person_refused_meanwhile() -> None:
    taken = consents.consumed(consents.gained(Permission(), long_term=False))
    assert taken is not None
    assert consents.returned(taken, taken.epoch).count == 1
    assert consents.returned(consents.revoked(taken), taken.epoch).count == 0


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "on", "written"),
    [
        ("11月26日 08:30", "2026-11-25", "2026年11月26日 08:30"),
        ("1月2日 08:30", "2026-12-30", "2027年1月2日 08:30"),
        ("12月31日 09:00", "2027-01-02", "2026年12月31日 09:00"),
        ("2026-11-26 08:30", "2026-11-25", "2026-11-26 08:30"),
    ],
)
def test_a_time_is_given_the_year_that_wechat_wants(said: str, on: str, written: str) -> None:
    template = Template.model_validate(
        {
            "template_id": "t",
            "key": "k",
            "kind": "template",
            "title": "t",
            "fields": [{"key": "time1", "label": "时间"}],
        }
    )
    assert fields.fill(template, {"时间": said}, on) == {"time1": written}
    assert fits("time1", written)


def test_an_sms_ends_with_where_to_look_however_long_the_facts_are() -> None:
    text = words.sms_text("随诊示范医院", "停诊通知", {"科室": "很长的名称" * 40})
    assert len(text) <= 140
    assert text.endswith("详情请看医院微信公众号。")
    assert text.startswith("【随诊示范医院】停诊通知")


def test_every_template_of_the_account_has_a_field_for_each_label_once() -> None:
    for raw in json.loads(Path("fixtures/wechat/templates.json").read_text())["templates"]:
        template = Template.model_validate(raw)
        labels = [field.label for field in template.fields]
        assert 2 <= len(labels) <= 5, template.title
        assert len(set(labels)) == len(labels), template.title


def test_of_two_states_the_one_that_came_further_counts() -> None:
    assert choosing.better("failed", "delivered") == "delivered"
    assert choosing.better("sent", "waiting") == "sent"
    assert choosing.better(None, "failed") == "failed"
