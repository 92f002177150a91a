"""What a plan decides, as tables: intervals, two in a row, dates from an anchor, repeats, ends; and the waves."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from server.plans.models.definitions import Condition, Definition
from server.plans.models.enrolments import About, Decision, Entry, Waiting
from server.plans.rules import checking, conditions, deciding, waves, whom, words
from server.values import plus_days, shanghai_at
from tests.plans.steps import FOLDER, PRESSURE, shipped

NOW = shanghai_at("2026-11-25", "08:30")
SHIPPED = sorted(path.stem for path in FOLDER.glob("*.json"))


class Course:
    """Somebody's way through a plan: each answer, silence or skip is one step."""

    def __init__(self, name: str, at: datetime = NOW, **anchors: str) -> None:
        self.plan, self.anchors, self.now = shipped(name), anchors, at
        self.history: list[Entry] = []
        self.next = deciding.first(self.plan, self.anchors, at)  # type: ignore[arg-type]

    def ends(self, outcome: str = "answered", findings: tuple[str, ...] = (), after_days: int = 1) -> Decision:
        """The step that is due ends so many days later; gives what is decided then."""
        self.history += self.next.skipped
        assert self.next.step and self.next.due_at
        at = self.next.due_at + timedelta(days=after_days)
        entry = Entry(
            n=len(self.history) + 1, step=self.next.step, title="", why=self.next.why, due_at=self.next.due_at, at=at,
            outcome=outcome, findings=list(findings),
        )  # fmt: skip
        self.history.append(entry)
        self.next = deciding.next_step(self.plan, self.anchors, self.history, at)  # type: ignore[arg-type]
        return self.next


@pytest.mark.covers("R10")
@pytest.mark.parametrize("plan", ["hypertension", "diabetes2"])
@pytest.mark.parametrize(
    ("answers", "step", "days", "refer"),
    [
        ([()], "routine", 90, False),
        ([("unsatisfactory",)], "recheck", 14, False),
        ([("adverse",)], "recheck", 14, False),
        ([("emergency",)], "check-back", 14, True),
        ([("complication",)], "check-back", 14, True),
        ([("unsatisfactory",), ()], "routine", 90, False),
        ([("unsatisfactory",), ("unsatisfactory",)], "check-back", 14, True),
        ([("unsatisfactory",), ("adverse",)], "recheck", 14, False),
        ([("adverse",), ("adverse",)], "check-back", 14, True),
        ([("unsatisfactory",), (), ("unsatisfactory",)], "recheck", 14, False),
        ([("unsatisfactory",), ("unsatisfactory",), ()], "routine", 90, False),
        ([("unsatisfactory",), ("unsatisfactory",), ("unsatisfactory",)], "check-back", 14, True),
    ],
)
def test_chronic_plans_come_again_after_90_or_14_days_and_refer_after_two_in_a_row(
    plan: str, answers: list[tuple[str, ...]], step: str, days: int, refer: bool
) -> None:
    course = Course(plan, visit="2026-11-25")
    for findings in answers:
        course.ends(findings=findings)
    last = course.history[-1]
    assert (course.next.step, course.next.refer) == (step, refer)
    assert course.next.due_at == shanghai_at(plus_days(last.at.date().isoformat(), days), "09:00")
    assert f"后 {days} 天 09:00" in course.next.why


def test_a_silence_between_two_high_pressures_does_not_make_them_less_two_in_a_row() -> None:
    course = Course("hypertension", visit="2026-11-25")
    course.ends(findings=("unsatisfactory",))
    course.ends("expired", after_days=14)
    assert course.ends(findings=("unsatisfactory",)).refer


def test_after_a_silence_the_next_time_counts_from_the_day_it_was_due() -> None:
    course = Course("hypertension", visit="2026-11-25")
    due_at = course.next.due_at
    assert due_at == shanghai_at("2027-02-23", "09:00")
    after = course.ends("expired", after_days=21)
    assert (after.step, after.due_at) == ("routine", due_at + timedelta(days=90))
    assert after.why == "上次应随访日（2月23日）后 90 天 09:00"


@pytest.mark.parametrize(
    ("week", "step", "due_on"),
    [
        (8, "week-13", 70),
        (11, "week-13", None),
        (14, "week-16", 112),
        (18, "week-16", None),
        (23, "week-21", None),
        (30, "week-28", None),
        (39, "week-37", None),
    ],
)
def test_a_pregnancy_is_met_where_it_is(week: int, step: str, due_on: int | None) -> None:
    last_period = plus_days("2026-11-25", -7 * week)
    first = Course("maternal", last_period=last_period).next
    assert first.step == step
    expected = NOW if due_on is None else shanghai_at(plus_days(last_period, due_on), "09:00")
    assert first.due_at == expected
    assert "孕" in first.why
    assert all(missed.outcome == "skipped" for missed in first.skipped)


