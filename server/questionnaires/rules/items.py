"""From a FHIR item to a question, heading or group of the form."""

from collections.abc import Callable
from typing import Literal

from server.questionnaires.models import Derived, Fhir, FormItem, ItemType, Option, Warned
from server.questionnaires.rules import conditions, patterns, soundness
from server.questionnaires.rules.body_sites import BODY_SITES
from server.questionnaires.rules.lenient import chinese, extension, extensions, number, part, rows, text, yes
from server.questionnaires.rules.options import Choices, choices

_TYPES: dict[str, ItemType] = {
    "group": "group",
    "display": "display",
    "question": "string",
    "boolean": "boolean",
    "integer": "integer",
    "decimal": "decimal",
    "quantity": "quantity",
    "string": "string",
    "text": "text",
    "date": "date",
    "dateTime": "datetime",
    "time": "time",
    "choice": "choice",
    "coding": "choice",
    "open-choice": "open_choice",
    "attachment": "photo",
    "url": "string",
    "reference": "string",
}
_INSTEAD = {
    "attachment": "附件题按拍照处理。",
    "reference": "这题要求引用系统里的资料，改为文字填写。",
    "url": "网址题按文字填写。",
}
_UNREAD = {
    "sdc-questionnaire-initialExpression": "自动带入的初始值不使用。",
    "sdc-questionnaire-subQuestionnaire": "这里要插入另一份问卷，系统不插入。",
    "sdc-questionnaire-itemPopulationContext": "自动带入的内容不使用。",
    "sdc-questionnaire-enableWhenExpression": "这题按公式决定是否显示，系统不支持，会一直显示，请改用显示条件。",
    "sdc-questionnaire-answerExpression": "这题的选项要按公式生成，系统不支持。",
    "questionnaire-constraint": "这题的校验公式不使用。",
}
_LONGEST = {"string": 200, "text": 2000}
CHOICES = ("choice", "multi", "open_choice", "open_multi", "dropdown")
REPEATS_MOST, PHOTOS_MOST = 20, 9


