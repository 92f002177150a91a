"""Tell an account something; deliver by what it permits; keep the permissions that WeChat reports."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from server import errors, inbox
from server.accounts import service as accounts
from server.context import Actor, App, Event, Identity, Json
from server.db import Tx
from server.messages import rules, store
from server.messages.models import (
    Channel,
    Deliveries,
    Delivery,
    Message,
    Notice,
    Permission,
    Scene,
    Standing,
    State,
    SubscriptionAnswer,
    SubscriptionTemplate,
    SubscriptionTemplates,
    Template,
)
from server.values import shanghai_date

DELIVER = "messages.deliver"
_PAGE = 50


async def notify(app: App, notice: Notice, *, tx: Tx | None = None) -> None:
    """Have an account told, once per `dedupe`. What is sent where is decided when it is delivered."""

    async def work(tx: Tx) -> None:
        message_id = await store.add(app, notice, rules.tier_of(notice.key), app.now(), tx)
        if message_id:
            await app.db.schedule(DELIVER, message_id, app.real_now(), clock="real", tx=tx)

    await (work(tx) if tx else app.db.transact(work))


async def deliver(app: App, message_id: str) -> None:
    """Job messages.deliver: try the permitted channels in order; raises to be tried again later."""
    message = await store.get(app, message_id)
    if message and message.state is State.SENDING:  # a worker died here: did it arrive?
        await _after_unknown(app, message, "worker_died")
        message = await store.get(app, message_id)
    if message is None or message.state is not State.WAITING:
        return
    if not rules.may_repeat(message, app.real_now()):
        return await _settle(app, message, State.UNCERTAIN, message.last_code or "unknown")
    if message.not_after and app.now() > message.not_after:
        return await _settle(app, message, State.FAILED, "too_late")
    standing = await standing_of(app, message.account_id)
    if standing is None:
        return await _settle(app, message, State.FAILED, "account_gone")
    code = message.last_code
    for channel, template in rules.channels(message, standing, templates(app)):
        try:
            sending = await _start(app, message, channel, template)
        except store.Elsewhere:
            return
        if sending is None:
            continue
        refusal = await _send(app, sending, standing, channel, template)
        if refusal is None:
            return
        code = await _after_refusal(app, sending, channel, template, refusal)
    await _settle(app, message, rules.verdict(code), code or "no_permission")


async def standing_of(app: App, account_id: str) -> Standing | None:
    """What this account permits now; None when there is no such account."""
    try:
        account = await accounts.get(app, account_id)
    except errors.NotFound:
        return None
    return Standing(
        followed=account.followed,
        service_openid=account.openids.get("service"),
        mini_openid=account.openids.get("mini"),
        opted_out=await store.is_opted_out(app, account_id),
        counts=await store.counts(app, account_id),
        window_open=await store.window_is_open(app, account_id, app.now()),
    )


async def _start(app: App, message: Message, channel: Channel, template: Template | None) -> Message | None:
    """Take the permission and mark the message as being sent, in one transaction; None when nothing permits it."""

    async def work(tx: Tx) -> Message | None:
        epoch = 0
        if template and channel in rules.COUNTED:
            cause = f"{message.id}:{message.tries + 1}"
            taken = await _move(app, message, template, "consumed", cause, rules.consumed, tx)
            if taken is None:
                return None
            epoch = taken.epoch
        if channel == "text" and not await store.use_window(app, message.account_id, app.now(), tx):
            return None
        return await store.start_sending(app, message.id, channel, epoch, app.real_now(), tx)

    return await app.db.transact(work)


async def _send(
    app: App, message: Message, standing: Standing, channel: Channel, template: Template | None
) -> errors.Foreign | None:
    """Send through one channel; gives WeChat's refusal, raises when the outcome is open or it may work later."""
    try:
        msgid = await _call(app, message, standing, channel, template)
    except errors.Foreign as refusal:
        code = refusal.foreign_code
        if refusal.again == "never":
            return refusal
        if refusal.again == "later":
            await app.db.transact(lambda tx: _take_back(app, message, channel, template, code, tx))
        elif await _after_unknown(app, message, code) is State.UNCERTAIN:
            return None
        raise
    sent = {"state": State.SENT, "msgid": msgid, "last_code": "ok", "settled_at": app.now()}
    await store.change(app, message.id, State.SENDING, sent)
    outcome = await store.outcome_of(app, msgid) if msgid else None
    if outcome:
        await _conclude(app, message, *outcome)
    return None


async def _after_unknown(app: App, message: Message, code: str) -> State:
    """The message may have arrived: it is repeated only where that tells nobody twice. A consent counts as used."""
    channel = message.channel or "text"
    age = app.real_now() - message.began.get(channel, app.real_now())
    state = rules.after_unknown(channel, message.tier, age)
    doubtful = message.doubtful or channel == "template"
    values = {"state": state, "last_code": code, "doubtful": doubtful}
    await store.change(app, message.id, State.SENDING, values)
    return state


