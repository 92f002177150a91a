"""The whole hospital on one machine: databases, simulators and processes, started, watched and ended together."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final, NoReturn

from redis import Redis
from redis.exceptions import RedisError
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from server.embedded import (
    CannotStart,
    Mongod,
    Valkey,
    check_replica_set,
    port_is_free,
    start_child,
    stop_child,
    tail,
)
from server.sandbox.keys import make_keys
from server.security import make_own_keys
from server.settings import Settings

READY_S: Final = 60.0
STEADY_S: Final = 30.0  # a child that ran this long is no longer counted as failing
LONGEST_PAUSE_S: Final = 30.0
LOOK_EVERY_S: Final = 0.25


def run(settings: Settings) -> None:
    """Start everything, say what to open, restart what dies; Ctrl-C or SIGTERM ends it all in order."""
    os.umask(0o077)
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _interrupt)
    console = Console(highlight=False)
    code = 0
    with ExitStack() as ends:
        try:
            hospital = Hospital(settings, console, ends)
            log_ins = hospital.open()
            console.print(_what_to_open(settings, log_ins))
            hospital.watch()
        except KeyboardInterrupt:
            console.print("\nEnding …")
        except CannotStart as error:
            console.print(f"[bold red]The demonstration cannot start.[/] {error}", markup=True, soft_wrap=True)
            code = 1
        finally:
            for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(sign, signal.SIG_IGN)  # let the ending end
    raise SystemExit(code)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@dataclass
class Child:
    """One process that should always run, and when to try it again if it does not."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes]
    since: float = field(default_factory=monotonic)
    failures: int = 0
    again_at: float | None = None

    def look(self, now: float) -> str | None:
        """Start it again when it has died and its pause is over; give what there is to tell."""
        if self.again_at is not None:
            if now < self.again_at:
                return None
            self.again_at = None
            self.since = now
            try:
                self.process = self.start()
            except CannotStart as error:
                return f"{self.name}: {error}"
            return f"{self.name} runs again"
        code = self.process.poll()
        if code is None:
            return None
        self.failures = 1 if now - self.since > STEADY_S else self.failures + 1
        pause = min(2.0 ** (self.failures - 1) - 1, LONGEST_PAUSE_S)
        self.again_at = now + pause
        return f"{self.name} has ended ({_in_words(code)}); starting it again" + (f" in {pause:.0f} s" if pause else "")


