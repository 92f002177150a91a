"""What the embedded servers share: one locked data folder, one child process, a clean end."""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Final, Self

from server.embedded.processes import CannotStart, start_child, stop_child

MEMORY_DISK: Final = Path("/dev/shm")  # noqa: S108  a throwaway server may lose its data
THROWAWAY_BYTES: Final = 2 * 1024**3
LOCK_PATIENCE_S: Final = 5.0


class PrivateServer:
    """What both servers share: one folder, one child process, a clean end."""

    name: str
    death_signal = signal.SIGTERM

    def __init__(self, data_dir: Path | None, *, throwaway: bool = False) -> None:
        if data_dir is None and not throwaway:
            raise ValueError("a server that keeps its data needs a data_dir")
        self.throwaway = throwaway
        self._own = data_dir is None
        home = data_dir.absolute() if data_dir else _throwaway_folder()
        self.folder = home / self.name
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.log = home / "logs" / f"{self.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return self.process.pid if self.process and self.process.poll() is None else None

    def start(self) -> str:
        """Start, wait until it answers, and give its URL."""
        raise NotImplementedError

    def _run(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        lock = _claim(self.folder)
        try:
            self.process = start_child(
                command,
                self.log,
                death_signal=signal.SIGKILL if self.throwaway else self.death_signal,
                pass_fds=(lock,),
            )
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(self.process.pid).encode(), 0)
        finally:
            os.close(lock)
        return self.process

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """End it in an orderly way; a throwaway server is killed and its folder removed."""
        if self.throwaway:
            self.kill()
        elif self.process:
            stop_child(self.process, patience_s=30)
        if self._own:
            shutil.rmtree(self.folder.parent, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def _claim(folder: Path) -> int:
    """Lock a data folder; the child inherits the lock, so it lasts exactly as long as the child does."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    give_up_at = monotonic() + LOCK_PATIENCE_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() < give_up_at:
                threading.Event().wait(0.05)
                continue
            owner = os.pread(handle, 20, 0).decode() or "?"
            os.close(handle)
            raise CannotStart(
                f"{folder} is in use by process {owner}: end that one first, or choose another DATA_DIR"
            ) from None
        return handle


def _throwaway_folder() -> Path:
    """Make a folder for one process, in memory where there is room, and sweep those of processes that were killed."""
    roomy = MEMORY_DISK.is_dir() and shutil.disk_usage(MEMORY_DISK).free > THROWAWAY_BYTES
    home = MEMORY_DISK if roomy and os.access(MEMORY_DISK, os.W_OK) else Path(tempfile.gettempdir())
    for old in home.glob("suizhen-*-*"):
        owner = old.name.split("-")[1]
        if owner.isdigit() and not Path("/proc", owner).exists() and Path("/proc/self").exists():
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"suizhen-{os.getpid()}-", dir=home))
