"""What the simulated HIS knows of a person: visits, reports, bills, stays; made from a history told in days ago."""

from datetime import datetime, timedelta
from functools import lru_cache

from server.sandbox.his_fixtures import Dice, Doc, at, by_id, iso, read
from server.sandbox.his_labs import make_report
from server.sandbox.his_people import has_stayed, is_child, population
from server.values import age_on, plus_days

LEAVING = "P000009"  # the synthetic patient who is on a ward on the first day and goes home soon after
_NOT_FOR_ADULTS = {"paediatrics"}
_ONLY_FOR_WOMEN = {"gynaecology", "obstetrics"}


@lru_cache(maxsize=1024)
def first_chart(first_on: str, his_id: str) -> Doc:
    """{visits, reports, bills, admissions} of a person on the HIS's first day; shared, so read only."""
    person = population(first_on).get(his_id)
    if person is None:
        return {"visits": [], "reports": [], "bills": [], "admissions": []}
    history = person.get("history") or _invent_history(person, first_on)
    visits: list[Doc] = []
    reports: list[Doc] = []
    bills: list[Doc] = []
    for doctor_id, days_ago, clock, diagnosis in history["visits"]:
        started = at(plus_days(first_on, -days_ago), clock)
        visits.append(
            make_visit(f"V{his_id}-{len(visits) + 1}", his_id, doctor_id, started, diagnosis)
            | {"ended_at": iso(started + timedelta(minutes=10))}
        )
    for entry in history["reports"]:
        requested = at(plus_days(first_on, -entry["days_ago"]), entry.get("clock", "09:30"))
        reports.append(
            make_report(
                id=f"R{his_id}-{len(reports) + 1}",
                form_id=entry["form"],
                person=person,
                department_id=department_of(entry["doctor"]),
                doctor_id=entry["doctor"],
                requested_at=requested,
                reported_at=requested + timedelta(hours=3),
                status=entry.get("status", "final"),
                values=entry.get("values"),
                text=entry.get("text"),
            )
        )
    for entry in history["bills"]:
        issued = at(plus_days(first_on, -entry["days_ago"]), "10:30")
        lines = [line(code, quantity) for code, quantity in entry["items"]]
        bills.append(make_bill(f"B{his_id}-{len(bills) + 1}", his_id, entry["doctor"], issued, lines, entry["status"]))
    admissions = [
        make_admission(f"A{his_id}-{number}", his_id, entry, first_on)
        for number, entry in enumerate(history["admissions"], start=1)
    ]
    return {"visits": visits, "reports": reports, "bills": bills, "admissions": admissions}


def owner(record_id: str) -> str:
    """The his_id inside the id of a report, bill or admission."""
    return record_id[1:].rpartition("-")[0]


def department_of(doctor_id: str) -> str:
    return str(by_id("doctors")[doctor_id]["department_id"])


def suits(department_id: str, person: Doc, on: str) -> bool:
    """Whether this person would be seen in this department."""
    if is_child(person, on):
        return department_id not in _ONLY_FOR_WOMEN
    if department_id == "obstetrics" and not 20 <= age_on(person["birth_on"], on) <= 42:
        return False
    return department_id not in _NOT_FOR_ADULTS and (department_id not in _ONLY_FOR_WOMEN or person["sex"] == "female")


def make_visit(id: str, his_id: str, doctor_id: str, started: datetime, diagnosis: str) -> Doc:
    return {
        "id": id,
        "his_id": his_id,
        "department_id": department_of(doctor_id),
        "doctor_id": doctor_id,
        "started_at": iso(started),
        "ended_at": None,
        "diagnosis": diagnosis,
        "clinic_id": None,
        "appointment_id": None,
    }


def line(code: str, quantity: int) -> Doc:
    """One line of a bill or daily list from the price list."""
    item = _prices()[code]
    fields = ("name", "spec", "unit", "unit_price_fen", "category")
    return {
        **{name: item[name] for name in fields},
        "quantity": str(quantity),
        "amount_fen": item["unit_price_fen"] * quantity,
    }


def make_bill(id: str, his_id: str, doctor_id: str, issued: datetime, lines: list[Doc], status: str) -> Doc:
    return {
        "id": id,
        "his_id": his_id,
        "department_id": department_of(doctor_id),
        "doctor_id": doctor_id,
        "issued_at": iso(issued),
        "status": status,
        "total_fen": sum(item["amount_fen"] for item in lines),
        "items": lines,
    }


def usual_lines(department_id: str, form_id: str, dice: Dice) -> list[Doc]:
    """What a visit to a department usually costs: the examination and one or two medicines."""
    medicines = [drug["code"] for drug in read("prices")["drugs"] if department_id in drug["departments"]]
    chosen = [(form_id, 1), *((code, dice.between(1, 2)) for code in medicines[: dice.between(1, 2)])]
    if not medicines:
        chosen.append(("treat", 1))
    return [line(code, quantity) for code, quantity in chosen]


