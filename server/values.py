"""Small values everybody uses: ids, Shanghai dates, phones, ID documents, masks. No I/O."""

import secrets
import time
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated

from pydantic import AwareDatetime, PlainSerializer, StringConstraints

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no daylight saving since 1991


def new_id() -> str:
    """24 hex characters: 11 of milliseconds (ordered by time), 13 random (52 bits)."""
    return f"{time.time_ns() // 1_000_000:011x}{secrets.randbits(52):013x}"


def new_code() -> str:
    """Six random digits, for codes sent to a phone or read out at the desk."""
    return f"{secrets.randbelow(1_000_000):06d}"


def new_token() -> str:
    """43 URL-safe characters of 256 random bits."""
    return secrets.token_urlsafe(32)


def _to_shanghai(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


At = Annotated[AwareDatetime, PlainSerializer(_to_shanghai, return_type=str, when_used="json")]
"""An instant: aware, UTC in the store, written +08:00 in answers."""

On = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
"""A date in Shanghai, YYYY-MM-DD."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]


def shanghai_date(at: datetime) -> str:
    """The Shanghai date of an instant."""
    return at.astimezone(SHANGHAI).date().isoformat()


def shanghai_at(on: str, clock: str = "00:00") -> datetime:
    """The instant at which a Shanghai date shows this clock ("HH:MM"), in UTC."""
    hour, minute = map(int, clock.split(":"))
    day = date.fromisoformat(on)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def plus_days(on: str, days: int) -> str:
    """The date `days` after this one."""
    return (date.fromisoformat(on) + timedelta(days=days)).isoformat()


def short_time(at: datetime) -> str:
    """An instant as people read it: 11月25日 08:30."""
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def yuan(fen: int) -> str:
    """Fen as people read it: ¥15.00."""
    return f"¥{fen // 100}.{fen % 100:02d}"


# --- people -----------------------------------------------------------------------------------

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_card(number: str) -> str | None:
    """A resident ID or residence-permit number in its normal form, or None when it is wrong.

    18 characters with the checksum of GB 11643-1999 (X upper-case); 15 digits are accepted
    and widened. Source: HEALTH.md 5.
    """
    text = number.strip().upper()
    if len(text) == 15 and text.isascii() and text.isdigit():
        body = text[:6] + "19" + text[6:]
        return id_card(body + check_digit(body))
    if len(text) != 18 or not text.isascii() or not text[:17].isdigit() or check_digit(text[:17]) != text[17]:
        return None
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return None
    return text if born.year >= 1880 else None


def check_digit(body: str) -> str:
    """The 18th character for 17 digits."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def id_card_birth(number: str) -> str:
    """The birth date in a valid 18-character number, YYYY-MM-DD."""
    return f"{number[6:10]}-{number[10:12]}-{number[12:14]}"


def id_card_sex(number: str) -> str:
    """male or female, from the parity of the 17th digit."""
    return "male" if int(number[16]) % 2 else "female"


def mobile(phone: str) -> str | None:
    """A mainland mobile number as 11 digits, or None. Accepts +86, 0086, spaces and dashes."""
    text = "".join(c for c in phone if c not in " -")
    for prefix in ("+86", "0086", "86"):
        if text.startswith(prefix) and len(text) - len(prefix) == 11:
            text = text[len(prefix) :]
    valid = len(text) == 11 and text.isascii() and text.isdigit() and text[0] == "1" and text[1] in "3456789"
    return text if valid else None


def age_on(birth_on: str, on: str) -> int:
    """Full years at a date."""
    b, d = date.fromisoformat(birth_on), date.fromisoformat(on)
    return d.year - b.year - ((d.month, d.day) < (b.month, b.day))


def age_text(birth_on: str, on: str) -> str:
    """An age as a hospital writes it: 34岁, 8个月, 12天."""
    years = age_on(birth_on, on)
    if years >= 3:
        return f"{years}岁"
    b, d = date.fromisoformat(birth_on), date.fromisoformat(on)
    months = (d.year - b.year) * 12 + d.month - b.month - (d.day < b.day)
    return f"{months}个月" if months >= 1 else f"{max((d - b).days, 0)}天"


def mask_phone(phone: str) -> str:
    """138****1234."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else "****"


def mask_number(number: str, head: int = 3, tail: int = 4) -> str:
    """A document or card number with its middle hidden."""
    if len(number) <= head + tail:
        return "*" * max(len(number) - 2, 0) + number[-2:]
    return number[:head] + "*" * (len(number) - head - tail) + number[-tail:]


def mask_name(name: str) -> str:
    """张**: the family name and how long the rest is."""
    return name[:1] + "*" * max(len(name) - 1, 1)
