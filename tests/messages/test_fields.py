"""Whatever a feature says, every field of every template is one that WeChat takes; and nothing tells of an illness."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.messages.models import FieldShape, Template
from server.messages.rules import fields, kinds
from server.sandbox.fields import fits
from tests.messages.checker import keeps

ON = "2026-11-25"
OURS = [Template.model_validate(t) for t in json.loads(Path("fixtures/wechat/templates.json").read_text())["templates"]]
TYPES = ["thing", "number", "letter", "symbol", "character_string", "time", "date", "amount", "phone_number"]
TYPES += ["car_number", "name", "phrase", "const", "short_thing"]
EVERY_TYPE = [FieldShape(key=f"{kind}1", label=kind, values=("甲", "乙") if kind == "const" else ()) for kind in TYPES]
PIECES = [
    "11月26日",
    "2026-02-30",
    "2026年2月29日",
    "08:30",
    "25:61",
    "～",
    "~",
    " ",
    "¥",
    "1,234.50",
    "元",
    "12345678901",
]
PIECES += [
    "张医生",
    "Dr. Smith",
    "😀",
    "👨‍👩‍👧",
    "京A·12345",
    "\n",
    "\x00",
    "\ud800",
    "１２：３０",
    "+86 138 0000 0000",
    "很长" * 15,
]
SAID = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=6).map("".join))


@given(SAID, st.sampled_from(EVERY_TYPE))
@settings(max_examples=600)
def test_a_value_fitted_to_a_type_keeps_its_row_of_the_table(said: str, field: FieldShape) -> None:
    fitted = fields.fit(field, said, ON)
    assert keeps(field, fitted), repr(fitted)
    assert fits(field.key, fitted, list(field.values)), f"the simulator refuses {fitted!r}"
    fitted.encode()


@given(st.data())
@settings(max_examples=60)
def test_every_template_is_filled_so_that_wechat_takes_it_whatever_facts_come_in(data: st.DataObject) -> None:
    template = data.draw(st.sampled_from(OURS))
    labels = [field.label for field in template.fields]
    facts = data.draw(st.dictionaries(st.sampled_from(labels), SAID))
    filled = fields.fill(template, facts, ON)
    assert list(filled) == [field.key for field in template.fields]
    for field in template.fields:
        assert keeps(field, filled[field.key]), (field, filled[field.key])


@pytest.mark.parametrize(
    ("kind", "said", "written"),
    [
        ("thing", "门诊楼三层东区心血管内科第十二诊室候诊区", "门诊楼三层东区心血管内科第十二诊室候诊区"),
        ("thing", "门诊楼三层东区心血管内科第十二诊室外候诊区", "门诊楼三层东区心血管内科第十二诊室外候…"),
        ("name", "欧阳诸葛上官司马夏侯令狐", "欧阳诸葛上官司马夏侯"),
        ("amount", "应付 ¥1,234.50 元", "¥1234.50"),
        ("number", "前面还有 3 人", "3"),
        ("phone_number", "电话：0571-8888 6666", "0571-8888 6666"),
        ("phrase", "已经取消预约了", "已经取消预"),
        ("car_number", "浙A·12345", "浙A12345"),
        ("character_string", "订单 A-17", "A-17"),
        ("time", "11月26日 08:30-09:00", "2026年11月26日 08:30~09:00"),
        ("time", "明天上午", "00:00"),
        ("date", "2026-11-26 之前", "2026-11-26"),
        ("date", "三天内", ON),
    ],
)
def test_what_is_too_much_is_shortened_and_what_does_not_belong_there_is_left_out(
    kind: str, said: str, written: str
) -> None:
    assert fields.fit(FieldShape(key=f"{kind}1", label=""), said, ON) == written


def test_a_value_that_a_const_does_not_know_becomes_one_it_knows() -> None:
    field = FieldShape(key="const1", label="", values=("已取消", "已停诊"))
    assert fields.fit(field, "已停诊", ON) == "已停诊"
    assert fields.fit(field, "别的", ON) == "已取消"
    with pytest.raises(ValueError, match="const1"):
        FieldShape(key="const1", label="")


def test_no_template_has_a_place_for_a_diagnosis_a_result_or_the_name_of_a_test() -> None:
    forbidden = re.compile("诊断|结果|结论|病情|病名|症状|药|项目名|检验项|检查项|指标|数值")
    for template in OURS:
        for field in template.fields:
            assert not forbidden.search(field.label), f"{template.title}: {field.label}"


def test_every_template_has_its_kind_and_what_is_critical_never_waits_for_the_morning() -> None:
    assert {template.key for template in OURS} <= set(kinds.KINDS)
    for key, kind in kinds.KINDS.items():
        assert not (kind.tier == "critical" and kind.waits), key


@pytest.mark.covers("N2.2")
def test_the_info_of_the_assistant_has_times_as_wechat_writes_them() -> None:
    info = {"pat_name": "就诊人", "appointment_time": "就诊时间"}
    facts: dict[str, Any] = {"就诊人": "陈*", "就诊时间": "11月26日 08:30"}
    assert fields.fill_info(info, facts, ON) == {"pat_name": "陈*", "appointment_time": "2026-11-26 08:30"}
