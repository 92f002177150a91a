"""Copy reports from the HIS, show them to whom they belong, tell when one is ready."""

from datetime import datetime, timedelta

from server import audit, errors
from server.context import Actor, App, Event
from server.db import Tx
from server.directory import service as directory
from server.messages import service as messages
from server.messages.models import Notice
from server.patients import service as patients
from server.patients.models import Patient
from server.reports import rules, store
from server.reports.models import HeldReport, HisReport, Report, ReportQuery, Reports, Trend, TrendQuery
from server.values import age_text, mask_name, mask_number, shanghai_date, short_time

_FRESH = timedelta(seconds=60)  # real time; within it a list is read from our copy


async def listed(app: App, query: ReportQuery, *, by: Actor) -> Reports:
    """The reports of one of my patients (the active one by default), newest first; audited.

    NotFound, RecordsClosed.
    """
    patient = await patients.require_open(app, by, query.patient_id or await patients.active_id(app, by))
    as_of = await _refresh(app, patient)
    await audit.record(app, by, "reports.list", patient_ids=[patient.id], why="own")
    return await _list(app, patient.id, as_of)


async def read(app: App, report_id: str, *, by: Actor) -> Report:
    """A report of mine; NotFound, RecordsClosed, HeldReport; audited."""
    patient, report = await _owned(app, report_id, "reports.read", by)
    return await _shown(app, patient, report)


async def trend(app: App, report_id: str, query: TrendQuery, *, by: Actor) -> Trend:
    """One item of a report of mine over time; NotFound, RecordsClosed, HeldReport; audited."""
    patient, report = await _owned(app, report_id, "reports.trend", by)
    found = rules.trend(query.code, report, await _history(app, patient.id))
    if found is None:
        raise errors.NotFound()
    return found


async def for_staff(app: App, patient_id: str, *, by: Actor) -> Reports:
    """The reports of a patient in a doctor's care, sensitive ones by name; NoCareRelation; audited."""
    patient = await patients.require_care(app, by, patient_id)
    as_of = await _refresh(app, patient)
    await audit.record(app, by, "reports.list", patient_ids=[patient_id], why="care")
    return await _list(app, patient_id, as_of, for_staff=True)


async def read_by_staff(app: App, report_id: str, *, by: Actor) -> Report:
    """A report of a patient in a doctor's care, sensitive ones too; NotFound, NoCareRelation; audited."""
    found = await store.get(app, report_id)
    if found is None or not rules.is_released(found[1]):
        raise errors.NotFound()
    patient = await patients.require_care(app, by, found[0])
    await audit.record(app, by, "reports.read", patient_ids=[patient.id], why=report_id)
    return await _shown(app, patient, found[1])


# --- reactions ---------------------------------------------------------------------------------


async def take_report(app: App, event: Event) -> None:
    """his.report.final and his.report.withdrawn: copy the patient's reports."""
    patient = await patients.by_his_id(app, str(event.data["his_id"]))
    if patient:
        await _copy(app, patient)


async def take_opening(app: App, event: Event) -> None:
    """patients.opened: copy his reports."""
    await _copy(app, await patients.identity(app, event.data["patient_id"]))


async def tell_ready(app: App, event: Event) -> None:
    """reports.ready: who reads this patient's records hears that there is one, and nothing of what it says."""
    found = await store.get(app, event.data["report_id"])
    if found is None or not rules.is_released(found[1]) or str(found[1]["version"]) != event.data["version"]:
        return
    patient_id, report = found
    facts = {
        "就诊人": mask_name(await patients.display_name(app, patient_id)),
        "报告类型": rules.kind_text(report),
        "出具时间": short_time(rules.reported_at(report)),
        "温馨提示": "点开查看，结果请听医生解释",
    }
    for account_id in await patients.accounts_of(app, patient_id):
        notice = Notice(
            key="report_ready",
            account_id=account_id,
            facts=facts,
            path=f"/h5/pages/reports/detail?id={report['id']}",
            dedupe=f"reports.ready:{report['id']}:{report['version']}:{account_id}",
            subject_id=report["id"],
            patient_id=patient_id,
        )
        await messages.notify(app, notice)


