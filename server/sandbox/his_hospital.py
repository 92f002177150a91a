"""The simulated HIS itself: its people, records, events; only what changed since its first day is in the state."""

import copy
from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from tornado.web import HTTPError

from server.sandbox.his_charts import LEAVING, first_chart, owner
from server.sandbox.his_clinics import DAYS_AHEAD, days, planned_clinic
from server.sandbox.his_fixtures import Doc, at, iso
from server.sandbox.his_people import card_key, directory, document_key, population
from server.values import plus_days, shanghai_date


class Clock(Protocol):
    """Business time, aware."""

    def now(self) -> datetime: ...


class Memory(Protocol):
    """Where the HIS keeps its documents; `state.State` is one. A document read is shared: change it, then put it."""

    def get(self, kind: str, key: str) -> Doc | None: ...
    def put(self, kind: str, key: str, doc: Doc) -> Doc: ...
    def delete(self, kind: str, key: str) -> None: ...
    def items(self, kind: str) -> Iterator[tuple[str, Doc]]: ...
    def next(self, name: str, start: int = 1) -> int: ...


class Refused(HTTPError):
    """The HIS says no: `status` is the HTTP status, `code` the stable word in the answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, reason=code)
        self.code, self.message = code, message


class Hospital:
    """Records of the HIS. Refused(404) when an id is unknown."""

    def __init__(self, state: Memory, clock: Clock) -> None:
        self.state, self._clock = state, clock

    # --- time and first day -----------------------------------------------------------------------

    def now(self) -> datetime:
        return self._clock.now()

    def today(self) -> str:
        return shanghai_date(self._clock.now())

    def first_on(self) -> str:
        """The HIS's first day; the first call makes it today and tells what happened before."""
        world = self.state.get("his_meta", "world")
        if world is None:
            today = self.today()
            world = self.state.put("his_meta", "world", {"first_on": today, "day": today})
            self._tell_the_past(today)
        return str(world["first_on"])

    def _tell_the_past(self, today: str) -> None:
        for his_id in population(today):
            for admission in first_chart(today, his_id)["admissions"]:
                left = admission["discharged_on"]
                if left and left >= plus_days(today, -7):
                    self.emit_discharge(admission, at(left, "10:00"))
                elif his_id == LEAVING:
                    due = {"what": "discharge", "at": iso(at(plus_days(today, 2), "10:00")), "id": admission["id"]}
                    self.state.put("his_due", admission["id"], due)

    # --- events -----------------------------------------------------------------------------------

    def emit(self, type: str, when: datetime | None = None, **ids: str) -> None:
        """Add an event with the next number; those of the past come first."""
        self.first_on()
        seq = self.state.next("his_event")
        event = {"seq": seq, "type": type, "at": iso(when or self.now()), **ids}
        self.state.put("his_event", str(seq), event)
        self.state.put("his_meta", "events", {"last_seq": seq})

    def emit_discharge(self, admission: Doc, when: datetime) -> None:
        ids = {"admission_id": admission["id"], "his_id": admission["his_id"]}
        self.emit("discharged", when, **ids, department_id=admission["department_id"])

    def events(self, after: int, limit: int) -> Doc:
        """{items, last_seq}: the events numbered after+1 … after+limit, and the number of the newest."""
        self.first_on()
        last = int((self.state.get("his_meta", "events") or {"last_seq": 0})["last_seq"])
        numbers = range(after + 1, min(after + limit, last) + 1)
        found = (self.state.get("his_event", str(number)) for number in numbers)
        return {"items": [event for event in found if event], "last_seq": last}

    # --- people -----------------------------------------------------------------------------------

    def person(self, his_id: str) -> Doc:
        found = self.state.get("his_person", his_id) or population(self.first_on()).get(his_id)
        if found is None:
            raise Refused(404, "unknown_person", "医院没有这个人的档案")
        return found

    def find(self, key: str) -> Doc | None:
        """A person by a `document_key` or `card_key`."""
        kept = self.state.get("his_person_by", key)
        his_id = kept["his_id"] if kept else directory(self.first_on()).get(key)
        return self.person(his_id) if his_id else None

    def create(self, wanted: Doc) -> Doc:
        """Open a file for {name, sex, birth_on, document, phone, guardian?}; one file for one document."""
        key = document_key(wanted["document"]["kind"], wanted["document"]["number"])
        found = self.find(key)
        if found:
            return found
        number = self.state.next("his_person")
        card = {"kind": "outpatient", "number": f"{8200000000 + number}"}
        person = {"his_id": f"P{950000 + number}", **wanted, "cards": [card]}
        self.state.put("his_person", person["his_id"], person)
        for each in (key, card_key(card["number"])):
            self.state.put("his_person_by", each, {"his_id": person["his_id"]})
        self.emit("person.changed", his_id=person["his_id"])
        return person

    # --- records ----------------------------------------------------------------------------------

    def chart(self, his_id: str) -> Doc:
        """{visits, reports, bills, admissions} of a person, to read."""
        self.person(his_id)
        return self.state.get("his_chart", his_id) or first_chart(self.first_on(), his_id)

    def open_chart(self, his_id: str) -> Doc:
        """The same to write in; `keep_chart` saves it."""
        self.person(his_id)
        return self.state.get("his_chart", his_id) or copy.deepcopy(first_chart(self.first_on(), his_id))

    def keep_chart(self, his_id: str, chart: Doc) -> None:
        self.state.put("his_chart", his_id, chart)

    def change(self, group: str, record_id: str, **fields: object) -> Doc:
        """Change fields of one record of a chart; `group` is reports, bills or admissions."""
        his_id = owner(record_id)
        chart = self.open_chart(his_id)
        record = _one(chart[group], record_id)
        record.update(fields)
        self.keep_chart(his_id, chart)
        return record

    def record(self, group: str, record_id: str) -> Doc:
        return _one(self.chart(owner(record_id))[group], record_id)

    def add(self, group: str, record: Doc) -> Doc:
        chart = self.open_chart(record["his_id"])
        chart[group].append(record)
        self.keep_chart(record["his_id"], chart)
        return record

    # --- clinics ----------------------------------------------------------------------------------

    def clinic(self, clinic_id: str) -> Doc:
        """A clinic with its status of now, as far ahead as the timetable reaches."""
        found = planned_clinic(clinic_id)
        if found is None or not days(found["on"], found["on"], self.today()):
            raise Refused(404, "unknown_clinic", "没有这次出诊")
        return self.with_status(found)

    def with_status(self, clinic: Doc) -> Doc:
        stopped = self.state.get("his_stopped", clinic["id"])
        return {**clinic, "status": "stopped"} if stopped else clinic

    def last_day(self) -> str:
        """The last day for which clinics are planned."""
        return plus_days(self.today(), DAYS_AHEAD)


def _one(records: list[Doc], record_id: str) -> Doc:
    for record in records:
        if record["id"] == record_id:
            return record
    raise Refused(404, "unknown_record", "没有这份记录")
