"""Invented answers to try imported formulas with."""

from server.questionnaires.models import Answers, Derived
from server.questionnaires.rules.fhir import flat


def most(derived: Derived) -> Answers:
    """Each question at its highest points, or just answered."""
    found: Answers = {}
    for item in flat(derived.form.items):
        points = derived.weights.get(item.link_id, {})
        if item.options and item.type in ("choice", "dropdown", "open_choice"):
            found[item.link_id] = max(points, key=lambda v: points[v]) if points else item.options[-1].value
        elif item.options:
            found[item.link_id] = [option.value for option in item.options]
        elif item.type == "boolean":
            found[item.link_id] = True
        elif item.type in ("integer", "decimal", "slider"):
            found[item.link_id] = item.max if item.max is not None else 7
        elif item.type == "quantity":
            found[item.link_id] = {"value": item.max if item.max is not None else 7}
        elif item.type in ("string", "text"):
            found[item.link_id] = "7"
    return found
