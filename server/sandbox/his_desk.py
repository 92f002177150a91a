"""The counter of the simulated HIS: bookings written to it, bills and deposits paid, and what it refuses."""

from typing import Literal

from server.sandbox.his_fixtures import Doc, iso
from server.sandbox.his_hospital import Hospital, Refused
from server.sandbox.his_queue import leave

Kind = Literal["appointment", "bill", "deposit"]
TAKEN_BACK = -1  # stands for the amount of an order whose money went back


def book(hospital: Hospital, our_id: str, wanted: Doc) -> Doc:
    """Write a booking {clinic_id, place_number, starts_at, his_id, paid_fen, channel, order_id?}; gives {his_number}.

    The same id may come again. Refused 409: clinic_stopped, place_taken, already_paid (registered at the
    counter), cancelled (it was taken back before), differs (the same id for another place).
    """
    state = hospital.state
    switch = (state.get("fault", "his") or {}).get("refuse_bookings")
    if switch:
        raise Refused(409, str(switch), "医院系统拒绝了这个预约")
    clinic = hospital.clinic(wanted["clinic_id"])
    hospital.person(wanted["his_id"])
    known = state.get("his_booking", our_id)
    if known:
        if known["status"] == "cancelled":
            raise Refused(409, "cancelled", "这个预约已经取消")
        if any(known[name] != wanted[name] for name in ("clinic_id", "place_number", "his_id")):
            raise Refused(409, "differs", "同一个预约号已用在别的号源上")
        return {"his_number": known["his_number"]}
    if clinic["status"] == "stopped":
        raise Refused(409, "clinic_stopped", "医生停诊")
    if not 1 <= wanted["place_number"] <= clinic["places"]:
        raise Refused(404, "unknown_place", "没有这个号")
    if state.get("his_counter", _person_place(wanted)):
        raise Refused(409, "already_paid", "病人已在窗口挂了这个号")
    holder = state.get("his_place", _place(wanted))
    if holder and holder["our_id"] != our_id:
        raise Refused(409, "place_taken", "这个号已被别人挂走")
    number = f"GH{state.next('his_booking'):08d}"
    state.put("his_place", _place(wanted), {"our_id": our_id})
    state.put("his_booking", our_id, {**wanted, "his_number": number, "status": "booked"})
    if wanted.get("order_id"):
        _charge(hospital, "appointment", wanted["order_id"], wanted["paid_fen"])
    return {"his_number": number}


def unbook(hospital: Hospital, our_id: str, reason: str) -> None:
    """Take a booking back; may come again, and before the booking itself, which then is refused."""
    state = hospital.state
    known = state.get("his_booking", our_id)
    if known and known["status"] == "booked":
        state.delete("his_place", _place(known))
        leave(hospital, known["clinic_id"], our_id)
        if known["channel"] == "counter":
            state.delete("his_counter", _person_place(known))
        if known.get("order_id"):
            _charge(hospital, "appointment", known["order_id"], -known["paid_fen"])
    state.put("his_booking", our_id, {**(known or {}), "status": "cancelled", "reason": reason})


def register_at_counter(hospital: Hospital, clinic_id: str, his_id: str, place_number: int) -> Doc:
    """Somebody takes a place at the window, past the pool: later bookings of it are refused."""
    wanted = {"clinic_id": clinic_id, "his_id": his_id, "place_number": place_number, "channel": "counter"}
    number = book(hospital, f"counter-{hospital.state.next('his_counter')}", wanted)
    hospital.state.put("his_counter", _person_place(wanted), {"his_number": number["his_number"]})
    return number


def pay_bill(hospital: Hospital, bill_id: str, order_id: str, amount_fen: int) -> None:
    """Mark a bill paid; may come again. Refused 409: paid_at_counter, amount_differs, taken_back."""
    bill = hospital.record("bills", bill_id)
    if _is_repeated(bill, order_id, amount_fen):
        return
    if bill["status"] != "unpaid":
        raise Refused(409, "paid_at_counter", "这张单已经缴过费")
    if bill["total_fen"] != amount_fen:
        raise Refused(409, "amount_differs", "金额和缴费单不一致")
    hospital.change("bills", bill_id, status="paid", payments=_with(bill, order_id, amount_fen))
    _charge(hospital, "bill", order_id, amount_fen)


