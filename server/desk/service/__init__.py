"""Today's desk, and a patient's line."""

from server.desk.service.line import line
from server.desk.service.today import today

__all__ = ["line", "today"]
