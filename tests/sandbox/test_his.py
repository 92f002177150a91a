"""The simulated HIS over HTTP: who may speak to it, what it knows, what it writes and what it refuses."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from server.sandbox.his_people import population
from server.values import id_card
from tests.sandbox.his_hand import MORNING, SECRET, TODAY, StillClock, booking, running_his, sign

pytestmark = pytest.mark.covers("N2.4")
ZHANG, LI, WANG, FATHER = "P900001", "P900002", "P900005", "P900006"


@pytest.fixture
async def his():
    async with running_his() as hand:
        yield hand


# --- signature ------------------------------------------------------------------------------------


async def test_a_signed_call_is_answered(his):
    assert len((await his.get("/departments"))["items"]) == 20
    assert len((await his.get("/doctors"))["items"]) == 80


@pytest.mark.parametrize("header", ["X-HIS-Signature", "X-HIS-Timestamp"])
async def test_without_a_header_nothing_is_answered(his, header):
    assert (await his.refusal("GET", "/departments", **{header: ""}))[0] == 401


async def test_a_signature_with_another_secret_is_refused(his):
    timestamp = str(int(MORNING.timestamp()))
    wrong = sign("GET", "/his/departments", timestamp, b"", "another")
    assert await his.refusal("GET", "/departments", **{"X-HIS-Signature": wrong}) == (401, "bad_signature")


async def test_a_signature_for_other_content_or_another_query_is_refused(his):
    timestamp = str(int(MORNING.timestamp()))
    body = sign("POST", "/his/persons/search", timestamp, b'{"his_id": "P000001"}')
    assert (await his.refusal("POST", "/persons/search", {"his_id": ZHANG}, **{"X-HIS-Signature": body}))[0] == 401
    query = sign("GET", "/his/events?after=1", timestamp, b"")
    assert (await his.refusal("GET", "/events?after=0", **{"X-HIS-Signature": query}))[0] == 401


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_a_signature_older_or_newer_than_five_minutes_of_business_time_is_refused(his, seconds):
    timestamp = str(int(MORNING.timestamp()) + seconds)
    headers = {
        "X-HIS-Timestamp": timestamp,
        "X-HIS-Signature": sign("GET", "/his/departments", timestamp, b"", SECRET),
    }
    assert await his.refusal("GET", "/departments", **headers) == (401, "stale")


async def test_four_minutes_are_close_enough(his):
    timestamp = str(int(MORNING.timestamp()) - 240)
    signed = sign("GET", "/his/departments", timestamp, b"")
    answer = await his.call("GET", "/departments", **{"X-HIS-Timestamp": timestamp, "X-HIS-Signature": signed})
    assert answer.status_code == 200


async def test_a_signed_timestamp_that_is_no_number_is_refused(his):
    signed = sign("GET", "/his/departments", "today", b"")
    headers = {"X-HIS-Timestamp": "today", "X-HIS-Signature": signed}
    assert await his.refusal("GET", "/departments", **headers) == (401, "bad_timestamp")


async def test_when_it_is_down_everything_is_503(his):
    his.state.put("fault", "his", {"down": True})
    assert await his.refusal("GET", "/departments") == (503, "down")
    his.state.delete("fault", "his")
    assert (await his.call("GET", "/departments")).status_code == 200


# --- timetable ------------------------------------------------------------------------------------


async def test_the_timetable_reaches_two_weeks_ahead_and_no_further(his):
    items = (await his.get(f"/clinics?from_on={TODAY}&to_on=2027-12-31"))["items"]
    assert (items[0]["on"], items[-1]["on"]) == (TODAY, "2026-12-09")
    assert len({(c["on"], c["department_id"]) for c in items}) == 15 * 20
    assert len({c["id"] for c in items}) == len(items)
    his.clock.pass_by(days=3)
    assert (await his.get(f"/clinics?from_on={TODAY}&to_on=2027-12-31"))["items"][-1]["on"] == "2026-12-12"


async def test_a_place_is_at_most_30_minutes_and_fees_follow_the_title(his):
    doctors = {d["id"]: d for d in (await his.get("/doctors"))["items"]}
    for clinic in (await his.get(f"/clinics?from_on={TODAY}&to_on={TODAY}"))["items"]:
        span = datetime.fromisoformat(clinic["ends_at"]) - datetime.fromisoformat(clinic["starts_at"])
        assert clinic["places"] * clinic["minutes_per_place"] <= span.total_seconds() / 60
        assert clinic["minutes_per_place"] <= 30
        assert clinic["fee_fen"] == doctors[clinic["doctor_id"]]["fee_fen"]
    assert {d["fee_fen"] for d in doctors.values()} == {0, 1000, 2000, 3000}


@pytest.mark.parametrize("query", ["", "?from_on=2026-11-25", "?from_on=25.11.2026&to_on=2026-11-26"])
async def test_clinics_without_two_dates_are_refused(his, query):
    assert await his.refusal("GET", f"/clinics{query}") == (400, "invalid")


# --- people ---------------------------------------------------------------------------------------


async def test_a_person_is_found_by_document_card_and_his_id(his):
    (zhang,) = await his.find(his_id=ZHANG)
    assert (zhang["name"], zhang["phone"]) == ("张建国", "13800000001")
    assert set(zhang) == {"his_id", "name", "sex", "birth_on", "document", "phone", "cards"}
    number = zhang["document"]["number"]
    assert await his.find(document_kind="id_card", document_number=f" {number.lower()} ") == [zhang]
    assert await his.find(card_number=zhang["cards"][0]["number"]) == [zhang]


async def test_an_id_number_of_15_digits_is_the_same_as_its_18(his):
    old = next(p for p in population(TODAY).values() if len(p["document"]["number"]) == 15)
    short = old["document"]["number"]
    for number in (short, id_card(short)):
        assert [p["his_id"] for p in await his.find(document_kind="id_card", document_number=number)] == [old["his_id"]]


async def test_a_child_has_a_guardian_with_the_mothers_phone(his):
    (child,) = await his.find(card_number="8000000003")
    assert child["guardian"] == {"name": "李秀英", "phone": "13800000002", "relation": "母亲"}


async def test_nobody_is_found_by_a_wrong_number_or_another_kind(his):
    (zhang,) = await his.find(his_id=ZHANG)
    assert await his.find(card_number="1") == []
    assert await his.find(his_id="P999999") == []
    assert await his.find(document_kind="passport", document_number=zhang["document"]["number"]) == []
    assert await his.refusal("POST", "/persons/search", {"document_kind": "id_card"}) == (400, "invalid")


NEW = {
    "name": "陈静",
    "sex": "female",
    "birth_on": "1998-07-21",
    "document": {"kind": "id_card", "number": "510199199807212660"},
    "phone": "13800000004",
}


async def test_a_new_patient_gets_one_file_and_one_card_however_often_it_is_asked(his):
    first = (await his.call("POST", "/persons", NEW)).json()
    assert first["cards"][0]["kind"] == "outpatient"
    assert (await his.call("POST", "/persons", NEW)).json() == first
    assert await his.find(card_number=first["cards"][0]["number"]) == [first]
    assert (await his.event_types()).count("person.changed") == 1
    assert (await his.get(f"/persons/{first['his_id']}/visits"))["items"] == []


async def test_somebody_known_gets_no_second_file(his):
    (zhang,) = await his.find(his_id=ZHANG)
    again = await his.call("POST", "/persons", {**NEW, "document": zhang["document"]})
    assert again.json() == zhang


@pytest.mark.parametrize(
    "change", [{"sex": "女"}, {"name": ""}, {"birth_on": "1998"}, {"document": {"kind": "id", "number": "1"}}]
)
async def test_a_new_patient_with_a_broken_field_is_refused_without_repeating_it(his, change):
    answer = await his.call("POST", "/persons", {**NEW, **change})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert "陈静" not in answer.text
    assert "13800000004" not in answer.text


async def test_an_unknown_person_has_no_records(his):
    assert await his.refusal("GET", "/persons/P999999/reports") == (404, "unknown_person")


# --- bookings -------------------------------------------------------------------------------------


async def test_a_booking_may_be_written_twice_and_has_one_number(his):
    clinic = await his.clinic("cardiology")
    first = await his.put("/appointments/a1", booking(clinic, ZHANG))
    assert await his.put("/appointments/a1", booking(clinic, ZHANG)) == first
    assert first["his_number"].startswith("GH")


async def test_a_place_is_given_once(his):
    clinic = await his.clinic("cardiology")
    await his.put("/appointments/a1", booking(clinic, ZHANG))
    assert await his.refusal("PUT", "/appointments/a2", booking(clinic, LI)) == (409, "place_taken")
    await his.put("/appointments/a2", booking(clinic, LI, 2))


async def test_a_cancelled_place_is_free_again_and_cancelling_twice_is_one(his):
    clinic = await his.clinic("cardiology")
    await his.put("/appointments/a1", booking(clinic, ZHANG))
    for _ in range(2):
        assert (await his.call("DELETE", "/appointments/a1", {"reason": "病人取消"})).status_code == 200
    await his.put("/appointments/a2", booking(clinic, LI))
    assert (await his.call("DELETE", "/appointments/a1", {"reason": "again"})).status_code == 200
    assert await his.refusal("PUT", "/appointments/a3", booking(clinic, WANG)) == (409, "place_taken")


async def test_a_booking_that_arrives_after_its_cancelling_is_refused(his):
    clinic = await his.clinic("cardiology")
    assert (await his.call("DELETE", "/appointments/a1", {"reason": "病人取消"})).status_code == 200
    assert await his.refusal("PUT", "/appointments/a1", booking(clinic, ZHANG)) == (409, "cancelled")


async def test_the_same_id_for_another_place_is_refused(his):
    clinic = await his.clinic("cardiology")
    await his.put("/appointments/a1", booking(clinic, ZHANG))
    assert await his.refusal("PUT", "/appointments/a1", booking(clinic, ZHANG, 2)) == (409, "differs")


async def test_a_stopped_clinic_takes_no_booking_but_still_knows_the_old_one(his):
    clinic = await his.clinic("cardiology", on="2026-11-30")
    first = await his.put("/appointments/a1", booking(clinic, ZHANG))
    await his.press("stop-clinic", clinic_id=clinic["id"], reason="医生外出")
    assert await his.refusal("PUT", "/appointments/a2", booking(clinic, LI, 2)) == (409, "clinic_stopped")
    assert await his.put("/appointments/a1", booking(clinic, ZHANG)) == first
    assert (await his.clinic("cardiology", on="2026-11-30"))["status"] == "stopped"
    events = (await his.get("/events?after=0"))["items"]
    assert [e["reason"] for e in events if e["type"] == "clinic.stopped"] == ["医生外出"]


async def test_a_stopped_clinic_that_opens_again_takes_bookings(his):
    clinic = await his.clinic("cardiology", on="2026-11-30")
    await his.press("stop-clinic", clinic_id=clinic["id"])
    assert (await his.press("reopen-clinic", clinic_id=clinic["id"]))["status"] == "open"
    await his.put("/appointments/a1", booking(clinic, ZHANG))
    assert (await his.event_types())[-2:] == ["clinic.stopped", "clinic.opened"]


async def test_who_registered_at_the_counter_is_not_registered_again(his):
    clinic = await his.clinic("cardiology")
    await his.press("register-at-counter", clinic_id=clinic["id"], his_id=ZHANG, place_number=3)
    assert await his.refusal("PUT", "/appointments/a1", booking(clinic, ZHANG, 1)) == (409, "already_paid")
    assert await his.refusal("PUT", "/appointments/a1", booking(clinic, LI, 3)) == (409, "place_taken")


async def test_unknown_clinics_places_and_people_are_refused(his):
    clinic = await his.clinic("cardiology")
    far = {**booking(clinic, ZHANG), "clinic_id": clinic["id"].replace(TODAY, "2027-02-01")}
    assert await his.refusal("PUT", "/appointments/a1", far) == (404, "unknown_clinic")
    assert await his.refusal("PUT", "/appointments/a1", booking(clinic, "P999999")) == (404, "unknown_person")
    assert await his.refusal("PUT", "/appointments/a1", booking(clinic, ZHANG, 99)) == (404, "unknown_place")
    assert await his.refusal("PUT", "/appointments/a1", {"clinic_id": clinic["id"]}) == (400, "invalid")


async def test_the_switch_refuses_every_booking_with_its_code(his):
    clinic = await his.clinic("cardiology")
    his.state.put("fault", "his", {"refuse_bookings": "clinic_stopped"})
    assert await his.refusal("PUT", "/appointments/a1", booking(clinic, ZHANG)) == (409, "clinic_stopped")


# --- bills ----------------------------------------------------------------------------------------


async def unpaid(his, his_id=ZHANG):
    return next(b for b in (await his.get(f"/persons/{his_id}/bills"))["items"] if b["status"] == "unpaid")


async def bill_status(his, bill):
    bills = (await his.get(f"/persons/{bill['his_id']}/bills"))["items"]
    return next(b["status"] for b in bills if b["id"] == bill["id"])


def money(amount_fen):
    return {"amount_fen": amount_fen, "paid_at": "2026-11-25T08:20:00+08:00", "transaction_id": "420000"}


async def test_a_bill_is_paid_once_however_often_it_is_written(his):
    bill = await unpaid(his)
    for _ in range(2):
        assert await his.put(f"/bills/{bill['id']}/payments/o1", money(bill["total_fen"])) == {}
    assert await bill_status(his, bill) == "paid"
    again = await his.refusal("PUT", f"/bills/{bill['id']}/payments/o2", money(bill["total_fen"]))
    assert again == (409, "paid_at_counter")


async def test_another_amount_is_refused_and_nothing_is_paid(his):
    bill = await unpaid(his)
    path = f"/bills/{bill['id']}/payments/o1"
    assert await his.refusal("PUT", path, money(bill["total_fen"] - 1)) == (409, "amount_differs")
    assert await his.refusal("PUT", path, money(0)) == (400, "invalid")
    assert await bill_status(his, bill) == "unpaid"
    await his.put(path, money(bill["total_fen"]))
    assert await his.refusal("PUT", path, money(bill["total_fen"] + 1)) == (409, "amount_differs")


async def test_a_bill_paid_at_the_counter_is_not_paid_again_and_the_event_tells_it(his):
    bill = await unpaid(his)
    await his.press("pay-at-counter", bill_id=bill["id"])
    refused = await his.refusal("PUT", f"/bills/{bill['id']}/payments/o1", money(bill["total_fen"]))
    assert refused == (409, "paid_at_counter")
    assert "bill.paid_at_counter" in await his.event_types()


async def test_a_payment_taken_back_refunds_the_bill_and_does_not_return(his):
    bill = await unpaid(his)
    path = f"/bills/{bill['id']}/payments/o1"
    await his.put(path, money(bill["total_fen"]))
    for _ in range(2):
        assert (await his.call("DELETE", path)).status_code == 200
    assert await bill_status(his, bill) == "refunded"
    assert await his.refusal("PUT", path, money(bill["total_fen"])) == (409, "taken_back")


async def test_taking_back_what_never_came_leaves_the_bill_unpaid(his):
    bill = await unpaid(his)
    assert (await his.call("DELETE", f"/bills/{bill['id']}/payments/o1")).status_code == 200
    assert await bill_status(his, bill) == "unpaid"
    late = await his.refusal("PUT", f"/bills/{bill['id']}/payments/o1", money(bill["total_fen"]))
    assert late == (409, "taken_back")
    await his.put(f"/bills/{bill['id']}/payments/o2", money(bill["total_fen"]))


async def test_an_unknown_bill_is_refused(his):
    assert await his.refusal("PUT", f"/bills/B{ZHANG}-99/payments/o1", money(1)) == (404, "unknown_record")
    assert await his.refusal("PUT", "/bills/nothing/payments/o1", money(1)) == (404, "unknown_person")


# --- the ward -------------------------------------------------------------------------------------


async def stay(his, his_id=FATHER):
    return (await his.get(f"/persons/{his_id}/admissions"))["items"][-1]


async def test_a_deposit_counts_once_and_can_be_taken_back(his):
    before = await stay(his)
    path = f"/admissions/{before['id']}/deposits/o1"
    for _ in range(2):
        await his.put(path, money(50_000))
    assert (await stay(his))["deposit_fen"] == before["deposit_fen"] + 50_000
    assert await his.refusal("PUT", path, money(60_000)) == (409, "amount_differs")
    for _ in range(2):
        assert (await his.call("DELETE", path)).status_code == 200
    assert await stay(his) == before
    assert "admission.changed" in await his.event_types()


async def test_who_has_left_pays_no_deposit(his):
    gone = await stay(his, WANG)
    assert await his.refusal("PUT", f"/admissions/{gone['id']}/deposits/o1", money(100)) == (409, "discharged")


async def test_daily_lists_cover_each_full_day_and_add_up_to_what_was_spent(his):
    admission = await stay(his)
    lists = (await his.get(f"/admissions/{admission['id']}/daily-lists"))["items"]
    assert [day["on"] for day in lists] == ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]
    assert all(day["total_fen"] == sum(item["amount_fen"] for item in day["items"]) for day in lists)
    assert admission["spent_fen"] == sum(day["total_fen"] for day in lists)
    his.clock.pass_by(days=1)
    assert (await stay(his))["spent_fen"] > admission["spent_fen"]


async def test_an_inpatient_goes_home_once(his):
    admission = await stay(his)
    await his.press("discharge", admission_id=admission["id"])
    assert (await stay(his))["status"] == "out"
    assert (await stay(his))["discharged_on"] == TODAY
    answer = await his.client.post(f"{his.url}/sandbox/api/his/discharge", json={"admission_id": admission["id"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "discharged")


# --- events and buttons ---------------------------------------------------------------------------


async def test_the_first_event_tells_of_the_discharge_a_few_days_ago(his):
    answer = await his.get("/events?after=0")
    first = answer["items"][0]
    assert (first["seq"], first["type"], first["his_id"]) == (1, "discharged", WANG)
    assert first["at"] == "2026-11-22T10:00:00+08:00"
    assert first["department_id"] == "cardiology"


async def test_events_are_read_in_pages_and_numbers_only_grow(his):
    for _ in range(5):
        await his.press("issue-report", his_id=ZHANG, form="cbc")
    everything = (await his.get("/events?after=0"))["items"]
    page = await his.get("/events?after=1&limit=2")
    assert [e["seq"] for e in page["items"]] == [2, 3]
    assert page["last_seq"] == everything[-1]["seq"] == len(everything)
    assert (await his.get(f"/events?after={page['last_seq']}"))["items"] == []
    assert await his.refusal("GET", "/events?after=x") == (400, "invalid")


async def test_buttons_issue_correct_and_withdraw_a_report(his):
    report = await his.press("issue-report", his_id=ZHANG, form="liver", doctor_id="gastroenterology-2")
    assert (report["status"], report["version"], report["his_id"]) == ("final", 1, ZHANG)
    assert (await his.press("correct-report", report_id=report["id"]))["version"] == 2
    assert (await his.press("withdraw-report", report_id=report["id"]))["status"] == "withdrawn"
    reports = (await his.get(f"/persons/{ZHANG}/reports"))["items"]
    assert [r["status"] for r in reports if r["id"] == report["id"]] == ["withdrawn"]
    types = await his.event_types()
    assert (types.count("report.final"), types.count("report.withdrawn")) == (2, 1)


async def test_a_button_issues_a_bill(his):
    bill = await his.press("issue-bill", his_id=LI, form="cbc")
    assert await bill_status(his, bill) == "unpaid"
    assert "bill.issued" in await his.event_types()


@pytest.mark.parametrize("what", [{"his_id": "P999999", "form": "cbc"}, {"his_id": ZHANG, "form": "x"}])
async def test_a_button_for_nobody_or_nothing_is_refused(his, what):
    answer = await his.client.post(f"{his.url}/sandbox/api/his/issue-report", json=what)
    assert answer.status_code == 404


async def test_the_overview_names_the_demo_people_and_todays_clinics(his):
    overview = (await his.client.get(f"{his.url}/sandbox/api/his/overview")).json()
    assert {"张建国", "李秀英", "李小宝", "李小贝", "王德福", "李国强"} == {p["name"] for p in overview["patients"]}
    assert len(overview["clinics"]) > 50


# --- memory and speed -----------------------------------------------------------------------------


async def test_a_restart_keeps_all_that_was_written(tmp_path):
    file, clock = tmp_path / "state.sqlite", StillClock()
    async with running_his(file, clock) as his:
        clinic = await his.clinic("cardiology")
        number = await his.put("/appointments/a1", booking(clinic, ZHANG))
        bill = await unpaid(his)
        await his.put(f"/bills/{bill['id']}/payments/o1", money(bill["total_fen"]))
        person = (await his.call("POST", "/persons", NEW)).json()
        ticket = await his.put("/check-ins/a1", {"his_id": ZHANG, "clinic_id": clinic["id"]})
        events = await his.get("/events?after=0")
        zhang = await his.find(his_id="P000042")
    clock.pass_by(hours=1)
    async with running_his(file, clock) as his:
        assert await his.put("/appointments/a1", booking(clinic, ZHANG)) == number
        assert await his.refusal("PUT", "/appointments/a2", booking(clinic, LI)) == (409, "place_taken")
        assert await bill_status(his, bill) == "paid"
        assert await his.find(document_kind="id_card", document_number=NEW["document"]["number"]) == [person]
        assert await his.put("/check-ins/a1", {"his_id": ZHANG, "clinic_id": clinic["id"]}) == ticket
        assert await his.get("/events?after=0") == events
        assert await his.find(his_id="P000042") == zhang
        await his.press("issue-report", his_id=ZHANG, form="cbc")
        assert (await his.get("/events?after=0"))["last_seq"] == events["last_seq"] + 1


async def test_days_later_the_past_stays_where_it_was(tmp_path):
    file, clock = tmp_path / "state.sqlite", StillClock()
    async with running_his(file, clock) as his:
        before = await his.get(f"/persons/{WANG}/reports")
    clock.pass_by(days=20)
    async with running_his(file, clock) as his:
        assert await his.get(f"/persons/{WANG}/reports") == before
        assert (await his.event_types()).count("discharged") == 1


async def test_it_starts_in_less_than_a_second_and_answers_fast():
    began = time.perf_counter()
    async with running_his(clock=StillClock(datetime(2027, 5, 5, 1, tzinfo=UTC) + timedelta(days=1))) as his:
        await his.get("/events?after=0")
        assert time.perf_counter() - began < 1
        await his.get("/clinics?from_on=2027-05-06&to_on=2027-05-20")
        began = time.perf_counter()
        for _ in range(20):
            await his.get(f"/persons/{ZHANG}/reports")
        assert (time.perf_counter() - began) / 20 < 0.05
