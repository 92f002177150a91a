"""Steps of plans that several tests take: the plans that ship, in use; a doctor who enrols; time that passes."""

import functools
import json
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from server.context import SYSTEM, App
from server.directory import service as directory
from server.integration import his_feed
from server.plans import service as plans
from server.plans.models.definitions import Definition
from server.questionnaires import service as questionnaires
from tests.conftest import Browser, TestClock
from tests.followups import steps

FOLDER = Path(__file__).parents[2] / "fixtures" / "plans"
ALL = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))
PRESSURE: dict[str, Any] = {
    "symptoms": ["none"],
    "systolic": 128,
    "diastolic": 80,
    "cigarettes": 0,
    "alcohol": 0,
    "exercise": 3,
    "salt": "light",
    "mood": "good",
    "adherence": "regular",
    "side-effects": False,
    "complications": False,
}


def shipped(name: str) -> Definition:
    """A plan that ships, as data."""
    return Definition.model_validate(json.loads((FOLDER / f"{name}.json").read_text()))


async def hospital(app: App, *names: str) -> None:
    """Departments, these plans (two if none is named) and what they ask, in use as the demonstration has them."""
    await directory.refresh(app, days=0)
    folder = _folder(names or ("discharge_general", "hypertension"))
    await questionnaires.publish_folder(app, folder / "questionnaires", by=SYSTEM)
    await plans.publish_folder(app, folder)


@functools.cache
def _folder(names: tuple[str, ...]) -> Path:
    """Some plans with the questionnaires that their steps name: publishing all takes a while."""
    folder = Path(tempfile.mkdtemp())
    (folder / "questionnaires").mkdir()
    for name in names:
        shutil.copy(FOLDER / f"{name}.json", folder)
        for key in {step.questionnaire for step in shipped(name).steps}:
            for place in (FOLDER / "questionnaires", steps.FOLDER):
                for file in (f"{key}.json", f"{key}.scoring.json"):
                    if (place / file).exists():
                        shutil.copy(place / file, folder / "questionnaires")
    return folder


async def hear(app: App, worker_step: Any) -> None:
    """What the HIS tells, and all that follows from it."""
    await his_feed.poll(app)
    await worker_step()


async def pass_days(clock: TestClock, worker_step: Any, days: float) -> None:
    clock.business += timedelta(days=days)  # sessions stay alive
    await worker_step()


async def enrol(console: Browser, plan_key: str, *patient_ids: str, anchor_on: str, **more: Any) -> dict[str, Any]:
    body = {"plan_key": plan_key, "patient_ids": list(patient_ids), "anchor_on": anchor_on, **more}
    said = await console.post("/api/staff/enrolments", json=body)
    assert said.status_code == 201, said.text
    return dict(said.json())


async def line(console: Browser, enrolment_id: str) -> dict[str, Any]:
    said = await console.get(f"/api/staff/enrolments/{enrolment_id}")
    assert said.status_code == 200, said.text
    return dict(said.json())
