"""The staff's desk of orders over HTTP: what is shown to whom, and each refund that is made or refused."""

import asyncio
from typing import Any

import pytest

from server.context import App, RefundState
from server.errors import Foreign
from server.payments import service as payments
from server.payments.service import reading
from server.write_backs import service as write_backs
from tests.appointments import steps
from tests.conftest import TestClock
from tests.payments.test_ledger import accounts, kinds


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


@pytest.fixture
async def bill(zhang: Any, platform: Any, worker_step: Any) -> dict[str, Any]:
    """A bill that is paid, and that the HIS has taken."""
    (found,) = (await zhang.get("/api/bills?status=unpaid")).json()["items"]
    sheet = (await zhang.post(f"/api/bills/{found['id']}/payment", json={"channel": "jsapi"})).json()
    await platform.pay("zhang", sheet["params"])
    await steps.settled(platform, worker_step)
    return {"id": found["id"], "order_id": sheet["order_id"], "fen": found["total_fen"]}


@pytest.fixture
async def booking(app: App, zhang: Any, platform: Any, worker_step: Any) -> dict[str, Any]:
    """A booking that is paid and confirmed, for 2000 fen."""
    made = await steps.booked(zhang, await steps.free_slot(app, 2000), zhang.patient_id)
    sheet = await steps.prepaid(zhang, made["id"])
    await platform.pay("zhang", sheet["params"])
    await steps.settled(platform, worker_step)
    return {"id": made["id"], "order_id": sheet["order_id"]}


async def opened(console: Any, order_id: str) -> dict[str, Any]:
    said = await console.get(f"/api/staff/orders/{order_id}")
    assert said.status_code == 200, said.text
    return dict(said.json())


async def refund(console: Any, order_id: str, fen: int, key: str = "key-00001") -> Any:
    wish = {"amount_fen": fen, "reason": "重复缴费"}
    return await console.post(f"/api/staff/orders/{order_id}/refunds", json=wish, headers={"Idempotency-Key": key})


def code(said: Any) -> tuple[int, str]:
    return said.status_code, said.json().get("code", "")


@pytest.mark.covers("A12", "R30")
async def test_orders_are_found_by_state_kind_day_and_number_and_the_look_is_audited(
    app: App, finance: Any, bill: dict[str, Any], booking: dict[str, Any]
) -> None:
    async def found(query: str = "") -> list[str]:
        said = await finance.get(f"/api/staff/orders{query}")
        assert said.status_code == 200, said.text
        return [order["id"] for order in said.json()["items"]]

    both = [booking["order_id"], bill["order_id"]]
    transaction_id = (await payments.get(app, bill["order_id"])).transaction_id
    assert await found() == both
    assert await found("?kind=bill") == both[1:]
    assert await found("?status=paid&on=2026-11-25") == both
    assert await found("?status=refunded") == await found("?on=2026-11-24") == await found("?number=no-such") == []
    assert await found(f"?number={bill['order_id']}") == await found(f"?number={transaction_id}") == both[1:]
    assert await found(f"?next={booking['order_id']}") == both[1:]
    assert (await finance.get(f"/api/staff/orders?next={'0' * 24}")).status_code == 404
    shown = (await finance.get("/api/staff/orders?kind=bill")).json()["items"][0]
    assert shown["patient_name"].startswith("张")
    assert "建国" not in shown["patient_name"]
    line = await app.db["audit"].find_one({"action": "payments.list", "actor_id": finance.member_id})
    assert line
    assert line["patient_ids"] == [(await payments.get(app, bill["order_id"])).patient_id]


