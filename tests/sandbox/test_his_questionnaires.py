"""The questionnaires that ship: sound FHIR R4, in Chinese, with scoring that points at what is there."""

import json
from pathlib import Path

import pytest

from server.questionnaires.models import BadAnswers, Scoring
from server.questionnaires.rules import answers as answer_rules
from server.questionnaires.rules import fhir, scoring

FOLDER = Path(__file__).parents[2] / "fixtures" / "questionnaires"
NAMES = ["satisfaction-outpatient", "discharge-day7", "phq-9", "hypertension-followup"]
NEVER, NEARLY_EVERY_DAY = "LA6568-5", "LA6571-9"


def load(name):
    source = json.loads((FOLDER / f"{name}.json").read_text())
    scored = json.loads((FOLDER / f"{name}.scoring.json").read_text())
    derived = fhir.derive(source)
    return source, scored, derived.form, derived.weights


def judge(name, answers):
    _, scored, form, weights = load(name)
    return scoring.score(Scoring.model_validate(scored), weights, answer_rules.check(form.items, answers))


@pytest.mark.parametrize("name", NAMES)
def test_each_is_an_active_r4_questionnaire_with_address_and_version(name):
    source, scored, form, _ = load(name)
    assert (source["resourceType"], source["status"], source["language"]) == ("Questionnaire", "active", "zh-CN")
    assert form.questionnaire_id == f"{name}.{source['version']}"
    assert (scored["questionnaire"], scored["version"]) == (source["url"], source["version"])
    assert scored["source"]
    assert scored["licence"]


@pytest.mark.parametrize("name", NAMES)
def test_scoring_and_conditions_name_only_what_exists(name):
    _, scored, form, weights = load(name)
    questions = {item.link_id: item for item in fhir.flat(form.items)}
    for link_id in scored["sum"]:
        assert questions[link_id].required
        assert set(weights[link_id]) == {option.value for option in questions[link_id].options}
    conditions = [(c.question, c.answer) for item in questions.values() for c in item.enable_when]
    flags = [(flag["link_id"], flag["answer"]) for flag in scored["red_flags"]]
    for link_id, answer in conditions + flags:
        item = questions[link_id]
        if item.options:
            assert answer in {option.value for option in item.options}
        elif item.type == "boolean":
            assert answer in (True, False)
        else:
            assert item.min <= answer <= item.max


@pytest.mark.parametrize("name", NAMES)
def test_bands_cover_every_total_without_a_gap(name):
    _, scored, _, weights = load(name)
    lowest = sum(min(weights[link_id].values()) for link_id in scored["sum"])
    highest = sum(max(weights[link_id].values()) for link_id in scored["sum"])
    covered = [total for band in scored["bands"] for total in range(band["min"], band["max"] + 1)]
    assert covered == (list(range(int(lowest), int(highest) + 1)) if scored["sum"] else [])


def phq9(*answers):
    _, scored, _, _ = load("phq-9")
    return dict(zip(scored["sum"], answers, strict=True))


def test_phq9_adds_up_and_its_ninth_question_is_red_whatever_the_total():
    worst = judge("phq-9", phq9(*[NEARLY_EVERY_DAY] * 9))
    assert (worst.total, worst.band) == (27, "重度")
    calm = judge("phq-9", phq9(*[NEVER] * 9))
    assert (calm.total, calm.band, calm.red) == (0, "没有抑郁症状", [])
    alarming = judge("phq-9", phq9(*[NEVER] * 8, "LA6569-3"))
    assert (alarming.total, len(alarming.red)) == (1, 1)


def test_dissatisfied_asks_for_the_reason_and_satisfied_does_not():
    _, scored, _, _ = load("satisfaction-outpatient")
    happy = dict.fromkeys(scored["sum"], "very-satisfied")
    assert (judge("satisfaction-outpatient", happy).total, judge("satisfaction-outpatient", happy).red) == (28, [])
    with pytest.raises(BadAnswers):
        judge("satisfaction-outpatient", {**happy, "doctor": "dissatisfied"})
    told = judge("satisfaction-outpatient", {**happy, "doctor": "dissatisfied", "reasons": ["attitude"]})
    assert (told.total, [raised.text for raised in told.red]) == (25, ["对医生不满意"])


WELL = {
    "feeling": "better",
    "has-wound": "no",
    "pain": 1,
    "fever": False,
    "eating": "good",
    "sleep": "good",
    "toilet": "normal",
    "medicines": "regular",
    "side-effects": False,
    "next-visit": "booked",
    "stay": "satisfied",
}


def test_who_is_well_a_week_after_discharge_raises_no_flag():
    assert judge("discharge-day7", WELL).red == []


@pytest.mark.parametrize(
    "answers, flag",
    [
        ({"pain": 7}, "疼痛7分或更高"),
        ({"fever": True, "temperature": 38.5}, "体温38.5℃或更高"),
        ({"has-wound": "yes", "wound": ["red", "pus"]}, "伤口流脓"),
        ({"feeling": "worse"}, "病情加重"),
    ],
)
def test_danger_a_week_after_discharge_is_flagged(answers, flag):
    assert [raised.text for raised in judge("discharge-day7", WELL | answers).red] == [flag]


@pytest.mark.parametrize("answers", [{"pain": 11}, {"fever": True}, {"fever": True, "temperature": 50}, {"stay": "好"}])
def test_answers_out_of_range_or_missing_are_refused(answers):
    with pytest.raises(BadAnswers):
        judge("discharge-day7", WELL | answers)


def test_pain_is_a_slider_and_temperature_has_a_unit():
    questions = {item.link_id: item for item in fhir.flat(load("discharge-day7")[2].items)}
    assert (questions["pain"].type, questions["pain"].min, questions["pain"].max) == ("slider", 0, 10)
    assert (questions["temperature"].type, questions["temperature"].unit) == ("decimal", "℃")


@pytest.mark.parametrize("systolic, diastolic, flags", [(179, 109, 0), (180, 90, 1), (150, 110, 1), (200, 120, 2)])
def test_very_high_blood_pressure_is_red(systolic, diastolic, flags):
    answers = {
        "symptoms": ["none"],
        "systolic": systolic,
        "diastolic": diastolic,
        "cigarettes": 0,
        "alcohol": 0,
        "exercise": 3,
        "salt": "light",
        "mood": "good",
        "adherence": "regular",
        "side-effects": False,
        "complications": False,
    }
    assert len(judge("hypertension-followup", answers).red) == flags
