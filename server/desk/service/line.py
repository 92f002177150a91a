"""A patient's line: questionnaires, alerts, calls, visits, reports and plans as one story, and scores over time."""

from server import audit, errors
from server.alerts import service as alerts
from server.appointments import service as appointments
from server.contacts import service as contacts
from server.context import Actor, App
from server.desk import rules
from server.desk.models import PatientLine
from server.followups import service as followups
from server.patients import service as patients
from server.plans import service as plans
from server.questionnaires import service as questionnaires
from server.reports import service as reports
from server.reports.models import ReportSummary
from server.staff import service as staff


async def line(app: App, patient_id: str, *, by: Actor) -> PatientLine:
    """The line of a patient of mine. NoCareRelation; audited. Reports only for those who may read them."""
    care = await patients.check_care(app, by, patient_id)
    await audit.record(app, by, "desk.line", patient_ids=[patient_id], why=care.text)
    tasks = await followups.of_patient(app, patient_id, rules.MOST_ITEMS)
    raised = await alerts.of_patient(app, patient_id)
    calls = await contacts.of_patient(app, patient_id)
    courses = await plans.of_patient(app, patient_id)
    held = await _reports(app, patient_id, by)
    may_see_bookings = "appointments.read" in by.scopes
    booked = await appointments.of_patient_for_staff(app, patient_id, by=by) if may_see_bookings else []
    names = await staff.names(app, rules.who_acted(tasks, raised, calls))
    items, more = rules.newest_first(
        [
            *(rules.of_task(task, names) for task in tasks),
            *(rules.of_alert(alert, names) for alert in raised),
            *(rules.of_call(call, names) for call in calls),
            *(rules.of_appointment(one) for one in booked),
            *(rules.of_report(report) for report in held or []),
            *(rules.of_plan(course) for course in courses),
        ]
    )
    papers = {id: await questionnaires.get(app, id) for id in {task.questionnaire_id for task in tasks}}
    missing = {"reports": held is None, "appointments": not may_see_bookings}
    return PatientLine(
        items=items,
        series=rules.series(tasks, papers),
        plans=courses,
        more=more,
        missing=[what for what, is_missing in missing.items() if is_missing],
    )


async def _reports(app: App, patient_id: str, by: Actor) -> list[ReportSummary] | None:
    """None where this role may not see reports, or the HIS does not answer and we have no copy."""
    if "reports.read" not in by.scopes:
        return None
    try:
        return (await reports.for_staff(app, patient_id, by=by)).items
    except errors.Foreign:
        return None
