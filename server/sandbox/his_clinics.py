"""The timetable of the simulated HIS: every doctor's week laid over the calendar, always two weeks ahead."""

from datetime import date, timedelta
from functools import lru_cache

from server.sandbox.his_fixtures import Doc, at, by_id, iso, read
from server.values import plus_days

DAYS_AHEAD = 14
_HOURS = {"am": ("08:00", "12:00"), "pm": ("14:00", "17:00")}


def departments() -> list[Doc]:
    """All departments in the shape of the contract."""
    fields = ("id", "name", "intro", "location", "floor", "order")
    return [{name: item[name] for name in fields} for item in read("departments")["items"]]


def doctors() -> list[Doc]:
    """All doctors in the shape of the contract; the fee follows the title."""
    fields = ("id", "department_id", "name", "title", "speciality", "intro")
    fees = read("prices")["registration"]
    return [
        {**{name: item[name] for name in fields}, "fee_fen": fees[item["title"]]} for item in read("doctors")["items"]
    ]


def clinic_id(on: str, half: str, doctor_id: str) -> str:
    return f"{on}-{half}-{doctor_id}"


@lru_cache(maxsize=64)
def clinics_on(on: str) -> list[Doc]:
    """The clinics of a day as planned, in the shape of the contract; shared, so read only."""
    weekday = date.fromisoformat(on).weekday()
    prices, found = read("prices"), []
    for doctor in read("doctors")["items"]:
        department = by_id("departments")[doctor["department_id"]]
        for half in doctor["week"][weekday]:
            starts, ends = (at(on, clock) for clock in _HOURS[half])
            minutes = prices["minutes_per_place"][doctor["title"]]
            found.append(
                {
                    "id": clinic_id(on, half, doctor["id"]),
                    "department_id": doctor["department_id"],
                    "doctor_id": doctor["id"],
                    "on": on,
                    "half": half,
                    "starts_at": iso(starts),
                    "ends_at": iso(ends),
                    "places": int((ends - starts) / timedelta(minutes=minutes)),
                    "minutes_per_place": minutes,
                    "fee_fen": prices["registration"][doctor["title"]],
                    "location": f"{department['location']} {department['name']} {doctor['room']}",
                    "status": "open",
                }
            )
    return found


def planned_clinic(id: str) -> Doc | None:
    """A clinic by its id, or None; whether it is too far ahead is not looked at."""
    try:
        on = date.fromisoformat(id[:10]).isoformat()
    except ValueError:
        return None
    return next((clinic for clinic in clinics_on(on) if clinic["id"] == id), None)


def room_of(doctor_id: str) -> str:
    return str(by_id("doctors")[doctor_id]["room"])


def days(from_on: str, to_on: str, today: str) -> list[str]:
    """The days from..to, both included, as far as the timetable reaches."""
    last = min(to_on, plus_days(today, DAYS_AHEAD))
    found, on = [], max(from_on, plus_days(today, -366))
    while on <= last:
        found.append(on)
        on = plus_days(on, 1)
    return found
