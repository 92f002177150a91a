"""Joins `covers` marks with results: docs/coverage.md and build/coverage.json; fails on a claim without a passing test.

Reads build/covers-*.json (pytest) and mp_frontend/build/vitest*.json, where a mark is part of the name: `[A9]`.
"""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.covers import ROOT, read_features

PAGE = ROOT / "docs" / "coverage.md"
POINT = r"[AHRN]\d+(?:\.\d+)?"
MARK = re.compile(rf"\[({POINT}(?:[ ,]+{POINT})*)\]")
HEAD = """# Coverage by feature

Made by `make coverage` from the marks in the tests and their results; the points stand in [features.tsv](features.tsv).
A point without a test does not count as done.
"""


def python_results(files: list[Path]) -> dict[str, tuple[set[str], set[str]]]:
    """Give each test function's ids and outcomes; a later run replaces an earlier one."""
    latest: dict[str, dict[str, Any]] = {}
    for file in sorted(files, key=lambda file: file.stat().st_mtime):
        latest |= json.loads(file.read_text(encoding="utf-8"))
    results: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for node, result in latest.items():
        ids, outcomes = results[node.partition("[")[0]]
        ids.update(result["ids"])
        outcomes.add(result["outcome"])
    return results


def front_end_results(files: list[Path]) -> dict[str, tuple[set[str], set[str]]]:
    """Give the same from vitest's JSON."""
    results: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for file in files:
        for suite in json.loads(file.read_text(encoding="utf-8"))["testResults"]:
            place = Path(suite["name"])
            place = place.relative_to(ROOT) if place.is_relative_to(ROOT) else place
            for test in suite["assertionResults"]:
                marks = MARK.findall(test["fullName"])
                if marks:
                    ids, outcomes = results[f"{place}::{MARK.sub('', test['fullName']).strip()}"]
                    ids.update(point for mark in marks for point in re.findall(POINT, mark))
                    outcomes.add(test["status"])
    return results


def join(results: dict[str, tuple[set[str], set[str]]]) -> tuple[dict[str, list[str]], set[str]]:
    """Give the passing tests of each point, and all points that some test claims."""
    shown: dict[str, list[str]] = defaultdict(list)
    claimed: set[str] = set()
    for test, (ids, outcomes) in sorted(results.items()):
        claimed |= ids
        if "passed" in outcomes and "failed" not in outcomes:
            for point in ids:
                shown[point].append(test)
    return dict(shown), claimed


def page(features: dict[str, str], shown: dict[str, list[str]]) -> str:
    """Give the text of docs/coverage.md."""
    done = sum(1 for point in features if point in shown)
    lines = [
        HEAD,
        f"{done} of {len(features)} points are shown by tests.",
        "",
        "| id | what | tests |",
        "|---|---|---|",
    ]
    for point, text in features.items():
        tests = "<br>".join("`" + test.replace("|", "\\|") + "`" for test in shown.get(point, []))
        lines.append(f"| {point} | {text} | {tests} |")
    return "\n".join(lines) + "\n"


def main(check: bool) -> int:
    """Write both files (with --check compare the page instead) and say what is claimed but not shown."""
    features = read_features()
    results = python_results(list((ROOT / "build").glob("covers-*.json")))
    results |= front_end_results(list((ROOT / "mp_frontend" / "build").glob("vitest*.json")))
    if not results:
        print("no results to join: run the tests first (make test)", file=sys.stderr)
        return 1
    shown, claimed = join(results)
    (ROOT / "build").mkdir(exist_ok=True)
    in_order = {point: shown[point] for point in features if point in shown}
    (ROOT / "build" / "coverage.json").write_text(json.dumps(in_order, indent=1, ensure_ascii=False) + "\n")
    problems = [f"{point} is in no line of docs/features.tsv" for point in sorted(claimed - set(features))]
    problems += [f"{point} is claimed and has no passing test" for point in features if point in claimed - set(shown)]
    text = page(features, shown)
    if not check:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        problems.append("docs/coverage.md is not up to date: run `make test` and commit it")
    print(f"{len(in_order)} of {len(features)} points are shown by tests")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main(check="--check" in sys.argv[1:]))
