"""Enrol from a CSV file: every line is checked first; nothing is half done silently."""

import base64
import binascii
from dataclasses import replace

from server import audit
from server.context import Actor, App
from server.patients import service as patients
from server.plans.models.papers import LineError, Plan, Sheet, SheetResult
from server.plans.models.refusals import BadAnchor, BadSheet, SheetHasErrors
from server.plans.rules import sheets
from server.plans.service import alike
from server.plans.service.enrolling import Candidate, check_anchor, enrol, result, weigh

_NOT_FOUND = "没有找到这个号码的患者，或患者不在您的诊疗范围内"


async def preview(app: App, sheet: Sheet, *, by: Actor) -> SheetResult:
    """What the file would do, line by line; nothing is done. NotInUse, BadSheet, SheetTooLong; audited."""
    plan, candidates, problems, lines = await _read(app, sheet, by)
    people = await patients.identities(app, [c.patient_id for c in candidates.values()])
    fine, skipped = await weigh(app, plan, list(candidates.values()), people)
    said = result(fine, skipped, people, done=False)
    await audit.record(app, by, "plans.preview", patient_ids=list(people), why=f"{plan.id} csv")
    return SheetResult(**said.model_dump(), lines=lines, errors=problems)


async def enrol_sheet(app: App, sheet: Sheet, *, by: Actor) -> SheetResult:
    """Enrol everybody of the file, or nobody when a line is wrong and `skip_errors` was not chosen.

    NotInUse, BadSheet, SheetTooLong, SheetHasErrors (with the lines).
    """
    plan, candidates, problems, lines = await _read(app, sheet, by)
    if problems and not sheet.skip_errors:
        raise SheetHasErrors(errors=[p.model_dump() for p in problems])
    done = await enrol(app, plan, list(candidates.values()), by=by)
    return SheetResult(**done.model_dump(), lines=lines, errors=problems)


async def _read(app: App, sheet: Sheet, by: Actor) -> tuple[Plan, dict[str, Candidate], list[LineError], int]:
    plan = await alike.in_use(app, sheet.plan_key)
    try:
        content = base64.b64decode(sheet.content, validate=True)
    except binascii.Error:
        raise BadSheet() from None
    lines, problems = sheets.read(content)
    total = len(lines) + len(problems)
    in_care, candidates = set(await patients.in_care(app, by)), dict[str, Candidate]()
    strangers = list[str]()
    for line in lines:
        person = await patients.numbered(app, line.number)
        try:
            check_anchor(app, line.on)
        except BadAnchor as refusal:
            problems.append(LineError(line=line.line, text=refusal.message))
            continue
        if person is None:
            problems.append(LineError(line=line.line, text=_NOT_FOUND))
        elif person.id not in in_care:
            strangers.append(person.id)
            problems.append(LineError(line=line.line, text=_NOT_FOUND))
        elif person.id in candidates:
            problems.append(LineError(line=line.line, text="与前面一行是同一位患者"))
        else:
            candidates[person.id] = Candidate(person.id, line.on, None, by.doctor_id)
    if strangers:
        await audit.record(app, by, "patients.refused", patient_ids=strangers, why="no care relation")
    for patient_id, department_id in (await patients.in_whose_name(app, by, list(candidates))).items():
        candidates[patient_id] = replace(candidates[patient_id], department_id=department_id)
    return plan, candidates, sorted(problems, key=lambda p: p.line), total
