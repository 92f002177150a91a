"""The hospital information system over signed JSON. Addresses and shapes: docs/his.md."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from server.adapters.http import Answer, Http
from server.context import Json
from server.errors import Foreign


class HisClient:
    """Implements `context.His`.

    Every call raises Foreign("his", code, again): 409 and other refusals `never` with the
    HIS's own code, overload and a wrong signature `later`, a failure of a write `unknown`
    (all writes may be repeated with the same ids).
    """

    def __init__(self, *, url: str, secret: str, http: Http, now: Callable[[], datetime]) -> None:
        """`url` without a slash at its end; `now` gives the time of signatures."""
        self._url, self._secret, self._http, self._now = url.rstrip("/"), secret.encode(), http, now

    async def departments(self) -> list[Json]:
        """All departments."""
        return await self._items("departments", "/departments")

    async def doctors(self) -> list[Json]:
        """All doctors."""
        return await self._items("doctors", "/doctors")

    async def clinics(self, from_on: str, to_on: str) -> list[Json]:
        """Clinics on days from..to, both included, as 'YYYY-MM-DD'."""
        return await self._items("clinics", f"/clinics?{urlencode({'from_on': from_on, 'to_on': to_on})}")

    async def find_persons(self, **by: str) -> list[Json]:
        """Persons by document_kind and document_number, or card_number, or his_id."""
        return await self._items("persons.search", "/persons/search", "POST", dict(by))

    async def create_person(self, person: Json) -> Json:
        """Open a file for a new patient; the same document gives the same person."""
        return await self._call("persons.create", "POST", "/persons", person)

    async def reports(self, his_id: str) -> list[Json]:
        """A person's reports."""
        return await self._items("persons.reports", _path("persons", his_id, "reports"))

    async def bills(self, his_id: str) -> list[Json]:
        """A person's bills."""
        return await self._items("persons.bills", _path("persons", his_id, "bills"))

    async def visits(self, his_id: str) -> list[Json]:
        """A person's visits."""
        return await self._items("persons.visits", _path("persons", his_id, "visits"))

    async def admissions(self, his_id: str) -> list[Json]:
        """A person's stays on a ward."""
        return await self._items("persons.admissions", _path("persons", his_id, "admissions"))

    async def daily_lists(self, admission_id: str) -> list[Json]:
        """What each day of a stay has cost."""
        return await self._items("admissions.daily_lists", _path("admissions", admission_id, "daily-lists"))

    async def put_appointment(self, our_id: str, booking: Json) -> Json:
        """Write a booking; Foreign codes clinic_stopped, place_taken, already_paid."""
        return await self._call("appointments.put", "PUT", _path("appointments", our_id), booking)

    async def delete_appointment(self, our_id: str, reason: str) -> None:
        """Take a booking back."""
        await self._call("appointments.delete", "DELETE", _path("appointments", our_id), {"reason": reason})

    async def put_bill_payment(self, bill_id: str, order_id: str, payment: Json) -> None:
        """Write that a bill is paid; Foreign codes paid_at_counter, amount_differs."""
        await self._call("bills.payments.put", "PUT", _path("bills", bill_id, "payments", order_id), payment)

    async def delete_bill_payment(self, bill_id: str, order_id: str) -> None:
        """Take a payment of a bill back."""
        await self._call("bills.payments.delete", "DELETE", _path("bills", bill_id, "payments", order_id))

    async def put_deposit(self, admission_id: str, order_id: str, payment: Json) -> None:
        """Write a deposit of a stay."""
        await self._call(
            "admissions.deposits.put", "PUT", _path("admissions", admission_id, "deposits", order_id), payment
        )

    async def delete_deposit(self, admission_id: str, order_id: str) -> None:
        """Take a deposit back."""
        await self._call(
            "admissions.deposits.delete", "DELETE", _path("admissions", admission_id, "deposits", order_id)
        )

    async def charges(self, on: str) -> list[Json]:
        """What the HIS took over of our money on a day, and what it took back (negative), with our order ids."""
        return await self._items("charges", f"/charges?{urlencode({'on': on})}")

    async def check_in(self, appointment_id: str, his_id: str, clinic_id: str) -> Json:
        """Put a patient into the queue of a clinic; gives the ticket."""
        body = {"his_id": his_id, "clinic_id": clinic_id}
        return await self._call("check_ins.put", "PUT", _path("check-ins", appointment_id), body)

    async def queue(self, clinic_id: str) -> Json:
        """The queue of a clinic."""
        return await self._call("clinics.queue", "GET", _path("clinics", clinic_id, "queue"))

    async def events(self, after: int) -> list[Json]:
        """What happened after the event numbered `after`, at most 200, oldest first."""
        return await self._items("events", f"/events?{urlencode({'after': after, 'limit': 200})}")

    async def _items(self, what: str, target: str, method: str = "GET", body: Json | None = None) -> list[Json]:
        items = (await self._call(what, method, target, body)).get("items")
        if not isinstance(items, list):
            raise Foreign("his", "bad_answer", "later")
        return items

    async def _call(self, what: str, method: str, target: str, body: Json | None = None) -> Json:
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        url = self._url + target
        timestamp = str(int(self._now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-HIS-Timestamp": timestamp,
            "X-HIS-Signature": sign(self._secret, method, url, timestamp, content),
        }
        answer = await self._http.send("his", what, method, url, body=content or None, headers=headers, repeatable=True)
        given = _read(answer)
        if 200 <= answer.status < 300:
            if given is None:
                raise Foreign("his", "bad_answer", "later" if method == "GET" else "unknown")
            return given
        code = str((given or {}).get("code") or f"http_{answer.status}")
        if answer.status >= 500:
            raise Foreign("his", code, "later" if method == "GET" else "unknown")
        raise Foreign("his", code, "later" if answer.status in (401, 408, 429) else "never")


def sign(secret: bytes, method: str, url: str, timestamp: str, body: bytes) -> str:
    """The value of X-HIS-Signature: hex HMAC-SHA256 over method, path with query, timestamp and body."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    return hmac.new(secret, f"{method}\n{target}\n{timestamp}\n".encode() + body, hashlib.sha256).hexdigest()


def _path(*parts: str) -> str:
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def _read(answer: Answer) -> Json | None:
    """The JSON object of an answer; an empty one for an empty body, None for anything else."""
    if not answer.body:
        return {}
    try:
        given: Any = answer.json()
    except ValueError:
        return None
    return given if isinstance(given, dict) else None
