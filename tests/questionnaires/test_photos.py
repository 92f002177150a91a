"""Photographs as answers: uploaded for one patient, seen by who may, of nobody else's."""

import json
from typing import Any

import pytest

from server.context import SYSTEM, Actor, App
from server.patients.models import NoCareRelation
from server.questionnaires import service as questionnaires
from server.questionnaires.models import BadAnswers, Received
from tests.patients.people import bind

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 500


async def upload(phone: Any, patient_id: str, content: bytes) -> Any:
    return await phone.post(f"/api/patients/{patient_id}/photos", files={"file": ("a.jpg", content)})


@pytest.mark.covers("A14.3")
async def test_a_photo_is_kept_under_seal_for_one_patient(
    app: App, phone_of: Any, console_of: Any, platform: Any, worker_step: Any
) -> None:
    zhang, wang = await phone_of("zhang"), await phone_of("wang")
    patient_id = (await bind(zhang, platform, "zhang")).json()["id"]
    other_id = (await bind(wang, platform, "wang")).json()["id"]
    await worker_step()
    said = await upload(zhang, patient_id, JPEG)
    assert said.status_code == 201
    photo_id = said.json()["id"]
    assert (await upload(wang, patient_id, JPEG)).status_code == 404
    for junk in (b"GIF89a", b"", JPEG + b"0" * 3 * 1024 * 1024):
        refused = await upload(zhang, patient_id, junk)
        assert (refused.status_code, refused.json()["code"]) == (400, "not_a_photo")

    mine = await zhang.get(f"/api/photos/{photo_id}")
    assert (mine.content, mine.headers["content-type"]) == (JPEG, "image/jpeg")
    assert (await wang.get(f"/api/photos/{photo_id}")).status_code == 404
    doctor = await console_of("doctor", doctor_id="cardiology-3", department_ids=["cardiology"])
    assert (await doctor.get(f"/api/staff/photos/{photo_id}")).content == JPEG
    stranger = Actor("staff", "stranger", roles=frozenset({"doctor"}), department_ids=frozenset({"nowhere"}))
    with pytest.raises(NoCareRelation):
        await questionnaires.staff_photo(app, photo_id, by=stranger)
    assert await app.db["audit"].count_documents({"action": "questionnaires.photo_read"}) == 1
    assert await app.db["audit"].count_documents({"action": "questionnaires.photo_open"}) == 1
    kept = await app.db["questionnaire_photos"].find_one({})
    assert kept
    assert b"0000" not in json.dumps(kept, default=str).encode()

    item = {"linkId": "wound", "type": "attachment", "text": "伤口照片"}
    inside = {"linkId": "more", "type": "group", "repeats": True, "text": "别处", "item": [{**item, "linkId": "other"}]}
    source = {"resourceType": "Questionnaire", "url": "http://h/photo", "item": [item, inside]}
    made = await questionnaires.publish(app, Received(raw=json.dumps(source).encode()), by=SYSTEM)
    answers: dict[str, Any] = {"wound": [photo_id], "more": [{"other": [photo_id]}]}
    await questionnaires.check_photos(app, made, answers, patient_id)
    assert [shown.photos for shown in questionnaires.in_words(made, answers)] == [[photo_id], [photo_id]]
    with pytest.raises(BadAnswers) as refusal:
        await questionnaires.check_photos(app, made, answers, other_id)
    assert refusal.value.details["questions"] == [
        {"link_id": "wound", "problem": "unknown_photo"},
        {"link_id": "more/0/other", "problem": "unknown_photo"},
    ]
