"""Take what WeChat pushes: keep it once, answer it at once."""

import functools
from pathlib import Path

from server import inbox
from server.accounts import service as accounts
from server.context import App, Callback, Event, Json
from server.conversations import rules
from server.conversations.models import Answers
from server.messages import service as messages
from server.scenes import service as scenes
from server.staff import service as staff
from server.wechat_events import Followed, Left, Said, TextSaid, read_push


async def receive(app: App, callback: Callback) -> Json | None:
    """Keep a push and give its passive reply; a repeat gets the same one and is worked on once.

    The mini-program's chat knows no passive replies.
    """
    await inbox.receive(app, callback)
    if callback.app != "service":
        return None
    push = read_push(callback.fields)
    said = (rules.answer_text(_answers(app.settings.answers_file), push), await scenes.greeting(app, push))
    text = "\n\n".join(part for part in said if part)
    return {"type": "text", "text": text.replace("{public_url}", app.settings.public_url)} if text else None


async def take_message(app: App, event: Event) -> None:
    """Somebody wrote to us: his customer-service window is open. Choosing from a message menu opens a short one."""
    push = inbox.push_of(app, event)
    if not isinstance(push, Said):
        return
    who = inbox.whom(event, push)
    account = await accounts.enter(app, who)
    if isinstance(push, TextSaid):
        await staff.take_link_code(app, push.content, account.id)
    chosen = isinstance(push, TextSaid) and push.menu_id is not None
    await messages.note_incoming(
        app, account.id, event, "mini_message" if who.app == "mini" else "menu" if chosen else "message"
    )


async def take_following(app: App, event: Event) -> None:
    """Somebody follows or leaves."""
    push = inbox.push_of(app, event)
    if not isinstance(push, Followed | Left):
        return
    who = inbox.whom(event, push)
    account = await accounts.note_following(app, who, isinstance(push, Followed), at=push.at)
    if not account.followed:
        await messages.note_left(app, account.id)


@functools.cache
def _answers(file: Path) -> Answers:
    return Answers.model_validate_json(file.read_text())
