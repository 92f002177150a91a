"""What makes a person's data valid, the same person, a minor; when records open. No I/O.

Documents and ages: HEALTH.md 5; sensitive data of children under 14: PIPL art. 31.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from server.patients.models import (
    BadBirth,
    BadDocument,
    BadPhone,
    BadRelation,
    Binding,
    Card,
    Document,
    GuardianInHis,
    GuardianNeeded,
    Identity,
    MyPatient,
    NewPatient,
    Patient,
    Sex,
    ShownCard,
)
from server.values import age_on, age_text, id_card, id_card_birth, id_card_sex, mask_number, mask_phone, mobile

MINOR_UNDER = 14
MOST_PATIENTS = 8
CODE_LASTS = timedelta(minutes=5)
CODE_AGAIN_AFTER = timedelta(seconds=60)
CODE_TRIES = 5
DESK_WAITS = timedelta(days=3)
DAY_S = 86_400
LIMITS: dict[str, int] = {
    # Tries in one day of real time. A mother of three needs one code for each child and each
    # opening on one phone; a hospital's own Wi-Fi brings hundreds of people from one address.
    "codes-to-phone": 12,
    "codes-of-account": 20,
    "codes-from-address": 400,
    "binds-of-account": 20,
    "binds-of-patient": 10,
    "openings-of-account": 10,
    "openings-of-patient": 10,
    "desk-of-account": 5,
    "cards-of-account": 20,
}
_NUMBERS = {
    "passport": r"[A-Z0-9]{5,17}",
    "hk_macau_pass": r"[HMC][A-Z0-9]\d{7}(\d{2})?|[HM]\d{10}",
    "taiwan_pass": r"\d{8}|\d{10}[A-Z0-9]{0,2}",
    "foreign_residence": r"[A-Z]{3}\d{12}",
}
Match = Literal["same", "differs", "unknown"]


# --- what was typed ------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Full-width letters and digits made plain, outer spaces gone."""
    return unicodedata.normalize("NFKC", text).strip()


def normal_document(kind: str, number: str) -> Document:
    """A document in the one spelling under which it is found again; BadDocument.

    A newborn without a number of his own has a parent's with his order: 11…X-1.
    """
    text = re.sub(r"[\s-]", "", plain(number)).upper() if kind != "none_newborn" else plain(number).upper()
    good: str | None
    if kind == "id_card":
        good = id_card(text)
    elif kind == "none_newborn":
        parent, _, order = text.partition("-")
        known = id_card(parent) or (parent if re.fullmatch(r"[A-Z0-9]{5,17}", parent) else None)
        good = f"{known}-{order or 1}" if known and re.fullmatch(r"[1-9]?", order) else None
    elif kind == "foreign_residence" and text.startswith("9") and id_card(text):
        good = text
    else:
        good = text if re.fullmatch(_NUMBERS[kind], text) else None
    if good is None:
        raise BadDocument()
    return Document.model_validate({"kind": kind, "number": good})


def possible_documents(number: str) -> list[Document]:
    """Every document this number could be of."""
    found = []
    for kind in ("id_card", *_NUMBERS):
        try:
            found.append(normal_document(kind, number))
        except BadDocument:
            continue
    return found


def number_newborn(new: NewPatient, mine_now: list[Binding]) -> NewPatient:
    """A newborn typed without a number gets his guardian's, with the first order that no sibling here has."""
    if new.document.kind != "none_newborn" or plain(new.document.number):
        return new
    guardian = next((b for b in mine_now if new.guardian and b.patient_id == new.guardian.patient_id), None)
    if guardian is None:
        raise GuardianNeeded()
    siblings = {b.typed.document.number: normal_name(b.typed.name) for b in mine_now}
    numbers = (f"{guardian.typed.document.number}-{order}" for order in range(1, 10))
    name = normal_name(new.name)
    number = next(n for n in numbers if siblings.get(n, name) == name)
    return new.model_copy(update={"document": new.document.model_copy(update={"number": number})})


def normal_name(name: str) -> str:
    """A name for comparing: plain, without spaces and dots, letters alike."""
    return re.sub(r"[\s·•・.．‧]", "", plain(name)).casefold()


