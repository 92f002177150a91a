"""The API description (OpenAPI 3.1), read off the declared endpoints."""

import re
from typing import Any, Literal

from pydantic import TypeAdapter

from handlers.base import Refused, http_status
from handlers.endpoint import Endpoint, Route, declared
from server.errors import Forbidden, Invalid, Refusal, Unauthenticated

REF = "#/components/schemas/{model}"
Json = dict[str, Any]


def describe(routes: list[Route], *, title: str, version: str) -> Json:
    """An OpenAPI 3.1 document for these routes."""
    operations = [(r[2]["template"], m, e) for r in routes if len(r) > 2 for m, e in declared(r[1])]
    inputs: list[tuple[Any, Literal["validation", "serialization"], TypeAdapter[Any]]] = []
    for template, method, given in operations:
        if given.body:
            inputs.append(((method, template, "body"), "validation", TypeAdapter(given.body)))
        if given.query:
            inputs.append(((method, template, "query"), "validation", TypeAdapter(given.query)))
        if given.returns:
            inputs.append(((method, template, "returns"), "serialization", given.returns))
    inputs.append(("refused", "serialization", TypeAdapter(Refused)))
    schemas, definitions = TypeAdapter.json_schemas(inputs, ref_template=REF)
    found = definitions.get("$defs", {})
    paths: Json = {}
    for template, method, given in operations:
        paths.setdefault(template, {})[method] = _operation(template, method, given, schemas, found)
    for template, handler in ((r[2]["template"], r[1]) for r in routes if len(r) > 2):  # files: described by hand
        paths.setdefault(template, {}).update(getattr(handler, "described", {}))
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": {template: methods for template, methods in sorted(paths.items()) if methods},
        "components": {
            "schemas": found,
            "securitySchemes": {
                "patient": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Mini-program; H5 uses cookie sz_patient.",
                },
                "staff": {"type": "apiKey", "in": "cookie", "name": "sz_staff"},
            },
        },
    }


def _operation(template: str, method: str, given: Endpoint, schemas: Any, found: Json) -> Json:
    refused = schemas["refused", "serialization"]
    answer = schemas[(method, template, "returns"), "serialization"] if given.returns else None
    responses: Json = {str(given.status): _content("完成。", answer)}
    always: tuple[type[Refusal], ...] = (Invalid, *((Unauthenticated, Forbidden) if given.scope else ()))
    for kind in (*always, *given.refusals):
        status, text = str(http_status(kind)), f"`{kind.code}`: {kind.message}"
        if status in responses:
            responses[status]["description"] += "\n" + text
        else:
            responses[status] = _content(text, refused)
    operation: Json = {
        "operationId": re.sub(r"\W+", "_", f"{method}{template.removeprefix('/api')}").strip("_"),
        "tags": [_tag(template)],
        "summary": given.summary.splitlines()[0],
        "description": given.summary,
        "responses": dict(sorted(responses.items())),
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": kind.json_schema()}
        for name, kind in given.path.items()
    ]
    if given.query:
        schema = schemas[(method, template, "query"), "validation"]
        schema = found[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
        needed = schema.get("required", [])
        for name, shape in schema.get("properties", {}).items():
            parameters.append({"name": name, "in": "query", "required": name in needed, "schema": shape})
    if parameters:
        operation["parameters"] = parameters
    if given.body:
        body = schemas[(method, template, "body"), "validation"]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    if given.scope:
        operation["security"] = [{"staff" if template.startswith("/api/staff") else "patient": []}]
        operation["x-scope"] = given.scope
    return operation


def _tag(template: str) -> str:
    parts = template.strip("/").split("/")
    return "/".join(parts[1:3]) if parts[1:2] == ["staff"] else parts[1]


def _content(description: str, schema: Any) -> Json:
    if schema is None:
        return {"description": description}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
