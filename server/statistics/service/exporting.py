"""Answers as files: clinical with names for who cares for the patients, research without anything that names them."""

import asyncio
import csv
import io
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from server import audit
from server.context import Actor, App
from server.followups import service as followups
from server.followups.models import Task
from server.patients import service as patients
from server.patients.models import Patient
from server.questionnaires import service as questionnaires
from server.questionnaires.models import Answers, Questionnaire
from server.statistics import rules
from server.statistics.models import ExportQuery, TooManyAnswers
from server.values import SHANGHAI, age_on, plus_days, shanghai_at, shanghai_date

MOST_ROWS = 20_000
_SEX = {"male": "男", "female": "女", "unknown": "未知"}
_WORDS = ("string", "text", "open_choice", "open_multi", "photo")
"""Answers in people's own words or pictures: they may name somebody, so research does not get them."""
_DAYS = ("date", "datetime")
"""The day of a birth or an operation tells people apart: research gets the month."""


async def export(app: App, query: ExportQuery, *, by: Actor) -> tuple[str, bytes]:
    """File name and content: CSV (UTF-8 with BOM, as spreadsheets want it) or FHIR NDJSON.

    Clinical: my patients. Research: my departments (administrators: all), pseudonyms, ages, months, no free
    text. NotFound, BadPeriod, TooManyAnswers; audited with every patient it holds.
    """
    rules.check_period(query.from_on, query.to_on)
    questionnaire = await questionnaires.get(app, query.questionnaire_id)
    start, end = shanghai_at(query.from_on), shanghai_at(plus_days(query.to_on, 1))
    tasks = await followups.answered(app, questionnaire.id, start, end, await _whose(app, query, by), MOST_ROWS + 1)
    if len(tasks) > MOST_ROWS:
        raise TooManyAnswers()
    people = await patients.identities(app, {task.patient_id for task in tasks})
    why = f"{query.purpose} {questionnaire.id}"
    await audit.record(app, by, "statistics.export", patient_ids=sorted({task.patient_id for task in tasks}), why=why)
    name = f"{questionnaire.key}-{query.from_on}-{query.to_on}-{query.purpose}.{query.format}"
    if query.format == "csv":
        research = query.purpose == "research"  # beside the loop: it may take a second, and WeChat waits five
        return name, await asyncio.to_thread(_csv, app, questionnaire, tasks, people, research)
    address = await questionnaires.address_of(app, questionnaire)

    def lines() -> bytes:
        research = query.purpose == "research"
        return "".join(f"{_fhir(app, questionnaire, address, t, people, research)}\n" for t in tasks).encode()

    return name, await asyncio.to_thread(lines)


async def _whose(app: App, query: ExportQuery, by: Actor) -> dict[str, Any]:
    if query.purpose == "clinical":
        return {"patient_id": {"$in": await patients.in_care(app, by)}}
    return {} if "admin" in by.roles else {"department_id": {"$in": sorted(by.department_ids)}}


def _csv(
    app: App, questionnaire: Questionnaire, tasks: list[Task], people: dict[str, Patient], research: bool
) -> bytes:
    items = [i for i in questionnaires.questions(questionnaire) if not (research and i.type in _WORDS)]
    out = io.StringIO()
    writer = csv.writer(out)
    who = ["编号", "性别", "年龄", "月份"] if research else ["姓名", "性别", "年龄", "回答时间"]
    writer.writerow([*who, *(item.text or item.link_id for item in items), "总分", "结论"])
    for task in tasks:
        person, at = people.get(task.patient_id), task.answered_at or task.due_at
        age = age_on(person.birth_on, shanghai_date(at)) if person else None
        given = _for_research(questionnaire, task) if research else task.answers or {}
        said: dict[str, list[str]] = {}
        for one in questionnaires.in_words(questionnaire, given):  # in a repeated group, one after the other
            said.setdefault(one.link_id, []).append(one.answer_text)
        head = [_pseudonym(app, task) if research else (person.name if person else "")]
        head += [_SEX[person.sex] if person else "", "" if age is None else _age(age, research), _when(at, research)]
        total = task.score.total if task.score else None
        line = [
            *head,
            *("；".join(said.get(item.link_id, [])) for item in items),
            "" if total is None else f"{total:g}",
        ]
        writer.writerow([_safe(cell) for cell in [*line, (task.score.band or "") if task.score else ""]])
    return ("\ufeff" + out.getvalue()).encode()


def _safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _fhir(
    app: App, questionnaire: Questionnaire, address: str, task: Task, people: dict[str, Patient], research: bool
) -> str:
    at = task.answered_at or task.due_at
    given = _for_research(questionnaire, task) if research else task.answers or {}
    person = people.get(task.patient_id)
    subject: dict[str, Any] = {"identifier": {"value": _pseudonym(app, task) if research else task.patient_id}}
    if person and not research:
        subject["display"] = person.name
    head = {
        "id": _pseudonym(app, task, "task") if research else task.id,
        "authored": _when(at, research, fhir=True),
        "subject": subject,
    }
    return json.dumps(questionnaires.to_response(questionnaire, given, address, **head), ensure_ascii=False)


def _for_research(questionnaire: Questionnaire, task: Task) -> Answers:
    return _without_names(
        task.answers or {}, {item.link_id: item.type for item in questionnaires.questions(questionnaire)}
    )


def _without_names(given: Answers, types: Mapping[str, str]) -> Answers:
    """Answers that are nobody's own words, days as months, in repeated groups too."""
    found: Answers = {}
    for link_id, answer in given.items():
        if isinstance(answer, list) and answer and isinstance(answer[0], dict) and "other" not in answer[0]:
            found[link_id] = [_without_names(one, types) for one in answer if isinstance(one, dict)]
        elif types.get(link_id, "text") not in _WORDS:
            found[link_id] = answer[:7] if types[link_id] in _DAYS and isinstance(answer, str) else answer
    return found


def _pseudonym(app: App, task: Task, of: str = "patient") -> str:
    """The same person has the same one in every export; without our key nobody comes back from it."""
    return app.security.index(f"research-{of}", task.patient_id if of == "patient" else task.id)[:16]


def _age(years: int, research: bool) -> str:
    return rules.shown_age(years) if research else str(years)


def _when(at: datetime, research: bool, *, fhir: bool = False) -> str:
    local = at.astimezone(SHANGHAI)
    if research:
        return f"{local:%Y-%m}"
    return local.isoformat(timespec="seconds") if fhir else f"{local:%Y-%m-%d %H:%M}"
