"""An order's states: which moves are legal, and that facts in any order lead to one state."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from server.context import RefundState, Trade
from server.payments import rules
from server.payments.models import (
    CancelBookingInstead,
    IllegalMove,
    MoreThanLeft,
    NotAbnormal,
    NothingToRefund,
    Order,
    Refund,
    RefundClosed,
    RefundStatus,
    RefundTooLate,
    RefundTooSoon,
    Status,
    TooManyRefunds,
    TradeDiffers,
    WholeOnly,
)

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def order(**more: object) -> Order:
    facts: dict[str, object] = {
        "id": "a" * 24,
        "kind": "bill",
        "subject_id": "B1",
        "patient_id": "p",
        "account_id": "w",
        "title": "门诊缴费",
        "amount_fen": 1500,
        "status": "prepaid",
        "appid": "wx1",
        "openid": "o1",
        "created_at": NOW,
        "pay_until": NOW + timedelta(minutes=10),
        "expires_at": NOW + timedelta(minutes=10),
    }
    return Order.model_validate(facts | more)


def trade(**more: object) -> Trade:
    facts: dict[str, object] = {"out_trade_no": "a" * 24, "state": "SUCCESS", "appid": "wx1", "mchid": "m1"}
    facts |= {"total_fen": 1500, "payer_openid": "o1", "transaction_id": "4200"}
    return Trade(**(facts | more))  # type: ignore[arg-type]


@pytest.mark.covers("A12")
def test_every_move_is_legal_or_refused() -> None:
    legal = {
        ("created", "prepaid"),
        ("created", "paid"),
        ("created", "closed"),
        ("prepaid", "paid"),
        ("prepaid", "closed"),
        ("closed", "paid"),
        ("paid", "refunding"),
        ("refunding", "paid"),
        ("refunding", "refunded"),
        ("refunding", "partly_refunded"),
        ("refunding", "abnormal"),
        ("partly_refunded", "refunding"),
        ("abnormal", "refunding"),
        ("abnormal", "refunded"),
        ("abnormal", "partly_refunded"),
    }
    for old, new in itertools.product(get_args(Status), repeat=2):
        if (old, new) in legal:
            rules.check_move(old, new)
        else:
            with pytest.raises(IllegalMove):
                rules.check_move(old, new)


@pytest.mark.parametrize("told", list(itertools.permutations(["NOTPAY", "SUCCESS", "CLOSED", "SUCCESS"])))
def test_whatever_the_order_of_news_money_wins(told: tuple[str, ...]) -> None:
    status: Status = "prepaid"
    for state in told:
        new = rules.after_trade(status, state)
        if new != status:
            rules.check_move(status, new)
        status = new
    assert status == "paid"


@pytest.mark.parametrize("status", ["created", "prepaid", "closed"])
def test_what_was_sent_back_at_wechats_own_desk_was_paid(status: Status) -> None:
    assert rules.after_trade(status, "REFUND") == "paid"


@pytest.mark.parametrize("status", ["paid", "refunding", "refunded", "partly_refunded", "abnormal"])
@pytest.mark.parametrize("told", ["NOTPAY", "SUCCESS", "CLOSED", "REFUND", "USERPAYING", "PAYERROR"])
def test_a_settled_order_is_not_moved_by_what_a_trade_says(status: Status, told: str) -> None:
    assert rules.after_trade(status, told) == status


@pytest.mark.parametrize(
    "wrong",
    [{"total_fen": 1499}, {"appid": "wx2"}, {"mchid": "m2"}, {"payer_openid": "o2"}, {"out_trade_no": "b" * 24}],
)
def test_a_trade_that_differs_is_refused(wrong: dict[str, object]) -> None:
    rules.check_trade(order(), trade(), "m1")
    with pytest.raises(TradeDiffers):
        rules.check_trade(order(), trade(**wrong), "m1")


def test_before_anybody_has_paid_wechat_names_no_payer() -> None:
    rules.check_trade(order(), trade(state="NOTPAY", payer_openid="", total_fen=1500), "m1")
    with pytest.raises(TradeDiffers):
        rules.check_trade(order(), trade(state="SUCCESS", payer_openid=""), "m1")
    with pytest.raises(TradeDiffers):
        rules.check_trade(order(), trade(state="NOTPAY", appid="wx2"), "m1")


@pytest.mark.parametrize("told", list(itertools.permutations(["processing", "success", "processing", "abnormal"])))
def test_whatever_the_order_of_news_a_refund_that_succeeded_has_succeeded(told: tuple[RefundStatus, ...]) -> None:
    status: RefundStatus = "waiting"
    for news in told:
        status = rules.after_refund_news(status, news)
    assert status == "success"


@pytest.mark.parametrize(
    "refunds,status,gone",
    [
        ([], "paid", 0),
        ([("waiting", 1500)], "refunding", 0),
        ([("success", 1500)], "refunded", 1500),
        ([("success", 500)], "partly_refunded", 500),
        ([("success", 500), ("processing", 1000)], "refunding", 500),
        ([("success", 500), ("success", 1000)], "refunded", 1500),
        ([("abnormal", 1500)], "abnormal", 0),
        ([("closed", 1500)], "abnormal", 0),
        ([("closed", 1500), ("success", 1500)], "refunded", 1500),
        ([("at_his", 1500)], "refunding", 0),
        ([("refused", 1500)], "paid", 0),
        ([("refused", 1500), ("success", 500)], "partly_refunded", 500),
    ],
)
def test_the_state_of_a_paid_order_follows_from_its_refunds(
    refunds: list[tuple[RefundStatus, int]], status: Status, gone: int
) -> None:
    for shuffled in itertools.permutations(refunds):
        assert rules.status_of_paid(1500, shuffled) == (status, gone)


def test_never_more_goes_back_than_came() -> None:
    assert rules.refundable(order(status="paid"), None) == 1500
    assert rules.refundable(order(status="partly_refunded", claimed_fen=500), None) == 1000
    assert rules.refundable(order(status="paid", claimed_fen=500), 1000) == 1000
    for claimed, wanted in ((500, 1001), (0, 0), (0, -1), (0, 1501)):
        with pytest.raises(MoreThanLeft):
            rules.refundable(order(status="paid", claimed_fen=claimed), wanted)
    with pytest.raises(NothingToRefund):
        rules.refundable(order(status="refunding", claimed_fen=1500), None)
    for status in ("created", "prepaid", "closed", "refunded"):
        with pytest.raises(NothingToRefund):
            rules.refundable(order(status=status), None)


def refund(status: RefundStatus = "success", **more: object) -> Refund:
    facts: dict[str, object] = {"id": "r", "order_id": "a" * 24, "amount_fen": 500, "reason": "样例", "status": status}
    return Refund.model_validate(facts | more)


def test_wechat_sends_back_for_a_year_fifty_times_and_once_a_minute() -> None:
    kept = order(status="paid", paid_at=NOW)
    year = NOW + timedelta(days=365)
    rules.check_limits(kept, [], year, NOW)
    with pytest.raises(RefundTooLate):
        rules.check_limits(kept, [], year + timedelta(seconds=1), NOW)
    long_ago = NOW - timedelta(minutes=1)
    many = [refund(asked_at=long_ago)] * 50
    rules.check_limits(kept, many[1:], NOW, NOW)
    rules.check_limits(kept, [*many[1:], refund("refused")], NOW, NOW)  # the HIS kept it: WeChat never heard of it
    with pytest.raises(TooManyRefunds):
        rules.check_limits(kept, many, NOW, NOW)
    with pytest.raises(RefundTooSoon) as refused:
        rules.check_limits(kept, [refund(asked_at=long_ago + timedelta(seconds=1))], NOW, NOW)
    assert refused.value.details["wait_s"] == 2


def test_the_systems_own_refund_waits_for_the_minute() -> None:
    minute = timedelta(minutes=1)
    assert rules.earliest([], NOW) == NOW
    assert rules.earliest([refund(asked_at=NOW)], NOW) == NOW + minute
    assert rules.earliest([refund(asked_at=NOW - minute)], NOW) == NOW
    assert rules.earliest([refund("waiting", due_at=NOW + minute)], NOW) == NOW + 2 * minute  # it waits itself
    assert rules.earliest([refund("waiting", due_at=NOW - minute)], NOW) == NOW + minute  # it is being asked for
    assert rules.earliest([refund("at_his")], NOW) == NOW
    assert rules.send_at([refund("waiting", due_at=NOW)], NOW) == NOW
    assert rules.send_at([refund(asked_at=NOW)], NOW) == NOW + minute


def test_money_that_the_his_has_begins_its_way_back_there() -> None:
    assert rules.first_step(order(status="paid"), [], 1500) == "at_his"
    assert rules.first_step(order(status="paid"), [refund("refused")], 1500) == "at_his"
    assert rules.first_step(order(status="abnormal", kind="appointment"), [refund("closed")], 500) == "waiting"
    with pytest.raises(WholeOnly):
        rules.first_step(order(status="paid"), [], 500)
    with pytest.raises(CancelBookingInstead):
        rules.first_step(order(status="paid", kind="appointment"), [], 1500)


def test_only_an_abnormal_refund_is_asked_for_again() -> None:
    rules.check_again(refund("abnormal"))
    moving: list[RefundStatus] = ["waiting", "processing", "success", "at_his"]
    for status in moving:
        with pytest.raises(NotAbnormal):
            rules.check_again(refund(status))
    over: list[RefundStatus] = ["closed", "refused"]
    for status in over:
        with pytest.raises(RefundClosed):
            rules.check_again(refund(status))


def test_a_refund_of_another_amount_is_not_ours() -> None:
    rules.check_refund(refund(), RefundState("r", "SUCCESS", 500))
    with pytest.raises(TradeDiffers):
        rules.check_refund(refund(), RefundState("r", "SUCCESS", 501))


def test_the_same_submission_is_the_same_refund() -> None:
    number = rules.number_of("a" * 24, "m1", "key-00001")
    assert number == rules.number_of("a" * 24, "m1", "key-00001")
    assert len(number) <= 64
    assert (
        len({number, rules.number_of("a" * 24, "m2", "key-00001"), rules.number_of("a" * 24, "m1", "key-00002")}) == 3
    )


def test_looks_come_soon_at_first_and_right_after_the_end() -> None:
    end = NOW + timedelta(minutes=10)
    assert [rules.next_look(n, NOW, end) - NOW for n in range(4)] == [timedelta(seconds=s) for s in (10, 30, 60, 300)]
    assert rules.next_look(3, end - timedelta(seconds=100), end) == end + timedelta(seconds=1)
    assert rules.next_look(9, end + timedelta(minutes=1), end) == end + timedelta(minutes=6)


def test_a_prepay_is_reused_for_an_hour_and_a_half() -> None:
    fresh = order(prepay_id="wx…", prepaid_at=NOW)
    assert rules.prepay_is_fresh(fresh, NOW + timedelta(minutes=99))
    assert not rules.prepay_is_fresh(fresh, NOW + timedelta(minutes=100))
    assert not rules.prepay_is_fresh(order(), NOW)
