"""Bills over HTTP: read from the HIS, paid, written back; paid at the counter; the HIS away."""

from typing import Any

import pytest

from server.bills import service as bills
from server.context import App, Trade
from server.integration import his_feed
from server.payments import service as payments
from tests.appointments import steps
from tests.conftest import TestClock


@pytest.fixture
async def zhang(app: App, phone_of: Any, platform: Any, worker_step: Any) -> Any:
    """Zhang's phone; he has one unpaid bill and three paid ones."""
    await steps.open_hospital(app)
    phone = await phone_of("zhang")
    await steps.bound(phone, platform, "zhang")
    await worker_step()
    return phone


async def unpaid(phone: Any) -> list[dict[str, Any]]:
    said = await phone.get("/api/bills?status=unpaid")
    assert said.status_code == 200, said.text
    return list(said.json()["items"])


async def at_the_his(app: App, bill_id: str) -> str:
    return next(str(b["status"]) for b in await app.his.bills("P900001") if b["id"] == bill_id)


async def sheet(phone: Any, bill_id: str) -> dict[str, Any]:
    said = await phone.post(f"/api/bills/{bill_id}/payment", json={"channel": "jsapi"})
    assert said.status_code == 200, said.text
    return dict(said.json())


@pytest.mark.covers("A12", "A13", "A17")
async def test_a_bill_is_read_paid_and_written_to_the_his(
    app: App, zhang: Any, platform: Any, worker_step: Any
) -> None:
    (bill,) = await unpaid(zhang)
    assert bill["total_fen"] == sum(i["amount_fen"] for i in bill["items"]) > 0
    assert bill["patient_name"] == "张建国"
    assert bill["department_name"]
    assert bill["doctor_name"]
    assert (await zhang.get(f"/api/bills/{bill['id']}")).json() == bill
    opened = await sheet(zhang, bill["id"])
    assert (await unpaid(zhang))[0]["status"] == "paying"
    await platform.pay("zhang", opened["params"])
    assert await unpaid(zhang) == []  # here at once, before the HIS has heard of it
    await steps.settled(platform, worker_step)
    paid = (await zhang.get("/api/bills?status=paid")).json()["items"]
    assert bill["id"] in [b["id"] for b in paid]
    assert len(paid) == 4
    assert await at_the_his(app, bill["id"]) == "paid"
    again = await zhang.post(f"/api/bills/{bill['id']}/payment", json={"channel": "jsapi"})
    assert again.status_code == 409
    assert again.json()["code"] == "bill_settled"
    orders = (await zhang.get("/api/orders")).json()["items"]
    assert [(o["kind"], o["subject_id"], o["title"]) for o in orders] == [("bill", bill["id"], "门诊缴费")]
    assert await steps.events(app, "bills.paid") == 1
    assert await app.db["audit"].count_documents({"action": "bills.list"}) >= 1


@pytest.mark.covers("A12", "N15")
async def test_when_it_was_paid_at_the_counter_meanwhile_the_money_returns_by_itself(
    app: App, zhang: Any, platform: Any, worker_step: Any
) -> None:
    (bill,) = await unpaid(zhang)
    opened = await sheet(zhang, bill["id"])
    await platform.his("pay-at-counter", bill_id=bill["id"])
    await platform.pay("zhang", opened["params"])
    await steps.settled(platform, worker_step)
    order = (await zhang.get(f"/api/orders/{opened['order_id']}")).json()
    assert order["status"] == "refunded"
    assert order["refunded_fen"] == bill["total_fen"]
    assert await steps.events(app, "bills.refused") == 1
    assert bill["id"] in [b["id"] for b in (await zhang.get("/api/bills?status=paid")).json()["items"]]


