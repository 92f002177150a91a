"""Plans in words: anchors, endings, a step's time and what follows it, for people who do not read data."""

from datetime import datetime

from server.plans.models.definitions import AnchorKind, Branch, Condition, Definition, Step, Whom
from server.plans.models.enrolments import CallResult, Ending, Enrolment
from server.plans.models.papers import Plan, TimelineRow
from server.values import SHANGHAI, short_time

ANCHORS: dict[AnchorKind, str] = {
    "discharge": "出院",
    "visit": "就诊",
    "operation": "手术",
    "delivery": "分娩",
    "last_period": "末次月经",
    "positive_report": "阳性报告",
}
ENDINGS: dict[Ending, str] = {
    "finished": "计划的各步都已完成",
    "answers_enough": "已完成计划规定的随访次数",
    "time_over": "已到计划规定的期限",
    "lost": "连续多次没有回答，按失访结束",
    "refused": "患者在电话中拒绝随访",
    "opted_out": "患者不愿再接受随访",
    "deceased": "患者已故",
    "stopped": "医护人员停止",
    "restarted": "再次住院，旧的随访结束，重新开始",
}
CALLS: dict[CallResult, str] = {
    "reached": "已接通",
    "no_answer": "无人接听",
    "wrong_number": "空/错号",
    "suspended": "停机",
    "powered_off": "关机",
    "refused": "拒访",
    "deceased": "已故",
}
AWAITING = "等待医院临床签字"
_SEX = {"male": "男性", "female": "女性"}
_CONDITIONS_SHOWN = 2


def day(at: datetime) -> str:
    """A date as people read it: 11月25日."""
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日"


def after_anchor(kind: AnchorKind, days: int, at: str) -> str:
    """出院后第 7 天 09:00; for a pregnancy the week as well."""
    if days == 0:
        return f"{ANCHORS[kind]}当天 {at}"
    week = f"（孕 {days // 7} 周）" if kind == "last_period" and days % 7 == 0 else ""
    return f"{ANCHORS[kind]}后第 {days} 天{week} {at}"


def waits_for(kind: AnchorKind) -> str:
    """Why a step has no time yet."""
    return f"等待登记{ANCHORS[kind]}日期"


def sign_off(plan: Plan) -> str:
    """Who answers for it: 等待医院临床签字 until somebody does."""
    signed = plan.sign_off
    if signed.state == "signed" and signed.at:
        return f"{signed.name} {day(signed.at)}签字"
    return AWAITING


def timeline(definition: Definition) -> list[TimelineRow]:
    """Each step in words."""
    return [
        TimelineRow(
            key=step.key,
            title=step.title,
            when=_when(definition, step),
            questionnaire=step.questionnaire,
            then=[*_waves(step), *(_then(definition, branch) for branch in step.branches)],
        )
        for step in definition.steps
    ]


def ends(definition: Definition) -> list[str]:
    """What ends the plan."""
    said = ["患者已故、拒访或不愿再随访时结束"]
    if definition.ends.after_answers:
        said.append(f"完成 {definition.ends.after_answers} 次随访后结束")
    if definition.ends.after_days:
        said.append(f"{ANCHORS[definition.anchor]}后 {definition.ends.after_days} 天结束")
    if definition.ends.lost_after:
        said.append(f"连续 {definition.ends.lost_after} 次没有回答，按失访结束")
    if definition.restarts:
        said.append(f"再次{ANCHORS[definition.anchor]}时重新开始")
    return said


def whom(definition: Definition) -> str:
    """Who is enrolled, and how."""
    wanted = definition.whom
    parts = [f"诊断含{'、'.join(wanted.diagnoses)}"] if wanted.diagnoses else []
    if wanted.icd:
        parts.append(f"诊断编码 {'、'.join(wanted.icd)}")
    if wanted.departments:
        parts.append(f"限 {len(wanted.departments)} 个科室")
    parts += _people(wanted)
    way = f"{ANCHORS[definition.anchor]}时自动纳入" if wanted.automatic else "由医护人员纳入"
    return f"{way}：{'，'.join(parts) if parts else '全部患者'}"


def _moment(at: datetime, now: datetime) -> str:
    """An instant; with its year when that is another one."""
    year = at.astimezone(SHANGHAI).year
    return f"{year}年{short_time(at)}" if year != now.astimezone(SHANGHAI).year else short_time(at)


