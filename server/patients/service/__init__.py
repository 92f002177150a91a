"""The use-cases of patients, and what other features may ask.

Patient side: binding, opening, consents. Desk side: desk. Staff side: care.
"""

from collections.abc import Iterable

from server import errors
from server.context import Actor, App
from server.patients import rules as _rules
from server.patients.models import Callee, Patient, RecordsClosed
from server.patients.service import binding as _binding
from server.patients.service.accounts import take_joining, take_revocation
from server.patients.service.binding import (
    activate,
    active,
    add_card,
    bind,
    mine,
    remove,
    remove_card,
    require_bound,
    send_phone_code,
)
from server.patients.service.care import (
    care_filter,
    check_care,
    find,
    in_care,
    in_whose_name,
    learn_visits,
    may_care,
    note_visit_started,
    numbered,
    of_department,
    read_one,
    relate,
    require_care,
    unrelate,
)
from server.patients.service.consents import all_of as my_consents
from server.patients.service.consents import is_granted
from server.patients.service.desk import confirm, count_waiting, refuse, waiting
from server.patients.service.opening import ask_desk, decide_consent, open_with_code, send_opening_code
from server.patients.service.telling import (
    take_death,
    take_person_change,
    tell_of_binding,
    tell_of_opening,
    tell_of_refusal,
)
from server.patients.store import bindings as _bindings
from server.patients.store import people as _people
from server.values import shanghai_date

__all__ = [
    "accounts_of",
    "activate",
    "active",
    "active_id",
    "add_card",
    "ask_desk",
    "bind",
    "by_his_id",
    "care_filter",
    "check_care",
    "confirm",
    "count_waiting",
    "decide_consent",
    "display_name",
    "find",
    "identities",
    "identity",
    "in_care",
    "in_whose_name",
    "is_granted",
    "learn_visits",
    "living",
    "may_care",
    "mine",
    "my_consents",
    "names",
    "note_visit_started",
    "numbered",
    "of_department",
    "open_with_code",
    "opened_of",
    "read_one",
    "refuse",
    "relate",
    "remove",
    "remove_card",
    "require_bookable",
    "require_bound",
    "require_care",
    "require_open",
    "send_opening_code",
    "send_phone_code",
    "take_death",
    "take_joining",
    "take_person_change",
    "take_revocation",
    "tell_of_binding",
    "tell_of_opening",
    "tell_of_refusal",
    "unrelate",
    "waiting",
    "whom_to_call",
    "with_phones",
]


async def require_bookable(app: App, by: Actor, patient_id: str) -> None:
    """One of my patients whom I may book for: opened, or typed as the HIS holds him, or unknown there.

    NotFound for a stranger. RecordsClosed when a document number came with a wrong name: a booking
    would tell about another's bookings, and block them.
    """
    binding = await _binding.require_bound(app, by, patient_id)
    known = None if binding.is_open else await _people.get(app, patient_id)
    if known and not _rules.same_person(binding.typed, known):
        raise RecordsClosed()


async def require_open(app: App, by: Actor, patient_id: str) -> Patient:
    """The patient, when he is mine and open. NotFound for a stranger; RecordsClosed (403) when not opened yet."""
    _, patient = await _binding.require_open(app, by, patient_id)
    return patient


async def opened_of(app: App, by: Actor) -> list[Patient]:
    """All patients whose records this account may read, the active one first."""
    mine_now = [b for b in await _bindings.of_account(app, by.id) if b.is_open]
    known = await _people.several(app, [b.patient_id for b in mine_now])
    mine_now.sort(key=lambda b: not b.active)
    return [known[b.patient_id] for b in mine_now if b.patient_id in known]


async def active_id(app: App, by: Actor) -> str:
    """The id of the account's active patient; NotFound when it has none."""
    found = next((b.patient_id for b in await _bindings.of_account(app, by.id) if b.active), None)
    if found is None:
        raise errors.NotFound()
    return found


async def identity(app: App, patient_id: str) -> Patient:
    """Who a patient is, for writing to the HIS and for staff who passed check_care; NotFound."""
    patient = await _people.get(app, patient_id)
    if patient is None:
        raise errors.NotFound()
    return patient


async def identities(app: App, patient_ids: Iterable[str]) -> dict[str, Patient]:
    """Patients by id, for lists; those unknown to the HIS are left out."""
    return await _people.several(app, list(patient_ids))


async def names(app: App, patient_ids: Iterable[str]) -> dict[str, str]:
    """Names by id, as the HIS holds them; "" for those it does not know."""
    wanted = list(patient_ids)
    known = await _people.several(app, wanted)
    return {each: known[each].name if each in known else "" for each in wanted}


async def display_name(app: App, patient_id: str) -> str:
    """A patient's name as the HIS holds it; "" when nobody is known under the id."""
    patient = await _people.get(app, patient_id)
    return patient.name if patient else ""


async def whom_to_call(app: App, patient_id: str) -> Callee:
    """Who answers the phone for a patient: he himself, for a minor the guardian; all "" when the HIS knows nobody."""
    patient = await _people.get(app, patient_id)
    if patient is None:
        return Callee(name="", phone="")
    today = shanghai_date(app.now())
    guardian = patient.guardian if _rules.is_minor(patient.birth_on, today) else None
    phone = _rules.proving_phone(patient, today) or ""
    return Callee(name=patient.name, phone=phone, guardian_name=guardian.name if guardian else None)


async def by_his_id(app: App, his_id: str) -> Patient | None:
    """The patient of a HIS file, if we know him."""
    return await _people.by_his_id(app, his_id)


async def living(app: App, patient_ids: Iterable[str]) -> set[str]:
    """Those of these patients of whose death we were not told."""
    return await _people.living(app, sorted(set(patient_ids)))


async def with_phones(app: App, patient_ids: Iterable[str]) -> set[str]:
    """Which of these patients an account may be told of: `accounts_of` for many at once."""
    return await _people.living(app, sorted(await _bindings.whose_phones(app, list(patient_ids))))


async def accounts_of(app: App, patient_id: str) -> list[str]:
    """The accounts that may read a patient's records: who is told of them. Nobody, when he has died."""
    if not await _people.living(app, [patient_id]):
        return []
    return [b.account_id for b in await _bindings.open_of(app, patient_id)]
