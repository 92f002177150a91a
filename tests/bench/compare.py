"""Ours beside its floor: the same requests, in turns, medians over the rounds."""

import itertools
import subprocess
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from statistics import median
from typing import Any

from tests.bench.load import Follow, Slice, drive
from tests.journeys import hospital

ROUNDS, SECONDS, CONNECTIONS = 10, 0.8, 16  # short turns: whatever else this machine does, it does to both
WARM_S = 0.7


@dataclass
class Row:
    """A line of the table."""

    scenario: str
    ours_per_s: float | None = None
    floor_per_s: float | None = None
    ratio: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    rss_mb: float | None = None
    wanted: str = ""
    ok: bool = True
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """As build/bench.json has it."""
        kept = {name: value for name, value in asdict(self).items() if name not in ("wanted", "ok", "note")}
        return {name: round(value, 3) if isinstance(value, float) else value for name, value in kept.items()}


class Load:
    """The process that sends the requests."""

    def __enter__(self) -> "Load":
        self.pool = ProcessPoolExecutor(1, get_context("spawn"))
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()

    def run(
        self, port: int, requests: list[bytes], seconds: float, *, repeat: bool, follow: Follow | None = None
    ) -> Slice:
        """One stretch of load."""
        return self.pool.submit(drive, port, requests, CONNECTIONS, seconds, repeat, follow).result()


@dataclass
class Side:
    """A process under load: ours or the floor."""

    port: int
    process: subprocess.Popen[bytes]


def compare(
    load: Load,
    name: str,
    sides: tuple[Side, Side],
    requests: bytes | Iterator[bytes],
    least: float,
    follow: Follow | None = None,
) -> Row:
    """Drive ours and the floor in turns; `requests`: one to repeat, or ever new ones."""
    ours: list[Slice] = []
    floors: list[Slice] = []
    cpu_s = [0.0, 0.0]
    for round in range(ROUNDS + 1):
        for number, kept in ((0, ours), (1, floors)):
            port, process = sides[number].port, sides[number].process
            seconds = SECONDS if round else WARM_S
            used = hospital.cpu_s(process)
            if isinstance(requests, bytes):
                found = load.run(port, [requests], seconds, repeat=True)
            else:
                most = int(max((s.per_s for s in [*ours, *floors]), default=400) * seconds * 1.5) + CONNECTIONS
                taken = list(itertools.islice(requests, most))
                found = load.run(port, taken, seconds, repeat=False, follow=follow)
                requests = itertools.chain(taken[found.done :], requests)  # what was not sent is not lost
            if not found.per_s:
                raise RuntimeError(f"{name}: nothing went well on {'ours' if number == 0 else 'the floor'}: {found}")
            if round:
                kept.append(found)
                cpu_s[number] += hospital.cpu_s(process) - used
    answers = {status: sum(s.statuses.get(status, 0) for s in ours) for s in ours for status in s.statuses}
    spoiled = sum(n for status, n in answers.items() if not 200 <= status < 300)
    latencies = sorted(ms for s in ours for ms in s.latencies_ms)
    ours_per_s, floor_per_s = median(s.per_s for s in ours), median(s.per_s for s in floors)
    cpu_ms = [1000 * used / sum(s.done for s in kept) for used, kept in zip(cpu_s, (ours, floors), strict=True)]
    ratio = median(a.per_s / b.per_s for a, b in zip(ours, floors, strict=True))
    return Row(
        scenario=name,
        ours_per_s=ours_per_s,
        floor_per_s=floor_per_s,
        ratio=ratio,
        p50_ms=median(latencies),
        p99_ms=latencies[int(len(latencies) * 0.99)],
        wanted=f"≥ {least:.0%}",
        ok=ratio >= least and not spoiled,
        note=f"CPU {cpu_ms[0]:.2f} ms, floor {cpu_ms[1]:.2f} ms" + (f"; answers {answers}" if spoiled else ""),
    )
