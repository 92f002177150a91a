"""Which answers of the HIS are final, and how they read."""

from datetime import UTC, datetime, timedelta

from server.write_backs import rules

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def test_only_decisions_are_final() -> None:
    assert rules.is_last_word("clinic_stopped")
    assert rules.is_last_word("paid_at_counter")
    assert not any(rules.is_last_word(code) for code in ("timeout", "http_404", "bad_answer", "unknown_clinic"))


def test_reasons_read_as_sentences_and_unknown_ones_name_their_code() -> None:
    assert rules.reason_text(None) is None
    assert rules.reason_text("place_taken") == "号源已被医院窗口占用"
    assert "http_404" in (rules.reason_text("http_404") or "")


def test_pauses_grow_to_ten_minutes() -> None:
    pauses = [rules.next_try(n, NOW) - NOW for n in (1, 2, 3, 50)]
    assert pauses == [timedelta(seconds=s) for s in (1, 2, 4, 600)]
