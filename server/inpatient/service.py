"""Read stays and daily lists from the HIS, pay deposits, and tell the HIS; what it refuses goes back."""

from datetime import datetime, timedelta

from server import audit, errors
from server.context import Actor, App, Event
from server.db import Tx
from server.directory import service as directory
from server.inpatient import store
from server.inpatient.models import (
    Admission,
    Admissions,
    DailyList,
    DailyLists,
    Discharged,
    HisAdmission,
    NewDeposit,
)
from server.integration import his_copies
from server.patients import service as patients
from server.patients.models import Patient
from server.payments import service as payments
from server.payments.models import Prepay, Wanted
from server.values import SHANGHAI, mask_number
from server.write_backs import service as write_backs

PAY_WITHIN = timedelta(minutes=30)
SHEETS, SHEETS_S = 30, 3600
TELL_HIS = "inpatient.tell_his"
TAKE_BACK = "inpatient.take_back"


# --- reading ----------------------------------------------------------------------------------


async def mine(app: App, *, by: Actor) -> Admissions:
    """The stays of all patients whose records are open to me, newest first."""
    people = await patients.opened_of(app, by)
    if people:
        await audit.record(app, by, "inpatient.list", patient_ids=[p.id for p in people])
    names, found, as_of = await directory.names(app), list[Admission](), None
    for person in people:
        stays, from_then = await _read(app, person)
        found += [_shown(person, stay, names.departments) for stay in stays]
        as_of = min((at for at in (as_of, from_then) if at), default=None)
    return Admissions(items=sorted(found, key=lambda stay: stay.admitted_on, reverse=True), as_of=as_of)


async def daily_lists(app: App, admission_id: str, *, by: Actor) -> DailyLists:
    """What each day of a stay has cost, newest first; NotFound, RecordsClosed."""
    person, stay = await _find(app, admission_id, by, fresh=False)
    await audit.record(app, by, "inpatient.daily_lists", patient_ids=[person.id])
    copy = await his_copies.read(app, "daily_lists", stay.id, lambda: app.his.daily_lists(stay.id))
    days = [DailyList.model_validate(item) for item in copy.items]
    for day in days:
        day.total_fen = sum(item.amount_fen for item in day.items)
    return DailyLists(items=sorted(days, key=lambda day: day.on, reverse=True), as_of=copy.as_of)


async def stay_of(app: App, deposit_id: str) -> Admission | None:
    """The stay that a deposit was paid for, for notices."""
    kept = await store.get(app, deposit_id)
    if kept is None:
        return None
    person, names = await patients.identity(app, kept["patient_id"]), await directory.names(app)
    stays, _ = await _read(app, person)
    return next((_shown(person, stay, names.departments) for stay in stays if stay.id == kept["admission_id"]), None)


async def _find(app: App, admission_id: str, by: Actor, *, fresh: bool) -> tuple[Patient, HisAdmission]:
    patient_id = await his_copies.whose(app, "admissions", admission_id)
    if patient_id is None:
        raise errors.NotFound()
    person = await patients.require_open(app, by, patient_id)
    stays, _ = await _read(app, person, fresh=fresh)
    stay = next((stay for stay in stays if stay.id == admission_id), None)
    if stay is None:
        raise errors.NotFound()
    return person, stay


async def _read(app: App, person: Patient, *, fresh: bool = False) -> tuple[list[HisAdmission], datetime | None]:
    copy = await his_copies.read(app, "admissions", person.id, lambda: app.his.admissions(person.his_id), fresh=fresh)
    return [HisAdmission.model_validate(item, extra="ignore") for item in copy.items], copy.as_of


def _shown(person: Patient, stay: HisAdmission, departments: dict[str, str]) -> Admission:
    return Admission(
        **stay.model_dump(exclude={"his_id", "number", "department_id"}),
        patient_id=person.id,
        patient_name=person.name,
        number_masked=mask_number(stay.number),
        department_name=departments.get(stay.department_id, ""),
        balance_fen=stay.deposit_fen - stay.spent_fen,
    )


# --- deposits ---------------------------------------------------------------------------------


