"""MongoDB: the client, transactions with their outbox, scheduled work. Only stores use the collections.

Every write is acknowledged by a majority. `transact` runs a use-case's writes together with
the events it emits; the worker runs the reactions of each event, and each scheduled job,
until done (`server/worker.py`). Nothing here is kept in memory.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import CollectionInvalid, OperationFailure
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from server.clock import Clock
from server.values import new_id

Doc = dict[str, Any]
Collection = AsyncCollection[Doc]
ClockName = Literal["business", "real"]
T = TypeVar("T")


def pause_after(tries: int) -> timedelta:
    """How long to wait after the n-th failed try: 1, 2, 4 … seconds, ten minutes at the most."""
    return timedelta(seconds=min(2 ** min(max(tries - 1, 0), 10), 600))


@dataclass(frozen=True, slots=True)
class Tx:
    """One running transaction. Stores pass `session=tx.session` to each call."""

    db: "Database"
    session: AsyncClientSession

    async def emit(self, type: str, **data: Any) -> None:
        """Put an event (ids only) into the outbox, to happen if and when this transaction commits."""
        await self.db.emit(type, data, self)


def session_of(tx: Tx | None) -> AsyncClientSession | None:
    """What a store passes as `session=`."""
    return tx.session if tx else None


class Database:
    """One database. `db["patients"]` is a collection."""

    def __init__(self, url: str, name: str, clock: Clock) -> None:
        self.client: AsyncMongoClient[Doc] = AsyncMongoClient(
            url, tz_aware=True, w="majority", retryWrites=True, serverSelectionTimeoutMS=5000, appname="suizhen"
        )
        self.name, self.clock = name, clock
        self._db = self.client.get_database(
            name, write_concern=WriteConcern("majority"), read_concern=ReadConcern("majority")
        )

    def __getitem__(self, name: str) -> Collection:
        return self._db[name]

    async def transact(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Run `work` in a transaction; it is run again on a transient error, so it must only write to Mongo."""
        async with self.client.start_session() as session:
            return await session.with_transaction(lambda s: work(Tx(self, s)))

    async def emit(self, type: str, data: Doc, tx: Tx | None = None) -> None:
        """Record that something happened. Prefer `tx.emit`: without a transaction it may come without its cause."""
        now = self.clock.real_now()
        event = {"_id": new_id(), "type": type, "data": data, "at": self.clock.now(), "state": "waiting"}
        event |= {"due_at": now, "tries": 0, "done": []}
        await self["events"].insert_one(event, session=session_of(tx))

    async def emit_many(self, type: str, each: Sequence[Doc], tx: Tx) -> None:
        """Record that something happened to many at once; one write."""
        now = self.clock.real_now()
        common = {"type": type, "at": self.clock.now(), "state": "waiting", "due_at": now, "tries": 0}
        events = [{"_id": new_id(), "data": data, "done": [], **common} for data in each]
        if events:
            await self["events"].insert_many(events, session=tx.session)

    async def schedule(
        self, kind: str, key: str, due_at: datetime, *, clock: ClockName = "business", tx: Tx | None = None
    ) -> None:
        """Have job `kind` run for `key` at `due_at`. Scheduled again, it moves; it never runs twice at once."""
        job = {"kind": kind, "key": key, "due_at": due_at, "clock": clock, "version": new_id(), "tries": 0}
        job["lease_until"] = self.clock.real_now() - timedelta(days=1)
        await self["jobs"].update_one({"_id": f"{kind}:{key}"}, {"$set": job}, upsert=True, session=session_of(tx))

    async def unschedule(self, kind: str, key: str, *, tx: Tx | None = None) -> None:
        """Forget a job that is not needed any more."""
        await self["jobs"].delete_one({"_id": f"{kind}:{key}"}, session=session_of(tx))

    async def prepare(
        self, collection: str, *, required: list[str], indexes: list[tuple[Any, Doc]], also: Sequence[Doc] = ()
    ) -> None:
        """Make a collection as it must be: its required fields and indexes. Running it again changes nothing.

        `indexes`: (keys, options) as for create_index; give each a `name`. `also`: what else holds of every document.
        """
        fields = {"$jsonSchema": {"bsonType": "object", "required": ["_id", *required]}}
        validator = {"$and": [fields, *also]} if also else fields
        try:
            await self._db.create_collection(collection, validator=validator)
        except CollectionInvalid:
            await self._db.command("collMod", collection, validator=validator)
        for keys, options in indexes:
            await self[collection].create_index(keys, **options)

    async def check_replica_set(self) -> str | None:
        """None when transactions and change streams work; otherwise the reason, for people."""
        hello = await self.client.admin.command("hello")
        if "setName" in hello or hello.get("msg") == "isdbgrid":
            return None
        return "MONGODB_URL 指向单机 mongod；需要副本集（mongod --replSet rs0，然后 rs.initiate()）或分片集群"

    async def alive(self) -> bool:
        """Whether a primary answers."""
        try:
            await self.client.admin.command("ping")
        except (OperationFailure, OSError, Exception):  # noqa: BLE001  any failure means: not ready
            return False
        return True

    async def close(self) -> None:
        """Give the connections back."""
        await self.client.close()
