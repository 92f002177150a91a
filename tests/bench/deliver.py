"""Deliver many messages over a WeChat that answers after 100 ms: `python -m tests.bench.deliver [how many]`.

The floor is the ideal: as many calls at a time as the queue has hands, one after another without a pause.
WeChat, worker and mongod are processes of their own on this machine.
"""

import asyncio
import itertools
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
from tornado.web import Application, RequestHandler

from server import migrations
from server.bootstrap import close_app, open_app
from server.context import App
from server.embedded import Mongod, Valkey, free_port, start_child, stop_child
from server.jobs import QUEUES
from server.messages import service as messages
from server.messages.models import Notice
from server.sandbox.keys import make_keys
from server.security import make_own_keys
from server.settings import Settings
from tests.bench.compare import Row
from tests.journeys.hospital import cpu_s, memory_mb, wait_until

LATENCY_S, MOST = 0.1, 1.3
HANDS = next(queue.hands for queue in QUEUES if queue.name == "messages")
FACTS = {"就诊人": "陈*", "就诊科室": "心内科", "排队号码": "7", "前面人数": "2", "候诊位置": "3 诊室"}
numbers = itertools.count(1)
told: dict[str, int] = {}


class Token(RequestHandler):
    def post(self) -> None:
        self.finish({"access_token": "t" * 64, "expires_in": 7200})


class Send(RequestHandler):
    async def post(self) -> None:
        body = self.request.body
        await asyncio.sleep(float(sys.argv[3]) if sys.argv[3:] else LATENCY_S)
        openid = body.partition(b'"touser": "')[2].partition(b'"')[0].decode()
        told[openid] = told.get(openid, 0) + 1
        self.finish({"errcode": 0, "errmsg": "ok", "msgid": next(numbers)})


class Told(RequestHandler):
    def get(self) -> None:
        self.finish({"people": len(told), "calls": sum(told.values())})


async def serve(port: int) -> None:
    """The WeChat of this measurement."""
    routes: list[Any] = [("/cgi-bin/stable_token", Token), ("/cgi-bin/message/template/send", Send), ("/told", Told)]
    Application(routes, log_function=lambda handler: None).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


async def deliver(app: App, env: Mapping[str, str], logs: Path, count: int) -> Row:
    """Lay the messages, let a worker deliver them, say how long it took."""
    await _lay(app, count)
    port = free_port()
    wechat = start_child([sys.executable, "-m", "tests.bench.deliver", "wechat", str(port)], logs / "wechat.log")
    url = f"http://127.0.0.1:{port}"
    env = {**env, "WECHAT_API_URL": url}
    worker = start_child([sys.executable, "-m", "server", "worker"], logs / "deliver.log", env=env)
    try:
        wait_until(lambda: answers(url))
        await asyncio.sleep(3)  # the worker is there
        used, trips = cpu_s(worker), await commands(app)
        began = monotonic()
        await app.db["messages"].update_many({"rank": {"$gte": 0}}, {"$set": {"due_at": app.real_now()}})
        while await app.db["messages"].find_one({"rank": {"$gte": 0}}, {"_id": 1}):
            await asyncio.sleep(0.1)
        took = monotonic() - began
        used, trips = cpu_s(worker) - used, await commands(app) - trips
        rss = memory_mb(worker)
        said = httpx.get(f"{url}/told").json()
    finally:
        stop_child(worker)
        stop_child(wechat)
    assert said == {"people": count, "calls": count}, said
    ideal = count * LATENCY_S / HANDS
    cost = f"{trips / count:.1f} commands to Mongo, CPU {1000 * used / count:.1f} ms"
    return Row(
        scenario="deliver",
        ours_per_s=count / took,
        floor_per_s=count / ideal,
        ratio=ideal / took,
        rss_mb=rss,
        wanted=f"≥ {1 / MOST:.0%}",
        ok=took <= MOST * ideal,
        note=f"{count:,} in {took:.1f} s, ideal {ideal:.1f} s; {cost}",
    )


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/told").status_code == 200
    except httpx.TransportError:
        return False


async def commands(app: App) -> int:
    return int((await app.db.client.admin.command("serverStatus"))["network"]["numRequests"])


async def _lay(app: App, count: int) -> None:
    """So many followers, each with one message that is due in an hour."""
    now = app.now()
    for others in ("messages", "events", "jobs"):  # what other scenarios have left behind
        await app.db[others].delete_many({})
    people = [
        {"_id": f"deliver-{n}", "openids": [f"service:o-deliver-{n:06d}"], "followed": True, "large_type": False}
        for n in range(count)
    ]
    await app.db["accounts"].insert_many([one | {"told_at": now, "created_at": now} for one in people])
    for start in range(0, count, 100):
        await asyncio.gather(*(_tell(app, f"deliver-{n}") for n in range(start, min(start + 100, count))))


async def _tell(app: App, account_id: str) -> None:
    notice = {"key": "queue_soon", "account_id": account_id, "facts": FACTS, "dedupe": f"bench:{account_id}"}
    await messages.notify(app, Notice.model_validate(notice | {"path": "/h5/pages/queue/index?id=1"}))
    later = {"$set": {"due_at": app.real_now().replace(year=2999)}}
    await app.db["messages"].update_one({"dedupe": f"bench:{account_id}"}, later)


@asynccontextmanager
async def alone(data_dir: Path) -> AsyncIterator[tuple[App, dict[str, str]]]:
    """A database and keys for this measurement only, and the environment of a worker on them."""
    with ExitStack() as ends:
        mongod, valkey = ends.enter_context(Mongod(data_dir)), ends.enter_context(Valkey(data_dir))
        env = {"ENVIRONMENT": "test", "MONGODB_URL": mongod.url, "REDIS_URL": valkey.url, "DATA_DIR": str(data_dir)}
        env |= {"HIS_URL": "http://127.0.0.1:1"} | make_keys(data_dir / "keys") | make_own_keys()
        app = await open_app(Settings(**{name.lower(): value for name, value in env.items()}))  # type: ignore[arg-type]
        try:
            await migrations.migrate(app.db)
            yield app, env
        finally:
            await close_app(app)


async def main(count: int) -> None:
    """One line."""
    with tempfile.TemporaryDirectory(prefix="suizhen-deliver-") as folder:
        async with alone(Path(folder)) as (app, env):
            row = await deliver(app, env, Path(folder), count)
            print(f"{row.ours_per_s:.0f}/s, {row.ratio:.0%} of the ideal (wanted {row.wanted}): {row.note}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["wechat"]:
        asyncio.run(serve(int(sys.argv[2])))
    else:
        asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else 1000))