def make_admission(id: str, his_id: str, entry: Doc, first_on: str) -> Doc:
    left = entry.get("discharged_days_ago")
    return {
        "id": id,
        "his_id": his_id,
        "number": entry["number"],
        "department_id": entry["department_id"],
        "ward": entry["ward"],
        "bed": entry["bed"],
        "admitted_on": plus_days(first_on, -entry["admitted_days_ago"]),
        "discharged_on": None if left is None else plus_days(first_on, -left),
        "diagnosis": entry["diagnosis"],
        "deposit_fen": entry["deposit_fen"],
        "status": "in" if left is None else "out",
    }


def daily_lists(admission: Doc, today: str) -> list[Doc]:
    """One list for each full day of a stay so far: {on, total_fen, items}, oldest first."""
    lists = []
    on = admission["admitted_on"]
    until = admission["discharged_on"] or today
    while on < until:
        dice = Dice(f"daily/{admission['id']}/{on}")
        first = on == admission["admitted_on"]
        chosen = [("bed", 1), ("nursing", 1), ("round", 1), ("diet", 1), ("infusion", 2), ("saline", 2)]
        chosen += [("monitor", 12), ("cbc", 1), ("renal", 1)] if first else [("cef", dice.between(1, 3))]
        items = [line(code, quantity) for code, quantity in chosen]
        lists.append({"on": on, "total_fen": sum(item["amount_fen"] for item in items), "items": items})
        on = plus_days(on, 1)
    return lists


def spent_fen(admission: Doc, today: str) -> int:
    return sum(day["total_fen"] for day in daily_lists(admission, today))


@lru_cache(maxsize=1)
def _prices() -> dict[str, Doc]:
    return {item["code"]: item for group in ("drugs", "services", "ward") for item in read("prices")[group]}


def _invent_history(person: Doc, first_on: str) -> Doc:
    """A history in the form of demo_people.json for a synthetic patient."""
    number = int(person["his_id"][1:])
    dice = Dice(f"history/{number}")
    history: Doc = {"visits": [], "reports": [], "bills": [], "admissions": []}
    open_to = [d for d in by_id("departments") if suits(d, person, first_on)]
    if is_child(person, first_on):
        open_to = ["paediatrics", "paediatrics", "ophthalmology", "stomatology"]
    days_ago = dice.between(1, 40)
    for _ in range(dice.between(1, 4)):
        _add_visit(history, dice.pick(open_to), days_ago, dice)
        days_ago += dice.between(10, 120)
    if number % 4 == 0 and age_on(person["birth_on"], first_on) >= 45:
        _add_diabetes(history, dice)
    if has_stayed(number):
        _add_stay(history, number, dice)
    for entries, key in ((history["reports"], "days_ago"), (history["bills"], "days_ago"), (history["visits"], 1)):
        entries.sort(key=lambda entry, key=key: -entry[key])
    return history


def _add_visit(history: Doc, department_id: str, days_ago: int, dice: Dice) -> None:
    department = by_id("departments")[department_id]
    doctor_id = f"{department_id}-{dice.between(1, 4)}"
    clock = f"{dice.pick(('08', '09', '10', '14', '15'))}:{dice.between(10, 50)}"
    history["visits"].append([doctor_id, days_ago, clock, dice.pick(department["diagnoses"])])
    form_id = dice.pick(department["forms"])
    if dice.happens(60):
        history["reports"].append({"form": form_id, "days_ago": days_ago, "doctor": doctor_id, "clock": clock})
    medicines = [drug["code"] for drug in read("prices")["drugs"] if department_id in drug["departments"]]
    items = [[form_id, 1], *([code, 1] for code in medicines[:2])]
    status = "unpaid" if days_ago <= 7 and dice.happens(50) else "paid"
    history["bills"].append({"doctor": doctor_id, "days_ago": days_ago, "status": status, "items": items})


def _add_diabetes(history: Doc, dice: Dice) -> None:
    """A year of glucose for a trend, better each quarter or not."""
    doctor_id = f"endocrinology-{dice.between(1, 4)}"
    for days_ago in (350, 260, 170, 80):
        history["visits"].append([doctor_id, days_ago, "08:40", "2型糖尿病"])
        glucose, glycated = dice.between(620, 1080), dice.between(62, 95)
        values = {"GLU": f"{glucose // 100}.{glucose % 100:02d}", "HbA1c": f"{glycated // 10}.{glycated % 10}"}
        history["reports"].append({"form": "glucose", "days_ago": days_ago, "doctor": doctor_id, "values": values})


def _add_stay(history: Doc, number: int, dice: Dice) -> None:
    on_ward = f"P{number:06d}" == LEAVING
    admitted = 3 if on_ward else dice.between(20, 200)
    stay = {
        "number": f"ZY{number:06d}",
        "department_id": "respiratory",
        "ward": "内科病区（住院楼5层）",
        "bed": f"{number % 40 + 1}床",
        "admitted_days_ago": admitted,
        "deposit_fen": 200_000,
        "diagnosis": "肺炎",
    }
    if not on_ward:
        stay["discharged_days_ago"] = admitted - dice.between(3, 12)
    history["admissions"].append(stay)
