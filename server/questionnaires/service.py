"""Take in questionnaires, show their forms, check and score answers."""

import json

from server import errors
from server.context import Actor, App
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
    ShownAnswer,
)
from server.questionnaires.rules import answers as answer_rules
from server.questionnaires.rules import fhir, scoring


async def publish(app: App, received: Received, *, by: Actor) -> Questionnaire:
    """Take in a FHIR Questionnaire; the same version twice changes nothing. BadQuestionnaire."""
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
    )
    await store.put(app, questionnaire, received.raw)
    return questionnaire


async def get(app: App, questionnaire_id: str) -> Questionnaire:
    """One version; NotFound."""
    found = await store.get(app, questionnaire_id)
    if found is None:
        raise errors.NotFound()
    return found


async def latest(app: App, key: str) -> Questionnaire:
    """The newest published version of a questionnaire; NotFound."""
    found = await store.latest(app, key)
    if found is None:
        raise errors.NotFound()
    return found


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
    red = {flag.link_id for flag in questionnaire.scoring.red_flags if flag.text in score(questionnaire, answers).red}
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
