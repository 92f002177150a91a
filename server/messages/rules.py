"""Which channel may carry a message, how a value is fitted to its field, and what an SMS says.

Field limits: WECHAT.md 4.2; a value is shortened rather than refused, so that no notice is
lost for a long department name.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from server.messages.models import Channel, Message, Permission, Standing, State, Template, Tier

CRITICAL = frozenset({"clinic_stopped", "refund_done", "patient_bound", "booking_cancelled"})
COUNTED: frozenset[str] = frozenset({"subscribe", "mini"})  # channels whose messages use up a consent
SAME_ID_LASTS = timedelta(minutes=9)  # WeChat knows a client_msg_id again for 10 minutes
WINDOW_GONE = frozenset({"45015", "45047"})
NOT_ALLOWED = frozenset({"43004", "43019", "43101", "43107", "45015", "45047", "48002", "50002", "50005"})
WINDOW = timedelta(hours=48)
SENDS_PER_WINDOW = 5
_LIMITS = {
    "thing": 20,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "phone_number": 17,
    "phrase": 5,
}
_NOT_PLAIN = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_NO_YEAR = re.compile(r"(\d{1,2})月\d{1,2}日")
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")


def tier_of(key: str) -> Tier:
    """critical: the patient acts wrongly without it. service: everything else we send."""
    return "critical" if key in CRITICAL else "service"


def fit(kind: str, value: str) -> str:
    """A value as its field type allows; never empty (an empty value is refused by WeChat with 47003)."""
    text = _NOT_PLAIN.sub(" ", value).strip()
    if kind in ("character_string", "number", "letter", "symbol"):
        text = _NOT_ASCII.sub("", text).strip()
    if kind == "name":
        limit = 10 if any(ord(c) > 127 for c in text) else 20
    else:
        limit = _LIMITS.get(kind, 20 if kind not in ("time", "date", "amount") else 64)
    if len(text) > limit:
        text = text[: limit - 1] + ("…" if kind == "thing" else text[limit - 1])
    return text or ("-" if kind != "number" else "0")


def fill(template: Template, facts: Mapping[str, str], on: str) -> dict[str, str]:
    """The data of a template message: every keyword of the template, fitted. `on`: the day it was composed."""
    said = {field: facts.get(field.label, "见详情") for field in template.fields}
    return {field.key: fit(field.type, _dated(field.type, value, on)) for field, value in said.items()}


def _dated(kind: str, value: str, on: str) -> str:
    """WeChat wants the year in a time: 11月25日 08:30 becomes 2026年11月25日 08:30, the one nearest to `on`."""
    found = _NO_YEAR.match(value) if kind in ("time", "date") else None
    if found is None:
        return value
    year, away = int(on[:4]), int(found[1]) - int(on[5:7])
    return f"{year + (away < -6) - (away > 6)}年{value}"


def channels(
    message: Message, standing: Standing, templates: Sequence[Template]
) -> list[tuple[Channel, Template | None]]:
    """The channels that may carry this message, best first; empty: nobody allowed it.

    A follower may be sent template messages; a subscription message needs a counted consent;
    a customer-service text an open window; an SMS goes only for what is critical.
    """
    of_kind = {t.kind: t for t in templates if t.key == message.key}
    found: list[tuple[Channel, Template | None]] = []
    allowed = message.tier == "critical" or not standing.opted_out
    if allowed and "template" in of_kind and standing.followed and standing.service_openid:
        found.append(("template", of_kind["template"]))
    for kind, openid in (("subscribe", standing.service_openid), ("mini", standing.mini_openid)):
        template = of_kind.get(kind)  # type: ignore[call-overload]
        if allowed and template and openid and standing.counts.get(template.template_id, 0) > 0:
            found.append((kind, template))  # type: ignore[arg-type]
    if allowed and standing.window_open and standing.followed and standing.service_openid:
        found.append(("text", None))
    if message.tier == "critical" and message.phone:
        found.append(("sms", None))
    return [(channel, template) for channel, template in found if channel not in message.used]


def after_unknown(channel: Channel, tier: Tier, age: timedelta) -> State:
    """What becomes of a message whose sending has an unknown outcome, `age` after its first try on the channel.

    Repeating must not tell twice: WeChat knows a template message again for ten minutes, the SMS provider
    always. What is critical is rather told twice than never.
    """
    recognised = channel == "sms" or (channel == "template" and age < SAME_ID_LASTS)
    return State.WAITING if recognised or tier == "critical" else State.UNCERTAIN


def may_repeat(message: Message, now: datetime) -> bool:
    """Whether a message that may have arrived may be tried again now."""
    if not message.doubtful or message.tier == "critical":
        return True
    return now - message.began.get("template", now) < SAME_ID_LASTS


def verdict(last_code: str | None) -> State:
    """The end of a message that no channel carries any more."""
    return State.NO_PERMISSION if last_code is None or last_code in NOT_ALLOWED else State.FAILED


# --- consents -------------------------------------------------------------------------------------


def gained(permission: Permission, long_term: bool) -> Permission:
    """One consent more."""
    return permission.model_copy(update={"count": permission.count + 1, "long_term": long_term})


def consumed(permission: Permission) -> Permission | None:
    """One message goes out; None when nobody allowed it. A long-term consent is not used up."""
    if permission.count <= 0:
        return None
    return permission if permission.long_term else permission.model_copy(update={"count": permission.count - 1})


def returned(permission: Permission, epoch: int) -> Permission:
    """A consumed consent that WeChat did not use comes back, unless the person has refused since."""
    if permission.long_term or permission.epoch != epoch:
        return permission
    return permission.model_copy(update={"count": permission.count + 1})


def revoked(permission: Permission) -> Permission:
    """The person refused, or WeChat says that nothing is left."""
    return permission.model_copy(update={"count": 0, "epoch": permission.epoch + 1})


# --- words ----------------------------------------------------------------------------------------


def plain_text(title: str, facts: Mapping[str, str], link: str) -> str:
    """The message as text, for the customer-service window."""
    lines = "\n".join(f"{label}：{value}" for label, value in facts.items())
    return f"【{title}】\n{lines}\n查看详情：{link}"


def sms_text(hospital: str, title: str, facts: Mapping[str, str]) -> str:
    """The message as an SMS of at most 140 characters; what is too long is cut before the closing words."""
    rest = "，".join(f"{label}{value}" for label, value in facts.items())
    end = "。详情请看医院微信公众号。"
    return f"【{hospital}】{title}：{rest}"[: 140 - len(end)] + end


_BETTER = ("failed", "no_permission", "uncertain", "waiting", "sending", "sent", "delivered")


def better(one: str | None, other: str) -> str:
    """Of two states of messages about the same thing, the one that tells how far we came."""
    return other if one is None or _BETTER.index(other) > _BETTER.index(one) else one
