"""One command starts a whole hospital; what dies is restarted; nothing outlives the command."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import httpx
import pytest

from server.embedded import free_port, port_is_free

COMMAND = [sys.executable, "-m", "server", "demo"]


class Demo:
    """A running demonstration and what it has said."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port
        self.said: list[str] = []
        self.reading = threading.Thread(target=self._read, daemon=True)
        self.reading.start()

    def _read(self) -> None:
        assert self.process.stdout
        self.said.extend(iter(self.process.stdout.readline, ""))

    def wait_for(self, words: str, within_s: float = 60) -> None:
        give_up_at = monotonic() + within_s
        while not any(words in line for line in self.said):
            assert self.process.poll() is None, "".join(self.said)
            assert monotonic() < give_up_at, f"never said {words!r}: {''.join(self.said)}"
            threading.Event().wait(0.02)

    def wait_until_ready(self) -> None:
        give_up_at = monotonic() + 20
        while monotonic() < give_up_at:
            try:
                if httpx.get(f"http://localhost:{self.port}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            threading.Event().wait(0.05)
        raise AssertionError("not ready again")

    def children(self) -> dict[int, str]:
        """The processes it has started: id and command line."""
        listed = Path("/proc", str(self.process.pid), "task", str(self.process.pid), "children").read_text()
        return {int(pid): Path("/proc", pid, "cmdline").read_text().replace("\0", " ") for pid in listed.split()}

    def kill(self, words: str) -> None:
        """End one child as a power cut would."""
        [pid] = [pid for pid, command in self.children().items() if words in command]
        os.kill(pid, signal.SIGKILL)


@contextmanager
def a_demo(data_dir: Path, port: int) -> Iterator[Demo]:
    env = os.environ | {"PORT": str(port), "DATA_DIR": str(data_dir), "COLUMNS": "200"}
    with subprocess.Popen(COMMAND, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        demo = Demo(process, port)
        try:
            yield demo
        finally:
            process.kill()
            process.wait()
            demo.reading.join()


def all_ended(children: dict[int, str], within_s: float = 5) -> bool:
    give_up_at = monotonic() + within_s
    while any(Path("/proc", str(pid)).exists() for pid in children):
        if monotonic() > give_up_at:
            return False
        threading.Event().wait(0.02)
    return True


def a_free_pair() -> int:
    """A port whose neighbour, for the simulators, is free too."""
    while not port_is_free((port := free_port()) + 1):
        continue
    return port


@pytest.mark.covers("N2.1")
def test_one_command_starts_restarts_and_ends_a_whole_hospital(tmp_path: Path) -> None:
    port = a_free_pair()
    with a_demo(tmp_path, port) as demo:
        demo.wait_for("is open")
        for place in ("/sandbox/phone", "/console/", "/sandbox/platform", "/api/docs"):
            demo.wait_for(f"http://localhost:{port}{place}", within_s=1)
        demo.wait_until_ready()

        for name, words in (("web", "server web"), ("mongod", "--replSet"), ("worker", "server worker")):
            demo.kill(words)
            demo.wait_for(f"{name} has ended (killed by SIGKILL)")
            demo.wait_for(f"{name} runs again")
        demo.wait_until_ready()

        children = demo.children()
        assert len(children) == 5
        demo.process.send_signal(signal.SIGTERM)
        assert demo.process.wait(20) == 0
        assert all_ended(children)

    with a_demo(tmp_path, port) as again:
        again.wait_for("is open", within_s=20)
        children = again.children()
        again.process.kill()
        assert all_ended(children)
