"""Which channels may carry a message, and what follows from the answer that a sending had."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from server.messages.models import Channel, Message, Standing, State, Template, Tier

CHANNELS: tuple[Channel, ...] = ("assistant", "template", "subscribe", "mini", "text", "mini_text", "sms")
COUNTED: frozenset[str] = frozenset({"subscribe", "mini"})  # channels whose messages use up a consent
SAME_ID_LASTS = timedelta(minutes=9)  # WeChat knows a client_msg_id again for 10 minutes
DAY_IS_OVER = "45009"  # no call of this kind is left today
WINDOW_GONE = frozenset({"45015", "45047"})
NOT_ALLOWED = frozenset({"43004", "43019", "43101", "43107", "45015", "45047", "48002", "50002", "50005"})


def channels(
    message: Message, standing: Standing, templates: Sequence[Template], *, assistant: bool = False
) -> list[tuple[Channel, Template | None]]:
    """The channels that may carry this message, best first; empty: nobody allowed it.

    就医助手 (when the hospital has a number for this notice) needs no consent; a follower may be
    sent template messages; a subscription message needs a counted consent; a customer-service
    text an open window; an SMS goes only for what is critical.
    """
    of_kind: dict[str, Template] = {t.kind: t for t in templates if t.key == message.key}
    found: list[tuple[Channel, Template | None]] = []
    if message.tier == "critical" or not standing.opted_out:
        if assistant and (standing.service_openid or standing.mini_openid):
            found.append(("assistant", None))
        if "template" in of_kind and standing.followed and standing.service_openid:
            found.append(("template", of_kind["template"]))
        openids: tuple[tuple[Channel, str | None], ...]
        openids = (("subscribe", standing.service_openid), ("mini", standing.mini_openid))
        for channel, openid in openids:
            template = of_kind.get(channel)
            if template and openid and standing.counts.get(template.template_id, 0) > 0:
                found.append((channel, template))
        if standing.windows and standing.followed and standing.service_openid:
            found.append(("text", None))
        if standing.mini_windows and standing.mini_openid:
            found.append(("mini_text", None))
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


_BETTER = ("failed", "no_permission", "uncertain", "waiting", "sending", "sent", "delivered")


def better(one: str | None, other: str) -> str:
    """Of two states of messages about the same thing, the one that tells how far we came."""
    return other if one is None or _BETTER.index(other) > _BETTER.index(one) else one
