"""Putting questionnaires into use and out of it; deriving their forms again."""

from pathlib import Path
from typing import Any

from server import audit, errors, logs
from server.context import Actor, App
from server.db import Tx
from server.questionnaires import store
from server.questionnaires.models import Derived, Questionnaire, Received, Scoring, VersionTaken
from server.questionnaires.rules import fhir, plans
from server.questionnaires.service import reading, scoring

_SCORING = ".scoring.json"
log = logs.get("questionnaires")


async def publish(app: App, received: Received, *, by: Actor) -> Questionnaire:
    """Take in a FHIR Questionnaire and put it into use. The same bytes again change nothing.

    BadQuestionnaire, BadScoring; VersionTaken when other bytes were published under this version.
    """
    derived = await read_in(app, received.raw)
    questionnaire = new(app, received, derived)

    async def write(tx: Tx) -> None:
        await put_into_use(app, questionnaire, received.raw, {}, by, tx)

    await app.db.transact(write)
    return await reading.get(app, questionnaire.id)


async def read_in(app: App, raw: bytes, fallback: str = "") -> Derived:
    """What bytes say, with their formulas tried out; BadQuestionnaire."""
    derived = store.derive(raw, fallback)
    await scoring.try_out(app, derived, raw)
    return derived


def new(app: App, received: Received, derived: Derived) -> Questionnaire:
    """A version that is about to be published; BadScoring."""
    plans.check(received.scoring, derived)
    return Questionnaire(
        id=derived.form.questionnaire_id,
        key=fhir.key_of(derived.form),
        version=derived.form.version,
        title=derived.form.title,
        kind=received.kind,
        derived=derived,
        scoring=received.scoring,
        published_at=app.now(),
    )


async def put_into_use(
    app: App, questionnaire: Questionnaire, raw: bytes, people: dict[str, Any], by: Actor, tx: Tx
) -> None:
    """Write a version once; VersionTaken."""
    kept = await store.raw(app, questionnaire.id, tx)
    if kept is None:
        await store.add(app, questionnaire, raw, {"published_by": by.id, **people}, tx)
        await audit.record(app, by, "questionnaires.publish", why=questionnaire.id, tx=tx)
    elif kept != raw:
        raise VersionTaken(questionnaire_id=questionnaire.id)


async def publish_folder(app: App, folder: Path, *, by: Actor) -> list[str]:
    """Publish every `<key>.json` of a folder with its `<key>.scoring.json`; gives the ids in use.

    A file that was changed under a version that is published already is left out and logged, and so
    is one whose plan says that it is for the library only.
    """
    found = []
    for received in received_from(folder).values():
        if received.scoring.publish:
            found.append((new(app, received, await read_in(app, received.raw)), received.raw))

    async def write(tx: Tx) -> list[str]:
        published = []
        for questionnaire, raw in found:
            try:
                await put_into_use(app, questionnaire, raw, {}, by, tx)
                published.append(questionnaire.id)
            except VersionTaken:
                log.warning("changed without a new version", questionnaire=questionnaire.id)
        return published

    return await app.db.transact(write)


def received_from(folder: Path) -> dict[str, Received]:
    """The questionnaires of a folder by the names of their files."""
    found = {}
    for file in sorted(folder.glob("*.json")):
        if not file.name.endswith(_SCORING):
            beside = file.with_name(file.stem + _SCORING)
            plan = Scoring.model_validate_json(beside.read_bytes()) if beside.exists() else Scoring()
            kind = "satisfaction" if file.stem.startswith("satisfaction") else "followup"
            found[file.stem] = Received.model_validate({"raw": file.read_bytes(), "kind": kind, "scoring": plan})
    return found


async def retire(app: App, questionnaire_id: str, *, by: Actor) -> None:
    """Take a version out of use: nobody can be sent it any more, and what was sent is answered no more. NotFound."""

    async def write(tx: Tx) -> None:
        if not await store.retire(app, questionnaire_id, tx):
            raise errors.NotFound()
        await audit.record(app, by, "questionnaires.retire", why=questionnaire_id, tx=tx)

    await app.db.transact(write)


async def rebuild(app: App) -> int:
    """Derive every form again from its bytes, and try out their formulas; gives how many."""
    ids = await store.ids(app)
    for questionnaire_id in ids:
        raw = await store.raw(app, questionnaire_id)
        if raw is not None:
            await store.renew(app, questionnaire_id, await read_in(app, raw))
    return len(ids)
