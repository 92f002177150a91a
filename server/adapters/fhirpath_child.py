"""The program that evaluates imported expressions, one question a line on its standard input.

It runs apart from the server, which ends it when it takes too long: an expression out of a file
may loop, or grow without limit. FHIRPath with SDC's `weight()` and `ordinal()`.
"""

import json
import resource
import sys
from decimal import Decimal
from functools import lru_cache
from typing import Any

from fhirpathpy import compile as compile_path
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

_MEMORY = 768 * 1024 * 1024
_POINTS = ("itemWeight", "ordinalValue")
_ROUNDS = 2  # a calculation may use another's result


def _points(nodes: list[Any]) -> list[Decimal]:
    found = []
    for node in nodes:
        data = node.data if isinstance(node, ResourceNode) else node
        said = data.get("valueCoding", data) if isinstance(data, dict) else getattr(node, "_data", None) or {}
        for extension in said.get("extension", []):
            if str(extension.get("url", "")).rsplit("/", 1)[-1] in _POINTS:
                value = next((v for k, v in extension.items() if k.startswith("value")), None)
                if value is not None:
                    found.append(Decimal(str(value)))
                    break
    return found


_OWN = {"userInvocationTable": {name: {"fn": _points, "arity": {0: []}} for name in ("weight", "ordinal")}}


@lru_cache(maxsize=500)
def _compiled(expression: str) -> Any:
    return compile_path(expression, model=models["r4"], options=_OWN)


def _item(items: list[Any], link_id: str) -> dict[str, Any]:
    for item in items:
        if item["linkId"] == link_id:
            return dict(item)
        inside = item.get("item", []) + [c for a in item.get("answer", []) for c in a.get("item", [])]
        if found := _item(inside, link_id):
            return found
    return {}


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """The values of a question's expressions, and which of them failed.

    {"response", "questionnaire", "patient", "expressions": [{"link_id", "text", "variables"}]} ->
    {"values": {linkId: number | text | boolean | null}, "failed": [linkId]}
    """
    response, given = question["response"], question["expressions"]
    values: dict[str, Any] = {}
    failed: list[str] = []
    for _ in range(_ROUNDS):
        before = dict(values)
        failed = []
        for one in given:
            try:
                values[one["link_id"]] = _evaluate(one, question)
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001  whatever a foreign expression does wrong, it has no value
                failed.append(one["link_id"])
                continue
            _put(response, one["link_id"], values[one["link_id"]])
        if before == values or len(given) == 1:
            break
    return {"values": values, "failed": failed}


def _evaluate(one: dict[str, Any], question: dict[str, Any]) -> Any:
    response = question["response"]
    known = {"resource": response, "questionnaire": question["questionnaire"], "patient": question["patient"]}
    known["qitem"] = _item(question["questionnaire"].get("item", []), one["link_id"])
    for name, expression in one["variables"]:
        known[name] = _compiled(expression)(response, known)
    found = _compiled(one["text"])(response, known)
    return _plain(found[0]) if isinstance(found, list) and found else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        value = value.get("value", value.get("display", value.get("code")))
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        return float(value)
    return str(value)[:500]


def _put(response: dict[str, Any], link_id: str, value: Any) -> None:
    kept = [item for item in response.get("item", []) if item["linkId"] != link_id]
    if value is not None:
        kind = (
            "valueBoolean" if isinstance(value, bool) else "valueDecimal" if isinstance(value, float) else "valueString"
        )
        kept.append({"linkId": link_id, "answer": [{kind: value}]})
    response["item"] = kept


def main() -> None:
    """Answer until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    out, sys.stdout = sys.stdout, sys.stderr  # `trace()` and complaints are printed; only answers go out
    for line in sys.stdin:
        out.write(json.dumps(answer(json.loads(line))) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
