"""Versions as others and staff read them."""

from server import errors
from server.context import Actor, App
from server.questionnaires import store
from server.questionnaires.models import (
    Form,
    Questionnaire,
    QuestionnaireQuery,
    Questionnaires,
    QuestionnaireSummary,
    ReadQuestionnaire,
)
from server.questionnaires.rules import fhir, soundness


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


async def listed(app: App, query: QuestionnaireQuery, *, by: Actor) -> Questionnaires:
    """The versions in use, or retired, or all."""
    return Questionnaires(items=[_summary(q) for q in await store.listed(app, query.status)])


async def read(app: App, questionnaire_id: str, *, by: Actor) -> ReadQuestionnaire:
    """Everything of one version; NotFound."""
    found = await get(app, questionnaire_id)
    return ReadQuestionnaire(
        **_summary(found).model_dump(),
        fhir=soundness.parse(await bytes_of(app, questionnaire_id, by=by)),
        scoring=found.scoring,
        form=found.form,
        warnings=found.derived.warnings,
        weights=found.weights,
        expressions=found.derived.expressions,
    )


async def bytes_of(app: App, questionnaire_id: str, *, by: Actor) -> bytes:
    """The FHIR Questionnaire as it came; NotFound."""
    raw = await store.raw(app, questionnaire_id)
    if raw is None:
        raise errors.NotFound()
    return raw


def _summary(questionnaire: Questionnaire) -> QuestionnaireSummary:
    plan, derived = questionnaire.scoring, questionnaire.derived
    return QuestionnaireSummary(
        **questionnaire.model_dump(include={"id", "key", "title", "version", "kind", "status", "published_at"}),
        item_count=fhir.item_count(questionnaire.form),
        scored=bool(plan.sum or plan.scales) or any(not e.why_not for e in derived.expressions),
        warning_count=len(derived.warnings),
    )
