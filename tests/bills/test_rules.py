"""What a bill comes to, and how it stands."""

import pytest

from server.bills import rules
from server.bills.models import BillInconsistent, HisBill


def bill(quantity: str = "2", amount_fen: int = 3000, total_fen: int = 3000) -> HisBill:
    item = {"name": "样例药", "quantity": quantity, "unit_price_fen": 1500, "amount_fen": amount_fen}
    return HisBill.model_validate(
        {
            "id": "B1",
            "his_id": "P1",
            "department_id": "d",
            "issued_at": "2026-11-24T09:00:00+08:00",
            "status": "unpaid",
            "total_fen": total_fen,
            "items": [item],
        }
    )


def test_the_total_is_the_sum_of_its_lines() -> None:
    assert rules.check_amounts(bill()) == 3000


@pytest.mark.parametrize("wrong", [{"total_fen": 2999}, {"amount_fen": 2999}, {"quantity": "2.5"}, {"quantity": "two"}])
def test_a_bill_that_does_not_add_up_cannot_be_paid(wrong: dict[str, object]) -> None:
    with pytest.raises(BillInconsistent):
        rules.check_amounts(bill(**wrong))  # type: ignore[arg-type]


def test_a_bill_of_nothing_cannot_be_paid() -> None:
    with pytest.raises(BillInconsistent):
        rules.check_amounts(bill(quantity="0", amount_fen=0, total_fen=0))


@pytest.mark.parametrize(
    "his,order,status",
    [
        ("unpaid", None, "unpaid"),
        ("unpaid", "prepaid", "paying"),
        ("unpaid", "closed", "unpaid"),
        ("unpaid", "paid", "paid"),
        ("unpaid", "refunded", "unpaid"),
        ("paid", "refunded", "paid"),
        ("paid", None, "paid"),
        ("refunded", "refunded", "refunded"),
    ],
)
def test_how_a_bill_stands(his: str, order: str | None, status: str) -> None:
    assert rules.status_of(his, order) == status  # type: ignore[arg-type]
    assert rules.belongs(status, "unpaid") == (status in ("unpaid", "paying"))  # type: ignore[arg-type]
