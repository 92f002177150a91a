"""Fault switches: what goes wrong, where, how often; the same seed decides the same for the same request."""

import hashlib
from dataclasses import dataclass
from fnmatch import fnmatchcase

from server.sandbox.state import Doc, State

PARTS = ("wechat", "pay", "his", "sms", "push", "notify")
EFFECTS = {
    "error": "answer with an error: `errcode`/`errmsg` for WeChat, `status`/`code` elsewhere",
    "outage": "cut the connection without an answer",
    "drop": "do the work, then cut the connection: the caller does not learn the outcome",
    "delay": "wait `delay_ms` before the work",
    "lose": "(push, notify) never send it",
    "duplicate": "(push, notify) send it `copies` times",
    "late": "(push, notify) send it `late_s` business seconds later",
    "tamper": "(notify and Pay answers) break `what`: signature, signtest, serial, timestamp, ciphertext",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One switch. `path` is a pattern such as /cgi-bin/message/*; `times` counts down; `share` is 0..1."""

    id: str
    part: str
    effect: str
    path: str
    share: float
    times: int | None
    values: Doc


class Faults:
    """The switches that are on, kept in the state so that a restart does not mend anything."""

    def __init__(self, state: State, seed: str) -> None:
        self._state = state
        self._seed = seed
        self._seen: dict[str, int] = {}

    def add(self, wanted: Doc) -> Doc:
        """Switch on {part, effect, path?, share?, times?, …values}; ValueError says what is wrong."""
        part, effect = str(wanted.get("part", "")), str(wanted.get("effect", ""))
        if part not in PARTS:
            raise ValueError(f"part must be one of {', '.join(PARTS)}")
        if effect not in EFFECTS:
            raise ValueError(f"effect must be one of {', '.join(EFFECTS)}")
        number = f"f{self._state.next('faults')}"
        known = {"id", "part", "effect", "path", "share", "times"}
        fault = {
            "id": number,
            "part": part,
            "effect": effect,
            "path": str(wanted.get("path") or "*"),
            "share": float(wanted.get("share", 1)),
            "times": None if wanted.get("times") is None else int(wanted["times"]),
            "values": {k: v for k, v in wanted.items() if k not in known},
        }
        return self._state.put("faults", number, fault)

    def all(self) -> list[Doc]:
        return self._state.all("faults")

    def remove(self, number: str | None = None) -> None:
        for fault in self.all():
            if number in (None, fault["id"]):
                self._state.delete("faults", fault["id"])

    def strike(self, part: str, path: str, request: str, effects: tuple[str, ...]) -> list[Fault]:
        """The faults that hit this request now; each hit counts down its `times`."""
        hits = []
        for doc in self.all():
            if doc["part"] != part or doc["effect"] not in effects or not fnmatchcase(path, doc["path"]):
                continue
            if doc["share"] < 1 and self._chance(doc["id"], request) >= doc["share"]:
                continue
            if doc["times"] is not None:
                doc["times"] -= 1
                if doc["times"] <= 0:
                    self._state.delete("faults", doc["id"])
                else:
                    self._state.put("faults", doc["id"], doc)
            hits.append(Fault(**doc))
        return hits

    def _chance(self, fault: str, request: str) -> float:
        """0..1 from the seed, the request and how often this same request came before."""
        key = hashlib.sha256(f"{self._seed}/{fault}/{request}".encode()).hexdigest()
        self._seen[key] = self._seen.get(key, 0) + 1
        digest = hashlib.sha256(f"{key}/{self._seen[key]}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64
