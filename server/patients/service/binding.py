"""Bind a person to an account, choose the active one, keep cards, remove."""

from server import audit, errors
from server.context import Actor, App
from server.db import Tx
from server.messages import service as messages
from server.patients import rules
from server.patients.models import (
    AlreadyBound,
    Binding,
    BindingPlan,
    CardIn,
    CardNotFound,
    CodeSent,
    ConsentNeeded,
    GuardianNeeded,
    Guarding,
    Identity,
    MyPatient,
    MyPatients,
    NewPatient,
    Patient,
    PatientsFull,
    RecordsClosed,
)
from server.patients.service import codes, consents, his_file
from server.patients.store import bindings, people
from server.values import shanghai_date

CODE_TEXT = "【随诊】验证码 {code}，5 分钟内有效，用于在医院微信服务里添加就诊人。请不要告诉别人。"


async def send_phone_code(app: App, phone: str, *, by: Actor, address: str) -> CodeSent:
    """Send a code to the phone somebody typed, to prove that he holds it."""
    number = rules.check_phone(phone)
    about = codes.about_phone(app, by.id, number)
    return await codes.send(app, about=about, phone=number, text=CODE_TEXT, account_id=by.id, address=address)


async def mine(app: App, *, by: Actor) -> MyPatients:
    """The account's patients in the order they were added."""
    found = await bindings.of_account(app, by.id)
    known = await people.several(app, [b.patient_id for b in found if b.is_open])
    today = shanghai_date(app.now())
    return MyPatients(items=[rules.show(b, known.get(b.patient_id), today) for b in found])


async def active(app: App, *, by: Actor) -> MyPatient | None:
    """The one patient who is active now."""
    return next((p for p in (await mine(app, by=by)).items if p.active), None)


async def bind(app: App, new: NewPatient, *, by: Actor) -> MyPatient:
    """Add a person to the account's list.

    What was typed is kept with the binding and nowhere else. The HIS is asked; records open at
    once only when document, name and birth date are the HIS's and the phone just proved by a
    code is the phone the HIS holds for this person (a child's: his guardian's).
    """
    today = shanghai_date(app.now())
    mine_now = await bindings.of_account(app, by.id)
    typed = rules.check_typed(rules.number_newborn(new, mine_now), today)
    if "bind" not in new.consents:
        raise ConsentNeeded(purpose="bind")
    if len(mine_now) >= rules.MOST_PATIENTS:
        raise PatientsFull()
    guarding = _guarding(new, typed, mine_now, today)
    await codes.check(app, codes.about_phone(app, by.id, typed.phone), new.phone_code)
    patient_id = await people.ensure(app, typed.document)
    if any(b.patient_id == patient_id for b in mine_now):
        raise AlreadyBound(patient_id=patient_id)
    await codes.count(app, "binds-of-account", by.id)
    await codes.count(app, "binds-of-patient", patient_id)
    plan = BindingPlan(patient_id=patient_id, typed=typed, guarding=guarding, may_open="records" in new.consents)
    opened_by = await _recognise(app, plan, today)
    binding = Binding(
        id=app.new_id(),
        account_id=by.id,
        patient_id=patient_id,
        relation=new.relation,
        active=False,
        opening="open" if opened_by else "none",
        opened_by=opened_by,
        typed=typed,
        guarding=guarding,
        created_at=app.now(),
    )
    await bindings.ensure_list(app, by.id)
    others = [b.account_id for b in await bindings.open_of(app, patient_id) if b.account_id != by.id]

    async def write(tx: Tx) -> None:
        if await bindings.take_turn(app, by.id, 1, tx) > rules.MOST_PATIENTS:
            raise PatientsFull()
        first = not any(b.active for b in await bindings.of_account(app, by.id, tx))
        await bindings.add(app, binding.model_copy(update={"active": first}), tx)
        for purpose in new.consents:
            await consents.note(app, by, purpose, True, patient_id=patient_id, tx=tx)
        await audit.record(app, by, "patients.bind", patient_ids=[patient_id], why=new.relation, tx=tx)
        ids = {"binding_id": binding.id, "account_id": by.id, "patient_id": patient_id, "other_account_ids": others}
        await tx.emit("patients.bound", **ids)
        if opened_by:
            await audit.record(app, by, "patients.open", patient_ids=[patient_id], why=opened_by, tx=tx)
            await tx.emit("patients.opened", **ids)

    await app.db.transact(write)
    if "notify" in new.consents:
        await messages.set_opted_out(app, by.id, False)
    return await shown(app, by, patient_id)


def _guarding(new: NewPatient, typed: Identity, mine_now: list[Binding], today: str) -> Guarding | None:
    """For a child: the guardian of the same account, who must have proved who he is; GuardianNeeded."""
    if not rules.is_minor(typed.birth_on, today):
        return None
    guardian = new.guardian
    if guardian is None or not any(b.patient_id == guardian.patient_id and rules.may_guard(b, today) for b in mine_now):
        raise GuardianNeeded()
    return Guarding(patient_id=guardian.patient_id, proof_kind=guardian.proof_kind, proof_number=guardian.proof_number)


