"""Valkey as a private child: on a socket only its owner can reach, nothing kept, gone when stopped."""

import shutil
import stat
from pathlib import Path

import pytest
from redis import Redis

from server.embedded import CannotStart, Valkey


def test_it_answers_on_a_socket_in_a_folder_of_its_owner(tmp_path: Path) -> None:
    with Valkey(tmp_path) as valkey, Redis.from_url(valkey.url) as client:
        assert client.set("token", "sample")
        assert stat.S_IMODE(valkey.folder.stat().st_mode) == 0o700
        assert client.config_get("port") == {"port": "0"}, "no port is open"
    assert valkey.pid is None


def test_a_long_path_gets_a_short_socket_which_the_next_start_uses_again(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    with Valkey(deep, throwaway=True) as first, Redis.from_url(first.url) as client:
        assert client.ping()
    with Valkey(deep, throwaway=True) as second, Redis.from_url(second.url) as client:
        assert client.ping()
    assert first.url == second.url
    shutil.rmtree((first.folder / "socket").resolve())


def test_it_starts_again_after_kill_9(tmp_path: Path) -> None:
    with Valkey(tmp_path) as valkey:
        valkey.kill()
        assert valkey.pid is None
        url = valkey.start()
        with Redis.from_url(url) as client:
            assert client.ping()


def test_one_that_ends_at_once_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "valkey-server"
    broken.write_text("#!/bin/sh\necho 'cannot bind'; exit 3\n")
    broken.chmod(0o700)
    monkeypatch.setenv("VALKEY_BIN", str(broken))
    with pytest.raises(CannotStart, match="ended with code 3:\ncannot bind"):
        Valkey(tmp_path).start()
