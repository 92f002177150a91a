"""Figures, trials, exports."""

from server.statistics.service.exporting import export
from server.statistics.service.figures import figures, responses, trials

__all__ = ["export", "figures", "responses", "trials"]
