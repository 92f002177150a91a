"""A crowd that books, pays and cancels without a rest, each with a phone of his own, whatever dies meanwhile."""

import json
import random
import secrets
import threading
from collections import Counter
from typing import Any

import httpx

from tests.journeys.account import Account
from tests.journeys.hospital import Hospital

Json = dict[str, Any]
GIVE_UP_AFTER = 400  # tries of one request


class Ended(Exception):
    """The crowd was told to go home."""


class Visitor(threading.Thread):
    """One account. What our server has acknowledged stands in `booked` and `cancelled`."""

    def __init__(self, account: Account, patient_id: str, slots: list[str], stop: threading.Event) -> None:
        super().__init__(name=account.person, daemon=True)
        self.account, self.patient_id, self.slots, self.stop = account, patient_id, slots, stop
        self.chance = random.Random(account.person)
        self.booked: set[str] = set()
        self.cancelled: set[str] = set()
        self.answers: Counter[str] = Counter()
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            while True:
                self.visit()
        except Ended:
            return
        except BaseException as error:
            self.fault = error

    def visit(self) -> None:
        """Book one of the few places that all want, pay it, and now and then think better of it."""
        wanted = {"slot_id": self.chance.choice(self.slots), "patient_id": self.patient_id}
        said = self.until_answered("POST", "/api/appointments", wanted)
        if said.status_code != 201:
            return
        booking = said.json()
        self.booked.add(booking["id"])
        if booking["status"] == "held" and self.chance.random() < 0.9:
            self.pay(booking["id"])
        if (
            self.chance.random() < 0.4
            and self.until_answered("DELETE", f"/api/appointments/{booking['id']}").is_success
        ):
            self.cancelled.add(booking["id"])

    def pay(self, id: str) -> None:
        """Through the payment sheet; a second try finds the same order."""
        said = self.until_answered("POST", f"/api/appointments/{id}/payment", {"channel": "jsapi"})
        if not said.is_success:
            return
        try:
            self.account.hospital.act(self.account.person, "pay", params=said.json()["params"])
        except (httpx.TransportError, AssertionError):
            self.answers["not paid"] += 1

    def until_answered(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Ask again and again, with one Idempotency-Key, until the server has said something definite.

        A key whose request died with the server stays claimed for a while: then the person goes back and taps anew.
        """
        key = {"Idempotency-Key": secrets.token_hex(8)} if method == "POST" else {}
        still_running = 0
        for _ in range(GIVE_UP_AFTER):
            if self.stop.is_set():
                raise Ended
            try:
                said = self.account.ask(method, path, body, **key)
            except httpx.TransportError:
                self.answers["no answer"] += 1
                self.stop.wait(0.1)
                continue
            code = said.json().get("code", "") if said.status_code >= 400 else ""
            self.answers[f"{said.status_code} {code}".strip()] += 1
            if code == "still_running" and (still_running := still_running + 1) % 5 == 0:
                key = {"Idempotency-Key": secrets.token_hex(8)}
            if said.status_code < 500 and code not in ("still_running", "slow_down"):
                return said
            self.stop.wait(0.1)
        raise AssertionError(f"{method} {path}: no answer after {GIVE_UP_AFTER} tries")


def gather(hospital: Hospital, people: list[str], places: int) -> tuple[list[Visitor], threading.Event]:
    """Everybody is bound and wants the same few places, of clinics with and without a fee."""
    stop = threading.Event()
    accounts = [Account(hospital, person) for person in people]
    for account in accounts:
        account.log_in()
    ids = [account.bind() for account in accounts]
    slots: list[str] = []
    for department in json.loads(accounts[0].http.get("/api/departments").text)["items"]:
        clinics = accounts[0].clinics(department_id=department["id"], days=14)
        chosen = clinics[len(clinics) // 2 :: 3][:3]
        slots += [accounts[0].free_slots(clinic["id"])[0]["id"] for clinic in chosen]
    return [Visitor(a, id, slots[:places], stop) for a, id in zip(accounts, ids, strict=True)], stop
