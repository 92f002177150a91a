"""Every call to the HIS and the SMS gateway over real HTTP against the simulated ones."""

from typing import Any

import pytest

from server.adapters.his import HisClient
from server.adapters.http import Http
from server.adapters.sms import SmsClient
from tests.adapters.around import Around, refusal


@pytest.mark.covers("N2")
async def test_the_his_is_asked_and_written_to(around: Around, clock: Any) -> None:
    his, today = around.his, "2026-11-25"
    departments, doctors = await his.departments(), await his.doctors()
    assert {doctor["department_id"] for doctor in doctors} <= {department["id"] for department in departments}
    clinics = await his.clinics(today, "2026-12-02")
    clinic = next(c for c in clinics if c["status"] == "open" and c["on"] > today)

    (zhang,) = await his.find_persons(document_kind="id_card", document_number="110199198103122115")
    assert await his.find_persons(his_id=zhang["his_id"]) == [zhang]
    assert await his.find_persons(card_number=zhang["cards"][0]["number"]) == [zhang]
    new = {
        "name": "样例甲",
        "sex": "female",
        "birth_on": "1990-01-01",
        "document": {"kind": "passport", "number": "E00000000"},
        "phone": "13800009999",
    }
    created = await his.create_person(new)
    assert (await his.create_person(new))["his_id"] == created["his_id"]

    assert await his.reports(zhang["his_id"])
    assert await his.visits(zhang["his_id"])
    bill = next(b for b in await his.bills(zhang["his_id"]) if b["status"] == "unpaid")
    payment = {"amount_fen": bill["total_fen"], "paid_at": clock.now().isoformat(), "transaction_id": "4200"}
    assert await refusal(his.put_bill_payment(bill["id"], "o0", payment | {"amount_fen": 1})) == (
        "amount_differs",
        "never",
    )
    await his.put_bill_payment(bill["id"], "o1", payment)
    await his.put_bill_payment(bill["id"], "o1", payment)
    await his.delete_bill_payment(bill["id"], "o1")

    booking = {
        "clinic_id": clinic["id"],
        "place_number": 1,
        "starts_at": clinic["starts_at"],
        "his_id": zhang["his_id"],
        "paid_fen": clinic["fee_fen"],
        "channel": "wechat",
        "order_id": "o2",
    }
    written = await his.put_appointment("a1", booking)
    assert written == await his.put_appointment("a1", booking)
    assert written["his_number"]
    assert (await refusal(his.put_appointment("a2", booking))) == ("place_taken", "never")
    await his.delete_appointment("a1", "patient")
    await his.delete_appointment("a1", "patient")
    assert (await his.events(0))[0]["seq"] >= 1


@pytest.mark.covers("N2")
async def test_a_stay_takes_deposits_and_shows_its_days(around: Around, clock: Any) -> None:
    his = around.his
    known = [person for n in range(1, 9) for person in await his.find_persons(his_id=f"P90000{n}")]
    stays = [stay for person in known for stay in await his.admissions(person["his_id"])]
    assert await his.daily_lists(stays[0]["id"])
    stay = next(stay for stay in stays if stay["status"] == "in")
    payment = {"amount_fen": 10000, "paid_at": clock.now().isoformat(), "transaction_id": "4201"}
    await his.put_deposit(stay["id"], "o3", payment)
    await his.delete_deposit(stay["id"], "o3")


@pytest.mark.covers("N2")
async def test_somebody_who_has_come_stands_in_the_queue(around: Around) -> None:
    his = around.his
    (zhang,) = await his.find_persons(card_number="8000000001")
    clinics = [c for c in await his.clinics("2026-11-25", "2026-11-25") if c["status"] == "open"]
    clinic = clinics[0]
    booking = {
        "clinic_id": clinic["id"],
        "place_number": clinic["places"],
        "starts_at": clinic["starts_at"],
        "his_id": zhang["his_id"],
        "paid_fen": 0,
        "channel": "wechat",
    }
    await his.put_appointment("a3", booking)
    ticket = await his.check_in("a3", zhang["his_id"], clinic["id"])
    assert ticket["status"] in ("waiting", "called")
    queue = await his.queue(clinic["id"])
    assert ticket["id"] in {one["id"] for one in queue["items"]} | {(queue["calling"] or {}).get("id")}


@pytest.mark.covers("N2")
async def test_a_wrong_secret_opens_nothing(around: Around, clock: Any, http: Http) -> None:
    his = HisClient(url=f"{around.platform.url}/his", secret="wrong", http=http, now=clock.now)
    assert (await refusal(his.departments()))[1] == "later"
    sms = SmsClient(url=f"{around.platform.url}/sms", secret="wrong", http=http)
    assert await refusal(sms.send("m1", "13800000001", "x")) == ("http_401", "later")


async def test_a_text_message_arrives_once(around: Around) -> None:
    phone = around.people["zhang"]["phone"]
    await around.sms.send("m1", phone, "您的验证码是 123456")
    await around.sms.send("m1", phone, "您的验证码是 123456")
    assert [m["text"] for m in await around.platform.see("zhang", "sms")] == ["您的验证码是 123456"]


@pytest.mark.covers("N15.2")
async def test_the_book_of_a_day_says_what_was_taken_over_and_taken_back(around: Around) -> None:
    his = around.his
    bill = next(b for b in await his.bills("P900001") if b["status"] == "unpaid")
    payment = {"amount_fen": bill["total_fen"], "paid_at": "2026-11-25T08:00:00+08:00", "transaction_id": "t"}
    for _ in range(2):
        await his.put_bill_payment(bill["id"], "o1", payment)
    assert [(c["order_id"], c["amount_fen"]) for c in await his.charges("2026-11-25")] == [("o1", bill["total_fen"])]
    for _ in range(2):
        await his.delete_bill_payment(bill["id"], "o1")
    took, gave = await his.charges("2026-11-25")
    assert (took["kind"], gave["amount_fen"]) == ("bill", -bill["total_fen"])
    assert took["id"] != gave["id"]
    assert took["at"].startswith("2026-11-25T08:30:00+08:00")
    assert await his.charges("2026-11-24") == []
