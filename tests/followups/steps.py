"""Steps of following up that several tests take: questionnaires in use, patients with phones, answers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.context import SYSTEM, App
from server.directory import service as directory
from server.questionnaires import service as questionnaires
from tests.conftest import Browser
from tests.patients.people import bind

FOLDER = Path(__file__).parents[2] / "fixtures" / "questionnaires"
PHQ9, DISCHARGE = "phq-9.1.0.0", "discharge-day7.1.0.0"
PHQ9_QUESTIONS = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8"]
NEVER, SOME_DAYS, EVERY_DAY = "LA6568-5", "LA6569-3", "LA6571-9"
ZHANGS_DOCTOR = {"doctor_id": "cardiology-3", "department_ids": ["cardiology"]}
WELL: dict[str, Any] = {
    "feeling": "better",
    "has-wound": "no",
    "pain": 1,
    "fever": False,
    "eating": "good",
    "sleep": "good",
    "toilet": "normal",
    "medicines": "regular",
    "side-effects": False,
    "next-visit": "booked",
    "stay": "satisfied",
}


@dataclass
class Person:
    """A patient with a phone."""

    phone: Browser
    id: str

    async def tasks(self, status: str = "open") -> list[dict[str, Any]]:
        return list((await self.phone.get(f"/api/tasks?status={status}")).json()["items"])

    async def answer(self, task_id: str, answers: dict[str, Any], by: str = "self") -> Any:
        body = {"answers": answers, "answered_by": by}
        return await self.phone.post(f"/api/tasks/{task_id}/answers", json=body)


async def hospital(app: App) -> None:
    """Departments, doctors, and the questionnaires that ship."""
    await directory.refresh(app, days=0)
    await questionnaires.publish_folder(app, FOLDER, by=SYSTEM)


async def patient(phone_of: Any, platform: Any, worker_step: Any, key: str) -> Person:
    """This person follows the account, is bound and open, and his visits are learnt."""
    phone = await phone_of(key)
    await platform.act(key, "follow")
    said = await bind(phone, platform, key)
    assert said.status_code == 201, said.text
    await worker_step()
    return Person(phone, said.json()["id"])


def phq9(answer: str = NEVER, **changes: str) -> dict[str, str]:
    """All nine answered alike, but for `changes` as q9=…"""
    answers = dict.fromkeys(PHQ9_QUESTIONS, answer)
    return answers | {PHQ9_QUESTIONS[int(name[1:]) - 1]: given for name, given in changes.items()}


async def send(console: Browser, *patient_ids: str, questionnaire: str = PHQ9, **more: Any) -> dict[str, Any]:
    body = {"questionnaire_id": questionnaire, "patient_ids": list(patient_ids), **more}
    said = await console.post("/api/staff/followups", json=body)
    assert said.status_code == 201, said.text
    return dict(said.json())


async def sent(console: Browser, worker_step: Any, person: Person, **more: Any) -> str:
    """A task that is on the phone now; gives its id."""
    task_id: str = (await send(console, person.id, **more))["created"][0]
    await worker_step()
    return task_id
