"""What becomes of an account's patients when its person takes everything back, or has two accounts that become one."""

from server import audit
from server.context import SYSTEM, App, Event
from server.db import Tx
from server.patients.service import consents
from server.patients.store import bindings
from server.patients.store import consents as decisions


async def take_revocation(app: App, event: Event) -> None:
    """accounts.forgotten: the bindings go with all that was typed for them, and no consent stands any more."""
    account_id = event.data["account_id"]

    async def work(tx: Tx) -> None:
        found = await bindings.of_account(app, account_id, tx)
        await bindings.erase(app, account_id, tx)
        for purpose, said in (await decisions.standing(app, account_id, tx)).items():
            if said["granted"]:
                known = consents.known(purpose)
                version = consents.texts()[known]["version"]
                await decisions.decide(app, account_id, known, False, version, patient_id=None, via="wechat", tx=tx)
        if not found:
            return
        ids = [binding.patient_id for binding in found]
        await audit.record(app, SYSTEM, "patients.forget", patient_ids=ids, why="accounts.forgotten", tx=tx)
        for binding in found:
            gone = {"binding_id": binding.id, "account_id": account_id, "patient_id": binding.patient_id}
            await tx.emit("patients.removed", **gone)

    await app.db.transact(work)


async def take_joining(app: App, event: Event) -> None:
    """accounts.joined: the bindings follow. Who is bound to both stays once, open when he was open in either."""
    kept, gone = event.data["account_id"], event.data["gone_id"]
    await bindings.ensure_list(app, kept)

    async def work(tx: Tx) -> None:
        mine = {b.patient_id: b for b in await bindings.of_account(app, kept, tx)}
        has_active = any(b.active for b in mine.values())
        moved = []
        for binding in await bindings.of_account(app, gone, tx):
            same = mine.get(binding.patient_id)
            if same is None:
                await bindings.hand_over(app, binding.id, kept, binding.active and not has_active, tx)
                moved.append(binding.patient_id)
                continue
            await bindings.remove(app, binding.id, tx)
            if binding.is_open and not same.is_open:
                was = ["none", "code", "desk_pending"]
                await bindings.set_opening(app, same.id, "open", was=was, tx=tx, opened_by=binding.opened_by)
        await bindings.take_turn(app, kept, len(moved), tx)
        await bindings.forget_list(app, gone, tx)
        standing = await decisions.standing(app, kept, tx)
        for purpose, said in (await decisions.standing(app, gone, tx)).items():
            if purpose not in standing:
                known = consents.known(purpose)
                version, granted = consents.texts()[known]["version"], bool(said["granted"])
                await decisions.decide(app, kept, known, granted, version, patient_id=None, via="joined", tx=tx)
        if moved:
            await audit.record(app, SYSTEM, "patients.hand_over", patient_ids=moved, why="accounts.joined", tx=tx)

    await app.db.transact(work)
