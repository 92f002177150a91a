"""What each role may do, and what a password must be."""

from collections.abc import Iterable

from server.staff.models import WeakPassword

SCOPES: dict[str, frozenset[str]] = {
    "admin": frozenset({"staff", "staff.manage", "menu", "write_backs", "messages.read"}),
    "doctor": frozenset(
        {
            "staff",
            "patients.read",
            "reports.read",
            "followups.read",
            "followups.send",
            "appointments.read",
        }
    ),
    "nurse": frozenset({"staff", "patients.read", "followups.read", "followups.send", "appointments.read"}),
    "desk": frozenset({"staff", "patients.read", "appointments.read", "openings.confirm", "write_backs"}),
    "editor": frozenset({"staff", "articles.edit", "articles.send", "menu"}),
}
LOCK_AFTER = 5
LOCK_ADDRESS_AFTER = 300  # failures; a whole hospital may sit behind one address
LOCK_SECONDS = 15 * 60


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """Everything these roles may do together."""
    return frozenset().union(*(SCOPES[role] for role in roles))


def check_password_strength(username: str, password: str) -> None:
    """Raise WeakPassword unless it has 10 characters, letters and digits, and is not the user name."""
    letters = any(c.isalpha() for c in password)
    digits = any(c.isdigit() for c in password)
    if len(password) < 10 or not letters or not digits or username.lower() in password.lower():
        raise WeakPassword()