async def deposit(app: App, admission_id: str, new: NewDeposit, *, by: Actor) -> Prepay:
    """Open the payment sheet for a deposit of 1 to 50,000 yuan; a second tap pays the same.

    NotFound, RecordsClosed, Discharged, TooMany (each amount is an order of its own), and the refusals
    of payments.start.
    """
    if await app.cache.count(f"deposits:{by.id}", SHEETS_S) > SHEETS:
        raise errors.TooMany()
    person, stay = await _find(app, admission_id, by, fresh=True)
    if stay.status != "in":
        raise Discharged()
    deposit_id = await store.open_deposit(app, stay.id, person.id, by.id, new.amount_fen)
    wanted = Wanted(
        kind="deposit",
        subject_id=deposit_id,
        patient_id=person.id,
        title="住院预交金",
        amount_fen=new.amount_fen,
        pay_until=app.real_now() + PAY_WITHIN,
    )
    return await payments.start(app, wanted, new.channel, by=by)


async def take_money(app: App, event: Event) -> None:
    """Reaction to payments.paid: the HIS has to be told of a deposit."""
    if event.data["kind"] != "deposit":
        return
    order_id = event.data["order_id"]

    async def work(tx: Tx) -> None:
        order = await payments.get(app, order_id, tx)
        if order.status != "paid":
            return  # it is on its way back
        new = await write_backs.owe(
            app, "deposit", order.id, patient_id=order.patient_id, title="住院预交金", job=TELL_HIS, tx=tx
        )
        if new:
            ids = {"patient_id": order.patient_id, "account_id": order.account_id}
            await tx.emit("inpatient.deposit_paid", deposit_id=order.subject_id, order_id=order.id, **ids)

    await app.db.transact(work)
    await store.close(app, event.data["subject_id"])


async def take_end(app: App, event: Event) -> None:
    """Reaction to payments.closed: a deposit that nobody paid is over."""
    if event.data["kind"] == "deposit":
        await store.close(app, event.data["subject_id"])


async def tell_his(app: App, order_id: str) -> None:
    """Job inpatient.tell_his: write a deposit, until the HIS has answered; refund it when it is refused."""
    order = await payments.get(app, order_id)
    kept = await store.get(app, order.subject_id)
    if kept is None:
        return
    paid_at = (order.paid_at or app.now()).astimezone(SHANGHAI).isoformat(timespec="seconds")
    payment = {"amount_fen": order.amount_fen, "paid_at": paid_at, "transaction_id": order.transaction_id}
    accepted = await write_backs.tell_of_money(
        app,
        "deposit",
        order,
        lambda: app.his.put_deposit(kept["admission_id"], order.id, payment),
        "inpatient.deposit_refused",
    )
    if accepted:
        await _take_over(app, await patients.identity(app, order.patient_id))


async def take_back(app: App, event: Event) -> None:
    """Reaction to payments.take_back: staff send a deposit back, so the HIS is to give it back first."""
    if event.data["kind"] == "deposit":
        order = await payments.get(app, event.data["order_id"])
        await write_backs.owe_take_back(app, "deposit_cancel", order, title="住院预交金退费", job=TAKE_BACK)


async def tell_again(app: App, event: Event) -> None:
    """Reaction to payments.charge_missing: the HIS's books do not say what is so, so it is told again."""
    if event.data["kind"] == "deposit":
        order = await payments.get(app, event.data["order_id"])
        if order.status == "paid":
            await write_backs.owe_again(app, "deposit", order, title="住院预交金", job=TELL_HIS)
        elif order.status == "refunded":
            await write_backs.owe_again(app, "deposit_cancel", order, title="住院预交金退费", job=TAKE_BACK)


async def tell_his_back(app: App, order_id: str) -> None:
    """Job inpatient.take_back: take a deposit back at the HIS, until it has answered."""
    order = await payments.get(app, order_id)
    kept = await store.get(app, order.subject_id)
    if kept is None:
        return
    given = await write_backs.tell_of_take_back(
        app, "deposit_cancel", order, lambda: app.his.delete_deposit(kept["admission_id"], order.id)
    )
    if given:
        await _take_over(app, await patients.identity(app, order.patient_id))


async def take_change(app: App, event: Event) -> None:
    """Reaction to his.admission.changed and his.discharged: take over what the HIS has now."""
    person = await patients.by_his_id(app, event.data["his_id"])
    if person:
        await _take_over(app, person)


async def _take_over(app: App, person: Patient) -> None:
    await his_copies.put(app, "admissions", person.id, await app.his.admissions(person.his_id))
