"""The simulated HIS over HTTP: the signed interface at /his and the day's buttons at /sandbox/api/his."""

from typing import Any

from server.sandbox import his_control, his_desk, his_queue
from server.sandbox.his_base import Booking, CheckIn, NewPerson, Payment, Reason, Route, Search, SignedHandler
from server.sandbox.his_charts import daily_lists, spent_fen
from server.sandbox.his_clinics import clinics_on, days, departments, doctors
from server.sandbox.his_day import run_day, tick
from server.sandbox.his_fixtures import Doc
from server.sandbox.his_hospital import Clock, Hospital, Memory, Refused
from server.sandbox.his_people import card_key, document_key, shown

__all__ = ["Hospital", "routes", "run_day", "tick"]
_MOST_EVENTS = 200


def routes(state: Memory, clock: Clock, secret: str) -> list[Route]:
    """Tornado routes (path, handler, arguments) of the HIS; `state` keeps what is written, `clock` is business time."""
    hospital = Hospital(state, clock)
    signed: dict[str, Any] = {"hospital": hospital, "secret": secret}
    part = r"([A-Za-z0-9_.:-]{1,80})"
    table: list[tuple[str, type[SignedHandler]]] = [
        (r"/his/departments", Departments),
        (r"/his/doctors", Doctors),
        (r"/his/clinics", Clinics),
        (rf"/his/clinics/{part}/queue", Queue),
        (r"/his/persons", Persons),
        (r"/his/persons/search", PersonSearch),
        (rf"/his/persons/{part}/(visits|reports|bills|admissions)", Chart),
        (rf"/his/admissions/{part}/daily-lists", DailyLists),
        (rf"/his/admissions/{part}/deposits/{part}", Deposit),
        (rf"/his/appointments/{part}", Appointment),
        (rf"/his/bills/{part}/payments/{part}", BillPayment),
        (rf"/his/check-ins/{part}", CheckIns),
        (r"/his/charges", Charges),
        (r"/his/events", Events),
    ]
    return [*((path, handler, signed) for path, handler in table), *his_control.routes(hospital)]


class Departments(SignedHandler):
    """GET: all departments."""

    def get(self) -> None:
        self.answer({"items": departments()})


class Doctors(SignedHandler):
    """GET: all doctors."""

    def get(self) -> None:
        self.answer({"items": doctors()})


class Clinics(SignedHandler):
    """GET ?from_on&to_on: clinics of these days, at most two weeks ahead."""

    def get(self) -> None:
        asked = days(self.day("from_on"), self.day("to_on"), self.hospital.today())
        self.answer({"items": [self.hospital.with_status(clinic) for on in asked for clinic in clinics_on(on)]})


class Queue(SignedHandler):
    """GET: the queue of a clinic today."""

    def get(self, clinic_id: str) -> None:
        self.answer(his_queue.show_queue(self.hospital, clinic_id))


class Persons(SignedHandler):
    """POST: open a file for a new patient."""

    def post(self) -> None:
        wanted = self.body(NewPerson).model_dump(exclude_none=True)
        self.answer(shown(self.hospital.create(wanted)))


class PersonSearch(SignedHandler):
    """POST: find by document, card or his_id."""

    def post(self) -> None:
        by = self.body(Search)
        found: Doc | None = None
        if by.document_kind and by.document_number:
            found = self.hospital.find(document_key(by.document_kind, by.document_number))
        elif by.card_number:
            found = self.hospital.find(card_key(by.card_number))
        elif by.his_id:
            try:
                found = self.hospital.person(by.his_id)
            except Refused:
                found = None
        else:
            raise Refused(400, "invalid", "要给证件、卡号或 his_id")
        self.answer({"items": [shown(found)] if found else []})


class Chart(SignedHandler):
    """GET: visits, reports, bills or admissions of a person."""

    def get(self, his_id: str, group: str) -> None:
        items = self.hospital.chart(his_id)[group]
        if group == "admissions":
            today = self.hospital.today()
            items = [{**item, "spent_fen": spent_fen(item, today)} for item in items]
        self.answer({"items": [{k: v for k, v in item.items() if k != "payments"} for item in items]})


class DailyLists(SignedHandler):
    """GET: what each full day of a stay has cost."""

    def get(self, admission_id: str) -> None:
        admission = self.hospital.record("admissions", admission_id)
        self.answer({"items": daily_lists(admission, self.hospital.today())})


class Deposit(SignedHandler):
    """PUT, DELETE: a deposit of a stay under our order id."""

    def put(self, admission_id: str, order_id: str) -> None:
        his_desk.pay_deposit(self.hospital, admission_id, order_id, self.body(Payment).amount_fen)
        self.answer({})

    def delete(self, admission_id: str, order_id: str) -> None:
        his_desk.take_deposit_back(self.hospital, admission_id, order_id)
        self.answer({})


class Appointment(SignedHandler):
    """PUT, DELETE: a booking under our id."""

    def put(self, our_id: str) -> None:
        self.answer(his_desk.book(self.hospital, our_id, self.body(Booking).model_dump(mode="json")))

    def delete(self, our_id: str) -> None:
        his_desk.unbook(self.hospital, our_id, self.body(Reason).reason)
        self.answer({})


class BillPayment(SignedHandler):
    """PUT, DELETE: the payment of a bill under our order id."""

    def put(self, bill_id: str, order_id: str) -> None:
        his_desk.pay_bill(self.hospital, bill_id, order_id, self.body(Payment).amount_fen)
        self.answer({})

    def delete(self, bill_id: str, order_id: str) -> None:
        his_desk.take_bill_payment_back(self.hospital, bill_id, order_id)
        self.answer({})


class CheckIns(SignedHandler):
    """PUT: somebody has come; gives the ticket."""

    def put(self, appointment_id: str) -> None:
        wanted = self.body(CheckIn)
        self.answer(his_queue.check_in(self.hospital, appointment_id, wanted.his_id, wanted.clinic_id))


class Charges(SignedHandler):
    """GET ?on: the money taken over and taken back on a day."""

    def get(self) -> None:
        self.answer({"items": his_desk.charges(self.hospital, self.day("on"))})


class Events(SignedHandler):
    """GET ?after&limit: what happened since."""

    def get(self) -> None:
        limit = min(self.number("limit", _MOST_EVENTS), _MOST_EVENTS)
        self.answer(self.hospital.events(self.number("after", 0), limit))
