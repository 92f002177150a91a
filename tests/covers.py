"""The `covers` mark of tests: which points of docs/features.tsv they show; each run leaves build/covers-*.json."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
FEATURES = ROOT / "docs" / "features.tsv"


def read_features() -> dict[str, str]:
    """Give every point's id and text, in the order of the file."""
    rows = [line.split("\t") for line in FEATURES.read_text(encoding="utf-8").splitlines()[1:]]
    return {point: text for point, _parent, text in rows}


class Covers:
    """Carries the ids from the marks to the results, also through xdist's workers."""

    def __init__(self) -> None:
        self.results: dict[str, dict[str, Any]] = {}

    def pytest_collection_modifyitems(self, items: Sequence[pytest.Item]) -> None:
        """Refuse marks that name no point, and tie the ids to each test."""
        known = read_features()
        for item in items:
            ids = sorted({point for mark in item.iter_markers("covers") for point in mark.args})
            unknown = [point for point in ids if point not in known]
            if unknown:
                raise pytest.UsageError(f"{item.nodeid} covers {unknown}, which docs/features.tsv does not have")
            if ids:
                item.user_properties.append(("covers", ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst outcome of set-up, call and tear-down."""
        ids = dict(report.user_properties).get("covers")
        if not ids:
            return
        result = self.results.setdefault(report.nodeid, {"ids": ids, "outcome": "passed"})
        if report.failed or (report.skipped and result["outcome"] == "passed"):
            result["outcome"] = report.outcome

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the results of this run; xdist's workers leave that to their controller."""
        if self.results and not hasattr(session.config, "workerinput"):
            (ROOT / "build").mkdir(exist_ok=True)
            (ROOT / "build" / f"covers-{os.getpid()}.json").write_text(json.dumps(self.results, indent=1))


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark and what follows it."""
    config.pluginmanager.register(Covers(), "suizhen-covers")