def test_after_the_pregnancy_the_plan_waits_for_the_dates_of_discharge_and_birth() -> None:
    course = Course("maternal", last_period=plus_days("2026-11-25", -7 * 38))
    waits = course.ends()
    assert (waits.step, waits.due_at, waits.waits_for) == ("postpartum-visit", None, "discharge")
    assert waits.why == "等待登记出院日期"
    course.anchors |= {"discharge": "2026-12-08", "delivery": "2026-12-05"}
    course.next = deciding.next_step(course.plan, course.anchors, course.history, NOW)  # type: ignore[arg-type]
    assert course.next.due_at == shanghai_at("2026-12-11", "09:00")
    assert course.ends(findings=("postpartum-abnormal",)).refer
    assert course.next.step == "postpartum-check"
    last = course.ends()
    assert (last.step, last.due_at) == ("day-42", shanghai_at("2027-01-16", "09:00"))
    assert course.ends().ending == "finished"


def test_a_check_back_returns_to_the_order_and_repeats_nothing() -> None:
    course = Course("acs_pci", discharge="2026-11-25")
    assert course.next.due_at == shanghai_at("2026-12-23", "09:00")
    course.ends()
    assert course.next.step == "month-3"
    assert course.ends(findings=("emergency",)).step == "check-back"
    assert course.ends().step == "month-6"


@pytest.mark.covers("R9")
@pytest.mark.parametrize(
    ("way", "steps", "ending"),
    [
        ([("answered", ())], ["day-7"], "finished"),
        ([("answered", ("slow",)), ("answered", ())], ["day-7", "week-3"], "finished"),
        ([("answered", ("slow",)), ("answered", ("danger",))], ["day-7", "week-3", "quarterly"], None),
        ([("expired", ()), ("answered", ())], ["day-7", "week-3"], "finished"),
        ([("expired", ()), ("expired", ()), ("expired", ())], ["day-7", "week-3", "quarterly"], "lost"),
    ],
)
def test_after_a_discharge(way: list[tuple[str, tuple[str, ...]]], steps: list[str], ending: str | None) -> None:
    course, seen = Course("discharge_general", discharge="2026-11-25"), list[str]()
    for outcome, findings in way:
        seen.append(course.next.step or "")
        course.ends(outcome, findings, after_days=14 if outcome == "expired" else 0)
    assert [*seen, *([course.next.step] if course.next.step else [])] == steps
    assert course.next.ending == ending


def test_four_quarters_and_no_more() -> None:
    course = Course("discharge_general", discharge="2026-11-25")
    course.ends(findings=("slow",))
    course.ends(findings=("slow",))
    for _ in range(3):
        assert course.ends().step == "quarterly"
    assert course.ends().ending == "finished"


def changed(**ends: int) -> Definition:
    plan = shipped("hypertension")
    return plan.model_copy(update={"ends": plan.ends.model_copy(update=ends)})


@pytest.mark.parametrize(
    ("plan", "entries", "ending"),
    [
        (changed(after_answers=2), [("answered", None), ("answered", None)], "answers_enough"),
        (changed(after_answers=2), [("answered", None)], None),
        (changed(after_days=94), [("answered", None)], "time_over"),
        (changed(lost_after=2), [("expired", None), ("expired", None)], "lost"),
        (changed(lost_after=2), [("expired", None), ("answered", None), ("expired", None)], None),
        (changed(), [("expired", "refused")], "refused"),
        (changed(), [("expired", "deceased")], "deceased"),
        (changed(), [("expired", "no_answer")], None),
    ],
)
def test_what_ends_a_plan_by_itself(
    plan: Definition, entries: list[tuple[str, str | None]], ending: str | None
) -> None:
    history = [
        Entry(n=n, step="routine", title="", why="", due_at=NOW, at=NOW, outcome=outcome, call=call)  # type: ignore[arg-type]
        for n, (outcome, call) in enumerate(entries, 1)
    ]
    decided = deciding.next_step(plan, {"visit": "2026-11-20"}, history, NOW)
    assert decided.ending == ending
    assert decided.why


def test_the_line_ahead_shows_what_comes_if_all_goes_well() -> None:
    plan = shipped("acs_pci")
    anchors: dict[Any, str] = {"discharge": "2026-11-25"}
    ahead = deciding.coming(plan, anchors, [], deciding.first(plan, anchors, NOW))
    assert [d.step for d in ahead] == ["month-3", "month-6", "month-12", "yearly", "yearly", "yearly"]