@pytest.mark.covers("A12")
async def test_a_bill_goes_back_whole_and_at_the_his_first(
    app: App, finance: Any, zhang: Any, bill: dict[str, Any], platform: Any, worker_step: Any
) -> None:
    before = await opened(finance, bill["order_id"])
    assert (before["whole_only"], before["no_refund"]) == (True, None)
    assert [entry["kind"] for entry in before["ledger"]] == ["paid", "charged"]
    assert code(await refund(finance, bill["order_id"], 100, "key-part")) == (409, "whole_only")
    assert code(await refund(finance, bill["order_id"], bill["fen"] + 1, "key-more")) == (409, "more_than_left")
    said = await refund(finance, bill["order_id"], bill["fen"])
    assert said.status_code == 201, said.text
    assert [r["status"] for r in said.json()["refunds"]] == ["at_his"]
    assert said.json()["order"]["left_fen"] == 0
    assert (await refund(finance, bill["order_id"], bill["fen"])).json() == said.json()  # the same submission
    await steps.settled(platform, worker_step)
    after = await opened(finance, bill["order_id"])
    assert after["order"]["status"] == "refunded"
    assert [(r["status"], r["asked_by"], r["reason"]) for r in after["refunds"]] == [("success", "样例", "重复缴费")]
    told = await app.db["messages"].find_one({"key": "refund_done"})
    assert told
    facts = app.security.open("messages", told["_id"], told["sealed"])["facts"]
    assert facts["退费说明"] == "医院为您办理了退费"  # what finance typed may name an illness
    assert await kinds(app, bill["order_id"]) == ["charged", "paid", "refunded", "uncharged"]
    assert await accounts(app, bill["order_id"]) == {}
    assert next(b["status"] for b in await app.his.bills("P900001") if b["id"] == bill["id"]) == "refunded"
    assert await app.db["messages"].count_documents({"key": "refund_done"}) == 1
    assert code(await refund(finance, bill["order_id"], 1, "key-gone")) == (409, "nothing_to_refund")


