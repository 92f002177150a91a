"""What a person's phone shows: messages by thread, and the windows in which customer-service messages may be sent."""

from datetime import UTC, datetime
from typing import Any

from server.sandbox.state import Doc
from server.sandbox.world import World

THREADS = ("account", "service", "pay")
_TWO_DAYS, _MINUTE = 48 * 3600, 60
# What opens a customer-service window: (messages allowed, seconds). None: as many as wanted.
WINDOWS: dict[str, tuple[int | None, int]] = {
    "message": (5, _TWO_DAYS),
    "click": (3, _MINUTE),
    "follow": (3, _MINUTE),
    "scan": (3, _MINUTE),
    "payment": (None, _TWO_DAYS),
    "mini_enter": (2, _MINUTE),
}


def mini(key: str) -> str:
    """The key of a person's windows in the mini-program, which are apart from the account's."""
    return f"mini/{key}"


def deliver(world: World, person: str, thread: str, kind: str, *, mine: bool = False, **content: Any) -> Doc:
    """Put a message on the person's phone. `kind`: text, image, news, template, article, notice, receipt, …"""
    number = world.state.next("messages")
    message = {
        "id": f"{number:08d}",
        "thread": thread,
        "kind": kind,
        "mine": mine,
        "at": world.clock.local().isoformat(timespec="seconds"),
        **content,
    }
    world.state.put(f"messages/{person}", message["id"], message)
    world.live.tell(f"person/{person}", {"kind": "message", "message": message})
    return message


def messages(world: World, key: str, thread: str | None = None) -> list[Doc]:
    found = world.state.all(f"messages/{key}")
    return sorted((m for m in found if thread in (None, m["thread"])), key=lambda m: str(m["id"]))


def open_window(world: World, key: str, cause: str) -> None:
    """The person did something that allows customer-service messages for a while (business time)."""
    allowed, seconds = WINDOWS[cause]
    windows = world.state.get("windows", key) or {}
    windows[cause] = {"until": world.clock.seconds() + seconds, "left": allowed}
    world.state.put("windows", key, windows)


def windows(world: World, key: str) -> Doc:
    """The windows that are open now: cause to {until (ISO), left (None: unlimited)}."""
    now = world.clock.seconds()
    found = (world.state.get("windows", key) or {}).items()
    return {
        cause: {"until": datetime.fromtimestamp(w["until"], UTC).isoformat(timespec="seconds"), "left": w["left"]}
        for cause, w in found
        if w["until"] > now
    }


def use_window(world: World, key: str) -> str:
    """Take one message from the window that ends first: "ok", "closed" (45015) or "used up" (45047)."""
    now = world.clock.seconds()
    all_windows = world.state.get("windows", key) or {}
    still_open = sorted((w for w in all_windows.values() if w["until"] > now), key=lambda w: float(w["until"]))
    if not still_open:
        return "closed"
    for window in still_open:
        if window["left"] is None:
            return "ok"
        if window["left"] > 0:
            window["left"] -= 1
            world.state.put("windows", key, all_windows)
            return "ok"
    return "used up"
