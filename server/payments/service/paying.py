"""Open orders, settle and close them. The truth about money is WeChat Pay's.

Notifications, looks and closings may come in any order, twice, late or never: each tells a
fact, and `rules` says what the fact changes.
"""

from collections.abc import Awaitable, Callable, Mapping

from server import audit, errors, logs
from server.accounts import service as accounts
from server.context import SYSTEM, Actor, App, PayNotification, Trade
from server.db import Tx
from server.payments import rules, store
from server.payments.models import (
    CHANNEL_APP,
    AlreadyPaid,
    Channel,
    Order,
    OrderEnded,
    PaymentParams,
    Prepay,
    Status,
    Wanted,
    WrongApp,
)
from server.payments.service.bookkeeping import note_paid
from server.payments.service.common import ids, known, status_of
from server.payments.service.refunding import settle_refund

Within = Callable[[Tx, str], Awaitable[None]]
log = logs.get("payments")


async def start(app: App, wanted: Wanted, channel: Channel, *, by: Actor, within: Within | None = None) -> Prepay:
    """Open the payment sheet for something: the same order and prepay for a second tap.

    `within` joins the transaction that makes a new order, with its id. An order that another
    phone has opened, or over another amount, or whose time is over, is closed first. AlreadyPaid, OrderEnded,
    WrongApp; Foreign when WeChat Pay does not answer.
    """
    appid, openid = await _payer(app, channel, by)
    for _ in range(3):
        order = await store.live_of(app, wanted.kind, wanted.subject_id)
        if order and order.status not in rules.UNPAID:
            raise AlreadyPaid()
        same = order and (order.appid, order.openid, order.amount_fen) == (appid, openid, wanted.amount_fen)
        if order and same and app.real_now() < order.pay_until:
            return await _prepay(app, order)
        if order:
            if await end(app, order.id) != "closed":
                raise AlreadyPaid()
            continue
        if await store.is_paid(app, wanted.kind, wanted.subject_id):  # a closed order, by money that came late
            raise AlreadyPaid()
        fresh = _new_order(app, wanted, by, appid, openid)
        if await _open(app, fresh, by, within):
            return await _prepay(app, fresh)
    raise errors.Conflict()


async def settle(app: App, trade: Trade) -> Status:
    """Take note of what WeChat Pay says of an order; gives the order's state. NotFound, TradeDiffers."""
    order = await store.get(app, trade.out_trade_no)
    if order is None:
        raise errors.NotFound()
    rules.check_trade(order, trade, app.settings.pay_mchid)
    new = rules.after_trade(order.status, trade.state)
    if new == "paid" != order.status:
        await _mark_paid(app, order, trade)
    elif new == "closed" != order.status:
        await _mark_closed(app, order)
    return await status_of(app, order.id)


async def end(app: App, order_id: str) -> Status:
    """Let nobody pay this order any more: closed at WeChat Pay, then here; gives `closed` or what it became.

    When it turns out to be paid it is settled. Foreign when WeChat Pay does not answer: try again.
    """
    order = await known(app, order_id)
    if order.status not in rules.UNPAID:
        return order.status
    try:
        await app.pay.close(order.id)
    except errors.Foreign as refused:
        if refused.again != "never":
            raise
        trade = await app.pay.query(order.id)
        if trade is not None and trade.state not in ("CLOSED", "REVOKED"):
            if trade.state not in ("SUCCESS", "REFUND"):  # somebody is typing his password
                raise errors.Foreign("pay", trade.state, "later") from refused
            return await settle(app, trade)
    await _mark_closed(app, order)
    return await status_of(app, order.id)


async def end_soon(app: App, order_id: str, tx: Tx) -> None:
    """`end` by the worker, until WeChat Pay has answered; joins the transaction."""
    await app.db.schedule("payments.end", order_id, app.real_now(), clock="real", tx=tx)


async def end_now(app: App, order_id: str) -> None:
    """Job payments.end."""
    await end(app, order_id)


async def look(app: App, order_id: str) -> Status:
    """Ask WeChat Pay what became of an unpaid order, and close it when its time is over; gives its state."""
    order = await known(app, order_id)
    if order.status not in rules.UNPAID:
        return order.status
    trade = await app.pay.query(order.id)
    status = await settle(app, trade) if trade else order.status
    if status in rules.UNPAID and app.real_now() >= order.pay_until:
        return await end(app, order.id)
    return status


