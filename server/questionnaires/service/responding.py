"""QuestionnaireResponses: answers as FHIR, and imported ones, kept with their bytes under seal."""

from server import audit, errors
from server.context import Actor, App
from server.db import Tx
from server.patients import service as patients
from server.questionnaires import store
from server.questionnaires.models import About, Answers, BadResponse, Fhir, GivenResponse, Questionnaire, Warned
from server.questionnaires.rules import answers as answer_rules
from server.questionnaires.rules import responses, soundness
from server.questionnaires.service import answering, reading, scoring
from server.values import age_on, shanghai_date


async def about(app: App, patient_id: str) -> About:
    """What of a patient a score may depend on."""
    patient = await patients.identity(app, patient_id)
    sex = patient.sex if patient.sex in ("male", "female") else None
    age = age_on(patient.birth_on, shanghai_date(app.now()))
    return About.model_validate({"sex": sex, "age": age, "birth_on": patient.birth_on})


async def address_of(app: App, questionnaire: Questionnaire) -> str:
    """By what address its responses name it."""
    return str(soundness.parse(await store.raw(app, questionnaire.id) or b"{}").get("url") or "")


def to_response(questionnaire: Questionnaire, answers: Answers, address: str, **head: object) -> Fhir:
    """Answers as a FHIR QuestionnaireResponse. `head`: id, status, authored, subject, source as FHIR has them."""
    return responses.write(questionnaire.derived, answers, address, **head)


def from_response(questionnaire: Questionnaire, raw: bytes) -> tuple[Answers, list[Warned]]:
    """The answers that count in a FHIR QuestionnaireResponse, with warnings of what was left out; BadResponse."""
    source = soundness.parse_json(raw)
    if not isinstance(source, dict) or source.get("resourceType") != "QuestionnaireResponse":
        raise BadResponse()
    answers, warnings = responses.read(questionnaire.derived, source)
    examined = answer_rules.examine(questionnaire.form.items, answers)
    missing = [k for k, problem in examined.problems.items() if problem == "required"]
    warnings += [Warned(link_id=link_id, text="必答题没有答案。") for link_id in missing]
    hidden = [k for k in answers if k not in examined.visible and k not in examined.problems]
    warnings += [Warned(link_id=link_id, text="按其他答案，这题不该显示，答案没有采用。") for link_id in hidden]
    return examined.kept, warnings


async def take_in(app: App, questionnaire_id: str, patient_id: str, raw: bytes, *, by: Actor) -> GivenResponse:
    """Keep an imported response for a patient of mine. NotFound, NoCareRelation, BadResponse."""
    questionnaire = await reading.get(app, questionnaire_id)
    await patients.check_care(app, by, patient_id)
    answers, warnings = from_response(questionnaire, raw)
    score = await scoring.score(app, questionnaire, answers, await about(app, patient_id))
    head = {"_id": app.new_id(), "questionnaire_id": questionnaire.id, "patient_id": patient_id, "at": app.now()}
    read = {
        "answers": answers,
        "warnings": [warned.model_dump() for warned in warnings],
        "score": score.model_dump(mode="json"),
    }

    async def write(tx: Tx) -> None:
        await store.add_response(app, head, raw, read, by, tx)
        await audit.record(app, by, "questionnaires.response", patient_ids=[patient_id], why=questionnaire.id, tx=tx)

    await app.db.transact(write)
    return GivenResponse(
        id=str(head["_id"]),
        questionnaire_id=questionnaire.id,
        patient_id=patient_id,
        warnings=warnings,
        answers=answering.in_words(questionnaire, answers, score),
        score=score,
        at=app.now(),
    )


async def response_bytes(app: App, response_id: str, *, by: Actor) -> bytes:
    """An imported response as it came; NotFound, NoCareRelation; audited."""
    found = await store.response(app, response_id)
    if found is None:
        raise errors.NotFound()
    patient_id = found[0]["patient_id"]
    await patients.check_care(app, by, patient_id)
    await audit.record(app, by, "questionnaires.response_read", patient_ids=[patient_id], why=response_id)
    return found[1]
