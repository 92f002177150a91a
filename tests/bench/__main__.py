"""`python -m tests.bench [scenario …]`: one table, and the same as build/bench.json. About six minutes for all."""

import asyncio
import functools
import json
import resource
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from server.bootstrap import close_app, open_app
from server.context import App
from server.embedded import free_port, start_child, stop_child
from tests.bench import followup_day, paying, prepare, sockets
from tests.bench.compare import Load, Row, Side, compare
from tests.bench.deliver import deliver
from tests.bench.load import request
from tests.journeys.hospital import Hospital, memory_mb, open_hospital, wait_until

LEAST = {"callback": 0.60, "slots": 0.70, "book": 0.60, "report": 0.70, "pay": 0.60}
DELIVERIES = 10_000
FOLLOWED = 2_000
READY_S, READY_MB = 2.0, 120.0
OUT = Path("build/bench.json")
Facts = dict[str, Any]


def start(hospital: Hospital) -> Row:
    """How long a web process needs until it is ready, three times."""
    seconds: list[float] = []
    for _ in range(3):
        hospital.kill("web")
        began = monotonic()
        hospital.start("web")
        wait_until(hospital.web_is_ready, what="web is ready")
        seconds.append(monotonic() - began)
    took, rss = sorted(seconds)[1], memory_mb(hospital.child("web").process)
    return Row(
        scenario="start",
        p50_ms=took * 1000,
        rss_mb=rss,
        wanted=f"< {READY_S:.0f} s, < {READY_MB:.0f} MB",
        ok=took < READY_S and rss < READY_MB,
        note=f"ready after {took:.2f} s",
    )


@contextmanager
def floors(hospital: Hospital, answers: dict[str, str]) -> Iterator[Side]:
    """The process with the smallest handlers."""
    port, folder = free_port(), hospital.running.data_dir
    facts = folder / "floors.json"
    facts.write_text(json.dumps({"port": port, "answers": answers}))
    command = [sys.executable, "-m", "tests.bench.floors", str(facts)]
    process = start_child(command, folder / "logs" / "floors.log", env=hospital.running.env)
    try:
        yield Side(port, process)
    finally:
        stop_child(process)