def _in_words(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"code {code}"


class Hospital:
    """The processes of the demonstration and the environment they share."""

    def __init__(self, settings: Settings, console: Console, ends: ExitStack) -> None:
        self.settings = settings
        self.console = console
        self.ends = ends
        self.data_dir = settings.data_dir.absolute()
        self.env: dict[str, str] = {}
        self.children: list[Child] = []

    def open(self) -> str:
        """Start everything in order; gives what the filling step says about log-ins."""
        _check_ports(self.settings.port)
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.data_dir.chmod(0o700)
        with self._step("Keys"):
            keys = demo_keys(self.data_dir / "keys")
        with self._step("MongoDB"):
            mongodb_url = self._mongodb()
        with self._step("Valkey"):
            redis_url = self._valkey()
        self.env = demo_environment(self.settings, mongodb_url, redis_url, keys)
        with self._step("Database up to date"):
            self._once("migrate")
        with self._step("Simulated WeChat, WeChat Pay and HIS; web; worker"):
            for name in ("sandbox", "web", "worker"):
                self._keep(name, lambda name=name: self._spawn(name))  # type: ignore[misc]
            self._await(self.settings.port + 1, "/healthz", any_status=True)
            self._await(self.settings.port, "/readyz")
        with self._step("Demonstration hospital"):
            return self._once("fill-demo")

    def watch(self) -> NoReturn:
        """Restart whatever dies, until interrupted."""
        while True:
            for child in self.children:
                news = child.look(monotonic())
                if news:
                    self.console.print(f"[yellow]•[/] {news}", soft_wrap=True)
            threading.Event().wait(LOOK_EVERY_S)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        from_ = monotonic()
        with self.console.status(f"{name} …"):
            yield
        self.console.print(f"[green]✓[/] {name} [dim]{monotonic() - from_:.1f} s[/]")

    def _mongodb(self) -> str:
        if self.settings.mongodb_url:
            check_replica_set(self.settings.mongodb_url)
            return self.settings.mongodb_url
        mongod = self.ends.enter_context(Mongod(self.data_dir))
        self._watch_server(mongod)
        return mongod.url

    def _valkey(self) -> str:
        if self.settings.redis_url:
            try:
                with Redis.from_url(self.settings.redis_url) as client:
                    client.ping()
            except (RedisError, ValueError) as error:
                raise CannotStart(f"REDIS_URL: {error}. Start that server, or unset REDIS_URL") from error
            return self.settings.redis_url
        valkey = self.ends.enter_context(Valkey(self.data_dir))
        self._watch_server(valkey)
        return valkey.url

    def _watch_server(self, server: Mongod | Valkey) -> None:
        def again() -> subprocess.Popen[bytes]:
            server.start()
            return running()

        def running() -> subprocess.Popen[bytes]:
            assert server.process
            return server.process

        self.children.append(Child(server.name, again, running()))

    def _keep(self, name: str, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        child = Child(name, start, start())
        self.children.append(child)
        self.ends.callback(lambda: stop_child(child.process))
        # all are asked to end before the first is waited for
        self.ends.callback(lambda: child.process.terminate() if child.process.poll() is None else None)

    def _log(self, name: str) -> Path:
        return self.data_dir / "logs" / f"{name}.log"

    def _spawn(self, command: str, says: Path | None = None) -> subprocess.Popen[bytes]:
        return start_child([sys.executable, "-m", "server", command], self._log(command), env=self.env, says=says)

    def _once(self, command: str) -> str:
        """Run a command to its end; gives what it printed."""
        says = self._log(command).with_suffix(".out")
        process = self._spawn(command, says)
        self.ends.callback(stop_child, process)
        while process.poll() is None:
            self._complain_about_the_dead()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_EVERY_S)
        if process.returncode:
            raise CannotStart(f"`{command}` failed ({_in_words(process.returncode)}); {self._end_of_log(command)}")
        return says.read_text(errors="replace")

    def _await(self, port: int, path: str, *, any_status: bool = False) -> None:
        """Wait until a process answers 200 (or at all)."""
        give_up_at = monotonic() + READY_S
        answer = "no answer"
        while monotonic() < give_up_at:
            self._complain_about_the_dead()
            connection = http.client.HTTPConnection("localhost", port, timeout=5)
            try:
                connection.request("GET", path)
                response = connection.getresponse()
                answer = f"{response.status} {response.read(300).decode(errors='replace')}"
                if any_status or response.status == http.client.OK:
                    return
            except (OSError, http.client.HTTPException) as error:
                answer = f"{error}"
            finally:
                connection.close()
            threading.Event().wait(0.1)
        raise CannotStart(f"http://localhost:{port}{path} is not ready after {READY_S:.0f} s: {answer}")

    def _complain_about_the_dead(self) -> None:
        """While starting, a child that ends is a reason to stop and show why."""
        for child in self.children:
            code = child.process.poll()
            if code is not None:
                raise CannotStart(f"{child.name} ended at once ({_in_words(code)}); {self._end_of_log(child.name)}")

    def _end_of_log(self, name: str) -> str:
        return f"the end of {self._log(name)}:\n{tail(self._log(name), 12)}"


def _check_ports(port: int) -> None:
    for wanted in (port, port + 1):
        if not port_is_free(wanted):
            raise CannotStart(
                f"Port {wanted} is in use: end the program that uses it, or choose others: PORT={port + 10} make demo"
            )


def demo_keys(folder: Path) -> dict[str, str]:
    """Give the demonstration's keys by the name of their setting; made once, kept 0600 in `folder`."""
    keys = make_keys(folder)
    ours = folder / "ours.json"
    if not ours.exists():
        fresh = ours.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(make_own_keys(), indent=1))
        fresh.replace(ours)
    kept: dict[str, str] = json.loads(ours.read_text())
    return keys | kept


def demo_environment(settings: Settings, mongodb_url: str, redis_url: str, keys: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of the demonstration's processes: every foreign system is the simulated one."""
    sandbox = settings.sandbox_url or f"http://localhost:{settings.port + 1}"
    public = settings.public_url if "public_url" in settings.model_fields_set else f"http://localhost:{settings.port}"
    return {
        **os.environ,
        **keys,
        "ENVIRONMENT": "demo",
        "PORT": str(settings.port),
        "DATA_DIR": str(settings.data_dir.absolute()),
        "MONGODB_URL": mongodb_url,
        "MONGODB_NAME": settings.mongodb_name,
        "REDIS_URL": redis_url,
        "PUBLIC_URL": public,
        "SANDBOX_URL": sandbox,
        "WECHAT_API_URL": sandbox,
        "WECHAT_OPEN_URL": sandbox,
        "WECHAT_PAY_URL": sandbox,
        "HIS_URL": f"{sandbox}/his",
        "SMS_URL": f"{sandbox}/sms",
        "PYTHONUNBUFFERED": "1",
    }


def _what_to_open(settings: Settings, log_ins: str) -> Panel:
    here = f"http://localhost:{settings.port}"
    table = Table.grid(padding=(0, 2))
    for name, address in (
        ("手机 Phone", f"{here}/sandbox/phone"),
        ("控制台 Console", f"{here}/console/"),
        ("平台视图 Platform", f"{here}/sandbox/platform"),
        ("接口 API", f"{here}/api/docs"),
    ):
        table.add_row(name, f"[bold cyan]{address}[/]")
    for line in log_ins.strip().splitlines():
        table.add_row("", line)
    table.add_row("日志 Logs", str(settings.data_dir.absolute() / "logs"))
    return Panel(table, title="随诊示范医院 is open", subtitle="Ctrl-C ends it", expand=False)
