"""Which channel may carry a message, how a value is fitted to its field, and what an SMS says.

Field limits: WECHAT.md 4.2; a value is shortened rather than refused, so that no notice is
lost for a long department name.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from server.messages.models import Channel, Message, Standing, State, Template, Tier

CRITICAL = frozenset({"clinic_stopped", "refund_done", "patient_bound", "booking_cancelled"})
TOLD_TWICE_IS_HARMLESS: frozenset[Channel] = frozenset({"template", "sms"})  # client_msg_id; the provider's id
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
_NOT_PLAIN = re.compile(r"[\x00-\x1f\x7f]+")
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")


def tier_of(key: str) -> Tier:
    """critical: the patient acts wrongly without it. service: everything else we send."""
    return "critical" if key in CRITICAL else "service"


def fit(kind: str, value: str) -> str:
    """A value as its field type allows; never empty (an empty value is refused by WeChat with 47003)."""
    text = _NOT_PLAIN.sub(" ", value).strip()
    if kind in ("character_string", "number", "letter", "symbol"):
        text = _NOT_ASCII.sub("", text)
    if kind == "name":
        limit = 10 if any(ord(c) > 127 for c in text) else 20
    else:
        limit = _LIMITS.get(kind, 20 if kind not in ("time", "date", "amount") else 64)
    if len(text) > limit:
        text = text[: limit - 1] + ("…" if kind == "thing" else text[limit - 1])
    return text or ("-" if kind != "number" else "0")


def fill(template: Template, facts: Mapping[str, str]) -> dict[str, str]:
    """The data of a template message: every keyword of the template, fitted."""
    return {field.key: fit(field.type, facts.get(field.label, "见详情")) for field in template.fields}


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


def after_unknown(channel: Channel, tier: Tier) -> State:
    """What becomes of a message whose sending has an unknown outcome."""
    return State.WAITING if channel in TOLD_TWICE_IS_HARMLESS or tier == "critical" else State.UNCERTAIN


def plain_text(title: str, facts: Mapping[str, str], link: str) -> str:
    """The message as text, for the customer-service window."""
    lines = "\n".join(f"{label}：{value}" for label, value in facts.items())
    return f"【{title}】\n{lines}\n查看详情：{link}"


def sms_text(hospital: str, title: str, facts: Mapping[str, str]) -> str:
    """The message as an SMS of at most 140 characters."""
    rest = "，".join(f"{label}{value}" for label, value in facts.items())
    return f"【{hospital}】{title}：{rest}。详情请看医院微信公众号。"[:140]
