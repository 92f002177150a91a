"""What others may do with messages; the work is in the files beside this one."""

from server.messages.service.accounts import take_joining, take_revocation
from server.messages.service.delivering import deliver_due, is_due
from server.messages.service.permissions import note_incoming, note_left, set_opted_out, take_platform_event
from server.messages.service.reading import deliveries, quotas, said, states_of_subjects, subscription_templates
from server.messages.service.telling import not_needed, notify, trials

__all__ = [
    "deliver_due",
    "deliveries",
    "is_due",
    "not_needed",
    "note_incoming",
    "note_left",
    "notify",
    "quotas",
    "said",
    "set_opted_out",
    "states_of_subjects",
    "subscription_templates",
    "take_joining",
    "take_platform_event",
    "take_revocation",
    "trials",
]
