"""A phone without a screen: what a WeChat account does at our API, over HTTP."""

from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.journeys.hospital import Hospital, people

Json = dict[str, Any]


class Account:
    """A person's phone, logged in through OAuth as the menu does it."""

    def __init__(self, hospital: Hospital, person: str) -> None:
        self.hospital, self.person = hospital, person
        self.http = httpx.Client(base_url=hospital.url, timeout=20)

    def __enter__(self) -> "Account":
        self.log_in()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def log_in(self) -> None:
        """Through WeChat's authorize page, silently."""
        first = self.http.get("/wechat/enter", params={"to": "/h5/"})
        page = httpx.get(first.headers["location"], headers={"Cookie": f"sandbox_person={self.person}"})
        parts = urlsplit(page.headers["location"])
        assert self.http.get(f"{parts.path}?{parts.query}").status_code == 302

    def ask(self, method: str, path: str, json: Json | None = None, **headers: str) -> httpx.Response:
        """One request of the account, as our pages make it."""
        sent = {"X-Xsrf-Token": self.http.cookies.get("sz_xsrf") or ""} | headers
        return self.http.request(method, path, json=json, headers=sent)

    def get(self, path: str) -> Json:
        """A successful answer."""
        said = self.ask("GET", path)
        assert said.status_code == 200, (path, said.status_code, said.text)
        return dict(said.json())

    def do(self, method: str, path: str, json: Json | None = None) -> Json:
        """A change that succeeds."""
        said = self.ask(method, path, json)
        assert said.status_code < 300, (path, said.status_code, said.text)
        return dict(said.json()) if said.content else {}

    def bound(self, person: str | None = None, relation: str = "self") -> str:
        """The id of this person (oneself) on the account's list; added when not there."""
        name = people()[person or self.person]["name"]
        known = [patient for patient in self.get("/api/patients")["items"] if patient["name"] == name]
        return str(known[0]["id"]) if known else self.bind(person, relation)

    def unbound(self) -> None:
        """Nobody is on the account's list any more."""
        for patient in self.get("/api/patients")["items"]:
            self.do("DELETE", f"/api/patients/{patient['id']}")

    def bind(self, person: str | None = None, relation: str = "self") -> str:
        """Add this person (oneself) as patient; gives the patient's id."""
        known = people()[person or self.person]
        typed = {"name": known["name"], "document": known["document"], "phone": known["phone"], "relation": relation}
        asked = self.ask("POST", "/api/phone-codes", {"phone": known["phone"]})
        assert asked.status_code == 202 or asked.json()["code"] == "code_too_soon", asked.text
        typed |= {"phone_code": self.hospital.code_sent_to(known["phone"]), "consents": ["bind", "records"]}
        return str(self.do("POST", "/api/patients", typed)["id"])

    def clinics(self, **query: Any) -> list[Json]:
        """Open clinics with places."""
        found = self.http.get("/api/clinics", params=query).json()["items"]
        return [clinic for clinic in found if clinic["status"] == "open"]

    def free_slots(self, clinic_id: str) -> list[Json]:
        """Places that can be booked."""
        return [slot for slot in self.get(f"/api/clinics/{clinic_id}/slots")["items"] if slot["free"]]

    def book(self, slot_id: str, patient_id: str) -> Json:
        """A place."""
        return self.do("POST", "/api/appointments", {"slot_id": slot_id, "patient_id": patient_id})

    def book_late(self, patient_id: str, **query: Any) -> Json:
        """A place of the next two weeks, on the last day on which the patient has none in the department."""
        for clinic in reversed(self.clinics(days=14, **query)):
            asked = {"slot_id": self.free_slots(clinic["id"])[0]["id"], "patient_id": patient_id}
            said = self.ask("POST", "/api/appointments", asked)
            if said.status_code != 409:
                assert said.status_code == 201, said.text
                return dict(said.json())
        raise AssertionError("no day is left")

    def pay(self, appointment: Json) -> None:
        """Through WeChat's payment sheet."""
        prepaid = self.do("POST", f"/api/appointments/{appointment['id']}/payment", {"channel": "jsapi"})
        self.hospital.act(self.person, "pay", params=prepaid["params"])
