"""The queues of the simulated HIS: check in, call one after another, seen; kept as one document per clinic and day."""

from datetime import datetime, timedelta
from functools import lru_cache

from server.sandbox.his_charts import make_visit, suits
from server.sandbox.his_clinics import room_of
from server.sandbox.his_fixtures import Dice, Doc, by_id, iso
from server.sandbox.his_hospital import Hospital, Refused
from server.sandbox.his_labs import is_due_after
from server.sandbox.his_people import population
from server.sandbox.his_results import usual_form

_BILL_AFTER = timedelta(minutes=5)
_WALK_INS = (3, 6)


def check_in(hospital: Hospital, appointment_id: str, his_id: str, clinic_id: str) -> Doc:
    """Put somebody into a clinic's queue of today; the same appointment keeps its ticket.

    Refused 409: not_today, clinic_stopped, clinic_over, cancelled.
    """
    clinic = hospital.clinic(clinic_id)
    hospital.person(his_id)
    if clinic["on"] != hospital.today():
        raise Refused(409, "not_today", "这次出诊不在今天")
    found = hospital.state.get("his_queue", clinic_id)
    for ticket in found["tickets"] if found else ():
        if ticket["appointment_id"] == appointment_id:
            return shown(ticket)
    if clinic["status"] == "stopped":
        raise Refused(409, "clinic_stopped", "医生停诊")
    if (hospital.state.get("his_booking", appointment_id) or {}).get("status") == "cancelled":
        raise Refused(409, "cancelled", "这个预约已经取消")
    now = hospital.now()
    if iso(now) > clinic["ends_at"]:
        raise Refused(409, "clinic_over", "这次出诊已经结束")
    queue = found or open_queue(hospital, clinic)
    ticket = _line_up(queue, clinic, his_id, appointment_id, now)
    _keep(hospital, queue, now)
    return shown(ticket)


def show_queue(hospital: Hospital, clinic_id: str) -> Doc:
    """{room, calling, items}: all tickets of the day in their order, seen and missed ones too."""
    clinic = hospital.clinic(clinic_id)
    queue = hospital.state.get("his_queue", clinic_id)
    if queue is None and clinic["on"] == hospital.today() and clinic["status"] == "open":
        queue = open_queue(hospital, clinic)
    tickets = [shown(ticket) for ticket in queue["tickets"]] if queue else []
    calling = next((ticket for ticket in tickets if ticket["status"] == "called"), None)
    return {"room": room_of(clinic["doctor_id"]), "calling": calling, "items": tickets}


def shown(ticket: Doc) -> Doc:
    """A ticket as the HIS answers."""
    fields = ("id", "appointment_id", "his_id", "clinic_id", "number", "status", "called_at", "room")
    return {name: ticket[name] for name in fields}


def open_queue(hospital: Hospital, clinic: Doc) -> Doc:
    """The queue as it stands by now: some were seen since the start, one is inside, a few wait."""
    now, starts = hospital.now(), datetime.fromisoformat(clinic["starts_at"])
    dice = Dice(f"queue/{clinic['id']}")
    queue: Doc = {"clinic_id": clinic["id"], "on": clinic["on"], "free_at": clinic["starts_at"], "tickets": []}
    minutes = timedelta(minutes=clinic["minutes_per_place"])
    waiting = dice.between(*_WALK_INS)
    begun = min(max(int((now - starts) / minutes) + 1, 0), clinic["places"] - waiting)
    for number in range(begun + waiting):
        came = min(now, starts - timedelta(minutes=dice.between(2, 30)) + minutes * max(number - 2, 0))
        _walk_in(hospital, queue, clinic, came)
    for number, ticket in enumerate(queue["tickets"][:begun]):
        ticket["status"], ticket["called_at"] = "called", iso(starts + minutes * number)
        if number < begun - 1 or iso(now) > clinic["ends_at"]:
            ticket["status"], ticket["seen_at"] = "seen", iso(starts + minutes * (number + 1))
            queue["free_at"] = ticket["seen_at"]
    _keep(hospital, queue, now)
    return queue


