"""What the use-cases of plans share: a plan that must be there, and a change of an enrolment that loses no other."""

from collections.abc import Callable, Iterable

from server import errors
from server.context import App
from server.db import Tx
from server.followups import service as followups
from server.patients import service as patients
from server.patients.models import Patient
from server.plans import store
from server.plans.models.enrolments import About, Enrolment, Silence
from server.plans.models.papers import Plan
from server.plans.models.refusals import NotInUse


class Overtaken(Exception):
    """Others kept changing it; the worker tries again, a member reads that it has changed."""


def about(patient: Patient) -> About:
    """What conditions may ask of him."""
    return About(sex=None if patient.sex == "unknown" else patient.sex, birth_on=patient.birth_on)


async def plan(app: App, plan_id: str) -> Plan:
    """One version; NotFound."""
    found = await store.get_plan(app, plan_id)
    if found is None:
        raise errors.NotFound()
    return found


async def in_use(app: App, key: str) -> Plan:
    """The version that enrols; NotInUse."""
    found = await store.plan_in_use(app, key)
    if found is None:
        raise NotInUse()
    return found


async def silences(app: App, patient_ids: Iterable[str], tx: Tx | None = None) -> dict[str, Silence]:
    """Who of these is to be left in peace, and why."""
    wanted = set(patient_ids)
    living = await patients.living(app, wanted)
    refused: dict[str, Silence] = dict.fromkeys(await followups.refused(app, wanted, tx), "opted_out")
    return refused | dict.fromkeys(wanted - living, "deceased")


async def change(
    app: App,
    enrolment_id: str,
    work: Callable[[Enrolment], Enrolment | None],
    tx: Tx,
) -> tuple[Enrolment, Enrolment] | None:
    """Read, change and write an enrolment within a transaction: before and after; None when there was nothing to do.

    A task that was out and is no more is withdrawn with it when the enrolment has ended.
    """
    before = await store.get(app, enrolment_id, tx)
    after = work(before) if before else None
    if before is None or after is None:
        return None
    if not await store.change(app, after, tx):
        raise Overtaken()
    if after.state == "ended" and before.waiting:
        await followups.withdraw(app, [before.waiting.task_id], tx)
    return before, after