def take_bill_payment_back(hospital: Hospital, bill_id: str, order_id: str) -> None:
    """The money of this order went back to the patient: the bill is refunded. May come again."""
    bill = hospital.record("bills", bill_id)
    if counted := _counted(bill, order_id):
        _charge(hospital, "bill", order_id, -counted)
    status = "refunded" if counted else bill["status"]
    hospital.change("bills", bill_id, status=status, payments=_with(bill, order_id, TAKEN_BACK))


def pay_at_counter(hospital: Hospital, bill_id: str) -> Doc:
    """Somebody pays the bill at the window."""
    bill = hospital.record("bills", bill_id)
    if bill["status"] != "unpaid":
        raise Refused(409, "paid_at_counter", "这张单已经缴过费")
    hospital.emit("bill.paid_at_counter", bill_id=bill_id, his_id=bill["his_id"])
    return hospital.change("bills", bill_id, status="paid")


def pay_deposit(hospital: Hospital, admission_id: str, order_id: str, amount_fen: int) -> None:
    """Add to the deposit of a stay; may come again. Refused 409: discharged, amount_differs, taken_back."""
    admission = hospital.record("admissions", admission_id)
    if _is_repeated(admission, order_id, amount_fen):
        return
    if admission["status"] != "in":
        raise Refused(409, "discharged", "病人已出院，不能再交预交金")
    _set_deposit(hospital, admission, amount_fen, _with(admission, order_id, amount_fen))
    _charge(hospital, "deposit", order_id, amount_fen)


def take_deposit_back(hospital: Hospital, admission_id: str, order_id: str) -> None:
    """Take a deposit out of a stay again. May come again."""
    admission = hospital.record("admissions", admission_id)
    counted = _counted(admission, order_id)
    if counted:
        _charge(hospital, "deposit", order_id, -counted)
    _set_deposit(hospital, admission, -counted, _with(admission, order_id, TAKEN_BACK))


def charges(hospital: Hospital, on: str) -> list[Doc]:
    """The money taken over and taken back on a day: {id, order_id, kind, amount_fen, at}, oldest first."""
    return [charge for _, charge in hospital.state.items("his_charge") if charge["at"][:10] == on]


def _charge(hospital: Hospital, kind: Kind, order_id: str, amount_fen: int) -> None:
    """Put money of an order into the day's book; negative: taken back."""
    if amount_fen:
        id = f"SF{hospital.state.next('his_charge'):08d}"
        charge = {"id": id, "order_id": order_id, "kind": kind, "amount_fen": amount_fen, "at": iso(hospital.now())}
        hospital.state.put("his_charge", id, charge)


def _set_deposit(hospital: Hospital, admission: Doc, more_fen: int, payments: Doc) -> None:
    hospital.emit("admission.changed", admission_id=admission["id"], his_id=admission["his_id"])
    deposit = admission["deposit_fen"] + more_fen
    hospital.change("admissions", admission["id"], deposit_fen=deposit, payments=payments)


def _is_repeated(record: Doc, order_id: str, amount_fen: int) -> bool:
    known = record.get("payments", {}).get(order_id)
    if known is None:
        return False
    if known == TAKEN_BACK:
        raise Refused(409, "taken_back", "这笔钱已经退回")
    if known != amount_fen:
        raise Refused(409, "amount_differs", "金额和上次写入的不一致")
    return True


def _counted(record: Doc, order_id: str) -> int:
    """The fen of this order that count in a record; 0 when none were paid or they were taken back."""
    return int(max(record.get("payments", {}).get(order_id, 0), 0))


def _with(record: Doc, order_id: str, amount_fen: int) -> Doc:
    return {**record.get("payments", {}), order_id: amount_fen}


def _place(booking: Doc) -> str:
    return f"{booking['clinic_id']}/{booking['place_number']}"


def _person_place(booking: Doc) -> str:
    return f"{booking['clinic_id']}/{booking['his_id']}"
