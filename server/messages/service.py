"""Tell an account something; deliver by what it permits; keep the permissions that WeChat reports."""

import functools
import json
from pathlib import Path

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
    Scene,
    Standing,
    State,
    SubscriptionTemplate,
    SubscriptionTemplates,
    Template,
)

_PAGE = 50


async def notify(app: App, notice: Notice, *, tx: Tx | None = None) -> None:
    """Have an account told, once per `dedupe`. What is sent where is decided when it is delivered."""
    message_id = await store.add(app, notice, rules.tier_of(notice.key), app.now(), tx)
    if message_id:
        await app.db.schedule("messages.deliver", message_id, app.real_now(), clock="real", tx=tx)


async def deliver(app: App, message_id: str) -> None:
    """The worker's part: try the permitted channels in order; raises to be tried again later."""
    message = await store.get(app, message_id)
    if message is None or message.state not in (State.WAITING, State.SENDING):
        return
    if message.state is State.SENDING and message.channel:  # a worker died here: did it arrive?
        state = rules.after_unknown(message.channel, message.tier)
        await store.change(app, message_id, [State.SENDING], state=state, last_code="worker_died")
        if state is State.UNCERTAIN:
            return
    if message.not_after and app.now() > message.not_after:
        await _settle(app, message_id, State.FAILED, "too_late")
        return
    standing = await standing_of(app, message.account_id)
    for channel, template in rules.channels(message, standing, templates(app)):
        if await _try(app, message, standing, channel, template):
            return
    await _settle(app, message_id, State.NO_PERMISSION, "no_permission")


async def standing_of(app: App, account_id: str) -> Standing:
    """What this account permits now."""
    account = await accounts.get(app, account_id)
    return Standing(
        followed=account.followed,
        service_openid=account.openids.get("service"),
        mini_openid=account.openids.get("mini"),
        opted_out=await store.is_opted_out(app, account_id),
        counts=await store.counts(app, account_id),
        window_open=await store.window_is_open(app, account_id, app.now()),
    )


async def _try(app: App, message: Message, standing: Standing, channel: Channel, template: Template | None) -> bool:
    """Send through one channel. True when the message is settled, False to try the next channel."""
    if not await _take_permission(app, message, channel, template):
        return False
    await store.start_sending(app, message.id, channel)
    try:
        msgid = await _send(app, message, standing, channel, template)
    except errors.Foreign as refusal:
        return await _after_failure(app, message, channel, template, refusal)
    await store.change(
        app, message.id, [State.SENDING], state=State.SENT, msgid=msgid, last_code="ok", settled_at=app.now()
    )
    return True


async def _after_failure(
    app: App, message: Message, channel: Channel, template: Template | None, refusal: errors.Foreign
) -> bool:
    code = refusal.foreign_code
    if refusal.again == "unknown":
        state = rules.after_unknown(channel, message.tier)
        await store.change(app, message.id, [State.SENDING], state=state, last_code=code)
        if state is State.UNCERTAIN:
            return True
        raise refusal
    counted = template is not None and channel in ("subscribe", "mini")
    if refusal.again == "later":
        if counted and template:
            await store.give_back(app, message.account_id, template.template_id, message.id, app.now())
        await store.change(app, message.id, [State.SENDING], state=State.WAITING, last_code=code)
        raise refusal
    if counted and template and code == "43101":
        await store.revoke(app, message.account_id, template.template_id, message.id, app.now())
    if channel == "text":
        await store.close_window(app, message.account_id)
    if code == "43004" and channel == "template":  # he left, and we had not heard
        await _left(app, message.account_id)
    await store.give_up_channel(app, message.id, channel, code)
    return False


async def _left(app: App, account_id: str) -> None:
    account = await accounts.get(app, account_id)
    openid = account.openids.get("service")
    if openid:
        await accounts.note_following(app, Identity("service", openid), False)


async def _take_permission(app: App, message: Message, channel: Channel, template: Template | None) -> bool:
    if channel in ("subscribe", "mini") and template:
        return await store.consume(app, message.account_id, template.template_id, message.id, app.now())
    if channel == "text":
        return await store.use_window(app, message.account_id, app.now())
    return True


