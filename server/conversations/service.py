"""Take what WeChat pushes: keep it once, answer it at once."""

import functools
from datetime import UTC, datetime
from pathlib import Path

from server import inbox
from server.accounts import service as accounts
from server.context import App, Callback, Event, Identity, Json
from server.conversations import rules
from server.conversations.models import Answers
from server.messages import service as messages


async def receive(app: App, callback: Callback) -> Json | None:
    """Keep a push and give its passive reply; a repeat gets the same one and is worked on once."""
    await inbox.receive(app, callback)
    text = rules.answer_text(_answers(app.settings.answers_file), callback.fields)
    return {"type": "text", "text": text.replace("{public_url}", app.settings.public_url)} if text else None


async def take_message(app: App, event: Event) -> None:
    """Somebody wrote to us: his customer-service window is open. Choosing from a message menu opens none."""
    fields = inbox.fields_of(app, event)
    account = await accounts.enter(app, _sender(fields))
    if "bizmsgmenuid" not in fields:
        await messages.note_incoming(app, account.id, event)


async def take_following(app: App, event: Event) -> None:
    """Somebody follows or leaves."""
    name = event.data["name"]
    if name not in ("subscribe", "unsubscribe"):
        return
    fields = inbox.fields_of(app, event)
    at = datetime.fromtimestamp(int(fields["CreateTime"]), UTC)
    account = await accounts.note_following(app, _sender(fields), name == "subscribe", at=at)
    if not account.followed:
        await messages.note_left(app, account.id)


def _sender(fields: Json) -> Identity:
    return Identity("service", str(fields["FromUserName"]))


@functools.cache
def _answers(file: Path) -> Answers:
    return Answers.model_validate_json(file.read_text())
