"""What the HIS holds of a person: look up, compare with what was typed, open a new file, take over."""

from server import errors
from server.context import App, Json
from server.patients import rules
from server.patients.models import Document, Identity, Patient
from server.patients.store import people


async def look_up(app: App, document: Document) -> tuple[str, Identity] | None:
    """The HIS's file for a document: its id and whom it holds. Foreign when the HIS does not answer."""
    found = await app.his.find_persons(document_kind=document.kind, document_number=document.number)
    for person in found:
        held = read(app, person)
        if held.document == document:
            return str(person["his_id"]), held
    return None


async def by_card(app: App, number: str) -> str | None:
    """The id of the HIS's file for a card number."""
    found = await app.his.find_persons(card_number=number)
    return str(found[0]["his_id"]) if found else None


async def create(app: App, patient_id: str, typed: Identity, guardian: Patient | None) -> tuple[str, Identity]:
    """Open a file at the HIS for somebody new. The HIS answers with whom it holds, which may be another.

    Marked before it is done, so that a file that we opened is never mistaken for one that
    the hospital made from papers it saw.
    """
    await people.set_new_file(app, patient_id, True)
    wanted: Json = typed.model_dump(include={"name", "sex", "birth_on", "phone"})
    wanted["document"] = typed.document.model_dump()
    if guardian:
        wanted["guardian"] = {"name": guardian.name, "phone": guardian.phone, "relation": "监护人"}
    person = await app.his.create_person(wanted)
    return str(person["his_id"]), read(app, person)


def read(app: App, person: Json) -> Identity:
    """A Person of the HIS; Foreign when it is none."""
    try:
        ids = {card["number"]: people.card_id(app, card["number"]) for card in person.get("cards", [])}
        return rules.read_person(person, ids)
    except (KeyError, TypeError, ValueError):
        raise errors.Foreign("his", "bad_person", "later") from None


async def read_again(app: App, his_id: str) -> Identity | None:
    """Whom the HIS holds under an id now."""
    found = await app.his.find_persons(his_id=his_id)
    return read(app, found[0]) if found else None
