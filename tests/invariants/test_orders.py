"""Whatever order things come in: nobody pays twice, no paid order is left without booking or refund."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from server.payments import rules
from tests.invariants.twin import FEE, Twin

NUMBER = st.integers(0, 5)
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
    st.tuples(st.just("wechat_refunds"), NUMBER, st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 11])),
)
HOLD_ENDS = [("book", 1, "s1"), ("open_sheet", 0, 1), ("wait", 11), ("release", 0)]
ENDINGS = st.one_of(st.none(), st.just(("stop_clinic",)))


def check_always(twin: Twin) -> None:
    """What holds at every moment."""
    live = Counter(b.slot_id for b in twin.bookings.values() if b.live)
    assert all(n == 1 for n in live.values()), "a place sold twice"
    assert all(o.refunded_fen <= o.claimed_fen <= FEE for o in twin.orders.values()), "more went back than came"
    for booking in twin.bookings.values():
        paid = [o for o in twin.orders.values() if o.id == booking.paid_order_id]
        if booking.status == "confirmed":
            assert [o.claimed_fen for o in paid] == [0], "confirmed without money"


def check_at_the_end(twin: Twin) -> None:
    """What holds when everything durable has run."""
    for order_id, state in twin.wechat.items():
        order, booking = twin.orders[order_id], twin.bookings[twin.orders[order_id].subject_id]
        if state == "SUCCESS":
            confirmed = booking.status == "confirmed" and booking.paid_order_id == order_id
            assert confirmed != (order.status == "refunded"), "paid, and neither confirmed nor refunded (or both)"
            assert twin.sent_back.get(f"{order_id}-full", 0) == (0 if confirmed else FEE)
        else:
            assert order.status == "closed"
    assert all(o.status not in rules.UNPAID for o in twin.orders.values())
    assert all(b.status != "held" for b in twin.bookings.values())


@pytest.mark.covers("N4", "N15", "A9", "A12")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example([*HOLD_ENDS, ("pay", 0, True), ("deliver", 0, False), ("react", 0, False)], None)
@example([*HOLD_ENDS, ("pay", 0, True), ("book", 2, "s1"), ("deliver", 0, True), ("react", 0, True)], None)
@example([*HOLD_ENDS, ("pay", 0, True), ("book", 1, "s2"), ("deliver", 0, True), ("react", 0, True)], None)
@example([*HOLD_ENDS, ("book", 2, "s1"), ("pay", 0, True), ("deliver", 0, True), ("react", 0, True)], None)
@given(st.lists(STEP, min_size=20, max_size=60), ENDINGS)
def test_any_schedule_ends_with_each_payment_confirmed_or_returned(steps: list[Any], ending: Any) -> None:
    twin = Twin()
    for name, *given_ in [*steps, *([ending] if ending else [])]:
        getattr(twin, name)(*given_)
        check_always(twin)
    twin.finish()
    check_always(twin)
    check_at_the_end(twin)
