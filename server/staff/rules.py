"""What each role may do, and what a password must be."""

import re
from collections.abc import Iterable
from datetime import timedelta

from server.staff.models import WeakPassword

SCOPES: dict[str, frozenset[str]] = {
    "admin": frozenset(
        {
            "staff",
            "staff.manage",
            "alerts",
            "statistics",
            "menu",
            "scenes",
            "write_backs",
            "messages.read",
            "plans.read",
            "plans.edit",
            "questionnaires.read",
            "questionnaires.edit",
        }
    ),
    "doctor": frozenset(
        {
            "staff",
            "patients.read",
            "reports.read",
            "followups.read",
            "followups.send",
            "appointments.read",
            "contacts",
            "alerts",
            "statistics",
            "plans.read",
            "plans.edit",
            "plans.enrol",
            "questionnaires.read",
            "questionnaires.edit",
        }
    ),
    "nurse": frozenset(
        {
            "staff",
            "patients.read",
            "followups.read",
            "followups.send",
            "appointments.read",
            "contacts",
            "alerts",
            "plans.read",
            "plans.enrol",
            "questionnaires.read",
        }
    ),
    "desk": frozenset({"staff", "patients.read", "appointments.read", "openings.confirm", "write_backs", "contacts"}),
    "finance": frozenset({"staff", "payments.read", "payments.refund", "reconciliation"}),
    "editor": frozenset({"staff", "articles.edit", "articles.send", "menu", "scenes"}),
}
LOCK_AFTER = 5
LOCK_ADDRESS_AFTER = 300  # failures; a whole hospital may sit behind one address
LOCK_SECONDS = 15 * 60


LINK_LASTS = timedelta(minutes=10)
_LINK = re.compile(r"\s*绑定\s*(\d{6})\s*")


def link_code_in(text: str) -> str | None:
    """The six digits of "绑定 123456"; None for any other text."""
    found = _LINK.fullmatch(text)
    return found[1] if found and found[1].isascii() else None


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """Everything these roles may do together."""
    return frozenset().union(*(SCOPES[role] for role in roles))


def check_password_strength(username: str, password: str) -> None:
    """Raise WeakPassword unless it has 10 characters, letters and digits, and is not the user name."""
    letters = any(c.isalpha() for c in password)
    digits = any(c.isdigit() for c in password)
    if len(password) < 10 or not letters or not digits or username.lower() in password.lower():
        raise WeakPassword()
