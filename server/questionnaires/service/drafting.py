"""Writing questionnaires: drafts, imports, copies; publishing them, with a second person where that is asked."""

from pathlib import Path
from typing import Any

from server import audit, errors
from server.context import Actor, App
from server.db import Tx
from server.questionnaires import store
from server.questionnaires.models import (
    BadScoring,
    Derived,
    Draft,
    DraftChanged,
    DraftInput,
    Drafts,
    DraftSummary,
    DraftWaits,
    Fhir,
    Kind,
    Library,
    LibraryItem,
    NoQuestions,
    NotWaiting,
    ReadDraft,
    ReadQuestionnaire,
    Received,
    Rejection,
    Scoring,
    Warned,
)
from server.questionnaires.rules import drafts as rules
from server.questionnaires.rules import fhir, plans, safety, soundness
from server.questionnaires.service import publishing, reading

LIBRARY = Path(__file__).parents[3] / "fixtures" / "questionnaires"


async def begin(app: App, given: DraftInput, *, by: Actor) -> ReadDraft:
    """A new draft, empty or with what is given; BadQuestionnaire."""
    draft_id = app.new_id()
    source = given.fhir or rules.blank(draft_id, app.settings.public_url)
    draft = await _new(app, draft_id, rules.written(source), given.kind or "followup", given.scoring or Scoring(), by)
    return await _keep_new(app, draft.model_copy(update={"needs_approval": bool(given.needs_approval)}), by)


async def take_in(app: App, raw: bytes, *, by: Actor) -> ReadDraft:
    """A draft from a received file, its bytes kept unchanged; BadQuestionnaire names what is wrong.

    A question of the PHQ-9 about thoughts of death gets its red flag at once.
    """
    draft = await _new(app, app.new_id(), raw, "followup", Scoring(), by)
    draft.scoring = Scoring(red_flags=safety.flags(soundness.parse(raw), draft.derived))
    return await _keep_new(app, draft, by)


async def copy(app: App, questionnaire_id: str, *, by: Actor) -> ReadDraft:
    """A draft from a published version, under the next free version; NotFound."""
    found = await reading.get(app, questionnaire_id)
    raw = await reading.bytes_of(app, questionnaire_id, by=by)
    return await _copied(app, raw, found.kind, found.scoring, by)


async def library(app: App, *, by: Actor) -> Library:
    """The questionnaires that ship with the system."""
    used = await store.keys(app)
    items = []
    for key, received in publishing.received_from(LIBRARY).items():
        form, plan = store.derive(received.raw).form, received.scoring
        about = plan.model_dump(include={"source", "licence", "note", "publish"})
        items.append(LibraryItem(key=key, title=form.title, version=form.version, in_use=key in used, **about))
    return Library(items=items)


async def copy_from_library(app: App, key: str, *, by: Actor) -> ReadDraft:
    """A draft from one of them; NotFound."""
    received = publishing.received_from(LIBRARY).get(key)
    if received is None:
        raise errors.NotFound()
    return await _copied(app, received.raw, received.kind, received.scoring, by)


async def _copied(app: App, raw: bytes, kind: Kind, plan: Scoring, by: Actor) -> ReadDraft:
    form = store.derive(raw).form
    taken = await store.versions(app, fhir.key_of(form))
    if form.version in taken:
        raw = rules.written(soundness.parse(raw) | {"version": rules.next_version(form.version, taken)})
    return await _keep_new(app, await _new(app, app.new_id(), raw, kind, plan, by), by)


async def _new(app: App, draft_id: str, raw: bytes, kind: Kind, plan: Scoring, by: Actor) -> Draft:
    return Draft(
        id=draft_id,
        raw=raw,
        kind=kind,
        scoring=plan,
        derived=await publishing.read_in(app, raw, draft_id),
        department_ids=sorted(by.department_ids),
        authors=[by.id],
        changed_at=app.now(),
    )


async def _keep_new(app: App, draft: Draft, by: Actor) -> ReadDraft:
    async def write(tx: Tx) -> None:
        await store.add_draft(app, draft, tx)
        await audit.record(app, by, "questionnaires.draft", why=draft.id, tx=tx)

    await app.db.transact(write)
    return await _shown(app, draft, by)


async def drafts(app: App, *, by: Actor) -> Drafts:
    """All drafts, the last changed first."""
    return Drafts(items=[_summary(app, draft, by) for draft in await store.drafts(app)])


async def read_draft(app: App, draft_id: str, *, by: Actor) -> ReadDraft:
    """A draft with its form and warnings; NotFound."""
    return await _shown(app, await get(app, draft_id), by)


async def get(app: App, draft_id: str) -> Draft:
    """A draft; NotFound."""
    found = await store.draft(app, draft_id)
    if found is None:
        raise errors.NotFound()
    return found


async def change(app: App, draft_id: str, given: DraftInput, *, by: Actor) -> ReadDraft:
    """Save a draft; gives its form and warnings. NotFound, DraftChanged, DraftWaits, BadQuestionnaire."""
    draft = await get(app, draft_id)
    if draft.state == "waiting":
        raise DraftWaits()
    if given.revision is not None and given.revision != draft.revision:
        raise DraftChanged()
    changes: dict[str, Any] = given.model_dump(include={"kind", "needs_approval"}, exclude_none=True)
    if given.scoring is not None:
        changes["scoring"] = given.scoring
    if given.fhir is not None and given.fhir != soundness.parse(draft.raw):
        changes["raw"] = rules.written(given.fhir)
        changes["derived"] = await publishing.read_in(app, changes["raw"], draft.id)
    changed = rules.written_by(draft, by).model_copy(update=changes | {"changed_at": app.now()})
    return await _keep(app, changed, "questionnaires.change", by)


