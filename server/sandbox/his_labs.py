"""Makes reports of the simulated HIS from the forms in fixtures/his/reports.json; derived items agree with the rest."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from server.sandbox.his_fixtures import Dice, Doc, by_id, iso, read
from server.values import age_on, shanghai_date

_STAFF = ("季文静", "童立诚", "柯明月", "岑若谷")
_ABNORMAL_PERCENT = 5


def forms() -> list[str]:
    """The ids of all report forms."""
    return [form["id"] for group in ("labs", "imaging") for form in read("reports")[group]]


def make_report(
    *,
    id: str,
    form_id: str,
    person: Doc,
    department_id: str,
    doctor_id: str,
    requested_at: datetime,
    reported_at: datetime,
    status: str = "final",
    values: dict[str, str] | None = None,
    text: int | None = None,
) -> Doc:
    """A report in the shape of the contract. `values` fixes items by code, `text` the wording of an image report."""
    dice = Dice(f"report/{id}")
    form = by_id("reports", "imaging").get(form_id) or by_id("reports", "labs")[form_id]
    imaging = "texts" in form
    wait = (reported_at - requested_at) / 4
    report: Doc = {
        "id": id,
        "his_id": person["his_id"],
        "kind": "imaging" if imaging else "lab",
        "title": form["title"],
        "department_id": department_id,
        "doctor_id": doctor_id,
        "requested_at": iso(requested_at),
        "collected_at": iso(requested_at + wait),
        "received_at": iso(requested_at + wait * 2),
        "reported_at": iso(reported_at),
        "status": status,
        "version": 2 if status == "corrected" else 1,
        "laboratory": form.get("laboratory", "检验科"),
        "specimen": form.get("specimen", ""),
        "operator": dice.pick(_STAFF[:2]),
        "reviewer": dice.pick(_STAFF[2:]),
        "items": [],
        "sensitive": bool(form.get("sensitive")),
    }
    if imaging:
        texts = form["texts"]
        report["findings"], report["conclusion"] = texts[dice.below(len(texts)) if text is None else text]
    else:
        age = age_on(person["birth_on"], shanghai_date(reported_at))
        report["items"] = _items(form["items"], "child" if age < 14 else person["sex"], dice, values or {})
    return report


def correct(report: Doc, now: datetime) -> Doc:
    """The next version of a report, with its first measured item read again."""
    dice = Dice(f"correct/{report['id']}/{report['version']}")
    items = [dict(item) for item in report["items"]]
    for item in items[:1]:
        if item.get("low"):
            item["value"] = str(_quantize(_draw(Decimal(item["low"]), Decimal(item["high"]), dice), item["value"]))
            item["flag"] = None
    return {
        **report,
        "items": items,
        "status": "corrected",
        "version": report["version"] + 1,
        "reported_at": iso(now),
    }


def is_due_after(form_id: str) -> timedelta:
    """How long after the consultation a report comes, in business time."""
    return timedelta(minutes=25 if form_id in by_id("reports", "imaging") else 40)


def _items(specs: list[Doc], group: str, dice: Dice, fixed: dict[str, str]) -> list[Doc]:
    known: dict[str, Decimal] = {}
    waiting = list(specs)
    while waiting:  # a derived item waits for those it is made of
        spec = waiting.pop(0)
        if "decimals" not in spec:
            continue
        operands = spec.get("derive", [""])[1:]
        if not set(operands) <= known.keys():
            waiting.append(spec)
            continue
        low, high = _range(spec, group)
        if spec["code"] in fixed:
            value = Decimal(fixed[spec["code"]])
        elif operands:
            value = _derive(spec["derive"][0], [known[code] for code in operands])
        else:
            value = _draw(low, high, dice)
        known[spec["code"]] = _quantize(max(value, Decimal(0)), f"{low}")
    return [_item(spec, known.get(spec["code"]), group, fixed) for spec in specs]


def _item(spec: Doc, value: Decimal | None, group: str, fixed: dict[str, str]) -> Doc:
    base = {"code": spec["code"], "name": spec["name"], "unit": spec["unit"]}
    if value is None:
        found = fixed.get(spec["code"], spec["normal"])
        flag = None if found == spec["normal"] else "A"
        return {**base, "value": found, "range_text": spec["range_text"], "flag": flag}
    low, high = _range(spec, group)
    flag = "L" if value < low else "H" if value > high else None
    if flag and "critical" in spec and not Decimal(spec["critical"][0]) <= value <= Decimal(spec["critical"][1]):
        flag *= 2
    limits = {"low": f"{low}", "high": f"{high}", "range_text": f"{low}-{high}"}
    return {**base, "value": f"{value}", **limits, "flag": flag}


def _range(spec: Doc, group: str) -> tuple[Decimal, Decimal]:
    low, high = spec.get(group, (spec["low"], spec["high"]))
    return Decimal(low), Decimal(high)


def _draw(low: Decimal, high: Decimal, dice: Dice) -> Decimal:
    """Mostly in the middle of the range, now and then a little outside."""
    if dice.happens(_ABNORMAL_PERCENT):
        beyond = (high - low) * dice.between(3, 20) / 100
        return high + beyond if low == 0 or dice.happens(70) else max(low - beyond, low / 2)
    return low + (high - low) * (200 + sum(dice.below(201) for _ in range(3))) / 1000


def _derive(how: str, of: list[Decimal]) -> Decimal:
    if how == "rest":
        return Decimal(100) - sum(of, Decimal(0))
    a, b = of
    match how:
        case "percent":
            return a * b / 100
        case "minus":
            return a - b
        case "ratio":
            return a / b
        case "times":
            return a * b
        case "volume":  # red cells (10^12/L) x their volume (fL) in percent
            return a * b / 10
        case "concentration":  # haemoglobin (g/L) / packed volume (%) in g/L
            return a / b * 100
    raise ValueError(how)


def _quantize(value: Decimal, like: str) -> Decimal:
    return value.quantize(Decimal(like), rounding=ROUND_HALF_UP)
