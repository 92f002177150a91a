"""The buttons of the platform page for the simulated HIS: 叫下一位, 出报告, 停诊 …; no signature, sandbox only."""

from collections.abc import Callable

from pydantic import BaseModel, Field

from server.sandbox import his_desk, his_queue, his_results
from server.sandbox.his_base import OpenHandler, Route
from server.sandbox.his_clinics import clinics_on
from server.sandbox.his_fixtures import Doc, by_id, iso, read
from server.sandbox.his_hospital import Hospital, Refused

_USUAL_DOCTOR = "general-practice-4"


class Press(BaseModel):
    """What a button may say; each needs its own few."""

    clinic_id: str = ""
    his_id: str = ""
    form: str = ""
    doctor_id: str = _USUAL_DOCTOR
    report_id: str = ""
    bill_id: str = ""
    admission_id: str = ""
    place_number: int = 0
    reason: str = Field(default="医生临时有事", max_length=100)


def _issue_report(hospital: Hospital, press: Press) -> Doc:
    form_id = press.form or his_results.usual_form(_doctor(press), iso(hospital.now()))
    return his_results.issue_report(hospital, press.his_id, _doctor(press), form_id)


def _issue_bill(hospital: Hospital, press: Press) -> Doc:
    form_id = press.form or his_results.usual_form(_doctor(press), iso(hospital.now()))
    return his_results.issue_bill(hospital, press.his_id, _doctor(press), form_id)


def _doctor(press: Press) -> str:
    if press.doctor_id not in by_id("doctors"):
        raise Refused(404, "unknown_doctor", "没有这位医生")
    return press.doctor_id


ACTIONS: dict[str, Callable[[Hospital, Press], Doc]] = {
    "call-next": lambda hospital, press: his_queue.call_next(hospital, press.clinic_id),
    "finish": lambda hospital, press: his_queue.finish(hospital, press.clinic_id),
    "miss": lambda hospital, press: his_queue.miss(hospital, press.clinic_id),
    "stop-clinic": lambda hospital, press: his_queue.stop_clinic(hospital, press.clinic_id, press.reason),
    "reopen-clinic": lambda hospital, press: his_queue.reopen_clinic(hospital, press.clinic_id),
    "issue-report": _issue_report,
    "correct-report": lambda hospital, press: his_results.correct_report(hospital, press.report_id),
    "withdraw-report": lambda hospital, press: his_results.withdraw_report(hospital, press.report_id),
    "issue-bill": _issue_bill,
    "pay-at-counter": lambda hospital, press: his_desk.pay_at_counter(hospital, press.bill_id),
    "register-at-counter": lambda hospital, press: his_desk.register_at_counter(
        hospital, press.clinic_id, press.his_id, press.place_number
    ),
    "discharge": lambda hospital, press: his_results.discharge(hospital, press.admission_id),
}


def routes(hospital: Hospital) -> list[Route]:
    """POST /sandbox/api/his/{action} for each of ACTIONS; GET /sandbox/api/his/overview."""
    given = {"hospital": hospital}
    return [
        (r"/sandbox/api/his/overview", Overview, given),
        (rf"/sandbox/api/his/(?:control/)?({'|'.join(ACTIONS)})", Control, given),
    ]


class Control(OpenHandler):
    """POST: press a button; answers what it changed."""

    def post(self, action: str) -> None:
        self.answer(ACTIONS[action](self.hospital, self.body(Press)))


class Overview(OpenHandler):
    """GET: {now, queues of today, clinics of today, patients: the demo people and whoever booked} for the buttons."""

    def get(self) -> None:
        hospital = self.hospital
        hospital.first_on()
        booked = {b["his_id"] for _, b in hospital.state.items("his_booking") if b.get("his_id")}
        known = {entry["his_id"] for entry in read("demo_people")["items"] if entry["his_id"]}
        self.answer(
            {
                "now": iso(hospital.now()),
                "queues": [
                    _queue_line(hospital, queue)
                    for _, queue in hospital.state.items("his_queue")
                    if queue["on"] == hospital.today()
                ],
                "clinics": [_clinic_line(hospital.with_status(c)) for c in clinics_on(hospital.today())],
                "patients": [_patient_line(hospital, his_id) for his_id in sorted(known | booked)],
            }
        )


def _clinic_line(clinic: Doc) -> Doc:
    doctor = by_id("doctors")[clinic["doctor_id"]]
    return {
        "clinic_id": clinic["id"],
        "doctor_name": doctor["name"],
        "department_name": by_id("departments")[clinic["department_id"]]["name"],
        "half": clinic["half"],
        "status": clinic["status"],
    }


def _queue_line(hospital: Hospital, queue: Doc) -> Doc:
    tickets = queue["tickets"]
    inside = next((t for t in tickets if t["status"] == "called"), None)
    return {
        **_clinic_line(hospital.clinic(queue["clinic_id"])),
        "calling": inside and {"number": inside["number"], "name": hospital.person(inside["his_id"])["name"]},
        "waiting": sum(t["status"] == "waiting" for t in tickets),
        "seen": sum(t["status"] == "seen" for t in tickets),
        "booked": [
            {"number": t["number"], "name": hospital.person(t["his_id"])["name"], "status": t["status"]}
            for t in tickets
            if t["appointment_id"]
        ],
    }


def _patient_line(hospital: Hospital, his_id: str) -> Doc:
    chart = hospital.chart(his_id)
    return {
        "his_id": his_id,
        "name": hospital.person(his_id)["name"],
        "reports": [{"id": r["id"], "title": r["title"], "status": r["status"]} for r in chart["reports"]],
        "unpaid_bills": [
            {"id": b["id"], "total_fen": b["total_fen"]} for b in chart["bills"] if b["status"] == "unpaid"
        ],
        "admissions": [{"id": a["id"], "status": a["status"]} for a in chart["admissions"]],
    }
