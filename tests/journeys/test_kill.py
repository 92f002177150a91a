"""Any process may be killed at any moment and started again: nothing that was acknowledged is lost."""

import json
import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from server.embedded import tail
from tests.journeys.crowd import Visitor, gather
from tests.journeys.hospital import Hospital, open_hospital, wait_until

PROCESSES = ("web", "worker", "sandbox", "valkey", "mongod")
PEOPLE = ["zhang", "li", "wang", "chen"]
Store = Database[dict[str, Any]]
DONE_WITHIN_S = 120  # MongoDB keeps the transaction of a killed process, and what it locks, for a minute


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """A hospital of its own, with data that survive."""
    with open_hospital(tmp_path) as opened:
        yield opened


@pytest.mark.covers("A6.1", "A6.4", "N4.1")
def test_each_process_is_killed_once_while_people_book_and_pay(hospital: Hospital) -> None:
    crowd, stop = gather(hospital, PEOPLE, places=60)
    live_through(hospital, crowd, stop, list(PROCESSES))
    assert_nothing_is_lost(hospital, crowd)


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(3))
def test_processes_die_again_and_again_in_any_order(hospital: Hospital, seed: int) -> None:
    chance = random.Random(seed)
    crowd, stop = gather(hospital, PEOPLE, places=60)
    live_through(hospital, crowd, stop, [chance.choice(PROCESSES) for _ in range(25)])
    assert_nothing_is_lost(hospital, crowd)


def live_through(hospital: Hospital, crowd: list[Visitor], stop: threading.Event, deaths: list[str]) -> None:
    """The crowd goes on while one process after the other dies and comes back."""
    for visitor in crowd:
        visitor.start()
    for name in deaths:
        threading.Event().wait(0.4)
        hospital.kill(name)
        threading.Event().wait(0.2)
        hospital.start(name)
        wait_until(hospital.is_well, what=f"the hospital is well after {name} died")
    threading.Event().wait(0.5)
    stop.set()
    for visitor in crowd:
        visitor.join(30)
        visitor.account.http.close()
        assert visitor.fault is None, visitor.fault
    assert all(visitor.booked for visitor in crowd), [visitor.answers for visitor in crowd]


def assert_nothing_is_lost(hospital: Hospital, crowd: list[Visitor]) -> None:
    """What was acknowledged is there, money and places agree on all sides, nothing waits to be done."""
    url = hospital.running.env["MONGODB_URL"]
    with MongoClient[dict[str, Any]](url, tz_aware=True) as client:
        store: Store = client[hospital.settings.mongodb_name]
        await_quiet(hospital, store)
        bookings = {doc["_id"]: doc for doc in store.appointments.find()}
        said = [visitor.answers for visitor in crowd]
        for visitor in crowd:
            assert visitor.booked <= set(bookings), said
            assert all(bookings[id]["status"] == "cancelled" for id in visitor.cancelled), said
        assert_no_place_twice(store, bookings)
        assert_money_agrees(hospital, store, bookings)
        assert_his_agrees(hospital, bookings)


def await_quiet(hospital: Hospital, store: Store) -> None:
    """The leases of the dead run out; then every event and every due job is done."""
    log = hospital.running.data_dir / "logs" / "worker.log"
    give_up_at, look = monotonic() + DONE_WITHIN_S, 0
    while waiting := due(store):
        if look % 15 == 0:
            let_leases_run_out(store)
        look += 1
        assert monotonic() < give_up_at, f"still to be done: {waiting}\n{tail(log, 20)}"
        threading.Event().wait(0.3)


def let_leases_run_out(store: Store) -> None:
    """A minute passes for what the dead have left, and for what is tried again with growing pauses."""
    now = datetime.now(UTC)
    store.events.update_many({"state": "waiting"}, {"$set": {"due_at": now}})
    store.jobs.update_many({"lease_until": {"$gt": now}}, {"$set": {"lease_until": now}})
    sweeps = {"kind": {"$in": ["payments.sweep", "payments.refund"]}, "clock": "real"}
    store.jobs.update_many(sweeps, {"$set": {"due_at": now}})


def due(store: Store) -> dict[str, int]:
    """What waits: events, jobs that are due, money on its way, the HIS to be told."""
    found = Counter(f"event {doc['type']}" for doc in store.events.find({"state": "waiting"}))
    found += Counter(f"job {doc['kind']}" for doc in store.jobs.find({"due_at": {"$lte": datetime.now(UTC)}}))
    found += Counter(f"refund {doc['status']}" for doc in store.refunds.find({"status": {"$ne": "success"}}))
    found += Counter(f"write-back {doc['kind']}" for doc in store.write_backs.find({"status": "waiting"}))
    return dict(found)


def assert_no_place_twice(store: Store, bookings: dict[str, dict[str, Any]]) -> None:
    """One live booking at most for a place, and the place says the same."""
    sold = Counter(doc["slot_id"] for doc in bookings.values() if doc["status"] == "confirmed")
    assert sold, "nobody got a place"
    assert max(sold.values()) == 1, sold
    taken = {doc["_id"]: doc["appointment_id"] for doc in store.slots.find({"state": "taken"})}
    assert taken == {doc["slot_id"]: id for id, doc in bookings.items() if doc["status"] == "confirmed"}


def assert_money_agrees(hospital: Hospital, store: Store, bookings: dict[str, dict[str, Any]]) -> None:
    """Each payment at WeChat has a confirmed booking, or has gone back."""
    orders = {doc["_id"]: doc for doc in store.orders.find()}
    for trade in hospital.http.get("/sandbox/api/orders").json()["items"]:
        ours = orders[trade["out_trade_no"]]
        booking = bookings[ours["subject_id"]]
        seen = (trade["trade_state"], ours["status"], booking["status"], booking["paid_order_id"] == ours["_id"])
        if trade["trade_state"] == "SUCCESS":
            assert seen == ("SUCCESS", "paid", "confirmed", True), seen
        elif trade["trade_state"] == "REFUND":
            assert ours["status"] == "refunded", seen
            assert booking["status"] != "confirmed", seen


def assert_his_agrees(hospital: Hospital, bookings: dict[str, dict[str, Any]]) -> None:
    """The HIS holds exactly the bookings that are confirmed."""
    with closing(sqlite3.connect(hospital.running.data_dir / "sandbox" / "state.sqlite")) as memory:
        kept = memory.execute("SELECT key, body FROM documents WHERE kind = 'his_booking'").fetchall()
    booked = {id for id, body in kept if json.loads(body)["status"] == "booked"}
    assert booked == {id for id, doc in bookings.items() if doc["status"] == "confirmed"}
