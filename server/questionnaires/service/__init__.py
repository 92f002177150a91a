"""The use-cases of questionnaires: writing and publishing, reading, checking, scoring, FHIR in and out."""

from server.questionnaires.rules.safety import speaks_of_self_harm
from server.questionnaires.service.answering import check, in_words, questions, try_draft, try_published
from server.questionnaires.service.drafting import (
    approve,
    begin,
    bytes_of_draft,
    change,
    copy,
    copy_from_library,
    drafts,
    library,
    read_draft,
    reject,
    remove,
    submit,
    take_in,
)
from server.questionnaires.service.photos import check_photos, keep_photo, my_photo, staff_photo
from server.questionnaires.service.publishing import publish, publish_folder, rebuild, retire
from server.questionnaires.service.reading import bytes_of, form, get, in_use, latest, listed, read
from server.questionnaires.service.responding import about, address_of, from_response, response_bytes, to_response
from server.questionnaires.service.responding import take_in as take_in_response
from server.questionnaires.service.scoring import needs_person, score

__all__ = [
    "about",
    "address_of",
    "approve",
    "begin",
    "bytes_of",
    "bytes_of_draft",
    "change",
    "check",
    "check_photos",
    "copy",
    "copy_from_library",
    "drafts",
    "form",
    "from_response",
    "get",
    "in_use",
    "in_words",
    "keep_photo",
    "latest",
    "library",
    "listed",
    "my_photo",
    "needs_person",
    "publish",
    "publish_folder",
    "questions",
    "read",
    "read_draft",
    "rebuild",
    "reject",
    "remove",
    "response_bytes",
    "retire",
    "score",
    "speaks_of_self_harm",
    "staff_photo",
    "submit",
    "take_in",
    "take_in_response",
    "to_response",
    "try_draft",
    "try_published",
]
