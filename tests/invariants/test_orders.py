"""Whatever order things come in: nobody pays twice, nothing paid is left without its service or a refund,
and the ledger says what WeChat Pay and the HIS really hold.
"""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from server.payments import rules
from tests.invariants.schedules import SCHEDULES
from tests.invariants.twin import FEE, Twin

NUMBER = st.integers(0, 5)
BILL = st.sampled_from(["b1", "b2"])
STEP = st.one_of(
    st.tuples(st.just("book"), st.integers(1, 3), st.sampled_from(["s1", "s2"])),
    st.tuples(st.just("open_sheet"), NUMBER, st.integers(1, 2)),
    st.tuples(st.just("pay"), NUMBER, st.sampled_from([False, False, False, True])),
    st.tuples(st.just("deliver"), NUMBER, st.booleans()),
    st.tuples(st.just("lose"), NUMBER),
    st.tuples(st.just("react"), NUMBER, st.booleans()),
    st.tuples(st.just("sweep"), NUMBER),
    st.tuples(st.just("release"), NUMBER),
    st.tuples(st.just("cancel"), NUMBER),
    st.tuples(st.just("open_bill"), BILL, st.integers(1, 2)),
    st.tuples(st.just("pay_at_counter"), BILL),
    st.tuples(st.just("tell_his"), NUMBER, st.booleans(), st.sampled_from([True, True, False])),
    st.tuples(st.just("send_refund"), NUMBER, st.booleans()),
    st.tuples(st.just("wechat_refunds"), NUMBER, st.sampled_from(["SUCCESS", "SUCCESS", "ABNORMAL", "CLOSED"])),
    st.tuples(st.just("staff_refund"), NUMBER, st.sampled_from([None, None, 300, 700, FEE + 1])),
    st.tuples(st.just("ask_again"), NUMBER),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 11])),
)
HOLD_ENDS = [("book", 1, "s1"), ("open_sheet", 0, 1), ("wait", 11), ("release", 0)]
BILL_PAID = [("open_bill", "b1", 1), ("pay", 0, False), ("deliver", 0, False), ("react", 0, False)]
SENT_BACK = [("send_refund", 0, False), ("wechat_refunds", 0, "SUCCESS"), ("deliver", 0, False), ("deliver", 0, False)]
TAKEN = [*BILL_PAID, ("tell_his", 0, False, True), ("staff_refund", 0, None), ("react", 0, False)]
CONTRADICTS = [("tell_his", 0, True, True), ("tell_his", 0, False, False)]  # gives it back unheard, then says no
CLOSED = [*BILL_PAID[:3], ("pay_at_counter", "b1"), ("react", 0, False), ("tell_his", 0, False, True)]
CLOSED += [("send_refund", 0, True), ("wechat_refunds", 0, "CLOSED"), ("deliver", 1, False)]
ENDINGS = st.one_of(st.none(), st.just(("stop_clinic",)))


def check_always(twin: Twin) -> None:
    """What holds at every moment."""
    live = Counter(b.slot_id for b in twin.bookings.values() if b.live)
    assert all(n == 1 for n in live.values()), "a place sold twice"
    assert all(o.refunded_fen <= o.claimed_fen <= FEE for o in twin.orders.values()), "more went back than came"
    assert sum(rules.balance(twin.till.ledger.values()).values()) == 0, "the ledger does not balance"
    for order in twin.orders.values():
        books = rules.balance(twin.till.entries(order.id))
        came = FEE if order.status not in rules.UNSETTLED else 0
        assert books["wechat"] == came - order.refunded_fen, "the ledger says other than the order"
        assert books["his"] in (0, -FEE), "charged twice, or given back what was never charged"
        assert twin.till.sent_back(order.id) <= (FEE if twin.wechat.get(order.id) == "SUCCESS" else 0)
    for booking in twin.bookings.values():
        paid = [o for o in twin.orders.values() if o.id == booking.paid_order_id]
        if booking.status == "confirmed":
            assert [o.claimed_fen for o in paid] == [0], "confirmed without money"


def serves(twin: Twin, order_id: str) -> bool:
    """Whether this order's money confirmed its booking or paid its bill."""
    order = twin.orders[order_id]
    if order.kind == "bill":
        return twin.bills[order.subject_id] == order_id
    booking = twin.bookings[order.subject_id]
    return booking.status == "confirmed" and booking.paid_order_id == order_id


def check_at_the_end(twin: Twin) -> None:
    """What holds when everything durable has run."""
    for order_id, state in twin.wechat.items():
        order, holds = twin.orders[order_id], FEE - twin.till.sent_back(order_id) if state == "SUCCESS" else 0
        books = rules.balance(twin.till.entries(order_id))
        assert books["wechat"] == holds, "the ledger says other than WeChat Pay"
        assert books["his"] == -twin.till.his.get(order_id, 0), "the ledger says other than the HIS"
        assert books["patients"] == 0, "money lies with us that is nobody's"
        if state == "SUCCESS":
            served = serves(twin, order_id)
            assert served != (order.status == "refunded"), "paid, and neither served nor refunded (or both)"
            assert holds == (FEE if served else 0)
        else:
            assert order.status == "closed"
    for subject_id in {order.subject_id for order in twin.orders.values()}:
        kept = [o for o in twin.orders.values() if o.subject_id == subject_id and o.status == "paid"]
        assert len(kept) <= 1, "paid twice for one thing"
    assert all(o.status not in rules.UNPAID for o in twin.orders.values())
    assert all(b.status != "held" for b in twin.bookings.values())


@pytest.mark.covers("N4", "N15", "N15.2", "A9", "A12")
@settings(max_examples=SCHEDULES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example([*HOLD_ENDS, ("pay", 0, True), ("deliver", 0, False), ("react", 0, False)], None)
@example([*HOLD_ENDS, ("pay", 0, True), ("book", 2, "s1"), ("deliver", 0, True), ("react", 0, True)], None)
@example([*HOLD_ENDS, ("pay", 0, True), ("book", 1, "s2"), ("deliver", 0, True), ("react", 0, True)], None)
@example([*HOLD_ENDS, ("book", 2, "s1"), ("pay", 0, True), ("deliver", 0, True), ("react", 0, True)], None)
@example([*TAKEN, ("tell_his", 0, True, True), ("tell_his", 0, False, True), *SENT_BACK], None)
@example([*TAKEN, ("tell_his", 0, False, False), ("staff_refund", 0, None), ("react", 1, False)], None)
@example([*TAKEN, *CONTRADICTS], None)
@example([*CLOSED, ("wait", 1), ("staff_refund", 0, 300), ("wait", 1), *SENT_BACK, ("staff_refund", 0, 700)], None)
@given(st.lists(STEP, min_size=20, max_size=60), ENDINGS)
def test_any_schedule_ends_with_each_payment_served_or_returned_and_true_books(steps: list[Any], ending: Any) -> None:
    twin = Twin()
    for name, *given_ in [*steps, *([ending] if ending else [])]:
        getattr(twin, name)(*given_)
        check_always(twin)
    twin.finish()
    check_always(twin)
    check_at_the_end(twin)
