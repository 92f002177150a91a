"""The figures of follow-up for a member's departments, or the whole hospital for who manages it."""

from collections.abc import Callable, Iterable

from server import audit
from server.context import Actor, App
from server.directory import service as directory
from server.messages import service as messages
from server.plans import service as plans
from server.staff import service as staff
from server.statistics import rules, store
from server.statistics.models import (
    By,
    Failure,
    FigureQuery,
    FigureRow,
    Figures,
    ResponseRow,
    Responses,
    TrialArm,
    TrialFigure,
    TrialFigures,
)
from server.values import plus_days, shanghai_at

_WAVES = {1: "第一次", 2: "第二次提醒", 3: "第三次提醒"}


async def figures(app: App, query: FigureQuery, *, by: Actor) -> Figures:
    """应随访, 已随访, 成功, 满意 in groups, failed calls, and the re-check rate; BadPeriod; audited."""
    rules.check_period(query.from_on, query.to_on)
    start, end = shanghai_at(query.from_on), shanghai_at(plus_days(query.to_on, 1))
    where = _mine(by)
    found = await store.visits(app, start, end, where, query.by)
    names = await _labels(app, query.by, [str(doc["_id"]) for doc in found])
    again = await store.rechecks(app, start, end, where, rules.RECHECK_DAYS)
    await audit.record(app, by, "statistics.read", why=query.by)
    return Figures(
        rows=[_row(str(doc["_id"]), names.get(str(doc["_id"]), str(doc["_id"])), [doc]) for doc in found],
        total=_row("", "合计", found),
        failures=[Failure(outcome=d["_id"], count=d["count"]) for d in await store.failures(app, start, end, where)],
        recheck=rules.recheck(again.get(True, (0, 0)), again.get(False, (0, 0))),
        definitions=rules.DEFINITIONS,
    )


async def responses(app: App, query: FigureQuery, *, by: Actor) -> Responses:
    """By wave, channel and hour: how many messages led to an answer. The whole hospital; BadPeriod."""
    rules.check_period(query.from_on, query.to_on)
    start, end = shanghai_at(query.from_on), shanghai_at(plus_days(query.to_on, 1))
    found = await store.responses(app, start, end)
    await audit.record(app, by, "statistics.read", why="responses")
    return Responses(
        waves=_responses(found, "wave", lambda wave: _WAVES.get(int(wave), f"第 {wave} 次提醒")),
        channels=_responses(found, "channel", str),
        hours=_responses(found, "hour", lambda hour: f"{int(hour):02d} 点"),
    )


async def trials(app: App, *, by: Actor) -> TrialFigures:
    """The trials of wording and what may be said of each."""
    items = []
    for trial in messages.trials(app):
        docs = await store.trial(app, trial.key)
        rates = []
        for arm in range(len(trial.arms)):
            mine = [doc for doc in docs if doc["arm"] == arm]
            rates.append(rules.rate(sum(doc["answered_at"] is not None for doc in mine), len(mine)))
        found = rules.evidence(doc["arm"] for doc in docs if doc["answered_at"] is not None)
        items.append(
            TrialFigure(
                key=trial.key,
                note=trial.note,
                arms=[TrialArm(text=text, answered=rate) for text, rate in zip(trial.arms, rates, strict=True)],
                evidence=round(found, 2),
                decided=found >= rules.DECIDES,
                verdict=rules.verdict(found, rates),
            )
        )
    return TrialFigures(items=items)


def _mine(by: Actor) -> store.Doc:
    """The whole hospital for administrators, otherwise the member's own departments."""
    return {} if "admin" in by.roles else {"department_id": {"$in": sorted(by.department_ids)}}


async def _labels(app: App, by: By, keys: list[str]) -> dict[str, str]:
    known = await directory.names(app) if by in ("department", "doctor") else None
    match by:
        case "department":
            return {"": "未分科室"} | (known.departments if known else {})
        case "plan":
            return {"": "不在计划里"} | await plans.titles(app)
        case "doctor":
            names = await staff.names(app, [key for key in keys if key])
            return {"": "系统安排"} | names | (known.doctors if known else {})
        case _:
            return {}


def _row(key: str, label: str, docs: Iterable[store.Doc]) -> FigureRow:
    def added(name: str) -> int:
        return sum(int(doc[name]) for doc in docs)

    docs = list(docs)
    visited = added("answered") + added("called")
    return FigureRow(
        key=key,
        label=label,
        visited=rules.rate(visited, added("due")),
        succeeded=rules.rate(added("answered"), visited),
        satisfied=rules.rate(added("satisfied"), added("rated")),
    )


def _responses(found: list[store.Doc], part: str, label: Callable[[str], str]) -> list[ResponseRow]:
    sums: dict[str, tuple[int, int]] = {}
    for doc in found:
        key = str(doc["_id"][part])
        k, n = sums.get(key, (0, 0))
        sums[key] = k + doc["k"], n + doc["n"]
    ordered = sorted(sums, key=lambda key: (len(key), key) if part != "channel" else (0, key))
    return [ResponseRow(key=key, label=label(key), answered=rules.rate(*sums[key])) for key in ordered]