def now_text(enrolment: Enrolment, title: str, now: datetime) -> str:
    """Where somebody is in his plan, in one line."""
    if enrolment.state == "ended":
        return f"已结束：{enrolment.reason}"
    paused = "（已暂停）" if enrolment.state == "paused" else ""
    if enrolment.waiting:
        how = "已请工作人员打电话" if enrolment.waiting.called else f"提醒 {enrolment.waiting.wave} 次"
        return f"{title}：{short_time(enrolment.waiting.sent_at)}已发送，等待回答，{how}{paused}"
    if enrolment.waits_for:
        return f"{title}：{enrolment.why}{paused}"
    at = _moment(enrolment.due_at, now) if enrolment.due_at else ""
    return f"下一步 {title}：{at}（{enrolment.why}）{paused}"


def call_script(hospital: str, plan_title: str, step: Step, due_at: datetime, last: list[str], why: str) -> str:
    """What staff say when they phone instead: the reason, what was found last time, and what to do."""
    before = "；".join(last) if last else "没有异常，或还没有回答过"
    return (
        f"您好，这里是{hospital}的随访人员。先核对姓名，不是本人或家属就不要往下说。\n"
        f"事由：{step.title}（{plan_title}），应于 {short_time(due_at)} 完成。{why}。\n"
        f"上次回答：{before}。\n"
        f"{step.script or '请按随访问卷逐题询问，并在随访页面里代为填写。'}\n"
        "打完后请记录结果：接通、无人接听、空/错号、停机、关机、拒访或已故。"
    )


def referral_script(hospital: str, plan_title: str, entry_texts: list[str], why: str) -> str:
    """What staff say when the plan asks to refer."""
    found = "、".join(entry_texts) or "请查看回答"
    return (
        f"您好，这里是{hospital}的随访人员。先核对姓名，不是本人或家属就不要往下说。\n"
        f"事由：{plan_title}建议转诊。发现：{found}。\n{why}。\n"
        "请责任医生确认后，请患者尽快就诊，并告诉他两周内会再联系。"
    )


def _when(definition: Definition, step: Step) -> str:
    kind = definition.anchor if step.offset.after == "anchor" else step.offset.after
    first = (
        f"上次回答后 {step.offset.days} 天 {step.at}"
        if kind == "previous"
        else after_anchor(kind, step.offset.days, step.at)
    )
    if step.repeat is None:
        return first
    times = f"，共 {step.repeat.times} 次" if step.repeat.times else ""
    return f"{first}，以后每 {step.repeat.every_days} 天一次{times}"


def _waves(step: Step) -> list[str]:
    said = []
    if step.reminders:
        said.append(f"未回答：第 {'、'.join(map(str, step.reminders))} 天提醒")
    if "phone" in step.channels and step.call_after_days is not None:
        said.append(f"第 {step.call_after_days} 天仍未回答：工作人员打电话")
    said.append(f"{step.last_days} 天内的回答有效")
    return said


def _then(definition: Definition, branch: Branch) -> str:
    names = {f.key: f.text for f in definition.findings}
    when = "没有回答" if branch.outcome == "expired" else "已回答"
    if branch.findings:
        when = "或".join(names.get(key, key) for key in branch.findings)
        when = f"连续 {branch.in_a_row} 次{when}" if branch.in_a_row > 1 else when
    target = definition.step(branch.go)
    where = "结束" if branch.go == "end" else f"{target.title if target else branch.go}"
    when_to = f"{branch.in_days} 天后" if branch.in_days and branch.go != "end" else ""
    return f"{when} → {'建议转诊，' if branch.refer else ''}{when_to}{where}（{branch.why}）"


def _people(wanted: Whom) -> list[str]:
    said = [_SEX[wanted.sex]] if wanted.sex else []
    if wanted.age_from is not None:
        said.append(f"{wanted.age_from} 岁及以上")
    if wanted.age_below is not None:
        said.append(f"{wanted.age_below} 岁以下")
    return said


def condition(one: Condition) -> str:
    """A comparison as it stands in a form."""
    what = f"得分 {one.score}" if one.score else f"题目 {one.question}"
    return f"{what}{' 较上次' if one.rise else ''} {one.operator} {one.value}"
