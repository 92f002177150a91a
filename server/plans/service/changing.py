"""Staff change one enrolment: pause, resume, stop, a date that became known. Each with its reason in the audit."""

from collections.abc import Awaitable, Callable

from server import audit, errors
from server.context import Actor, App
from server.db import Tx
from server.followups import service as followups
from server.patients import service as patients
from server.plans import store
from server.plans.models.definitions import Definition
from server.plans.models.enrolments import Enrolment
from server.plans.models.papers import AnchorInput, ReadEnrolment, Reason, Stopping
from server.plans.models.refusals import AlreadyPaused, EnrolmentEnded, NotPaused
from server.plans.rules import standing
from server.plans.service import advancing, alike, reading
from server.plans.service.enrolling import check_anchor


async def pause(app: App, enrolment_id: str, given: Reason, *, by: Actor) -> ReadEnrolment:
    """Nothing is sent until it is resumed; what is out may still be answered.

    NotFound, NoCareRelation, EnrolmentEnded, AlreadyPaused.
    """

    def work(before: Enrolment) -> Enrolment:
        if before.state == "paused":
            raise AlreadyPaused()
        return before.model_copy(update={"state": "paused", "reason": given.reason})

    return await _change(app, enrolment_id, work, "plans.pause", by)


async def resume(app: App, enrolment_id: str, given: Reason, *, by: Actor) -> ReadEnrolment:
    """Go on: the next step's time is decided anew. NotFound, NoCareRelation, EnrolmentEnded, NotPaused."""
    plan = await _plan_of(app, enrolment_id)

    def work(before: Enrolment) -> Enrolment:
        if before.state != "paused":
            raise NotPaused()
        active = before.model_copy(update={"state": "active", "reason": given.reason})
        return active if active.waiting else standing.again(active, plan, app.now())

    return await _change(app, enrolment_id, work, "plans.resume", by)


async def stop(app: App, enrolment_id: str, given: Stopping, *, by: Actor) -> ReadEnrolment:
    """It is over; what is out is withdrawn. `opted_out`: all plans of the patient are.

    NotFound, NoCareRelation, EnrolmentEnded.
    """

    async def all_others(patient_id: str, tx: Tx) -> None:
        if given.opted_out:
            await advancing.end_all(app, patient_id, "opted_out", tx, by=by)

    return await _change(
        app,
        enrolment_id,
        lambda before: standing.end(before, "opted_out" if given.opted_out else "stopped", given.reason, app.now()),
        "plans.opt_out" if given.opted_out else "plans.stop",
        by,
        also=all_others,
    )


async def allow_again(app: App, patient_id: str, *, by: Actor) -> None:
    """A patient who wanted no follow-up wants it again: he may be enrolled. NoCareRelation, NotFound."""
    await patients.check_care(app, by, patient_id)

    async def write(tx: Tx) -> None:
        if not await followups.allow(app, patient_id, tx):
            raise errors.NotFound()
        await audit.record(app, by, "plans.allow", patient_ids=[patient_id], why="asked for", tx=tx)

    await app.db.transact(write)


async def set_anchor(app: App, enrolment_id: str, given: AnchorInput, *, by: Actor) -> ReadEnrolment:
    """A date is known now, or was wrong: what was not sent moves with it.

    NotFound, NoCareRelation, EnrolmentEnded, BadAnchor.
    """
    check_anchor(app, given.on)
    plan = await _plan_of(app, enrolment_id)

    def work(before: Enrolment) -> Enrolment:
        dated = before.model_copy(update={"anchors": {**before.anchors, given.kind: given.on}})
        return dated if dated.waiting else standing.again(dated, plan, app.now())

    return await _change(app, enrolment_id, work, "plans.anchor", by)


async def _change(
    app: App,
    enrolment_id: str,
    work: Callable[[Enrolment], Enrolment],
    action: str,
    by: Actor,
    also: Callable[[str, Tx], Awaitable[None]] | None = None,
) -> ReadEnrolment:
    """`also` is done in the same transaction, for the patient."""
    await reading.mine_to_see(app, enrolment_id, by)

    def unless_ended(before: Enrolment) -> Enrolment:
        if before.state == "ended":
            raise EnrolmentEnded()
        return work(before)

    async def write(tx: Tx) -> None:
        changed = await alike.change(app, enrolment_id, unless_ended, tx)
        if changed:
            await audit.record(
                app, by, action, patient_ids=[changed[0].patient_id], why=f"{changed[0].plan_id} {enrolment_id}", tx=tx
            )
            if also:
                await also(changed[0].patient_id, tx)

    try:
        await app.db.transact(write)
    except alike.Overtaken:
        raise errors.Conflict() from None
    return await reading.read(app, enrolment_id, by=by)


async def _plan_of(app: App, enrolment_id: str) -> Definition:
    found = await store.get(app, enrolment_id)
    if found is None:
        raise errors.NotFound()
    return (await alike.plan(app, found.plan_id)).definition
