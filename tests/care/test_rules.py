"""What is said at each step fits the account's templates and says nothing of what is wrong with the patient."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.appointments.models import Appointment
from server.bills.models import Bill, BillItem
from server.care import rules
from server.messages.models import Template
from server.messages.rules import fields as message_fields
from server.payments.models import Order, Refund
from server.sandbox.fields import fits
from server.values import shanghai_at

NOW = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)
APPOINTMENT = Appointment(
    id="a" * 24,
    number="26112600000001",
    slot_id="s",
    clinic_id="c",
    place_number=7,
    patient_id="p",
    account_id="x",
    channel="wechat",
    doctor_id="d",
    doctor_name="欧阳诸葛上官",
    department_id="cardiology",
    department_name="心血管内科一病区专家门诊",
    location="门诊楼 3 层 B 区 12 诊室",
    on="2026-11-26",
    starts_at=NOW + timedelta(days=1),
    ends_at=NOW + timedelta(days=1, minutes=10),
    fee_fen=2000,
    status="confirmed",
    live=True,
    hold_until=None,
    hold_seat=None,
    his_status="waiting",
    created_at=NOW,
)
ORDER = Order(
    id="1a21306cf01f2c6cae4e8fe0",
    kind="bill",
    subject_id="b",
    patient_id="p",
    account_id="x",
    title="门诊缴费",
    amount_fen=123_456_789,
    status="paid",
    appid="wx",
    openid="o",
    created_at=NOW,
    pay_until=NOW,
    expires_at=NOW,
    paid_at=NOW,
)
REFUND = Refund(id="r", order_id=ORDER.id, amount_fen=5, reason="医生停诊退款", status="success")
BILL = Bill(
    id="b",
    patient_id="p",
    patient_name="张建国",
    department_name="心内科",
    doctor_name="林",
    issued_at=NOW,
    total_fen=1250,
    status="unpaid",
    items=[BillItem(name="血清肌钙蛋白测定", quantity="1", unit_price_fen=1250, amount_fen=1250)],
)
ALL_REASONS = [*rules.REASONS.values(), rules.OTHER_REASON]
SAID = [
    ("booking_confirmed", rules.confirmed(APPOINTMENT, "张建国")),
    ("visit_reminder", rules.reminder(APPOINTMENT, "张建国")),
    *(
        ("booking_cancelled", rules.not_booked(APPOINTMENT, "张建国", r))
        for r in [*rules.REASONS.values(), rules.OTHER_REASON]
    ),
    ("clinic_stopped", rules.stopped(APPOINTMENT, "张建国")),
    ("payment_received", rules.paid(ORDER, "张建国", NOW)),
    ("deposit_received", rules.deposit_paid(ORDER, "神经外科", "张建国", NOW)),
    ("refund_done", rules.refunded(ORDER, REFUND, "张建国", NOW)),
    ("bill_unpaid", rules.bill_unpaid(BILL)),
    *(("bill_unpaid", rules.bill_unpaid(BILL, wave)) for wave in rules.BILL_WAVES),
    ("hold_unpaid", rules.hold_unpaid(APPOINTMENT, "张建国")),
]


def templates(key: str) -> list[Template]:
    raw = json.loads(Path("fixtures/wechat/templates.json").read_text())["templates"]
    return [Template.model_validate(t) for t in raw if t["key"] == key]


@pytest.mark.parametrize(("key", "facts"), SAID, ids=[key for key, _ in SAID])
def test_the_facts_are_exactly_the_templates_keywords_and_fit_them(key: str, facts: rules.Facts) -> None:
    assert templates(key)
    for template in templates(key):
        assert set(facts) == {field.label for field in template.fields}
        for name, value in message_fields.fill(template, facts, "2026-11-25").items():
            assert fits(name, value), (name, value)


@pytest.mark.parametrize(("key", "facts"), SAID, ids=[key for key, _ in SAID])
def test_the_patients_name_is_masked_and_nothing_clinical_is_said(key: str, facts: rules.Facts) -> None:
    assert facts["就诊人"] == "张**"
    text = " ".join(facts.values())
    assert "张建国" not in text
    assert "肌钙蛋白" not in text


@pytest.mark.parametrize("reason", ALL_REASONS)
def test_a_reason_is_read_whole(reason: str) -> None:
    assert len(reason) <= 20


@pytest.mark.covers("H5.4")
def test_the_reminder_comes_the_evening_before_and_not_to_who_books_after_it() -> None:
    visit = shanghai_at("2026-11-26", "08:30")
    assert rules.remind_at(visit, NOW) == shanghai_at("2026-11-25", "19:00")
    assert rules.remind_at(visit, shanghai_at("2026-11-25", "19:00")) is None
    assert rules.remind_at(shanghai_at("2026-11-25", "14:00"), NOW) is None


# --- reminders of what is unpaid --------------------------------------------------------------


def on(day: int, clock: str) -> datetime:
    return shanghai_at(f"2026-11-{day}", clock)


def numbers(issued_at: datetime) -> list[tuple[int, datetime]]:
    return [(wave.number, at) for at, wave in rules.bill_waves(issued_at)]


@pytest.mark.covers("R24", "R23")
def test_an_unpaid_bill_is_reminded_of_in_three_waves_each_in_its_own_words() -> None:
    assert numbers(on(25, "09:30")) == [(1, on(25, "11:30")), (2, on(26, "09:00")), (3, on(27, "09:00"))]
    hints = [rules.bill_unpaid(BILL)["温馨提示"], *(rules.bill_unpaid(BILL, w)["温馨提示"] for w in rules.BILL_WAVES)]
    assert len(set(hints)) == 4
    assert all(len(hint) <= 20 for hint in hints)


@pytest.mark.covers("R24")
@pytest.mark.parametrize(("issued", "first"), [("18:59", 1), ("19:00", 2), ("23:30", 2), ("05:59", 2), ("06:00", 1)])
def test_a_wave_that_would_fall_into_the_night_is_left_out(issued: str, first: int) -> None:
    assert numbers(on(25, issued))[0][0] == first


@pytest.mark.covers("R24")
def test_of_waves_that_were_slept_through_only_the_latest_is_said_and_none_at_night() -> None:
    issued = on(25, "09:30")

    def due(now: datetime) -> tuple[int | None, datetime | None]:
        wave, again = rules.bill_wave(issued, now)
        return wave.number if wave else None, again

    assert due(on(25, "09:30")) == (None, on(25, "11:30"))
    assert due(on(25, "11:30")) == (1, on(26, "09:00"))
    assert due(on(25, "22:00")) == (None, on(26, "09:00"))
    assert due(on(26, "09:00")) == (2, on(27, "09:00"))
    assert due(on(27, "09:00")) == (3, None)
    assert due(on(27, "23:00")) == (None, on(28, "09:00"))
    assert due(on(28, "07:00")) == (None, on(28, "09:00"))
    assert due(on(29, "12:00")) == (3, None)


@pytest.mark.covers("R24")
def test_a_hold_is_reminded_of_when_five_minutes_are_left_and_not_when_it_is_shorter() -> None:
    assert rules.hold_reminder_at(NOW + timedelta(minutes=10), NOW) == NOW + timedelta(minutes=5)
    assert rules.hold_reminder_at(NOW + timedelta(minutes=5), NOW) is None
