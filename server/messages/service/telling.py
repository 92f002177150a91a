"""Have an account told something; and the templates in which it is told."""

import functools
import json
from pathlib import Path

from server.context import App
from server.db import Tx
from server.messages.models import AssistantNotice, Drawn, Notice, Template, WordingTrial
from server.messages.rules.kinds import kind_of
from server.messages.rules.trials import draw
from server.messages.store import queue


async def notify(app: App, notice: Notice, *, tx: Tx | None = None) -> None:
    """Have an account told, once per `dedupe`. What is sent where is decided when it is delivered.

    While a trial of its wording runs, one field says what the draw for its patient (or account) gives.
    """
    drawn = None
    for trial in trials(app):
        if trial.notice == notice.key and trial.field in notice.facts:
            whom = notice.patient_id or notice.account_id
            arm = draw(app.security.index(f"trial:{trial.key}", whom))
            notice = notice.model_copy(update={"facts": notice.facts | {trial.field: trial.arms[arm]}})
            drawn = Drawn(trial=trial.key, arm=arm)
    await queue.add(app, notice, kind_of(notice.key), tx, drawn)


def trials(app: App) -> tuple[WordingTrial, ...]:
    """The trials of wording that run; at most one for a notice."""
    return _load_trials(app.settings.trials_file)


async def not_needed(app: App, key: str, subject_id: str) -> None:
    """What still waits to be said about this is not said any more: it has come true, or is over."""
    await queue.let_lapse(app, key, subject_id)


def templates(app: App) -> tuple[Template, ...]:
    """The templates this account holds at WeChat."""
    return _load(app.settings.templates_file)


def title_of(app: App, key: str) -> str:
    """What people read as the title of such a message."""
    return next((t.title for t in templates(app) if t.key == key), "医院通知")


def assistant_of(app: App, key: str) -> AssistantNotice | None:
    """How 微信就医助手 tells such a notice; None unless the hospital has named its number."""
    file = app.settings.assistant_file
    return _load_assistant(file).get(key) if file else None


@functools.cache
def _load(file: Path) -> tuple[Template, ...]:
    return tuple(Template.model_validate(t) for t in json.loads(file.read_text())["templates"])


@functools.cache
def _load_trials(file: Path) -> tuple[WordingTrial, ...]:
    return tuple(WordingTrial.model_validate(t) for t in json.loads(file.read_text())["trials"])


@functools.cache
def _load_assistant(file: Path) -> dict[str, AssistantNotice]:
    notices = json.loads(file.read_text())["notices"]
    return {key: AssistantNotice.model_validate(value) for key, value in notices.items()}
