"""The ledger: which lines a fact makes, that nothing unbalanced gets in, what is recorded as money comes and goes."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.errors import WriteError

from server.context import SYSTEM, App
from server.payments import rules, store
from server.payments import service as payments
from server.payments.models import Entry, Line, Refund, Unbalanced
from tests.appointments import steps
from tests.conftest import TestClock
from tests.payments.test_rules import NOW, order

LATE = datetime(2026, 11, 25, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai


def refund(**more: Any) -> Refund:
    facts: dict[str, Any] = {"id": f"{'a' * 24}-full", "order_id": "a" * 24, "amount_fen": 500}
    return Refund(**(facts | {"reason": "样例", "status": "success"} | more))


def test_each_fact_moves_money_from_one_account_to_the_other() -> None:
    entries = [rules.paid(order(), NOW), rules.charged(order(), NOW)]
    assert rules.balance(entries) == {"wechat": 1500, "patients": 0, "his": -1500, "fees": 0, "suspense": 0}
    assert rules.held_by_his(entries) == 1500
    back = rules.uncharged(order(), entries, NOW)
    assert back is not None
    entries += [back, rules.refunded(order(), refund(), NOW)]
    assert rules.balance(entries) == {"wechat": 1000, "patients": -1000, "his": 0, "fees": 0, "suspense": 0}
    assert [entry.id for entry in entries] == [
        f"paid:{'a' * 24}",
        f"charged:{'a' * 24}",
        f"uncharged:{'a' * 24}:1",
        f"refunded:{'a' * 24}-full",
    ]
    for entry in entries:
        rules.check_entry(entry)


def test_what_the_his_does_not_hold_it_cannot_give_back() -> None:
    assert rules.uncharged(order(), [rules.paid(order(), NOW)], NOW) is None
    entries = [rules.paid(order(), NOW), rules.charged(order(), NOW)]
    back = rules.uncharged(order(), entries, NOW)
    assert back
    assert rules.uncharged(order(), [*entries, back], NOW) is None


def test_the_day_of_an_entry_is_shanghais() -> None:
    assert rules.paid(order(), LATE).on == "2026-11-26"


WRONG: list[list[tuple[Any, int, int]]] = [
    [],
    [("wechat", 1500, 0)],
    [("wechat", 1500, 0), ("patients", 0, 1499)],
    [("wechat", 1500, 0), ("patients", 1500, 0)],
    [("wechat", 0, 0), ("patients", 0, 0)],
    [("wechat", -1500, 0), ("patients", 0, -1500)],
    [("wechat", 1500, 1500), ("patients", 1500, 1500)],
    [("patients", 1500, 0), ("wechat", 0, 1500)],  # the right sum on the wrong sides
    [("wechat", 1500, 0), ("his", 0, 1500)],
]


@pytest.mark.parametrize("lines", WRONG)
def test_an_entry_that_does_not_balance_is_refused(lines: list[tuple[Any, int, int]]) -> None:
    made = [Line(account=account, debit_fen=debit, credit_fen=credit) for account, debit, credit in lines]
    with pytest.raises(Unbalanced):
        rules.check_entry(rules.paid(order(), NOW).model_copy(update={"lines": made}))


def test_a_correction_says_itself_what_it_moves() -> None:
    rules.check_entry(
        Entry(id="correction:d1", kind="correction", at=NOW, on="2026-11-25", lines=rules.moved("suspense", "his", 1))
    )


@pytest.mark.parametrize(
    "lines", [WRONG[2], WRONG[1], [("nobody", 1, 0), ("his", 0, 1)], [("his", 1, 0), ("fees", 0, 1)]]
)
async def test_the_collection_itself_takes_only_what_balances(app: App, lines: list[tuple[str, int, int]]) -> None:
    doc = rules.paid(order(), NOW).model_dump(exclude={"id"}) | {"_id": "paid:x"}
    doc["lines"] = [{"account": a, "debit_fen": debit, "credit_fen": credit} for a, debit, credit in lines]
    if lines[0][0] == "his":
        await app.db["ledger"].insert_one(doc)
        return
    with pytest.raises(WriteError):
        await app.db["ledger"].insert_one(doc)


async def accounts(app: App, order_id: str) -> dict[str, int]:
    """What the ledger has of an order, by account, without what is nothing."""
    entries = await store.ledger_of_orders(app, [order_id])
    return {name: fen for name, fen in rules.balance(entries).items() if fen}


async def kinds(app: App, order_id: str) -> list[str]:
    return sorted(entry.kind for entry in await store.ledger_of_orders(app, [order_id]))


@pytest.mark.covers("A12")
async def test_a_booking_paid_and_cancelled_leaves_nothing_and_each_step_once(
    app: App, phone_of: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    await steps.open_hospital(app)
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    made = await steps.booked(phone, await steps.free_slot(app, 2000), patient)
    sheet = await steps.prepaid(phone, made["id"])
    await platform.pay("zhang", sheet["params"])
    order_id = sheet["order_id"]
    assert await accounts(app, order_id) == {"wechat": 2000, "patients": -2000}  # before the HIS has heard of it
    await steps.settled(platform, worker_step)
    assert await accounts(app, order_id) == {"wechat": 2000, "his": -2000}
    for _ in range(2):  # heard twice
        await app.db.transact(lambda tx: payments.note_charged(app, order_id, tx))
    assert await kinds(app, order_id) == ["charged", "paid"]
    assert len(await store.ledger_of_day(app, "2026-11-25")) == 2
    clock.advance(minutes=1)
    await phone.delete(f"/api/appointments/{made['id']}")
    await steps.settled(platform, worker_step)
    assert await kinds(app, order_id) == ["charged", "paid", "refunded", "uncharged"]
    assert await accounts(app, order_id) == {}


async def test_a_fact_is_posted_once_though_two_tell_it_at_once(app: App) -> None:
    entry = rules.paid(order(), NOW)
    told = [await app.db.transact(lambda tx: store.post(app, entry, tx)) for _ in range(2)]
    assert told == [True, False]
    kept = await store.ledger_of_orders(app, [entry.order_id or ""])
    assert kept == [entry]
    assert SYSTEM.id in kept[0].by


def test_nothing_but_adding_is_ever_done_to_the_ledger() -> None:
    """Its one write adds what is not there."""
    sources = [path.read_text() for path in Path("server").rglob("*.py")]
    writes = [line for text in sources for line in re.findall(r'db\["ledger"\]\.(?!find\b|find_one\b)\w+\(.*', text)]
    assert len(writes) == 1
    assert writes[0].startswith('db["ledger"].update_one({"_id": entry.id}, {"$setOnInsert": doc}, upsert=True')