async def test_who_opens_sheet_after_sheet_is_stopped(zhang: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (bill,) = await unpaid(zhang)
    monkeypatch.setattr(bills, "SHEETS", 1)
    await sheet(zhang, bill["id"])
    assert (await zhang.post(f"/api/bills/{bill['id']}/payment", json={"channel": "jsapi"})).status_code == 429


async def test_a_bill_paid_at_the_counter_closes_the_open_sheet(
    app: App, zhang: Any, platform: Any, worker_step: Any
) -> None:
    (bill,) = await unpaid(zhang)
    opened = await sheet(zhang, bill["id"])
    await platform.his("pay-at-counter", bill_id=bill["id"])
    await his_feed.poll(app)
    await worker_step()
    assert (await zhang.get(f"/api/orders/{opened['order_id']}")).json()["status"] == "closed"
    refused = await zhang.post(f"/api/bills/{bill['id']}/payment", json={"channel": "jsapi"})
    assert refused.json()["code"] == "bill_settled"


@pytest.mark.covers("N15")
async def test_bills_can_be_read_and_paid_while_the_his_is_away(
    app: App, zhang: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    (bill,) = await unpaid(zhang)
    steps.his_fault(platform, down=True)
    clock.advance(minutes=5)
    away = (await zhang.get("/api/bills?status=unpaid")).json()
    assert away["items"] == [bill]
    assert away["as_of"]
    opened = await sheet(zhang, bill["id"])
    await platform.pay("zhang", opened["params"])
    await worker_step()
    assert await unpaid(zhang) == []
    steps.his_fault(platform)
    clock.advance(minutes=20)
    await worker_step()
    assert await at_the_his(app, bill["id"]) == "paid"


async def test_a_new_bill_appears_when_the_his_tells_of_it(
    app: App, zhang: Any, platform: Any, worker_step: Any
) -> None:
    assert len(await unpaid(zhang)) == 1
    await platform.his("issue-bill", his_id="P900001")
    await his_feed.poll(app)
    await worker_step()
    assert len(await unpaid(zhang)) == 2
    assert await steps.events(app, "bills.issued") == 1


async def test_bills_of_others_and_closed_records_are_refused(
    app: App, zhang: Any, phone_of: Any, platform: Any
) -> None:
    (bill,) = await unpaid(zhang)
    wang = await phone_of("wang")
    assert (await wang.get(f"/api/bills/{bill['id']}")).status_code == 404
    assert (await wang.post(f"/api/bills/{bill['id']}/payment", json={"channel": "jsapi"})).status_code == 404
    assert (await wang.get("/api/bills")).json()["items"] == []
    assert (await zhang.get("/api/bills/none")).status_code == 404
    sent = await zhang.post(f"/api/bills/{bill['id']}/payment", json={"channel": "jsapi", "amount_fen": 1})
    assert sent.status_code == 400


async def test_what_is_kept_of_a_bill_is_sealed(app: App, zhang: Any) -> None:
    (bill,) = await unpaid(zhang)
    kept = await app.db["bills"].find_one({"ids": bill["id"]})
    assert kept
    assert bill["items"][0]["name"] not in str(kept)


async def test_a_sheet_whose_time_is_over_is_replaced_by_a_new_one(app: App, zhang: Any, clock: TestClock) -> None:
    (bill,) = await unpaid(zhang)
    first = await sheet(zhang, bill["id"])
    clock.advance(minutes=31)
    second = await sheet(zhang, bill["id"])
    assert second["order_id"] != first["order_id"]
    assert (await zhang.get(f"/api/orders/{first['order_id']}")).json()["status"] == "closed"


async def late(app: App, order_id: str) -> None:
    """WeChat Pay has the money of an order that we have closed."""
    order = await payments.get(app, order_id)
    trade = Trade(order.id, "SUCCESS", order.appid, app.settings.pay_mchid, order.amount_fen, order.openid, "4200-late")
    await payments.settle(app, trade)


@pytest.fixture
async def over(zhang: Any, clock: TestClock, worker_step: Any) -> tuple[dict[str, Any], str]:
    """A bill, and the order for it whose time was over."""
    (bill,) = await unpaid(zhang)
    first = await sheet(zhang, bill["id"])
    clock.advance(minutes=31)
    await worker_step()
    assert (await zhang.get(f"/api/orders/{first['order_id']}")).json()["status"] == "closed"
    return bill, first["order_id"]


@pytest.mark.covers("A12", "N15")
async def test_late_money_pays_the_bill_and_no_second_sheet_is_opened(
    app: App, zhang: Any, over: Any, platform: Any, worker_step: Any
) -> None:
    bill, order_id = over
    second = await sheet(zhang, bill["id"])
    await late(app, order_id)
    await worker_step()
    assert await at_the_his(app, bill["id"]) == "paid"
    assert (await zhang.get(f"/api/orders/{order_id}")).json()["status"] == "paid"
    assert (await zhang.get(f"/api/orders/{second['order_id']}")).json()["status"] == "closed"


async def test_while_late_money_is_on_its_way_to_the_his_nothing_is_paid_twice(
    app: App, zhang: Any, over: Any, platform: Any, worker_step: Any
) -> None:
    bill, order_id = over
    steps.his_fault(platform, down=True)
    await late(app, order_id)
    await worker_step()
    again = await zhang.post(f"/api/bills/{bill['id']}/payment", json={"channel": "jsapi"})
    assert (again.status_code, again.json()["code"]) == (409, "already_paid")


@pytest.mark.covers("A12", "N15")
async def test_late_money_for_a_bill_that_is_settled_returns_and_the_patient_is_told(
    app: App, zhang: Any, over: Any, platform: Any, worker_step: Any
) -> None:
    bill, order_id = over
    await platform.his("pay-at-counter", bill_id=bill["id"])
    kept = platform.world.state.get("orders", order_id)
    paid = {"state": "SUCCESS", "transaction_id": "4200-late", "success_time": "2026-11-25T09:02:00+08:00"}
    platform.world.state.put("orders", order_id, {**kept, **paid})
    await late(app, order_id)
    await late(app, order_id)
    await steps.settled(platform, worker_step)
    order = (await zhang.get(f"/api/orders/{order_id}")).json()
    assert (order["status"], order["refunded_fen"]) == ("refunded", bill["total_fen"])
    told = [message["state"] async for message in app.db["messages"].find({"key": "refund_done"})]
    assert told in (["sent"], ["delivered"])
