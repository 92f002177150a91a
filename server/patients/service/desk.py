"""The desk: who waits there to have a record opened; staff who saw the papers confirm or refuse."""

from server import audit, errors
from server.context import Actor, App
from server.db import Tx
from server.patients import rules
from server.patients.models import (
    Binding,
    DeskConfirmation,
    DeskOpening,
    DeskOpenings,
    DeskRefusal,
    NotWaiting,
)
from server.patients.service import his_file
from server.patients.service.opening import open_in, require_guardian
from server.patients.store import bindings, people
from server.values import mask_number, shanghai_date

_PAGE = 50
_PROOFS = {"household_register": "户口本", "birth_certificate": "出生医学证明", "other": "其他证明"}


async def waiting(app: App, after: str | None, *, by: Actor) -> DeskOpenings:
    """Who waits at the desk, with what they typed; one audit line names them all."""
    found = await bindings.waiting_at_desk(app, app.now() - rules.DESK_WAITS, after, _PAGE + 1)
    page = found[:_PAGE]
    await audit.record(app, by, "patients.list_desk", patient_ids=[b.patient_id for b in page])
    items = [await _shown(app, binding) for binding in page]
    return DeskOpenings(items=items, next=page[-1].id if len(found) > _PAGE else None)


async def count_waiting(app: App) -> int:
    """How many wait at the desk, for the overview."""
    return await bindings.count_waiting_at_desk(app, app.now() - rules.DESK_WAITS)


async def confirm(app: App, binding_id: str, seen: DeskConfirmation, *, by: Actor) -> None:
    """Open the record of somebody whose papers were seen; the HIS gets a file when it had none.

    NotWaiting; GuardianNeeded when a child's guardian has gone since it was asked for.
    """
    binding = await _waiting(app, binding_id)
    await require_guardian(app, binding)
    found = await his_file.look_up(app, binding.typed.document)
    if found is None:
        guardian = await people.get(app, binding.guarding.patient_id) if binding.guarding else None
        found = await his_file.create(app, binding.patient_id, binding.typed, guardian)
    if not await people.identify(app, binding.patient_id, *found):
        raise errors.Conflict()
    await people.set_new_file(app, binding.patient_id, False)
    note = {"his_name": binding.his_name, "proof_note": seen.proof_note}

    async def write(tx: Tx) -> None:
        if not await bindings.write_desk_note(app, binding.id, note, tx):
            raise NotWaiting()
        await open_in(app, binding, by, f"desk:{by.id}", tx)

    await app.db.transact(write)


async def refuse(app: App, binding_id: str, said: DeskRefusal, *, by: Actor) -> None:
    """Send somebody away, with the reason; his account is told."""
    binding = await _waiting(app, binding_id)
    note = {"his_name": binding.his_name, "reason": said.reason}

    async def write(tx: Tx) -> None:
        if not await bindings.write_desk_note(app, binding.id, note, tx):
            raise NotWaiting()
        await bindings.set_opening(app, binding.id, "none", was=["desk_pending"], tx=tx)
        await audit.record(app, by, "patients.refuse_at_desk", patient_ids=[binding.patient_id], tx=tx)
        ids = {"binding_id": binding.id, "account_id": binding.account_id, "patient_id": binding.patient_id}
        await tx.emit("patients.refused", **ids)

    await app.db.transact(write)


async def _waiting(app: App, binding_id: str) -> Binding:
    binding = await bindings.get(app, binding_id)
    if binding is None:
        raise errors.NotFound()
    asked = binding.desk_asked_at
    if binding.opening != "desk_pending" or asked is None or asked <= app.now() - rules.DESK_WAITS:
        raise NotWaiting()
    return binding


async def _shown(app: App, binding: Binding) -> DeskOpening:
    typed, guardian = binding.typed, None
    if binding.guarding:
        parent = await people.get(app, binding.guarding.patient_id)
        proof = f"{_PROOFS[binding.guarding.proof_kind]} {mask_number(binding.guarding.proof_number)}"
        guardian = f"{parent.name}，{proof}" if parent else proof
    differs = binding.his_name and rules.normal_name(binding.his_name) != rules.normal_name(typed.name)
    return DeskOpening(
        id=binding.id,
        desk_number=binding.desk_number or "",
        patient_name=typed.name,
        his_name=binding.his_name if differs else None,
        document_masked=mask_number(typed.document.number),
        relation=binding.relation,
        minor=rules.is_minor(typed.birth_on, shanghai_date(app.now())),
        guardian=guardian,
        asked_at=binding.desk_asked_at or binding.created_at,
    )
