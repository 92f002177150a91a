"""The shape of the tree: what a newcomer may rely on when looking for something."""

import ast
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(p for d in ("server", "handlers") for p in (ROOT / d).rglob("*.py"))
FEATURES = sorted(p.name for p in (ROOT / "server").iterdir() if list(p.glob("models.py")) or (p / "models").is_dir())
DRAWERS = {"__init__", "models", "rules", "service", "store"}
NO_DOOR = {"care": "reacts to events only", "conversations": "its door is handlers/callbacks.py"}
LONGEST = 400


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_short_says_what_it_is_for_and_imports_at_its_top(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= LONGEST, f"over {LONGEST} lines: split it by meaning"
    assert ast.get_docstring(tree), "say in the first line what this file is for"
    if path != ROOT / "server" / "__main__.py":  # the command line imports what a command needs, when it is given
        inner = [
            n.lineno
            for f in ast.walk(tree)
            if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)
            for n in ast.walk(f)
            if isinstance(n, ast.Import | ast.ImportFrom)
        ]
        assert not inner, f"imports inside functions hide cycles: lines {inner}"


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_has_the_usual_drawers_a_handler_and_tests_of_its_name(feature: str) -> None:
    found = {p.stem for p in (ROOT / "server" / feature).iterdir() if p.stem != "__pycache__"}
    assert {"__init__", "models", "service"} <= found <= DRAWERS
    assert feature in NO_DOOR or (ROOT / "handlers" / f"{feature}.py").exists()
    assert (ROOT / "tests" / feature).is_dir()


def test_a_store_is_opened_only_by_its_own_feature() -> None:
    graph = grimp.build_graph("server", "handlers", cache_dir=None)
    for feature in FEATURES:
        for drawer in ("store", "rules"):
            name = f"server.{feature}.{drawer}"
            if name in graph.modules:
                strangers = {
                    m for m in graph.find_modules_that_directly_import(name) if not m.startswith(f"server.{feature}.")
                }
                assert not strangers, f"{name} is imported by {strangers}"


def test_a_base_handler_stays_small() -> None:
    assert len((ROOT / "handlers" / "base.py").read_text().splitlines()) <= 200
