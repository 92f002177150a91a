"""Read bills from the HIS, pay them, and tell the HIS; when it does not accept, the money goes back."""

from datetime import datetime, timedelta

from server import audit, errors
from server.bills import rules
from server.bills.models import Bill, BillQuery, Bills, BillSettled, HisBill
from server.context import Actor, App, Event
from server.db import Tx
from server.directory import service as directory
from server.integration import his_copies
from server.patients import service as patients
from server.patients.models import Patient
from server.payments import service as payments
from server.payments.models import Channel, Prepay, Wanted
from server.values import SHANGHAI
from server.write_backs import service as write_backs

PAY_WITHIN = timedelta(minutes=30)
SHEETS, SHEETS_S = 60, 3600
TELL_HIS = "bills.tell_his"
TAKE_BACK = "bills.take_back"


# --- reading ----------------------------------------------------------------------------------


async def mine(app: App, query: BillQuery, *, by: Actor) -> Bills:
    """The bills of all patients whose records are open to me, newest first."""
    people = await patients.opened_of(app, by)
    if people:
        await audit.record(app, by, "bills.list", patient_ids=[p.id for p in people])
    found: list[Bill] = []
    as_of: datetime | None = None
    for person in people:
        bills, from_then = await _read(app, person)
        found += await _shown(app, person, bills)
        as_of = min((at for at in (as_of, from_then) if at), default=None)
    items = [bill for bill in found if rules.belongs(bill.status, query.status)]
    return Bills(items=sorted(items, key=lambda bill: bill.issued_at, reverse=True), as_of=as_of)


async def one(app: App, bill_id: str, *, by: Actor) -> Bill:
    """One bill; NotFound, RecordsClosed."""
    person, bill = await _find(app, bill_id, by, fresh=False)
    await audit.record(app, by, "bills.read", patient_ids=[person.id])
    return (await _shown(app, person, [bill]))[0]


async def facts(app: App, bill_id: str, *, fresh: bool = False) -> Bill | None:
    """A bill whoever it belongs to, for notices; None when we know none of this id.

    `fresh`: as the HIS has it at this moment; Foreign when it does not answer.
    """
    patient_id = await his_copies.whose(app, "bills", bill_id)
    if patient_id is None:
        return None
    person = await patients.identity(app, patient_id)
    bills, as_of = await _read(app, person, fresh=fresh)
    if fresh and as_of:
        raise errors.Foreign("his", "no_connection", "later")
    return next(iter(await _shown(app, person, [bill for bill in bills if bill.id == bill_id])), None)


async def _find(app: App, bill_id: str, by: Actor, *, fresh: bool) -> tuple[Patient, HisBill]:
    patient_id = await his_copies.whose(app, "bills", bill_id)
    if patient_id is None:
        raise errors.NotFound()
    person = await patients.require_open(app, by, patient_id)
    bills, _ = await _read(app, person, fresh=fresh)
    bill = next((bill for bill in bills if bill.id == bill_id), None)
    if bill is None:
        raise errors.NotFound()
    return person, bill


async def _read(app: App, person: Patient, *, fresh: bool = False) -> tuple[list[HisBill], datetime | None]:
    """A patient's bills as the HIS has them, and from when they are when it does not answer."""
    copy = await his_copies.read(app, "bills", person.id, lambda: app.his.bills(person.his_id), fresh=fresh)
    return [HisBill.model_validate(item) for item in copy.items], copy.as_of


async def _shown(app: App, person: Patient, bills: list[HisBill]) -> list[Bill]:
    names = await directory.names(app)
    orders = await payments.orders_of(app, "bill", [bill.id for bill in bills])
    return [
        Bill(
            **bill.model_dump(include={"id", "issued_at", "items"}),
            patient_id=person.id,
            patient_name=person.name,
            department_name=names.departments.get(bill.department_id, ""),
            doctor_name=names.doctors.get(bill.doctor_id or "", ""),
            total_fen=rules.total_of(bill),
            status=rules.status_of(bill.status, orders[bill.id].status if bill.id in orders else None),
        )
        for bill in bills
    ]


# --- paying -----------------------------------------------------------------------------------


