"""Take in questionnaires, show their forms, check and score answers."""

import json
from pathlib import Path

from server import audit, errors, logs
from server.context import Actor, App
from server.db import Tx
from server.questionnaires import store
from server.questionnaires.models import (
    Answers,
    BadQuestionnaire,
    Form,
    Questionnaire,
    Questionnaires,
    QuestionnaireSummary,
    Received,
    Score,
    Scoring,
    ShownAnswer,
    VersionTaken,
)
from server.questionnaires.rules import answers as answer_rules
from server.questionnaires.rules import fhir, scoring

_SCORING = ".scoring.json"
log = logs.get("questionnaires")


async def publish(app: App, received: Received, *, by: Actor) -> Questionnaire:
    """Take in a FHIR Questionnaire and put it into use. The same bytes again change nothing.

    BadQuestionnaire; VersionTaken when other bytes were published under this version.
    """
    try:
        source = json.loads(received.raw)
    except ValueError:
        raise BadQuestionnaire(problems=["not JSON"]) from None
    form, weights = fhir.derive(source if isinstance(source, dict) else {})
    questionnaire = Questionnaire(
        id=form.questionnaire_id,
        key=form.questionnaire_id.removesuffix(f".{form.version}"),
        version=form.version,
        title=form.title,
        kind=received.kind,
        form=form,
        weights=weights,
        scoring=received.scoring,
        published_at=app.now(),
    )

    async def write(tx: Tx) -> None:
        kept = await store.raw(app, questionnaire.id, tx)
        if kept is None:
            await store.add(app, questionnaire, received.raw, tx)
            await audit.record(app, by, "questionnaires.publish", why=questionnaire.id, tx=tx)
        elif kept != received.raw:
            raise VersionTaken(questionnaire_id=questionnaire.id)

    await app.db.transact(write)
    return await get(app, questionnaire.id)


async def publish_folder(app: App, folder: Path, *, by: Actor) -> list[str]:
    """Publish every `<key>.json` of a folder with its `<key>.scoring.json`; gives the ids in use.

    A file that was changed under a version that is published already is left out and logged.
    """
    published: list[str] = []
    for received in _received(folder):
        try:
            published.append((await publish(app, received, by=by)).id)
        except VersionTaken as refusal:
            log.warning("changed without a new version", questionnaire=refusal.details["questionnaire_id"])
    return published


def _received(folder: Path) -> list[Received]:
    found = []
    for file in sorted(folder.glob("*.json")):
        if not file.name.endswith(_SCORING):
            beside = file.with_name(file.stem + _SCORING)
            scored = Scoring.model_validate_json(beside.read_bytes()) if beside.exists() else Scoring()
            kind = "satisfaction" if file.stem.startswith("satisfaction") else "followup"
            found.append(Received.model_validate({"raw": file.read_bytes(), "kind": kind, "scoring": scored}))
    return found


async def retire(app: App, questionnaire_id: str, *, by: Actor) -> None:
    """Take a version out of use: nobody can be sent it any more; what was sent can be answered. NotFound."""

    async def write(tx: Tx) -> None:
        if not await store.retire(app, questionnaire_id, tx):
            raise errors.NotFound()
        await audit.record(app, by, "questionnaires.retire", why=questionnaire_id, tx=tx)

    await app.db.transact(write)


async def get(app: App, questionnaire_id: str) -> Questionnaire:
    """One version, in use or retired; NotFound."""
    found = await store.get(app, questionnaire_id)
    if found is None:
        raise errors.NotFound()
    return found


async def in_use(app: App, questionnaire_id: str) -> Questionnaire:
    """One version that may be sent; NotFound."""
    found = await get(app, questionnaire_id)
    if found.status != "published":
        raise errors.NotFound()
    return found


async def latest(app: App, key: str) -> Questionnaire | None:
    """The newest version in use of a questionnaire; None when the hospital has none."""
    return await store.latest(app, key)


async def form(app: App, questionnaire_id: str, *, by: Actor) -> Form:
    """The form of a version, for a preview."""
    return (await get(app, questionnaire_id)).form


async def listed(app: App, *, by: Actor) -> Questionnaires:
    """All published questionnaires."""
    items = [
        QuestionnaireSummary(
            id=q.id,
            title=q.title,
            version=q.version,
            kind=q.kind,
            item_count=sum(item.type not in ("group", "display") for item in fhir.flat(q.form.items)),
        )
        for q in await store.published(app)
    ]
    return Questionnaires(items=items)


def check(questionnaire: Questionnaire, answers: Answers, *, draft: bool = False) -> Answers:
    """The answers that count; BadAnswers."""
    return answer_rules.check(questionnaire.form.items, answers, draft=draft)


def score(questionnaire: Questionnaire, answers: Answers) -> Score:
    """Score and red flags of checked answers."""
    return scoring.score(questionnaire.scoring, questionnaire.weights, answers)


def in_words(questionnaire: Questionnaire, answers: Answers) -> list[ShownAnswer]:
    """Each answered question with its answer in words, in the order of the form."""
    red = {flag.link_id for flag in scoring.raised(questionnaire.scoring, answers)}
    return [
        ShownAnswer(
            link_id=item.link_id,
            text=item.text,
            answer_text=answer_rules.in_words(item, answers[item.link_id]),
            red=item.link_id in red,
        )
        for item in fhir.flat(questionnaire.form.items)
        if item.link_id in answers
    ]
