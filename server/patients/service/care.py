"""Who cares for whom: which patients a member of the staff may see, why, and what of them."""

from datetime import datetime
from typing import Any

from server import audit
from server.context import Actor, App, Event
from server.db import Tx
from server.patients import rules
from server.patients.models import Care, NoCareRelation, Patient, PatientRow, PatientRows, PatientsQuery, StaffPatient
from server.patients.store import care, people
from server.values import age_text, mask_number, mask_phone, mobile, shanghai_date

_PAGE = 30
_WHY = {"visit": "看过门诊", "booking": "有预约", "admission": "住过院", "followup": "在随访"}


async def relate(
    app: App,
    patient_id: str,
    *,
    doctor_id: str | None,
    department_id: str,
    why: str,
    of: str = "",
    at: datetime | None = None,
    tx: Tx | None = None,
) -> None:
    """Note that a patient has to do with a department, and with a doctor of it if there is one.

    `why`: visit, booking, admission, followup. `of`: the one booking that `unrelate` may take back.
    Noting it again renews it.
    """
    await care.relate(app, patient_id, doctor_id, department_id, why, of, at or app.now(), tx)


async def unrelate(app: App, patient_id: str, *, of: str, tx: Tx) -> None:
    """What the relation stood on is off (a booking was cancelled): other reasons stay."""
    await care.unrelate(app, patient_id, of, tx)


def care_filter(by: Actor) -> dict[str, Any]:
    """A filter on doctor_id and department_id for what concerns this member's patients; nothing for other roles."""
    ways: list[dict[str, Any]] = []
    if "doctor" in by.roles and by.doctor_id:
        ways.append({"doctor_id": by.doctor_id})
    if "nurse" in by.roles and by.department_ids:
        ways.append({"department_id": {"$in": sorted(by.department_ids)}})
    return {"$or": ways} if ways else {"patient_id": {"$in": []}}


async def in_care(app: App, by: Actor) -> list[str]:
    """The ids of this member's patients."""
    return await care.patient_ids(app, care_filter(by))


async def in_whose_name(app: App, by: Actor, patient_ids: list[str]) -> dict[str, str | None]:
    """The department in whose name a member acts for each patient: one of his that knows the patient, else his first.

    Its nurses see what comes of it, so it must not be one that has nothing to do with him.
    """
    mine, theirs = sorted(by.department_ids), await care.departments(app, patient_ids)
    known = {id: [one for one in mine if one in theirs.get(id, [])] or mine for id in patient_ids}
    return {id: found[0] if found else None for id, found in known.items()}


async def check_care(app: App, by: Actor, patient_id: str, *, clinical: bool = True) -> Care:
    """Doctors see whom they saw, have booked or enrolled; nurses their departments'; the desk identity.

    Gives why this member may see this patient, his clinical records too when `clinical`;
    NoCareRelation (recorded) when he may not.
    """
    found = await care.relations(app, {"patient_id": patient_id, **care_filter(by)})
    if found:
        reasons = dict.fromkeys(_WHY.get(doc["why"], "有诊疗关系") for doc in found)
        whose = "我的患者" if any(by.doctor_id and doc["doctor_id"] == by.doctor_id for doc in found) else "本科室患者"
        return Care(text=f"{whose}：{'、'.join(reasons)}", clinical=True)
    if not clinical and "desk" in by.roles and await people.get(app, patient_id):
        return Care(text="窗口：只看身份和预约", clinical=False)
    await audit.record(app, by, "patients.refused", patient_ids=[patient_id], why="no care relation")
    raise NoCareRelation()


async def may_care(app: App, by: Actor, patient_id: str) -> bool:
    """Whether `check_care` would let this member see clinical records."""
    return bool(await care.relations(app, {"patient_id": patient_id, **care_filter(by)}))


async def require_care(app: App, by: Actor, patient_id: str) -> Patient:
    """The patient, for clinical records; NoCareRelation."""
    await check_care(app, by, patient_id)
    patient = await people.get(app, patient_id)
    if patient is None:
        raise NoCareRelation()
    return patient


