"""An enrolment after something was decided: the same document with its next step, or its end."""

from datetime import datetime

from server.plans.models.definitions import Definition
from server.plans.models.enrolments import Decision, Ending, Enrolment, Entry, Waiting
from server.plans.rules import deciding, words


def follow(enrolment: Enrolment, decision: Decision, now: datetime) -> Enrolment:
    """Where the decision leads; steps left out are noted in the history."""
    history = [*enrolment.history, *decision.skipped]
    kept = enrolment.model_copy(update={"history": history, "n": len(history) + 1, "waiting": None})
    if decision.ending:
        return end(kept, decision.ending, decision.why, now)
    return kept.model_copy(
        update={
            "step": decision.step,
            "due_at": decision.due_at,
            "why": decision.why,
            "waits_for": decision.waits_for,
            "act": "send" if decision.due_at else None,
            "next_at": decision.due_at,
        }
    )


def end(enrolment: Enrolment, ending: Ending, reason: str, now: datetime) -> Enrolment:
    """It is over: nothing more is sent, and another may begin."""
    return enrolment.model_copy(
        update={
            "state": "ended",
            "live_of": None,
            "act": None,
            "next_at": None,
            "waiting": None,
            "waits_for": None,
            "ending": ending,
            "ended_at": now,
            "reason": reason or words.ENDINGS[ending],
        }
    )


def with_entry(enrolment: Enrolment, entry: Entry, definition: Definition, now: datetime) -> tuple[Enrolment, Decision]:
    """A step is over: what is decided stands beside it, and the enrolment goes on."""
    decision = deciding.next_step(definition, enrolment.anchors, [*enrolment.history, entry], now)
    step = definition.step(decision.step)
    said = f"{step.title}：{decision.why}" if step else decision.why
    noted = entry.model_copy(update={"decided": said, "refer": decision.refer})
    history = [*enrolment.history, noted]
    return follow(enrolment.model_copy(update={"history": history}), decision, now), decision


def again(enrolment: Enrolment, definition: Definition, now: datetime) -> Enrolment:
    """The step that was not sent yet, decided anew: after a pause, a new date, or a new version of the plan."""
    decision = deciding.next_step(definition, enrolment.anchors, enrolment.history, now)
    return follow(enrolment, decision, now)


def entry_of(enrolment: Enrolment, waiting: Waiting, title: str, now: datetime) -> Entry:
    """The step that was out, unanswered as yet."""
    return Entry(
        n=enrolment.n,
        step=enrolment.step or "",
        title=title,
        why=enrolment.why,
        task_id=waiting.task_id,
        due_at=enrolment.due_at or waiting.sent_at,
        at=now,
        outcome="expired",
        call=waiting.call,
    )