async def test_what_the_his_does_not_give_back_stays_paid_and_says_why(
    app: App, finance: Any, bill: dict[str, Any], platform: Any, worker_step: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def used(bill_id: str, order_id: str) -> None:
        raise Foreign("his", "already_used", "never")

    monkeypatch.setattr(app.his, "delete_bill_payment", used)
    assert (await refund(finance, bill["order_id"], bill["fen"])).status_code == 201
    await steps.settled(platform, worker_step)
    after = await opened(finance, bill["order_id"])
    assert (after["order"]["status"], after["order"]["left_fen"]) == ("paid", bill["fen"])
    assert [r["status"] for r in after["refunds"]] == ["refused"]
    assert "药品已取" in after["refunds"][0]["problem"]
    assert await accounts(app, bill["order_id"]) == {"wechat": bill["fen"], "his": -bill["fen"]}
    monkeypatch.undo()
    assert (await refund(finance, bill["order_id"], bill["fen"], "key-00002")).status_code == 201
    await steps.settled(platform, worker_step)
    assert (await opened(finance, bill["order_id"]))["order"]["status"] == "refunded"


@pytest.mark.covers("N15")
async def test_money_of_which_the_his_has_not_heard_goes_back_when_it_answers_again(
    app: App, finance: Any, zhang: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    (found,) = (await zhang.get("/api/bills?status=unpaid")).json()["items"]
    sheet = (await zhang.post(f"/api/bills/{found['id']}/payment", json={"channel": "jsapi"})).json()
    steps.his_fault(platform, down=True)
    await platform.pay("zhang", sheet["params"])
    await worker_step()
    assert (await refund(finance, sheet["order_id"], found["total_fen"])).status_code == 201
    await worker_step()
    assert (await opened(finance, sheet["order_id"]))["refunds"][0]["status"] == "at_his"
    assert await accounts(app, sheet["order_id"]) == {"wechat": found["total_fen"], "patients": -found["total_fen"]}
    steps.his_fault(platform)
    clock.advance(minutes=20)
    await steps.settled(platform, worker_step)
    assert (await opened(finance, sheet["order_id"]))["order"]["status"] == "refunded"
    assert await kinds(app, sheet["order_id"]) == ["paid", "refunded"]
    assert next(b["status"] for b in await app.his.bills("P900001") if b["id"] == found["id"]) == "unpaid"


async def test_a_refund_that_waits_for_the_his_is_not_forgotten_when_the_his_is_to_be_told_again(
    app: App,
    finance: Any,
    bill: dict[str, Any],
    platform: Any,
    worker_step: Any,
    clock: TestClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(bill_id: str, order_id: str) -> None:
        raise Foreign("his", "timeout", "unknown")

    monkeypatch.setattr(app.his, "delete_bill_payment", away)
    seen = await payments.get(app, bill["order_id"])  # by who is about to tell the HIS again
    assert (await refund(finance, bill["order_id"], bill["fen"])).status_code == 201
    await worker_step()
    await write_backs.owe_again(app, "bill", seen, title="门诊缴费", job="bills.tell_his")
    monkeypatch.undo()
    clock.advance(minutes=20)
    await steps.settled(platform, worker_step)
    assert (await opened(finance, bill["order_id"]))["order"]["status"] == "refunded"
    assert await accounts(app, bill["order_id"]) == {}


async def test_two_of_finance_at_once_send_it_back_once(
    app: App, console_of: Any, bill: dict[str, Any], platform: Any, worker_step: Any
) -> None:
    desks = [await console_of("finance"), await console_of("finance")]
    said = await asyncio.gather(*(refund(desk, bill["order_id"], bill["fen"]) for desk in desks))
    assert sorted(code(one) for one in said) == [(201, ""), (409, "nothing_to_refund")]
    await steps.settled(platform, worker_step)
    kept = await payments.get(app, bill["order_id"])
    assert (kept.status, kept.claimed_fen, kept.refunded_fen) == ("refunded", bill["fen"], bill["fen"])


async def test_a_booking_that_holds_is_cancelled_instead(finance: Any, booking: dict[str, Any]) -> None:
    file = await opened(finance, booking["order_id"])
    assert "取消预约" in file["no_refund"]
    assert code(await refund(finance, booking["order_id"], 2000)) == (409, "cancel_booking_instead")
    assert (await opened(finance, booking["order_id"]))["refunds"] == []


@pytest.mark.covers("A12")
async def test_a_refund_that_wechat_closed_is_made_anew_in_parts_a_minute_apart(
    app: App, finance: Any, zhang: Any, booking: dict[str, Any], platform: Any, worker_step: Any, clock: TestClock
) -> None:
    order_id = booking["order_id"]
    await zhang.delete(f"/api/appointments/{booking['id']}")
    await payments.settle_refund(app, RefundState(f"{order_id}-full", "CLOSED", 2000))
    await worker_step()
    closed = await opened(finance, order_id)
    assert (closed["order"]["status"], closed["order"]["left_fen"], closed["whole_only"]) == ("abnormal", 2000, False)
    again = await finance.post(f"/api/staff/refunds/{order_id}-full/again")
    assert code(again) == (409, "refund_closed")
    assert (await refund(finance, order_id, 500)).status_code == 201
    await worker_step()
    soon = await refund(finance, order_id, 1500, "key-00002")
    assert code(soon) == (429, "refund_too_soon")
    assert 0 < soon.json()["details"]["wait_s"] <= 60
    clock.advance(seconds=61)
    assert code(await refund(finance, order_id, 1501, "key-00003")) == (409, "more_than_left")
    assert (await refund(finance, order_id, 1500, "key-00002")).status_code == 201
    await steps.settled(platform, worker_step)
    after = await opened(finance, order_id)
    assert (after["order"]["status"], after["order"]["refunded_fen"]) == ("refunded", 2000)
    assert [r["amount_fen"] for r in after["refunds"] if r["status"] == "success"] == [500, 1500]
    assert await accounts(app, order_id) == {}


async def test_an_abnormal_refund_is_asked_for_again_under_its_number(
    app: App, finance: Any, zhang: Any, booking: dict[str, Any], platform: Any, worker_step: Any
) -> None:
    order_id, refund_id = booking["order_id"], f"{booking['order_id']}-full"
    await platform.fault(part="pay", effect="error", path="/v3/refund/*", status=400, code="INVALID_REQUEST", times=1)
    await zhang.delete(f"/api/appointments/{booking['id']}")
    await steps.settled(platform, worker_step)
    (shown,) = (await opened(finance, order_id))["refunds"]
    assert (shown["status"], shown["asked_by"]) == ("abnormal", "患者")
    assert "微信没有接受" in shown["problem"]
    assert [o["id"] for o in (await finance.get("/api/staff/orders?status=abnormal")).json()["items"]] == [order_id]
    assert (await finance.get("/api/staff/overview")).json()["refunds_failed"] == 1
    said = await finance.post(f"/api/staff/refunds/{refund_id}/again")
    assert said.status_code == 200, said.text
    assert said.json()["order"]["status"] == "refunding"
    await steps.settled(platform, worker_step)
    after = await opened(finance, order_id)
    assert [(r["id"], r["status"], r["problem"]) for r in after["refunds"]] == [(refund_id, "success", None)]
    assert code(await finance.post(f"/api/staff/refunds/{refund_id}/again")) == (409, "refund_not_abnormal")
    assert await accounts(app, order_id) == {}


async def test_a_refund_needs_its_key_an_amount_and_a_reason(finance: Any, bill: dict[str, Any]) -> None:
    path = f"/api/staff/orders/{bill['order_id']}/refunds"
    wish = {"amount_fen": bill["fen"], "reason": "重复缴费"}
    assert code(await finance.post(path, json=wish)) == (400, "idempotency_key_missing")
    key = {"Idempotency-Key": "key-00001"}
    for wrong in ({"amount_fen": 0}, {"amount_fen": 1.5}, {"reason": " "}, {"reason": "长" * 81}, {"by": "x"}):
        assert (await finance.post(path, json=wish | wrong, headers=key)).status_code == 400
    assert (await refund(finance, "0" * 24, 1)).status_code == 404
    assert (await finance.post(f"/api/staff/refunds/{'0' * 24}-full/again")).status_code == 404
    assert (await finance.get(f"/api/staff/orders/{'0' * 24}")).status_code == 404


async def test_strangers_neither_see_orders_nor_send_money(console_of: Any, zhang: Any, bill: dict[str, Any]) -> None:
    for role in ("admin", "doctor", "nurse", "desk", "editor"):
        console = await console_of(role)
        assert (await console.get("/api/staff/orders")).status_code == 403
        assert (await console.get(f"/api/staff/orders/{bill['order_id']}")).status_code == 403
        assert (await refund(console, bill["order_id"], bill["fen"])).status_code == 403
        assert (await console.post(f"/api/staff/refunds/{bill['order_id']}-full/again")).status_code == 403
    assert (await zhang.get("/api/staff/orders")).status_code == 401
    assert (await refund(zhang, bill["order_id"], bill["fen"])).status_code == 401


async def test_a_page_that_asks_too_often_is_shown_what_we_know(
    app: App, zhang: Any, platform: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,) = (await zhang.get("/api/bills?status=unpaid")).json()["items"]
    sheet = (await zhang.post(f"/api/bills/{found['id']}/payment", json={"channel": "jsapi"})).json()
    monkeypatch.setattr(reading, "LOOKS", 1)
    await platform.fault(part="notify", effect="lose")
    address = f"/api/orders/{sheet['order_id']}?refresh=true"
    assert (await zhang.get(address)).json()["status"] == "prepaid"
    await platform.pay("zhang", sheet["params"])
    assert (await zhang.get(address)).json()["status"] == "prepaid"  # WeChat Pay was not asked again
