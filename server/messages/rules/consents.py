"""What a person permits: consents for templates and customer-service windows, gained, consumed, returned, revoked.

A window is a permission with an end. Numbers: WECHAT.md 4.4 and 4.7.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from server.context import WeChatApp
from server.messages.models import Permission

WindowKind = Literal["message", "menu", "follow", "scan", "payment", "mini_message", "mini_enter"]


@dataclass(frozen=True, slots=True)
class Window:
    """What opens when somebody does something: so many messages (None: any number) within that time."""

    app: WeChatApp
    sends: int | None
    lasts: timedelta


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_TWO_DAYS, _MINUTE = timedelta(hours=48), timedelta(minutes=1)
WINDOWS: dict[WindowKind, Window] = {
    "message": Window("service", 5, _TWO_DAYS),
    "menu": Window("service", 3, _MINUTE),
    "follow": Window("service", 3, _MINUTE),
    "scan": Window("service", 3, _MINUTE),
    "payment": Window("service", None, _TWO_DAYS),
    "mini_message": Window("mini", 5, _TWO_DAYS),
    "mini_enter": Window("mini", 2, _MINUTE),
}
_NAMES: dict[str, WindowKind] = {f"window:{kind}": kind for kind in WINDOWS}


def window_name(kind: WindowKind) -> str:
    """What stands in the ledger for a window where a template's id stands for a consent."""
    return f"window:{kind}"


def windows_of(app: WeChatApp) -> list[str]:
    """The ledger's names of all windows of one app."""
    return [name for name, kind in _NAMES.items() if WINDOWS[kind].app == app]


def gained(permission: Permission, long_term: bool) -> Permission:
    """One consent more."""
    return permission.model_copy(update={"count": permission.count + 1, "long_term": long_term})


def opened(permission: Permission, window: Window, at: datetime) -> Permission | None:
    """The window is open anew since then: full again. None when something later has opened it before."""
    until = at + window.lasts
    if permission.until and permission.until > until:
        return None
    facts = {"count": window.sends or 1, "long_term": window.sends is None, "until": until}
    return permission.model_copy(update=facts | {"epoch": permission.epoch + 1})


def consumed(permission: Permission) -> Permission | None:
    """One message goes out; None when nobody allowed it. A long-term consent is not used up."""
    if permission.count <= 0:
        return None
    return permission if permission.long_term else permission.model_copy(update={"count": permission.count - 1})


def returned(permission: Permission, epoch: int) -> Permission:
    """A consumed consent that WeChat did not use comes back, unless the person has refused (or opened anew) since."""
    if permission.long_term or permission.epoch != epoch:
        return permission
    return permission.model_copy(update={"count": permission.count + 1})


def joined(permission: Permission, other: Permission) -> Permission:
    """Two accounts are one person's: what was allowed to either is allowed; of two windows the later one counts."""
    if permission.until or other.until:
        longer = max(permission, other, key=lambda p: (p.count > 0, p.until or _LONG_AGO))
        return longer.model_copy(update={"epoch": permission.epoch + 1})
    facts = {"count": permission.count + other.count, "long_term": permission.long_term or other.long_term}
    return permission.model_copy(update=facts)


def revoked(permission: Permission) -> Permission:
    """The person refused, or WeChat says that nothing is left."""
    return permission.model_copy(update={"count": 0, "epoch": permission.epoch + 1})


def is_open(permission: Permission, now: datetime) -> bool:
    """Whether a message may be sent through this window now."""
    return permission.count > 0 and permission.until is not None and permission.until > now


def first_to_end(permissions: dict[str, Permission], app: WeChatApp, now: datetime) -> list[str]:
    """The names of an app's open windows; the one that ends first is used first."""
    found = [(p.until, name) for name, p in permissions.items() if name in windows_of(app) and is_open(p, now)]
    return [name for _, name in sorted(found, key=lambda one: (str(one[0]), one[1]))]
