"""The one table "when X happened, do Y, Z". Reactions are idempotent; the worker runs each until done."""

from collections.abc import Awaitable, Callable

from server.context import App, Event
from server.conversations import service as conversations
from server.messages import service as messages

Reaction = Callable[[App, Event], Awaitable[None]]

EVENTS: dict[str, tuple[Reaction, ...]] = {
    "wechat.message": (conversations.take_message,),
    "wechat.event": (conversations.take_following, messages.take_platform_event),
}
