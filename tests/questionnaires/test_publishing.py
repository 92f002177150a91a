"""Publishing: what ships loads, a published version never changes, what is retired is not sent any more."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from server.context import SYSTEM, App
from server.errors import NotFound
from server.questionnaires import service as questionnaires
from server.questionnaires.models import BadQuestionnaire, QuestionnaireQuery, Received, VersionTaken

FOLDER = Path(__file__).parents[2] / "fixtures" / "questionnaires"
SHIPPED = [
    "audit-c",
    "diabetes2-followup",
    "discharge-day7",
    "gad-7",
    "hypertension-followup",
    "mmrc",
    "nyha",
    "phq-2",
    "phq-9",
    "satisfaction-outpatient",
    "tcm-elderly-33",
]
SATISFACTION = {"satisfaction-outpatient": "satisfaction"}


def raw(version: str = "1", title: str = "试试") -> bytes:
    source = {"resourceType": "Questionnaire", "url": "http://h/Questionnaire/try", "version": version, "title": title}
    return json.dumps(source | {"item": [{"linkId": "a", "type": "text", "text": "怎么样？"}]}).encode()


@pytest.mark.covers("A14.1", "A18.1")
async def test_the_questionnaires_that_ship_are_published_once(app: App) -> None:
    first = await questionnaires.publish_folder(app, FOLDER, by=SYSTEM)
    again = await questionnaires.publish_folder(app, FOLDER, by=SYSTEM)
    assert first == again == [f"{key}.1.0.0" for key in SHIPPED]
    assert await app.db["questionnaires"].count_documents({}) == len(SHIPPED)
    assert await app.db["audit"].count_documents({"action": "questionnaires.publish"}) == len(SHIPPED)
    kept = await app.db["questionnaires"].find_one({"_id": "phq-9.1.0.0"})
    assert kept
    assert bytes(kept["raw"]) == (FOLDER / "phq-9.json").read_bytes()
    listed = await questionnaires.listed(app, QuestionnaireQuery(), by=SYSTEM)
    kinds = {q.id.removesuffix(".1.0.0"): q.kind for q in listed.items}
    assert kinds == dict.fromkeys(SHIPPED, "followup") | SATISFACTION
    phq = await questionnaires.get(app, "phq-9.1.0.0")
    assert len(phq.scoring.sum) == 9
    assert len(phq.weights) == 9


async def test_a_published_version_never_changes(app: App) -> None:
    made = await questionnaires.publish(app, Received(raw=raw()), by=SYSTEM)
    assert await questionnaires.publish(app, Received(raw=raw()), by=SYSTEM) == made
    with pytest.raises(VersionTaken):
        await questionnaires.publish(app, Received(raw=raw(title="别的")), by=SYSTEM)
    assert (await questionnaires.get(app, "try.1")).title == "试试"


async def test_a_file_changed_without_a_new_version_is_left_out_and_the_others_are_published(
    app: App, tmp_path: Path
) -> None:
    await questionnaires.publish_folder(app, FOLDER, by=SYSTEM)
    shutil.copytree(FOLDER, tmp_path / "q")
    file = tmp_path / "q" / "phq-9.json"
    file.write_text(file.read_text().replace("心情自评", "情绪自评"))
    assert len(await questionnaires.publish_folder(app, tmp_path / "q", by=SYSTEM)) == len(SHIPPED) - 1
    assert (await questionnaires.get(app, "phq-9.1.0.0")).title == "心情自评（PHQ-9）"


async def test_the_newest_version_in_use_counts(app: App) -> None:
    assert await questionnaires.latest(app, "try") is None
    await questionnaires.publish(app, Received(raw=raw("1")), by=SYSTEM)
    app.clock.advance(days=1)  # type: ignore[attr-defined]
    await questionnaires.publish(app, Received(raw=raw("2")), by=SYSTEM)
    newest = await questionnaires.latest(app, "try")
    assert newest
    assert newest.id == "try.2"
    await questionnaires.retire(app, "try.2", by=SYSTEM)
    newest = await questionnaires.latest(app, "try")
    assert newest
    assert newest.id == "try.1"
    assert (await questionnaires.get(app, "try.2")).status == "retired"
    for refused in ("try.2", "try.3"):
        with pytest.raises(NotFound):
            await questionnaires.in_use(app, refused)
        with pytest.raises(NotFound):
            await questionnaires.retire(app, refused, by=SYSTEM)


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b"\xff\xfe", b'"text"', b"{}"])
async def test_junk_is_refused(app: App, junk: bytes) -> None:
    with pytest.raises(BadQuestionnaire):
        await questionnaires.publish(app, Received(raw=junk), by=SYSTEM)
    assert await app.db["questionnaires"].count_documents({}) == 0


@pytest.mark.covers("A14.1")
async def test_the_console_lists_them_and_previews_the_form(app: App, console_of: Any) -> None:
    await questionnaires.publish_folder(app, FOLDER, by=SYSTEM)
    doctor = await console_of("doctor", doctor_id="cardiology-2")
    items = (await doctor.get("/api/staff/questionnaires")).json()["items"]
    phq = next(q for q in items if q["id"] == "phq-9.1.0.0")
    assert (phq["version"], phq["kind"], phq["item_count"]) == ("1.0.0", "followup", 10)
    form = (await doctor.get("/api/staff/questionnaires/phq-9.1.0.0/form")).json()
    assert form["items"][0]["items"][8]["link_id"] == "44260-8"
    assert (await doctor.get("/api/staff/questionnaires/nothing.1/form")).status_code == 404
    assert (await (await console_of("desk")).get("/api/staff/questionnaires")).status_code == 403
