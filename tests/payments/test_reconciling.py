"""A day of three books over HTTP against the simulated WeChat Pay and HIS: found, settled, found again the same."""

from typing import Any

import pytest

from server.context import Actor, App
from server.errors import Foreign
from server.payments import service as payments
from server.payments import store
from server.payments.models import Found, Reconciliation, Settlement
from server.payments.rules import balance
from server.payments.service import settling
from server.payments.store import reconciling as days
from server.sandbox.his_hospital import Hospital
from server.values import shanghai_at
from tests.appointments import steps
from tests.conftest import TestClock

DAY, NEXT = "2026-11-25", "2026-11-26"
URL = f"/api/staff/reconciliations/{DAY}"


@pytest.fixture
async def zhang(app: App, phone_of: Any, platform: Any, worker_step: Any) -> Any:
    """Zhang's phone; he has one unpaid bill."""
    await steps.open_hospital(app)
    phone = await phone_of("zhang")
    phone.patient_id = await steps.bound(phone, platform, "zhang")
    await worker_step()
    return phone


@pytest.fixture
async def finance(console_of: Any) -> Any:
    return await console_of("finance")


async def pay_bill(zhang: Any, platform: Any) -> dict[str, Any]:
    """His unpaid bill is paid; gives {order_id, bill_id, fen}."""
    (bill,) = (await zhang.get("/api/bills?status=unpaid")).json()["items"]
    sheet = (await zhang.post(f"/api/bills/{bill['id']}/payment", json={"channel": "jsapi"})).json()
    assert (await platform.pay("zhang", sheet["params"])).endswith(":ok")
    return {"order_id": sheet["order_id"], "bill_id": bill["id"], "fen": bill["total_fen"]}


async def pay_booking(app: App, zhang: Any, platform: Any) -> tuple[str, str]:
    """A place for 20 yuan is booked and paid; gives the booking's and the order's id."""
    made = await steps.booked(zhang, await steps.free_slot(app, 2000), zhang.patient_id)
    sheet = await steps.prepaid(zhang, made["id"])
    await platform.pay("zhang", sheet["params"])
    return made["id"], sheet["order_id"]


async def compare(finance: Any) -> dict[str, Any]:
    said = await finance.post(URL)
    assert said.status_code == 200, said.text
    return dict(said.json())


async def settle(finance: Any, id: str, action: str, note: str = "") -> Any:
    return await finance.post(f"{URL}/differences/{id}/settlement", json={"action": action, "note": note})


def stands(report: dict[str, Any], state: str = "open") -> list[tuple[str, str]]:
    return [(one["kind"], one["number"]) for one in report["differences"] if one["state"] == state]


async def wechat_of_ledger(app: App) -> int:
    """What our ledger says WeChat Pay holds for us."""
    found = [line async for doc in app.db["ledger"].find() for line in doc["lines"] if line["account"] == "wechat"]
    return sum(line["debit_fen"] - line["credit_fen"] for line in found)


def charge_of(paid: dict[str, Any]) -> dict[str, Any]:
    """A line of the HIS's book of the next day."""
    at = f"{NEXT}T12:00:00+08:00"
    return {"id": "SF9", "order_id": paid["order_id"], "kind": "bill", "amount_fen": paid["fen"], "at": at}


async def lose_at_the_his(platform: Any, paid: dict[str, Any]) -> None:
    """The HIS has answered, and then its books of this payment are gone."""
    hospital = Hospital(platform.world.state, platform.world.clock)
    hospital.change("bills", paid["bill_id"], status="unpaid", payments={})
    for id, charge in platform.world.state.items("his_charge"):
        if charge["order_id"] == paid["order_id"]:
            platform.world.state.delete("his_charge", id)


