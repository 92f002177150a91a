"""What an account agreed to, purpose by purpose; taking it back has its effect at once."""

import functools
import json
from pathlib import Path

from server import audit, errors
from server.context import Actor, App
from server.db import Tx
from server.patients.models import Consent, ConsentNeeded, Consents, Purpose
from server.patients.store import consents

_FILE = Path(__file__).parents[3] / "fixtures" / "consents.json"
_UNLESS_REFUSED: frozenset[Purpose] = frozenset({"notify"})  # part of the service; can be refused


@functools.cache
def texts() -> dict[Purpose, dict[str, str]]:
    """The text that is agreed to, by purpose: {purpose, title, text, version}."""
    return {item["purpose"]: item for item in json.loads(_FILE.read_text(encoding="utf-8"))["items"]}


async def note(app: App, by: Actor, purpose: Purpose, granted: bool, *, patient_id: str | None, tx: Tx) -> None:
    """Record one decision on the text as it stands today."""
    version = texts()[purpose]["version"]
    await consents.decide(app, by.id, purpose, granted, version, patient_id=patient_id, via=by.app, tx=tx)
    action = "consents.grant" if granted else "consents.withdraw"
    await audit.record(app, by, action, patient_ids=[patient_id] if patient_id else [], why=purpose, tx=tx)


async def all_of(app: App, *, by: Actor) -> Consents:
    """Every purpose with its text, and whether it is granted now."""
    standing = await consents.standing(app, by.id)
    items = []
    for purpose, text in texts().items():
        said = standing.get(purpose)
        granted = said["granted"] if said else purpose in _UNLESS_REFUSED
        at = said["at"] if said and granted else None
        items.append(Consent.model_validate({**text, "granted": granted, "granted_at": at}, extra="ignore"))
    return Consents(items=items)


async def is_granted(app: App, account_id: str, purpose: Purpose, tx: Tx | None = None) -> bool:
    """Whether the account agrees now."""
    said = (await consents.standing(app, account_id, tx)).get(purpose)
    return bool(said["granted"]) if said else purpose in _UNLESS_REFUSED


async def require(app: App, account_id: str, purpose: Purpose, tx: Tx | None = None) -> None:
    """ConsentNeeded unless it is granted."""
    if not await is_granted(app, account_id, purpose, tx):
        raise ConsentNeeded(purpose=purpose)


def known(purpose: str) -> Purpose:
    """A purpose there is a text for; NotFound."""
    found = next((p for p in texts() if p == purpose), None)
    if found is None:
        raise errors.NotFound()
    return found
