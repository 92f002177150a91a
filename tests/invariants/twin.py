"""An in-memory twin of orders, bookings, bills, HIS and WeChat Pay: the real rules in a world that may be shuffled.

What the services do in one transaction is one step here; everything between transactions
(events, jobs, notifications) waits in a bag from which the schedule takes in any order,
twice or never.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from server.appointments import rules as booking_rules
from server.appointments.models import Appointment
from server.context import Trade
from server.payments import rules
from server.payments.models import Order
from tests.invariants.till import Till

START = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)
VISIT = START + timedelta(days=1)
FEE = 1000


@dataclass
class Slot:
    state: str = "free"
    by: str | None = None
    until: datetime = START
    ordered: bool = False


@dataclass
class Bag:
    """What is on its way: any of it may come next, again, or not at all."""

    things: list[Any] = field(default_factory=list)

    def take(self, number: int, again: bool) -> Any:
        if not self.things:
            return None
        number %= len(self.things)
        return self.things[number] if again else self.things.pop(number)


class Twin:
    """Two slots and two bills, three people, one HIS, one WeChat Pay."""

    def __init__(self) -> None:
        self.now = START
        self.slots = {"s1": Slot(), "s2": Slot()}
        self.bookings: dict[str, Appointment] = {}
        self.orders: dict[str, Order] = {}
        self.wechat: dict[str, str] = {}
        self.late: set[str] = set()  # paid although closed: they stand in the way of no other order
        self.bills: dict[str, str] = {"b1": "", "b2": ""}  # at the HIS: who has paid it
        self.owed: dict[str, tuple[str, bool]] = {}  # write-backs: what the HIS is to be told, and whether it was
        self.mail, self.events = Bag(), Bag()
        self.till = Till(self.orders, self.mail.things, self.events.things)

    # --- what people do ------------------------------------------------------------------------

    def book(self, person: int, slot_id: str) -> None:
        slot, patient = self.slots[slot_id], f"p{person}"
        if not self._claimable(slot) or self._live_of(patient):
            return
        id = f"{len(self.bookings):024x}"
        if slot.by:
            self._set(self.bookings[slot.by], status="expired", live=False)
        slot.state, slot.by, slot.until, slot.ordered = "held", id, self.now + timedelta(minutes=10), False
        facts = dict.fromkeys(("clinic_id", "doctor_id", "doctor_name", "department_id", "department_name"), "")
        self.bookings[id] = Appointment(
            **facts,
            id=id,
            number="",
            slot_id=slot_id,
            place_number=1,
            patient_id=patient,
            account_id=f"w{person}",
            channel="wechat",
            location="",
            on="2026-11-26",
            starts_at=VISIT,
            ends_at=VISIT,
            fee_fen=FEE,
            status="held",
            live=True,
            hold_until=slot.until,
            hold_seat=1,
            created_at=self.now,
        )

    def open_sheet(self, number: int, payer: int) -> None:
        """The payment sheet of a held place."""
        booking = self._pick(number)
        if booking is None or booking.status != "held" or self.now >= (booking.hold_until or START):
            return
        order = self._start("appointment", booking.id, booking.patient_id, payer, booking.hold_until or START)
        if order:
            self._set(booking, order_id=order.id)
            slot = self.slots[booking.slot_id]
            assert slot.by == booking.id
            slot.ordered = True

    def open_bill(self, bill: str, payer: int) -> None:
        if not self.bills[bill]:
            self._start("bill", bill, "p1", payer, self.now + timedelta(minutes=30))

    def pay_at_counter(self, bill: str) -> None:
        self.bills[bill] = self.bills[bill] or "counter"

    def pay(self, number: int, although_closed: bool) -> None:
        """Somebody pays an open sheet, whatever we think of it; now and then WeChat Pay takes it although closed."""
        states = ("NOTPAY", "CLOSED") if although_closed else ("NOTPAY",)
        open_ones = [id for id, state in self.wechat.items() if state in states]
        if open_ones:
            id = open_ones[number % len(open_ones)]
            self.wechat[id] = "SUCCESS"
            self.mail.things.append(("trade", id))

    def cancel(self, number: int) -> None:
        booking = self._pick(number)
        if booking is None or not booking_rules.can_cancel(booking.status, booking.starts_at, self.now):
            return
        self._set(booking, status="cancelled", live=False, his_status=_told(booking))
        self._free(booking)
        self._money_back(booking)

    def staff_refund(self, number: int, fen: int | None) -> None:
        ids = list(self.orders)
        if ids:
            self.till.refund_by_staff(self.orders[ids[number % len(ids)]], fen, self.now)

    def ask_again(self, number: int) -> None:
        refunds = list(self.till.refunds.values())
        if refunds:
            self.till.again(refunds[number % len(refunds)])

    def stop_clinic(self) -> None:
        for slot in self.slots.values():
            slot.state = "closed"
        for booking in list(self.bookings.values()):
            if booking.status in booking_rules.LIVE:
                self._set(booking, status="stopped", live=False, his_status=_told(booking))
                self._money_back(booking)

    # --- what the machinery does ---------------------------------------------------------------

    def deliver(self, number: int, again: bool) -> None:
        thing = self.mail.take(number, again)
        if thing and thing[0] == "trade":
            self._settle(thing[1], "SUCCESS")
        elif thing:
            self.till.hear(thing[1], thing[2], self.now)

    def lose(self, number: int) -> None:
        self.mail.take(number, False)

    def react(self, number: int, again: bool) -> None:
        """The reactions to payments.paid and payments.take_back."""
        event = self.events.take(number, again)
        if event is None:
            return
        what, order_id = event
        order = self.orders[order_id]
        if what == "take_back":
            if any(refund.status == "at_his" for refund in self.till.of(order_id)):
                self.owed[order_id] = ("bill_cancel", False)
            return
        if order.status != "paid":
            return
        if order.kind == "bill":
            if self.owed.get(order_id, ("", False))[0] != "bill":
                self.owed[order_id] = ("bill", False)
            return
        booking = self.bookings[order.subject_id]
        decision = booking_rules.on_money(booking, order_id, self.now)
        slot = self.slots[booking.slot_id]
        if decision == "reclaim":
            twice = self._live_of(booking.patient_id)
            if slot.state == "free" and not twice:
                slot.state, slot.by = "held", booking.id
                decision = "confirm"
            else:
                decision = "refund"
        if decision == "confirm" and slot.by == booking.id and slot.state in ("held", "taken"):
            slot.state = "taken"
            self._set(
                booking, status="confirmed", live=True, paid_order_id=order_id, order_id=order_id, his_status="waiting"
            )
        elif decision != "nothing":
            self.till.refund(order, self.now)

    def tell_his(self, number: int, lost: bool, agrees: bool) -> None:
        """A job tells the HIS of a booking, a bill or what it is to give back; its answer may be lost."""
        waiting = [("booking", b.id) for b in self.bookings.values() if b.his_status == "waiting"]
        waiting += [(kind, id) for id, (kind, told) in self.owed.items() if not told]
        if not waiting:
            return
        kind, id = waiting[number % len(waiting)]
        if kind == "booking":
            self._tell_of_booking(self.bookings[id], lost)
        else:
            self._tell_of_bill(kind, self.orders[id], lost, agrees)

    def _tell_of_booking(self, booking: Appointment, lost: bool) -> None:
        id = booking.paid_order_id or ""
        booked = booking.status == "confirmed"
        if booked:
            self.till.his[id] = FEE
        else:
            self.till.his.pop(id, None)
        if lost:
            return
        self._set(booking, his_status="written")
        if booked:
            self.till.post(rules.charged(self.orders[id], self.now))
        else:
            self.till.his_gave_back(id, True, self.now)

    def _tell_of_bill(self, kind: str, order: Order, lost: bool, agrees: bool) -> None:
        paid_by = self.bills[order.subject_id]
        if kind == "bill_cancel":
            if agrees:
                self.till.his.pop(order.id, None)
                self.bills[order.subject_id] = "refunded" if paid_by == order.id else paid_by
        else:
            agrees = paid_by in ("", order.id)
            if agrees:
                self.bills[order.subject_id] = order.id
                self.till.his[order.id] = FEE
        if lost or (not agrees and kind == "bill" and order.status != "paid"):
            return
        self.owed[order.id] = (kind, True)
        if kind == "bill_cancel":
            self.till.his_gave_back(order.id, agrees, self.now)
        elif agrees:
            self.till.post(rules.charged(order, self.now))
        else:  # it had perhaps accepted it once, and has lost it since
            self.till.post(rules.uncharged(order, self.till.entries(order.id), self.now))
            self.till.refund(order, self.now)

    def send_refund(self, number: int, lost: bool) -> None:
        waiting = [refund for refund in self.till.refunds.values() if refund.status in ("waiting", "processing")]
        if waiting:
            self.till.send(waiting[number % len(waiting)], lost, self.now)

    def sweep(self, number: int) -> None:
        ids = [id for id, order in self.orders.items() if order.status in rules.UNPAID]
        if ids:
            self._look(ids[number % len(ids)])

    def release(self, number: int) -> None:
        booking = self._pick(number)
        if booking is None or booking.status != "held" or self.now < (booking.hold_until or START):
            return
        if booking.order_id and self._end(booking.order_id) != "closed":
            return
        self._set(booking, status="expired", live=False)
        self._free(booking)

    def wechat_refunds(self, number: int, outcome: str) -> None:
        self.till.work_at_wechat(number, outcome)

    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def finish(self) -> None:
        """Time passes and everything durable runs until nothing is left; WeChat Pay tells of money for a day."""
        self.mail.things[:] = [("trade", id) for id, state in self.wechat.items() if state == "SUCCESS"]
        self.wait(60)
        for _ in range(10):
            self.wait(2)
            for number in range(len(self.bookings)):
                self.release(number)
            for order_id in list(self.orders):
                self._look(order_id)
            while self.events.things:
                self.react(0, False)
            for _ in range(len(self.bookings) + len(self.owed)):
                self.tell_his(0, False, True)
            for refund in list(self.till.refunds.values()):
                self.till.again(refund)
            for order in list(self.orders.values()):
                if order.status == "abnormal":  # WeChat Pay closed a refund: staff send the rest back
                    self.till.refund_by_staff(order, None, self.now)
            for number in range(len(self.till.refunds)):
                self.send_refund(number, False)
            while any(a.state in ("PROCESSING", "ABNORMAL") for a in self.till.asked.values()):
                self.wechat_refunds(0, "SUCCESS")
            while self.mail.things:
                self.deliver(0, False)

    # --- insides, as the services do them ------------------------------------------------------

    def _claimable(self, slot: Slot) -> bool:
        return slot.state == "free" or (slot.state == "held" and slot.until <= self.now and not slot.ordered)

    def _live_of(self, patient: str) -> bool:
        return any(b.live and b.patient_id == patient for b in self.bookings.values())

    def _pick(self, number: int) -> Appointment | None:
        ids = list(self.bookings)
        return self.bookings[ids[number % len(ids)]] if ids else None

    def _set(self, booking: Appointment, **values: Any) -> None:
        self.bookings[booking.id] = booking.model_copy(update=values)

    def _free(self, booking: Appointment) -> None:
        slot = self.slots[booking.slot_id]
        if slot.by == booking.id and slot.state in ("held", "taken"):
            self.slots[booking.slot_id] = replace(slot, state="free", by=None, ordered=False)

    def _start(self, kind: Any, subject_id: str, patient_id: str, payer: int, until: datetime) -> Order | None:
        """Payments.start: the same order for the same payer, another payer's order is closed first."""
        of_it = [order for order in self.orders.values() if order.subject_id == subject_id]
        live = next((order for order in of_it if order.status in rules.LIVE and order.id not in self.late), None)
        if live and live.status not in rules.UNPAID:
            return None
        if live and (live.openid != f"o{payer}" or self.now >= live.pay_until):
            if self._end(live.id) != "closed":
                return None
            live = None
        if any(order.status == "paid" for order in self.orders.values() if order.subject_id == subject_id):
            return None
        if live is None:
            live = self._new_order(kind, subject_id, patient_id, payer, until)
        self._move(live.id, "prepaid") if live.status == "created" else None
        self.wechat.setdefault(live.id, "NOTPAY")
        return live

    def _new_order(self, kind: Any, subject_id: str, patient_id: str, payer: int, until: datetime) -> Order:
        id = f"{0xA00 + len(self.orders):024x}"
        order = Order(
            id=id,
            kind=kind,
            subject_id=subject_id,
            patient_id=patient_id,
            account_id=f"w{payer}",
            title="样例",
            amount_fen=FEE,
            status="created",
            appid="wx",
            openid=f"o{payer}",
            created_at=self.now,
            pay_until=until,
            expires_at=until,
        )
        self.orders[id] = order
        return order

    def _move(self, order_id: str, new: Any, **values: Any) -> None:
        order = self.orders[order_id]
        rules.check_move(order.status, new)
        self.orders[order_id] = order.model_copy(update={"status": new} | values)

    def _settle(self, order_id: str, state: str) -> None:
        order = self.orders[order_id]
        rules.check_trade(order, Trade(order_id, state, "wx", "m", FEE, order.openid), "m")
        new = rules.after_trade(order.status, state)
        if new != order.status:
            if (order.status, new) == ("closed", "paid"):
                self.late.add(order_id)
            self._move(order_id, new, **({"paid_at": self.now} if new == "paid" else {}))
            if new == "paid":
                self.till.post(rules.paid(order, self.now))
                self.events.things.append(("paid", order_id))

    def _look(self, order_id: str) -> None:
        if self.orders[order_id].status in rules.UNPAID:
            state = self.wechat.get(order_id)
            if state:
                self._settle(order_id, state)
            if self.orders[order_id].status in rules.UNPAID and self.now >= self.orders[order_id].pay_until:
                self._end(order_id)

    def _end(self, order_id: str) -> str:
        if self.orders[order_id].status in rules.UNPAID:
            if self.wechat.get(order_id) == "SUCCESS":
                self._settle(order_id, "SUCCESS")
            else:
                if order_id in self.wechat:
                    self.wechat[order_id] = "CLOSED"
                self._move(order_id, "closed")
        return self.orders[order_id].status

    def _money_back(self, booking: Appointment) -> None:
        if booking.paid_order_id:
            self.till.refund(self.orders[booking.paid_order_id], self.now)


def _told(booking: Appointment) -> str:
    """A booking of which the HIS has heard, or is hearing, is taken back there."""
    return "none" if booking.his_status == "none" else "waiting"