def advance(hospital: Hospital, queue: Doc, until: datetime) -> None:
    """Let the doctor work until this moment: call, see, call the next, each at its own time."""
    clinic = hospital.clinic(queue["clinic_id"])
    while clinic["status"] == "open":
        inside = _inside(queue)
        if inside:
            done = datetime.fromisoformat(inside["called_at"]) + _consultation(inside, clinic)
            if done > until:
                return
            _finish(hospital, queue, clinic, done)
            continue
        ticket = _first_waiting(queue)
        if ticket is None:
            return
        when = datetime.fromisoformat(max(queue["free_at"], ticket["checked_in_at"]))
        if when > until:
            return
        _call(hospital, queue, clinic, ticket, when)


def call_next(hospital: Hospital, clinic_id: str) -> Doc:
    """The doctor calls the next now; whoever is inside has been seen."""
    clinic, queue = _of_today(hospital, clinic_id)
    if _inside(queue):
        _finish(hospital, queue, clinic, hospital.now())
    ticket = _first_waiting(queue)
    if ticket:
        _call(hospital, queue, clinic, ticket, hospital.now())
    return show_queue(hospital, clinic_id)


def finish(hospital: Hospital, clinic_id: str) -> Doc:
    """Whoever is inside has been seen now."""
    clinic, queue = _of_today(hospital, clinic_id)
    if _inside(queue):
        _finish(hospital, queue, clinic, hospital.now())
    return show_queue(hospital, clinic_id)


def miss(hospital: Hospital, clinic_id: str) -> Doc:
    """Whoever was called did not come."""
    _, queue = _of_today(hospital, clinic_id)
    inside = _inside(queue)
    if inside:
        inside["status"], queue["free_at"] = "missed", iso(hospital.now())
        _keep(hospital, queue, hospital.now())
    return show_queue(hospital, clinic_id)


def leave(hospital: Hospital, clinic_id: str, appointment_id: str) -> None:
    """Somebody whose booking was taken back is not called any more."""
    queue = hospital.state.get("his_queue", clinic_id)
    for ticket in queue["tickets"] if queue else ():
        if queue and ticket["appointment_id"] == appointment_id and ticket["status"] == "waiting":
            ticket["status"] = "missed"
            _keep(hospital, queue, hospital.now())


def stop_clinic(hospital: Hospital, clinic_id: str, reason: str) -> Doc:
    """The doctor does not come (or goes): nobody else is called, and the event tells it."""
    clinic = hospital.clinic(clinic_id)
    if clinic["status"] == "open":
        hospital.emit("clinic.stopped", clinic_id=clinic_id, reason=reason)
        hospital.state.put("his_stopped", clinic_id, {"reason": reason})
    queue = hospital.state.get("his_queue", clinic_id)
    if queue:
        close_queue(hospital, queue)
    return hospital.clinic(clinic_id)


def reopen_clinic(hospital: Hospital, clinic_id: str) -> Doc:
    """A stopped clinic takes place after all; those who waited must check in again at the desk."""
    if hospital.clinic(clinic_id)["status"] == "stopped":
        hospital.emit("clinic.opened", clinic_id=clinic_id)
        hospital.state.delete("his_stopped", clinic_id)
    return hospital.clinic(clinic_id)


def close_queue(hospital: Hospital, queue: Doc) -> None:
    """Those still waiting are not called any more."""
    waiting = [ticket for ticket in queue["tickets"] if ticket["status"] == "waiting"]
    for ticket in waiting:
        ticket["status"] = "missed"
    if waiting:
        _keep(hospital, queue, hospital.now())


def _of_today(hospital: Hospital, clinic_id: str) -> tuple[Doc, Doc]:
    clinic = hospital.clinic(clinic_id)
    if clinic["on"] != hospital.today():
        raise Refused(409, "not_today", "这次出诊不在今天")
    return clinic, hospital.state.get("his_queue", clinic_id) or open_queue(hospital, clinic)


def _inside(queue: Doc) -> Doc | None:
    return next((ticket for ticket in queue["tickets"] if ticket["status"] == "called"), None)


def _first_waiting(queue: Doc) -> Doc | None:
    return next((ticket for ticket in queue["tickets"] if ticket["status"] == "waiting"), None)