async def _recognise(app: App, plan: BindingPlan, today: str) -> str | None:
    """Ask the HIS who this is; gives by what the records open at once, None when they stay closed."""
    typed = plan.typed
    found = await his_file.look_up(app, typed.document)
    if found is None and plan.may_open and typed.document.kind != "none_newborn":
        guardian = await people.get(app, plan.guarding.patient_id) if plan.guarding else None
        found = await his_file.create(app, plan.patient_id, typed, guardian)
    if found is None or not rules.same_person(typed, found[1]):
        return None
    his_id, held = found
    if not await people.identify(app, plan.patient_id, his_id, held) or not plan.may_open:
        return None
    if rules.proving_phone(held, today) != typed.phone:
        return None
    return "new_file" if await people.is_new_file(app, plan.patient_id) else "code"


async def activate(app: App, patient_id: str, *, by: Actor) -> MyPatient:
    """Make a patient the active one; the one before is so no more, in the same moment."""

    async def write(tx: Tx) -> None:
        await bindings.take_turn(app, by.id, 0, tx)
        if not await bindings.activate(app, by.id, patient_id, tx):
            raise errors.NotFound()

    await app.db.transact(write)
    return await shown(app, by, patient_id)


async def remove(app: App, patient_id: str, *, by: Actor) -> None:
    """Take a patient off the list; when it was the active one, the first of the others becomes active."""
    binding = await bindings.of_patient(app, by.id, patient_id)
    if binding is None:
        raise errors.NotFound()

    async def write(tx: Tx) -> None:
        await remove_in(app, binding, by, tx)

    await app.db.transact(write)


async def remove_in(app: App, binding: Binding, by: Actor, tx: Tx) -> None:
    """Remove within a transaction of the account's list."""
    await bindings.take_turn(app, binding.account_id, -1, tx)
    if not await bindings.remove(app, binding.id, tx):
        raise errors.NotFound()
    rest = await bindings.of_account(app, binding.account_id, tx)
    if rest and not any(b.active for b in rest):
        await bindings.activate(app, binding.account_id, rest[0].patient_id, tx)
    for ward in rest:  # whose guardian is not proved here any more
        if ward.guarding and ward.guarding.patient_id == binding.patient_id:
            await bindings.set_opening(app, ward.id, "none", was=["code", "desk_pending", "open"], tx=tx)
    await audit.record(app, by, "patients.remove", patient_ids=[binding.patient_id], tx=tx)
    await tx.emit("patients.removed", binding_id=binding.id, account_id=by.id, patient_id=binding.patient_id)


async def add_card(app: App, patient_id: str, card: CardIn, *, by: Actor) -> MyPatient:
    """Show a card that the HIS holds for this patient; any other number gets one and the same answer."""
    binding, patient = await require_open(app, by, patient_id)
    await codes.count(app, "cards-of-account", by.id)
    number = rules.plain(card.number).upper()
    if await his_file.by_card(app, number) != patient.his_id:
        raise CardNotFound()
    held = await his_file.read_again(app, patient.his_id)
    if held is None or number not in {c.number.upper() for c in held.cards}:
        raise CardNotFound()
    await people.identify(app, patient_id, patient.his_id, held)
    await bindings.hide_card(app, binding.id, people.card_id(app, number), False)
    await audit.record(app, by, "patients.add_card", patient_ids=[patient_id])
    return await shown(app, by, patient_id)


async def remove_card(app: App, patient_id: str, card_id: str, *, by: Actor) -> MyPatient:
    """Do not show a card any more on this account."""
    binding, patient = await require_open(app, by, patient_id)
    if card_id not in {c.id for c in patient.cards}:
        raise CardNotFound()
    await bindings.hide_card(app, binding.id, card_id, True)
    await audit.record(app, by, "patients.remove_card", patient_ids=[patient_id])
    return await shown(app, by, patient_id)


# --- what is mine --------------------------------------------------------------------------------


async def require_bound(app: App, by: Actor, patient_id: str) -> Binding:
    """My binding of this patient, open or not; NotFound, which tells a stranger nothing."""
    binding = await bindings.of_patient(app, by.id, patient_id) if by.kind == "account" else None
    if binding is None:
        raise errors.NotFound()
    return binding


async def require_open(app: App, by: Actor, patient_id: str) -> tuple[Binding, Patient]:
    """My binding and the patient as the HIS holds him; NotFound for a stranger, RecordsClosed for me too early."""
    binding = await require_bound(app, by, patient_id)
    patient = await people.get(app, patient_id) if binding.is_open else None
    if patient is None:
        raise RecordsClosed()
    return binding, patient


async def shown(app: App, by: Actor, patient_id: str) -> MyPatient:
    """One of my patients, to show."""
    binding = await require_bound(app, by, patient_id)
    patient = await people.get(app, patient_id) if binding.is_open else None
    return rules.show(binding, patient, shanghai_date(app.now()))
