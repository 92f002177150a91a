"""Imported calculations: which items are computed, by what, and with which variables."""

from server.questionnaires.models import Expression, Fhir
from server.questionnaires.rules.lenient import chinese, extensions, part, rows, text

_CALCULATED = ("sdc-questionnaire-calculatedExpression", "questionnaire-calculatedExpression", "cqf-calculatedValue")
_ALSO = ("cqf-expression",)
FHIRPATH = "text/fhirpath"
LONGEST, ALL_TOGETHER = 4000, 200_000
_TOO_LONG = "分数的公式是空的或太长：不显示这项分数。"


def find(source: Fhir) -> dict[str, Expression]:
    """The calculated items by linkId, in the order of the file."""
    found: dict[str, Expression] = {}
    _walk(source, _variables(source), found)
    spent = 0
    for one in found.values():  # each is kept with all variables that it may use
        spent += len(one.text) + sum(len(name) + len(said) for name, said in one.variables)
        if spent > ALL_TOGETHER:
            one.variables, one.why_not = [], one.why_not or _TOO_LONG
    return found


def _walk(source: Fhir, variables: list[tuple[str, str]], found: dict[str, Expression]) -> None:
    for item in rows(source, "item"):
        inside = variables + _variables(item)
        said = [part(e, "valueExpression") for e in extensions(item, *_CALCULATED, *_ALSO)]
        if said:
            language, formula = text(said[0], "language") or FHIRPATH, text(said[0], "expression")
            found[text(item, "linkId")] = Expression(
                link_id=text(item, "linkId"),
                label=chinese(item, "text") or text(item, "linkId"),
                language=language,
                text=formula,
                variables=inside,
                why_not=_why_not(language, formula),
            )
        _walk(item, inside, found)


def _variables(source: Fhir) -> list[tuple[str, str]]:
    said = [part(e, "valueExpression") for e in extensions(source, "variable")]
    return [(text(v, "name"), text(v, "expression")) for v in said if text(v, "name") and text(v, "expression")]


def _why_not(language: str, formula: str) -> str | None:
    if "cql" in language.lower():
        return "分数用 CQL 写成，系统不能计算：不显示这项分数。"
    if language != FHIRPATH:
        return f"分数用 {language[:30]} 写成，系统不能计算：不显示这项分数。"
    if not formula or len(formula) > LONGEST:
        return _TOO_LONG
    return None
