"""Owe the HIS something, tell it, and show what it has not answered."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from server import audit, errors
from server.context import SYSTEM, Actor, App
from server.db import Tx
from server.patients import service as patients
from server.payments import service as payments
from server.payments.models import Order
from server.write_backs import rules, store
from server.write_backs.models import (
    Counts,
    Kind,
    NothingToWrite,
    ShownWriteBack,
    WriteBack,
    WriteBackQuery,
    WriteBacks,
)

T = TypeVar("T")
_PAGE = 50


class Refused(Exception):
    """The HIS has said its last word: `code`. Not a refusal of ours; the feature decides what follows."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def owe(
    app: App, kind: Kind, subject_id: str, *, patient_id: str, title: str, job: str, tx: Tx, again: bool = False
) -> bool:
    """The HIS is to be told: joins the transaction, schedules `job` for the subject at once; False when it is known.

    What was owed of another kind for the same subject is not owed any more. `again`: also when the
    HIS has answered this before, because its books do not show it.
    """
    known = await store.get(app, _id(kind, subject_id), tx)
    if known and known.kind == kind and not (again and known.status != "waiting"):
        return False
    write_back = WriteBack(
        id=_id(kind, subject_id),
        kind=kind,
        subject_id=subject_id,
        patient_id=patient_id,
        title=title,
        job=job,
        status="waiting",
        tries=0,
        last_code=None,
        created_at=app.now(),
        next_try_at=app.now(),
    )
    await store.put(app, write_back, tx)
    await app.db.schedule(job, subject_id, app.real_now(), clock="real", tx=tx)
    return True


async def tell(app: App, kind: Kind, subject_id: str, call: Callable[[], Awaitable[T]]) -> T:
    """Make the call to the HIS and note how it went: Refused when that was its last word, Foreign when not."""
    id = _id(kind, subject_id)
    try:
        answer = await call()
    except errors.Foreign as failed:
        owed = await store.get(app, id)
        due = rules.next_try((owed.tries if owed else 0) + 1, app.now())
        await store.count_try(app, id, kind, {"last_code": failed.foreign_code, "next_try_at": due})
        if failed.again == "never" and rules.is_last_word(failed.foreign_code):
            raise Refused(failed.foreign_code) from failed
        raise
    return answer


async def tell_of_money(
    app: App, kind: Kind, order: Order, call: Callable[[], Awaitable[None]], refused_event: str
) -> bool | None:
    """Tell the HIS that an order is paid: True when it accepts.

    False when it does not: then the money goes back by itself and `refused_event` tells of it.
    None when there is nothing to tell (any more).
    """
    if not await _is_owed(app, kind, order.id):
        return None
    try:
        await tell(app, kind, order.id, call)
    except Refused as refused:
        code = refused.code
    else:
        await app.db.transact(lambda tx: _note_charged(app, kind, order.id, tx))
        return True

    async def work(tx: Tx) -> None:
        if (await payments.get(app, order.id, tx)).status != "paid":
            return  # staff want it back meanwhile: its own write-back follows
        await close(app, kind, order.id, refused=True, tx=tx)
        await payments.note_uncharged(app, order.id, tx)  # it had accepted it once, and has lost it since
        await payments.refund(app, order.id, key="full", reason=reason(code), by=SYSTEM, tx=tx)
        ids = {"patient_id": order.patient_id, "account_id": order.account_id, "subject_id": order.subject_id}
        await tx.emit(refused_event, order_id=order.id, code=code, **ids)

    await app.db.transact(work)
    return False


async def owe_again(app: App, kind: Kind, order: Order, *, title: str, job: str) -> None:
    """The HIS is to be told of an order once more: its books do not say what is so.

    Not when the order has moved on since: what is owed for that is not to be forgotten over this.
    """
    ids = {"patient_id": order.patient_id, "title": title, "job": job}

    async def work(tx: Tx) -> None:
        if (await payments.get(app, order.id, tx)).status == order.status:
            await owe(app, kind, order.id, **ids, tx=tx, again=True)

    await app.db.transact(work)


