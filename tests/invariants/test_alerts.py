"""Whatever crashes, stops or gets lost: no alert is forgotten, and none climbs later than its limit allows.

A twin in memory: documents and the outbox survive, the worker dies at any instant and stays away for a while,
what is sent to people may get lost, people act or do not.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.alerts import rules
from server.alerts.models import Alert, Ladder, Reason
from tests.invariants.schedules import SCHEDULES

NOW = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)
LADDER = Ladder.model_validate(
    {
        "level": "red",
        "steps": [{"who": who, "within_min": 30} for who in ("nurse", "doctor", "officer")],
        "resolve_min": 60,
    }
)
TICK = timedelta(seconds=10)


@dataclass
class Twin:
    """Alerts and their outbox as Mongo keeps them; `down_for` since the worker went away."""

    now: datetime = NOW
    alerts: dict[str, Alert] = field(default_factory=dict)
    outbox: list[tuple[str, int]] = field(default_factory=list)
    told: set[tuple[str, int]] = field(default_factory=set)
    down_until: datetime = NOW
    downtime: dict[str, timedelta] = field(default_factory=dict)

    @property
    def is_down(self) -> bool:
        return self.now < self.down_until

    def raise_alert(self) -> None:
        id = f"a{len(self.alerts)}"
        self.alerts[id] = Alert(
            id=id,
            patient_id="p",
            task_id=id,
            department_id=None,
            level="red",
            reasons=[Reason(source="answer", text="x")],
            raised_at=self.now,
            deadline_at=rules.deadline(LADDER, 0, self.now),
        )
        self.outbox.append((id, 1))
        self.downtime[id] = timedelta()

    def crash(self, minutes: int, half_done: bool) -> None:
        """The worker dies, perhaps after the write and before its events ran: they stay in the outbox."""
        if half_done and not self.is_down:
            self._climb()
        self.down_until = max(self.down_until, self.now + timedelta(minutes=minutes))

    def wait(self, minutes: int) -> None:
        end = self.now + timedelta(minutes=minutes)
        while self.now < end:
            self.now += TICK
            if self.is_down:
                for id in self.downtime:
                    self.downtime[id] += TICK
            else:
                self._climb()
                self._tell()
            self.check()

    def take(self, number: int) -> None:
        for id, one in list(self.alerts.items())[number:][:1]:
            if one.state == "open":
                values = {"state": "acknowledged", "taken_by": "n", "action": "called"}
                values["deadline_at"] = rules.resolve_by(LADDER, self.now)
                self._put(one.model_copy(update=values))
                self.downtime[id] = timedelta()

    def resolve(self, number: int) -> None:
        for one in list(self.alerts.values())[number:][:1]:
            if one.state == "acknowledged":
                self._put(one.model_copy(update={"state": "resolved", "deadline_at": None}))

    def _put(self, one: Alert) -> None:
        self.alerts[one.id] = one

    def _climb(self) -> None:
        for one in list(self.alerts.values()):
            if rules.is_late(one, self.now):
                after = rules.climbed(one, LADDER, self.now)
                self._put(after)
                self.outbox.append((one.id, after.round))
                self.downtime[one.id] = timedelta()

    def _tell(self) -> None:
        for id, round in self.outbox:
            one = self.alerts[id]
            if one.state == "open" and one.round == round:
                self.told.add((id, round))
        self.outbox.clear()

    def check(self) -> None:
        for one in self.alerts.values():
            assert (one.deadline_at is None) == (one.state == "resolved"), "an alert without a timer is forgotten"
            if one.deadline_at is not None:
                late = self.now - one.deadline_at
                assert late <= self.downtime[one.id] + TICK, "it climbed too late"
            if one.state == "open" and not self.is_down:
                assert (one.id, one.round) in self.told, "reached, and nobody was told"


STEP = st.one_of(
    st.tuples(st.just("raise_alert")),
    st.tuples(st.just("crash"), st.integers(1, 90), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 29, 31, 61])),
    st.tuples(st.just("take"), st.integers(0, 3)),
    st.tuples(st.just("resolve"), st.integers(0, 3)),
)


@pytest.mark.covers("N7")
@settings(max_examples=SCHEDULES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, min_size=5, max_size=14))
def test_no_alert_is_forgotten_and_none_climbs_later_than_its_limit_the_downtime_and_ten_seconds(
    steps: list[Any],
) -> None:
    twin = Twin()
    twin.raise_alert()
    for name, *given_ in steps:
        getattr(twin, name)(*given_)
    twin.down_until = twin.now
    twin.wait(31 + 61)
    for one in twin.alerts.values():
        assert one.state != "acknowledged", "taken and left is open again"
        assert one.state == "resolved" or one.round > 1
