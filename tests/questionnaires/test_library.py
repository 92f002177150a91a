"""The scales that ship: what they add up to at their edges, what they call it, whom they alarm."""

from pathlib import Path
from typing import Any

import pytest

from server.questionnaires.models import About, Answers, BadScoring, Derived, Score, Scoring
from server.questionnaires.rules import answers as checking
from server.questionnaires.rules import fhir, plans, safety, scoring, soundness
from server.questionnaires.rules.enable_when import shown

FOLDER = Path(__file__).parents[2] / "fixtures" / "questionnaires"
KEYS = sorted(p.stem for p in FOLDER.glob("*.json") if not p.name.endswith(".scoring.json"))
FREQUENCY = ["LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9"]
MAN, WOMAN = About(sex="male"), About(sex="female")


def load(key: str) -> tuple[Derived, Scoring]:
    derived = fhir.derive(soundness.parse((FOLDER / f"{key}.json").read_bytes()))
    return derived, Scoring.model_validate_json((FOLDER / f"{key}.scoring.json").read_bytes())


def judge(key: str, answers: Answers, about: About = scoring.NOBODY) -> Score:
    derived, plan = load(key)
    kept = checking.check(derived.form.items, answers)
    return scoring.score(plan, derived.weights, kept, shown(derived.form.items, kept), about)


@pytest.mark.parametrize("key", KEYS)
def test_each_is_read_without_a_warning_says_its_licence_and_its_plan_fits(key: str) -> None:
    derived, plan = load(key)
    assert derived.warnings == []
    assert plan.source
    assert plan.licence
    plans.check(plan, derived)


def test_barthel_is_in_the_library_and_not_published_by_itself() -> None:
    assert [key for key in KEYS if not load(key)[1].publish] == ["barthel"]


def frequencies(key: str, points: list[int]) -> Score:
    asked = load(key)[1].sum
    return judge(key, {link_id: FREQUENCY[n] for link_id, n in zip(asked, points, strict=True)})


@pytest.mark.covers("H3", "A14.4")
@pytest.mark.parametrize(
    ("key", "points", "total", "band"),
    [
        ("phq-9", [0] * 9, 0, "没有抑郁症状"),
        ("phq-9", [1] * 4 + [0] * 5, 4, "没有抑郁症状"),
        ("phq-9", [1] * 5 + [0] * 4, 5, "轻度"),
        ("phq-9", [1] * 8 + [0], 8, "轻度"),
        ("phq-9", [2] * 5 + [0] * 4, 10, "中度"),
        ("phq-9", [3] * 5 + [0] * 4, 15, "中重度"),
        ("phq-9", [3] * 6 + [2] + [0] * 2, 20, "重度"),
        ("phq-9", [3] * 9, 27, "重度"),
        ("gad-7", [0] * 7, 0, "没有焦虑症状"),
        ("gad-7", [1] * 4 + [0] * 3, 4, "没有焦虑症状"),
        ("gad-7", [1] * 5 + [0] * 2, 5, "轻度"),
        ("gad-7", [2] * 5 + [0] * 2, 10, "中度"),
        ("gad-7", [2] * 7, 14, "中度"),
        ("gad-7", [3] * 5 + [0] * 2, 15, "重度"),
        ("gad-7", [3] * 7, 21, "重度"),
        ("phq-2", [1, 1], 2, "筛查阴性"),
        ("phq-2", [1, 2], 3, "筛查阳性，建议填写 PHQ-9"),
        ("phq-2", [3, 3], 6, "筛查阳性，建议填写 PHQ-9"),
    ],
)
def test_frequency_scales_add_up_and_fall_into_their_bands(
    key: str, points: list[int], total: float, band: str
) -> None:
    found = frequencies(key, points)
    assert (found.total, found.band) == (total, band)


@pytest.mark.parametrize("points", [[0] * 8 + [1], [3] * 8 + [1], [0] * 8 + [3]])
def test_the_ninth_question_of_the_phq9_alarms_whatever_the_total(points: list[int]) -> None:
    assert [(flag.link_id, flag.level) for flag in frequencies("phq-9", points).red] == [("44260-8", "red")]
    assert frequencies("phq-9", [3] * 8 + [0]).red == []


