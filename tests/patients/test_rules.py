"""What makes a document, a person, a match; tried without any server."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.patients import rules
from server.patients.models import (
    BadBirth,
    BadDocument,
    BadPhone,
    BadRelation,
    Binding,
    Card,
    Document,
    GuardianInHis,
    Identity,
    NewPatient,
)
from server.values import check_digit, id_card

TODAY = "2026-11-25"
ZHANG = "110199198103122115"


def typed(**changes: Any) -> NewPatient:
    form: dict[str, Any] = {"name": "张建国", "document": {"kind": "id_card", "number": ZHANG}, "phone": "13800000001"}
    form |= {"phone_code": "123456", "relation": "self", "consents": ["bind"]}
    return NewPatient.model_validate(form | changes)


def held(**changes: Any) -> Identity:
    return rules.check_typed(typed(), TODAY).model_copy(update=changes)


@pytest.mark.parametrize(
    ("kind", "number", "normal"),
    [
        ("id_card", " 11010519491231002x ", "11010519491231002X"),
        ("id_card", "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("id_card", "440524 18800101 0014", "440524188001010014"),
        ("id_card", "110105491231002", "11010519491231002X"),
        ("passport", "e1234-5678", "E12345678"),
        ("hk_macau_pass", "h10000003", "H10000003"),
        ("taiwan_pass", "12345678", "12345678"),
        ("foreign_residence", "ABC123456789012", "ABC123456789012"),
        ("none_newborn", f"{ZHANG}", f"{ZHANG}-1"),
        ("none_newborn", f"{ZHANG}-2", f"{ZHANG}-2"),
    ],
)
def test_a_document_has_one_spelling_however_it_is_typed(kind: str, number: str, normal: str) -> None:
    assert rules.normal_document(kind, number).number == normal


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("id_card", "110105194912310021"),  # checksum
        ("id_card", "11010519491331002X"),  # month 13
        ("id_card", "1101051949123100"),
        ("id_card", "１"),
        ("passport", "E1"),
        ("passport", "护照12345"),
        ("hk_macau_pass", "Z12345678"),
        ("taiwan_pass", "1234"),
        ("foreign_residence", "123"),
        ("none_newborn", f"{ZHANG}-0"),
        ("none_newborn", "-1"),
    ],
)
@pytest.mark.covers("A16.1")
def test_a_wrong_document_is_refused(kind: str, number: str) -> None:
    with pytest.raises(BadDocument):
        rules.normal_document(kind, number)


@given(st.text(max_size=24), st.sampled_from(["id_card", "passport", "hk_macau_pass", "taiwan_pass", "none_newborn"]))
def test_no_text_breaks_the_check_and_a_normal_form_is_its_own(text: str, kind: str) -> None:
    try:
        normal = rules.normal_document(kind, text)
    except BadDocument:
        return
    assert rules.normal_document(kind, normal.number) == normal


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_of_an_id_number_is_always_noticed(place: int, shift: int) -> None:
    digits = list("110105194912310021"[:17])
    digits[place] = str((int(digits[place]) + shift) % 10)
    changed = "".join(digits) + check_digit("11010519491231002")
    assert id_card(changed) is None


def test_sex_and_birth_come_from_the_id_number_and_must_not_differ() -> None:
    person = rules.check_typed(typed(), TODAY)
    assert (person.sex, person.birth_on) == ("male", "1981-03-12")
    with pytest.raises(BadBirth):
        rules.check_typed(typed(birth_on="1981-03-13"), TODAY)
    with pytest.raises(BadBirth):
        rules.check_typed(typed(sex="female"), TODAY)


@pytest.mark.parametrize("birth_on", [None, "2026-11-26", "1850-01-01", "2026-02-30"])
def test_a_passport_needs_sex_and_a_real_birth_date(birth_on: str | None) -> None:
    document = {"kind": "passport", "number": "E12345678"}
    assert rules.check_typed(typed(document=document, sex="female", birth_on="1990-01-01"), TODAY).sex == "female"
    with pytest.raises(BadBirth):
        rules.check_typed(typed(document=document, sex="female", birth_on=birth_on), TODAY)


def test_only_a_baby_is_a_newborn() -> None:
    baby = {"document": {"kind": "none_newborn", "number": f"{ZHANG}-1"}, "sex": "male", "relation": "child"}
    assert rules.check_typed(typed(**baby, birth_on="2026-11-01"), TODAY).document.number == f"{ZHANG}-1"
    with pytest.raises(BadBirth):
        rules.check_typed(typed(**baby, birth_on="2025-11-25"), TODAY)


@pytest.mark.parametrize("phone", ["1380000000", "02012345678", "23800000001", "1380000000a"])
def test_only_a_mobile_number_can_get_a_code(phone: str) -> None:
    assert rules.check_phone("+86 138-0000-0001") == "13800000001"
    with pytest.raises(BadPhone):
        rules.check_phone(phone)


@pytest.mark.parametrize(
    ("birth_on", "minor"), [("2012-11-26", True), ("2012-11-25", False), ("2012-11-24", False), ("2026-11-25", True)]
)
def test_a_child_is_a_minor_until_the_14th_birthday(birth_on: str, minor: bool) -> None:
    assert rules.is_minor(birth_on, TODAY) is minor


@pytest.mark.covers("A16.3")
def test_a_child_cannot_be_added_as_oneself() -> None:
    document = {"kind": "passport", "number": "E12345678"}
    with pytest.raises(BadRelation):
        rules.check_typed(typed(document=document, sex="female", birth_on="2015-01-01"), TODAY)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"name": "张 建国"}, True),
        ({"name": "张建军"}, False),
        ({"birth_on": "1981-03-13"}, False),
        ({"document": Document(kind="passport", number=ZHANG)}, False),
        ({"phone": "13900000000"}, True),
    ],
)
@pytest.mark.covers("A16.3")
def test_only_document_name_and_birth_together_make_the_same_person(change: dict[str, Any], same: bool) -> None:
    assert rules.same_person(held(), held(**change)) is same


def test_a_foreign_name_is_the_same_in_capitals_and_with_a_dot() -> None:
    assert rules.same_person(held(name="Anna Sample"), held(name="ANNA·SAMPLE"))


@pytest.mark.covers("A16.3")
def test_the_code_goes_to_the_persons_own_phone_and_for_a_child_to_the_guardians() -> None:
    guardian = GuardianInHis(name="李秀英", phone="13800000002", relation="母亲")
    assert rules.proving_phone(held(), TODAY) == "13800000001"
    assert rules.proving_phone(held(phone=""), TODAY) is None
    assert rules.proving_phone(held(birth_on="2020-05-04", guardian=guardian), TODAY) == "13800000002"
    assert rules.proving_phone(held(birth_on="2020-05-04"), TODAY) is None


def test_where_a_code_went_is_told_only_to_who_knows_the_number() -> None:
    assert rules.shown_target("13800000001", "13800000001") == "138****0001"
    assert rules.shown_target("13800000001", "13800000009") == "*********01"


def binding(**changes: Any) -> Binding:
    at = datetime(2026, 11, 25, tzinfo=UTC)
    fields: dict[str, Any] = {"id": "b", "account_id": "a", "patient_id": "p", "relation": "self", "active": True}
    fields |= {"opening": "open", "typed": held(), "created_at": at}
    return Binding.model_validate(fields | changes)


@pytest.mark.parametrize(
    ("change", "may"),
    [
        ({}, True),
        ({"opening": "code"}, False),
        ({"relation": "spouse"}, False),
        ({"typed": held(birth_on="2009-01-01")}, False),
    ],
)
@pytest.mark.covers("A16.3")
def test_only_an_adult_who_proved_who_he_is_can_guard_a_child(change: dict[str, Any], may: bool) -> None:
    assert rules.may_guard(binding(**change), TODAY) is may


def test_before_opening_only_what_the_account_typed_is_shown() -> None:
    from server.patients.models import Patient

    in_his = held(name="张大国", phone="13900000009", cards=[Card(id="c", kind="outpatient", number="8000000001")])
    patient = Patient(id="p", his_id="P1", **in_his.model_dump())
    closed = rules.show(binding(opening="code"), patient, TODAY)
    assert (closed.name, closed.phone_masked, closed.cards) == ("张建国", "138****0001", [])
    opened = rules.show(binding(), patient, TODAY)
    assert (opened.name, opened.phone_masked, opened.cards[0].number_masked) == ("张大国", "139****0009", "******0001")
    assert not rules.show(binding(hidden_cards=["c"]), patient, TODAY).cards
