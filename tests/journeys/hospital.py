"""A whole hospital as child processes, as `python -m server demo` starts it: for journeys, kills and measurements."""

import json
import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import StringIO
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
from rich.console import Console

from server import demo
from server.embedded import free_port, port_is_free, stop_child
from server.settings import Settings

People = dict[str, dict[str, Any]]
_PEOPLE = Path("fixtures/his/demo_people.json")


class Hospital:
    """The running processes; what people outside our server do: the phones, the HIS's staff, the clock."""

    def __init__(self, running: demo.Hospital, log_ins: str) -> None:
        self.running = running
        self.url = f"http://localhost:{running.settings.port}"
        self.sandbox = f"http://localhost:{running.settings.port + 1}"
        self.log_ins = {name: line.split(" / ")[1] for line in log_ins.splitlines() for name in [_name(line)] if name}
        self.http = httpx.Client(base_url=self.sandbox, timeout=30)

    @property
    def settings(self) -> Settings:
        """Settings as the processes have them."""
        known = {name: value for name, value in self.running.env.items() if name.lower() in Settings.model_fields}
        return Settings(**{name.lower(): value for name, value in known.items()})  # type: ignore[arg-type]

    # --- outside our server -----------------------------------------------------------------------

    def act(self, person: str, action: str, **data: Any) -> Any:
        """Somebody does something on his phone: follow, scan, pay …"""
        return self._post(f"/sandbox/api/people/{person}/{action}", data)

    def see(self, person: str, view: str) -> list[Any]:
        """What his phone shows: messages, sms."""
        return list(self.http.get(f"/sandbox/api/people/{person}/{view}").json()["items"])

    def code_sent_to(self, number: str) -> str:
        """The code in the newest text message to a number, whoever holds it."""
        texts = self.http.get("/sandbox/api/sms", params={"phone": number}).json()["items"]
        return re.findall(r"\d{6}", " ".join(str(m["text"]) for m in texts))[-1]

    def his(self, action: str, **data: Any) -> Any:
        """Somebody presses a button at the HIS."""
        return self._post(f"/sandbox/api/his/{action}", data)

    def his_id(self, name: str) -> str:
        """The HIS's id of a patient whom it shows."""
        patients = self.http.get("/sandbox/api/his/overview").json()["patients"]
        return str(next(p["his_id"] for p in patients if p["name"] == name))

    def set_clock(self, **to: Any) -> str:
        """Move the hospital's time: at, jump, rate. Gives the new time."""
        return str(self._post("/sandbox/api/clock", to)["now"])

    def _post(self, path: str, data: Any) -> Any:
        said = self.http.post(path, json=data)
        assert said.status_code < 400, (path, said.text)
        return said.json()

    # --- its processes ----------------------------------------------------------------------------

    def child(self, name: str) -> demo.Child:
        """One of sandbox, web, worker, mongod, valkey."""
        return next(child for child in self.running.children if child.name == name)

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        self.child(name).process.kill()
        self.child(name).process.wait()

    def start(self, name: str) -> None:
        """Start a killed process again; from the main thread only."""
        child = self.child(name)
        child.process = child.start()

    def is_well(self) -> bool:
        """Whether every process runs, web is ready and the sandbox answers."""
        if any(child.process.poll() is not None for child in self.running.children):
            return False
        try:
            self.http.get("/sandbox/api/clock")
        except httpx.TransportError:
            return False
        return self.web_is_ready()

    def web_is_ready(self) -> bool:
        """Whether /readyz says so."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


def _name(line: str) -> str:
    return line.split(" / ")[0].split()[-1] if " / " in line else ""


def people() -> People:
    """The invented people by key."""
    return {one["key"]: one for one in json.loads(_PEOPLE.read_text(encoding="utf-8"))["items"]}


def wait_until(done: Callable[[], Any], within_s: float = 15, what: str = "") -> Any:
    """The first true answer of `done`; AssertionError when there is none in time."""
    give_up_at = monotonic() + within_s
    while not (found := done()):
        assert monotonic() < give_up_at, f"not within {within_s:.0f} s: {what or done}"
        threading.Event().wait(0.05)
    return found


def a_free_pair() -> int:
    """A port whose neighbour, for the simulators, is free too."""
    while not port_is_free((port := free_port()) + 1):
        continue
    return port


@contextmanager
def open_hospital(data_dir: Path, *, worker: bool = True) -> Iterator[Hospital]:
    """Start everything in `data_dir` on free ports, filled; end everything in order."""
    settings = Settings(environment="demo", port=a_free_pair(), data_dir=data_dir)
    with ExitStack() as ends:
        running = demo.Hospital(settings, Console(file=StringIO()), ends)
        hospital = Hospital(running, running.open())
        ends.callback(hospital.http.close)
        if not worker:
            stop_child(hospital.child("worker").process)
        yield hospital


def cpu_s(process: subprocess.Popen[bytes]) -> float:
    """Processor time a process has used."""
    fields = Path("/proc", str(process.pid), "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(process: subprocess.Popen[bytes]) -> float:
    """Resident memory of a process."""
    status = Path("/proc", str(process.pid), "status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
