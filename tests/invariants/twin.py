"""An in-memory twin of orders, bookings and WeChat Pay: the real rules, with a world that hypothesis may shuffle.

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
from server.payments.models import Order, RefundStatus

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
    """Two slots, three people, one WeChat Pay."""

    def __init__(self) -> None:
        self.now = START
        self.slots = {"s1": Slot(), "s2": Slot()}
        self.bookings: dict[str, Appointment] = {}
        self.orders: dict[str, Order] = {}
        self.refunds: dict[str, list[tuple[str, RefundStatus, int]]] = {}
        self.wechat: dict[str, str] = {}
        self.sent_back: dict[str, int] = {}
        self.mail, self.events = Bag(), Bag()

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
        """Payments.start: the same order for the same payer, another payer's order is closed first."""
        booking = self._pick(number)
        if booking is None or booking.status != "held" or self.now >= (booking.hold_until or START):
            return
        live = next((o for o in self.orders.values() if o.subject_id == booking.id and o.status in rules.LIVE), None)
        if live and live.status not in rules.UNPAID:
            return
        if live and live.openid != f"o{payer}":
            if self._end(live.id) != "closed":
                return
            live = None
        if live is None:
            live = self._new_order(booking, payer)
        self._move(live.id, "prepaid") if live.status == "created" else None
        self.wechat.setdefault(live.id, "NOTPAY")

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
        self._set(booking, status="cancelled", live=False)
        self._free(booking)
        self._money_back(booking)

    def stop_clinic(self) -> None:
        for slot in self.slots.values():
            slot.state = "closed"
        for booking in list(self.bookings.values()):
            if booking.status in booking_rules.LIVE:
                self._set(booking, status="stopped", live=False)
                self._money_back(booking)

    # --- what the machinery does ---------------------------------------------------------------

    def deliver(self, number: int, again: bool) -> None:
        thing = self.mail.take(number, again)
        if thing and thing[0] == "trade":
            self._settle(thing[1], "SUCCESS")
        elif thing:
            self._refund_news(thing[1], thing[2], thing[3])

    def lose(self, number: int) -> None:
        self.mail.take(number, False)

    def react(self, number: int, again: bool) -> None:
        """The reaction to payments.paid, appointments.take_money."""
        order_id = self.events.take(number, again)
        if order_id is None:
            return
        order = self.orders[order_id]
        if order.status != "paid":
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
            self._set(booking, status="confirmed", live=True, paid_order_id=order_id, order_id=order_id)
        elif decision != "nothing":
            self._refund(order)

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

    def wechat_refunds(self, number: int, well: bool) -> None:
        """WeChat Pay works on a refund and tells of it, perhaps in the wrong order."""
        waiting = [(o, key) for o, found in self.refunds.items() for key, state, _ in found if state != "success"]
        if not waiting:
            return
        order_id, key = waiting[number % len(waiting)]
        if well and key not in self.sent_back:
            self.sent_back[key] = next(fen for k, _, fen in self.refunds[order_id] if k == key)
        state = "success" if key in self.sent_back else "processing"
        self.mail.things += [("refund", order_id, key, "processing"), ("refund", order_id, key, state)]

    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def finish(self) -> None:
        """Time passes and everything durable runs until nothing is left; WeChat Pay tells of money for a day."""
        self.mail.things = [("trade", id) for id, state in self.wechat.items() if state == "SUCCESS"]
        self.wait(60)
        for _ in range(10):
            for number in range(len(self.bookings)):
                self.release(number)
            for order_id in list(self.orders):
                self._look(order_id)
            while self.events.things:
                self.react(0, False)
            for number in range(len(self.refunds) * 2):
                self.wechat_refunds(number, True)
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

    def _new_order(self, booking: Appointment, payer: int) -> Order:
        id = f"{0xA00 + len(self.orders):024x}"
        until = booking.hold_until or START
        order = Order(
            id=id,
            kind="appointment",
            subject_id=booking.id,
            patient_id=booking.patient_id,
            account_id=f"w{payer}",
            title="挂号费",
            amount_fen=FEE,
            status="created",
            appid="wx",
            openid=f"o{payer}",
            created_at=self.now,
            pay_until=until,
            expires_at=until,
        )
        self.orders[id] = order
        self._set(booking, order_id=id)
        slot = self.slots[booking.slot_id]
        assert slot.by == booking.id
        slot.ordered = True
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
            self._move(order_id, new)
            if new == "paid":
                self.events.things.append(order_id)

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
            self._refund(self.orders[booking.paid_order_id])

    def _refund(self, order: Order) -> None:
        fen = rules.refundable(order, None)
        self._move(order.id, "refunding", claimed_fen=order.claimed_fen + fen)
        self.refunds.setdefault(order.id, []).append((f"{order.id}-full", "waiting", fen))

    def _refund_news(self, order_id: str, key: str, news: RefundStatus) -> None:
        found = self.refunds[order_id]
        self.refunds[order_id] = [
            (k, rules.after_refund_news(state, news) if k == key else state, fen) for k, state, fen in found
        ]
        refunds = [(state, fen) for _, state, fen in self.refunds[order_id]]
        status, gone = rules.status_of_paid(FEE, refunds)
        if status != self.orders[order_id].status:
            self._move(order_id, status)
        self.orders[order_id] = self.orders[order_id].model_copy(update={"refunded_fen": gone})
