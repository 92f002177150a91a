"""Bad days of the simulated platform against the whole hospital: a booking is paid once, told once, and lost never."""

from typing import Any

import pytest

from server.context import App
from server.sandbox import scenarios
from tests.appointments import steps
from tests.conftest import TestClock
from tests.sandbox_on_a_port import Platform


async def begin(platform: Platform, scenario: str) -> None:
    assert (await platform.http.post("/sandbox/api/scenarios", json={"key": scenario})).status_code == 200


@pytest.mark.covers("N15.1", "N2.5")
@pytest.mark.parametrize("scenario", ["notification-storm", "callbacks-mixed-up", "wrong-signatures", "pay-away"])
async def test_a_paid_booking_survives_the_day(
    app: App, phone_of: Any, platform: Platform, worker_step: Any, clock: TestClock, scenario: str
) -> None:
    await steps.open_hospital(app)
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    made = await steps.booked(phone, await steps.free_slot(app, 2000), patient)
    params = (await steps.prepaid(phone, made["id"]))["params"]
    await begin(platform, scenario)
    await platform.pay("zhang", params)
    if scenario == "notification-storm":
        await begin(platform, scenario)  # now that there is something to tell of again
    for _ in range(3):
        clock.advance(minutes=16)
        scenarios.tick(platform.world)
        await steps.settled(platform, worker_step)
    if scenario == "notification-storm":
        assert len(platform.world.state.all("notifications")) == 11
    after = await steps.seen(phone, made["id"])
    assert (after["status"], after["his_status"], after["order_status"]) == ("confirmed", "written", "paid")
    assert await steps.money(app) == (2000, 0)
    kinds = [doc["kind"] async for doc in app.db["ledger"].find().sort("_id", 1)]
    assert sorted(kinds) == ["charged", "paid"]
    told = [m["title"] for m in await platform.see("zhang", "messages") if m["kind"] == "template"]
    assert told.count("预约挂号成功通知") == 1