class Reader:
    """Reads items into a form, its points and its warnings."""

    def __init__(self, found: Derived, contained: dict[str, Fhir], calculated: set[str]) -> None:
        self.found, self.contained, self.calculated = found, contained, calculated
        self.sets = dict[str, tuple[Choices, list[str]]]()
        self.offered = 0

    def item(self, source: Fhir) -> FormItem | None:
        """One item with its children; None when it is not for people to see."""
        link_id = text(source, "linkId")

        def warn(said: str) -> None:
            self.found.warnings.append(Warned(link_id=link_id, text=said))

        if self._is_hidden(source, link_id, warn):
            return None
        kind = self._kind(source, warn)
        item = FormItem(
            link_id=link_id,
            text=chinese(source, "text"),
            type=kind,
            required=yes(source, "required") and kind not in ("group", "display"),
            repeats=kind == "group" and yes(source, "repeats"),
        )
        self._warn_of_rest(source, item, warn)
        self._add_options(source, item, warn)
        self._add_bounds(source, item, warn)
        item.enable_when = [c for row in rows(source, "enableWhen") if (c := conditions.read(row, warn))]
        item.enable_behavior = self._behavior(source, warn)
        item.items = self._children(source, item)
        return item

    def _is_hidden(self, source: Fhir, link_id: str, warn: Callable[[str], None]) -> bool:
        if link_id in self.calculated:
            return True
        if extension(source, "questionnaire-hidden") in (True, "true"):
            warn("文件标明这题隐藏，手机上不显示。")
            return True
        if yes(source, "readOnly") and text(source, "type") not in ("group", "display"):
            warn("文件标明这题只读，手机上不显示。")
            return True
        return False

    def _kind(self, source: Fhir, warn: Callable[[str], None]) -> ItemType:
        given = text(source, "type")
        kind = _TYPES.get(given)
        if kind is None:
            if rows(source, "item") and not source.get("answerOption"):
                warn(f"题型 “{given[:30]}” 不认识，按题组处理。" if given else "没有写题型，按题组处理。")
                return "group"
            warn(f"题型 “{given[:30]}” 不认识，按文字填写。" if given else "没有写题型，按文字填写。")
            return "string"
        if given in _INSTEAD:
            warn(_INSTEAD[given])
        controls, repeats = _controls(source), yes(source, "repeats")
        if kind in ("string", "text", "integer", "date", "time") and source.get("answerOption"):
            warn("这题带有选项，按选择题处理。")
            kind = "choice"
        if kind in ("choice", "open_choice"):
            if "body-site" in controls:
                return "body_site"
            if kind == "open_choice" or text(source, "answerConstraint") == "optionsOrString":
                return "open_multi" if repeats else "open_choice"
            if repeats:
                return "multi"
            return "dropdown" if controls & {"drop-down", "autocomplete"} else "choice"
        if kind in ("integer", "decimal") and "slider" in controls:
            return "slider"
        return "text" if kind == "string" and "text-area" in controls else kind

    def _warn_of_rest(self, source: Fhir, item: FormItem, warn: Callable[[str], None]) -> None:
        if not item.text and item.type not in ("group", "display"):
            warn("题目没有文字。")
        for name in ("required", "repeats", "readOnly"):
            if name in source and not isinstance(source[name], bool):
                warn(f"{name} 应写 true 或 false，按“{'是' if yes(source, name) else '否'}”处理。")
        if yes(source, "repeats") and not item.repeats and item.type not in (*CHOICES, "photo", "body_site"):
            warn("这题可以填多次，系统只收一次。")
        if source.get("initial") or any(k.startswith("initial") and k != "initial" for k in source):
            warn("预先填好的值不使用。")
        if rows(source, "modifierExtension"):
            warn("这题带有会改变含义的扩展（modifierExtension），系统不认识，请人工核对。")
        for name, said in _UNREAD.items():
            if extensions(source, name):
                warn(said)

    def _add_options(self, source: Fhir, item: FormItem, warn: Callable[[str], None]) -> None:
        if item.type == "body_site" and not source.get("answerOption") and not source.get("answerValueSet"):
            item.options = list(BODY_SITES)
        elif item.type in (*CHOICES, "body_site"):
            offered = self._offered(source, warn)
            item.options = offered.options
            if offered.points:
                self.found.weights[item.link_id] = offered.points
            self.found.codings[item.link_id] = offered.codings
            if not offered.options:
                if not source.get("answerValueSet"):
                    warn("选择题没有选项，改为文字填写。")
                item.type, item.max_length = "string", _LONGEST["string"]
        elif source.get("answerOption") or source.get("answerValueSet"):
            warn("这种题型不能带选项，这里的选项不使用。")
        if item.type in ("photo", "body_site"):
            most = number(extension(source, "questionnaire-maxOccurs"))
            several = PHOTOS_MOST if item.type == "photo" else len(item.options)
            item.most = max(1, min(int(most), several)) if most else several if yes(source, "repeats") else 1
        elif item.repeats:
            most = number(extension(source, "questionnaire-maxOccurs"))
            item.most = max(1, min(int(most), REPEATS_MOST)) if most else REPEATS_MOST

    def _offered(self, source: Fhir, warn: Callable[[str], None]) -> Choices:
        """The options of an item. A list that many questions name is read once, and all together have a limit."""
        key = "" if rows(source, "answerOption") else text(source, "answerValueSet")
        said = list[str]()
        found, said = self.sets.get(key) or (choices(source, self.contained, said.append), said)
        if key:
            self.sets[key] = found, said
        for one in said:
            warn(one)
        self.offered += len(found.options)
        if self.offered > soundness.MOST_OPTIONS:
            soundness.refuse_size(f"选项太多（全部题目合起来最多 {soundness.MOST_OPTIONS} 个）。")
        return found

    def _add_bounds(self, source: Fhir, item: FormItem, warn: Callable[[str], None]) -> None:
        if item.type in ("integer", "decimal", "slider", "quantity"):
            item.min, item.max = (number(extension(source, name)) for name in ("minValue", "maxValue"))
            item.step = number(extension(source, "questionnaire-sliderStepValue"))
            if item.min is not None and item.max is not None and item.min > item.max:
                item.min = item.max = None
                warn("最小值大于最大值，范围不使用。")
            self._add_units(source, item)
        elif item.type in ("date", "datetime"):
            low, high = extension(source, "minValue"), extension(source, "maxValue")
            item.earliest = low[:10] if isinstance(low, str) else None
            item.latest = high[:10] if isinstance(high, str) else None
        elif item.type in ("string", "text", "open_choice", "open_multi"):
            longest = number(source.get("maxLength"))
            item.max_length = int(longest) if longest and longest >= 1 else _LONGEST.get(item.type, _LONGEST["string"])
            item.max_length = min(item.max_length, _LONGEST["text"])
            self._add_pattern(source, item, warn)

    def _add_units(self, source: Fhir, item: FormItem) -> None:
        unit = extension(source, "questionnaire-unit")
        unit = unit if isinstance(unit, dict) else {}
        item.unit = chinese(unit, "display") or text(unit, "code") or None
        if item.type == "quantity":
            offered = [part(e, "valueCoding") for e in extensions(source, "questionnaire-unitOption")] or [unit]
            found = {text(c, "code") or text(c, "display"): chinese(c, "display") or text(c, "code") for c in offered}
            item.units = [Option(value=code, label=label) for code, label in found.items() if code]

    def _add_pattern(self, source: Fhir, item: FormItem, warn: Callable[[str], None]) -> None:
        pattern, hint = extension(source, "regex"), extension(source, "entryFormat")
        if isinstance(hint, str):
            item.pattern_text = hint[:100]
        if isinstance(pattern, str) and pattern:
            if patterns.is_usable(pattern, item.max_length or _LONGEST["text"]):
                item.pattern = pattern
            else:
                warn("填写格式的规则太复杂或写错了，不使用。")

    def _behavior(self, source: Fhir, warn: Callable[[str], None]) -> Literal["any", "all"]:
        given = text(source, "enableBehavior")
        if given == "all":
            return "all"
        if given == "any":
            return "any"
        if given:
            warn(f"enableBehavior “{given[:20]}” 不认识，按任一条件成立即显示处理。")
        elif len(rows(source, "enableWhen")) > 1:
            warn("有几个显示条件而没有写明“全部”还是“任一”，按任一成立即显示处理。")
        return "any"

    def _children(self, source: Fhir, item: FormItem) -> list[FormItem]:
        kept = []
        for row in rows(source, "item"):
            controls = _controls(row) if text(row, "type") == "display" else set()
            if controls & {"lower", "upper"} and item.type == "slider":  # the words at the ends of a visual scale
                name = "low_text" if "lower" in controls else "high_text"
                setattr(item, name, chinese(row, "text"))
            elif (child := self.item(row)) is not None:
                kept.append(child)
        return kept


def _controls(source: Fhir) -> set[str]:
    found = extension(source, "questionnaire-itemControl", "item-control")
    concept = found if isinstance(found, dict) else {}
    return {text(coding, "code") for coding in rows(concept, "coding")} | {text(concept, "text")} - {""}
