"""Today's desk: alerts first, then red answers nobody has seen, what was answered, what is overdue, what is due."""

from server import audit
from server.alerts import service as alerts
from server.alerts.models import AlertQuery
from server.context import Actor, App
from server.desk.models import Choice, Desk, DeskQuery
from server.directory import service as directory
from server.directory.models import DoctorQuery
from server.followups import service as followups
from server.followups.models import DeskWish
from server.patients import service as patients
from server.plans import service as plans
from server.staff import service as staff


async def today(app: App, query: DeskQuery, *, by: Actor) -> Desk:
    """What waits for me today; audited. Filters narrow the tasks, never the alerts."""
    shown = await followups.on_the_desk(app, await _wish(app, query, by), by=by)
    groups = (shown.red, shown.answered, shown.overdue, shown.due)
    whose = sorted({task.patient_id for group in groups for task in group.items})
    await audit.record(app, by, "desk.today", patient_ids=whose, why="care")
    open_alerts = await alerts.listed(app, AlertQuery(state="open"), by=by)
    taken = await alerts.listed(app, AlertQuery(state="acknowledged"), by=by)
    names = await directory.names(app)
    departments = sorted(by.department_ids)
    doctors = [d for id in departments for d in (await directory.doctors(app, DoctorQuery(department_id=id))).items]
    return Desk(
        alerts=[*open_alerts.items, *taken.items],
        tasks=shown,
        departments=[Choice(key=id, label=names.departments.get(id, id)) for id in departments],
        doctors=[Choice(key=doctor.id, label=doctor.name) for doctor in doctors],
        plans=[Choice(key=key, label=title) for key, title in (await plans.titles(app)).items()],
    )


async def _wish(app: App, query: DeskQuery, by: Actor) -> DeskWish:
    wish = DeskWish(department_id=query.department_id)
    doctor_id = query.doctor_id or (by.doctor_id if query.mine else None)
    in_care = await patients.in_care(app, by) if doctor_id or query.plan_key else []
    if query.plan_key:
        wish.of_plan = await plans.ids_of(app, in_care, plan_key=query.plan_key)
    if doctor_id:
        wish.enrolments = await plans.ids_of(app, in_care, doctor_id=doctor_id)
        members = (await staff.members(app, by=by)).items if query.doctor_id else []
        wish.sent_by = [member.id for member in members if member.doctor_id == query.doctor_id]
    if query.mine:
        wish.sent_by = [by.id]
    return wish
