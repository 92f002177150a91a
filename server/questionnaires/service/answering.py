"""Checking answers, putting them into words, trying a questionnaire out."""

from server.context import Actor, App
from server.questionnaires.models import (
    About,
    AnswerProblem,
    Answers,
    Derived,
    FormItem,
    Questionnaire,
    Score,
    Scoring,
    ShownAnswer,
    Trial,
    TrialResult,
)
from server.questionnaires.rules import answers as answer_rules
from server.questionnaires.rules import words
from server.questionnaires.rules.fhir import flat, is_question
from server.questionnaires.rules.scoring import raised
from server.questionnaires.service import drafting, reading, scoring


def check(questionnaire: Questionnaire, answers: Answers, *, draft: bool = False) -> Answers:
    """The answers that count; BadAnswers."""
    return answer_rules.check(questionnaire.form.items, answers, draft=draft)


def questions(questionnaire: Questionnaire) -> list[FormItem]:
    """The items that are answered, in the order of the form, those of repeated groups too."""
    return [item for item in flat(questionnaire.form.items) if is_question(item)]


def in_words(questionnaire: Questionnaire, answers: Answers, score: Score | None = None) -> list[ShownAnswer]:
    """Each answered question with its answer in words, in the order of the form; red as the score says."""
    flags = score.red if score and score.red else raised(questionnaire.scoring, answers)
    return list(words.listed(questionnaire.form.items, answers, {flag.link_id for flag in flags}))


async def try_draft(app: App, draft_id: str, trial: Trial, *, by: Actor) -> TrialResult:
    """What a draft makes of these answers; NotFound."""
    draft = await drafting.get(app, draft_id)
    return await _tried(app, draft.derived, draft.scoring, draft.raw, trial)


async def try_published(app: App, questionnaire_id: str, trial: Trial, *, by: Actor) -> TrialResult:
    """What a version makes of these answers; NotFound."""
    found = await reading.get(app, questionnaire_id)
    raw = await reading.bytes_of(app, questionnaire_id, by=by)
    return await _tried(app, found.derived, found.scoring, raw, trial)


async def _tried(app: App, derived: Derived, plan: Scoring, raw: bytes, trial: Trial) -> TrialResult:
    given: Answers = {k: v for k, v in trial.answers.items() if v is not None}
    found = answer_rules.examine(derived.form.items, given)
    score = await scoring.score_of(app, derived, plan, raw, found.kept, About(sex=trial.sex, age=trial.age))
    return TrialResult(
        shown=sorted(found.visible),
        problems=[AnswerProblem(link_id=k[:64], problem=v) for k, v in found.problems.items()],
        answers=list(words.listed(derived.form.items, found.kept, {flag.link_id for flag in score.red})),
        score=score,
    )
