"""@endpoint: one declaration per method, from which come its checks and its documentation."""

import functools
import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel, TypeAdapter

from server.errors import Refusal

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Endpoint:
    """What one HTTP method takes, gives and may refuse."""

    scope: str | None
    status: int
    refusals: tuple[type[Refusal], ...]
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    path: dict[str, TypeAdapter[Any]]
    returns: TypeAdapter[Any] | None
    summary: str


def endpoint(
    *, scope: str | None, status: int = 200, refusals: tuple[type[Refusal], ...] = ()
) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Awaitable[None]]]:
    """Declare a handler method; its annotations say what it takes and gives.

    `scope`: None for everybody, "patient" for a WeChat session, else a scope of staff.
    A method annotated `-> None` answers without a body (use status 204 or 202).
    """

    def declare(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[None]]:
        hints = get_type_hints(method, include_extras=True)
        summary = inspect.getdoc(method)
        if not summary:
            raise TypeError(f"{method.__qualname__} needs a docstring: it is the API's documentation")
        given = Endpoint(
            scope=scope,
            status=status,
            refusals=refusals,
            body=hints.get("body"),
            query=hints.get("query"),
            path={k: TypeAdapter(v) for k, v in hints.items() if k not in ("body", "query", "return")},
            returns=None if hints["return"] is type(None) else TypeAdapter(hints["return"]),
            summary=summary,
        )

        @functools.wraps(method)
        async def call(self: Any, **path: str) -> None:
            await self.serve(given, functools.partial(method, self), path)

        call.endpoint = given  # type: ignore[attr-defined]
        return call

    return declare


Route = tuple[str, type, dict[str, str]]


def route(template: str, handler: type) -> Route:
    """A Tornado route from an OpenAPI path: /api/patients/{patient_id}."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
    return (pattern, handler, {"template": template})


def declared(handler: type) -> list[tuple[str, Endpoint]]:
    """The declared methods of a handler class."""
    found = ((m, getattr(getattr(handler, m, None), "endpoint", None)) for m in METHODS)
    return [(m, e) for m, e in found if e is not None]
