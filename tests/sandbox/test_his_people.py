"""The demonstration hospital's data: complete, invented, the same for the same day, ID numbers that pass the check."""

import json
import re
from pathlib import Path

import pytest

from server.sandbox.his_charts import first_chart
from server.sandbox.his_people import SYNTHETIC, population
from server.values import age_on, id_card, id_card_birth, id_card_sex, plus_days

pytestmark = pytest.mark.covers("N2.4")
TODAY = "2026-11-25"
FIXTURES = Path(__file__).parents[2] / "fixtures" / "his"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def read(name):
    return json.loads((FIXTURES / f"{name}.json").read_text())


def passes_the_checksum(number):
    total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17]


def people(kind="id_card"):
    return [p for p in population(TODAY).values() if p["document"]["kind"] == kind]


def test_the_check_used_here_accepts_a_published_number_and_refuses_a_changed_one():
    assert passes_the_checksum("11010519491231002X")
    assert not passes_the_checksum("11010519491231003X")


def test_the_hospital_has_20_departments_and_80_doctors_with_every_title():
    departments, doctors = read("departments")["items"], read("doctors")["items"]
    assert len(departments) == 20
    assert len(doctors) == len({d["name"] for d in doctors}) == 80
    assert {d["title"] for d in doctors} == {"主任医师", "副主任医师", "主治医师", "住院医师"}
    assert {d["department_id"] for d in doctors} == {d["id"] for d in departments}
    assert all(d["intro"] and d["speciality"] for d in doctors)


def test_300_patients_from_newborn_to_92_are_marked_as_samples():
    everybody = population(TODAY)
    assert SYNTHETIC == 300
    assert len(everybody) == 306
    assert all(p["sample"] is True for p in everybody.values())
    ages = [age_on(p["birth_on"], TODAY) for p in everybody.values()]
    assert min(ages) == 0
    assert 88 <= max(ages) <= 92


def test_every_id_number_passes_the_checksum_and_agrees_with_birth_date_and_sex():
    long = [p for p in people() if len(p["document"]["number"]) == 18]
    assert len(long) > 250
    for person in long:
        number = person["document"]["number"]
        assert passes_the_checksum(number), person["his_id"]
        assert id_card_birth(number) == person["birth_on"]
        assert id_card_sex(number) == person["sex"]
        assert number[2:6] == "0199", "the county code must belong to no place"
    assert any(p["document"]["number"].endswith("X") for p in long)


def test_some_have_15_digit_numbers_and_some_foreign_documents():
    short = [p for p in people() if len(p["document"]["number"]) == 15]
    assert short
    for person in short:
        assert id_card_birth(id_card(person["document"]["number"])) == person["birth_on"]
    assert people("passport")
    assert people("hk_macau_pass")
    assert all(passes_the_checksum(p["document"]["number"]) for p in people("foreign_residence"))


def test_no_two_people_share_a_document_or_a_card():
    everybody = population(TODAY).values()
    documents = [p["document"]["number"] for p in everybody]
    cards = [card["number"] for p in everybody for card in p["cards"]]
    assert len(documents) == len(set(documents))
    assert len(cards) == len(set(cards))


def test_the_same_day_gives_the_same_people_and_another_day_the_same_ages():
    population.cache_clear()
    first = json.dumps(population(TODAY))
    population.cache_clear()
    assert json.dumps(population(TODAY)) == first
    later = population("2031-03-01")
    for his_id, person in population(TODAY).items():
        if "history" not in person:
            assert age_on(later[his_id]["birth_on"], "2031-03-01") == age_on(person["birth_on"], TODAY)


def test_the_fixtures_hold_no_date_but_birth_dates():
    for file in FIXTURES.glob("*.json"):
        text = re.sub(r'"birth_on": "\d{4}-\d{2}-\d{2}"', "", file.read_text())
        assert not re.search(r"\b20\d\d-\d\d", text), file.name


@pytest.mark.parametrize("today", [TODAY, "2028-02-29", "2031-01-01"])
def test_everything_in_the_charts_happened_before_today(today):
    for his_id in population(today):
        chart = first_chart(today, his_id)
        for visit in chart["visits"]:
            assert plus_days(today, -420) < visit["started_at"][:10] < today
        for report in chart["reports"]:
            assert report["requested_at"] < report["collected_at"] < report["received_at"] < report["reported_at"]
            assert report["reported_at"][:10] < today
        assert all(bill["issued_at"][:10] < today for bill in chart["bills"])


def test_bills_add_up():
    for his_id in population(TODAY):
        for bill in first_chart(TODAY, his_id)["bills"]:
            assert bill["total_fen"] == sum(item["amount_fen"] for item in bill["items"]) > 0
            for item in bill["items"]:
                assert item["amount_fen"] == item["unit_price_fen"] * int(item["quantity"])


def test_reports_show_what_they_must_and_their_flags_follow_the_printed_range():
    reports = [r for his_id in population(TODAY) for r in first_chart(TODAY, his_id)["reports"]]
    assert {"血常规", "肝功能", "血糖和糖化血红蛋白", "胸部正位X线", "腹部彩超（肝胆胰脾双肾）"} <= {
        r["title"] for r in reports
    }
    for report in reports:
        if report["kind"] == "imaging":
            assert len(report["findings"]) > len(report["conclusion"]) > 0
            assert report["items"] == []
        for item in report["items"]:
            if "low" in item:
                value = float(item["value"])
                wanted = "L" if value < float(item["low"]) else "H" if value > float(item["high"]) else None
                assert (item["flag"] or None) in (wanted, (wanted or "") * 2 or None)
    assert len(next(r for r in reports if r["title"] == "血常规")["items"]) >= 20
    assert [r["his_id"] for r in reports if r["sensitive"]] == ["P900002"]
    assert [r["his_id"] for r in reports if r["status"] == "preliminary"] == ["P900001"]
    assert [(r["his_id"], r["version"]) for r in reports if r["status"] == "corrected"] == [("P900005", 2)]


def test_a_blood_count_agrees_with_itself():
    report = next(r for r in first_chart(TODAY, "P900001")["reports"] if r["title"] == "血常规")
    value = {item["code"]: float(item["value"]) for item in report["items"]}
    assert abs(sum(value[c] for c in ("NEU%", "LYM%", "MON%", "EOS%", "BAS%")) - 100) < 0.05
    assert abs(value["NEU#"] - value["WBC"] * value["NEU%"] / 100) < 0.01
    assert abs(value["HCT"] - value["RBC"] * value["MCV"] / 10) < 0.1


def test_the_demo_people_have_their_stories():
    who = {entry["name"]: entry for entry in read("demo_people")["items"]}
    assert (who["张建国"]["phone"], who["陈静"]["in_his"]) == ("13800000001", False)
    for child in ("李小宝", "李小贝"):
        assert who[child]["guardian"]["phone"] == who["李秀英"]["phone"]
    assert all(passes_the_checksum(entry["document"]["number"]) for entry in who.values())
    assert any(bill["status"] == "unpaid" for bill in first_chart(TODAY, who["张建国"]["his_id"])["bills"])
    (stay,) = first_chart(TODAY, who["王德福"]["his_id"])["admissions"]
    assert (stay["status"], stay["discharged_on"]) == ("out", "2026-11-22")
    glucose = [r for r in first_chart(TODAY, who["王德福"]["his_id"])["reports"] if r["title"].startswith("血糖")]
    assert len(glucose) >= 5


def test_two_people_are_on_a_ward():
    stays = [a for his_id in population(TODAY) for a in first_chart(TODAY, his_id)["admissions"]]
    assert sum(stay["status"] == "in" for stay in stays) == 2
