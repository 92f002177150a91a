"""Formulas of imported files: what they give, and that none can hold the server up."""

import json
import time
from typing import Any

import pytest

from server.adapters.fhirpath import FhirPathProcess
from server.context import SYSTEM, App
from server.questionnaires import service as questionnaires
from server.questionnaires.models import About, Answers, Received, Scoring

EXT = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
ALL_GROUPS = "%resource.descendants().where(linkId != 'total').answer.value.weight().sum()"
TOP_ONLY = "%resource.item.where(linkId != 'total').answer.value.weight().sum()"
HANGS = "'" + "a" * 40 + "!'.matches('(a+)+$')"


def formula(text: str, kind: str = "calculatedExpression", language: str = "text/fhirpath", **more: str) -> Any:
    url = EXT + kind if kind == "variable" else f"{SDC}sdc-questionnaire-{kind}"
    return {"url": url, "valueExpression": {"language": language, "expression": text, **more}}


def scale(*formulas: Any, variables: Any = (), **more: Any) -> bytes:
    """Two questions of 0 to 3 points in a group, and one computed item per formula."""
    options = [
        {"valueCoding": {"code": f"a{n}"}, "extension": [{"url": EXT + "ordinalValue", "valueDecimal": n}]}
        for n in range(4)
    ]
    asked = [{"linkId": f"q{n}", "type": "choice", "text": f"{n}", "answerOption": options} for n in (1, 2)]
    items: list[Any] = [{"linkId": "g", "type": "group", "item": asked}]
    for n, one in enumerate(formulas):
        name = "total" if n == 0 else f"more{n}"
        items.append({"linkId": name, "type": "decimal", "text": "总分", "extension": [one]})
    head = {"resourceType": "Questionnaire", "url": "http://h/scale", "version": "1", "title": "量表"}
    return json.dumps({**head, "extension": list(variables), "item": items, **more}).encode()


async def score(app: App, raw: bytes, answers: Answers, plan: Any = None, about: Any = None) -> Any:
    received = Received(raw=raw, scoring=Scoring.model_validate(plan or {}))
    made = await questionnaires.publish(app, received, by=SYSTEM)
    return await questionnaires.score(app, made, answers, about or About())


GIVEN: Answers = {"q1": "a2", "q2": "a3"}


@pytest.mark.covers("H3", "A14.4")
async def test_a_formula_gives_the_total_and_the_doctors_bands_apply_to_it(app: App) -> None:
    bands = [{"min": 0, "max": 3, "label": "轻"}, {"min": 4, "max": 6, "label": "重", "level": "orange"}]
    found = await score(app, scale(formula(ALL_GROUPS)), GIVEN, {"bands": bands})
    assert (found.total, found.band, found.text) == (5, "重", "5 分 · 重")
    assert [(flag.link_id, flag.level) for flag in found.red] == [("total", "orange")]


async def test_what_a_formula_prints_is_not_taken_for_an_answer(app: App) -> None:
    assert (await score(app, scale(formula(f"({ALL_GROUPS}).trace('x')")), GIVEN)).total == 5


async def test_variables_and_the_patient_and_other_totals_can_be_used(app: App) -> None:
    one = formula("%resource.descendants().where(linkId='q1').answer.value.ordinal()", "variable", name="one")
    two = formula("%one + 1", "variable", name="two")
    by_sex = formula("iif(%patient.gender = 'female', %two * 10, %two)")
    doubled = formula("%resource.item.where(linkId='total').answer.value * 2")
    found = await score(app, scale(by_sex, doubled, variables=[one, two]), GIVEN, None, About(sex="female"))
    assert [(value.name, value.total) for value in found.values] == [("total", 30), ("more1", 60)]


async def test_a_text_is_a_band_and_nothing_is_no_total(app: App) -> None:
    both = "%resource.descendants().where(linkId='q1' or linkId='q2').answer.value.weight()"
    words, whole = (
        formula(f"iif({both}.sum() > 3, '高', '低')"),
        formula(f"iif({both}.count() = 2, {both}.sum(), {{}})"),
    )
    found = await score(app, scale(whole, words), {"q1": "a2"})
    assert [(v.total, v.band, v.why_not) for v in found.values] == [
        (None, None, "有题目没有回答，不能计分。"),
        (None, "低", None),
    ]


async def test_options_that_are_plain_numbers_or_texts_have_their_points_too(app: App) -> None:
    more = {"extension": [{"url": EXT + "itemWeight", "valueDecimal": 40}]}
    options = [{"valueInteger": 7, "_valueInteger": more}, {"valueString": "x", "_valueString": more}]
    asked = {"linkId": "n", "type": "choice", "text": "?", "repeats": True, "answerOption": options}
    total = {"linkId": "total", "type": "decimal", "extension": [formula(ALL_GROUPS)]}
    found = await score(app, scale(item=[asked, total]), {"n": ["7", "x"]})
    assert found.total == 80


async def test_a_formula_that_never_looks_at_the_answers_is_not_believed(app: App) -> None:
    """HL7's own example of a PHQ-9 does that: its total is 0 whatever is answered."""
    found = await score(app, scale(formula(TOP_ONLY)), {"q1": "a3", "q2": "a3"})
    assert (found.total, found.band) == (None, None)
    assert "没有用到题目的答案" in found.values[0].why_not
    warnings = (await questionnaires.get(app, "scale.1")).derived.warnings
    assert [warned.link_id for warned in warnings if "没有用到" in warned.text] == ["total"]


@pytest.mark.parametrize(
    ("given", "why_not"),
    [
        (formula("1 +"), "公式有错误"),
        (formula("%nobody.sum()"), "公式有错误"),
        (formula("ScoreOf(x)", language="text/cql"), "CQL"),
        (formula("sum(x)", language="text/javascript"), "javascript"),
        (formula(""), "空的"),
    ],
)
async def test_what_cannot_be_computed_says_so(app: App, given: Any, why_not: str) -> None:
    found = await score(app, scale(given), GIVEN)
    assert found.total is None
    assert why_not in found.values[0].why_not


@pytest.fixture
def quick(app: App) -> FhirPathProcess:
    """The app's formulas, with half a second of patience."""
    process = app.expressions
    assert isinstance(process, FhirPathProcess)
    process.seconds = 0.5
    return process


async def test_a_hostile_formula_is_stopped_and_the_next_one_is_computed(app: App, quick: FhirPathProcess) -> None:
    began = time.perf_counter()
    found = await score(app, scale(formula(f"iif({HANGS}, 1, 2)")), GIVEN)
    assert time.perf_counter() - began < 3
    assert "算得太久" in found.values[0].why_not
    again = await score(app, scale(formula(ALL_GROUPS), version="2"), GIVEN)
    assert again.total == 5


async def test_a_formula_that_eats_memory_ends_its_process_only(quick: FhirPathProcess) -> None:
    grows = "(1).repeat($this + 1)"
    question: dict[str, Any] = {"response": {}, "questionnaire": {}, "patient": {}}
    one = {"link_id": "x", "text": grows, "variables": []}
    assert await quick.evaluate(question | {"expressions": [one]}) is None
    two = await quick.evaluate(question | {"expressions": [one | {"text": "1 + 1"}]})
    assert two == {"values": {"x": 2.0}, "failed": []}
