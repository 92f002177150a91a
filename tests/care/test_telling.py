"""At each step of a visit the phone says so: whole stories from the booking to the message in the chat."""

from typing import Any

import pytest

from server.care import service
from server.context import App, Event
from server.integration import his_feed
from server.values import shanghai_at
from tests.appointments import steps
from tests.conftest import TestClock
from tests.patients.people import bind, people
from tests.sandbox_on_a_port import Platform


@pytest.fixture(autouse=True)
async def hospital(app: App) -> None:
    await steps.open_hospital(app)


@pytest.fixture
async def zhang(phone_of: Any, platform: Platform, worker_step: Any) -> tuple[Any, str]:
    """Zhang's phone and the id of the patient he is."""
    phone = await phone_of("zhang")
    patient = await steps.bound(phone, platform, "zhang")
    await worker_step()
    return phone, patient


async def chat(platform: Platform, person: str) -> dict[str, dict[str, str]]:
    """Title -> {label: value} of the template messages in somebody's chat."""
    found = [m for m in await platform.see(person, "messages") if m["kind"] == "template"]
    return {m["title"]: {row["label"]: row["value"] for row in m["rows"]} for m in found}


async def paid_booking(app: App, phone: Any, patient: str, platform: Platform, worker_step: Any) -> dict[str, Any]:
    made = await steps.booked(phone, await steps.free_slot(app, 2000), patient)
    await platform.pay("zhang", (await steps.prepaid(phone, made["id"]))["params"])
    await steps.settled(platform, worker_step)
    return made


@pytest.mark.covers("H5.3", "H5.4", "A9.1")
async def test_a_booking_is_confirmed_in_the_chat_and_remembered_the_evening_before(
    app: App, zhang: Any, platform: Platform, worker_step: Any, clock: TestClock
) -> None:
    phone, patient = zhang
    made = await paid_booking(app, phone, patient, platform, worker_step)
    said = (await chat(platform, "zhang"))["预约挂号成功通知"]
    assert said["就诊人"] == "张**"
    assert said["就诊时间"] == "2026年11月26日 14:00"
    assert made["doctor_name"].startswith(said["就诊医生"][:2])
    assert "就诊提醒" not in await chat(platform, "zhang")
    clock.set(shanghai_at("2026-11-25", "19:00"))
    await worker_step()
    assert (await chat(platform, "zhang"))["就诊提醒"]["就诊时间"] == "2026年11月26日 14:00"
    assert await app.db["messages"].count_documents({"key": "visit_reminder"}) == 1


@pytest.mark.covers("A9.4")
async def test_a_cancelled_booking_says_so_returns_the_money_and_is_not_remembered(
    app: App, zhang: Any, platform: Platform, worker_step: Any, clock: TestClock
) -> None:
    phone, patient = zhang
    made = await paid_booking(app, phone, patient, platform, worker_step)
    assert (await phone.delete(f"/api/appointments/{made['id']}")).status_code == 200
    await steps.settled(platform, worker_step)
    said = await chat(platform, "zhang")
    assert said["预约取消通知"]["取消原因"] == "您已取消预约"
    assert said["退费通知"]["退费金额"] == "¥20.00"
    clock.set(shanghai_at("2026-11-25", "19:00"))
    await worker_step()
    assert "就诊提醒" not in await chat(platform, "zhang")


async def test_giving_up_an_unpaid_hold_is_no_news(app: App, zhang: Any, platform: Platform, worker_step: Any) -> None:
    phone, patient = zhang
    made = await steps.booked(phone, await steps.free_slot(app, 2000), patient)
    assert (await phone.delete(f"/api/appointments/{made['id']}")).status_code == 200
    await steps.settled(platform, worker_step)
    assert "预约取消通知" not in await chat(platform, "zhang")


@pytest.mark.covers("A6.4")
async def test_when_the_his_refuses_the_patient_is_told_why(
    app: App, zhang: Any, platform: Platform, worker_step: Any
) -> None:
    steps.his_fault(platform, refuse_bookings="already_paid")
    await paid_booking(app, *zhang, platform, worker_step)
    assert (await chat(platform, "zhang"))["预约取消通知"]["取消原因"] == "窗口已挂过这个号，会退款"


async def test_a_stopped_clinic_is_told_to_who_booked_it_by_sms_when_there_is_no_other_way(
    app: App, zhang: Any, platform: Platform, worker_step: Any
) -> None:
    phone, patient = zhang
    made = await paid_booking(app, phone, patient, platform, worker_step)
    await platform.act("zhang", "unfollow")
    await worker_step()
    await platform.his("stop-clinic", clinic_id=made["clinic_id"])
    await his_feed.poll(app)
    await steps.settled(platform, worker_step)
    texts = [m["text"] for m in await platform.see("zhang", "sms")]
    assert any("停诊通知" in text and "张**" in text for text in texts)
    assert "张建国" not in "".join(texts)


async def test_a_new_bill_is_announced_and_its_payment_confirmed(
    app: App, zhang: Any, platform: Platform, worker_step: Any
) -> None:
    phone, _ = zhang
    await platform.his("issue-bill", his_id="P900001")
    await his_feed.poll(app)
    await steps.settled(platform, worker_step)
    announced = (await chat(platform, "zhang"))["待缴费提醒"]
    bill = (await phone.get("/api/bills?status=unpaid")).json()["items"][0]
    assert announced["待缴金额"] == f"¥{bill['total_fen'] / 100:.2f}"
    opened = (await phone.post(f"/api/bills/{bill['id']}/payment", json={"channel": "jsapi"})).json()
    await platform.pay("zhang", opened["params"])
    await steps.settled(platform, worker_step)
    said = (await chat(platform, "zhang"))["缴费成功通知"]
    assert (said["缴费金额"], said["订单编号"]) == (announced["待缴金额"], opened["order_id"])


async def test_a_deposit_is_confirmed(app: App, phone_of: Any, platform: Platform, worker_step: Any) -> None:
    phone = await phone_of("li")
    await bind(phone, platform, "li-guoqiang", relation="parent", phone=people()["li-guoqiang"]["phone"])
    stay = next(a for a in (await phone.get("/api/admissions")).json()["items"] if a["status"] == "in")
    wish = {"amount_fen": 50_000, "channel": "jsapi"}
    opened = (await phone.post(f"/api/admissions/{stay['id']}/deposits", json=wish)).json()
    await platform.pay("li", opened["params"])
    await steps.settled(platform, worker_step)
    said = (await chat(platform, "li"))["住院预交金缴纳通知"]
    assert (said["缴纳金额"], said["住院科室"], said["就诊人"]) == ("¥500.00", stay["department_name"], "李**")


async def test_a_reaction_that_runs_twice_tells_once_and_who_is_gone_is_no_trouble(
    app: App, zhang: Any, platform: Platform, worker_step: Any
) -> None:
    phone, patient = zhang
    made = await paid_booking(app, phone, patient, platform, worker_step)
    event = Event("e", "appointments.confirmed", {"appointment_id": made["id"]}, app.now())
    await service.tell_confirmed(app, event)
    await service.tell_confirmed(app, Event("e", "appointments.confirmed", {"appointment_id": "gone"}, app.now()))
    assert await app.db["messages"].count_documents({"key": "booking_confirmed"}) == 1
