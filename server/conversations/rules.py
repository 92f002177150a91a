"""Which automatic answer fits. The same push always gets the same answer."""

from server.conversations.models import Answers
from server.wechat_events import Followed, MenuClicked, Push, Said, TextSaid


def answer_text(answers: Answers, push: Push) -> str | None:
    """The text to reply with, or None: nothing is said."""
    match push:
        case Followed():
            return answers.welcome
        case TextSaid(content=content):
            return _fitting(answers, content) or answers.otherwise
        case MenuClicked(key=key):
            return _fitting(answers, key)
        case Said():
            return answers.otherwise
    return None


def _fitting(answers: Answers, said: str) -> str | None:
    """The first answer that has one of its words in what was said."""
    return next((a.text for a in answers.answers if any(word in said for word in a.words)), None)
