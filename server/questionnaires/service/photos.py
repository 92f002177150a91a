"""Photographs of answers: kept under seal for one patient, seen by who may read his records."""

from datetime import timedelta

from server import audit, errors
from server.context import Actor, App
from server.db import Tx
from server.patients import service as patients
from server.questionnaires import store
from server.questionnaires.models import Answers, BadAnswers, Photo, Questionnaire, TooManyPhotos
from server.questionnaires.rules import photos as rules
from server.questionnaires.rules import traces


async def keep_photo(app: App, patient_id: str, content: bytes, *, by: Actor) -> Photo:
    """Keep a photo for an answer about one of my patients, without what the camera wrote into it.

    NotFound, RecordsClosed, NotAPhoto, TooManyPhotos.
    """
    await patients.require_open(app, by, patient_id)
    kind = rules.kind_of(content)
    since = app.now() - timedelta(days=1)
    if await store.photos_since(app, by.id, since) >= rules.MOST_A_DAY:
        raise TooManyPhotos()
    photo = Photo(id=app.new_id())

    async def write(tx: Tx) -> None:
        await store.add_photo(app, photo.id, patient_id, by.id, kind, traces.without(kind, content), tx)
        await audit.record(app, by, "questionnaires.photo", patient_ids=[patient_id], why=photo.id, tx=tx)

    await app.db.transact(write)
    return photo


async def check_photos(app: App, questionnaire: Questionnaire, answers: Answers, patient_id: str) -> None:
    """BadAnswers (`unknown_photo`) unless every photo in the answers was uploaded for this patient."""
    wanted = list(rules.held(questionnaire.form.items, answers))
    known = await store.photos_of(app, patient_id, [photo_id for _, photo_id in wanted]) if wanted else set()
    lost = [where for where, photo_id in wanted if photo_id not in known]
    if lost:
        raise BadAnswers(questions=[{"link_id": where[:64], "problem": "unknown_photo"} for where in lost])


async def my_photo(app: App, photo_id: str, *, by: Actor) -> tuple[str, bytes]:
    """Type and bytes of a photo of one of my patients; NotFound, RecordsClosed; audited."""
    patient_id, kind, content = await _found(app, photo_id)
    await patients.require_open(app, by, patient_id)
    await audit.record(app, by, "questionnaires.photo_open", patient_ids=[patient_id], why=photo_id)
    return kind, content


async def staff_photo(app: App, photo_id: str, *, by: Actor) -> tuple[str, bytes]:
    """Type and bytes of a photo of a patient in my care; NotFound, NoCareRelation; audited."""
    patient_id, kind, content = await _found(app, photo_id)
    await patients.check_care(app, by, patient_id)
    await audit.record(app, by, "questionnaires.photo_read", patient_ids=[patient_id], why=photo_id)
    return kind, content


async def _found(app: App, photo_id: str) -> tuple[str, str, bytes]:
    found = await store.photo(app, photo_id)
    if found is None:
        raise errors.NotFound()
    return found