def check_typed(new: NewPatient, today: str) -> Identity:
    """What an account typed, checked and in its normal form; a refusal that names what is wrong."""
    document = normal_document(new.document.kind, new.document.number)
    phone = check_phone(new.phone)
    sex: str | None = new.sex
    birth_on = new.birth_on
    if document.kind == "id_card":
        said = (birth_on or id_card_birth(document.number), sex or id_card_sex(document.number))
        if said != (id_card_birth(document.number), id_card_sex(document.number)):
            raise BadBirth()
        birth_on, sex = said
    if birth_on is None or sex is None or not _is_birth(birth_on, today):
        raise BadBirth()
    if document.kind == "none_newborn" and age_on(birth_on, today) >= 1:
        raise BadBirth()
    if new.relation == "self" and is_minor(birth_on, today):
        raise BadRelation()
    return Identity.model_validate(
        {"name": plain(new.name), "document": document, "sex": sex, "birth_on": birth_on, "phone": phone}
    )


def check_phone(phone: str) -> str:
    """A mobile number as 11 digits; BadPhone."""
    good = mobile(plain(phone))
    if good is None:
        raise BadPhone()
    return good


def _is_birth(on: str, today: str) -> bool:
    try:
        age = age_on(on, today)
    except ValueError:
        return False
    return on <= today and age < 130


def is_minor(birth_on: str, today: str) -> bool:
    """Whether a guardian must answer for this person."""
    return age_on(birth_on, today) < MINOR_UNDER


def may_guard(guardian: Binding, today: str) -> bool:
    """Whether a binding shows a parent or guardian: the account's own person, known by his records, of age."""
    return guardian.relation == "self" and guardian.is_open and age_on(guardian.typed.birth_on, today) >= 18


# --- what the HIS holds --------------------------------------------------------------------------


def read_person(person: Mapping[str, Any], card_id: Mapping[str, str]) -> Identity:
    """A Person of the HIS as an Identity. `card_id`: our id for each card number."""
    sex: Sex = person["sex"] if person.get("sex") in ("male", "female") else "unknown"
    cards = [Card(id=card_id[c["number"]], kind=c["kind"], number=c["number"]) for c in person.get("cards", [])]
    guardian = person.get("guardian")
    kind, number = person["document"]["kind"], person["document"]["number"]
    try:
        document = normal_document(kind, number)
    except BadDocument:  # the HIS has older papers than we know rules for: keep what it holds
        document = Document(kind=kind, number=plain(number).upper())
    return Identity(
        name=person["name"],
        document=document,
        sex=sex,
        birth_on=person["birth_on"],
        phone=mobile(person.get("phone") or "") or "",
        guardian=GuardianInHis.model_validate(guardian) if guardian else None,
        cards=cards,
    )


def same_person(typed: Identity, held: Identity) -> bool:
    """Whether what was typed is who the HIS holds: document, name and birth date all agree."""
    return (
        typed.document == held.document
        and normal_name(typed.name) == normal_name(held.name)
        and typed.birth_on == held.birth_on
    )


def proving_phone(held: Identity, today: str) -> str | None:
    """The phone that proves the right to read: the person's own, a child's guardian's. None: only the desk can."""
    if not is_minor(held.birth_on, today):
        return held.phone or None
    return mobile(held.guardian.phone) if held.guardian else None


def shown_target(phone: str, typed: str) -> str:
    """The phone a code went to: recognisable to who typed it, useless to who did not."""
    return mask_phone(phone) if phone == typed else "*" * (len(phone) - 2) + phone[-2:]


# --- what is shown -------------------------------------------------------------------------------


def show_cards(cards: list[Card], hidden: list[str]) -> list[ShownCard]:
    """Cards with their numbers masked."""
    return [
        ShownCard(id=card.id, kind=card.kind, number_masked=mask_number(card.number, head=0))
        for card in cards
        if card.id not in hidden
    ]


def show(binding: Binding, patient: Patient | None, today: str) -> MyPatient:
    """A binding for its account: the HIS's data only when it is open, otherwise what it typed itself."""
    who: Identity = patient if patient and binding.is_open else binding.typed
    return MyPatient(
        id=binding.patient_id,
        name=who.name,
        relation=binding.relation,
        sex=who.sex,
        birth_on=who.birth_on,
        age_text=age_text(who.birth_on, today),
        document_masked=mask_number(who.document.number),
        phone_masked=mask_phone(who.phone),
        cards=show_cards(who.cards, binding.hidden_cards),
        active=binding.active,
        records_open=binding.is_open,
        opening=binding.opening,
        minor=is_minor(who.birth_on, today),
        desk_number=binding.desk_number if binding.opening == "desk_pending" else None,
    )
