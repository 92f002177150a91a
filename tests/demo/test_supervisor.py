"""What the demonstration's supervisor decides: restarts and their pauses, ports, keys, the environment."""

import signal
import socket
import stat
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from rich.console import Console

from server import demo
from server.demo import Child, Hospital, demo_environment, demo_keys
from server.embedded import CannotStart
from server.settings import Settings
from tests.journeys.hospital import a_free_pair


def a_process(code: int = 0) -> subprocess.Popen[bytes]:
    """A process that has ended."""
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", f"raise SystemExit({code})"])
    process.wait()
    return process


def test_a_child_that_died_is_started_again_at_once_and_it_is_said() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        child = Child("web", lambda: process, process, since=0)
        assert child.look(now=100) is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert child.look(now=100) == "web has ended (killed by SIGKILL); starting it again"
        assert child.look(now=100) == "web runs again"


def test_one_that_keeps_dying_is_given_longer_and_longer_pauses() -> None:
    child = Child("web", lambda: a_process(3), a_process(3), since=0)
    now, pauses = 0.0, []
    for _ in range(7):
        assert "code 3" in (child.look(now) or "")
        assert child.again_at is not None
        pauses.append(child.again_at - now)
        if child.again_at > now:
            assert child.look(child.again_at - 0.1) is None, "not before its pause is over"
        now = child.again_at
        assert child.look(now) == "web runs again"
    assert pauses == [0, 1, 3, 7, 15, 30, 30]


def test_one_that_ran_steadily_meanwhile_is_forgiven() -> None:
    child = Child("web", lambda: a_process(), a_process(), since=0, failures=5)
    child.look(now=demo.STEADY_S + 1)
    assert child.failures == 1


def test_a_restart_that_is_impossible_is_said_and_tried_again() -> None:
    def impossible() -> subprocess.Popen[bytes]:
        raise CannotStart("no room")

    child = Child("mongod", impossible, a_process(), since=0)
    child.look(now=0)
    assert child.look(now=0) == "mongod: no room"
    assert "starting it again in 1 s" in (child.look(now=0) or "")


@pytest.mark.parametrize("taken", [0, 1])
def test_a_port_in_use_is_named_with_its_remedy_before_anything_begins(taken: int, tmp_path: Path) -> None:
    port = a_free_pair()
    settings = Settings(environment="demo", port=port, data_dir=tmp_path / "data")
    remedy = rf"Port {port + taken} is in use.*PORT={port + 10} make demo"
    with socket.create_server(("127.0.0.1", port + taken)), ExitStack() as ends:
        with pytest.raises(CannotStart, match=remedy):
            Hospital(settings, Console(), ends).open()
    assert not settings.data_dir.exists()


def test_keys_are_made_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    first = demo_keys(tmp_path)
    assert demo_keys(tmp_path) == first
    assert {"SEAL_KEY", "INDEX_KEY", "WECHAT_TOKEN", "PAY_PRIVATE_KEY"} <= first.keys()
    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.rglob("*") if file.is_file()}
    assert modes == {0o600}


def test_every_foreign_system_of_the_demo_is_the_simulated_one() -> None:
    settings = Settings(environment="demo", port=9100)
    env = demo_environment(settings, "mongodb://x", "redis://y", {"SEAL_KEY": "k1:0"})
    outside = {
        name: value for name, value in env.items() if name.startswith(("WECHAT_", "HIS_", "SMS_")) and "://" in value
    }
    assert set(outside) >= {"WECHAT_API_URL", "WECHAT_OPEN_URL", "WECHAT_PAY_URL", "HIS_URL", "SMS_URL"}
    assert all(value.startswith("http://localhost:9101") for value in outside.values())
    assert env["PUBLIC_URL"] == "http://localhost:9100"


def test_a_demo_reached_by_another_name_keeps_it() -> None:
    settings = Settings(environment="demo", public_url="http://hospital.example:9100")
    assert demo_environment(settings, "", "", {})["PUBLIC_URL"] == "http://hospital.example:9100"