async def pay(app: App, bill_id: str, channel: Channel, *, by: Actor) -> Prepay:
    """Open the payment sheet for a bill, over the amount that the HIS has now.

    NotFound, RecordsClosed, BillSettled, BillInconsistent, TooMany, and the refusals of payments.start.
    While the HIS is away its last copy counts; should it be wrong, the money goes back by itself.
    """
    if await app.cache.count(f"bill-sheets:{by.id}", SHEETS_S) > SHEETS:  # each one asks the HIS and WeChat Pay
        raise errors.TooMany()
    person, bill = await _find(app, bill_id, by, fresh=True)
    if bill.status != "unpaid":
        raise BillSettled()
    wanted = Wanted(
        kind="bill",
        subject_id=bill.id,
        patient_id=person.id,
        title="门诊缴费",
        amount_fen=rules.check_amounts(bill),
        pay_until=app.real_now() + PAY_WITHIN,
    )
    return await payments.start(app, wanted, channel, by=by)


async def take_money(app: App, event: Event) -> None:
    """Reaction to payments.paid: the HIS has to be told that a bill is paid."""
    if event.data["kind"] != "bill":
        return
    order_id = event.data["order_id"]

    async def work(tx: Tx) -> None:
        order = await payments.get(app, order_id, tx)
        if order.status != "paid":
            return  # it is on its way back
        new = await write_backs.owe(
            app, "bill", order.id, patient_id=order.patient_id, title="门诊缴费", job=TELL_HIS, tx=tx
        )
        if new:
            ids = {"patient_id": order.patient_id, "account_id": order.account_id}
            await tx.emit("bills.paid", bill_id=order.subject_id, order_id=order.id, **ids)
            other = (await payments.orders_of(app, "bill", [order.subject_id]))[order.subject_id]
            if other.id != order.id:  # another sheet is open for it
                await payments.end_soon(app, other.id, tx)

    await app.db.transact(work)


async def tell_his(app: App, order_id: str) -> None:
    """Job bills.tell_his: write a payment, until the HIS has answered; refund it when it is refused."""
    order = await payments.get(app, order_id)
    paid_at = (order.paid_at or app.now()).astimezone(SHANGHAI).isoformat(timespec="seconds")
    payment = {"amount_fen": order.amount_fen, "paid_at": paid_at, "transaction_id": order.transaction_id}
    accepted = await write_backs.tell_of_money(
        app, "bill", order, lambda: app.his.put_bill_payment(order.subject_id, order.id, payment), "bills.refused"
    )
    if accepted is not None:
        await _take_over(app, await patients.identity(app, order.patient_id))


async def take_back(app: App, event: Event) -> None:
    """Reaction to payments.take_back: staff send the money of a bill back, so the HIS is to give it back first."""
    if event.data["kind"] == "bill":
        order = await payments.get(app, event.data["order_id"])
        await write_backs.owe_take_back(app, "bill_cancel", order, title="门诊缴费退费", job=TAKE_BACK)


async def tell_again(app: App, event: Event) -> None:
    """Reaction to payments.charge_missing: the HIS's books do not say what is so, so it is told again."""
    if event.data["kind"] == "bill":
        order = await payments.get(app, event.data["order_id"])
        if order.status == "paid":
            await write_backs.owe_again(app, "bill", order, title="门诊缴费", job=TELL_HIS)
        elif order.status == "refunded":
            await write_backs.owe_again(app, "bill_cancel", order, title="门诊缴费退费", job=TAKE_BACK)


async def tell_his_back(app: App, order_id: str) -> None:
    """Job bills.take_back: take a payment back at the HIS, until it has answered."""
    order = await payments.get(app, order_id)
    given = await write_backs.tell_of_take_back(
        app, "bill_cancel", order, lambda: app.his.delete_bill_payment(order.subject_id, order.id)
    )
    if given is not None:
        await _take_over(app, await patients.identity(app, order.patient_id))


async def take_change(app: App, event: Event) -> None:
    """Reaction to his.bill.issued and his.bill.paid_at_counter: take over what the HIS has now.

    A bill that was paid at the counter can be paid here no more.
    """
    person = await patients.by_his_id(app, event.data["his_id"])
    if person is None:
        return
    await _take_over(app, person)
    if event.type == "his.bill.paid_at_counter":
        orders = await payments.orders_of(app, "bill", [event.data["bill_id"]])
        for order in orders.values():
            await payments.end(app, order.id)
    else:
        await app.db.emit("bills.issued", {"bill_id": event.data["bill_id"], "patient_id": person.id})


async def _take_over(app: App, person: Patient) -> None:
    await his_copies.put(app, "bills", person.id, await app.his.bills(person.his_id))
