"""Who did or saw what, whose, when and why (H13). Written before the answer leaves.

`record` joins the transaction of a write when given one. Lines are never changed; a chain
over them is sealed later by the worker, not through a shared head.
"""

from collections.abc import Iterable

from server.context import Actor, App
from server.db import Tx, session_of


async def record(
    app: App, by: Actor, action: str, *, patient_ids: Iterable[str] = (), why: str = "", tx: Tx | None = None
) -> None:
    """Write one line. `action` is `<feature>.<verb>`; `why` a reason or relation, never clinical content."""
    line = {
        "_id": app.new_id(),
        "at": app.now(),
        "actor_kind": by.kind,
        "actor_id": by.id,
        "action": action,
        "patient_ids": list(patient_ids),
        "why": why,
    }
    await app.db["audit"].insert_one(line, session=session_of(tx))
