"""What others may do with articles; the work is in the files beside this one."""

from server.articles.service.reading import followers, image, public, public_one
from server.articles.service.sending import mass_send, preview, publish, send, take_result
from server.articles.service.writing import change, fill, keep_image, listed, read, remove, write

__all__ = [
    "change",
    "fill",
    "followers",
    "image",
    "keep_image",
    "listed",
    "mass_send",
    "preview",
    "public",
    "public_one",
    "publish",
    "read",
    "remove",
    "send",
    "take_result",
    "write",
]
