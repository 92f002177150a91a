"""Keep the permissions that WeChat reports, and the outcomes of what was sent."""

from datetime import datetime, timedelta

from server import inbox
from server.accounts import service as accounts
from server.context import App, Event
from server.db import Tx
from server.messages.models import Permission
from server.messages.rules import consents
from server.messages.rules.consents import WINDOWS, WindowKind
from server.messages.service.telling import templates
from server.messages.store import permissions, queue
from server.wechat_events import (
    Followed,
    MenuClicked,
    MenuScanned,
    MiniEntered,
    Push,
    Scanned,
    SubscriptionAsked,
    SubscriptionChanged,
    SubscriptionSent,
    TemplateEnded,
)

_KNOWN_BY_THEN = timedelta(minutes=10)  # WeChat may tell an outcome before it has answered to the sending


class TooEarly(Exception):
    """An outcome of a message whose number we do not know yet: to be heard again."""


async def take_platform_event(app: App, event: Event) -> None:
    """wechat.event: what bears on permissions or outcomes. Repeats change nothing."""
    match push := inbox.push_of(app, event):
        case TemplateEnded():
            await _take_outcome(app, event, push.msg_id, push.arrived, push.status)
        case SubscriptionSent():
            for result in push.results:
                await _take_outcome(app, event, result.msg_id, result.arrived, result.status or result.code)
        case SubscriptionAsked() | SubscriptionChanged():
            await _take_choices(app, event, push)
        case Followed() | Scanned() | MenuClicked() | MenuScanned() | MiniEntered():
            account = await accounts.enter(app, inbox.whom(event, push))
            await _open(app, account.id, _OPENS[type(push)], event.id, min(push.at, event.at))


_OPENS: dict[type[Push], WindowKind] = {
    Followed: "follow",
    Scanned: "scan",
    MenuClicked: "menu",
    MenuScanned: "menu",
    MiniEntered: "mini_enter",
}


async def _take_outcome(app: App, event: Event, msgid: str, good: bool, code: str) -> None:
    """The platform's last word on a sent message; when it did not arrive, the other channels are tried."""
    known = await (queue.note_arrived if good else queue.note_not_arrived)(app, msgid, code)
    if not known and app.now() - event.at < _KNOWN_BY_THEN:
        raise TooEarly()


async def _take_choices(app: App, event: Event, push: SubscriptionAsked | SubscriptionChanged) -> None:
    who = inbox.whom(event, push)
    kind = "mini" if who.app == "mini" else "subscribe"
    ours = {t.template_id: t for t in templates(app) if t.kind == kind}
    account = await accounts.find_by_openid(app, who)
    if account is None:
        return
    for number, choice in enumerate(push.choices):
        template, cause = ours.get(choice.template_id), f"{event.id}:{number}"
        if template and isinstance(push, SubscriptionAsked) and choice.answer == "accept":
            await _gain(app, account.id, template.template_id, template.long_term, cause)
        elif template and isinstance(push, SubscriptionChanged) and choice.answer == "reject":
            await _revoke(app, account.id, template.template_id, cause)


async def _gain(app: App, account_id: str, template_id: str, long_term: bool, cause: str) -> None:
    def more(permission: Permission) -> Permission:
        return consents.gained(permission, long_term)

    await app.db.transact(lambda tx: permissions.move(app, account_id, template_id, "gained", cause, more, tx))


async def _revoke(app: App, account_id: str, name: str, cause: str) -> None:
    await app.db.transact(lambda tx: permissions.move(app, account_id, name, "revoked", cause, consents.revoked, tx))


async def _open(app: App, account_id: str, kind: WindowKind, cause: str, at: datetime) -> None:
    def anew(permission: Permission) -> Permission | None:
        return consents.opened(permission, WINDOWS[kind], at)

    name = consents.window_name(kind)
    await app.db.transact(lambda tx: permissions.move(app, account_id, name, "gained", cause, anew, tx))


async def note_incoming(
    app: App, account_id: str, event: Event, kind: WindowKind = "message", *, at: datetime | None = None
) -> None:
    """The person did something that lets us write to him for a while: wrote, chose from a menu, paid. `at`: when."""
    await _open(app, account_id, kind, event.id, min(at or event.at, event.at))


async def note_left(app: App, account_id: str, cause: str = "") -> None:
    """The person unfollowed: no customer-service message of the account may follow."""
    for name in await permissions.held(app, account_id, consents.windows_of("service")):
        await _revoke(app, account_id, name, cause or app.new_id())


async def set_opted_out(app: App, account_id: str, opted_out: bool, *, tx: Tx | None = None) -> None:
    """The person wants no notices (critical ones excepted), or wants them again."""
    await permissions.set_opted_out(app, account_id, opted_out, tx)