async def find(app: App, query: PatientsQuery, *, by: Actor) -> PatientRows:
    """A member's patients, or among all he may see one by whole name, phone, card or document; recorded.

    The desk, which has no patients of its own, finds only whom it can name exactly.
    """
    desk = "desk" in by.roles
    asked = rules.plain(query.q)
    if not asked and desk and not {"doctor", "nurse"} & by.roles:
        return PatientRows(items=[], next=None)
    within = None if desk and asked else await in_care(app, by)
    found_by = {"$or": _ways_to_find(app, asked)} if asked else {}
    found = await people.search(app, found_by, within, query.next, _PAGE + 1)
    page = found[:_PAGE]
    await audit.record(app, by, "patients.list", patient_ids=[p.id for p in page], why="search" if asked else "mine")
    departments = await care.departments(app, [p.id for p in page])
    today = shanghai_date(app.now())
    rows = [_row(p, departments.get(p.id, []), desk, today) for p in page]
    return PatientRows(items=rows, next=page[-1].id if len(found) > _PAGE else None)


async def read_one(app: App, patient_id: str, *, by: Actor) -> StaffPatient:
    """One patient for a member who may see him, with the relation that allows it; recorded."""
    relation = await check_care(app, by, patient_id, clinical=False)
    patient = await people.get(app, patient_id)
    if patient is None:
        raise NoCareRelation()
    await audit.record(app, by, "patients.read", patient_ids=[patient_id], why=relation.text)
    departments = await care.departments(app, [patient_id])
    row = _row(patient, departments.get(patient_id, []), "desk" in by.roles, shanghai_date(app.now()))
    return StaffPatient(**row.model_dump(), birth_on=patient.birth_on, relation=relation)


async def learn_visits(app: App, event: Event) -> None:
    """When a patient is known to the HIS: learn from it who has seen him. Repeats change nothing."""
    patient = await people.get(app, event.data["patient_id"])
    if patient:
        await _learn(app, patient)


async def _learn(app: App, patient: Patient) -> None:
    for visit in await app.his.visits(patient.his_id):
        at = datetime.fromisoformat(visit["started_at"])
        await relate(
            app, patient.id, doctor_id=visit["doctor_id"], department_id=visit["department_id"], why="visit", at=at
        )
        await people.note_visit(app, patient.id, shanghai_date(at))
    for stay in await app.his.admissions(patient.his_id):
        await relate(app, patient.id, doctor_id=None, department_id=stay["department_id"], why="admission")


async def note_visit_started(app: App, event: Event) -> None:
    """his.visit.started: the doctor who sees a patient is related to him from now on."""
    patient = await people.by_his_id(app, event.data["his_id"])
    if patient:
        await _learn(app, patient)


async def of_department(app: App, department_id: str) -> list[str]:
    """The ids of patients who have to do with a department; for features that narrow it to whom the asker may see."""
    return await care.patient_ids(app, {"department_id": department_id})


async def numbered(app: App, number: str) -> Patient | None:
    """The one patient with this card or document number; for features that check who asks. None: none, or several."""
    asked = rules.plain(number)
    documents = [people.document_index(app, d) for d in rules.possible_documents(asked)]
    ways: list[dict[str, Any]] = [{"card_indexes": app.security.index("card", asked.upper())}]
    ways.append({"document_index": {"$in": documents}})
    found = await people.search(app, {"$or": ways}, None, None, 2)
    return found[0] if len(found) == 1 else None


def _ways_to_find(app: App, asked: str) -> list[dict[str, Any]]:
    ways: list[dict[str, Any]] = [
        {"name_index": app.security.index("name", rules.normal_name(asked))},
        {"card_indexes": app.security.index("card", asked.upper())},
    ]
    phone = mobile(asked)
    if phone:
        ways.append({"phone_indexes": app.security.index("phone", phone)})
    ways.append({"document_index": {"$in": [people.document_index(app, d) for d in rules.possible_documents(asked)]}})
    return ways


def _row(patient: Patient, department_ids: list[str], desk: bool, today: str) -> PatientRow:
    """What a list shows: the document number is for the desk, which compares papers (R30)."""
    return PatientRow(
        id=patient.id,
        name=patient.name,
        sex=patient.sex,
        age_text=age_text(patient.birth_on, today),
        phone_masked=mask_phone(patient.phone),
        document_masked=mask_number(patient.document.number) if desk else "",
        cards=rules.show_cards(patient.cards, []),
        department_ids=department_ids,
        last_visit_on=patient.last_visit_on,
    )
