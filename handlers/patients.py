"""The patients of an account: add, prove, choose the active one, cards, consents."""

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.errors import NotFound
from server.patients import service
from server.patients.models import (
    AlreadyBound,
    AlreadyOpen,
    CardIn,
    CardNotFound,
    CodeIn,
    CodeSent,
    ConsentIn,
    ConsentNeeded,
    Consents,
    DeskOnly,
    GuardianNeeded,
    MyPatient,
    MyPatients,
    NewPatient,
    PatientsFull,
    PhoneIn,
)
from server.values import Id

OPENING = (NotFound, AlreadyOpen, ConsentNeeded, GuardianNeeded)


class PhoneCodes(ApiHandler):
    @endpoint(scope="patient", status=202)
    async def post(self, body: PhoneIn) -> CodeSent:
        """Send a code to a phone, to prove that I hold it."""
        return await service.send_phone_code(self.app, body.phone, by=self.actor, address=self.request.remote_ip or "")


class Patients(ApiHandler):
    @endpoint(scope="patient")
    async def get(self) -> MyPatients:
        """My patients; of those not opened yet only what I typed."""
        return await service.mine(self.app, by=self.actor)

    @endpoint(scope="patient", status=201, refusals=(AlreadyBound, PatientsFull, GuardianNeeded, ConsentNeeded))
    async def post(self, body: NewPatient) -> MyPatient:
        """Add a patient. Records are open at once when the proved phone is the one the hospital holds."""
        return await service.bind(self.app, body, by=self.actor)


class OnePatient(ApiHandler):
    @endpoint(scope="patient", status=204, refusals=(NotFound,))
    async def delete(self, patient_id: Id) -> None:
        """Remove a patient from my list; another becomes active."""
        await service.remove(self.app, patient_id, by=self.actor)


class ActivePatient(ApiHandler):
    @endpoint(scope="patient", refusals=(NotFound,))
    async def put(self, patient_id: Id) -> MyPatient:
        """Make this patient the active one."""
        return await service.activate(self.app, patient_id, by=self.actor)


class PatientOpening(ApiHandler):
    @endpoint(scope="patient", status=202, refusals=(*OPENING, DeskOnly))
    async def post(self, patient_id: Id) -> CodeSent:
        """Send a code to the phone that the hospital holds for this person (a child's: the guardian's)."""
        return await service.send_opening_code(
            self.app, patient_id, by=self.actor, address=self.request.remote_ip or ""
        )

    @endpoint(scope="patient", refusals=OPENING)
    async def put(self, body: CodeIn, patient_id: Id) -> MyPatient:
        """Open the records with the code."""
        return await service.open_with_code(self.app, patient_id, body.code, by=self.actor)


class PatientDeskOpening(ApiHandler):
    @endpoint(scope="patient", refusals=OPENING)
    async def post(self, patient_id: Id) -> MyPatient:
        """Ask the desk to open the records; gives the number to say there."""
        return await service.ask_desk(self.app, patient_id, by=self.actor)


class PatientCards(ApiHandler):
    @endpoint(scope="patient", refusals=(NotFound, CardNotFound))
    async def post(self, body: CardIn, patient_id: Id) -> MyPatient:
        """Add a card number (门诊号/住院号) that the hospital holds for this patient."""
        return await service.add_card(self.app, patient_id, body, by=self.actor)


class PatientCard(ApiHandler):
    @endpoint(scope="patient", refusals=(NotFound, CardNotFound))
    async def delete(self, patient_id: Id, card_id: Id) -> MyPatient:
        """Do not show a card any more."""
        return await service.remove_card(self.app, patient_id, card_id, by=self.actor)


class MyConsents(ApiHandler):
    @endpoint(scope="patient")
    async def get(self) -> Consents:
        """What I can agree to, and to what I agree now."""
        return await service.my_consents(self.app, by=self.actor)


class MyConsent(ApiHandler):
    @endpoint(scope="patient", status=204, refusals=(NotFound,))
    async def put(self, body: ConsentIn, purpose: Id) -> None:
        """Agree, or take it back: without "records" no record stays open, without "bind" no patient stays."""
        await service.decide_consent(self.app, purpose, body.granted, by=self.actor)


routes = [
    route("/api/phone-codes", PhoneCodes),
    route("/api/patients", Patients),
    route("/api/patients/{patient_id}", OnePatient),
    route("/api/patients/{patient_id}/active", ActivePatient),
    route("/api/patients/{patient_id}/opening", PatientOpening),
    route("/api/patients/{patient_id}/desk-opening", PatientDeskOpening),
    route("/api/patients/{patient_id}/cards", PatientCards),
    route("/api/patients/{patient_id}/cards/{card_id}", PatientCard),
    route("/api/consents", MyConsents),
    route("/api/consents/{purpose}", MyConsent),
]