# --- findings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("birth_on", "answers", "found"),
    [
        ("1981-03-12", {}, []),
        ("1981-03-12", {"systolic": 140}, ["unsatisfactory"]),
        ("1981-03-12", {"diastolic": 90}, ["unsatisfactory"]),
        ("1950-02-17", {"systolic": 149}, []),
        ("1950-02-17", {"systolic": 150}, ["unsatisfactory"]),
        ("1961-11-25", {"systolic": 145}, []),
        ("1961-11-26", {"systolic": 145}, ["unsatisfactory"]),
        ("1981-03-12", {"systolic": 180}, ["emergency", "unsatisfactory"]),
        ("1981-03-12", {"symptoms": ["swelling", "chest"]}, ["emergency"]),
        ("1981-03-12", {"side-effects": True, "complications": True}, ["adverse", "complication"]),
        (None, {"systolic": 200}, ["emergency"]),
    ],
)
def test_what_is_found_in_a_pressure_depends_on_the_age(
    birth_on: str | None, answers: dict[str, Any], found: list[str]
) -> None:
    given = conditions.find(shipped("hypertension"), PRESSURE | answers, {}, About(birth_on=birth_on), [], NOW)
    assert given.keys == found
    assert len(given.texts) == len(found)


def test_a_rise_is_measured_against_the_last_known_number() -> None:
    plan, about = shipped("copd"), About()
    first = conditions.find(plan, {}, {"mmrc": 1}, about, [], NOW)
    assert (first.keys, first.numbers) == ([], {"score:mmrc": 1})
    before = Entry(n=1, step="day-21", title="", why="", due_at=NOW, at=NOW, outcome="answered", numbers=first.numbers)
    silent = before.model_copy(update={"outcome": "expired", "numbers": {}})
    assert conditions.find(plan, {}, {"mmrc": 2}, about, [before, silent], NOW).keys == ["breathless"]
    assert conditions.find(plan, {}, {"mmrc": 1}, about, [before], NOW).keys == []
    assert conditions.find(plan, {}, {}, about, [before], NOW).numbers == {}


@pytest.mark.parametrize(
    ("given", "operator", "value", "holds"),
    [
        (True, "=", True, True),
        (True, "=", 1, False),
        ("a", "!=", "b", True),
        ("12", ">", 3, False),
        ({"value": 7.1, "unit": "mmol/L"}, ">=", 7.0, True),
        ([{"q": 3}, {"q": 9}], ">", 8, True),
        ({"other": "头晕"}, "=", "头晕", False),
        (3, "<=", 3, True),
        (3, "<", 3, False),
    ],
)
def test_comparisons(given: Any, operator: str, value: Any, holds: bool) -> None:
    one = Condition(question="q", operator=operator, value=value)  # type: ignore[arg-type]
    plan = shipped("hypertension")
    finding = plan.findings[0].model_copy(update={"any": [one]})
    plan = plan.model_copy(update={"findings": [finding]})
    assert bool(conditions.find(plan, {"q": given}, {}, About(), [], NOW).keys) is holds


# --- whom, waves, soundness -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "department", "codes", "diagnosis", "fits"),
    [
        ("discharge_general", "orthopaedics", [], "股骨颈骨折", True),
        ("acs_pci", "cardiology", [], "急性心肌梗死，PCI术后", True),
        ("acs_pci", "cardiology", ["I21.9"], "", True),
        ("acs_pci", "cardiology", ["I10"], "高血压3级", False),
        ("copd", "respiratory", ["j44.1"], "", True),
        ("copd", "respiratory", [], "肺炎", False),
        ("hypertension", "cardiology", ["I10"], "高血压", False),
    ],
)
def test_rules_enrol_by_diagnosis(plan: str, department: str, codes: list[str], diagnosis: str, fits: bool) -> None:
    about = About(sex="male", birth_on="1950-02-17")
    given = {"department_id": department, "codes": codes, "diagnosis": diagnosis}
    assert whom.fits_by_rule(shipped(plan), about, "2026-11-25", **given) is fits  # type: ignore[arg-type]


def test_a_plan_for_women_takes_no_man_and_nobody_unknown() -> None:
    plan = shipped("maternal")
    assert whom.why_not(plan, About(sex="female", birth_on="1992-06-08"), "2026-11-25") is None
    for about in (About(sex="male", birth_on="1992-06-08"), About(sex="female"), About()):
        assert whom.why_not(plan, about, "2026-11-25")


