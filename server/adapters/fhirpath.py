"""Imported expressions, evaluated in a process of their own with a time limit."""

import asyncio
import json
import select
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from server import logs

_ROOT = Path(__file__).parents[2]
_START_SECONDS = 10.0
log = logs.get("fhirpath")


class FhirPathProcess:
    """One child, started when first needed; it is ended when it takes too long, and started again."""

    def __init__(self, seconds: float = 2.0) -> None:
        self.seconds = seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="fhirpath")  # one question at a time

    async def evaluate(self, question: dict[str, Any]) -> dict[str, Any] | None:
        """What `fhirpath_child.answer` gives; None when it took too long or broke the child."""
        line = json.dumps(question, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        return await asyncio.get_running_loop().run_in_executor(self._hand, self._ask, line)

    def _ask(self, line: bytes) -> dict[str, Any] | None:
        try:
            if self._child is None:
                self._child = self._start()
            self._send(self._child, line)
            return dict(json.loads(self._receive(self._child, self.seconds)))
        except (OSError, ValueError):
            log.warning("expression stopped")
            self._end()
            return None

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-X", "utf8", "-m", "server.adapters.fhirpath_child"]
        child = subprocess.Popen(  # noqa: S603  our own program
            command, cwd=_ROOT, env={}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        hello = b'{"response":{},"questionnaire":{},"patient":{},"expressions":[]}\n'
        self._child = child
        self._send(child, hello)
        self._receive(child, _START_SECONDS)
        return child

    def _send(self, child: "subprocess.Popen[bytes]", line: bytes) -> None:
        assert child.stdin
        child.stdin.write(line)
        child.stdin.flush()

    def _receive(self, child: "subprocess.Popen[bytes]", seconds: float) -> bytes:
        assert child.stdout
        if not select.select([child.stdout], [], [], seconds)[0]:
            raise TimeoutError
        line = child.stdout.readline()
        if not line:
            raise OSError("ended")
        return line

    def _end(self) -> None:
        child, self._child = self._child, None
        if child:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe:
                    try:
                        pipe.close()
                    except OSError:  # what was not sent yet
                        continue

    def close(self) -> None:
        """End the child."""
        if self._child:
            self._hand.submit(self._end)
        self._hand.shutdown(wait=True)
