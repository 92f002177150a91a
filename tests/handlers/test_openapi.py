"""The API description is valid, committed, and says what each role may call."""

from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

import handlers
from handlers.endpoint import declared
from server.staff.rules import SCOPES

ROOT = Path(__file__).parent.parent.parent
STAFF = [
    (template, method, given.scope)
    for pattern, handler, *rest in handlers.ROUTES
    if rest and (template := rest[0].get("template", "")).startswith("/api/staff/")
    for method, given in declared(handler)
    if given.scope
]


def test_the_description_is_valid() -> None:
    validate(handlers.description())


def test_the_description_is_committed() -> None:
    committed = (ROOT / "handlers" / "openapi.json").read_text()
    assert committed == handlers.description_text(), "run: make openapi"


@pytest.mark.parametrize("role", sorted(SCOPES))
@pytest.mark.covers("R30")
async def test_a_role_reaches_what_its_scopes_allow_and_nothing_else(role: str, console_of: Any) -> None:
    console = await console_of(role)
    for template, method, scope in STAFF:
        if method == "delete" and template.endswith("/session"):
            continue
        path = template.replace("{version}", "999999")
        while "{" in path:
            path = path[: path.index("{")] + "nobody" + path[path.index("}") + 1 :]
        said = await console.request(method.upper(), path, json={} if method in ("post", "put") else None)
        allowed = scope in SCOPES[role] | {"password"}
        code = said.json().get("code") if said.content else None
        if allowed:
            assert code != "forbidden", (role, method, template)
        else:
            assert (said.status_code, code) == (403, "forbidden"), (role, method, template)


async def test_nobody_reaches_anything_of_staff_without_logging_in(client: Any) -> None:
    for template, method, _ in STAFF:
        path = template.replace("{", "").replace("}", "")
        said = await client.request(method.upper(), path, json={} if method in ("post", "put") else None)
        assert (said.status_code, said.json()["code"]) == (401, "unauthenticated"), (method, template)
