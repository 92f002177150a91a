"""Logs: one JSON line per event on stderr, without personal data.

Log ids and codes only. As a second line of defence, long digit runs (phones, ID and card
numbers) in any value are struck out.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_NUMBERS = re.compile(r"(?<![0-9a-fA-Fx])\d{11,18}[xX]?(?![0-9a-fA-F])")
_QUERY = re.compile(r"\?[^\s\"']*")


def strike(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Strike out digit runs and query strings in every text value."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _NUMBERS.sub("***", _QUERY.sub("?…", value))
    return event


def set_up(level: str = "INFO") -> None:
    """Configure structlog and route the standard library's warnings through it."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            strike,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    for noisy in ("tornado.access", "tornado.general", "pymongo"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def get(name: str) -> Any:
    """A logger that names its origin."""
    return structlog.get_logger(origin=name)