async def remove(app: App, draft_id: str, *, by: Actor) -> None:
    """Throw a draft away; NotFound, DraftChanged."""
    draft = await get(app, draft_id)

    async def write(tx: Tx) -> None:
        if not await store.remove_draft(app, draft, tx):
            raise DraftChanged()
        await audit.record(app, by, "questionnaires.remove", why=draft.id, tx=tx)

    await app.db.transact(write)


async def submit(app: App, draft_id: str, *, by: Actor) -> ReadDraft | ReadQuestionnaire:
    """Publish a draft, or let it wait for a second person where that is asked.

    NotFound, DraftWaits, NoQuestions, BadScoring, VersionTaken, DraftChanged.
    """
    draft = await get(app, draft_id)
    if draft.state == "waiting":
        raise DraftWaits()
    await _check_ready(app, draft)
    if rules.needs_second(rules.written_by(draft, by), app.settings.approval_departments):
        waiting = draft.model_copy(update={"state": "waiting", "note": None, "changed_at": app.now()})
        return await _keep(app, waiting, "questionnaires.submit", by)
    return await _publish(app, draft, None, by)


async def approve(app: App, draft_id: str, *, by: Actor) -> ReadQuestionnaire:
    """A second person agrees: it is published. NotFound, NotWaiting, OwnWork, VersionTaken, DraftChanged."""
    draft = await get(app, draft_id)
    if draft.state != "waiting":
        raise NotWaiting()
    rules.check_approver(draft, by)
    await _check_ready(app, draft)
    return await _publish(app, draft, by.id, by)


async def reject(app: App, draft_id: str, rejection: Rejection, *, by: Actor) -> ReadDraft:
    """Send a waiting draft back with a reason, also one's own; NotFound, NotWaiting, DraftChanged."""
    draft = await get(app, draft_id)
    if draft.state != "waiting":
        raise NotWaiting()
    back = draft.model_copy(update={"state": "draft", "note": rejection.note, "changed_at": app.now()})
    return await _keep(app, back, "questionnaires.reject", by)


async def _check_ready(app: App, draft: Draft) -> None:
    if not fhir.item_count(draft.derived.form):
        raise NoQuestions()
    plans.check(draft.scoring, draft.derived)


async def _publish(app: App, draft: Draft, approved_by: str | None, by: Actor) -> ReadQuestionnaire:
    received = Received(raw=draft.raw, kind=draft.kind, scoring=draft.scoring)
    questionnaire = publishing.new(app, received, draft.derived)
    people = {"authors": draft.authors, "approved_by": approved_by, "department_ids": draft.department_ids}

    async def write(tx: Tx) -> None:
        if not await store.remove_draft(app, draft, tx):
            raise DraftChanged()
        await publishing.put_into_use(app, questionnaire, draft.raw, people, by, tx)

    await app.db.transact(write)
    return await reading.read(app, questionnaire.id, by=by)


async def _keep(app: App, draft: Draft, action: str, by: Actor) -> ReadDraft:
    async def write(tx: Tx) -> None:
        if not await store.change_draft(app, draft, tx):
            raise DraftChanged()
        await audit.record(app, by, action, why=draft.id, tx=tx)

    await app.db.transact(write)
    return await _shown(app, draft.model_copy(update={"revision": draft.revision + 1}), by)


async def bytes_of_draft(app: App, draft_id: str, *, by: Actor) -> bytes:
    """A draft's FHIR Questionnaire as it came or was written; NotFound."""
    return (await get(app, draft_id)).raw


def _summary(app: App, draft: Draft, by: Actor) -> DraftSummary:
    form = draft.derived.form
    return DraftSummary(
        id=draft.id,
        key=fhir.key_of(form),
        title=form.title,
        version=form.version,
        kind=draft.kind,
        state=draft.state,
        item_count=fhir.item_count(form),
        warning_count=len(draft.derived.warnings),
        needs_approval=rules.needs_second(draft, app.settings.approval_departments),
        mine=by.id in draft.authors,
        changed_at=draft.changed_at,
    )


async def _shown(app: App, draft: Draft, by: Actor) -> ReadDraft:
    derived = draft.derived
    source: Fhir = soundness.parse(draft.raw)
    return ReadDraft(
        **_summary(app, draft, by).model_dump(),
        fhir=source,
        scoring=draft.scoring,
        form=derived.form,
        warnings=derived.warnings + _plan_warnings(draft.scoring, derived) + safety.remarks(draft.scoring, derived),
        weights=derived.weights,
        expressions=derived.expressions,
        note=draft.note,
        revision=draft.revision,
        version_free=derived.form.version not in await store.versions(app, fhir.key_of(derived.form)),
    )


def _plan_warnings(plan: Scoring, derived: Derived) -> list[Warned]:
    try:
        plans.check(plan, derived)
    except BadScoring as refusal:
        problems = refusal.details["problems"]
        return [Warned(text=f"计分规则：{one}") for one in problems] if isinstance(problems, list) else []
    return []