class Bench:
    """One hospital, its floors, and the scenarios."""

    def __init__(self, app: App, hospital: Hospital, callers: list[prepare.Caller]) -> None:
        self.app, self.hospital, self.callers = app, hospital, callers
        self.port = hospital.running.settings.port

    async def run(self, wanted: list[str]) -> list[Row]:
        """The rows of the wanted scenarios."""
        first = self.callers[0]
        headers = {"Cookie": first.cookies}
        clinic = await prepare.clinic_of_slots(self.app)
        bookings = await prepare.bookings(self.app, self.callers)
        paths = {"slots": f"/api/clinics/{clinic}/slots"}
        if "report" in wanted:
            listed = self._get("/api/reports", headers).json()["items"]
            lab = next(item for item in listed if item["kind"] == "lab" and not item["held"])
            paths["report"] = f"/api/reports/{lab['id']}"
        answers = {name: self._get(path, headers).text for name, path in paths.items()}
        answers |= {"callback": await self._reply(), "book": self._booked(next(bookings))}
        requests: dict[str, bytes | Iterator[bytes]] = {"callback": prepare.pushes(self.app), "book": bookings}
        requests |= {name: request("GET", path, Cookie=first.cookies) for name, path in paths.items()}
        if "pay" in wanted:
            requests["pay"] = await paying.holds(self.app, self.hospital, self.callers)
        rows: list[Row] = []
        for quiet in ("worker", "sandbox"):
            stop_child(self.hospital.child(quiet).process)
        with floors(self.hospital, answers) as floor, Load() as load:
            for name, path in paths.items():
                wait_until(functools.partial(self._floor_says, floor.port, path, headers, answers[name]))
            for name in ("callback", "slots", "report", "book"):
                if name in wanted:
                    trips = [await self._trips(port, requests[name]) for port in (self.port, floor.port)]
                    sides = (Side(self.port, self.hospital.child("web").process), floor)
                    row = compare(load, name, sides, requests[name], LEAST[name])
                    row.rss_mb = memory_mb(self.hospital.child("web").process)
                    row.note = f"{trips[0]} commands to Mongo, floor {trips[1]}; {row.note}"
                    rows.append(row)
            if "pay" in wanted:
                with paying.platform(self.hospital):
                    sides, follow = (
                        (Side(self.port, self.hospital.child("web").process), floor),
                        paying.notify_of(self.hospital.settings),
                    )
                    rows.append(compare(load, "pay", sides, requests["pay"], LEAST["pay"], follow))
        if "deliver" in wanted:
            folder = self.hospital.running.data_dir / "logs"
            rows.append(await deliver(self.app, self.hospital.running.env, folder, DELIVERIES))
        if "start" in wanted or "queue-socket" in wanted:
            began = start(self.hospital)
            rows += [began] if "start" in wanted else []
        if "queue-socket" in wanted:
            rows.append(await sockets.watch(self.app, self.hospital, self.callers))
        return rows

    def _get(self, path: str, headers: dict[str, str]) -> httpx.Response:
        said = httpx.get(self.hospital.url + path, headers=headers | {"Accept-Encoding": "identity"}, timeout=30)
        assert said.status_code == 200, (path, said.text)
        return said

    def _floor_says(self, port: int, path: str, headers: dict[str, str], answer: str) -> bool:
        try:
            said = httpx.get(f"http://127.0.0.1:{port}{path}", headers=headers)
        except httpx.TransportError:
            return False
        assert (said.status_code, said.text) == (200, answer), path
        return True

    async def _reply(self) -> str:
        """What our answer to a text message holds, to be sealed by the floor."""
        answers = json.loads(self.app.settings.answers_file.read_text())
        text = next(a["text"] for a in answers["answers"] if "挂号" in a["words"])
        text = text.replace("{public_url}", self.app.settings.public_url)
        names = (prepare.OPENID.format(0), self.app.settings.wechat_account_id)
        return (
            f"<xml><ToUserName><![CDATA[{names[0]}]]></ToUserName><FromUserName><![CDATA[{names[1]}]]></FromUserName>"
            f"<CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content><![CDATA[{text}]]></Content></xml>"
        )

    def _booked(self, booking: bytes) -> str:
        head, _, body = booking.partition(b"\r\n\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        wanted = ("Cookie", "X-Xsrf-Token", "Content-Type")
        headers = {name: lines[name] for name in wanted} | {"Accept-Encoding": "identity"}
        said = httpx.post(f"{self.hospital.url}/api/appointments", content=body, headers=headers)
        assert said.status_code == 201, said.text
        return said.text

    async def _trips(self, port: int, requests: bytes | Iterator[bytes], times: int = 5) -> int:
        """Commands to Mongo for one request."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def ask() -> None:
            writer.write(requests if isinstance(requests, bytes) else next(requests))
            head = await reader.readuntil(b"\r\n\r\n")
            assert head[9:10] == b"2", head
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
            await reader.readexactly(int(length.split(b":")[1]))

        await ask()
        found: list[int] = []
        for _ in range(times):
            before = await self._commands()
            await ask()
            found.append(await self._commands() - before - 1)
        writer.close()
        return min(found)  # now and then the clock is read in between

    async def _commands(self) -> int:
        status = await self.app.db.client.admin.command("serverStatus")
        return int(status["network"]["numRequests"])


def show(rows: list[Row], seconds: float) -> None:
    """The table."""
    table = Table(title=f"Suizhen beside its floor ({seconds:.0f} s)")
    for name in ("scenario", "ours/s", "floor/s", "ratio", "wanted", "p50 ms", "p99 ms", "RSS MB", ""):
        table.add_column(name, justify="left" if name in ("scenario", "wanted", "") else "right")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.0%}"
        numbers = [f"{n:,.0f}" if n is not None else "" for n in (row.ours_per_s, row.floor_per_s)]
        times = [f"{n:,.1f}" if n is not None else "" for n in (row.p50_ms, row.p99_ms, row.rss_mb)]
        colour = "green" if row.ok else "red"
        table.add_row(row.scenario, *numbers, f"[{colour}]{ratio}[/]", f"[{colour}]{row.wanted}[/]", *times, row.note)
    Console(width=150).print(table)


async def measure(wanted: list[str], data_dir: Path) -> list[Row]:
    """Open a hospital, prepare it, run the scenarios."""
    with open_hospital(data_dir) as hospital:
        app = await open_app(hospital.settings)
        try:
            return await Bench(app, hospital, await prepare.callers(app)).run(wanted)
        finally:
            await close_app(app)


def main() -> None:
    """Run and write."""
    known = [*LEAST, "deliver", "followup-day", "queue-socket", "start"]
    wanted = sys.argv[1:] or known
    if set(wanted) - set(known):
        raise SystemExit(f"scenarios: {' '.join(known)}")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536), most))
    began = monotonic()
    with ExitStack() as ends:
        data_dir = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="suizhen-bench-")))
        here = [name for name in wanted if name != "followup-day"]
        rows = asyncio.run(measure(here, data_dir)) if here else []
    if "followup-day" in wanted:  # on databases of its own, when the hospital is closed
        rows.append(asyncio.run(followup_day.measure(FOLLOWED)))
    show(rows, monotonic() - began)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