def test_a_foreign_phq9_gets_that_alarm_too_and_a_plan_without_it_is_remarked_on() -> None:
    source = soundness.parse((FOLDER / "phq-9.json").read_bytes())
    derived, plan = load("phq-9")
    found = safety.flags(source, derived)
    assert [(flag.link_id, flag.operator, flag.answer) for flag in found] == [("44260-8", "!=", "LA6568-5")]
    assert safety.remarks(plan, derived) == []
    assert [said.link_id for said in safety.remarks(Scoring(), derived)] == ["44260-8", None]


@pytest.mark.parametrize(
    ("answers", "about", "total", "band"),
    [
        ({"frequency": "never"}, MAN, 0, "筛查阴性"),
        ({"frequency": "2-4-month", "amount": "3-4", "six": "none"}, MAN, 3, "筛查阴性"),
        ({"frequency": "2-4-month", "amount": "3-4", "six": "none"}, WOMAN, 3, "筛查阳性"),
        ({"frequency": "monthly", "amount": "3-4", "six": "none"}, WOMAN, 2, "筛查阴性"),
        ({"frequency": "2-4-month", "amount": "3-4", "six": "less-monthly"}, MAN, 4, "筛查阳性"),
        ({"frequency": "4-week", "amount": "10", "six": "daily"}, MAN, 12, "筛查阳性"),
    ],
)
def test_audit_c_asks_no_more_of_who_never_drinks_and_judges_by_sex(
    answers: Answers, about: About, total: float, band: str
) -> None:
    found = judge("audit-c", answers, about)
    assert (found.total, found.band) == (total, band)


def test_without_a_sex_audit_c_has_a_total_and_says_why_it_has_no_band() -> None:
    found = judge("audit-c", {"frequency": "monthly", "amount": "1-2", "six": "none"})
    assert (found.total, found.band, found.values[0].why_not) == (1, None, "没有登记性别，不能判断。")


@pytest.mark.parametrize(
    ("low", "total", "band"),
    [
        ([], 100, "无需依赖"),
        (["bathing"], 95, "轻度依赖"),
        (["walking", "stairs", "feeding"], 60, "中度依赖"),
        (["walking", "transfer", "stairs", "feeding", "dressing"], 40, "重度依赖"),
        (["feeding", "bathing", "grooming", "dressing", "bowels", "bladder", "toilet", "transfer", "walking", "stairs"],
         0, "重度依赖"),
    ],
)  # fmt: skip
def test_barthel(low: list[str], total: float, band: str) -> None:
    derived, plan = load("barthel")
    best = {k: max(derived.weights[k], key=derived.weights[k].__getitem__) for k in plan.sum}
    found = judge("barthel", best | dict.fromkeys(low, "p0"))
    if low == ["walking", "stairs", "feeding"]:
        found = judge("barthel", best | dict.fromkeys(low, "p0") | {"bowels": "p5"})
    assert (found.total, found.band) == (total, band)


@pytest.mark.parametrize(
    ("key", "answers", "total", "band"),
    [
        ("mmrc", {"breathlessness": "0"}, 0, "症状较轻"),
        ("mmrc", {"breathlessness": "1"}, 1, "症状较轻"),
        ("mmrc", {"breathlessness": "2"}, 2, "症状较重"),
        ("mmrc", {"breathlessness": "4"}, 4, "症状很重"),
        ("nyha", {"class": "I"}, 1, "I 级"),
        ("nyha", {"class": "IV"}, 4, "IV 级"),
    ],
)
def test_single_statements(key: str, answers: Answers, total: float, band: str) -> None:
    found = judge(key, answers)
    assert (found.total, found.band) == (total, band)
    assert found.urgent is (answers.get("class") == "IV")


# --- 老年人中医体质 ---------------------------------------------------------------------------------

TYPES = {
    "qi-deficiency": [2, 3, 4, 14],
    "yang-deficiency": [11, 12, 13, 29],
    "phlegm-dampness": [9, 16, 28, 32],
    "blood-stasis": [19, 22, 24, 33],
}
HEALTHY = {"q1": "5"} | {f"q{n}": "1" for n in range(2, 34)}


