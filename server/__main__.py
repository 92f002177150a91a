"""The command line: `python -m server web | worker | sandbox | demo | migrate | openapi | create-admin …`."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import typer
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

import handlers
from server import logs, migrations, worker
from server.bootstrap import close_app, open_app
from server.context import SYSTEM, App
from server.questionnaires import service as questionnaires
from server.settings import Settings
from server.staff import service as staff
from server.staff.models import NewMember

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="随诊 Suizhen")
MAX_BODY = 4 * 1024 * 1024


def _run(main: Callable[[App], Awaitable[None]]) -> None:
    """Open the App, run until done or told to stop, close it."""
    logs.set_up()

    async def running() -> None:
        app = await open_app(Settings())
        task = asyncio.ensure_future(main(app))
        for sign in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sign, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            pass
        finally:
            await close_app(app)

    asyncio.run(running())


@cli.command()
def web() -> None:
    """Serve HTTP and WebSocket. Start one process per unit; they share the port."""

    async def serve(app: App) -> None:
        reason = await app.db.check_replica_set()
        if reason:
            raise typer.BadParameter(reason)
        application = handlers.make_application(app)
        server = HTTPServer(
            application,
            max_body_size=MAX_BODY,
            idle_connection_timeout=75,
            body_timeout=20,
            xheaders=_behind_loopback(app.settings),
        )
        address = app.settings.bind or ("localhost" if app.settings.is_demo else None)
        server.add_sockets(bind_sockets(app.settings.port, address, socket.AF_UNSPEC, reuse_port=True))
        logs.get("web").info("listening", port=app.settings.port)
        try:
            await application.settings["live"].follow(app)
        finally:
            server.stop()
            await server.close_all_connections()

    _run(serve)


def _behind_loopback(settings: Settings) -> bool:
    """Forwarded addresses are believed only when nobody but a proxy on this machine can reach us."""
    return settings.bind in ("127.0.0.1", "::1", "localhost")


@cli.command("worker")
def run_worker() -> None:
    """Run reactions, jobs and periodic work."""
    _run(worker.work)


@cli.command()
def migrate() -> None:
    """Bring the database up to date."""

    async def up(app: App) -> None:
        for name in await migrations.migrate(app.db):
            typer.echo(name)

    _run(up)


@cli.command()
def openapi(out: Path | None = None) -> None:
    """Print the API description, or write it to OUT."""
    text = handlers.description_text()
    if out:
        out.write_text(text)
    else:
        typer.echo(text, nl=False)


@cli.command()
def create_admin(username: str, name: str = "管理员") -> None:
    """Make the first administrator; the password is asked for and changed at the first log-in."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)

    async def create(app: App) -> None:
        await migrations.migrate(app.db)
        new = NewMember(username=username, password=password, name=name, title="", roles=["admin"])
        await staff.add_member(app, new, by=SYSTEM)
        typer.echo(f"{username}: ok")

    _run(create)


@cli.command()
def rebuild_questionnaires() -> None:
    """Derive the forms of all questionnaires again from the bytes they came with."""

    async def again(app: App) -> None:
        typer.echo(await questionnaires.rebuild(app))

    _run(again)


@cli.command("fill-demo")
def fill_demo() -> None:
    """Fill the demonstration hospital; prints the log-ins."""
    from server.filling import fill  # noqa: PLC0415  command dispatch: only the demonstration is filled

    async def run_fill(app: App) -> None:
        for line in await fill(app):
            typer.echo(line)

    _run(run_fill)


@cli.command()
def sandbox() -> None:
    """Serve the simulated WeChat, WeChat Pay, HIS and phone. Never in production."""
    from server.sandbox.app import run  # noqa: PLC0415  command dispatch: production never imports the sandbox

    run(Settings())


@cli.command()
def demo() -> None:
    """Start the whole hospital on this machine."""
    from server.demo import run  # noqa: PLC0415  command dispatch: production never imports the embedded servers

    run(Settings(environment="demo"))


if __name__ == "__main__":
    cli()