@pytest.mark.covers("N15.2", "A12", "A13")
async def test_a_day_of_payments_and_refunds_agrees_to_the_cent_the_next_morning_by_itself(
    app: App, zhang: Any, finance: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    paid = await pay_bill(zhang, platform)
    booking, _ = await pay_booking(app, zhang, platform)
    await steps.settled(platform, worker_step)
    clock.advance(minutes=2)
    await zhang.delete(f"/api/appointments/{booking}")
    await steps.settled(platform, worker_step)
    for _ in range(2):
        await payments.plan_reconciling(app)  # the day before us, which was empty
    clock.set(shanghai_at(NEXT, "09:59"))
    await payments.plan_reconciling(app)
    await worker_step()
    assert (await finance.get(URL)).json()["state"] == "waiting"
    clock.set(shanghai_at(NEXT, "10:30"))
    await worker_step()
    report = (await finance.get(URL)).json()
    assert (report["state"], report["differences"], report["trouble"]) == ("balanced", [], None)
    came, fee = paid["fen"] + 2000, report["totals"]["fees_fen"]
    for side in ("wechat", "ledger", "ledger_his", "his"):
        assert report["totals"][side] == {"came": 2, "came_fen": came, "went": 1, "went_fen": 2000}
    assert fee > 0
    assert await wechat_of_ledger(app) == paid["fen"] - fee
    again = await compare(finance)
    assert again["totals"] == report["totals"]
    assert await app.db["ledger"].count_documents({"_id": f"fee:{DAY}"}) == 1
    days = (await finance.get("/api/staff/reconciliations")).json()["items"]
    assert [(day["on"], day["state"]) for day in days] == [(DAY, "balanced"), ("2026-11-24", "balanced")]


@pytest.mark.covers("N15.2")
async def test_a_lost_payment_is_found_asked_for_and_told_to_the_his(
    app: App, zhang: Any, finance: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    await platform.fault(part="notify", effect="lose")
    paid = await pay_bill(zhang, platform)
    clock.set(shanghai_at(NEXT, "10:30"))
    report = await compare(finance)
    assert stands(report) == [("wechat_only", paid["order_id"])]
    (one,) = report["differences"]
    assert (one["wechat_fen"], one["ledger_fen"], one["order_kind"]) == (paid["fen"], None, "bill")
    assert one["actions"] == ["ask_wechat", "explain"]
    assert stands(await compare(finance)) == stands(report)
    assert (await settle(finance, one["id"], "refund", "退")).json()["code"] == "wrong_action"
    assert (await settle(finance, one["id"], "explain")).json()["code"] == "invalid"
    report = (await settle(finance, one["id"], "ask_wechat")).json()
    assert stands(report, "settled") == [("wechat_only", paid["order_id"])]
    assert stands(report) == [("his_missing", paid["order_id"])]  # the worker has not told it yet
    assert [d["how"] for d in report["differences"] if d["state"] == "settled"] == ["ask_wechat"]
    assert (await settle(finance, one["id"], "explain", "再说一次")).json()["code"] == "difference_settled"
    await steps.settled(platform, worker_step)
    report = await compare(finance)
    assert (report["state"], stands(report)) == ("settled", [])
    lines = [doc["why"] async for doc in app.db["audit"].find({"action": "payments.settle_difference"})]
    assert lines == [f"ask_wechat {one['id']}"]


@pytest.mark.covers("N15.2", "A13")
async def test_what_the_his_lost_is_told_again(
    app: App, zhang: Any, finance: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    paid = await pay_bill(zhang, platform)
    await steps.settled(platform, worker_step)
    await lose_at_the_his(platform, paid)
    clock.set(shanghai_at(NEXT, "10:30"))
    report = await compare(finance)
    assert stands(report) == [("his_missing", paid["order_id"])]
    said = await settle(finance, report["differences"][0]["id"], "tell_his")
    assert (said.status_code, stands(said.json())) == (200, [("his_missing", paid["order_id"])])
    assert said.json()["differences"][0]["asked_at"]
    await steps.settled(platform, worker_step)
    clock.advance(minutes=3)
    await worker_step()  # the day is compared again by itself
    report = (await finance.get(URL)).json()
    assert (report["open"], [d["how"] for d in report["differences"]]) == (0, ["vanished"])
    assert report["totals"]["his"]["came"] == 0  # it has it on the day on which it was told
    clock.set(shanghai_at("2026-11-27", "10:30"))
    tomorrow = (await finance.post(f"/api/staff/reconciliations/{NEXT}")).json()
    assert tomorrow["differences"] == []


async def test_a_booking_that_the_his_lost_is_told_again(
    app: App, zhang: Any, finance: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    booking, order = await pay_booking(app, zhang, platform)
    await steps.settled(platform, worker_step)
    state = platform.world.state
    for kind in ("his_charge", "his_booking", "his_place"):
        for id, _ in state.items(kind):
            state.delete(kind, id)
    clock.set(shanghai_at(NEXT, "10:30"))
    report = await compare(finance)
    assert stands(report) == [("his_missing", order)]
    assert report["differences"][0]["actions"] == ["tell_his", "explain"]
    await settle(finance, report["differences"][0]["id"], "tell_his")
    await steps.settled(platform, worker_step)
    assert (await steps.his_bookings(platform))[booking] == "booked"
    assert stands(await compare(finance)) == []


async def test_money_that_the_his_does_not_have_can_go_back(
    app: App, zhang: Any, finance: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    paid = await pay_bill(zhang, platform)
    await steps.settled(platform, worker_step)
    await lose_at_the_his(platform, paid)
    clock.set(shanghai_at(NEXT, "10:30"))
    report = await compare(finance)
    said = await settle(finance, report["differences"][0]["id"], "refund", "窗口已另行收费")
    assert stands(said.json(), "settled") == [("his_missing", paid["order_id"])]
    await steps.settled(platform, worker_step)
    assert (await payments.get(app, paid["order_id"])).status == "refunded"
    hospital = Hospital(platform.world.state, platform.world.clock)
    hospital.change("bills", paid["bill_id"], status="paid", payments={paid["order_id"]: paid["fen"]})
    platform.world.state.put("his_charge", "SF9", charge_of(paid))  # now the HIS has what went back
    clock.set(shanghai_at("2026-11-27", "10:30"))
    report = (await finance.post(f"/api/staff/reconciliations/{NEXT}")).json()
    assert stands(report) == [("his_only", paid["order_id"])]
    url = f"/api/staff/reconciliations/{NEXT}/differences/{report['differences'][0]['id']}/settlement"
    assert (await finance.post(url, json={"action": "tell_his"})).status_code == 200
    await steps.settled(platform, worker_step)
    report = (await finance.post(f"/api/staff/reconciliations/{NEXT}")).json()
    assert stands(report) == []


async def test_money_that_the_his_lost_and_takes_no_more_goes_back_and_leaves_nothing_in_the_books(
    app: App, zhang: Any, finance: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    paid = await pay_bill(zhang, platform)
    await steps.settled(platform, worker_step)
    await lose_at_the_his(platform, paid)
    await platform.his("pay-at-counter", bill_id=paid["bill_id"])
    clock.set(shanghai_at(NEXT, "10:30"))
    report = await compare(finance)
    await settle(finance, report["differences"][0]["id"], "tell_his")
    await steps.settled(platform, worker_step)
    assert (await payments.get(app, paid["order_id"])).status == "refunded"
    assert balance(await store.ledger_of_orders(app, [paid["order_id"]])) == dict.fromkeys(
        ("wechat", "patients", "his", "fees", "suspense"), 0
    )


async def test_a_correction_is_its_own_balanced_posting_and_stays_settled(
    app: App, zhang: Any, finance: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    paid = await pay_bill(zhang, platform)
    await steps.settled(platform, worker_step)
    platform.world.state.delete("orders", paid["order_id"])  # WeChat Pay knows nothing of it
    clock.set(shanghai_at(NEXT, "10:30"))
    report = await compare(finance)
    assert stands(report) == [("ledger_only", paid["order_id"])]
    id = report["differences"][0]["id"]
    asked = await settle(finance, id, "ask_wechat")
    assert (asked.status_code, asked.json()["code"]) == (409, "still_differs")
    said = await settle(finance, id, "correct", "微信无此笔，已与客服核实")
    assert said.json()["state"] == "settled"
    assert said.json()["totals"]["corrected_fen"] == 0  # as of the run before
    assert await wechat_of_ledger(app) == 0
    assert await app.db["ledger"].count_documents({"_id": f"correction:{id}", "kind": "correction"}) == 1
    report = await compare(finance)
    assert (report["state"], stands(report, "settled")) == ("settled", [("ledger_only", paid["order_id"])])
    assert report["totals"]["corrected_fen"] == -paid["fen"]
    sheet = await finance.get(f"{URL}/sheet")
    assert sheet.headers["content-type"].startswith("text/csv")
    assert f"{paid['fen'] / 100:.2f}" in sheet.text
    assert "微信无此笔" in sheet.text


async def test_a_bill_that_is_not_there_yet_or_not_believed_is_asked_for_again(
    app: App, zhang: Any, finance: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    await pay_bill(zhang, platform)
    await steps.settled(platform, worker_step)
    assert (await finance.post(URL)).json()["code"] == "bill_not_there"
    clock.set(shanghai_at(NEXT, "09:30"))
    assert (await finance.post(URL)).json()["code"] == "bill_not_there"
    await payments.reconcile(app, DAY)
    assert (await app.db["jobs"].find_one({"_id": f"payments.reconcile:{DAY}"}))["due_at"] == shanghai_at(NEXT, "09:40")
    clock.set(shanghai_at(NEXT, "10:30"))
    await platform.fault(part="pay", effect="tamper", path="/v3/billdownload/*", what="content", times=1)
    with pytest.raises(Foreign):
        await payments.reconcile(app, DAY)
    assert (await finance.get(URL)).json()["trouble"] == "pay bill_hash"
    steps.his_fault(platform, down=True)
    assert (await finance.post(URL)).status_code == 503
    assert (await finance.get(URL)).json()["trouble"] == "his down"
    steps.his_fault(platform)
    assert (await compare(finance))["state"] == "balanced"


async def test_only_finance_reconciles(console_of: Any) -> None:
    doctor = await console_of("doctor")
    for call in (doctor.get("/api/staff/reconciliations"), doctor.post(URL), doctor.get(f"{URL}/sheet")):
        assert (await call).status_code == 403
    assert (await settle(doctor, f"{DAY}:his_missing:x", "explain", "x")).status_code == 403
    finance = await console_of("finance")
    assert (await finance.get(URL)).status_code == 404
    assert (await settle(finance, f"{DAY}:his_missing:x", "explain", "x")).status_code == 404


async def test_days_that_passed_unseen_are_planned_a_week_back_and_open_ones_again(app: App, clock: TestClock) -> None:
    await payments.plan_reconciling(app)
    await app.db["reconciliations"].update_one({"_id": "2026-11-24"}, {"$set": {"open": 1}})
    await app.db["jobs"].delete_many({})
    clock.set(shanghai_at("2026-11-27", "08:00"))
    await payments.plan_reconciling(app)
    jobs = {doc["key"]: doc["due_at"] async for doc in app.db["jobs"].find({"kind": "payments.reconcile"})}
    tomorrow_morning = shanghai_at("2026-11-27", "10:30")
    assert jobs == {
        "2026-11-24": tomorrow_morning,
        DAY: shanghai_at(NEXT, "10:30"),
        NEXT: tomorrow_morning,
    }
    clock.set(shanghai_at("2026-12-24", "08:00"))
    await payments.plan_reconciling(app)
    days = sorted([doc["_id"] async for doc in app.db["reconciliations"].find()])
    assert days[3:] == [f"2026-12-{day}" for day in range(17, 24)]


async def test_a_difference_that_was_settled_over_other_amounts_is_open_again(app: App) -> None:
    seen = Found(id=f"{DAY}:amount_differs:o1", on=DAY, kind="amount_differs", number="o1", wechat_fen=2, ledger_fen=1)
    explained = {"state": "settled", "how": "explain", "note": "核实", "by": "staff:f"}
    for fen, state in ((2, "settled"), (3, "open")):
        await app.db.transact(lambda tx: days.keep_found(app, [seen], tx))
        await app.db["differences"].update_one({"_id": seen.id}, {"$set": explained})
        again = seen.model_copy(update={"wechat_fen": fen})
        await app.db.transact(lambda tx, it=again: days.keep_found(app, [it], tx))  # type: ignore[misc]
        (kept,) = await days.differences(app, DAY)
        assert (kept.state, kept.wechat_fen) == (state, fen)
    await app.db.transact(lambda tx: days.close_vanished(app, DAY, [], {}, tx))
    assert [(one.state, one.how) for one in await days.differences(app, DAY)] == [("settled", "vanished")]
    await app.db.transact(lambda tx: days.keep_found(app, [seen], tx))
    assert [(one.state, one.how) for one in await days.differences(app, DAY)] == [("open", None)]


async def test_what_was_corrected_over_other_amounts_is_corrected_by_the_rest(app: App) -> None:
    finance = Actor("staff", "f")
    seen = Found(id=f"{DAY}:amount_differs:o1", on=DAY, kind="amount_differs", number="o1", wechat_fen=2, ledger_fen=1)
    await days.keep_day(app, Reconciliation(on=DAY, state="differs"))
    for wechat_fen, corrected_fen in ((2, 1), (5, 4), (3, 2)):
        now = seen.model_copy(update={"wechat_fen": wechat_fen})
        await app.db.transact(lambda tx, it=now: days.keep_found(app, [it], tx))  # type: ignore[misc]
        wish = Settlement(action="correct", note="核实")
        assert (await payments.settle_difference(app, DAY, seen.id, wish, by=finance)).open == 0
        assert await wechat_of_ledger(app) == corrected_fen
    assert await app.db["ledger"].count_documents({}) == 3


async def test_what_is_said_of_amounts_that_have_changed_is_not_taken(app: App) -> None:
    seen = Found(id=f"{DAY}:amount_differs:o1", on=DAY, kind="amount_differs", number="o1", wechat_fen=2, ledger_fen=1)
    await app.db.transact(lambda tx: days.keep_found(app, [seen], tx))
    (shown,) = await days.differences(app, DAY)
    changed = seen.model_copy(update={"wechat_fen": 3})
    await app.db.transact(lambda tx: days.keep_found(app, [changed], tx))
    settled = {"state": "settled", "how": "explain"}
    assert not await app.db.transact(lambda tx: days.settle_difference(app, seen.id, settled, tx, seen=shown))


async def test_what_stands_under_an_earlier_day_is_not_said_twice_unless_its_amounts_are_others(app: App) -> None:
    seen = Found(id=f"{DAY}:his_missing:o1", on=DAY, kind="his_missing", number="o1", ledger_fen=2, his_fen=0)
    await app.db.transact(lambda tx: days.keep_found(app, [seen], tx))
    same = seen.model_copy(update={"id": f"{NEXT}:his_missing:o1", "on": NEXT})
    other = same.model_copy(update={"ledger_fen": 1})
    assert await days.standing(app, NEXT, DAY, [other]) == {other.id}  # it is open there
    await app.db["differences"].update_one({"_id": seen.id}, {"$set": {"state": "settled", "how": "explain"}})
    assert await days.standing(app, NEXT, DAY, [same]) == {same.id}
    assert await days.standing(app, NEXT, DAY, [other]) == set()


async def test_a_charge_that_the_his_says_twice_is_one(
    app: App, zhang: Any, finance: Any, platform: Any, worker_step: Any, clock: TestClock, monkeypatch: Any
) -> None:
    await pay_bill(zhang, platform)
    await steps.settled(platform, worker_step)
    clock.set(shanghai_at(NEXT, "10:30"))
    ask = app.his.charges

    async def twice(on: str) -> list[dict[str, Any]]:
        return (await ask(DAY)) * 2  # and of whichever day it is asked

    monkeypatch.setattr(app.his, "charges", twice)
    assert (await compare(finance))["state"] == "balanced"


async def test_of_very_many_differences_the_page_shows_the_first(app: App, monkeypatch: Any) -> None:
    monkeypatch.setattr(settling, "MOST_SHOWN", 2)
    number = ["o1", "o2", "o3"]
    found = [Found(id=f"{DAY}:his_missing:{n}", on=DAY, kind="his_missing", number=n) for n in number]
    await app.db.transact(lambda tx: days.keep_found(app, found, tx))
    await days.keep_day(app, Reconciliation(on=DAY, state="differs", open=3))
    finance = Actor("staff", "f")
    report = await payments.reconciliation(app, DAY, by=finance)
    assert (report.open, [one.number for one in report.differences]) == (3, number[:2])
    assert len((await payments.reconciliation_csv(app, DAY, by=finance)).splitlines()) == 4
