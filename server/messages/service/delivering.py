"""Deliver what waits: the most urgent first, by what its account permits and the day's quotas allow.

A hand takes a few messages at once and sends them one after another. What an account permits is
read for all of them together; a permission that is used up is taken in one transaction with the
mark that the message is being sent. Killed at any instant: a message in hand is taken up again
when its lease has run out, and one whose outcome is open is repeated only where that tells nobody twice.
"""

import asyncio
from collections.abc import Collection
from typing import Literal

from server import errors, logs
from server.accounts import service as accounts
from server.context import App, Identity, WeChatApp
from server.db import Tx, pause_after
from server.messages.models import Channel, Message, Standing, State, Template
from server.messages.rules import choosing, consents, kinds, quotas
from server.messages.rules.choosing import COUNTED
from server.messages.service.allowance import Allowance
from server.messages.service.sending import call
from server.messages.service.telling import assistant_of, templates
from server.messages.store import permissions, queue

AT_ONCE = 8  # messages in one hand: their permissions are read together
Done = Literal["sent", "waits", "next channel", "channel is full"]
Sent = tuple[Message, str | None]
"""A message that WeChat has taken, and its number for it."""
_CHATS: dict[str, WeChatApp] = {"text": "service", "mini_text": "mini"}
log = logs.get("messages")


async def is_due(app: App) -> bool:
    """Whether any message could be sent now."""
    return await queue.is_due(app, night=kinds.is_night(app.now()))


async def deliver_due(app: App) -> bool:
    """Take some messages in hand and deliver them; False when none is due."""
    messages = await queue.claim(app, AT_ONCE, night=kinds.is_night(app.now()))
    if not messages:
        return messages is not None
    standings = await standings_of(app, {message.account_id for message in messages})
    allowance = Allowance(app, messages)
    seen: set[str] = set()
    async with asyncio.TaskGroup() as noting:  # what was sent is noted while the next one is being sent
        for message in messages:
            if message.account_id in seen:  # the message before may have taught us something
                standings |= await standings_of(app, {message.account_id})
            seen.add(message.account_id)
            try:
                sent = await _deliver(app, message, standings.get(message.account_id), allowance)
            except queue.Elsewhere:
                sent = None
            except Exception as error:  # noqa: BLE001  one odd message must not stop the others
                sent = None
                log.warning("message failed", message=message.id, error=type(error).__name__)
                await queue.put_aside(app, message.id, message.lease)
            if sent:
                noting.create_task(_note_sent(app, *sent))
            allowance.done(message.tier)
    await allowance.give_back()
    return True


async def standings_of(app: App, account_ids: Collection[str]) -> dict[str, Standing]:
    """What these accounts permit now; an account that is gone has no standing."""
    known, silent, permitted = await asyncio.gather(
        accounts.of_ids(app, account_ids),
        permissions.opted_out(app, account_ids),
        permissions.of_accounts(app, account_ids),
    )
    return {
        account.id: Standing(
            followed=account.followed,
            service_openid=account.openids.get("service"),
            mini_openid=account.openids.get("mini"),
            opted_out=account.id in silent,
            counts={name: p.count for name, p in permitted[account.id].items() if p.until is None},
            windows=consents.first_to_end(permitted[account.id], "service", app.now()),
            mini_windows=consents.first_to_end(permitted[account.id], "mini", app.now()),
        )
        for account in known
    }


async def _note_sent(app: App, message: Message, msgid: str | None) -> None:
    """When this cannot be written, the outcome is open, as if we had died: the lease runs out."""
    try:
        await queue.settle(app, message, State.SENT, "ok", msgid or None)
    except Exception as error:  # noqa: BLE001  the others in the hand go on
        log.warning("sent, not noted", message=message.id, error=type(error).__name__)


async def _deliver(app: App, message: Message, standing: Standing | None, allowance: Allowance) -> Sent | None:
    """Try the permitted channels in order, until one has taken the message or it must wait."""
    if message.state is State.SENDING:  # a worker died here: did it arrive?
        message = await _after_unknown(app, message, "worker_died")
        if message.state is not State.WAITING:
            return None
    if not choosing.may_repeat(message, app.real_now()):
        await _settle(app, message, State.UNCERTAIN, message.last_code or "unknown")
        return None
    if message.not_after and app.now() > message.not_after:
        await _settle(app, message, State.FAILED, "too_late")
        return None
    if standing is None:
        await _settle(app, message, State.FAILED, "account_gone")
        return None
    full: str | None = None
    assistant = assistant_of(app, message.key) is not None
    for channel, template in choosing.channels(message, standing, templates(app), assistant=assistant):
        answer = await allowance.use(channel, message.tier)
        if answer != "granted":
            full = full if full == "kept" else answer
            continue
        sending = await _start(app, message, standing, channel, template)
        if sending is None:
            allowance.unused(channel, message.tier)
            continue
        done, message, msgid = await _send(app, sending, standing, channel, template)
        if done == "sent":
            return message, msgid
        if done == "waits":
            return None
        if done == "channel is full":
            await allowance.close(channel)
            full = full or "full"
    if full and message.tier != "critical":
        held = quotas.held_for(app.now(), message.not_after, until_tomorrow=full == "full")
        await queue.wait(app, message, "quota", app.real_now() + held)
    elif full:  # the day's quota is no reason to let somebody come in vain: people phone him
        await _settle(app, message, State.FAILED, message.last_code or "quota")
    else:
        code = message.last_code
        await _settle(app, message, choosing.verdict(code), code or "no_permission")
    return None


