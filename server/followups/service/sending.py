"""A member of the staff sends a questionnaire to patients of his, now or later."""

from server import audit, errors
from server.context import Actor, App
from server.directory import service as directory
from server.followups import rules, store
from server.followups.models import Sending, Sent, Skipped
from server.followups.service import common
from server.patients import service as patients
from server.questionnaires import service as questionnaires


async def send(app: App, sending: Sending, *, by: Actor) -> Sent:
    """Send one questionnaire to patients of mine; who cannot get it is skipped with the reason.

    NotFound when the questionnaire is not in use, DueInThePast.
    """
    questionnaire = await questionnaires.in_use(app, sending.questionnaire_id)
    due_at = rules.check_due(sending.due_at, app.now())
    wanted = list(dict.fromkeys(sending.patient_ids))
    in_care = set(await patients.in_care(app, by))
    sent = Sent(created=[], skipped=[])
    strangers = [patient_id for patient_id in wanted if patient_id not in in_care]
    if strangers:
        await audit.record(app, by, "patients.refused", patient_ids=strangers, why="no care relation")
        sent.skipped += [Skipped(patient_id=patient_id, reason="no_care_relation") for patient_id in strangers]
    names = await patients.names(app, [patient_id for patient_id in wanted if patient_id in in_care])
    refused, senders = await store.refused(app, names), await _senders(app, list(names), by)
    for patient_id, name in names.items():
        if patient_id in refused:
            sent.skipped.append(Skipped(patient_id=patient_id, patient_name=name, reason="opted_out"))
            continue
        if not await patients.accounts_of(app, patient_id):
            sent.skipped.append(Skipped(patient_id=patient_id, patient_name=name, reason="no_wechat"))
            continue
        department_id, from_text = senders[patient_id]
        task = common.new_task(app, questionnaire, patient_id, department_id, from_text, due_at)
        live_of = f"{patient_id}:{questionnaire.id}"
        task = task.model_copy(update={"sent_by": by.id, "note": sending.note, "live_of": live_of})
        try:
            if await store.open_of(app, patient_id, questionnaire.id):
                raise store.ThereAlready()
            await app.db.transact(lambda tx, task=task: common.add(app, task, task.id, by, tx))  # type: ignore[misc]
            sent.created.append(task.id)
        except store.ThereAlready:
            sent.skipped.append(Skipped(patient_id=patient_id, patient_name=name, reason="already_open"))
    return sent


async def _senders(app: App, patient_ids: list[str], by: Actor) -> dict[str, tuple[str | None, str]]:
    """Department and name of who sends, as each patient reads it."""
    if by.doctor_id:
        try:
            doctor = await directory.doctor(app, by.doctor_id)
            return dict.fromkeys(patient_ids, (doctor.department_id, f"{doctor.department_name} {doctor.name}医生"))
        except errors.NotFound:
            pass
    theirs = await patients.in_whose_name(app, by, patient_ids)
    names = {one: await common.department_name(app, one) for one in set(theirs.values())}
    return {patient_id: (one, names[one]) for patient_id, one in theirs.items()}
