"""From a FHIR R4 Questionnaire to its derived form. Source: hl7.org/fhir/R4/questionnaire, and SDC's extensions.

Lenient: `soundness.check` refuses what cannot be used; all else is read as far as it goes, with a
warning in Chinese for the doctor.
"""

import re

from server.questionnaires.models import Derived, Fhir, Form, FormItem, Warned
from server.questionnaires.rules import conditions, expressions, items, soundness
from server.questionnaires.rules.lenient import chinese, extensions, rows, text

DERIVED_BY = 1  # raise it when this reading changes: stored forms are then made again from the bytes
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_.-]+")
_UNREAD = {
    "cqf-library": "文件引用了外部的计算库，系统不使用。",
    "sdc-questionnaire-launchContext": "文件要求自动带入病人资料，系统不带入。",
    "sdc-questionnaire-assemble-expectation": "这是要与别的文件拼装的问卷，系统不拼装，只用文件里有的题目。",
    "questionnaire-constraint": "文件里的校验公式不使用。",
    "targetConstraint": "文件里的校验公式不使用。",
}


def derive(source: Fhir, fallback: str = "") -> Derived:
    """The form, points, calculations and warnings of a Questionnaire; BadQuestionnaire names what is wrong.

    `fallback` is its key when the file names neither an address nor an id.
    """
    soundness.check(source)
    found = Derived(by=DERIVED_BY, form=_head(source, fallback))
    _warn_of_head(source, found)
    contained = {text(c, "id"): c for c in rows(source, "contained") if text(c, "id")}
    contained |= {text(c, "url"): c for c in contained.values() if text(c, "url")}
    calculated = expressions.find(source)
    found.expressions = list(calculated.values())
    reader = items.Reader(found, contained, set(calculated))
    found.form.items = [item for row in rows(source, "item") if (item := reader.item(row))]
    lost = {link_id for link_id, codings in found.codings.items() if not codings}
    conditions.connect(found.form.items, found.warnings, lost)
    _warn_of_scores(found)
    if not flat(found.form.items):
        found.warnings.append(Warned(text="问卷里还没有题目。"))
    return found


def _head(source: Fhir, fallback: str) -> Form:
    address = text(source, "url").rstrip("/").rsplit("/", 1)[-1] or text(source, "id")
    key = _NOT_IN_IDS.sub("-", address).strip("-.")[:44] or fallback
    version = _NOT_IN_IDS.sub("-", text(source, "version")).strip("-.")[:19] or "1"
    return Form(
        questionnaire_id=f"{key}.{version}",
        version=version,
        title=chinese(source, "title") or text(source, "name") or key or "未命名的问卷",
        intro=chinese(source, "description"),
        items=[],
    )


def key_of(form: Form) -> str:
    """A questionnaire's name without its version."""
    return form.questionnaire_id.removesuffix(f".{form.version}")


def _warn_of_head(source: Fhir, found: Derived) -> None:
    said = []
    if not text(source, "url"):
        said.append("文件没有网址（url），用它的编号代替。")
    if not text(source, "version"):
        said.append("文件没有版本号，按 1 处理。")
    if not text(source, "title"):
        said.append("文件没有标题。")
    if text(source, "status") == "retired":
        said.append("文件自称已停用（retired）。")
    if rows(source, "modifierExtension"):
        said.append("文件带有会改变含义的扩展（modifierExtension），系统不认识，请人工核对。")
    if source.get("derivedFrom") or source.get("_derivedFrom"):
        said.append("文件说自己派生自另一份问卷，系统不去取那一份。")
    said += [told for name, told in _UNREAD.items() if extensions(source, name)]
    found.warnings += [Warned(text=one) for one in said]


def _warn_of_scores(found: Derived) -> None:
    found.warnings += [Warned(link_id=e.link_id, text=e.why_not) for e in found.expressions if e.why_not]


def flat(items: list[FormItem]) -> list[FormItem]:
    """All items, parents before their children."""
    return [found for item in items for found in (item, *flat(item.items))]


def is_question(item: FormItem) -> bool:
    """Whether it takes an answer of its own."""
    return item.type not in ("group", "display")


def item_count(form: Form) -> int:
    """How many questions a form has."""
    return sum(is_question(item) for item in flat(form.items))