async def sweep(app: App, order_id: str) -> None:
    """Job payments.sweep: look until the order is settled, whatever notifications came or were lost."""
    status = await look(app, order_id)
    if status in rules.UNPAID:
        order = await known(app, order_id)
        await store.count_look(app, "orders", order_id)
        due = rules.next_look(order.looks, app.real_now(), order.pay_until)
        await app.db.schedule("payments.sweep", order_id, due, clock="real")


async def take_notification(app: App, headers: Mapping[str, str], body: bytes) -> None:
    """WeChat Pay tells us something. NotGenuine, Invalid, NotFound, TradeDiffers: nothing is written then."""
    told: PayNotification = app.pay.read_notification(headers, body)
    if told.trade:
        await settle(app, told.trade)
    elif told.refund:
        await settle_refund(app, told.refund)


async def _payer(app: App, channel: Channel, by: Actor) -> tuple[str, str]:
    """The appid and openid with which this account pays on this channel; WrongApp when it has none there."""
    side = CHANNEL_APP[channel]
    openid = (await accounts.get(app, by.id)).openids.get(side)
    if openid is None:
        raise WrongApp()
    return (app.settings.wechat_appid if side == "service" else app.settings.mini_appid), openid


def _new_order(app: App, wanted: Wanted, by: Actor, appid: str, openid: str) -> Order:
    now, real_now = app.now(), app.real_now()
    return Order(
        **wanted.model_dump(),
        id=app.new_id(),
        account_id=by.id,
        status="created",
        appid=appid,
        openid=openid,
        created_at=now,
        expires_at=now + (wanted.pay_until - real_now),
    )


async def _open(app: App, order: Order, by: Actor, within: Within | None) -> bool:
    """Make an order with all that belongs to it; False when another one for the same thing lives."""

    async def work(tx: Tx) -> None:
        await store.add(app, order, tx)
        if within:
            await within(tx, order.id)
        due = rules.next_look(0, app.real_now(), order.pay_until)
        await app.db.schedule("payments.sweep", order.id, due, clock="real", tx=tx)
        await audit.record(app, by, "payments.open", patient_ids=[order.patient_id], why=order.kind, tx=tx)

    try:
        await app.db.transact(work)
    except store.AnotherLives:
        return False
    return True


async def _prepay(app: App, order: Order) -> Prepay:
    prepay_id = order.prepay_id
    if prepay_id is None or not rules.prepay_is_fresh(order, app.real_now()):
        prepay_id = await _ask_prepay(app, order)
        if not await store.set_prepay(app, order.id, prepay_id, app.real_now()):
            await _close_unseen(app, order)
            raise OrderEnded()
    params = app.pay.payment_params(order.appid, prepay_id)
    return Prepay(order_id=order.id, params=PaymentParams.model_validate(params))


async def _ask_prepay(app: App, order: Order) -> str:
    try:
        return await app.pay.prepay(
            appid=order.appid,
            openid=order.openid,
            out_trade_no=order.id,
            description=order.title,
            total_fen=order.amount_fen,
            expires_at=order.expires_at,
            notify_url=f"{app.settings.public_url}/wechat/pay/notify",
        )
    except errors.Foreign as refused:
        if refused.again != "never":
            raise
        status = await look(app, order.id)
        if status in rules.UNPAID:
            raise
        raise (OrderEnded() if status == "closed" else AlreadyPaid()) from refused


async def _close_unseen(app: App, order: Order) -> None:
    """The order ended while WeChat Pay prepared it; its sheet is shown to nobody."""
    try:
        await app.pay.close(order.id)
    except errors.Foreign as failed:
        log.warning("an ended order stays open at WeChat Pay", order=order.id, code=failed.foreign_code)


async def _mark_paid(app: App, order: Order, trade: Trade) -> None:
    at = trade.paid_at or app.now()
    values = {"transaction_id": trade.transaction_id, "paid_at": at}

    async def work(tx: Tx) -> None:
        if await store.move(app, order.id, rules.UNSETTLED, "paid", values, tx):
            await note_paid(app, order, at, tx)
            await tx.emit("payments.paid", **ids(order))
            await audit.record(app, SYSTEM, "payments.paid", patient_ids=[order.patient_id], why=order.kind, tx=tx)

    await app.db.transact(work)


async def _mark_closed(app: App, order: Order) -> None:
    async def work(tx: Tx) -> None:
        if await store.move(app, order.id, rules.UNPAID, "closed", tx=tx):
            await tx.emit("payments.closed", **ids(order))

    await app.db.transact(work)
