"""When a booking can be cancelled and checked in, and what becomes of money."""

from datetime import UTC, datetime, timedelta

import pytest

from server.appointments import rules
from server.appointments.models import Appointment, Status

NINE = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
ORDER, OTHER = "a" * 24, "b" * 24


def appointment(status: Status, **more: object) -> Appointment:
    facts: dict[str, object] = {
        "id": "c" * 24,
        "number": "1",
        "slot_id": "s.001",
        "clinic_id": "s",
        "place_number": 1,
        "patient_id": "p",
        "account_id": "w",
        "channel": "wechat",
        "doctor_id": "d",
        "doctor_name": "",
        "department_id": "e",
        "department_name": "",
        "location": "",
        "on": "2026-11-26",
        "starts_at": NINE,
        "ends_at": NINE + timedelta(minutes=10),
        "fee_fen": 1000,
        "status": status,
        "live": status in rules.LIVE,
        "hold_until": None,
        "hold_seat": None,
        "order_id": ORDER,
        "created_at": NINE - timedelta(days=1),
    }
    return Appointment.model_validate(facts | more)


def test_a_confirmed_booking_can_be_cancelled_until_an_hour_before() -> None:
    last = NINE - timedelta(minutes=60)
    assert rules.can_cancel("confirmed", NINE, last - timedelta(seconds=1))
    assert not rules.can_cancel("confirmed", NINE, last)
    assert rules.can_cancel("held", NINE, NINE)
    assert not any(
        rules.can_cancel(s, NINE, last - timedelta(days=1)) for s in ("seen", "stopped", "refused", "expired")
    )


def test_check_in_is_on_the_day_until_the_window_ends() -> None:
    ends = NINE + timedelta(minutes=10)
    assert rules.can_check_in("confirmed", NINE, ends, NINE - timedelta(hours=2))
    assert not rules.can_check_in("confirmed", NINE, ends, NINE - timedelta(hours=10))  # the evening before
    assert not rules.can_check_in("confirmed", NINE, ends, ends)
    assert not rules.can_check_in("held", NINE, ends, NINE)


@pytest.mark.parametrize(
    "status,more,order,decision",
    [
        ("held", {}, ORDER, "confirm"),
        ("held", {}, OTHER, "refund"),
        ("confirmed", {"paid_order_id": ORDER}, ORDER, "nothing"),
        ("confirmed", {"paid_order_id": ORDER}, OTHER, "refund"),
        ("expired", {}, ORDER, "reclaim"),
        ("cancelled", {}, ORDER, "refund"),
        ("cancelled", {"paid_order_id": ORDER}, ORDER, "nothing"),
        ("stopped", {}, ORDER, "refund"),
        ("refused", {}, OTHER, "refund"),
    ],
)
@pytest.mark.covers("A9")
def test_what_becomes_of_money(status: Status, more: dict[str, object], order: str, decision: str) -> None:
    assert rules.on_money(appointment(status, **more), order, NINE - timedelta(hours=2)) == decision


def test_money_for_a_place_of_the_past_goes_back() -> None:
    assert rules.on_money(appointment("expired"), ORDER, NINE) == "refund"


def test_a_number_to_read_out_is_the_day_and_eight_digits() -> None:
    assert rules.number_of("2026-11-26", "0" * 23 + "7") == "26112600000007"
