"""How a line is put in order and bounded, and how scores become series with bands. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from server.alerts.models import Alert
from server.appointments.models import StaffAppointment
from server.contacts.models import PhoneTask
from server.desk.models import LineItem, Note, Point, Range, Series
from server.followups.models import State, Task
from server.plans.models.papers import ReadEnrolment
from server.questionnaires.models import Band, Questionnaire, Scoring
from server.reports.models import ReportSummary

MOST_ITEMS = 200
LEVELS = {"red": "红色预警", "orange": "橙色预警", "yellow": "黄色预警"}
Names = Mapping[str, str]


def newest_first(items: Iterable[LineItem]) -> tuple[list[LineItem], bool]:
    """The newest items, and whether older ones were left out."""
    found = sorted(items, key=lambda item: (item.at, item.kind, item.id), reverse=True)
    return found[:MOST_ITEMS], len(found) > MOST_ITEMS


# --- what is on the line --------------------------------------------------------------------------


def of_task(task: Task, names: Names) -> LineItem:
    """A questionnaire that was sent: when it was answered or its time was over."""
    at = {State.ANSWERED: task.answered_at, State.EXPIRED: task.expires_at}.get(task.state) or task.due_at
    texts = [task.score.text] if task.score and task.score.text else []
    texts += [flag.text for flag in task.score.red] if task.score else []
    notes = []
    if task.replied_at and task.reply:
        notes.append(Note(at=task.replied_at, by_name=_name(names, task.replied_by), code="reply", text=task.reply))
    elif task.seen_at:
        notes.append(Note(at=task.seen_at, by_name=_name(names, task.seen_by), code="seen"))
    return LineItem(
        kind="task",
        id=task.id,
        at=at,
        title=task.title,
        state=task.state,
        red=task.red,
        texts=texts,
        notes=notes,
        task_id=task.id,
    )


def of_alert(alert: Alert, names: Names) -> LineItem:
    """An alert, who took it, what he did, how it ended."""
    taker = _name(names, alert.taken_by)
    notes = []
    if alert.taken_at and alert.action:
        notes.append(Note(at=alert.taken_at, by_name=taker, code=alert.action, text=alert.note or ""))
    if alert.resolved_at:
        notes.append(Note(at=alert.resolved_at, by_name=taker, code="resolved", text=alert.outcome or ""))
    return LineItem(
        kind="alert",
        id=alert.id,
        at=alert.raised_at,
        title=LEVELS[alert.level],
        state=alert.state,
        red=alert.level == "red" and alert.state != "resolved",
        texts=[reason.text for reason in alert.reasons],
        notes=notes,
        task_id=alert.task_id,
    )


def of_call(call: PhoneTask, names: Names) -> LineItem:
    """A phone task with each call."""
    notes = [Note(at=a.at, by_name=_name(names, a.by), code=a.outcome, text=a.note) for a in call.attempts]
    at = notes[-1].at if notes else call.created_at
    return LineItem(kind="call", id=call.id, at=at, title=call.subject, state=call.state, notes=notes)


def of_appointment(booked: StaffAppointment) -> LineItem:
    """A visit, or one to come."""
    where = " · ".join(part for part in (booked.department_name, booked.doctor_name) if part)
    return LineItem(kind="appointment", id=booked.id, at=booked.starts_at, title=where, state=booked.status)


def of_report(report: ReportSummary) -> LineItem:
    """A report: its title and date, nothing of what it says."""
    return LineItem(kind="report", id=report.id, at=report.reported_at, title=report.title, state=report.status)


def of_plan(plan: ReadEnrolment) -> LineItem:
    """The beginning of a plan."""
    said = [plan.now_text, *([plan.ending_text] if plan.ending_text else [])]
    title = f"加入计划：{plan.plan_title}"
    return LineItem(kind="plan", id=plan.id, at=plan.enrolled_at, title=title, state=plan.state, texts=said)


def who_acted(tasks: Iterable[Task], alerts: Iterable[Alert], calls: Iterable[PhoneTask]) -> set[str]:
    """The members whose names the line shows."""
    found = {id for task in tasks for id in (task.replied_by, task.seen_by)}
    found |= {alert.taken_by for alert in alerts}
    found |= {attempt.by for call in calls for attempt in call.attempts}
    return {id for id in found if id}


def _name(names: Names, member_id: str | None) -> str:
    return names.get(member_id or "", "")


# --- scores ---------------------------------------------------------------------------------------


def series(tasks: Iterable[Task], papers: Mapping[str, Questionnaire]) -> list[Series]:
    """One series per questionnaire, whatever its versions; those answered last come first."""
    found: dict[str, Series] = {}
    for task in sorted(tasks, key=lambda t: t.answered_at or t.due_at):
        if task.score is None or task.score.total is None or task.answered_at is None:
            continue
        paper = papers[task.questionnaire_id]
        line = found.pop(paper.key, None) or Series(key=paper.key, title=paper.title, points=[], bands=[])
        score = task.score
        line.points.append(
            Point(at=task.answered_at, total=score.total, band=score.band, red=task.red, task_id=task.id)
        )
        line.title, line.bands = paper.title, bands(paper.scoring)
        found[paper.key] = line
    return list(reversed(found.values()))


def bands(scoring: Scoring) -> list[Range]:
    """The bands of the total, each up to where the next begins; none where they differ from person to person."""
    wanted = next((scale.bands for scale in scoring.scales if scale.name == scoring.total), scoring.bands)
    if not wanted and len(scoring.scales) == 1:
        wanted = scoring.scales[0].bands
    if any(band.who or band.requires for band in wanted):
        return []
    ordered = sorted(wanted, key=lambda band: band.min)
    return [
        Range(label=band.label, low=band.min, high=_end(band, ordered[number + 1 :]))
        for number, band in enumerate(ordered)
    ]


def _end(band: Band, later: Sequence[Band]) -> float | None:
    if later:
        return later[0].min
    return band.max if band.max is not None else band.below
