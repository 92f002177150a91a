"""Open a bound patient's records: by a code to the phone the HIS holds, or by asking the desk; close them again."""

from server import audit, errors
from server.context import Actor, App
from server.db import Tx
from server.messages import service as messages
from server.patients import rules
from server.patients.models import (
    AlreadyOpen,
    Binding,
    CodeSent,
    DeskOnly,
    GuardianNeeded,
    MyPatient,
)
from server.patients.service import codes, consents, his_file
from server.patients.service.binding import remove_in, require_bound, shown
from server.patients.store import bindings, people
from server.values import new_code, shanghai_date

CODE_TEXT = (
    "【随诊】验证码 {code}，5 分钟内有效。有人正在微信上申请查看您的就诊记录；"
    "如果不是您本人或家人在办，请不要告诉任何人。"
)
_CLOSED = ["none", "code", "desk_pending"]


async def send_opening_code(app: App, patient_id: str, *, by: Actor, address: str) -> CodeSent:
    """Send a code to the phone the HIS holds for this person (a child's: his guardian's).

    DeskOnly is one answer for many reasons: the HIS does not know the document, holds another
    name, or holds no phone. None of them can be told apart from outside.
    """
    binding = await _closed(app, by, patient_id)
    await codes.count(app, "openings-of-account", by.id)
    await codes.count(app, "openings-of-patient", patient_id)
    today = shanghai_date(app.now())
    found = await his_file.look_up(app, binding.typed.document)
    if found is None or not rules.same_person(binding.typed, found[1]):
        raise DeskOnly()
    phone = rules.proving_phone(found[1], today)
    if phone is None or not await people.identify(app, patient_id, *found):
        raise DeskOnly()
    about = codes.about_opening(binding.id)
    sent = await codes.send(app, about=about, phone=phone, text=CODE_TEXT, account_id=by.id, address=address)
    await bindings.set_opening(app, binding.id, "code", was=["none", "code"])
    await audit.record(app, by, "patients.send_code", patient_ids=[patient_id])
    return sent.model_copy(update={"sent_to": rules.shown_target(phone, binding.typed.phone)})


async def open_with_code(app: App, patient_id: str, code: str, *, by: Actor) -> MyPatient:
    """Open the records with the code; WrongCode and CodeExpired leave them closed."""
    binding = await _closed(app, by, patient_id)
    try:
        code_id = await codes.check(app, codes.about_opening(binding.id), code)
    except errors.Invalid:
        await audit.record(app, by, "patients.code_wrong", patient_ids=[patient_id])
        raise
    opened_by = "new_file" if await people.is_new_file(app, patient_id) else "code"

    async def write(tx: Tx) -> None:
        await codes.use(app, code_id, tx)
        await open_in(app, binding, by, opened_by, tx)

    await app.db.transact(write)
    return await shown(app, by, patient_id)


async def ask_desk(app: App, patient_id: str, *, by: Actor) -> MyPatient:
    """Ask the desk to open the records; shows the number to say there. It waits three days."""
    binding = await _closed(app, by, patient_id)
    await codes.count(app, "desk-of-account", by.id)
    try:
        found = await his_file.look_up(app, binding.typed.document)
    except errors.Foreign:  # the desk can ask it again
        found = None
    note = {"his_name": found[1].name if found else None}
    while not await bindings.ask_desk(app, binding.id, new_code(), note):
        await require_bound(app, by, patient_id)
    await audit.record(app, by, "patients.ask_desk", patient_ids=[patient_id])
    return await shown(app, by, patient_id)


async def open_in(app: App, binding: Binding, by: Actor, opened_by: str, tx: Tx) -> None:
    """Open within a transaction, with its record and its event; NotFound when it is gone or open already.

    It takes a turn in the account's list, as withdrawing a consent does: neither can miss the other.
    """
    await bindings.take_turn(app, binding.account_id, 0, tx)
    await consents.require(app, binding.account_id, "records", tx)
    if not await bindings.set_opening(
        app, binding.id, "open", was=_CLOSED, tx=tx, opened_by=opened_by, opened_at=app.now()
    ):
        raise errors.NotFound()
    others = [b.account_id for b in await bindings.open_of(app, binding.patient_id) if b.id != binding.id]
    await audit.record(app, by, "patients.open", patient_ids=[binding.patient_id], why=opened_by, tx=tx)
    ids = {"binding_id": binding.id, "account_id": binding.account_id, "patient_id": binding.patient_id}
    await tx.emit("patients.opened", **ids, other_account_ids=others)


async def decide_consent(app: App, purpose: str, granted: bool, *, by: Actor) -> None:
    """Agree or take back. Without "records" nothing stays open; without "bind" nobody stays bound."""
    known = consents.known(purpose)
    await bindings.ensure_list(app, by.id)

    async def write(tx: Tx) -> None:
        await bindings.take_turn(app, by.id, 0, tx)
        await consents.note(app, by, known, granted, patient_id=None, tx=tx)
        if granted or known == "notify":
            return
        if known == "bind":
            for binding in await bindings.of_account(app, by.id, tx):
                await remove_in(app, binding, by, tx)
        else:
            closed = await bindings.close_all(app, by.id, tx)
            await audit.record(app, by, "patients.close", patient_ids=closed, why="consent withdrawn", tx=tx)

    await app.db.transact(write)
    if known == "notify":
        await messages.set_opted_out(app, by.id, not granted)


async def _closed(app: App, by: Actor, patient_id: str) -> Binding:
    """My binding that is not open yet and may be: consent given, a child's guardian still there."""
    binding = await require_bound(app, by, patient_id)
    if binding.is_open:
        raise AlreadyOpen()
    await consents.require(app, by.id, "records")
    await require_guardian(app, binding)
    return binding


async def require_guardian(app: App, binding: Binding) -> None:
    """GuardianNeeded when this is a child whose guardian is with this account no more."""
    if binding.guarding is None:
        return
    guardian = await bindings.of_patient(app, binding.account_id, binding.guarding.patient_id)
    if guardian is None or not rules.may_guard(guardian, shanghai_date(app.now())):
        raise GuardianNeeded()
