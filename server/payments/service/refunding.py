"""Send money back, with the same number until WeChat Pay has said its last word.

Refunds that the system itself makes wait for WeChat Pay's minute; what WeChat Pay refuses
ends `abnormal`, to be looked at by staff. A refund by staff of money that the HIS has taken
begins at the HIS: the feature it belongs to reacts to payments.take_back.
"""

from server import audit, errors, logs
from server.context import Actor, App, RefundState
from server.db import Tx
from server.payments import rules, store
from server.payments.models import Order, Refund, RefundStatus, RefundWish
from server.payments.service.bookkeeping import note_refunded
from server.payments.service.common import ids, known

SEND = "payments.refund"
log = logs.get("payments")


async def refund(
    app: App, order_id: str, *, key: str, reason: str, by: Actor, tx: Tx, amount_fen: int | None = None
) -> str:
    """Send money back, all that is left unless `amount_fen` says less; joins the transaction, gives the refund's id.

    The same `key` is the same refund. `reason` is read by the payer (80 characters).
    NothingToRefund, MoreThanLeft.
    """
    refund_id = f"{order_id}-{key}"
    if await store.get_refund(app, refund_id, tx):
        return refund_id
    order = await known(app, order_id, tx)
    fen = rules.refundable(order, amount_fen)
    before = await store.refunds_of(app, order_id, tx)
    await _begin(app, order, before, _new(refund_id, order, fen, reason, "waiting", by), by, tx)
    return refund_id


async def refund_by_staff(app: App, order_id: str, wish: RefundWish, key: str, *, by: Actor) -> None:
    """Send money back because a member of staff says so; the same `key` is the same refund.

    NotFound, NothingToRefund, MoreThanLeft, RefundTooLate, TooManyRefunds, RefundTooSoon,
    CancelBookingInstead, WholeOnly.
    """
    refund_id = rules.number_of(order_id, by.id, key)

    async def work(tx: Tx) -> None:
        order = await known(app, order_id, tx)
        if await store.get_refund(app, refund_id, tx):
            return
        before = await store.refunds_of(app, order_id, tx)
        fen = rules.refundable(order, wish.amount_fen)
        rules.check_limits(order, before, app.now(), app.real_now())
        status = rules.first_step(order, before, fen)
        await _begin(app, order, before, _new(refund_id, order, fen, wish.reason, status, by), by, tx)

    await app.db.transact(work)


async def refund_again(app: App, refund_id: str, *, by: Actor) -> str:
    """Ask WeChat Pay once more for an abnormal refund, with the same number; gives the order's id.

    NotFound, NotAbnormal, RefundClosed.
    """

    async def work(tx: Tx) -> str:
        found = await _known_refund(app, refund_id, tx)
        rules.check_again(found)
        order = await known(app, found.order_id, tx)
        await _move(app, order, found, {"status": "waiting", "foreign_code": None, "looks": 0}, tx)
        await app.db.schedule(SEND, refund_id, app.real_now(), clock="real", tx=tx)
        await audit.record(app, by, "payments.refund_again", patient_ids=[order.patient_id], why=refund_id, tx=tx)
        return order.id

    return await app.db.transact(work)


async def waits_for_his(app: App, order_id: str, tx: Tx) -> bool:
    """Whether a refund of this order waits until the HIS has given back what it took."""
    return any(found.status == "at_his" for found in await store.refunds_of(app, order_id, tx))


async def send_taken_back(app: App, order_id: str, tx: Tx) -> None:
    """The HIS has given back what it held of an order: refunds that waited for it go on to WeChat Pay."""
    order, every = await known(app, order_id, tx), await store.refunds_of(app, order_id, tx)
    for found in every:
        if found.status == "at_his":
            due_at = rules.earliest(every, app.real_now())
            await _move(app, order, found, {"status": "waiting", "due_at": due_at}, tx)
            await app.db.schedule(SEND, found.id, due_at, clock="real", tx=tx)


async def drop_refused(app: App, order_id: str, code: str, tx: Tx) -> None:
    """The HIS keeps what it has: refunds that waited for it are off, the order is paid as before.

    payments.paid is said again: had the HIS not heard of the money yet, it is told now.
    """
    order = await known(app, order_id, tx)
    for found in await store.refunds_of(app, order_id, tx):
        if found.status == "at_his":
            await _move(app, order, found, {"status": "refused", "foreign_code": code, "settled_at": app.now()}, tx)
            await tx.emit("payments.paid", **ids(order))


