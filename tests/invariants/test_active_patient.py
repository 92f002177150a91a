"""Short random lives of two accounts and two people: never two active, never a record read without proof."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from server import errors
from server.context import Actor, App
from server.patients import service as patients
from server.patients.models import CodeTooSoon, DeskConfirmation, NewPatient
from server.sandbox import sms
from server.sandbox.his_people import population
from server.values import shanghai_date

ACCOUNTS, PEOPLE = 2, 2
KINDS = ("bind", "bind_unproved", "activate", "remove", "open", "open_wrong", "ask", "confirm", "withdraw", "grant")
step = st.tuples(st.sampled_from(KINDS), st.integers(0, ACCOUNTS - 1), st.integers(0, PEOPLE - 1))
race = st.tuples(
    st.sampled_from(("open", "confirm", "withdraw", "remove", "activate", "bind")), st.just(0), st.integers(0, 1)
)
lives = st.lists(step | st.lists(race, min_size=2, max_size=4), min_size=4, max_size=12)
BEFORE = [("bind", 0, 0), ("bind_unproved", 0, 1), ("bind_unproved", 1, 0), ("ask", 0, 1)]
used = iter(range(10_000))


@dataclass
class Life:
    """One example: its accounts and people, and who has proved what (account, person)."""

    app: App
    platform: Any
    clock: Any
    number: int
    people: list[dict[str, Any]]
    proved: set[tuple[int, int]] = field(default_factory=set)
    ids: dict[int, str] = field(default_factory=dict)

    def account(self, n: int) -> Actor:
        return Actor("account", f"life{self.number}-{n}", frozenset({"patient"}))

    def code(self, phone: str) -> str:
        texts = " ".join(m["text"] for m in sms.to_phone(self.platform.world, phone))
        return (re.findall(r"\d{6}", texts) or ["000000"])[-1]

    async def take(self, kind: str, account: int, person: int) -> None:
        """One step; a refusal is an answer like any other."""
        try:
            await getattr(self, kind)(account, person)
        except errors.Refusal:
            return

    async def bind(self, account: int, person: int, phone: str | None = None) -> None:
        who = self.people[person]
        number = phone or who["phone"]
        await patients.send_phone_code(self.app, number, by=self.account(account), address=str(self.number))
        form = {"name": who["name"], "document": who["document"], "phone": number, "phone_code": self.code(number)}
        new = NewPatient.model_validate(form | {"relation": "other", "consents": ["bind", "records"]})
        if phone is None:
            self.proved.add((account, person))
        mine = await patients.bind(self.app, new, by=self.account(account))
        self.ids[person] = mine.id
        assert mine.records_open is (phone is None)

    async def bind_unproved(self, account: int, person: int) -> None:
        await self.bind(account, person, f"137{self.number:05d}{account}{person}0")

    async def activate(self, account: int, person: int) -> None:
        await patients.activate(self.app, self.ids.get(person, "0"), by=self.account(account))

    async def remove(self, account: int, person: int) -> None:
        await patients.remove(self.app, self.ids.get(person, "0"), by=self.account(account))

    async def send(self, account: int, person: int) -> None:
        by = self.account(account)
        with suppress(CodeTooSoon):  # then the one before is still good
            await patients.send_opening_code(self.app, self.ids.get(person, "0"), by=by, address=str(self.number))

    async def open(self, account: int, person: int) -> None:
        await self.send(account, person)
        self.proved.add((account, person))  # he reads the code on the phone the hospital knows
        code = self.code(self.people[person]["phone"])
        await patients.open_with_code(self.app, self.ids.get(person, "0"), code, by=self.account(account))

    async def open_wrong(self, account: int, person: int) -> None:
        await self.send(account, person)
        code = f"{(int(self.code(self.people[person]['phone'])) + 1) % 1_000_000:06d}"
        await patients.open_with_code(self.app, self.ids.get(person, "0"), code, by=self.account(account))
        raise AssertionError("a wrong code opened a record")

    async def ask(self, account: int, person: int) -> None:
        await patients.ask_desk(self.app, self.ids.get(person, "0"), by=self.account(account))

    async def confirm(self, account: int, person: int) -> None:
        desk = Actor("staff", "desk", roles=frozenset({"desk"}))
        where = {"account_id": self.account(account).id, "patient_id": self.ids.get(person), "removed": False}
        binding = await self.app.db["bindings"].find_one(where)
        if binding:
            self.proved.add((account, person))
            await patients.confirm(self.app, binding["_id"], DeskConfirmation(document_seen=True), by=desk)

    async def withdraw(self, account: int, _: int) -> None:
        await patients.decide_consent(self.app, "records", False, by=self.account(account))

    async def grant(self, account: int, _: int) -> None:
        await patients.decide_consent(self.app, "records", True, by=self.account(account))

    async def check(self) -> None:
        """What must hold after every step, whatever came before."""
        for n in range(ACCOUNTS):
            by = self.account(n)
            listed = (await patients.mine(self.app, by=by)).items
            assert [p.active for p in listed].count(True) == min(len(listed), 1)
            kept = await self.app.db["patient_lists"].find_one({"_id": by.id}) or {"bindings": 0}
            assert kept["bindings"] == len(listed)
            agreed = await patients.is_granted(self.app, by.id, "records")
            for person, patient_id in self.ids.items():
                readable = await self.readable(by, patient_id)
                shown = next((p for p in listed if p.id == patient_id), None)
                assert readable == bool(shown and shown.records_open)
                assert not readable or (agreed and (n, person) in self.proved)

    async def readable(self, by: Actor, patient_id: str) -> bool:
        try:
            await patients.require_open(self.app, by, patient_id)
        except errors.Refusal:
            return False
        return True

    async def forget(self) -> None:
        """What is closed now must be proved anew."""
        for n, person in list(self.proved):
            if person in self.ids and not await self.readable(self.account(n), self.ids[person]):
                self.proved.discard((n, person))


@pytest.mark.covers("A16.2", "A16.3")
@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # lives are short: shrinking them would take longer than reading them
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(life=lives)
async def test_never_two_active_and_never_a_record_read_without_proof(
    app: App, platform: Any, clock: Any, life: list[Any]
) -> None:
    number = next(used)
    first_on = shanghai_date(clock.now())
    adults = [p for p in population(first_on).values() if p["document"]["kind"] == "id_card" and "guardian" not in p]
    start = number * PEOPLE % (len(adults) - PEOPLE)
    here = Life(app, platform, clock, number, adults[start : start + PEOPLE])
    for each in [*BEFORE, *life]:
        if isinstance(each, list):
            await asyncio.gather(*(here.take(*one) for one in each))
        else:
            await here.take(*each)
        await here.check()
        await here.forget()
        clock.shift += timedelta(seconds=61)  # a minute later another code may be sent
