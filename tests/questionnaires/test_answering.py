"""All kinds of questions: which answers are taken, which questions show, what is kept of them."""

import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.questionnaires.models import Answers, BadAnswers, FormItem, Option, Scoring
from server.questionnaires.rules import answers as checking
from server.questionnaires.rules import enable_when, fhir, patterns, scoring, words

OPTIONS = [{"value": v, "label": v.upper()} for v in ("a", "b", "c")]


def item(link_id: str, type: str, **more: Any) -> FormItem:
    if type in ("choice", "multi", "open_choice", "open_multi", "dropdown", "body_site"):
        more = {"options": OPTIONS} | more
    return FormItem.model_validate({"link_id": link_id, "text": link_id, "type": type, **more})


def when(question: str, operator: str, answer: Any) -> dict[str, Any]:
    return {"question": question, "operator": operator, "answer": answer}


UNITS = [{"value": "kg", "label": "公斤"}, {"value": "[lb_av]", "label": "磅"}]
FORM = [
    item("drop", "dropdown"),
    item("open", "open_choice", max_length=4),
    item("opens", "open_multi", max_length=4),
    item("site", "body_site", most=2),
    item("weight", "quantity", units=UNITS, min=1, max=300),
    item("any-unit", "quantity"),
    item("day", "date", earliest="2026-01-01", latest="2026-12-31"),
    item("instant", "datetime"),
    item("time", "time"),
    item("photo", "photo", most=2),
    item("code", "string", pattern=r"[A-Z]{2}\d+"),
    item("drugs", "group", repeats=True, most=3, items=[
        item("name", "string", required=True),
        item("stopped", "boolean"),
        item("why", "string", required=True, enable_when=[when("stopped", "=", True)]),
    ]),
    item("any-stopped", "text", enable_when=[when("stopped", "=", True)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("link_id", "value", "problem"),
    [
        ("drop", "a", None),
        ("drop", "x", "unknown_option"),
        ("open", "a", None),
        ("open", {"other": "别的"}, None),
        ("open", {"other": "五个字太长"}, "too_long"),
        ("open", {"other": ""}, "wrong_type"),
        ("open", {"other": 1}, "wrong_type"),
        ("open", {"others": "x"}, "wrong_type"),
        ("open", "x", "unknown_option"),
        ("opens", ["a", {"other": "别的"}], None),
        ("opens", [{"other": "别的"}, {"other": "别的"}], "wrong_type"),
        ("opens", ["a", "x"], "unknown_option"),
        ("site", ["a", "b"], None),
        ("site", ["a", "b", "c"], "too_many"),
        ("weight", {"value": 60.5, "unit": "kg"}, None),
        ("weight", {"value": 60}, "unknown_option"),
        ("weight", {"value": 60, "unit": "g"}, "unknown_option"),
        ("weight", {"value": 301, "unit": "kg"}, "out_of_range"),
        ("weight", {"value": "60", "unit": "kg"}, "wrong_type"),
        ("weight", {"unit": "kg"}, "wrong_type"),
        ("weight", 60, "wrong_type"),
        ("any-unit", {"value": 1}, None),
        ("any-unit", {"value": 1, "unit": "x" * 41}, "wrong_type"),
        ("day", "2026-11-25", None),
        ("day", "2025-12-31", "out_of_range"),
        ("day", "2027-01-01", "out_of_range"),
        ("instant", "2026-11-25T08:30:00+08:00", None),
        ("instant", "2026-11-25T08:30:00", "wrong_type"),
        ("instant", "2026-11-25", "wrong_type"),
        ("time", "23:59", None),
        ("time", "24:00", "wrong_type"),
        ("time", "8:30", "wrong_type"),
        ("photo", ["p1", "p2"], None),
        ("photo", ["p1", "p2", "p3"], "too_many"),
        ("photo", "p1", "wrong_type"),
        ("photo", [1], "wrong_type"),
        ("code", "AB12", None),
        ("code", "AB12x", "wrong_pattern"),
        ("drugs", {"name": "x"}, "wrong_type"),
        ("drugs", ["x"], "wrong_type"),
        ("drugs", [{"name": "x"}] * 4, "too_many"),
    ],
)
def test_each_kind_of_question_takes_its_own_answers(link_id: str, value: Any, problem: str | None) -> None:
    found = checking.examine(FORM, {link_id: value})
    assert found.problems == ({link_id: problem} if problem else {})
    assert found.kept == ({} if problem else {link_id: value})


def test_inside_a_repetition_conditions_read_that_repetition_and_from_outside_all_of_them() -> None:
    drugs: list[Answers] = [{"name": "一", "stopped": True, "why": "晕"}, {"name": "二", "why": "不该有"}]
    answers: Answers = {"drugs": drugs, "any-stopped": "是的"}
    kept = checking.check(FORM, answers)
    assert kept == {"drugs": [{"name": "一", "stopped": True, "why": "晕"}, {"name": "二"}], "any-stopped": "是的"}
    assert enable_when.shown(FORM, answers) >= {"drugs/0/why", "any-stopped"}
    assert checking.check(FORM, {"drugs": [{"name": "二"}], "any-stopped": "?"}) == {"drugs": [{"name": "二"}]}
    with pytest.raises(BadAnswers) as refusal:
        checking.check(FORM, {"drugs": [{"name": "一"}, {"name": "二", "stopped": True}, {"colour": "red"}]})
    assert refusal.value.details["questions"] == [
        {"link_id": "drugs/1/why", "problem": "required"},
        {"link_id": "drugs/2/colour", "problem": "unknown"},
        {"link_id": "drugs/2/name", "problem": "required"},
    ]


def test_repetitions_are_put_into_words_one_after_the_other_and_raise_flags() -> None:
    answers: Answers = {"drugs": [{"name": "一", "stopped": True}], "site": ["a", "b"], "photo": ["p1"]}
    answers |= {"weight": {"value": 60.5, "unit": "kg"}, "opens": ["a", {"other": "别的"}]}
    answers |= {"instant": "2026-11-25T08:30:00+08:00"}
    said = {shown.text: shown.answer_text for shown in words.listed(FORM, answers, {"stopped"})}
    assert said == {
        "opens": "A、别的", "site": "A、B", "weight": "60.5 公斤", "instant": "2026-11-25 08:30", "photo": "1 张照片",
        "drugs 1：name": "一", "drugs 1：stopped": "是",
    }  # fmt: skip
    flag = {"link_id": "stopped", "operator": "=", "answer": True, "text": "停药"}
    assert [f.text for f in scoring.raised(Scoring.model_validate({"red_flags": [flag]}), answers)] == ["停药"]


def test_an_answer_that_is_hidden_does_not_count_in_the_score() -> None:
    form = [item("on", "boolean"), item("n", "integer", enable_when=[when("on", "=", True)])]
    plan = Scoring.model_validate({"sum": ["n"]})

    def total(answers: Answers) -> float | None:
        kept = checking.check(form, answers)
        return scoring.score(plan, {}, kept, enable_when.shown(form, kept)).total

    assert total({"on": True, "n": 3}) == 3
    assert total({"on": False, "n": 3}) is None


def test_a_flood_of_answers_is_refused_before_it_is_looked_at() -> None:
    flood: Answers = {"drugs": [{"name": [{"x": 1}] * 50}] * 50}
    assert checking.examine(FORM, flood).problems == {"*": "too_many"}


# --- loops -----------------------------------------------------------------------------------------

NAMES = [f"q{n}" for n in range(6)]
_OPERATORS = st.sampled_from(["exists", "=", "!=", ">", "<"])
_CONDITION = st.builds(when, st.sampled_from(NAMES), _OPERATORS, st.sampled_from([True, False, 1, "a"]))
_ITEM = st.fixed_dictionaries(
    {"enable_when": st.lists(_CONDITION, max_size=3), "enable_behavior": st.sampled_from(["any", "all"])}
)
_ANSWERS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["a", "b"]))