async def _take_back(
    app: App, message: Message, channel: Channel, template: Template | None, code: str, tx: Tx
) -> None:
    """Nothing was sent: the message waits, and what was taken for it is given back."""
    await _give_back(app, message, channel, template, tx)
    if not await store.change(app, message.id, State.SENDING, {"state": State.WAITING, "last_code": code}, tx):
        raise store.Elsewhere()


async def _give_back(app: App, message: Message, channel: Channel, template: Template | None, tx: Tx) -> None:
    if template and channel in rules.COUNTED:
        cause = f"{message.id}:{message.tries}"
        await _move(app, message, template, "returned", cause, lambda p: rules.returned(p, message.consent_epoch), tx)
    if channel == "text":
        await store.unuse_window(app, message.account_id, tx)


async def _after_refusal(
    app: App, message: Message, channel: Channel, template: Template | None, refusal: errors.Foreign
) -> str:
    """The channel refused for good: learn from it, and leave the message to the next channel. Gives the code."""
    code = refusal.foreign_code

    async def work(tx: Tx) -> None:
        if template and channel in rules.COUNTED and code == "43101":
            await _move(app, message, template, "revoked", f"{message.id}:{message.tries}", rules.revoked, tx)
        elif channel == "text" and code in rules.WINDOW_GONE:
            await store.close_window(app, message.account_id, tx)
        else:
            await _give_back(app, message, channel, template, tx)
        await store.give_up_channel(app, message, code, tx)

    await app.db.transact(work)
    if code == "43004" and channel == "template":  # he left, and we had not heard
        account = await accounts.get(app, message.account_id)
        await accounts.note_following(app, Identity("service", account.openids["service"]), False, at=app.now())
    return code


async def _move(
    app: App,
    message: Message,
    template: Template,
    name: store.Move,
    cause: str,
    change: Callable[[Permission], Permission | None],
    tx: Tx,
) -> Permission | None:
    return await store.move(app, message.account_id, template.template_id, name, cause, change, tx)


async def _call(
    app: App, message: Message, standing: Standing, channel: Channel, template: Template | None
) -> str | None:
    link = f"{app.settings.public_url}/wechat/enter?to={quote(message.path, safe='/')}"
    openid = (standing.mini_openid if channel == "mini" else standing.service_openid) or ""
    if template is None:
        title = title_of(app, message.key)
        if channel == "text":
            await app.wechat.send_text(openid, rules.plain_text(title, message.facts, link))
        else:
            text = rules.sms_text(app.settings.hospital_name, title, message.facts)
            await app.sms.send(message.id, message.phone or "", text)
        return None
    data = rules.fill(template, message.facts, shanghai_date(message.created_at))
    if channel == "template":
        return await app.wechat.send_template(openid, template.template_id, data, url=link, client_msg_id=message.id)
    if channel == "subscribe":
        return await app.wechat.send_subscribe("service", openid, template.template_id, data, page=link)
    page = message.path.removeprefix("/h5/")
    return await app.wechat.send_subscribe("mini", openid, template.template_id, data, page=page)


async def _settle(app: App, message: Message, state: State, code: str) -> None:
    values = {"state": state, "last_code": code, "settled_at": app.now()}
    await store.change(app, message.id, State.WAITING, values)


async def _conclude(app: App, message: Message, good: bool, code: str) -> None:
    """The platform's last word on a sent message; when it did not arrive, the other channels are tried."""
    if good:
        arrived = {"state": State.DELIVERED, "last_code": code, "settled_at": app.now()}
        await store.change(app, message.id, State.SENT, arrived)
        return

    async def work(tx: Tx) -> None:
        if await store.give_up_channel(app, message, code, tx):
            await app.db.schedule(DELIVER, message.id, app.real_now(), clock="real", tx=tx)

    await app.db.transact(work)


def templates(app: App) -> tuple[Template, ...]:
    """The templates this account holds at WeChat."""
    return _load(app.settings.templates_file)


@functools.cache
def _load(file: Path) -> tuple[Template, ...]:
    return tuple(Template.model_validate(t) for t in json.loads(file.read_text())["templates"])


def title_of(app: App, key: str) -> str:
    """What people read as the title of such a message."""
    return next((t.title for t in templates(app) if t.key == key), "医院通知")


# --- what WeChat tells us ------------------------------------------------------------------------


