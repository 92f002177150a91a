"""The load: prepared requests over kept-alive connections, sent from a process of its own."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

Follow = Callable[[bytes], bytes | None]
"""From the body of an answer to the request that belongs to it, over the same connection; None: it was the last."""


@dataclass
class Slice:
    """What one stretch of load has shown; latencies in ms."""

    done: int
    seconds: float
    latencies_ms: list[float]
    statuses: dict[int, int]

    @property
    def per_s(self) -> float:
        """Answers with status 2xx in a second."""
        return sum(n for status, n in self.statuses.items() if 200 <= status < 300) / self.seconds


class Connection(asyncio.Protocol):
    """One kept-alive connection: sends the next request when the answer is whole."""

    def __init__(self, requests: Iterator[bytes], until: float, slice: Slice, follow: Follow | None) -> None:
        self.requests, self.until, self.slice, self.follow = requests, until, slice, follow
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.read = b""
        self.sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send()

    def send(self) -> None:
        request = next(self.requests, None) if perf_counter() < self.until else None
        if request is None:
            self.transport.close()
            return
        self.sent_at = perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.read += data
        head, found, body = self.read.partition(b"\r\n\r\n")
        if not found:
            return
        fields = head.lower()
        length = fields.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if len(body) < int(length or 0):
            return
        status = int(head[9:12])
        further = self.follow(body) if self.follow and body and status < 300 else None
        if further is not None:  # one unit is not done yet
            self.read = b""
            self.transport.write(further)
            return
        self.slice.latencies_ms.append((perf_counter() - self.sent_at) * 1000)
        self.slice.statuses[status] = self.slice.statuses.get(status, 0) + 1
        self.slice.done += 1
        self.read = b""
        self.send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


def drive(
    port: int, requests: Sequence[bytes], connections: int, seconds: float, repeat: bool, follow: Follow | None
) -> Slice:
    """Send requests one after another on each connection for some seconds; `repeat`: over and over."""
    return asyncio.run(_drive(port, requests, connections, seconds, repeat, follow))


async def _drive(
    port: int, requests: Sequence[bytes], connections: int, seconds: float, repeat: bool, follow: Follow | None
) -> Slice:
    slice = Slice(0, 0, [], {})
    sent = _for_ever(requests) if repeat else iter(requests)
    loop, start = asyncio.get_running_loop(), perf_counter()
    made = [
        await loop.create_connection(lambda: Connection(sent, start + seconds, slice, follow), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.ended for _, connection in made))
    slice.seconds = perf_counter() - start
    return slice


def _for_ever(requests: Sequence[bytes]) -> Iterator[bytes]:
    while True:
        yield from requests


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A request as it goes over the wire. Header names with _ for -."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body