@settings(max_examples=40)
@given(st.lists(_ITEM, min_size=6, max_size=6), _ANSWERS)
def test_whatever_hides_whatever_it_comes_to_an_end_and_keeps_only_what_shows(rules: Any, answers: Answers) -> None:
    form = [item(name, "choice", **rule) for name, rule in zip(NAMES, rules, strict=True)]
    found = checking.examine(form, answers)
    assert set(found.kept) <= found.visible & set(answers)
    assert found.visible == enable_when.shown(form, answers)


@settings(max_examples=40)
@given(st.lists(_ITEM, min_size=6, max_size=6), _ANSWERS)
def test_without_loops_what_was_kept_is_kept_again(rules: Any, answers: Answers) -> None:
    form = []
    for n, rule in enumerate(rules):
        earlier = [c for c in rule["enable_when"] if int(c["question"][1:]) < n]
        form.append(item(f"q{n}", "choice", enable_when=earlier, enable_behavior=rule["enable_behavior"]))
    kept = checking.check(form, answers)
    assert checking.check(form, kept) == kept


# --- patterns --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern",
    [r"1[3-9]\d{9}", r"^[A-Z]{2,3}-?\d+$", "(a|b)*c?", r"[^\d\s]+", "(?:xx|y)+?z", ".{2,}", r"\w+@\w+\.com", "a{0}b"],
)
@settings(max_examples=40)
@given(st.text(st.sampled_from("abcxyzAB13-@.com \n"), max_size=12))
def test_a_pattern_means_what_it_means_elsewhere(pattern: str, text: str) -> None:
    assert patterns.matches(pattern, text) == bool(re.fullmatch(pattern, text) and not text.endswith("\n"))


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|a)*b", "(a+)+b", "(.*)(.*)(.*)(.*)b"])
def test_no_pattern_hangs(pattern: str) -> None:
    began = time.perf_counter()
    assert not patterns.matches(pattern, "a" * 2000)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?=a)a", "(?i)a", "(", "a{1,5000}", "(){9999}", "x" * 201, r"\bx"])
def test_what_such_a_machine_cannot_do_is_not_taken(pattern: str) -> None:
    assert not patterns.is_usable(pattern)


def test_no_pattern_takes_long_to_build_or_to_run() -> None:
    began = time.perf_counter()
    assert patterns.is_usable("(((){1000}){1000}){1000}")
    letters = "".join(chr(0x4E00 + n) for n in range(170))
    assert patterns.matches(f"[{letters}0-9]{{0,490}}", "5" * 480)
    assert not patterns.is_usable(f"([{letters}0-9]{{0,490}})*", 2000)
    assert patterns.matches("(a[^a])*", "ab" * 20)
    assert time.perf_counter() - began < 1


# --- reading items ---------------------------------------------------------------------------------

EXT = "http://hl7.org/fhir/StructureDefinition/"


def control(code: str) -> dict[str, Any]:
    return {"url": EXT + "questionnaire-itemControl", "valueCodeableConcept": {"coding": [{"code": code}]}}


def read(**source: Any) -> FormItem:
    given = {"resourceType": "Questionnaire", "url": "http://h/q", "item": [{"linkId": "q", "text": "?"} | source]}
    return fhir.derive(given).form.items[0]


TWO = [{"valueString": "x"}, {"valueInteger": 2}]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ({"type": "choice", "answerOption": TWO}, "choice"),
        ({"type": "choice", "answerOption": TWO, "repeats": True}, "multi"),
        ({"type": "choice", "answerOption": TWO, "extension": [control("drop-down")]}, "dropdown"),
        ({"type": "open-choice", "answerOption": TWO}, "open_choice"),
        ({"type": "open-choice", "answerOption": TWO, "repeats": True}, "open_multi"),
        ({"type": "coding", "answerOption": TWO, "answerConstraint": "optionsOrString"}, "open_choice"),
        ({"type": "string", "answerOption": TWO}, "choice"),
        ({"type": "choice", "extension": [control("body-site")], "repeats": True}, "body_site"),
        ({"type": "integer", "extension": [control("slider")]}, "slider"),
        ({"type": "string", "extension": [control("text-area")]}, "text"),
        ({"type": "quantity"}, "quantity"),
        ({"type": "dateTime"}, "datetime"),
        ({"type": "time"}, "time"),
        ({"type": "attachment"}, "photo"),
    ],
)
def test_kinds_of_items(source: dict[str, Any], kind: str) -> None:
    found = read(**source)
    assert found.type == kind
    if "answerOption" in source:
        assert [option.value for option in found.options] == ["x", "2"]


def test_bounds_units_and_words_at_the_ends() -> None:
    unit = {"url": EXT + "questionnaire-unitOption", "valueCoding": {"code": "kg", "display": "公斤"}}
    assert read(type="quantity", extension=[unit]).units == [Option(value="kg", label="公斤")]
    ends = [
        {"linkId": code, "type": "display", "text": text, "extension": [control(code)]}
        for code, text in (("lower", "不痛"), ("upper", "最痛"))
    ]
    pain = read(type="integer", extension=[control("slider")], item=ends)
    assert (pain.low_text, pain.high_text, pain.items) == ("不痛", "最痛", [])
    low = {"url": EXT + "minValue", "valueDate": "2026-01-01"}
    assert read(type="date", extension=[low]).earliest == "2026-01-01"
    most = {"url": EXT + "questionnaire-maxOccurs", "valueInteger": 4}
    assert (read(type="attachment", repeats=True, extension=[most]).most, read(type="attachment").most) == (4, 1)
    regex = {"url": EXT + "regex", "valueString": r"\d+"}
    assert read(type="string", extension=[regex], maxLength=5).pattern == r"\d+"
