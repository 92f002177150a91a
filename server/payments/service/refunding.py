"""Send money back, with the same number until WeChat Pay has said its last word."""

from server import audit, errors, logs
from server.context import Actor, App, RefundState
from server.db import Tx
from server.payments import rules, store
from server.payments.models import Order, Refund
from server.payments.service.common import ids, known

log = logs.get("payments")


async def refund(
    app: App, order_id: str, *, key: str, reason: str, by: Actor, tx: Tx, amount_fen: int | None = None
) -> str:
    """Send money back, all that is left unless `amount_fen` says less; joins the transaction, gives the refund's id.

    The same `key` is the same refund. `reason` is read by the payer (80 characters). NothingToRefund.
    """
    refund_id = f"{order_id}-{key}"
    if await store.get_refund(app, refund_id, tx):
        return refund_id
    order = await store.get(app, order_id, tx)
    if order is None:
        raise errors.NotFound()
    fen = rules.refundable(order, amount_fen)
    new = Refund(id=refund_id, order_id=order_id, amount_fen=fen, reason=reason, status="waiting")
    await store.add_refund(app, new, app.now(), tx)
    await app.db.schedule("payments.refund", refund_id, app.real_now(), clock="real", tx=tx)
    await audit.record(app, by, "payments.refund", patient_ids=[order.patient_id], why=key, tx=tx)
    return refund_id


async def send_refund(app: App, refund_id: str) -> None:
    """Job payments.refund: ask WeChat Pay for it, with the same number until it is done."""
    found = await store.get_refund(app, refund_id)
    if found is None or found.status not in ("waiting", "processing"):
        return
    order = await known(app, found.order_id)
    if found.status == "processing":
        state = await app.pay.query_refund(refund_id)
    else:
        state = await _ask_refund(app, order, found)
    if state is not None:
        await settle_refund(app, state)
        if state.state != "PROCESSING":
            return
    await store.count_look(app, "refunds", refund_id)
    due = rules.next_refund_look(found.looks, app.real_now())
    await app.db.schedule("payments.refund", refund_id, due, clock="real")


async def settle_refund(app: App, state: RefundState) -> None:
    """Take note of what WeChat Pay says of a refund; older news change nothing. NotFound."""
    news = rules.FROM_WECHAT[state.state]

    async def work(tx: Tx) -> None:
        found = await store.get_refund(app, state.out_refund_no, tx)
        if found is None:
            raise errors.NotFound()
        if rules.after_refund_news(found.status, news) == found.status:
            return
        await store.move_refund(app, found.id, {"status": news, "settled_at": state.refunded_at}, tx)
        all_of_it = await store.refunds_of(app, found.order_id, tx)
        order = await store.get(app, found.order_id, tx)
        assert order is not None
        status, gone = rules.status_of_paid(order.amount_fen, [(r.status, r.amount_fen) for r in all_of_it])
        await store.set_refunded(app, order.id, status, gone, tx)
        if news in ("success", "abnormal"):
            happened = "payments.refunded" if news == "success" else "payments.refund_abnormal"
            await tx.emit(happened, **ids(order), refund_id=found.id)

    await app.db.transact(work)


async def _ask_refund(app: App, order: Order, found: Refund) -> RefundState:
    try:
        return await app.pay.refund(
            out_trade_no=order.id,
            out_refund_no=found.id,
            refund_fen=found.amount_fen,
            total_fen=order.amount_fen,
            reason=found.reason,
            notify_url=f"{app.settings.public_url}/wechat/pay/refund-notify",
        )
    except errors.Foreign as refused:
        if refused.again != "never":
            raise
        log.error("a refund was refused", refund=found.id, code=refused.foreign_code)
        return RefundState(found.id, "ABNORMAL", found.amount_fen)
