"""The one table of scheduled work: jobs for a key at a time, and work that repeats.

A job is handed its key, reads the document again, and acts only if it still should: running
it twice has one effect.
"""

from collections.abc import Awaitable, Callable

from server.context import App
from server.messages import service as messages

Job = Callable[[App, str], Awaitable[None]]
Periodic = Callable[[App], Awaitable[None]]

JOBS: dict[str, Job] = {
    "messages.deliver": messages.deliver,
}
PERIODIC: list[tuple[str, float, Periodic]] = []
"""(name, seconds of real time between rounds, function)"""