# --- inside ------------------------------------------------------------------------------------


async def _owned(app: App, report_id: str, action: str, by: Actor) -> tuple[Patient, HisReport]:
    """A released report of mine, recorded as `action`; the try to read a held one is recorded too."""
    found = await store.get(app, report_id)
    if found is None or not rules.is_released(found[1]):
        raise errors.NotFound()
    patient = await patients.require_open(app, by, found[0])
    held = rules.is_held(found[1])
    await audit.record(app, by, "reports.held" if held else action, patient_ids=[patient.id], why=report_id)
    if held:
        raise HeldReport()
    return patient, found[1]


async def _refresh(app: App, patient: Patient) -> datetime | None:
    """Copy when our copy is old. When the HIS is away: the time of the copy (None when it is fresh)."""
    last = await store.copying(app, patient.id)
    if last and app.real_now() - last.at < _FRESH:
        return None
    try:
        await _copy(app, patient)
    except errors.Foreign:
        if last is None:
            raise
        return last.as_of
    return None


async def _copy(app: App, patient: Patient) -> None:
    """Take over what is new at the HIS."""
    real_now, now = app.real_now(), app.now()
    last = await store.copying(app, patient.id)
    since = last.since if last else now
    kept = await store.versions(app, patient.id)
    for report in await app.his.reports(patient.his_id):
        version, status = int(report["version"]), str(report["status"])
        if report["id"] not in kept or rules.is_newer(version, status, *kept[report["id"]]):
            is_news = rules.is_news(report, since, now)
            await app.db.transact(lambda tx, r=report, n=is_news: _put(app, patient.id, r, n, tx))  # type: ignore[misc]
    await store.note_copied(app, patient.id, real_now, now)


async def _put(app: App, patient_id: str, report: HisReport, is_news: bool, tx: Tx) -> None:
    if await store.put(app, patient_id, report, app.now(), tx) and is_news:
        ids = {"report_id": report["id"], "patient_id": patient_id}
        await tx.emit("reports.ready", **ids, version=str(report["version"]))


async def _history(app: App, patient_id: str) -> list[HisReport]:
    return [r for r in await store.of_patient(app, patient_id, rules.RELEASED) if not rules.is_held(r)]


async def _list(app: App, patient_id: str, as_of: datetime | None, *, for_staff: bool = False) -> Reports:
    found = await store.of_patient(app, patient_id, rules.RELEASED)
    names = await _department_names(app)
    items = [rules.summary(r, names.get(r["department_id"], ""), for_staff=for_staff) for r in found]
    return Reports(items=items, as_of=as_of)


async def _shown(app: App, patient: Patient, report: HisReport) -> Report:
    names = await _department_names(app)
    number = next((card.number for card in patient.cards), patient.his_id)
    empty_is_none = ("specimen", "requested_at", "collected_at", "received_at", "findings", "conclusion")
    return Report.model_validate(
        {name: report.get(name) or None for name in empty_is_none}
        | {name: report[name] for name in ("id", "title", "kind", "reported_at", "status", "version")}
        | {name: report.get(name) or "" for name in ("laboratory", "operator", "reviewer")}
        | {
            "patient_name": patient.name,
            "sex": patient.sex,
            "age_text": age_text(patient.birth_on, shanghai_date(app.now())),
            "visit_number_masked": mask_number(number),
            "department_name": names.get(report["department_id"], ""),
            "items": rules.items(report, await _history(app, patient.id)),
            "statement": rules.STATEMENT,
        }
    )


async def _department_names(app: App) -> dict[str, str]:
    return {department.id: department.name for department in (await directory.departments(app)).items}
