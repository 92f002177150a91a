"""What comes after a consultation in the simulated HIS: reports, bills, corrections, and going home from a ward."""

from datetime import datetime, timedelta

from server.sandbox.his_charts import department_of, make_bill, usual_lines
from server.sandbox.his_fixtures import Dice, Doc, by_id
from server.sandbox.his_hospital import Hospital, Refused
from server.sandbox.his_labs import correct, forms, make_report
from server.values import shanghai_date


def usual_form(doctor_id: str, seed: str) -> str:
    """The examination this doctor asks for."""
    choices: list[str] = by_id("departments")[department_of(doctor_id)]["forms"]
    return Dice(f"form/{seed}").pick(choices)


def issue_report(
    hospital: Hospital,
    his_id: str,
    doctor_id: str,
    form_id: str,
    *,
    requested_at: datetime | None = None,
    when: datetime | None = None,
) -> Doc:
    """A final report, reported `when` (now), and its event. Refused 404 unknown_form."""
    if form_id not in forms():
        raise Refused(404, "unknown_form", "没有这种报告")
    when = when or hospital.now()
    report = make_report(
        id=f"R{his_id}-{len(hospital.chart(his_id)['reports']) + 1}",
        form_id=form_id,
        person=hospital.person(his_id),
        department_id=department_of(doctor_id),
        doctor_id=doctor_id,
        requested_at=requested_at or when - timedelta(minutes=40),
        reported_at=when,
    )
    hospital.add("reports", report)
    hospital.emit("report.final", when, report_id=report["id"], his_id=his_id)
    return report


def correct_report(hospital: Hospital, report_id: str) -> Doc:
    """The laboratory replaces a report by its next version."""
    old = hospital.record("reports", report_id)
    if old["status"] == "withdrawn":
        raise Refused(409, "withdrawn", "这份报告已撤回")
    report = hospital.change("reports", report_id, **correct(old, hospital.now()))
    hospital.emit("report.final", report_id=report_id, his_id=report["his_id"])
    return report


def withdraw_report(hospital: Hospital, report_id: str) -> Doc:
    """The laboratory takes a report back."""
    report = hospital.change("reports", report_id, status="withdrawn")
    hospital.emit("report.withdrawn", report_id=report_id, his_id=report["his_id"])
    return report


def issue_bill(hospital: Hospital, his_id: str, doctor_id: str, form_id: str, *, when: datetime | None = None) -> Doc:
    """An unpaid bill for an examination and usual medicines, issued `when` (now), and its event."""
    when = when or hospital.now()
    id = f"B{his_id}-{len(hospital.chart(his_id)['bills']) + 1}"
    lines = usual_lines(department_of(doctor_id), form_id, Dice(f"bill/{id}"))
    bill = hospital.add("bills", make_bill(id, his_id, doctor_id, when, lines, "unpaid"))
    hospital.emit("bill.issued", when, bill_id=id, his_id=his_id)
    return bill


def discharge(hospital: Hospital, admission_id: str, when: datetime | None = None) -> Doc:
    """An inpatient goes home. Refused 409 discharged when he already has."""
    when = when or hospital.now()
    if hospital.record("admissions", admission_id)["status"] != "in":
        raise Refused(409, "discharged", "病人已出院")
    admission = hospital.change("admissions", admission_id, status="out", discharged_on=shanghai_date(when))
    hospital.emit("admission.changed", when, admission_id=admission_id, his_id=admission["his_id"])
    hospital.emit_discharge(admission, when)
    return admission
