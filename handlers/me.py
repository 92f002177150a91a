"""GET /api/me: who I am here, my active patient, and whom to call: what every page begins with."""

from pydantic import BaseModel

from handlers.base import ApiHandler
from handlers.endpoint import endpoint, route
from server.accounts import service as accounts
from server.accounts.models import Preferences
from server.directory import service as directory
from server.patients import service as patients
from server.patients.models import MyPatient
from server.values import At


class HospitalLine(BaseModel):
    """The hospital's name and its telephone."""

    name: str
    phone: str


class Me(BaseModel):
    account_id: str
    followed: bool
    active_patient: MyPatient | None
    now: At
    hospital: HospitalLine
    preferences: Preferences
    links: dict[str, str] = {}


class MeHandler(ApiHandler):
    @endpoint(scope="patient")
    async def get(self) -> Me:
        """Me, my active patient, the hospital and its time."""
        account = await accounts.get(self.app, self.actor.id)
        hospital = await directory.hospital(self.app)
        return Me(
            account_id=account.id,
            followed=account.followed,
            active_patient=await patients.active(self.app, by=self.actor),
            now=self.app.now(),
            hospital=HospitalLine(name=hospital.name, phone=hospital.phone),
            preferences=Preferences(large_type=account.large_type),
        )


routes = [route("/api/me", MeHandler)]
