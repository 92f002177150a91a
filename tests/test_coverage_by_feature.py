"""The page of coverage is honest: only passing tests count, and a claim without one fails."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import coverage_by_feature
from tests.coverage_by_feature import front_end_results, join, main, page, python_results
from tests.covers import Covers


def test_a_test_with_one_failing_case_shows_nothing(tmp_path: Path) -> None:
    results = {
        "tests/a.py::test_one[x]": {"ids": ["A9"], "outcome": "passed"},
        "tests/a.py::test_one[y]": {"ids": ["A9"], "outcome": "failed"},
        "tests/a.py::test_two": {"ids": ["A9", "A12"], "outcome": "passed"},
        "tests/a.py::test_three": {"ids": ["A10"], "outcome": "skipped"},
    }
    (tmp_path / "covers-1.json").write_text(json.dumps(results))
    shown, claimed = join(python_results([tmp_path / "covers-1.json"]))
    assert shown == {"A9": ["tests/a.py::test_two"], "A12": ["tests/a.py::test_two"]}
    assert claimed == {"A9", "A10", "A12"}


def test_marks_in_the_names_of_front_end_tests_are_read(tmp_path: Path) -> None:
    tests = [
        {"fullName": "booking [A9.1, A12] pays", "status": "passed"},
        {"fullName": "booking [A9.4] cancels", "status": "failed"},
        {"fullName": "no mark", "status": "passed"},
    ]
    (tmp_path / "vitest.json").write_text(json.dumps({"testResults": [{"name": "/x/a.ts", "assertionResults": tests}]}))
    shown, claimed = join(front_end_results([tmp_path / "vitest.json"]))
    assert set(shown) == {"A9.1", "A12"}
    assert claimed == {"A9.1", "A12", "A9.4"}


@pytest.mark.parametrize(("outcome", "code"), [("passed", 0), ("failed", 1)])
def test_a_claimed_point_without_a_passing_test_fails_the_step(
    outcome: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "build").mkdir()
    one = {"tests/a.py::test_one": {"ids": ["A9"], "outcome": outcome}}
    (tmp_path / "build" / "covers-1.json").write_text(json.dumps(one))
    monkeypatch.setattr(coverage_by_feature, "ROOT", tmp_path)
    monkeypatch.setattr(coverage_by_feature, "PAGE", tmp_path / "coverage.md")
    assert main(check=False) == code
    assert ("A9 is claimed and has no passing test" in capsys.readouterr().err) == bool(code)
    assert main(check=True) == code, "what was just written is up to date"
    (tmp_path / "coverage.md").write_text("old")
    assert main(check=True) == 1


def test_every_point_has_its_line_shown_or_not() -> None:
    text = page({"A9": "registration", "A10": "reports"}, {"A9": ["tests/a.py::test_one"]})
    assert "| A9 | registration | `tests/a.py::test_one` |" in text
    assert "| A10 | reports |  |" in text
    assert "1 of 2 points" in text


@dataclass
class Marked:
    """A collected test with one mark."""

    point: str
    nodeid: str = "tests/a.py::test_one"
    user_properties: list[tuple[str, object]] = field(default_factory=list)

    def iter_markers(self, name: str) -> list[pytest.Mark]:
        return [getattr(pytest.mark, name)(self.point).mark]


def test_a_mark_travels_with_the_test_and_one_that_names_no_point_is_an_error() -> None:
    known, unknown = Marked("A9"), Marked("A999")
    Covers().pytest_collection_modifyitems([known])
    assert known.user_properties == [("covers", ["A9"])]
    with pytest.raises(pytest.UsageError, match=r"A999.*docs/features.tsv does not have"):
        Covers().pytest_collection_modifyitems([unknown])