async def _send(
    app: App, message: Message, standing: Standing, channel: Channel, template: Template | None
) -> str | None:
    link = f"{app.settings.public_url}/wechat/enter?to={message.path}"
    openid = (standing.mini_openid if channel == "mini" else standing.service_openid) or ""
    if channel == "template" and template:
        data = rules.fill(template, message.facts)
        return await app.wechat.send_template(openid, template.template_id, data, url=link, client_msg_id=message.id)
    if channel in ("subscribe", "mini") and template:
        data = rules.fill(template, message.facts)
        page = link if channel == "subscribe" else message.path.removeprefix("/h5/")
        to_app = "service" if channel == "subscribe" else "mini"
        return await app.wechat.send_subscribe(to_app, openid, template.template_id, data, page=page)  # type: ignore[arg-type]
    if channel == "text":
        await app.wechat.send_text(openid, rules.plain_text(title_of(app, message.key), message.facts, link))
        return None
    text = rules.sms_text(app.settings.hospital_name, title_of(app, message.key), message.facts)
    await app.sms.send(message.id, message.phone or "", text)
    return None


async def _settle(app: App, message_id: str, state: State, code: str) -> None:
    open_states = [State.WAITING, State.SENDING]
    await store.change(app, message_id, open_states, state=state, last_code=code, settled_at=app.now())


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
    fields = inbox.fields_of(app, event)
    name, openid = fields.get("Event", ""), fields.get("FromUserName", "")
    account = await accounts.find_by_openid(app, Identity("service", openid))
    if name == "TEMPLATESENDJOBFINISH":
        good = fields.get("Status") == "success"
        state = State.DELIVERED if good else State.FAILED
        await store.settle_by_msgid(app, str(fields.get("MsgID")), state, str(fields.get("Status", "")), app.now())
    elif name == "subscribe_msg_sent_event":
        for item in _items(fields, "SubscribeMsgSentEvent"):
            good = str(item.get("ErrorCode")) == "0"
            state = State.DELIVERED if good else State.FAILED
            await store.settle_by_msgid(app, str(item.get("MsgID")), state, str(item.get("ErrorStatus", "")), app.now())
    elif account and name == "subscribe_msg_popup_event":
        for number, item in enumerate(_items(fields, "SubscribeMsgPopupEvent")):
            await _popup(app, account.id, item, f"{event.id}:{number}")
    elif account and name == "subscribe_msg_change_event":
        for item in _items(fields, "SubscribeMsgChangeEvent"):
            if item.get("SubscribeStatusString") == "reject":
                await store.revoke(app, account.id, str(item.get("TemplateId")), event.id, app.now())


async def _popup(app: App, account_id: str, item: Json, cause: str) -> None:
    template = next((t for t in templates(app) if t.template_id == item.get("TemplateId")), None)
    if template and item.get("SubscribeStatusString") == "accept":
        await store.gain(app, account_id, template.template_id, template.long_term, cause, app.now())


def _items(fields: Json, name: str) -> list[Json]:
    """The List of a subscription event, which comes as one element or several."""
    inner = (fields.get(name) or {}).get("List") or fields.get("List") or []
    return [item for item in (inner if isinstance(inner, list) else [inner]) if isinstance(item, dict)]


async def note_incoming(app: App, account_id: str) -> None:
    """The person wrote to us: the customer-service window is open for 48 hours and five messages."""
    await store.open_window(app, account_id, app.now() + rules.WINDOW, rules.SENDS_PER_WINDOW)


async def set_opted_out(app: App, account_id: str, opted_out: bool) -> None:
    """The person wants no notices (critical ones excepted), or wants them again."""
    await store.set_opted_out(app, account_id, opted_out)


# --- for pages -----------------------------------------------------------------------------------


async def subscription_templates(app: App, scene: Scene, *, by: Actor) -> SubscriptionTemplates:
    """What the pop-up may ask for in this scene, for the app the person uses now; three at the most."""
    kind = "mini" if by.app == "mini" else "subscribe"
    found = [t for t in templates(app) if t.kind == kind and t.scene == scene][:3]
    return SubscriptionTemplates(
        items=[SubscriptionTemplate(key=t.key, template_id=t.template_id, title=t.title) for t in found]
    )


async def deliveries(app: App, state: State | None, before: str | None, *, by: Actor) -> Deliveries:
    """Messages, newest first, without their content."""
    docs = await store.page(app, state, before, _PAGE + 1)
    items = [
        Delivery.model_validate({**doc, "id": doc["_id"], "title": title_of(app, doc["key"])}, extra="ignore")
        for doc in docs[:_PAGE]
    ]
    return Deliveries(items=items, next=items[-1].id if len(docs) > _PAGE else None)


async def states_of(app: App, dedupes: list[str]) -> dict[str, str]:
    """The state of the messages with these dedupe keys, for lists of other features."""
    return {key: str(doc["state"]) for key, doc in (await store.states(app, dedupes)).items()}
