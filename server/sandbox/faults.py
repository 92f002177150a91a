"""Fault switches: what goes wrong, where, how often; the same seed decides the same for the same request."""

import hashlib
import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import parse_qsl, urlencode, urlsplit

from server.sandbox.state import Doc, State

PARTS = ("wechat", "pay", "his", "sms", "push", "notify")
EFFECTS = {
    "error": "answer with an error: `errcode`/`errmsg` for WeChat, `status`/`code` elsewhere",
    "outage": "cut the connection without an answer",
    "drop": "do the work, then cut the connection: the caller does not learn the outcome",
    "delay": "wait `delay_ms` before the work",
    "lose": "(push, notify) never send it",
    "duplicate": "(push, notify) send it `copies` times; notices `gap_s` apart, 0: all at once",
    "late": "(push, notify) send it `late_s` business seconds later",
    "reorder": "(push, notify) keep it back until a later one has gone, at most `late_s` business seconds",
    "tamper": "(notify, Pay) break `what`: signature, signtest, serial, timestamp, ciphertext; of a bill: "
    "content, truncated; (push) signature, timestamp, ciphertext, appid, xml",
}
_SECRET = frozenset({"access_token", "timestamp", "nonce", "signature", "msg_signature", "secret"})


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
            if doc["share"] < 1 and self._chance(doc, request) >= doc["share"]:
                continue
            if doc["times"] is not None:
                doc["times"] -= 1
                if doc["times"] <= 0:
                    self._state.delete("faults", doc["id"])
                else:
                    self._state.put("faults", doc["id"], doc)
            hits.append(Fault(**doc))
        return hits

    def _chance(self, fault: Doc, request: str) -> float:
        """0..1 from the seed, what the switch does, the request, and how often this same request came before.

        The switch's number has no part in it, and the count is kept: neither a restart nor what was tried
        before this switch was set changes what is decided.
        """
        switch = json.dumps([fault["part"], fault["effect"], fault["path"], fault["share"]])
        key = hashlib.sha256(f"{self._seed}/{switch}/{request}".encode()).hexdigest()
        count = (self._state.get("seen", key) or {"count": 0})["count"] + 1
        self._state.put("seen", key, {"count": count})
        digest = hashlib.sha256(f"{key}/{count}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64

    def forget_requests(self) -> None:
        """Count from the beginning again: what comes now is decided as the first time."""
        for key, _ in self._state.items("seen"):
            self._state.delete("seen", key)


def request_text(method: str, uri: str, body: bytes) -> str:
    """A request as the dice know it: without tokens, nonces and signatures, which are new each time."""
    parts = urlsplit(uri)
    query = sorted((name, value) for name, value in parse_qsl(parts.query) if name not in _SECRET)
    return f"{method} {parts.path}?{urlencode(query)} {hashlib.sha256(body).hexdigest()}"
