"""Three books of a day: each kind of difference is found, and what only looks like one is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from server.context import FundRow, TradeRow
from server.payments.models import BillRow, Entry, Found, HisCharge, Refund
from server.payments.rules import moved
from server.payments.rules import reconciling as rules
from server.values import plus_days, shanghai_at

DAY, BEFORE, AFTER = "2026-11-25", "2026-11-24", "2026-11-26"
SIDES: dict[str, Any] = {
    "paid": ("wechat", "patients"),
    "charged": ("patients", "his"),
    "uncharged": ("his", "patients"),
    "refunded": ("patients", "wechat"),
}


def row(order: str = "o1", fen: int = 2500, *, on: str = DAY, fee: int | None = None, **more: Any) -> BillRow:
    at = shanghai_at(on, "09:00")
    kind = "refunded" if "refund" in more else "paid"
    number = more.get("refund", "")
    fee = fee if fee is not None else (1 if kind == "paid" else -1) * (rules.fee_of(fen, "0.60%") or 0)
    trade = TradeRow(kind, at, f"t-{order}", order, fen, fee, "0.60%", number, more.get("state", ""))  # type: ignore[arg-type]
    return rules.kept(on, trade)


def entry(kind: str, order: str = "o1", fen: int = 2500, *, at: datetime | None = None, **more: Any) -> Entry:
    at = at or shanghai_at(more.get("on", DAY), "09:00")
    number = more.get("refund", f"{order}{'-full' if kind == 'refunded' else ''}")
    on = (at + timedelta(hours=8)).date().isoformat()
    refund_id = number if kind == "refunded" else None
    facts = {"id": f"{kind}:{number}", "kind": kind, "at": at, "on": on, "order_id": order, "refund_id": refund_id}
    return Entry.model_validate(facts | {"lines": moved(*SIDES[kind], fen)})


def charge(order: str = "o1", fen: int = 2500, *, on: str = DAY) -> HisCharge:
    return HisCharge(id=f"{order}{fen}{on}", order_id=order, kind="bill", amount_fen=fen, at=shanghai_at(on, "09:01"))


def refund(status: str, order: str = "o1", fen: int = 2500) -> dict[str, Refund]:
    facts = {"id": f"{order}-full", "order_id": order, "amount_fen": fen, "reason": "样例", "status": status}
    return {f"{order}-full": Refund.model_validate(facts)}


def fees(fen: int) -> Entry:
    facts = {"id": f"fee:{DAY}", "kind": "fee", "at": shanghai_at(DAY, "23:59"), "on": DAY}
    return Entry.model_validate(facts | {"lines": moved("fees", "wechat", fen)})


def found(**books: Any) -> list[tuple[Any, ...]]:
    """Kind, number and the fen of each side."""
    return [
        (one.kind, one.number, one.wechat_fen, one.ledger_fen, one.his_fen)
        for one in rules.compare(rules.Books(DAY, **books))
    ]


PAID = {"rows": [row()], "entries": [entry("paid"), entry("charged")], "charges": [charge()]}


@pytest.mark.covers("N15.2", "A12")
def test_a_day_on_which_all_three_agree_has_no_difference() -> None:
    assert found(**PAID) == []
    assert found() == []
    cancelled = {
        "rows": [row(), row(refund="o1-full", state="SUCCESS")],
        "entries": [entry("paid"), entry("charged"), entry("uncharged"), entry("refunded")],
        "charges": [charge(), charge(fen=-2500)],
        "refunds": refund("success"),
    }
    assert found(**cancelled) == []


def test_money_at_wechat_that_we_have_not_noted() -> None:
    assert found(rows=[row()]) == [("wechat_only", "o1", 2500, None, None)]
    twice = rules.compare(
        rules.Books(DAY, **PAID | {"rows": [row(), row().model_copy(update={"id": "x", "transaction_id": "t2"})]})
    )
    assert [(one.kind, one.number) for one in twice] == [("wechat_only", "t2")]


def test_money_that_we_noted_and_wechat_has_not() -> None:
    assert found(**PAID | {"rows": []}) == [("ledger_only", "o1", None, 2500, None)]


def test_money_of_another_amount() -> None:
    assert found(**PAID | {"rows": [row(fen=2501)]}) == [("amount_differs", "o1", 2501, 2500, None)]


@pytest.mark.parametrize(
    "clock,other_bill,expected",
    [
        ("23:49", [], ["ledger_only"]),
        ("23:51", [], []),  # may stand in tomorrow's bill: tomorrow's run looks
        ("23:51", [row(on=AFTER)], []),
        ("00:01", [row(on=BEFORE)], []),  # in yesterday's bill
        ("00:01", [], ["ledger_only"]),
    ],
)
def test_what_happened_around_midnight_may_stand_in_the_bill_of_the_next_day(
    clock: str, other_bill: list[BillRow], expected: list[str]
) -> None:
    at = shanghai_at(DAY, clock)
    books = {"entries": [entry("paid", at=at), entry("charged", at=at)], "charges": [charge()], "others": other_bill}
    assert [kind for kind, *_ in found(**books)] == expected


def test_the_last_minutes_of_yesterday_are_looked_for_today() -> None:
    late = entry("paid", at=shanghai_at(DAY) - timedelta(minutes=5))
    books = {"entries": [late, entry("charged", on=BEFORE)], "charges": [charge(on=BEFORE)]}
    assert [kind for kind, *_ in found(**books)] == ["ledger_only"]
    assert found(**books | {"others": [row(on=BEFORE)]}) == []
    assert found(**books | {"rows": [row()], "entries": [*books["entries"]]}) == []


SENT = {"entries": [entry("paid", on=BEFORE)], "others": [row(on=BEFORE)]}


@pytest.mark.parametrize(
    "books,expected",
    [
        ({"rows": [row(refund="stranger", state="SUCCESS")]}, [("refund_wechat_only", "stranger", 2500, None, None)]),
        (
            {"rows": [row(refund="o1-full", state="SUCCESS")], "refunds": refund("processing")},
            [("refund_wechat_only", "o1-full", 2500, None, None)],
        ),
        ({"rows": [row(refund="o1-full", state="PROCESSING")], "refunds": refund("processing")}, []),  # on its way
        ({"rows": [row(refund="o1-full", state="FAIL")], "refunds": refund("abnormal")}, []),
        (
            {"rows": [row(refund="o1-full", state="PROCESSING", fen=2400)], "refunds": refund("processing")},
            [("refund_amount_differs", "o1-full", 2400, 2500, None)],
        ),
    ],
)
def test_refunds_at_wechat_that_we_have_not_noted(books: dict[str, Any], expected: list[Any]) -> None:
    assert [one for one in found(**SENT | books) if one[0].startswith("refund")] == expected


@pytest.mark.parametrize(
    "bill,expected",
    [
        ([], [("refund_ledger_only", "o1-full", None, 2500, None)]),
        ([row(on=BEFORE, refund="o1-full", state="PROCESSING")], []),  # accepted yesterday, arrived today
        (
            [row(on=BEFORE, refund="o1-full", state="PROCESSING", fen=2400)],
            [("refund_amount_differs", "o1-full", 2400, 2500, None)],
        ),
    ],
)
def test_a_refund_that_we_noted_stands_in_the_bill_of_the_day_that_accepted_it(
    bill: list[BillRow], expected: list[Any]
) -> None:
    books = {"entries": [*SENT["entries"], entry("refunded")], "others": [*SENT["others"], *bill]}
    assert found(**books, refunds=refund("success")) == expected


@pytest.mark.parametrize(
    "books,expected",
    [
        ({"charges": []}, [("his_missing", "o1", None, 2500, 0)]),  # it says it has answered, its books do not show it
        ({"charges": [], "entries": [entry("paid")]}, [("his_missing", "o1", None, 2500, 0)]),
        ({"charges": [charge(on=AFTER)]}, []),  # it was away until after midnight
        ({"charges": [charge(fen=2400)]}, [("his_amount_differs", "o1", None, 2500, 2400)]),
        (
            {"charges": [charge(), charge(fen=-2500), charge(fen=-2500, on=AFTER)]},
            [("his_amount_differs", "o1", None, 2500, -2500)],
        ),
        ({"entries": [entry("paid")]}, [("his_unnoted", "o1", None, 0, 2500)]),
        ({"entries": [entry("paid")], "charges": [], "refunds": refund("processing")}, []),  # it is going back
        ({"refunds": refund("at_his"), "charges": [charge(), charge(fen=-2500)]}, []),
    ],
)
def test_what_the_his_holds_of_a_payment(books: dict[str, Any], expected: list[Any]) -> None:
    assert found(**PAID | books) == expected


def test_the_his_holds_what_went_back_or_never_came() -> None:
    back = [entry("paid", on=BEFORE), entry("charged", on=BEFORE), entry("refunded")]
    bill = {"others": [row(on=BEFORE)], "rows": [row(refund="o1-full", state="SUCCESS")], "refunds": refund("success")}
    assert found(entries=back, **bill) == [("his_only", "o1", None, 0, 2500)]
    assert found(entries=back, charges=[charge(fen=-2500, on=AFTER)], **bill) == [("his_unnoted", "o1", None, 2500, 0)]
    taken = [*back, entry("uncharged", on=AFTER)]
    assert found(entries=taken, charges=[charge(fen=-2500, on=AFTER)], **bill) == []
    assert found(charges=[charge("nobody")]) == [("his_only", "nobody", None, 0, 2500)]


def test_what_the_his_was_told_on_a_later_day_counts() -> None:
    week_after = plus_days(DAY, 7)
    books = {"rows": [row()], "entries": [entry("paid"), entry("charged", on=week_after)]}
    assert found(**books) == []


def test_fees_are_those_of_the_rate_the_ledger_and_the_fund_flow() -> None:
    assert found(**PAID | {"entries": [*PAID["entries"], fees(15)]}) == []
    assert found(**PAID | {"entries": [*PAID["entries"], fees(14)]}) == [("fee_differs", "day", 15, 14, None)]
    assert found(**PAID | {"rows": [row(fee=16)]}) == []  # one fen: their rounding is their secret
    assert found(**PAID | {"rows": [row(fee=17)]}) == [("fee_differs", "o1", 17, 15, None)]
    kept = FundRow(shanghai_at(DAY), "1", "2", "扣除交易手续费", "out", 15, "o1")
    assert found(**PAID, funds=[kept]) == []
    assert found(**PAID, funds=[kept, kept]) == [("fee_differs", "fund", 30, 15, None)]


@pytest.mark.parametrize("fen,rate,fee", [(1, "0.60%", 0), (84, "0.60%", 1), (83, "0.60%", 0), (2500, "0.00%", 0)])
def test_a_fee_is_rounded_half_up(fen: int, rate: str, fee: int) -> None:
    assert rules.fee_of(fen, rate) == fee
    assert rules.fee_of(fen, "免") is None


def test_the_same_books_give_the_same_differences_in_the_same_order() -> None:
    books = {"rows": [row("o2"), row("o1")], "charges": [charge("o3")]}
    ids = [one.id for one in rules.compare(rules.Books(DAY, **books))]
    assert ids == [f"{DAY}:his_only:o3", f"{DAY}:wechat_only:o1", f"{DAY}:wechat_only:o2"]
    turned = {"rows": [row("o1"), row("o2")], "charges": [charge("o3")]}
    assert [one.id for one in rules.compare(rules.Books(DAY, **turned))] == ids


def test_the_totals_of_each_side() -> None:
    entries = [entry("paid"), entry("charged"), entry("refunded"), entry("paid", "o2", on=BEFORE)]
    sums = rules.totals(
        rules.Books(DAY, [row(), row(refund="o1-full")], [], entries, {}, [charge(), charge(fen=-2500, on=AFTER)])
    )
    assert (sums.wechat.came, sums.wechat.came_fen, sums.wechat.went_fen, sums.fees_fen) == (1, 2500, 2500, 0)
    assert (sums.ledger.came_fen, sums.ledger.went_fen, sums.ledger_his.came_fen) == (2500, 2500, 2500)
    assert (sums.his.came_fen, sums.his.went_fen, sums.corrected_fen) == (2500, 0, 0)


def difference(kind: str, number: str = "o1", **fen: int) -> Found:
    return Found.model_validate({"id": f"{DAY}:{kind}:{number}", "on": DAY, "kind": kind, "number": number} | fen)


@pytest.mark.parametrize(
    "kind,fen,moves",
    [
        ("ledger_only", {"ledger_fen": 2500}, -2500),
        ("wechat_only", {"wechat_fen": 2500}, 2500),
        ("refund_wechat_only", {"wechat_fen": 2500}, -2500),
        ("amount_differs", {"ledger_fen": 2500, "wechat_fen": 2600}, 100),
        ("refund_ledger_only", {"ledger_fen": 2500}, 2500),
        ("refund_amount_differs", {"ledger_fen": 2500, "wechat_fen": 2600}, -100),
        ("fee_differs", {"ledger_fen": 14, "wechat_fen": 15}, -1),
    ],
)
def test_a_correction_makes_the_ledger_say_what_wechat_says(kind: str, fen: dict[str, int], moves: int) -> None:
    assert rules.correction_of(difference(kind, **fen)) == moves


def test_each_difference_has_its_own_ways() -> None:
    assert rules.ways(difference("his_missing"), "bill") == ("tell_his", "refund", "explain")
    assert rules.ways(difference("his_missing"), "appointment") == ("tell_his", "explain")
    assert rules.ways(difference("his_only"), None) == ("explain",)
    assert rules.ways(difference("wechat_only"), "bill") == ("ask_wechat", "explain")
    assert rules.ways(difference("wechat_only"), None) == ("ask_wechat", "correct", "explain")
    refund = difference("refund_wechat_only")
    assert rules.ways(refund, "bill", knows_refund=True) == ("ask_wechat", "explain")
    assert rules.ways(refund, "bill") == ("ask_wechat", "correct", "explain")  # sent back by hand at WeChat Pay
    assert rules.ways(difference("fee_differs", "day"), None) == ("correct", "explain")
    assert rules.ways(difference("fee_differs", "o1"), "bill") == ("explain",)
    assert set(rules.TEXTS) == set(rules.ACTIONS)


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    assert entry("paid", at=datetime(2026, 11, 25, 15, 59, tzinfo=UTC)).on == DAY
    assert entry("paid", at=datetime(2026, 11, 25, 16, 0, tzinfo=UTC)).on == AFTER


# --- any day -----------------------------------------------------------------------------------

ORDERS = st.lists(
    st.fixed_dictionaries(
        {
            "fen": st.integers(1, 500_000),
            "paid": st.integers(0, 23 * 60 + 49),  # minutes of the day
            "told": st.sampled_from([DAY, AFTER]),  # when the HIS heard of it
            "back": st.sampled_from([None, DAY, AFTER]),  # when a refund of the day arrived
            "gave": st.sampled_from([DAY, AFTER]),  # when the HIS gave it back
        }
    ),
    min_size=1,
    max_size=4,
)
LOSSES = {
    "row": {"ledger_only"},
    "refund_row": {"refund_ledger_only"},
    "paid": {"wechat_only"},
    "charge": {"his_missing", "his_amount_differs"},
    "give_back": {"his_only"},
    "fen": {"amount_differs"},
}


def day_of(orders: list[dict[str, Any]]) -> dict[str, Any]:
    """The three books of these orders when nothing went wrong."""
    books: dict[str, Any] = {"rows": [], "entries": [], "charges": [], "refunds": {}}
    for index, one in enumerate(orders):
        id, fen = f"o{index}", one["fen"]
        books["rows"].append(row(id, fen))
        books["entries"].append(entry("paid", id, fen, at=shanghai_at(DAY) + timedelta(minutes=one["paid"])))
        books["entries"].append(entry("charged", id, fen, on=one["told"]))
        books["charges"].append(charge(id, fen, on=one["told"]))
        if one["back"]:
            state = "SUCCESS" if one["back"] == DAY else "PROCESSING"
            books["rows"].append(row(id, fen, refund=f"{id}-full", state=state))
            books["entries"] += [
                entry("refunded", id, fen, on=one["back"]),
                entry("uncharged", id, fen, on=one["gave"]),
            ]
            books["charges"].append(charge(id, -fen, on=one["gave"]))
            books["refunds"] |= refund("success", id, fen)
    return books


@pytest.mark.covers("N15.2")
@settings(max_examples=60, deadline=None)
@given(orders=ORDERS, loss=st.sampled_from(sorted(LOSSES)))
def test_a_day_that_went_well_agrees_and_one_thing_lost_is_found_where_it_was_lost(
    orders: list[dict[str, Any]], loss: str
) -> None:
    books = day_of(orders)
    assert rules.compare(rules.Books(DAY, **books)) == []
    first, fen = "o0", orders[0]["fen"]
    match loss:
        case "row":
            books["rows"] = [one for one in books["rows"] if one.id != "paid:t-o0"]
        case "refund_row":
            assume(orders[0]["back"] == DAY)
            books["rows"] = [one for one in books["rows"] if one.id != "refunded:o0-full"]
        case "paid":
            assume(not orders[0]["back"])
            books["entries"] = [one for one in books["entries"] if one.order_id != first]
            books["charges"] = [one for one in books["charges"] if one.order_id != first]
        case "charge":
            books["charges"] = [one for one in books["charges"] if one.order_id != first or one.amount_fen < 0]
        case "give_back":
            assume(orders[0]["back"])
            books["charges"] = [one for one in books["charges"] if one.order_id != first or one.amount_fen > 0]
        case "fen":
            books["rows"][0] = row(first, fen + 1)
    seen = rules.compare(rules.Books(DAY, **books))
    assert {one.order_id for one in seen} == {first}
    assert {one.kind for one in seen} <= LOSSES[loss]
