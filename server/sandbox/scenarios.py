"""Whole bad days as files: fixtures/scenarios/*.json say which faults come when, and what people do meanwhile.

One scenario runs at a time. Its progress is kept in the state, so that a restart goes on with it;
starting one forgets how often each request came, so that the same seed plays the same day again.
"""

import asyncio
import json
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from tornado.web import HTTPError

from server.sandbox import consents, pay_orders, phone, tokens
from server.sandbox.faults import EFFECTS, PARTS
from server.sandbox.state import Doc
from server.sandbox.world import FIXTURES, World

FOLDER = FIXTURES / "scenarios"
_POLL_S = 0.1
Act = Literal["withdraw_tokens", "withdraw_consents", "revoke_authorization", "repeat_notifications"]


class Step(BaseModel):
    """`at_s` seconds after the start, by the real or the hospital's clock, a fault (for `for_s` seconds) or an act."""

    model_config = ConfigDict(extra="forbid")
    at_s: float = Field(0, ge=0)
    clock: Literal["real", "business"] = "real"
    for_s: float | None = Field(None, gt=0)
    fault: dict[str, Any] | None = None
    act: Act | None = None
    times: int = Field(1, ge=1, le=100)

    @model_validator(mode="after")
    def _one_thing(self) -> "Step":
        if (self.fault is None) == (self.act is None):
            raise ValueError("a step is a fault or an act")
        if self.fault and (self.fault.get("part") not in PARTS or self.fault.get("effect") not in EFFECTS):
            raise ValueError("a fault has a known part and effect")
        return self


class Scenario(BaseModel):
    """A file. `about` says to people what will happen and what the hospital should stand."""

    model_config = ConfigDict(extra="forbid")
    name: str
    about: str
    steps: list[Step] = Field(min_length=1)


@cache
def known() -> dict[str, Scenario]:
    """Every scenario by the name of its file; an error when one is wrong."""
    files = sorted(FOLDER.glob("*.json"))
    return {file.stem: Scenario.model_validate(json.loads(file.read_text())) for file in files}


def shown(world: World, _: Doc) -> Doc:
    """All scenarios, and which runs, how far it is."""
    running = world.state.get("scenario", "running")
    items = [{"key": key, "name": one.name, "about": one.about} for key, one in known().items()]
    if running is None:
        return {"items": items, "running": None}
    steps = running["steps"]
    return {"items": items, "running": {"key": running["key"], "steps": len(steps), "done": steps.count("done")}}


def start(world: World, data: Doc) -> Doc:
    """{key}: run this one from its beginning; what ran before is stopped."""
    key = str(data.get("key"))
    if key not in known():
        raise HTTPError(400, reason="no such scenario")
    stop(world, {})
    world.faults.forget_requests()
    began = {"real": world.clock.real_seconds(), "business": world.clock.seconds()}
    steps = ["waiting"] * len(known()[key].steps)
    world.state.put("scenario", "running", {"key": key, "began": began, "steps": steps, "faults": {}})
    tick(world)
    return shown(world, {})


def stop(world: World, _: Doc) -> Doc:
    """End what runs; its faults are switched off, others stay."""
    running = world.state.get("scenario", "running")
    if running:
        for number in running["faults"].values():
            world.state.delete("faults", number)
        world.state.delete("scenario", "running")
        world.live.tell("platform", {"kind": "fault"})
    return shown(world, {})


async def run(world: World) -> None:
    """The clockwork of scenarios."""
    while True:
        tick(world)
        await asyncio.sleep(_POLL_S)


def tick(world: World) -> None:
    """Do what is due now."""
    running = world.state.get("scenario", "running")
    if running is None or running["key"] not in known():
        return
    now = {"real": world.clock.real_seconds(), "business": world.clock.seconds()}
    before = list(running["steps"])
    for number, step in enumerate(known()[running["key"]].steps):
        passed = now[step.clock] - running["began"][step.clock]
        running["steps"][number] = _moved(world, running, number, step, passed)
    if running["steps"] == before:
        return
    if set(running["steps"]) == {"done"}:
        world.state.delete("scenario", "running")
    else:
        world.state.put("scenario", "running", running)
    world.live.tell("platform", {"kind": "fault"})


def _moved(world: World, running: Doc, number: int, step: Step, passed: float) -> str:
    """The state of a step after this moment: waiting, on, done."""
    state, faults = running["steps"][number], running["faults"]
    if state == "waiting" and passed >= step.at_s:
        if step.act:
            for _ in range(step.times):
                _ACTS[step.act](world)
            return "done"
        faults[str(number)] = world.faults.add(step.fault or {})["id"]
        state = "on"
    if state == "on":
        fault = faults[str(number)]
        if step.for_s is not None and passed >= step.at_s + step.for_s:
            world.state.delete("faults", fault)
        if world.state.get("faults", fault) is None:
            faults.pop(str(number))
            return "done"
    return str(state)


def _withdraw_consents(world: World) -> None:
    """Everybody switches off every subscription message he ever allowed."""
    for person in world.state.all("people"):
        allowed = [one["template_id"] for one in consents.kept(world, person["key"])]
        for first in range(0, len(allowed), consents.MOST_TEMPLATES):
            some = allowed[first : first + consents.MOST_TEMPLATES]
            consents.switch_off(world, person["key"], {"template_ids": some})


def _revoke_authorization(world: World) -> None:
    """Every follower takes back what the account may know of him."""
    for key, _ in world.state.items("followers"):
        phone.revoke(world, key, {"app": "service", "how": "revoke"})


def _repeat_notifications(world: World) -> None:
    """WeChat Pay says once more of every paid order that it is paid."""
    for order in world.state.all("orders"):
        if order.get("transaction_id"):
            pay_orders.say_again(world, order)


_ACTS = {
    "withdraw_tokens": tokens.withdraw_all,
    "withdraw_consents": _withdraw_consents,
    "revoke_authorization": _revoke_authorization,
    "repeat_notifications": _repeat_notifications,
}
