"""A plan that changed in mid-course: what was not sent yet moves to the new version, seen before it is done."""

from server import audit
from server.context import Actor, App
from server.db import Tx
from server.patients import service as patients
from server.plans import store
from server.plans.models.enrolments import Enrolment
from server.plans.models.papers import MovedDue, Moving, Plan
from server.plans.models.refusals import NotInUse
from server.plans.rules import standing
from server.plans.service import alike

_AT_ONCE = 200
_SHOWN = 50


async def preview(app: App, plan_id: str, *, by: Actor) -> Moving:
    """What a move to this version does to those on other versions; nothing is done. NotFound, NotInUse; audited."""
    return await _all(app, plan_id, by, do=False)


async def move(app: App, plan_id: str, *, by: Actor) -> Moving:
    """Do it: what was sent stays as it is, and goes on by the new version. NotFound, NotInUse."""
    return await _all(app, plan_id, by, do=True)


async def _all(app: App, plan_id: str, by: Actor, *, do: bool) -> Moving:
    plan = await alike.plan(app, plan_id)
    if plan.state != "published":
        raise NotInUse()
    total = Moving(enrolments=0, moved=0, stays=0, cannot=0, moves=[], done=do)
    in_care, shown = set(await patients.in_care(app, by)), list[MovedDue]()
    after: str | None = None
    while batch := await store.of_other_versions(app, plan.key, plan.id, after, _AT_ONCE):
        after = batch[-1].id
        pairs = [(one, _moved(app, one, plan)) for one in batch]
        total.enrolments += len(pairs)
        total.cannot += sum(moved is None for _, moved in pairs)
        total.stays += sum(bool(moved and one.waiting) for one, moved in pairs)
        changed = [(one, moved) for one, moved in pairs if moved and _differs(one, moved)]
        total.moved += len(changed)
        if len(shown) < _SHOWN:
            names = await patients.names(app, [one.patient_id for one, _ in changed])
            shown += [_line(one, moved, plan, names, in_care) for one, moved in changed]
        if do:
            await _write(app, [(one, moved) for one, moved in pairs if moved], plan, by)
    total.moves = shown[:_SHOWN]
    ids = [] if do else sorted({one.enrolment_id for one in total.moves})
    await audit.record(app, by, "plans.move" if do else "plans.preview_move", why=f"{plan.id} {total.moved} {ids[:5]}")
    return total


def _moved(app: App, one: Enrolment, plan: Plan) -> Enrolment | None:
    """The same enrolment by the new version; None when its place is not in it."""
    if plan.definition.step(one.step) is None:
        return None
    by_new = one.model_copy(update={"plan_id": plan.id})
    if one.waiting:
        return by_new
    return standing.again(by_new, plan.definition, app.now())


def _differs(one: Enrolment, moved: Enrolment) -> bool:
    return (one.step, one.due_at, one.state) != (moved.step, moved.due_at, moved.state)


async def _write(app: App, pairs: list[tuple[Enrolment, Enrolment]], plan: Plan, by: Actor) -> None:
    """One transaction for a batch; who was sent something, or ended, at this moment is left for another time."""

    async def write(tx: Tx) -> None:
        done = [one.patient_id for one, moved in pairs if await store.change(app, moved, tx)]
        if done:
            await audit.record(app, by, "plans.moved", patient_ids=done, why=plan.id, tx=tx)

    await app.db.transact(write)


def _line(one: Enrolment, moved: Enrolment, plan: Plan, names: dict[str, str], in_care: set[str]) -> MovedDue:
    step = plan.definition.step(moved.step)
    return MovedDue(
        enrolment_id=one.id,
        patient_name=names.get(one.patient_id, "") if one.patient_id in in_care else "",
        title=step.title if step else "",
        before_at=one.due_at,
        after_at=None if moved.state == "ended" else moved.due_at,
        why=moved.reason if moved.state == "ended" else moved.why,
    )
