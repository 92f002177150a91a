"""What is wrong with a plan before anybody is enrolled in it."""

from collections import Counter

from server.plans.models.definitions import Definition, Step


def problems(definition: Definition) -> list[str]:
    """Every problem in words; none: it can be published."""
    keys = [step.key for step in definition.steps]
    found = [f"步骤编号“{key}”用了 {count} 次" for key, count in Counter(keys).items() if count > 1]
    findings = Counter(f.key for f in definition.findings)
    found += [f"发现编号“{key}”用了 {count} 次" for key, count in findings.items() if count > 1]
    if "end" in keys:
        found.append("步骤编号不能叫“end”：它表示结束")
    if definition.steps[0].offset.after == "previous":
        found.append(f"第一步“{definition.steps[0].title}”之前没有回答，请改为从起始日期算")
    for step in definition.steps:
        found += _of_step(step, set(keys) | {"end"}, set(findings))
    for finding in definition.findings:
        if any(bool(c.question) == bool(c.score) for c in finding.any):
            found.append(f"“{finding.text}”的每个条件要么看一道题，要么看一个得分")
        if any(c.rise and not c.operator.startswith((">", "<")) for c in finding.any):
            found.append(f"“{finding.text}”比较变化时请用大于或小于")
    return found


def _of_step(step: Step, places: set[str], findings: set[str]) -> list[str]:
    found = []
    if step.offset.after == "previous" and step.offset.days < 1:
        found.append(f"“{step.title}”距上次回答至少 1 天")
    for branch in step.branches:
        if branch.go not in places:
            found.append(f"“{step.title}”的分支指向没有的步骤“{branch.go}”")
        found += [f"“{step.title}”的分支提到没有的发现“{key}”" for key in branch.findings if key not in findings]
        if branch.outcome == "expired" and branch.findings:
            found.append(f"“{step.title}”没有回答时不能再看回答里的发现")
        if branch.in_a_row > 1 and not branch.findings:
            found.append(f"“{step.title}”的“连续 {branch.in_a_row} 次”没有说是什么发现")
        if branch.go == step.key and not branch.in_days and step.offset.after != "previous":
            found.append(f"“{step.title}”再来一次时请写明几天以后")
    if step.reminders != sorted(set(step.reminders)) or any(d >= step.last_days for d in step.reminders):
        found.append(f"“{step.title}”的提醒要按先后写，并早于截止时间")
    if step.call_after_days is not None and step.call_after_days >= step.last_days:
        found.append(f"“{step.title}”打电话要早于截止时间（{step.last_days} 天）")
    return found