def constitution(**changes: int) -> dict[str, tuple[float | None, str | None]]:
    found = judge("tcm-elderly-33", HEALTHY | {name: str(points) for name, points in changes.items()})
    return {value.name: (value.total, value.band) for value in found.values}


@pytest.mark.covers("N14.1")
def test_a_balanced_constitution_is_the_sum_with_four_items_reversed() -> None:
    found = constitution()
    assert found["balanced"] == (25, "是")
    assert {v for k, v in found.items() if k != "balanced"} == {(4, "否")}
    said = judge("tcm-elderly-33", HEALTHY)
    assert (said.total, said.band, said.text) == (None, "平和质：是", "平和质：是")


@pytest.mark.covers("N14.1")
@pytest.mark.parametrize(
    ("points", "band", "balanced"),
    [
        ((2, 2, 2, 1), "否", "是"),  # 7: all below 8
        ((2, 2, 2, 2), "否", "基本是"),  # 8
        ((3, 2, 2, 2), "倾向是", "基本是"),  # 9: below 10
        ((3, 3, 2, 2), "倾向是", "否"),  # 10
        ((3, 3, 3, 2), "是", "否"),  # 11
        ((5, 5, 5, 5), "是", "否"),  # 20
    ],
)
def test_the_edges_of_a_type_and_what_is_left_of_balance(points: tuple[int, ...], band: str, balanced: str) -> None:
    given = {f"q{n}": p for n, p in zip(TYPES["phlegm-dampness"], points, strict=True)}
    found = constitution(**given)
    assert found["phlegm-dampness"] == (sum(points), band)
    assert found["balanced"] == (25, balanced)


def test_balance_needs_seventeen_points() -> None:
    assert constitution(q1=1, q5=4, q13=2)["balanced"] == (17, "是")
    assert constitution(q1=1, q5=5, q13=2)["balanced"] == (16, "否")


def test_every_one_of_the_33_must_be_answered() -> None:
    derived, plan = load("tcm-elderly-33")
    assert sum(item.required for item in fhir.flat(derived.form.items)) == 33
    missing = {k: v for k, v in HEALTHY.items() if k != "q9"}
    found = {v.name: v for v in scoring.score(plan, derived.weights, missing).values}
    assert (found["phlegm-dampness"].total, found["phlegm-dampness"].why_not) == (None, "有题目没有回答，不能计分。")
    assert (found["balanced"].total, found["balanced"].band) == (25, None)
    assert found["qi-deficiency"].total == 4


# --- the society standard ZYYXH/T157-2009: not shipped, and its rules can be said as data ----------

NINE = ["气虚质", "阳虚质", "阴虚质", "痰湿质", "湿热质", "血瘀质", "气郁质", "特禀质"]


def standard() -> Scoring:
    leaning: list[dict[str, Any]] = [
        {"min": 40, "label": "是"},
        {"min": 30, "below": 40, "label": "倾向是"},
        {"min": 0, "below": 30, "label": "否"},
    ]
    balanced: list[dict[str, Any]] = [
        {"min": 60, "label": "是", "requires": [{"values": NINE, "below": 30}]},
        {"min": 60, "label": "基本是", "requires": [{"values": NINE, "below": 40}]},
        {"min": 0, "label": "否"},
    ]
    scales = [{"name": name, "label": name, "items": [name], "bands": leaning} for name in NINE]
    scales.append({"name": "平和质", "label": "平和质", "items": ["平和质"], "bands": balanced})
    return Scoring.model_validate({"scales": scales, "conclude": ["是", "基本是", "倾向是"]})


@pytest.mark.covers("N14.1")
@pytest.mark.parametrize(
    ("converted", "verdict"),
    [
        ((56, 27, 25, 12, 15, 20, 18, 10), "气虚质：是"),
        ((16, 27, 25, 32, 25, 10, 18, 10), "痰湿质：倾向是；平和质：基本是"),
        ((16, 27, 25, 39.29, 25, 10, 18, 10), "痰湿质：倾向是；平和质：基本是"),
        ((16, 27, 25, 29.9, 25, 10, 18, 10), "平和质：是"),
    ],
)
def test_both_examples_of_the_standard(converted: tuple[float, ...], verdict: str) -> None:
    answers: Answers = {"平和质": 75, **dict(zip(NINE, converted, strict=True))}
    assert scoring.score(standard(), {}, answers).band == verdict


