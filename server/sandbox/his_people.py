"""The people of the simulated HIS: the demo people and 300 invented patients, the same for the same first day."""

from datetime import date, timedelta
from functools import lru_cache

from server.sandbox.his_fixtures import Dice, Doc, read
from server.values import age_on, check_digit, id_card, plus_days

SYNTHETIC = 300
# County codes that no place has, so that no number is a real person's.
_COUNTIES = ("110199", "310199", "330199", "440199", "510199")
_FOREIGN_DOCUMENTS = ("passport", "hk_macau_pass", "foreign_residence")


@lru_cache(maxsize=4)
def population(first_on: str) -> dict[str, Doc]:
    """Every person the HIS knew on its first day ('YYYY-MM-DD'), by his_id; shared, so read only.

    Each has the fields of a Person in the contract, "sample": true, and for the demo people
    "history", their entry in demo_people.json.
    """
    people = {}
    for entry in read("demo_people")["items"]:
        if entry["in_his"]:
            fields = ("his_id", "name", "sex", "birth_on", "document", "phone", "guardian", "cards", "sample")
            person = {name: entry[name] for name in fields if name in entry}
            people[entry["his_id"]] = {**person, "history": entry}
    for number in range(1, SYNTHETIC + 1):
        person = _invent(number, first_on)
        people[person["his_id"]] = person
    return people


@lru_cache(maxsize=4)
def directory(first_on: str) -> dict[str, str]:
    """his_id by the keys of `document_key` and `card_key`."""
    found = {}
    for his_id, person in population(first_on).items():
        found[document_key(person["document"]["kind"], person["document"]["number"])] = his_id
        for card in person["cards"]:
            found[card_key(card["number"])] = his_id
    return found


def document_key(kind: str, number: str) -> str:
    """One spelling per document: 15-digit ID numbers widened, letters upper-case."""
    text = number.strip().upper()
    return f"document/{kind}/{id_card(text) or text if kind == 'id_card' else text}"


def card_key(number: str) -> str:
    return f"card/{number.strip().upper()}"


def shown(person: Doc) -> Doc:
    """A person as the HIS answers: the fields of the contract only."""
    return {name: value for name, value in person.items() if name not in ("sample", "history")}


def is_child(person: Doc, on: str) -> bool:
    return age_on(person["birth_on"], on) < 14


def _invent(number: int, first_on: str) -> Doc:
    dice = Dice(f"person/{number}")
    age = dice.between(0, 13) if number % 8 == 0 else dice.between(14, 92)
    birth_on = _birth(first_on, age, dice)
    sex = dice.pick(("male", "female"))
    names = read("names")
    name = dice.pick(names["family"]) + dice.pick(names[sex])
    document = {"kind": "id_card", "number": _id_number(birth_on, sex, dice)}
    if number % 25 == 3:
        name, sex = dice.pick(names["foreign"])
        kind = _FOREIGN_DOCUMENTS[number // 25 % 3]
        document = {"kind": kind, "number": _foreign_number(kind, birth_on, sex, number, dice)}
    elif number % 25 == 7 and birth_on < "1999":
        document["number"] = document["number"][:6] + document["number"][8:17]
    person: Doc = {
        "his_id": f"P{number:06d}",
        "name": name,
        "sex": sex,
        "birth_on": birth_on,
        "document": document,
        "phone": f"13900000{number:03d}",
        "cards": [{"kind": "outpatient", "number": f"{8000000100 + number}"}],
        "sample": True,
    }
    if number % 12 == 5:
        person["cards"].append({"kind": "outpatient", "number": f"{8100000100 + number}"})
    if has_stayed(number):
        person["cards"].append({"kind": "inpatient", "number": f"ZY{number:06d}"})
    if age < 14:
        mother = dice.pick(names["family"]) + dice.pick(names["female"])
        person["guardian"] = {"name": mother, "phone": person["phone"], "relation": "母亲"}
    return person


def has_stayed(number: int) -> bool:
    """Whether the synthetic patient of this number was or is on a ward."""
    return number % 10 == 9


def _birth(first_on: str, age: int, dice: Dice) -> str:
    """A birth date that makes somebody `age` years old on the first day."""
    first = date.fromisoformat(first_on)
    birthday = date(first.year - age, first.month, min(first.day, 28))
    return (birthday - timedelta(days=dice.below(360))).isoformat() if age else plus_days(first_on, -dice.below(360))


def _id_number(birth_on: str, sex: str, dice: Dice) -> str:
    order = dice.between(50, 449) * 2 + (sex == "male")
    body = f"{dice.pick(_COUNTIES)}{birth_on.replace('-', '')}{order:03d}"
    return body + check_digit(body)


def _foreign_number(kind: str, birth_on: str, sex: str, number: int, dice: Dice) -> str:
    if kind == "foreign_residence":
        body = f"9{_id_number(birth_on, sex, dice)[1:17]}"
        return body + check_digit(body)
    return f"{'E' if kind == 'passport' else 'H'}{10000000 + number:08d}"