def test_waves_come_in_their_order_and_end_with_the_time() -> None:
    step = shipped("discharge_general").steps[0]
    waiting, days, acts = waves.sent(step, "t", NOW, reachable=True), [], []
    for _ in range(4):
        act, at = waves.next_act(step, waiting)
        acts.append(act)
        days.append((at - NOW).days)
        waiting = waiting.model_copy(update={"called": True} if act == "call" else {"wave": waiting.wave + 1})
    assert (acts, days) == (["remind", "remind", "call", "expire"], [1, 3, 5, 14])
    late = waiting.model_copy(update={"wave": 0})
    assert [waves.wave_at(step, late, NOW + timedelta(days=days)) for days in (1, 7)] == [1, 2], "late ones are one"
    unreachable = waves.sent(step, "t", NOW, reachable=False)
    assert waves.next_act(step, unreachable) == ("call", NOW)
    only_wechat = step.model_copy(update={"channels": ["wechat"]})
    assert waves.next_act(only_wechat, unreachable) == ("expire", unreachable.expires_at)
    assert waves.next_act(None, Waiting(task_id="t", sent_at=NOW, expires_at=NOW)) == ("expire", NOW)


@pytest.mark.parametrize(("at", "when"), [("08:30", "09:00"), ("12:00", "12:00"), ("20:30", "+09:00")])
def test_nobody_is_phoned_at_night(at: str, when: str) -> None:
    day = "2026-11-26" if when.startswith("+") else "2026-11-25"
    assert waves.calling_time(shanghai_at("2026-11-25", at)) == shanghai_at(day, when.lstrip("+"))


@pytest.mark.parametrize("name", SHIPPED)
def test_each_plan_that_ships_is_sound_has_sources_and_waits_for_a_signature(name: str) -> None:
    plan = shipped(name)
    assert checking.problems(plan) == []
    assert plan.sources
    assert plan.note.startswith(words.AWAITING)
    assert len(words.timeline(plan)) == len(plan.steps)
    assert plan.key == name


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"go": "nowhere"}, "指向没有的步骤"),
        ({"findings": ["nothing"]}, "没有的发现"),
        ({"outcome": "expired"}, "没有回答时不能再看"),
        ({"findings": [], "in_a_row": 2}, "没有说是什么发现"),
    ],
)
def test_what_is_wrong_with_a_branch_is_said(change: dict[str, Any], problem: str) -> None:
    plan = shipped("hypertension")
    step = plan.steps[0].model_copy(update={"branches": [plan.steps[0].branches[0].model_copy(update=change)]})
    found = checking.problems(plan.model_copy(update={"steps": [step, *plan.steps[1:]]}))
    assert any(problem in each for each in found), found


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"key": "recheck"}, "用了 2 次"),
        ({"key": "end"}, "不能叫"),
        ({"offset": {"after": "previous", "days": 3}}, "第一步"),
        ({"reminders": [7, 3]}, "按先后"),
        ({"reminders": [60]}, "早于截止时间"),
        ({"call_after_days": 21}, "早于截止时间"),
    ],
)
def test_what_is_wrong_with_a_step_is_said(change: dict[str, Any], problem: str) -> None:
    data = shipped("hypertension").model_dump()
    data["steps"][0] |= change
    found = checking.problems(Definition.model_validate(data))
    assert any(problem in each for each in found), found


@pytest.mark.covers("R10.1", "R10.2", "R11.1")
def test_a_hospitals_own_rhythm_weekly_at_first_then_every_six_weeks_closer_when_pills_are_missed() -> None:
    step = {"window_days": 5, "questionnaire": "hypertension-followup"}
    plan = Definition.model_validate(
        {
            "key": "own",
            "title": "慢病随访",
            "anchor": "visit",
            "findings": [
                {
                    "key": "missed",
                    "text": "漏服",
                    "any": [{"question": "adherence", "operator": "!=", "value": "regular"}],
                }
            ],
            "steps": [
                {"key": "day-3", "title": "第三天", "offset": {"days": 3}, "channels": ["phone"], **step},
                {
                    "key": "weekly",
                    "title": "每周",
                    "offset": {"days": 7},
                    "repeat": {"every_days": 7, "times": 4},
                    **step,
                },
                {
                    "key": "later",
                    "title": "以后",
                    "offset": {"after": "previous", "days": 45},
                    "repeat": {"every_days": 45},
                    "branches": [{"findings": ["missed"], "go": "later", "in_days": 14, "why": "漏服，早些再问"}],
                    **step,
                },
            ],
        }
    )
    assert checking.problems(plan) == []
    course = Course("hypertension", visit="2026-11-25")
    course.plan = plan
    course.next = deciding.first(plan, course.anchors, NOW)  # type: ignore[arg-type]
    days = []
    for findings in [(), (), (), (), (), ("missed",), ()]:
        days.append((course.next.due_at - shanghai_at("2026-11-25", "09:00")).days)  # type: ignore[operator]
        course.ends(findings=findings, after_days=0)
    assert days == [3, 7, 14, 21, 28, 73, 87]
    waiting = waves.sent(plan.steps[0], "t", NOW, reachable=True)
    assert waves.next_act(plan.steps[0], waiting) == ("call", NOW)