async def send_refund(app: App, refund_id: str) -> None:
    """Job payments.refund: ask WeChat Pay for it, with the same number until it is done."""
    found = await store.get_refund(app, refund_id)
    if found is None or found.status not in ("waiting", "processing"):
        return
    order = await known(app, found.order_id)
    if found.status == "processing":
        state = await app.pay.query_refund(refund_id)
    else:
        others = [one for one in await store.refunds_of(app, order.id) if one.id != refund_id]
        due_at = rules.send_at(others, app.real_now())
        if due_at > app.real_now():
            return await app.db.schedule(SEND, refund_id, due_at, clock="real")
        state = await _ask_refund(app, order, found)
    if state is not None:
        await settle_refund(app, state)
        if state.state != "PROCESSING":
            return
    await store.count_look(app, "refunds", refund_id)
    due = rules.next_refund_look(found.looks, app.real_now())
    await app.db.schedule(SEND, refund_id, due, clock="real")


async def settle_refund(app: App, state: RefundState) -> None:
    """Take note of what WeChat Pay says of a refund; older news change nothing. NotFound, TradeDiffers."""
    news = rules.FROM_WECHAT[state.state]

    async def work(tx: Tx) -> None:
        found = await _known_refund(app, state.out_refund_no, tx)
        rules.check_refund(found, state)
        if rules.after_refund_news(found.status, news) == found.status:
            return
        order = await known(app, found.order_id, tx)
        at = state.refunded_at or app.now()
        await _move(app, order, found, {"status": news, "settled_at": at if news == "success" else None}, tx)
        if news == "success":
            await note_refunded(app, order, found, at, tx)
        if news in ("success", "abnormal"):
            happened = "payments.refunded" if news == "success" else "payments.refund_abnormal"
            await tx.emit(happened, **ids(order), refund_id=found.id)

    await app.db.transact(work)


async def _known_refund(app: App, refund_id: str, tx: Tx) -> Refund:
    found = await store.get_refund(app, refund_id, tx)
    if found is None:
        raise errors.NotFound()
    return found


def _new(id: str, order: Order, fen: int, reason: str, status: RefundStatus, by: Actor) -> Refund:
    return Refund(id=id, order_id=order.id, amount_fen=fen, reason=reason, status=status, by=f"{by.kind}:{by.id}")


async def _begin(app: App, order: Order, before: list[Refund], new: Refund, by: Actor, tx: Tx) -> None:
    """Keep a refund with its claim on the money, and have it sent, or taken back at the HIS first."""
    due_at = None if new.status == "at_his" else rules.earliest(before, app.real_now())
    await store.add_refund(app, new.model_copy(update={"created_at": app.now(), "due_at": due_at}), tx)
    if due_at:
        await app.db.schedule(SEND, new.id, due_at, clock="real", tx=tx)
    else:
        await tx.emit("payments.take_back", **ids(order))
    await audit.record(app, by, "payments.refund", patient_ids=[order.patient_id], why=new.id, tx=tx)


async def _move(app: App, order: Order, found: Refund, values: dict[str, object], tx: Tx) -> None:
    """Change a refund and what the order comes to by it; what is closed or refused claims its money no more."""
    await store.move_refund(app, found.id, values, tx)
    refunds = await store.refunds_of(app, order.id, tx)
    status, gone = rules.status_of_paid(order.amount_fen, [(r.status, r.amount_fen) for r in refunds])
    released = found.amount_fen if values["status"] in ("closed", "refused") else 0
    await store.set_refunded(app, order.id, status, gone, tx, released_fen=released)


async def _ask_refund(app: App, order: Order, found: Refund) -> RefundState:
    try:
        state = await app.pay.refund(
            out_trade_no=order.id,
            out_refund_no=found.id,
            refund_fen=found.amount_fen,
            total_fen=order.amount_fen,
            reason=found.told,
            notify_url=f"{app.settings.public_url}/wechat/pay/refund-notify",
        )
    except errors.Foreign as refused:
        asked = {} if refused.again == "later" else {"asked_at": app.real_now()}
        await store.change_refund(app, found.id, {"foreign_code": refused.foreign_code, **asked})
        if refused.again != "never":
            raise
        log.error("a refund was refused", refund=found.id, code=refused.foreign_code)
        return RefundState(found.id, "ABNORMAL", found.amount_fen)
    await store.change_refund(app, found.id, {"foreign_code": None, "asked_at": app.real_now()})
    return state