async def owe_take_back(app: App, kind: Kind, order: Order, *, title: str, job: str) -> None:
    """The HIS is to give back the money of an order, when a refund still waits for it."""
    ids = {"patient_id": order.patient_id, "title": title, "job": job}

    async def work(tx: Tx) -> None:
        if await payments.waits_for_his(app, order.id, tx):
            await owe(app, kind, order.id, **ids, tx=tx, again=True)

    await app.db.transact(work)


async def tell_of_take_back(app: App, kind: Kind, order: Order, call: Callable[[], Awaitable[None]]) -> bool | None:
    """Have the HIS give back the money of an order: True when it does, and the refund goes on.

    False when it does not: then nothing goes back. None when there is nothing to tell (any more).
    """
    if not await _is_owed(app, kind, order.id):
        return None
    code = ""
    try:
        await tell(app, kind, order.id, call)
    except Refused as refused:
        code = refused.code

    async def work(tx: Tx) -> None:
        await close(app, kind, order.id, refused=bool(code), tx=tx)
        if code:
            return await payments.drop_refused(app, order.id, code, tx)
        await payments.note_uncharged(app, order.id, tx)
        await payments.send_taken_back(app, order.id, tx)

    await app.db.transact(work)
    return not code


async def _is_owed(app: App, kind: Kind, subject_id: str) -> bool:
    owed = await store.get(app, _id(kind, subject_id))
    return owed is not None and owed.kind == kind and owed.status == "waiting"


async def _note_charged(app: App, kind: Kind, order_id: str, tx: Tx) -> None:
    if await close(app, kind, order_id, tx=tx):
        await payments.note_charged(app, order_id, tx)


async def close(app: App, kind: Kind, subject_id: str, *, refused: bool = False, tx: Tx | None = None) -> bool:
    """The HIS has answered: written, or refused by it; False when something else is to be told by now."""
    values = {"status": "refused" if refused else "written", "next_try_at": None, "settled_at": app.now()}
    return await store.change(app, _id(kind, subject_id), kind, values, tx)


def reason(code: str) -> str:
    """A refusal of the HIS in words."""
    return rules.reason_text(code) or ""


async def listed(app: App, query: WriteBackQuery, *, by: Actor) -> WriteBacks:
    """What the HIS was or is to be told, newest first."""
    found = await store.listed(app, query.status, query.next, _PAGE + 1)
    page = found[:_PAGE]
    ids = {item.patient_id for item in page}
    if ids:
        await audit.record(app, by, "write_backs.list", patient_ids=sorted(ids))
    people = await patients.identities(app, ids)
    names = {id: person.name for id, person in people.items()} if "desk" in by.roles else {}  # R30
    items = [_shown(item, names.get(item.patient_id, "")) for item in page]
    return WriteBacks(items=items, next=page[-1].id if len(found) > _PAGE else None)


async def retry(app: App, id: str, *, by: Actor) -> None:
    """Try now; NotFound, NothingToWrite when the HIS has answered."""
    found = await store.get(app, id)
    if found is None:
        raise errors.NotFound()
    if found.status != "waiting":
        raise NothingToWrite()
    await app.db.schedule(found.job, found.subject_id, app.real_now(), clock="real")
    await audit.record(app, by, "write_backs.retry", patient_ids=[found.patient_id], why=found.kind)


async def counts(app: App) -> Counts:
    """For the overview."""
    return Counts(waiting=await store.count(app, "waiting"), refused=await store.count(app, "refused"))


def _id(kind: Kind, subject_id: str) -> str:
    return f"{subject_id}:{kind.split('_')[0]}"


def _shown(item: WriteBack, patient_name: str) -> ShownWriteBack:
    fields = item.model_dump(include=set(ShownWriteBack.model_fields))
    return ShownWriteBack(**fields, patient_name=patient_name, reason=rules.reason_text(item.last_code))
