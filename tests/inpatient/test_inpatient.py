"""Stays over HTTP: list, daily lists, deposits."""

import asyncio
from typing import Any

import pytest

from server.context import App, Trade
from server.inpatient import service as inpatient
from server.payments import service as payments
from tests.appointments import steps
from tests.conftest import TestClock
from tests.patients.people import bind, people

STAY = "li-guoqiang"


@pytest.fixture
async def daughter(app: App, phone_of: Any, platform: Any, clock: TestClock) -> Any:
    """李秀英's phone; her father is in hospital, with her phone number at the HIS."""
    await steps.open_hospital(app)
    phone = await phone_of("li")
    said = await bind(phone, platform, STAY, relation="parent", phone=people()[STAY]["phone"])
    assert said.status_code == 201, said.text
    assert said.json()["records_open"]
    return phone


async def stay(phone: Any) -> dict[str, Any]:
    said = await phone.get("/api/admissions")
    assert said.status_code == 200, said.text
    return dict(next(a for a in said.json()["items"] if a["status"] == "in"))


async def deposit(phone: Any, admission_id: str, amount_fen: int) -> Any:
    wish = {"amount_fen": amount_fen, "channel": "jsapi"}
    return await phone.post(f"/api/admissions/{admission_id}/deposits", json=wish)


@pytest.mark.covers("A13")
async def test_a_stay_and_its_daily_lists(app: App, daughter: Any) -> None:
    shown = await stay(daughter)
    assert shown["patient_name"] == "李国强"
    assert "*" in shown["number_masked"]
    assert shown["balance_fen"] == shown["deposit_fen"] - shown["spent_fen"]
    days = (await daughter.get(f"/api/admissions/{shown['id']}/daily-lists")).json()["items"]
    assert days
    assert all(day["total_fen"] == sum(i["amount_fen"] for i in day["items"]) for day in days)
    assert [d["on"] for d in days] == sorted((d["on"] for d in days), reverse=True)
    assert sum(day["total_fen"] for day in days) == shown["spent_fen"]
    assert await app.db["audit"].count_documents({"action": "inpatient.daily_lists"}) == 1


@pytest.mark.covers("A13")
async def test_a_deposit_is_paid_and_written_to_the_his(
    app: App, daughter: Any, platform: Any, worker_step: Any
) -> None:
    before = await stay(daughter)
    opened = (await deposit(daughter, before["id"], 50_000)).json()
    await platform.pay("li", opened["params"])
    await steps.settled(platform, worker_step)
    after = await stay(daughter)
    assert after["deposit_fen"] == before["deposit_fen"] + 50_000
    assert await steps.events(app, "inpatient.deposit_paid") == 1
    second = (await deposit(daughter, before["id"], 50_000)).json()
    assert second["order_id"] != opened["order_id"]  # the same amount again is another deposit


async def test_a_second_tap_pays_the_same_deposit(app: App, daughter: Any) -> None:
    shown = await stay(daughter)
    said = await asyncio.gather(*(deposit(daughter, shown["id"], 30_000) for _ in range(3)))
    assert {s.status_code for s in said} == {200}
    assert len({s.json()["order_id"] for s in said}) == 1
    other = (await deposit(daughter, shown["id"], 30_001)).json()
    assert other["order_id"] != said[0].json()["order_id"]


async def test_who_opens_sheet_after_sheet_is_stopped(daughter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inpatient, "SHEETS", 1)
    shown = await stay(daughter)
    assert (await deposit(daughter, shown["id"], 30_000)).status_code == 200
    assert (await deposit(daughter, shown["id"], 30_001)).status_code == 429


@pytest.mark.parametrize("amount_fen", [99, 5_000_001, -100, 0])
async def test_a_deposit_has_its_limits(daughter: Any, amount_fen: int) -> None:
    shown = await stay(daughter)
    assert (await deposit(daughter, shown["id"], amount_fen)).status_code == 400


@pytest.mark.covers("N15")
async def test_a_deposit_for_somebody_who_went_home_returns_by_itself(
    app: App, daughter: Any, platform: Any, worker_step: Any
) -> None:
    shown = await stay(daughter)
    opened = (await deposit(daughter, shown["id"], 20_000)).json()
    await platform.his("discharge", admission_id=shown["id"])
    await platform.pay("li", opened["params"])
    await steps.settled(platform, worker_step)
    assert (await daughter.get(f"/api/orders/{opened['order_id']}")).json()["status"] == "refunded"
    assert await steps.events(app, "inpatient.deposit_refused") == 1
    late = await deposit(daughter, shown["id"], 20_000)
    assert late.status_code == 409
    assert late.json()["code"] == "discharged"


async def test_strangers_see_no_stay(app: App, daughter: Any, phone_of: Any) -> None:
    shown = await stay(daughter)
    wang = await phone_of("wang")
    assert (await wang.get("/api/admissions")).json()["items"] == []
    assert (await wang.get(f"/api/admissions/{shown['id']}/daily-lists")).status_code == 404
    assert (await deposit(wang, shown["id"], 10_000)).status_code == 404
    assert (await daughter.get("/api/admissions/none/daily-lists")).status_code == 404


@pytest.mark.covers("N15")
async def test_a_deposit_that_comes_late_for_somebody_who_went_home_returns_and_the_payer_is_told(
    app: App, daughter: Any, platform: Any, worker_step: Any, clock: TestClock
) -> None:
    shown = await stay(daughter)
    order_id = (await deposit(daughter, shown["id"], 20_000)).json()["order_id"]
    clock.advance(minutes=31)
    await worker_step()
    order = await payments.get(app, order_id)
    assert order.status == "closed"
    await platform.his("discharge", admission_id=shown["id"])
    kept = platform.world.state.get("orders", order_id)
    paid = {"state": "SUCCESS", "transaction_id": "4200-late", "success_time": "2026-11-25T09:02:00+08:00"}
    platform.world.state.put("orders", order_id, {**kept, **paid})
    trade = Trade(order_id, "SUCCESS", order.appid, app.settings.pay_mchid, 20_000, order.openid, "4200-late")
    await payments.settle(app, trade)
    await steps.settled(platform, worker_step)
    assert (await payments.get(app, order_id)).status == "refunded"
    assert await app.db["messages"].count_documents({"key": "refund_done", "account_id": order.account_id}) == 1


@pytest.mark.covers("A13")
async def test_staff_send_a_deposit_back_and_the_his_gives_it_back_first(
    app: App, daughter: Any, console_of: Any, platform: Any, worker_step: Any
) -> None:
    before = await stay(daughter)
    opened = (await deposit(daughter, before["id"], 50_000)).json()
    await platform.pay("li", opened["params"])
    await steps.settled(platform, worker_step)
    finance = await console_of("finance")
    wish = {"amount_fen": 50_000, "reason": "交错金额"}
    path = f"/api/staff/orders/{opened['order_id']}/refunds"
    said = await finance.post(path, json=wish, headers={"Idempotency-Key": "key-00001"})
    assert said.status_code == 201, said.text
    await steps.settled(platform, worker_step)
    assert (await payments.get(app, opened["order_id"])).status == "refunded"
    assert (await stay(daughter))["deposit_fen"] == before["deposit_fen"]
