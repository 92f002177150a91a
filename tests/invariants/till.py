"""An in-memory twin of refunds, the ledger, WeChat Pay's side of refunds and what the HIS holds: the real rules.

WeChat Pay refuses here what it refuses there (a minute between refunds, never more than came):
a request of ours that it would refuse fails the test.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server.context import RefundState
from server.errors import Refusal
from server.payments import rules
from server.payments.models import Entry, Order, Refund, RefundStatus


@dataclass
class Asked:
    """A refund as WeChat Pay has it."""

    fen: int
    at: datetime
    state: str = "PROCESSING"


@dataclass
class Till:
    """Refunds and books of the orders in `orders`; `mail` is what WeChat Pay sends us, `events` what happened here."""

    orders: dict[str, Order]
    mail: list[Any]
    events: list[Any]
    refunds: dict[str, Refund] = field(default_factory=dict)
    ledger: dict[str, Entry] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)
    his: dict[str, int] = field(default_factory=dict)

    def post(self, entry: Entry | None) -> None:
        if entry:
            rules.check_entry(entry)
            self.ledger.setdefault(entry.id, entry)

    def entries(self, order_id: str) -> list[Entry]:
        return [entry for entry in self.ledger.values() if entry.order_id == order_id]

    def of(self, order_id: str) -> list[Refund]:
        return [refund for refund in self.refunds.values() if refund.order_id == order_id]

    def sent_back(self, order_id: str) -> int:
        """The fen that WeChat Pay has really sent back."""
        return sum(a.fen for id, a in self.asked.items() if id.startswith(order_id) and a.state == "SUCCESS")

    # --- refunds begin -------------------------------------------------------------------------

    def refund(self, order: Order, now: datetime) -> None:
        """The system's own: everything that is left, once."""
        if f"{order.id}-full" not in self.refunds:
            self._begin(order, "full", rules.refundable(order, None), "waiting", now)

    def refund_by_staff(self, order: Order, fen: int | None, now: datetime) -> None:
        before = self.of(order.id)
        try:
            fen = rules.refundable(order, fen)
            rules.check_limits(order, before, now, now)
            status = rules.first_step(order, before, fen)
        except Refusal:
            return
        self._begin(order, f"staff{len(before)}", fen, status, now)

    def _begin(self, order: Order, key: str, fen: int, status: RefundStatus, now: datetime) -> None:
        id, before = f"{order.id}-{key}", self.of(order.id)
        due_at = None if status == "at_his" else rules.earliest(before, now)
        new = Refund(id=id, order_id=order.id, amount_fen=fen, reason="样例", status=status, due_at=due_at)
        self.refunds[id] = new
        self._change(order.id, status="refunding", claimed_fen=order.claimed_fen + fen)
        if status == "at_his":
            self.events.append(("take_back", order.id))

    # --- and go on -----------------------------------------------------------------------------

    def his_gave_back(self, order_id: str, agreed: bool, now: datetime) -> None:
        """The HIS has answered whether it gives back what it held of an order."""
        if agreed:
            self.post(rules.uncharged(self.orders[order_id], self.entries(order_id), now))
        for refund in self.of(order_id):
            if refund.status == "at_his":
                due_at = rules.earliest(self.of(order_id), now)
                self._move(refund, "waiting" if agreed else "refused", due_at=due_at)
                if not agreed:
                    self.events.append(("paid", order_id))

    def send(self, refund: Refund, lost: bool, now: datetime) -> None:
        """The job payments.refund: ask for it, then ask what became of it; the answer may be lost."""
        if refund.status == "processing":
            return None if lost else self.hear(refund.id, self.asked[refund.id].state)
        others = [one for one in self.of(refund.order_id) if one.id != refund.id]
        due_at = max(refund.due_at or now, rules.send_at(others, now))
        if due_at > now:
            self._change_refund(refund.id, due_at=due_at)
            return
        state = self._wechat_takes(refund, now)
        self._change_refund(refund.id, asked_at=now)
        if not lost:
            self.hear(refund.id, state)

    def _wechat_takes(self, refund: Refund, now: datetime) -> str:
        known = self.asked.get(refund.id)
        if known is None:
            before = [a for id, a in self.asked.items() if id.startswith(refund.order_id)]
            assert all(now - a.at >= rules.refunds.GAP for a in before), "asked twice within a minute"
            total = sum(a.fen for a in before if a.state != "CLOSED") + refund.amount_fen
            assert total <= self.orders[refund.order_id].amount_fen, "more asked back than came"
            known = self.asked[refund.id] = Asked(refund.amount_fen, now)
        return known.state

    def work_at_wechat(self, number: int, outcome: str) -> None:
        """WeChat Pay works on a refund and tells of it, perhaps in the wrong order; SUCCESS and CLOSED are for good."""
        open_ones = [id for id, a in self.asked.items() if a.state in ("PROCESSING", "ABNORMAL")]
        if open_ones:
            id = open_ones[number % len(open_ones)]
            self.asked[id].state = outcome
            self.mail += [("refund", id, "PROCESSING"), ("refund", id, outcome)]

    def hear(self, id: str, state: str, now: datetime | None = None) -> None:
        """The news of WeChat Pay about a refund, settle_refund."""
        refund, news = self.refunds[id], rules.FROM_WECHAT[state]
        rules.check_refund(refund, RefundState(id, state, self.asked[id].fen))
        if rules.after_refund_news(refund.status, news) == refund.status:
            return
        self._move(refund, news)
        if news == "success":
            order = self.orders[refund.order_id]
            self.post(rules.refunded(order, refund, now or order.created_at))

    def again(self, refund: Refund) -> None:
        """Staff have an abnormal refund asked for once more."""
        try:
            rules.check_again(refund)
        except Refusal:
            return
        self._move(refund, "waiting")

    # --- insides -------------------------------------------------------------------------------

    def _move(self, refund: Refund, status: RefundStatus, **values: Any) -> None:
        assert status in rules.refunds.MOVES[refund.status], (refund.status, status)
        self._change_refund(refund.id, status=status, **values)
        order = self.orders[refund.order_id]
        found = [(one.status, one.amount_fen) for one in self.of(order.id)]
        new, gone = rules.status_of_paid(order.amount_fen, found)
        if new != order.status:
            rules.check_move(order.status, new)
        released = refund.amount_fen if status in ("closed", "refused") else 0
        self._change(order.id, status=new, refunded_fen=gone, claimed_fen=order.claimed_fen - released)

    def _change_refund(self, id: str, **values: Any) -> None:
        self.refunds[id] = self.refunds[id].model_copy(update=values)

    def _change(self, order_id: str, **values: Any) -> None:
        self.orders[order_id] = self.orders[order_id].model_copy(update=values)
