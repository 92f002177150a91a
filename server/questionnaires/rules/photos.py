"""Photographs of answers: what is one, and which an answer holds."""

from collections.abc import Iterator

from server.questionnaires.models import Answers, FormItem, NotAPhoto
from server.questionnaires.rules.enable_when import place, repetitions

LARGEST, MOST_A_DAY = 3 * 1024 * 1024, 60
_BEGINNINGS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}


def kind_of(content: bytes) -> str:
    """Its type by its first bytes; NotAPhoto."""
    found = next((kind for kind, begin in _BEGINNINGS.items() if content.startswith(begin)), None)
    if found is None or len(content) > LARGEST:
        raise NotAPhoto()
    return found


def held(items: list[FormItem], answers: Answers, path: tuple[tuple[str, int], ...] = ()) -> Iterator[tuple[str, str]]:
    """The place and the id of every photo in answers."""
    for item in items:
        if item.repeats:
            for n, one in enumerate(repetitions(item, answers)):
                yield from held(item.items, one, (*path, (item.link_id, n)))
            continue
        given = answers.get(item.link_id)
        if item.type == "photo" and isinstance(given, list):
            yield from ((place(path, item.link_id), str(one)) for one in given)
        yield from held(item.items, answers, path)
