"""What a bill comes to, and how it stands between the HIS and WeChat Pay. Pure."""

from decimal import Decimal, InvalidOperation

from server.bills.models import BillInconsistent, HisBill, HisStatus, Status
from server.payments.models import Status as OrderStatus


def total_of(bill: HisBill) -> int:
    """The sum of its lines, in fen."""
    return sum(item.amount_fen for item in bill.items)


def check_amounts(bill: HisBill) -> int:
    """The total; BillInconsistent unless each line is quantity times price and the total their sum."""
    for item in bill.items:
        try:
            line = (Decimal(item.quantity) * item.unit_price_fen).quantize(Decimal(1))
        except InvalidOperation:
            raise BillInconsistent() from None
        if line != item.amount_fen:
            raise BillInconsistent()
    total = total_of(bill)
    if total != bill.total_fen or total <= 0:
        raise BillInconsistent()
    return total


def status_of(his: HisStatus, order: OrderStatus | None) -> Status:
    """How a bill stands: what the HIS says, ahead of it what was paid here and the HIS has not heard yet."""
    if his == "unpaid" and order == "paid":
        return "paid"
    if his == "unpaid" and order in ("created", "prepaid"):
        return "paying"
    return his


def belongs(status: Status, wanted: str | None) -> bool:
    """Whether a bill is on the page for unpaid or for paid ones."""
    return wanted is None or (status in ("unpaid", "paying")) == (wanted == "unpaid")
