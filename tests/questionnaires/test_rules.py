"""The rules of questionnaires: which questions show, which answers count, what they add up to, what can be read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.questionnaires.models import (
    Answers,
    BadAnswers,
    BadQuestionnaire,
    Band,
    Derived,
    EnableWhen,
    FormItem,
    Option,
    RedFlag,
    Scoring,
)
from server.questionnaires.rules import answers as checking
from server.questionnaires.rules import enable_when, fhir, scoring, words


def item(link_id: str, type: str = "choice", **more: Any) -> FormItem:
    if type in ("choice", "multi"):
        more.setdefault("options", [Option(value=v, label=v.upper()) for v in ("a", "b", "c")])
    return FormItem.model_validate({"link_id": link_id, "text": link_id, "type": type, **more})


def when(question: str, operator: str = "=", answer: Any = "a") -> EnableWhen:
    return EnableWhen.model_validate({"question": question, "operator": operator, "answer": answer})


# --- which questions show --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behavior", "answers", "shows"),
    [
        ("any", {}, False),
        ("any", {"one": "a"}, True),
        ("any", {"two": "b"}, True),
        ("any", {"one": "b", "two": "a"}, False),
        ("all", {"one": "a"}, False),
        ("all", {"one": "a", "two": "b"}, True),
    ],
)
def test_a_question_shows_when_any_or_all_of_its_conditions_hold(behavior: str, answers: Answers, shows: bool) -> None:
    conditions = [when("one"), when("two", "=", "b")]
    items = [item("one"), item("two"), item("then", enable_when=conditions, enable_behavior=behavior)]
    assert ("then" in enable_when.shown(items, answers)) is shows


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "holds"),
    [
        ("exists", True, None, False),
        ("exists", False, None, True),
        ("exists", True, "a", True),
        ("exists", False, "a", False),
        ("exists", True, 0, True),
        ("exists", True, False, True),
        ("exists", True, "", False),
        ("exists", True, [], False),
        ("=", "a", "a", True),
        ("=", "a", None, False),
        ("!=", "a", "b", True),
        ("!=", "a", "a", False),
        ("!=", "a", None, False),
        ("=", "a", ["b", "a"], True),
        ("!=", "a", ["b", "a"], False),
        ("!=", "a", ["b", "c"], True),
        ("=", True, True, True),
        ("=", True, 1, False),
        (">", 5, 6, True),
        (">", 5, 5, False),
        (">=", 5, 5, True),
        ("<", 5, 4.9, True),
        ("<=", 5, 5, True),
        ("<=", 5, None, False),
        (">", 5, "many", False),
        (">", "2026-01-01", "2026-01-02", True),
        ("<", "2026-01-01", "2025-12-31", True),
        ("<", "2026-01-01", "soon", False),
        (">", "1", 10**400, False),
    ],
)
def test_one_condition(operator: str, wanted: Any, given: Any, holds: bool) -> None:
    assert enable_when.holds(when("q", operator, wanted), given) is holds


def test_what_stands_inside_a_hidden_group_or_question_is_hidden_too() -> None:
    inner = item("inner")
    group = item("group", "group", enable_when=[when("q")], items=[item("mid", "group", items=[inner])])
    items = [item("q"), group]
    assert enable_when.shown(items, {"q": "a"}) == {"q", "group", "mid", "inner"}
    assert enable_when.shown(items, {"q": "b", "inner": "a"}) == {"q"}


def test_the_answer_of_a_question_that_is_hidden_again_does_not_show_the_next() -> None:
    chain = [item("q0")] + [item(f"q{n}", enable_when=[when(f"q{n - 1}")]) for n in range(1, 6)]
    answers: Answers = {f"q{n}": "a" for n in range(6)}
    assert len(enable_when.shown(chain, answers)) == 6
    assert enable_when.shown(chain, answers | {"q0": "b"}) == {"q0"}
    assert checking.check(chain, answers | {"q0": "b"}) == {"q0": "b"}


def test_questions_that_hide_each_other_come_to_an_end() -> None:
    loop = [
        item("one", enable_when=[when("two", "exists", False)]),
        item("two", enable_when=[when("one", "exists", False)]),
        item("self", enable_when=[when("self", "exists", False)]),
    ]
    answers: Answers = {"one": "a", "two": "a", "self": "a"}
    assert enable_when.shown(loop, answers) == enable_when.shown(loop, answers)
    checking.check(loop, answers)


# --- which answers count ---------------------------------------------------------------------------

FORM = [
    item("head", "display"),
    item("group", "group", items=[item("choice", required=True), item("multi", "multi")]),
    item("yes", "boolean"),
    item("whole", "integer", min=0, max=10),
    item("exact", "decimal", min=34.5, max=43),
    item("pain", "slider", min=0, max=10, step=1),
    item("free", "integer"),
    item("line", "string", max_length=5),
    item("text", "text"),
    item("day", "date"),
    item("hidden", required=True, enable_when=[when("choice", "=", "c")]),
]
GOOD: Answers = {"choice": "a"}


def problems(answers: dict[str, Any], **more: Any) -> dict[str, str]:
    with pytest.raises(BadAnswers) as refusal:
        checking.check(FORM, GOOD | answers, **more)
    return {found["link_id"]: found["problem"] for found in refusal.value.details["questions"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("link_id", "given", "problem"),
    [
        ("nobody", "a", "unknown"),
        ("head", "a", "unknown"),
        ("group", "a", "unknown"),
        ("choice", None, "required"),
        ("choice", "", "required"),
        ("choice", "d", "unknown_option"),
        ("choice", ["a"], "wrong_type"),
        ("choice", 1, "wrong_type"),
        ("multi", "a", "wrong_type"),
        ("multi", ["a", "a"], "wrong_type"),
        ("multi", ["a", "d"], "unknown_option"),
        ("yes", "true", "wrong_type"),
        ("yes", 1, "wrong_type"),
        ("whole", 1.5, "wrong_type"),
        ("whole", "1", "wrong_type"),
        ("whole", True, "wrong_type"),
        ("whole", -1, "out_of_range"),
        ("whole", 11, "out_of_range"),
        ("exact", 34.4, "out_of_range"),
        ("exact", 43.1, "out_of_range"),
        ("exact", float("nan"), "wrong_type"),
        ("exact", float("inf"), "wrong_type"),
        ("pain", 10.5, "out_of_range"),
        ("pain", 5.5, "out_of_range"),
        ("free", 10**400, "out_of_range"),
        ("line", "六个字的一行", "too_long"),
        ("line", ["a"], "wrong_type"),
        ("day", "2026-02-30", "wrong_type"),
        ("day", "20260201", "wrong_type"),
        ("day", 20260201, "wrong_type"),
        ("hidden", None, None),
    ],
)
def test_each_wrong_answer_is_named_by_its_problem(link_id: str, given: Any, problem: str | None) -> None:
    if problem is None:
        assert checking.check(FORM, GOOD | {link_id: given}) == GOOD
    else:
        assert problems({link_id: given}) == {link_id: problem}


def test_good_answers_are_kept_as_given_and_blanks_left_out() -> None:
    given: Answers = {"choice": "b", "multi": ["a", "c"], "yes": False, "whole": 10, "exact": 36.6, "pain": 0}
    given |= {"line": "五个字好", "text": "长" * 2000, "day": "2026-11-25"}
    assert checking.check(FORM, given | {"free": None, "multi": ["a", "c"]}) == given  # type: ignore[dict-item]
    assert checking.check(FORM, GOOD | {"text": "  "}) == GOOD


def test_a_hidden_questions_answer_is_dropped_and_a_shown_one_is_required() -> None:
    assert checking.check(FORM, GOOD | {"hidden": "a"}) == GOOD
    assert problems({"choice": "c"}) == {"hidden": "required"}
    assert checking.check(FORM, {"choice": "c", "hidden": "b"}) == {"choice": "c", "hidden": "b"}


def test_a_draft_keeps_what_is_right_already_and_refuses_only_questions_that_are_not_there() -> None:
    assert checking.check(FORM, {"whole": 3, "exact": 3.0, "choice": ""}, draft=True) == {"whole": 3}
    assert problems({"nobody": "a", "whole": 99}, draft=True) == {"nobody": "unknown"}


def test_a_long_unknown_name_is_not_repeated_at_length() -> None:
    assert list(problems({"x" * 500: "a"})) == ["x" * 64]


_VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text(), max_size=3))


@given(st.dictionaries(st.sampled_from([i.link_id for i in fhir.flat(FORM)] + ["nobody"]), _VALUES))
def test_whatever_is_sent_is_either_kept_or_refused(answers: Any) -> None:
    try:
        kept = checking.check(FORM, answers)
    except BadAnswers:
        return
    assert checking.check(FORM, kept) == kept


def test_answers_in_words() -> None:
    assert words.in_words(item("q"), "a") == "A"
    assert words.in_words(item("q", "multi"), ["a", "c"]) == "A、C"
    assert [words.in_words(item("q", "boolean"), v) for v in (True, False)] == ["是", "否"]
    assert words.in_words(item("q", "decimal", unit="℃"), 36.6) == "36.6 ℃"
    assert words.in_words(item("q", "integer"), 1234567) == "1234567"
    assert words.in_words(item("q", "text"), "好多了") == "好多了"


# --- scores ----------------------------------------------------------------------------------------

WEIGHTS = {"q1": {"a": 0.0, "b": 4.0, "c": 5.0}, "q2": {"a": 0.0, "b": 1.0}}
SCALE = Scoring(
    sum=["q1", "q2"],
    bands=[Band(min=0, max=4, label="轻"), Band(min=5, max=9, label="重")],
    red_flags=[RedFlag(link_id="q2", operator="!=", answer="a", text="请留意")],
)


@pytest.mark.parametrize(
    ("answers", "total", "band"),
    [
        ({"q1": "a", "q2": "a"}, 0, "轻"),
        ({"q1": "b", "q2": "a"}, 4, "轻"),
        ({"q1": "b", "q2": "b"}, 5, "重"),
        ({"q1": "c", "q2": "b"}, 6, "重"),
        ({"q1": "a"}, None, None),
        ({}, None, None),
        ({"q1": "a", "q2": "no such option"}, None, None),
    ],
)
def test_a_total_is_complete_or_there_is_none(answers: Answers, total: float | None, band: str | None) -> None:
    found = scoring.score(SCALE, WEIGHTS, answers)
    assert (found.total, found.band) == (total, band)


def test_numbers_and_several_choices_count_too_and_yes_or_no_does_not() -> None:
    scale = Scoring(sum=["n", "m"])
    assert scoring.score(scale, {"m": {"a": 1.0, "b": 2.0}}, {"n": 3, "m": ["a", "b"]}).total == 6
    assert scoring.score(scale, {}, {"n": True, "m": []}).total is None


def test_a_red_flag_is_raised_whatever_the_total_and_not_by_silence() -> None:
    assert [r.text for r in scoring.score(SCALE, WEIGHTS, {"q1": "a", "q2": "b"}).red] == ["请留意"]
    assert [r.text for r in scoring.score(SCALE, WEIGHTS, {"q2": "b"}).red] == ["请留意"]
    assert scoring.score(SCALE, WEIGHTS, {"q1": "c"}).red == []


def test_a_score_in_words() -> None:
    assert scoring.score(SCALE, WEIGHTS, {"q1": "b", "q2": "b"}).text == "5 分 · 重"
    assert scoring.score(Scoring(sum=["n"]), {}, {"n": 2.5}).text == "2.5 分"
    assert scoring.score(Scoring(), {}, {"n": 2.5}).text is None


# --- reading FHIR ----------------------------------------------------------------------------------


def questionnaire(*items: Any, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Questionnaire",
        "url": "http://h/Questionnaire/q",
        "version": "2",
        "item": list(items),
        **more,
    }


def test_the_form_is_read_with_types_units_bounds_and_conditions() -> None:
    ext = "http://hl7.org/fhir/StructureDefinition/"
    slider = {"url": ext + "questionnaire-itemControl", "valueCodeableConcept": {"coding": [{"code": "slider"}]}}
    low, high = {"url": ext + "minValue", "valueInteger": 0}, {"url": ext + "maxValue", "valueInteger": 10}
    weight = {"url": ext + "ordinalValue", "valueDecimal": 3}
    item_weight = {"url": ext + "itemWeight", "valueDecimal": 4}
    options = [
        {"valueCoding": {"code": "x", "display": "甲"}, "extension": [weight]},
        {"valueCoding": {"code": "y", "display": "乙", "extension": [item_weight]}},
        {"valueString": "丙"},
    ]
    enabled = [{"question": "c", "operator": "=", "answerCoding": {"code": "x"}}]
    derived = fhir.derive(
        questionnaire(
            {"linkId": "c", "type": "choice", "repeats": True, "answerOption": options},
            {"linkId": "s", "type": "integer", "extension": [slider, low, high], "enableWhen": enabled},
            {"linkId": "t", "type": "text"},
            {"linkId": "u", "type": "a type of tomorrow"},
            title="问卷",
        )
    )
    form, weights = derived.form, derived.weights
    many, pain, text, unknown = form.items
    assert (form.questionnaire_id, form.title, many.type) == ("q.2", "问卷", "multi")
    assert [(o.value, o.label) for o in many.options] == [("x", "甲"), ("y", "乙"), ("丙", "丙")]
    assert weights == {"c": {"x": 3.0, "y": 4.0}}
    assert (pain.type, pain.min, pain.max, pain.enable_when) == ("slider", 0, 10, [when("c", "=", "x")])
    assert (text.max_length, unknown.type, unknown.max_length) == (2000, "string", 200)


TEXT = {"linkId": "a", "type": "text", "text": "?"}


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({"resourceType": "Patient"}, "resource_type"),
        ({}, "resource_type"),
        (questionnaire(TEXT, TEXT), "doubled_link_id"),
        (questionnaire({"type": "text"}), "missing_link_id"),
        (questionnaire({"linkId": " ", "type": "text"}), "missing_link_id"),
        (questionnaire(TEXT | {"enableWhen": [{"question": "b", "operator": "exists"}]}), "enable_when_nowhere"),
        (questionnaire(TEXT | {"enableWhen": [{"operator": "exists"}]}), "enable_when_nowhere"),
    ],
)
def test_only_what_cannot_be_used_is_refused_and_the_reason_is_named(source: Any, code: str) -> None:
    with pytest.raises(BadQuestionnaire) as refusal:
        fhir.derive(source)
    problems: Any = refusal.value.details["problems"]
    assert [problem["code"] for problem in problems] == [code]
    assert problems[0]["text"]


def test_a_missing_linkid_is_named_by_its_place_and_text() -> None:
    inner = {"type": "group", "linkId": "g", "item": [TEXT, {"type": "text", "text": "哪里疼？"}]}
    with pytest.raises(BadQuestionnaire) as refusal:
        fhir.derive(questionnaire(inner))
    problems: Any = refusal.value.details["problems"]
    assert problems[0]["where"] == "item[0].item[1]"
    assert "哪里疼？" in problems[0]["text"]


@pytest.mark.parametrize(
    ("source", "link_id", "warning"),
    [
        (questionnaire(), None, "还没有题目"),
        (questionnaire(TEXT, url=""), None, "没有网址"),
        (questionnaire(TEXT, version=None), None, "没有版本号"),
        (questionnaire({"linkId": "a", "type": "choice", "text": "?"}), "a", "没有选项"),
        (questionnaire({"linkId": "a", "type": "choice", "answerValueSet": "http://x/vs"}), "a", "外部字典"),
        (questionnaire({"linkId": "a", "type": "choice", "answerValueSet": "#no"}), "a", "外部字典"),
        (questionnaire({"linkId": "a", "type": "tomorrow", "text": "?"}), "a", "不认识"),
        (questionnaire({"linkId": "a", "text": "?"}), "a", "没有写题型"),
        (questionnaire({"linkId": "a", "type": "text"}), "a", "没有文字"),
        (questionnaire(TEXT | {"enableBehavior": "some"}), "a", "enableBehavior"),
        (questionnaire(TEXT | {"required": "true"}), "a", "required"),
        (questionnaire(TEXT | {"repeats": True}), "a", "只收一次"),
        (questionnaire(TEXT | {"initial": [{"valueString": "x"}]}), "a", "预先填好"),
        (questionnaire(TEXT | {"readOnly": True}), "a", "只读"),
        (questionnaire({"linkId": "a", "type": "reference", "text": "?"}), "a", "文字填写"),
        (questionnaire(TEXT | {"extension": [{"url": "http://h/regex", "valueString": "(a)\\1"}]}), "a", "太复杂"),
        (questionnaire(TEXT | {"enableWhen": [{"question": "a", "operator": "exists"}]}), "a", "绕了一圈"),
        (questionnaire(TEXT | {"enableWhen": [{"question": "a", "operator": "~"}]}), "a", "比较方式"),
        (questionnaire(TEXT | {"enableWhen": [{"question": "a", "operator": "="}]}), "a", "没有写明答案"),
        (questionnaire(TEXT, modifierExtension=[{"url": "x"}]), None, "modifierExtension"),
    ],
)  # fmt: skip
def test_everything_else_is_a_warning_for_the_doctor(source: Any, link_id: str | None, warning: str) -> None:
    found = [warned for warned in fhir.derive(source).warnings if warning in warned.text]
    assert [warned.link_id for warned in found] == [link_id]


def test_a_condition_that_names_no_option_is_warned_of_and_one_that_names_its_label_is_understood() -> None:
    options = [{"valueCoding": {"code": "y", "display": "有"}}]
    asked = {"linkId": "a", "type": "choice", "text": "?", "answerOption": options}
    by_label, lost = (
        {**TEXT, "linkId": link_id, "enableWhen": [{"question": "a", "operator": "=", "answerString": given}]}
        for link_id, given in (("b", "有"), ("c", "无"))
    )
    derived = fhir.derive(questionnaire(asked, by_label, lost))
    assert derived.form.items[1].enable_when == [when("a", "=", "y")]
    assert [w.link_id for w in derived.warnings if "不会成立" in w.text] == ["c"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["linkId", "type", "item", "answerOption", "enableWhen", "extension", "question", "x"]), inner
    ),
    max_leaves=12,
)  # fmt: skip


@given(_JSON)
def test_no_json_breaks_the_reading(items: Any) -> None:
    try:
        derived = fhir.derive(questionnaire() | {"item": items})
    except BadQuestionnaire:
        return
    assert Derived.model_validate_json(derived.model_dump_json()) == derived
