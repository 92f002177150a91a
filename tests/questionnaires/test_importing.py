"""Files of others: what they hold is read, what cannot be is said, and their bytes stay as they are."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.questionnaires.models import BadQuestionnaire, BadResponse, Derived, Questionnaire
from server.questionnaires.rules import fhir, responses, soundness
from server.questionnaires.service import from_response
from tests.conftest import MORNING

SAMPLES = Path(__file__).parents[2] / "fixtures" / "questionnaires" / "samples"
EXT = "http://hl7.org/fhir/StructureDefinition/"


def derive(name: str) -> Derived:
    return fhir.derive(soundness.parse((SAMPLES / f"Questionnaire-{name}.json").read_bytes()))


def told(derived: Derived, link_id: str | None) -> list[str]:
    return [warned.text for warned in derived.warnings if warned.link_id == link_id]


# --- samples ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("Questionnaire-*.json")), ids=lambda file: file.stem)
def test_each_sample_is_read_but_the_one_without_linkids(file: Path) -> None:
    if file.stem == "Questionnaire-qs1":
        with pytest.raises(BadQuestionnaire) as refusal:
            fhir.derive(soundness.parse(file.read_bytes()))
        problems: Any = refusal.value.details["problems"]
        assert len(problems) == 32
        assert {problem["code"] for problem in problems} == {"missing_link_id"}
        assert "item[0].item[0]" in problems[0]["text"]
        assert "financial tool" in problems[0]["text"]
    else:
        assert fhir.item_count(fhir.derive(soundness.parse(file.read_bytes())).form) > 0


def test_a_byte_order_mark_is_tolerated() -> None:
    raw = (SAMPLES / "Questionnaire-gcs.json").read_bytes()
    assert fhir.derive(soundness.parse(b"\xef\xbb\xbf" + raw)) == derive("gcs")


def test_contained_sets_give_options_and_foreign_ones_give_a_text_and_a_warning() -> None:
    eye, motor = derive("gcs").form.items[0], derive("gcs").form.items[1]
    assert (eye.type, len(eye.options), len(motor.options)) == ("choice", 5, 6)
    foreign = derive("3141")
    item = next(item for item in fhir.flat(foreign.form.items) if item.link_id == "1.1")
    assert item.type == "string"
    assert any("外部字典" in text for text in told(foreign, "1.1"))


def test_loincs_frequency_list_is_known_and_cql_is_not_computed() -> None:
    phq = derive("phq-9-questionnaire")
    assert phq.weights["LittleInterest"] == {"LA6568-5": 0, "LA6569-3": 1, "LA6570-1": 2, "LA6571-9": 3}
    assert [expression.link_id for expression in phq.expressions] == ["TotalScore"]
    assert "CQL" in str(phq.expressions[0].why_not)
    assert "TotalScore" not in {item.link_id for item in fhir.flat(phq.form.items)}


def test_all_data_types_have_their_counterpart() -> None:
    found = {item.link_id: item.type for item in fhir.flat(derive("questionnaire-sdc-test-all-data-types").form.items)}
    assert {k.removeprefix("id-"): v for k, v in found.items() if k.startswith("id-")} == {
        "string": "string", "text": "text", "boolean": "boolean", "date": "date", "datetime": "datetime",
        "time": "time", "integer": "integer", "decimal": "decimal", "attachment": "photo", "choice": "string",
    }  # fmt: skip


def test_groups_that_repeat_inside_groups_that_repeat() -> None:
    found = [item for item in fhir.flat(derive("questionnaire-sdc-test-nested-groups").form.items) if item.repeats]
    assert len(found) == 2
    assert found[1] in found[0].items
    assert found[0].most == 20


# --- where points stand ----------------------------------------------------------------------------

CODED = {"code": "a", "display": "甲"}


def points(url: str = "ordinalValue") -> dict[str, Any]:
    return {"extension": [{"url": EXT + url, "valueDecimal": 3}]}


def in_set(**inside: Any) -> dict[str, Any]:
    item = {"linkId": "q", "type": "choice", "text": "?", "answerValueSet": "#set"}
    return {"item": [item], "contained": [{"resourceType": "ValueSet", "id": "set", **inside}]}


def in_options(*options: Any) -> dict[str, Any]:
    return {"item": [{"linkId": "q", "type": "choice", "text": "?", "answerOption": list(options)}]}


R5 = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.contains.property"
PROPERTY = {"url": R5, "extension": [{"url": "code", "valueCode": "itemWeight"}, {"url": "value", "valueDecimal": 3}]}
SYSTEM = {"resourceType": "CodeSystem", "id": "cs", "url": "http://cs",
          "concept": [{**CODED, "property": [{"code": "itemWeight", "valueDecimal": 3}]}]}  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        in_options({"valueCoding": CODED, **points()}),
        in_options({"valueCoding": CODED | points()}),
        in_options({"valueCoding": CODED, **points("itemWeight")}),
        in_options({"valueCoding": CODED | points("itemWeight")}),
        in_options({"valueString": "a", "_valueString": points()}),
        in_set(compose={"include": [{"concept": [CODED | points()]}]}),
        in_set(expansion={"contains": [CODED | points("itemWeight")]}),
        in_set(expansion={"contains": [{**CODED, "extension": [PROPERTY]}]}),
        in_set(expansion={"contains": [{"abstract": True, "contains": [CODED | points()]}]}),
        in_set(compose={"include": [{"system": "http://cs"}]}) | {"add": SYSTEM},
    ],
)
def test_points_are_found_wherever_they_stand(more: dict[str, Any]) -> None:
    added = more.pop("add", None)
    if added:
        more["contained"].append(added)
    derived = fhir.derive({"resourceType": "Questionnaire", "url": "http://h/q", **more})
    assert derived.weights == {"q": {"a": 3.0}}
    assert derived.form.items[0].options[0].value == "a"
    if added:
        more["add"] = added


def test_chinese_stands_before_other_languages() -> None:
    def said(content: str) -> dict[str, Any]:
        inner = [{"url": "lang", "valueCode": "zh-CN"}, {"url": "content", "valueString": content}]
        return {"extension": [{"url": EXT + "translation", "extension": inner}]}

    option = {"valueCoding": {"code": "a", "display": "Yes", "_display": said("有")}}
    item = {"linkId": "q", "type": "choice", "text": "Pain?", "_text": said("疼吗？"), "answerOption": [option]}
    source = {"resourceType": "Questionnaire", "url": "http://h/q", "title": "T", "_title": said("题"), "item": [item]}
    form = fhir.derive(source).form
    assert (form.title, form.items[0].text, form.items[0].options[0].label) == ("题", "疼吗？", "有")


# --- responses -------------------------------------------------------------------------------------


def whole(name: str) -> Questionnaire:
    derived = derive(name)
    form = derived.form
    given = {"id": form.questionnaire_id, "key": fhir.key_of(form), "version": form.version, "title": form.title}
    return Questionnaire.model_validate(given | {"kind": "followup", "derived": derived, "published_at": MORNING})


def read(name: str) -> tuple[dict[str, Any], list[str]]:
    raw = (SAMPLES / f"QuestionnaireResponse-{name}.json").read_bytes()
    answers, warnings = from_response(whole(name), raw)
    return answers, [warned.text for warned in warnings]


def test_responses_are_read_by_their_questionnaires() -> None:
    assert read("gcs") == ({"1.1": "LA6560-2", "1.2": "LA6566-9", "1.3": "LA6556-0"}, [])
    answers, warnings = read("bb")
    assert answers["nameOfChild"] == "Cathy Jones"
    assert answers["birthWeight"] == 3.25
    assert answers["hepBgivenDate"] == "1972-12-04"
    assert "vitaminKDose1" not in answers  # the sample's questionnaire spells it vitaminiKDose1
    assert [("没有写明" in w, "没有这个选项" in w, "没有这道题" in w) for w in warnings] == [
        (True, False, False), (False, False, True), (False, False, True),
    ]  # fmt: skip


def test_what_does_not_fit_a_response_is_said_and_left_out() -> None:
    items = [
        {"linkId": "1.1", "answer": [{"valueCoding": {"code": "LA0"}}]},
        {"linkId": "9.9", "answer": [{"valueString": "?"}]},
    ]
    source = {"resourceType": "QuestionnaireResponse", "questionnaire": "Questionnaire/other", "item": items}
    answers, warnings = from_response(whole("gcs"), json.dumps(source).encode())
    assert answers == {}
    assert {warned.link_id for warned in warnings} == {None, "1.1", "9.9"}
    for junk in (b"", b"[]", b'{"resourceType":"Questionnaire"}'):
        with pytest.raises(BadResponse):
            from_response(whole("gcs"), junk)


def test_a_day_where_an_instant_is_asked_is_its_beginning() -> None:
    items = [{"linkId": "vitaminiKDose1", "answer": [{"valueDate": "1972-11-30"}]}]
    items += [{"linkId": "vitaminKgiven", "answer": [{"valueCoding": {"code": "INJECTION"}}]}]
    answers, _ = from_response(
        whole("bb"), json.dumps({"resourceType": "QuestionnaireResponse", "item": items}).encode()
    )
    assert answers["vitaminiKDose1"] == "1972-11-30T00:00:00+08:00"


def test_what_is_written_is_read_back() -> None:
    answers, _ = read("bb")
    written = responses.write(derive("bb"), answers, status="completed")
    assert from_response(whole("bb"), json.dumps(written).encode()) == (answers, [])


# --- hostile files ---------------------------------------------------------------------------------

MANY: list[tuple[str, dict[str, Any]]] = [
    (
        "options",
        {
            "contained": [
                {
                    "resourceType": "ValueSet",
                    "id": "v",
                    "compose": {"include": [{"concept": [{"code": str(n)} for n in range(101)]}]},
                }
            ],
            "item": [{"linkId": str(n), "type": "choice", "answerValueSet": "#v"} for n in range(200)],
        },
    ),
    (
        "conditions",
        {
            "item": [
                {"linkId": "0", "type": "string"},
                {
                    "linkId": "1",
                    "type": "string",
                    "enableWhen": [{"question": "0", "operator": "=", "answerString": "x"}] * 4001,
                },
            ]
        },
    ),
]


@pytest.mark.parametrize(("what", "more"), MANY, ids=[what for what, _ in MANY])
def test_a_small_file_that_would_become_a_huge_form_is_refused(what: str, more: dict[str, Any]) -> None:
    with pytest.raises(BadQuestionnaire) as refusal:
        fhir.derive({"resourceType": "Questionnaire", "url": "http://h/q"} | more)
    problems: Any = refusal.value.details["problems"]
    assert problems[0]["code"] == "too_large"


def test_what_cannot_be_written_out_again_is_refused_before_it_is_kept() -> None:
    nested = b'{"resourceType":"Questionnaire","x":' + b"[" * 300 + b"]" * 300 + b"}"
    half = b'{"resourceType":"Questionnaire","title":"\\ud800"}'
    for raw, code in ((nested, "too_large"), (half, "not_json")):
        with pytest.raises(BadQuestionnaire) as refusal:
            fhir.derive(soundness.parse(raw))
        problems: Any = refusal.value.details["problems"]
        assert problems[0]["code"] == code
    assert soundness.parse(b'{"title":"\\ud83d\\ude00"}') == {"title": "\U0001f600"}


def test_variables_that_every_formula_may_use_do_not_multiply_the_file() -> None:
    said = {"language": "text/fhirpath", "name": "v", "expression": f"'{'x' * 50_000}'"}
    sums = {"url": EXT + "sdc-questionnaire-calculatedExpression", "valueExpression": {"expression": "%v"}}
    found = fhir.derive(
        {
            "resourceType": "Questionnaire",
            "url": "http://h/q",
            "extension": [{"url": EXT + "variable", "valueExpression": said}],
            "item": [{"linkId": str(n), "type": "decimal", "extension": [sums]} for n in range(100)],
        }
    )
    assert len(found.model_dump_json()) < 500_000
    assert [bool(one.why_not) for one in found.expressions[2:5]] == [False, True, True]
