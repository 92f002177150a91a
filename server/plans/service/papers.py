"""Plans as papers: drafts, publishing, the sign-off, retiring, and the ones that ship."""

import json
from pathlib import Path

from server import audit
from server.context import SYSTEM, Actor, App
from server.db import Tx
from server.plans import store
from server.plans.models.definitions import Definition
from server.plans.models.papers import Plan, PlanInput, Plans, PlanSummary, ReadPlan, SignOff, SignOffInput
from server.plans.models.refusals import BadPlan, NotADraft, NotInUse, OnlyDoctorsSign, PlanChanged, SignOffNeeded
from server.plans.rules import checking, words
from server.plans.service import alike
from server.questionnaires import service as questionnaires
from server.staff import service as staff

_TRIES = 5


# --- reading --------------------------------------------------------------------------------------


async def listed(app: App, *, by: Actor) -> Plans:
    """Every version; how many patients run on each."""
    active = await store.counts(app)
    return Plans(items=[_summary(plan, active) for plan in await store.all_plans(app)])


async def read(app: App, plan_id: str, *, by: Actor) -> ReadPlan:
    """One version, as data and in words; NotFound."""
    return await _shown(app, await alike.plan(app, plan_id))


async def definition(app: App, plan_id: str, *, by: Actor) -> Definition:
    """One version as it is exported; NotFound."""
    return (await alike.plan(app, plan_id)).definition


async def _shown(app: App, plan: Plan) -> ReadPlan:
    summary = _summary(plan, await store.counts(app))
    return ReadPlan(
        **summary.model_dump(),
        definition=plan.definition,
        timeline=words.timeline(plan.definition),
        ends_text=words.ends(plan.definition),
        whom_text=words.whom(plan.definition),
        problems=await problems(app, plan.definition),
        revision=plan.revision,
    )


def _summary(plan: Plan, active: dict[str, int]) -> PlanSummary:
    return PlanSummary(
        **plan.model_dump(include={"id", "key", "version", "state", "trial", "changed_at"}),
        title=plan.definition.title,
        summary=plan.definition.summary,
        anchor=plan.definition.anchor,
        anchor_text=words.ANCHORS[plan.definition.anchor],
        automatic=plan.definition.whom.automatic,
        steps=len(plan.definition.steps),
        signed=plan.sign_off.state == "signed",
        sign_off_text=words.sign_off(plan),
        active=active.get(plan.id, 0),
    )


async def problems(app: App, definition: Definition) -> list[str]:
    """What is wrong with it, in words; questionnaires that are not published count."""
    found = checking.problems(definition)
    for key in dict.fromkeys(step.questionnaire for step in definition.steps):
        if await questionnaires.latest(app, key) is None:
            found.append(f"问卷“{key}”还没有发布")
    return found


# --- writing --------------------------------------------------------------------------------------


async def begin(app: App, given: PlanInput, *, by: Actor) -> ReadPlan:
    """Keep a new draft, the next version of its key; imports come this way too. BadPlan."""
    _check(given.definition)
    for _ in range(_TRIES):
        version = await store.last_version(app, given.definition.key) + 1
        plan = _new(app, given.definition, version, by)

        async def write(tx: Tx, plan: Plan = plan) -> None:
            await store.add_plan(app, plan, tx)
            await audit.record(app, by, "plans.begin", why=plan.id, tx=tx)

        try:
            await app.db.transact(write)
            return await _shown(app, plan)
        except store.Collision:
            continue
    raise PlanChanged()


async def change(app: App, plan_id: str, given: PlanInput, *, by: Actor) -> ReadPlan:
    """Change a draft. NotFound, NotADraft, BadPlan, PlanChanged. A changed draft has to be signed again."""
    plan = await alike.plan(app, plan_id)
    if plan.state != "draft":
        raise NotADraft()
    if given.definition.key != plan.key:
        raise BadPlan(problems=["计划编号不能更改；请新建一份计划"])
    _check(given.definition)
    changed = plan.model_copy(update={"definition": given.definition, "sign_off": SignOff()})
    return await _store(app, changed, given.revision or plan.revision, "plans.change", by)


async def sign_off(app: App, plan_id: str, given: SignOffInput, *, by: Actor) -> ReadPlan:
    """A doctor answers for this version with his name. NotFound, OnlyDoctorsSign, BadPlan, PlanChanged."""
    if "doctor" not in by.roles:
        raise OnlyDoctorsSign()
    plan = await alike.plan(app, plan_id)
    if given.revision not in (None, plan.revision):
        raise PlanChanged()
    _check(plan.definition)
    name = (await staff.names(app, [by.id])).get(by.id, "")
    signed = SignOff(state="signed", by=by.id, name=name, at=app.now(), note=given.note)
    changed = plan.model_copy(update={"sign_off": signed, "trial": False})
    return await _store(app, changed, plan.revision, "plans.sign_off", by)


async def publish(app: App, plan_id: str, *, by: Actor) -> ReadPlan:
    """From now on this version enrols. NotFound, NotADraft, SignOffNeeded, BadPlan, PlanChanged."""
    plan = await alike.plan(app, plan_id)
    if plan.state != "draft":
        raise NotADraft()
    if plan.sign_off.state != "signed":
        raise SignOffNeeded()
    if found := await problems(app, plan.definition):
        raise BadPlan(problems=found)
    published = plan.model_copy(update={"state": "published", "published_at": app.now()})
    return await _store(app, published, plan.revision, "plans.publish", by)


async def retire(app: App, plan_id: str, *, by: Actor) -> ReadPlan:
    """Nobody is enrolled by this version any more; who is in it stays. NotFound, NotInUse, PlanChanged."""
    plan = await alike.plan(app, plan_id)
    if plan.state != "published":
        raise NotInUse()
    return await _store(app, plan.model_copy(update={"state": "retired"}), plan.revision, "plans.retire", by)


async def _store(app: App, plan: Plan, revision: int, action: str, by: Actor) -> ReadPlan:
    changed = plan.model_copy(update={"revision": revision + 1, "changed_by": by.id, "changed_at": app.now()})

    async def write(tx: Tx) -> None:
        if changed.state == "published":
            await store.retire_others(app, changed, tx)
        if not await store.change_plan(app, changed, revision, tx):
            raise PlanChanged()
        await audit.record(app, by, action, why=plan.id, tx=tx)

    await app.db.transact(write)
    return await _shown(app, changed)


def _check(definition: Definition) -> None:
    if found := checking.problems(definition):
        raise BadPlan(problems=found)


def _new(app: App, definition: Definition, version: int, by: Actor) -> Plan:
    return Plan(
        id=f"{definition.key}.{version}",
        key=definition.key,
        version=version,
        definition=definition,
        changed_by=by.id,
        changed_at=app.now(),
    )


# --- what ships -----------------------------------------------------------------------------------


def shipped(folder: Path) -> list[Definition]:
    """The plans of a folder."""
    return [Definition.model_validate(json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))]


async def publish_folder(app: App, folder: Path, *, by: Actor = SYSTEM) -> None:
    """Put the plans that ship to use where a hospital only tries them; elsewhere they wait as drafts for a signature.

    A key that is there already is left alone.
    """
    for definition in shipped(folder):
        if await store.last_version(app, definition.key):
            continue
        plan = _new(app, definition, 1, by)
        if app.settings.environment != "production" and not await problems(app, definition):
            now = {"state": "published", "trial": True, "published_at": app.now()}
            plan = plan.model_copy(update=now)
        try:
            await store.add_plan(app, plan)
        except store.Collision:
            continue
