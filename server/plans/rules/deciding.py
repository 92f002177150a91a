"""What comes next for a patient, when, and why in words: a pure function of plan, dates and what has been."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from server.plans.models.definitions import AnchorKind, Branch, Definition, Step
from server.plans.models.enrolments import Decision, Ending, Entry
from server.plans.rules import words
from server.values import On, plus_days, shanghai_at, shanghai_date

Anchors = Mapping[AnchorKind, On]


def first(definition: Definition, anchors: Anchors, now: datetime) -> Decision:
    """The first step whose time is not over yet."""
    return _arrive(definition, anchors, [], definition.steps[0], now)


def next_step(definition: Definition, anchors: Anchors, history: Sequence[Entry], now: datetime) -> Decision:
    """What follows the last entry of the history: a step with its time and reason, or the end with its reason.

    The answers speak through what was found in them (`Entry.findings`). Ends come before steps; the first
    branch that fits comes before the usual order; a step whose time is over is left out, and says so.
    """
    if not history:
        return first(definition, anchors, now)
    last = history[-1]
    branch = _branch(definition, history)
    refer = branch.refer if branch else False
    if ending := _ending(definition, history):
        return Decision(why=words.ENDINGS[ending], refer=refer, ending=ending)
    if branch is None:
        return _usual(definition, anchors, history, definition.step(last.step), now)
    step = definition.step(branch.go)
    if step is None:
        return Decision(why=branch.why, refer=refer, ending="finished")
    found = _arrive(definition, anchors, history, step, now, in_days=branch.in_days)
    return found.model_copy(update={"why": f"{branch.why}：{found.why}", "refer": refer})


def coming(
    definition: Definition, anchors: Anchors, history: Sequence[Entry], current: Decision, most: int = 6
) -> list[Decision]:
    """The steps after `current`, if each is answered in time and nothing is found."""
    past, found = list(history), list[Decision]()
    while current.step and current.due_at and len(found) < most:
        step = definition.step(current.step)
        entry = Entry(
            n=len(past) + 1,
            step=current.step,
            title=step.title if step else "",
            why=current.why,
            due_at=current.due_at,
            at=current.due_at,
            outcome="answered",
        )
        past.append(entry)
        current = next_step(definition, anchors, past, current.due_at)
        if current.step:
            found.append(current)
    return found


# --- where to -------------------------------------------------------------------------------------


def _branch(definition: Definition, history: Sequence[Entry]) -> Branch | None:
    last = history[-1]
    step = definition.step(last.step)
    for branch in step.branches if step else []:
        if branch.outcome == last.outcome and (not branch.findings or _in_a_row(branch, history)):
            return branch
    return None


def _in_a_row(branch: Branch, history: Sequence[Entry]) -> bool:
    """Whether the last so many answers all had one of the findings; what was not answered does not count."""
    answered = [entry for entry in history if entry.outcome == "answered"][-branch.in_a_row :]
    return len(answered) == branch.in_a_row and all(set(e.findings) & set(branch.findings) for e in answered)


def _usual(
    definition: Definition, anchors: Anchors, history: Sequence[Entry], step: Step | None, now: datetime
) -> Decision:
    """The same step again while it repeats, else the next in order."""
    keys = [s.key for s in definition.steps]
    if step is None:
        return Decision(why=words.ENDINGS["finished"], ending="finished")
    if step.repeat:
        times = sum(entry.step == step.key for entry in history)
        if step.repeat.times is None or times < step.repeat.times:
            return _arrive(definition, anchors, history, step, now, in_days=step.repeat.every_days)
    following = definition.steps[keys.index(step.key) + 1 :]
    if not following:
        return Decision(why=words.ENDINGS["finished"], ending="finished")
    return _arrive(definition, anchors, history, following[0], now)


def _ending(definition: Definition, history: Sequence[Entry]) -> Ending | None:
    ends, last = definition.ends, history[-1]
    if last.call == "deceased":
        return "deceased"
    if last.call == "refused":
        return "refused"
    if ends.after_answers and sum(e.outcome == "answered" for e in history) >= ends.after_answers:
        return "answers_enough"
    if ends.lost_after:
        latest = [e.outcome for e in history if e.outcome != "skipped"][-ends.lost_after :]
        if last.outcome == "expired" and latest == ["expired"] * ends.lost_after:
            return "lost"
    return None


# --- when -----------------------------------------------------------------------------------------


def _arrive(
    definition: Definition,
    anchors: Anchors,
    history: Sequence[Entry],
    step: Step,
    now: datetime,
    in_days: int | None = None,
) -> Decision:
    """A step with its time; one that is over is left out, and the usual next one comes."""
    kind = definition.anchor if step.offset.after == "anchor" else step.offset.after
    if in_days is not None or kind == "previous":
        days = step.offset.days if in_days is None else in_days
        base, base_text = _previous(definition, anchors, history)
        due_at = max(shanghai_at(plus_days(base, days), step.at), now)
        why = f"{base_text}后 {days} 天 {step.at}"
    elif kind not in anchors:
        return Decision(step=step.key, why=words.waits_for(kind), waits_for=kind)
    elif any(entry.step == step.key for entry in history):
        return _usual(definition, anchors, history, step, now)  # done before: a check-back returned to the order
    else:
        due_at = shanghai_at(plus_days(anchors[kind], step.offset.days), step.at)
        why = words.after_anchor(kind, step.offset.days, step.at)
        if now > due_at + timedelta(days=step.last_days):
            missed = _missed(step, why, due_at, now, len(history) + 1)
            found = _usual(definition, anchors, [*history, missed], step, now)
            return found.model_copy(update={"skipped": [missed, *found.skipped]})
        if due_at < now:
            due_at, why = now, f"{why}，已到时间，现在发送"
    if definition.ends.after_days is not None:
        begun = anchors.get(definition.anchor)
        if begun and shanghai_date(due_at) > plus_days(begun, definition.ends.after_days):
            return Decision(why=words.ENDINGS["time_over"], ending="time_over")
    return Decision(step=step.key, due_at=due_at, why=why)


def _previous(definition: Definition, anchors: Anchors, history: Sequence[Entry]) -> tuple[On, str]:
    """The day that "after the previous answer" counts from, and its name."""
    if not history:
        return anchors[definition.anchor], words.ANCHORS[definition.anchor]
    last = history[-1]
    if last.outcome == "answered":
        return shanghai_date(last.at), f"上次回答（{words.day(last.at)}）"
    return shanghai_date(last.due_at), f"上次应随访日（{words.day(last.due_at)}）"


def _missed(step: Step, why: str, due_at: datetime, now: datetime, n: int) -> Entry:
    return Entry(
        n=n,
        step=step.key,
        title=step.title,
        why=why,
        due_at=due_at,
        at=now,
        outcome="skipped",
        decided="这一步的时间已过，不再补发",
    )
