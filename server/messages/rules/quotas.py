"""How much of a day's quota each tier may use, and when what found none is tried again."""

from datetime import datetime, timedelta

from server.messages.models import Tier
from server.values import plus_days, shanghai_at, shanghai_date

SHARES: dict[Tier, int] = {"critical": 100, "service": 90, "education": 70}  # percent of a day's quota
_SOON = timedelta(seconds=3)


def share_of(limit: int, tier: Tier) -> int:
    """How many of the day's messages may have gone out when one of this tier goes."""
    return limit * SHARES[tier] // 100


def cap_of(limit: int, tier: Tier, more_urgent: int) -> int:
    """The same, leaving one for each more urgent message that still waits."""
    return max(min(share_of(limit, tier), limit - more_urgent), 0)


def is_short(limit: int, used: int, waiting: int) -> bool:
    """Whether the day's quota does not cover what waits: then nothing goes before what is more urgent."""
    return used + waiting > limit


def held_for(now: datetime, not_after: datetime | None, *, until_tomorrow: bool) -> timedelta:
    """How long a message without quota waits: for tomorrow, or a moment while more urgent ones go; or till its end."""
    wait = shanghai_at(plus_days(shanghai_date(now), 1)) - now if until_tomorrow else _SOON
    return min(wait, not_after - now + timedelta(seconds=1)) if not_after else wait