def _line_up(queue: Doc, clinic: Doc, his_id: str, appointment_id: str | None, when: datetime) -> Doc:
    number = len(queue["tickets"]) + 1
    ticket = {
        "id": f"T{clinic['id']}-{number}",
        "appointment_id": appointment_id,
        "his_id": his_id,
        "clinic_id": clinic["id"],
        "number": number,
        "status": "waiting",
        "called_at": None,
        "room": room_of(clinic["doctor_id"]),
        "checked_in_at": iso(when),
        "seen_at": None,
        "visit_id": None,
    }
    queue["tickets"].append(ticket)
    return ticket


def _walk_in(hospital: Hospital, queue: Doc, clinic: Doc, when: datetime) -> None:
    """Somebody without our booking joins; nobody comes twice."""
    here = {ticket["his_id"] for ticket in queue["tickets"]}
    choices = [his_id for his_id in _walkers(hospital.first_on(), clinic["department_id"]) if his_id not in here]
    if choices:
        his_id = Dice(f"walk-in/{clinic['id']}/{len(here)}").pick(choices)
        _line_up(queue, clinic, his_id, None, when)


@lru_cache(maxsize=64)
def _walkers(first_on: str, department_id: str) -> list[str]:
    people = population(first_on).values()
    return [p["his_id"] for p in people if "history" not in p and suits(department_id, p, first_on)]


def _consultation(ticket: Doc, clinic: Doc) -> timedelta:
    """80 to 120 % of the planned minutes."""
    percent = Dice(f"consultation/{ticket['id']}").between(80, 120)
    return timedelta(minutes=clinic["minutes_per_place"]) * percent / 100


def _call(hospital: Hospital, queue: Doc, clinic: Doc, ticket: Doc, when: datetime) -> None:
    his_id = ticket["his_id"]
    visit = make_visit(
        f"V{his_id}-{len(hospital.chart(his_id)['visits']) + 1}", his_id, clinic["doctor_id"], when, ""
    ) | {"clinic_id": clinic["id"], "appointment_id": ticket["appointment_id"]}
    hospital.add("visits", visit)
    ticket["status"], ticket["called_at"], ticket["visit_id"] = "called", iso(when), visit["id"]
    _keep(hospital, queue, when)
    hospital.emit("visit.started", when, visit_id=visit["id"], his_id=his_id, clinic_id=clinic["id"])


def _finish(hospital: Hospital, queue: Doc, clinic: Doc, when: datetime) -> None:
    ticket = _inside(queue)
    assert ticket
    dice = Dice(f"finish/{ticket['id']}")
    if ticket["visit_id"]:
        diagnosis = dice.pick(by_id("departments")[clinic["department_id"]]["diagnoses"])
        hospital.change("visits", ticket["visit_id"], ended_at=iso(when), diagnosis=diagnosis)
    if ticket["appointment_id"] or dice.happens(15):
        _plan_results(hospital, ticket, clinic, when)
    ticket["status"], ticket["seen_at"], queue["free_at"] = "seen", iso(when), iso(when)
    waiting = sum(other["status"] == "waiting" for other in queue["tickets"])
    if waiting < _WALK_INS[0] and dice.happens(70) and len(queue["tickets"]) < clinic["places"]:
        _walk_in(hospital, queue, clinic, when)
    _keep(hospital, queue, when)


def _plan_results(hospital: Hospital, ticket: Doc, clinic: Doc, when: datetime) -> None:
    """A bill soon, a report when the laboratory is done."""
    form_id = usual_form(clinic["doctor_id"], ticket["id"])
    for what, after in (("bill", _BILL_AFTER), ("report", is_due_after(form_id))):
        due = {
            "what": what,
            "at": iso(when + after),
            "id": ticket["his_id"],
            "doctor_id": clinic["doctor_id"],
            "form_id": form_id,
            "requested_at": iso(when),
        }
        hospital.state.put("his_due", f"{ticket['id']}/{what}", due)


def _keep(hospital: Hospital, queue: Doc, when: datetime) -> None:
    hospital.state.put("his_queue", queue["clinic_id"], queue)
    hospital.emit("queue.changed", when, clinic_id=queue["clinic_id"])
