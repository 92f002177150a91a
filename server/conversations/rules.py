"""Which automatic answer fits. The same push always gets the same answer."""

from server.conversations.models import Answers


def answer_text(answers: Answers, fields: dict[str, object]) -> str | None:
    """The text to reply with, or None: nothing is said."""
    kind, event = fields.get("MsgType"), fields.get("Event")
    if kind == "event":
        return answers.welcome if event == "subscribe" else None
    if kind == "text":
        said = str(fields.get("Content", "")).strip()
        fitting = (a.text for a in answers.answers if any(word in said for word in a.words))
        return next(fitting, answers.otherwise)
    return answers.otherwise