async def take_platform_event(app: App, event: Event) -> None:
    """A callback of the platform that bears on permissions or outcomes. Repeats change nothing."""
    name = event.data["name"]
    if name not in _TAKEN:
        return
    fields = inbox.fields_of(app, event)
    if name == "TEMPLATESENDJOBFINISH":
        return await _take_outcome(app, fields.get("MsgID"), fields.get("Status") == "success", fields.get("Status"))
    items = _items(fields, _TAKEN[name])
    if name == "subscribe_msg_sent_event":
        for item in items:
            await _take_outcome(app, item.get("MsgID"), str(item.get("ErrorCode")) == "0", item.get("ErrorStatus"))
        return
    account = await accounts.find_by_openid(app, Identity("service", str(fields["FromUserName"])))
    if account is None:
        return
    for number, item in enumerate(items):
        template = next((t for t in templates(app) if t.template_id == item.get("TemplateId")), None)
        said, cause = item.get("SubscribeStatusString"), f"{event.id}:{number}"
        if template and name == "subscribe_msg_popup_event" and said == "accept":
            await _gain(app, account.id, template, cause)
        elif template and name == "subscribe_msg_change_event" and said == "reject":
            await _revoke(app, account.id, template, cause)


_TAKEN = {
    "TEMPLATESENDJOBFINISH": "",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
}


def _items(fields: Json, name: str) -> list[Json]:
    """The List of a subscription event, which comes as one element or several, wrapped (XML) or not (JSON)."""
    wrapped = fields.get(name)
    inner = wrapped.get("List") if isinstance(wrapped, dict) else fields.get("List")
    return [item for item in (inner if isinstance(inner, list) else [inner]) if isinstance(item, dict)]


async def _take_outcome(app: App, msgid: object, good: bool, code: object) -> None:
    message = await store.note_outcome(app, str(msgid), good, str(code or "failed"), app.real_now())
    if message:
        await _conclude(app, message, good, str(code or "failed"))


async def _gain(app: App, account_id: str, template: Template, cause: str) -> None:
    def more(permission: Permission) -> Permission:
        return rules.gained(permission, template.long_term)

    await app.db.transact(lambda tx: store.move(app, account_id, template.template_id, "gained", cause, more, tx))


async def _revoke(app: App, account_id: str, template: Template, cause: str) -> None:
    await app.db.transact(
        lambda tx: store.move(app, account_id, template.template_id, "revoked", cause, rules.revoked, tx)
    )


async def note_incoming(app: App, account_id: str, event: Event) -> None:
    """The person wrote to us: the customer-service window is open for 48 hours and five messages."""
    await store.open_window(app, account_id, event.id, event.at + rules.WINDOW, rules.SENDS_PER_WINDOW)


async def note_left(app: App, account_id: str) -> None:
    """The person unfollowed: no customer-service message may follow."""
    await store.close_window(app, account_id)


async def set_opted_out(app: App, account_id: str, opted_out: bool, *, tx: Tx | None = None) -> None:
    """The person wants no notices (critical ones excepted), or wants them again."""
    await store.set_opted_out(app, account_id, opted_out, tx)


# --- for pages -----------------------------------------------------------------------------------


async def subscription_templates(app: App, scene: Scene, *, by: Actor) -> SubscriptionTemplates:
    """What the pop-up may ask for in this scene, for the app the person uses now; three at the most."""
    kind = "mini" if by.app == "mini" else "subscribe"
    found = [t for t in templates(app) if t.kind == kind and t.scene == scene][:3]
    return SubscriptionTemplates(
        items=[SubscriptionTemplate(key=t.key, template_id=t.template_id, title=t.title) for t in found]
    )


async def note_accepted(app: App, answer: SubscriptionAnswer, *, by: Actor) -> None:
    """The mini-program's pop-up was answered on this phone; a repeat of the request counts once more.

    Only WeChat's own count lets a message through: an untrue answer costs one refused sending (43101).
    """
    mine = {t.template_id: t for t in templates(app) if t.kind == "mini" and by.app == "mini"}
    for template_id in set(answer.accepted) & mine.keys():
        await _gain(app, by.id, mine[template_id], app.new_id())


async def deliveries(app: App, state: State | None, before: str | None, *, by: Actor) -> Deliveries:
    """Messages, newest first, without their content."""
    docs = await store.page(app, state, before, _PAGE + 1)
    items = [
        Delivery.model_validate({**doc, "id": doc["_id"], "title": title_of(app, doc["key"])}, extra="ignore")
        for doc in docs[:_PAGE]
    ]
    return Deliveries(items=items, next=items[-1].id if len(docs) > _PAGE else None)


async def states_of_subjects(app: App, subject_ids: list[str]) -> dict[str, str]:
    """The best state that any message about a subject has reached, for lists of other features."""
    best: dict[str, str] = {}
    for doc in await store.states_of_subjects(app, subject_ids):
        best[doc["subject_id"]] = rules.better(best.get(doc["subject_id"]), str(doc["state"]))
    return best
