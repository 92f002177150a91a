"""Take what WeChat pushes: keep it once, answer it at once."""

import functools
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
    """Somebody wrote to us: his customer-service window is open."""
    fields = inbox.fields_of(app, event)
    account = await accounts.enter(app, Identity("service", str(fields["FromUserName"])))
    await messages.note_incoming(app, account.id)


async def take_following(app: App, event: Event) -> None:
    """Somebody follows or leaves."""
    if event.data["name"] in ("subscribe", "unsubscribe"):
        who = Identity("service", str(inbox.fields_of(app, event)["FromUserName"]))
        await accounts.note_following(app, who, event.data["name"] == "subscribe")


@functools.cache
def _answers(file: Path) -> Answers:
    return Answers.model_validate_json(file.read_text())