def test_raw_points_are_converted_items_are_reversed_and_some_are_for_one_sex_only() -> None:
    scale = {
        "name": "heat", "label": "湿热质", "items": ["a", "b", "her", "his"], "sexes": {"her": "female", "his": "male"},
        "transform": "percent", "reverse": ["b"], "reverse_from": 6,
    }  # fmt: skip
    plan = Scoring.model_validate({"scales": [scale]})
    answers: Answers = {"a": 5, "b": 1, "her": 3, "his": 1}
    assert scoring.score(plan, {}, answers, None, WOMAN).total == 83.33  # (5+5+3 - 3) / 12
    assert scoring.score(plan, {}, answers, None, MAN).total == 66.67
    assert scoring.score(plan, {}, answers).values[0].why_not == "没有登记性别，不能判断。"
    assert scoring.needs_person(plan)


# --- state forms -----------------------------------------------------------------------------------

SUGAR: Answers = {
    "symptoms": ["none"], "glucose": 6.9, "low-sugar": "none", "systolic": 130, "diastolic": 80, "cigarettes": 0,
    "alcohol": 0, "exercise": 3, "mood": "good", "follows": "good", "adherence": "regular", "insulin": False,
    "side-effects": False, "complications": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "levels"),
    [
        ({}, []),
        ({"glucose": 7.0}, ["yellow"]),
        ({"glucose": 16.6}, ["yellow"]),
        ({"glucose": 16.7}, ["red", "yellow"]),
        ({"glucose": 4.0}, []),
        ({"glucose": 3.9}, ["red"]),
        ({"systolic": 179, "diastolic": 109}, []),
        ({"systolic": 180, "diastolic": 110}, ["red", "red"]),
        ({"symptoms": ["thirst", "acetone"]}, ["red"]),
        ({"low-sugar": "often"}, ["orange"]),
        ({"side-effects": True, "side-effects-text": "恶心"}, ["yellow"]),
    ],
)
def test_the_diabetes_form_tells_danger_from_what_can_wait(changes: Answers, levels: list[str]) -> None:
    found = judge("diabetes2-followup", SUGAR | changes)
    assert [flag.level for flag in found.red] == levels
    assert found.urgent is ("red" in levels)


def test_the_age_can_decide_over_a_flag_and_an_unknown_age_is_flagged() -> None:
    limits = [
        {"link_id": "s", "operator": ">=", "answer": 140, "text": "140", "who": {"age_below": 65}},
        {"link_id": "s", "operator": ">=", "answer": 150, "text": "150", "who": {"age_from": 65}},
    ]
    plan = Scoring.model_validate({"red_flags": limits})

    def texts(value: int, age: int | None) -> list[str]:
        return [flag.text for flag in scoring.raised(plan, {"s": value}, About(age=age))]

    assert [texts(145, 64), texts(145, 65), texts(150, 65), texts(145, None)] == [["140"], [], ["150"], ["140"]]


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ({"sum": ["nobody"]}, "没有的题目“nobody”"),
        ({"sum": ["symptoms"]}, "没有分值"),
        ({"sum": ["mood"]}, "没有分值"),
        ({"red_flags": [{"link_id": "nobody", "operator": "=", "answer": 1, "text": "?"}]}, "没有的题目“nobody”"),
        ({"red_flags": [{"link_id": "mood", "operator": "=", "answer": "sad", "text": "?"}]}, "不是“最近心情怎么样？”"),
        ({"red_flags": [{"link_id": "glucose", "operator": ">", "answer": "high", "text": "?"}]}, "“high”"),
        ({"total": "nothing"}, "没有这项分值"),
    ],
)
def test_a_plan_that_speaks_of_what_is_not_there_is_refused(plan: Any, told: str) -> None:
    with pytest.raises(BadScoring) as refusal:
        plans.check(Scoring.model_validate(plan), load("diabetes2-followup")[0])
    problems: Any = refusal.value.details["problems"]
    assert told in problems[0]