async def _start(
    app: App, message: Message, standing: Standing, channel: Channel, template: Template | None
) -> Message | None:
    """Mark the message as being sent, in one transaction with the permission it uses up; None when it is gone."""
    windows = {"text": standing.windows, "mini_text": standing.mini_windows}
    names = [template.template_id] if template and channel in COUNTED else windows.get(channel, [])
    if not names:
        return await queue.start_sending(app, message, channel, None, 0)

    async def work(tx: Tx) -> Message | None:
        cause = f"{message.id}:{message.tries + 1}"
        for name in names:
            taken = await permissions.move(app, message.account_id, name, "consumed", cause, consents.consumed, tx)
            if taken:
                return await queue.start_sending(app, message, channel, name, taken.epoch, tx)
        return None

    return await app.db.transact(work)


async def _send(
    app: App, message: Message, standing: Standing, channel: Channel, template: Template | None
) -> tuple[Done, Message, str | None]:
    """Send through one channel and note a refusal; gives the message as it stands then, and WeChat's number of it."""
    try:
        msgid = await call(app, message, standing, channel, template)
    except errors.Foreign as refusal:
        code = refusal.foreign_code
        if refusal.again == "never":
            return "next channel", await _after_refusal(app, message, code), None
        if refusal.again == "later" and code == choosing.DAY_IS_OVER:
            return "channel is full", await _take_back(app, message, code, again=False), None
        if refusal.again == "later":
            return "waits", await _take_back(app, message, code, again=True), None
        return "waits", await _after_unknown(app, message, code, again=True), None
    return "sent", message, msgid


async def _after_unknown(app: App, message: Message, code: str, *, again: bool = False) -> Message:
    """The message may have arrived: it is repeated only where that tells nobody twice. A consent counts as used.

    `again`: after a pause; otherwise it stays in hand.
    """
    channel = message.channel or "text"
    age = app.real_now() - message.began.get(channel, app.real_now())
    if choosing.after_unknown(channel, message.tier, age) is State.UNCERTAIN:
        await _settle(app, message, State.UNCERTAIN, code)
        return message.model_copy(update={"state": State.UNCERTAIN})
    due_at = app.real_now() + pause_after(message.tries) if again else None
    doubtful = message.doubtful or channel == "template"
    return await queue.wait(app, message, code, due_at, doubtful=doubtful)


async def _take_back(app: App, message: Message, code: str, *, again: bool) -> Message:
    """Nothing was sent: the message waits, and what was taken for it is given back."""
    due_at = app.real_now() + pause_after(message.tries) if again else None
    if not message.consent:
        return await queue.wait(app, message, code, due_at)

    async def work(tx: Tx) -> Message:
        await _give_back(app, message, tx)
        return await queue.wait(app, message, code, due_at, tx)

    return await app.db.transact(work)


async def _give_back(app: App, message: Message, tx: Tx) -> None:
    if message.consent:
        cause = f"{message.id}:{message.tries}"
        epoch = message.consent_epoch
        await permissions.move(
            app, message.account_id, message.consent, "returned", cause, lambda p: consents.returned(p, epoch), tx
        )


async def _after_refusal(app: App, message: Message, code: str) -> Message:
    """The channel refused for good: learn from it, and leave the message to the next channel."""

    async def work(tx: Tx) -> Message:
        gone: list[str] = []
        if message.channel in COUNTED and code == "43101":
            gone = [message.consent or ""]
        elif message.channel in _CHATS and code in choosing.WINDOW_GONE:
            gone = await permissions.held(app, message.account_id, consents.windows_of(_CHATS[message.channel]))
        if not gone:
            await _give_back(app, message, tx)
        for name in gone:
            cause = f"{message.id}:{message.tries}"
            await permissions.move(app, message.account_id, name, "revoked", cause, consents.revoked, tx)
        return await queue.give_up_channel(app, message, code, tx)

    waiting = await app.db.transact(work)
    if code == "43004" and message.channel == "template":  # he left, and we had not heard
        account = await accounts.get(app, message.account_id)
        await accounts.note_following(app, Identity("service", account.openids["service"]), False, at=app.now())
    return waiting


async def _settle(app: App, message: Message, state: State, code: str) -> None:
    """The end of a message that was not sent; when a person must be phoned instead, that is told with it."""
    if not kinds.needs_a_call(message.key, state):
        return await queue.settle(app, message, state, code)

    async def work(tx: Tx) -> None:
        await queue.settle(app, message, state, code, tx=tx)
        about = {"account_id": message.account_id, "patient_id": message.patient_id, "subject_id": message.subject_id}
        await tx.emit("messages.undelivered", message_id=message.id, key=message.key, tier=message.tier, **about)

    await app.db.transact(work)
