"""What others may do with appointments; the work is in the files beside this one."""

from server.appointments.service.booking import book, cancel, pay, release
from server.appointments.service.his import tell_again, tell_his
from server.appointments.service.joining import take_joining
from server.appointments.service.money import take_money
from server.appointments.service.reading import (
    for_staff,
    for_staff_of_patient,
    get,
    mine,
    of_patient_for_staff,
    of_patients,
    one_of_mine,
    today,
)
from server.appointments.service.stopping import take_stop
from server.appointments.service.visiting import note_checked_in, note_seen, to_check_in

__all__ = [
    "book",
    "cancel",
    "for_staff",
    "for_staff_of_patient",
    "get",
    "mine",
    "note_checked_in",
    "note_seen",
    "of_patient_for_staff",
    "of_patients",
    "one_of_mine",
    "pay",
    "release",
    "take_joining",
    "take_money",
    "take_stop",
    "tell_again",
    "tell_his",
    "to_check_in",
    "today",
]
