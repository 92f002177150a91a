"""What a person who scanned is told, thirty days without a gap, and the card that is printed."""

import re
from typing import Any
from xml.etree.ElementTree import fromstring  # our own text

import pytest
from pydantic import ValidationError

from server.scenes import rules
from server.scenes.models import Scene, SceneInput
from tests.conftest import MORNING

HOME = "https://h.example.cn"


def scene(**more: Any) -> Scene:
    known = {
        "name": "门诊大厅",
        "place": "一楼东侧立柱",
        "kind": "hall",
        "id": "019f",
        "url": "http://weixin.qq.com/q/x",
    }
    return Scene.model_validate(known | {"created_at": MORNING, "by": "staff1"} | more)


@pytest.mark.covers("A20.1")
def test_a_code_answers_with_its_page_and_without_one_with_nothing() -> None:
    leading = scene(to="/h5/pages/check-in/index?station=station.cardiology")
    page = "/h5/pages/check-in/index%3Fstation%3Dstation.cardiology"
    assert rules.greeting(leading, HOME) == f'门诊大厅\n<a href="{HOME}/wechat/enter?to={page}">点这里打开“签到”</a>'
    assert rules.greeting(scene(), HOME) is None


def test_a_code_out_of_use_says_so_and_leads_nowhere() -> None:
    said = rules.greeting(scene(to="/h5/", retired_at=MORNING), HOME)
    assert said and "已经停用" in said and "一楼东侧立柱" in said and HOME not in said


@pytest.mark.parametrize(
    "to", ["https://x.cn/", "//x.cn", "/h5//x", "/h5/\\x", "/console/", "/h5/a b", "/h5/" + "a" * 300]
)
def test_a_code_leads_only_to_our_own_pages(to: str) -> None:
    with pytest.raises(ValidationError):
        SceneInput(name="大厅", place="一楼", kind="hall", to=to)


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"name": "名" * 21}, {"name": "大\n厅"}, {"place": ""}, {"kind": "moon"}, {"id": "mine"}]
)
def test_a_code_without_a_name_a_place_or_a_kind_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SceneInput.model_validate({"name": "大厅", "place": "一楼", "kind": "hall"} | wrong)


@pytest.mark.covers("A20.2")
def test_thirty_days_have_no_gap_and_end_today() -> None:
    days = rules.days_until("2026-11-25", {"2026-11-25": (3, 1), "2026-10-27": (1, 0), "2026-10-26": (9, 9)})
    assert (len(days), days[0].on, days[-1].on) == (30, "2026-10-27", "2026-11-25")
    assert [(d.scans, d.new_followers) for d in (days[0], days[1], days[-1])] == [(1, 0), (0, 0), (3, 1)]


@pytest.mark.covers("A20.3")
def test_the_card_is_an_a6_page_with_the_hospital_the_code_and_the_place_in_large_type() -> None:
    text = rules.card(scene(name='门诊<大厅>&"'), "随诊示范医院")
    page = fromstring(text)
    assert (page.get("width"), page.get("height")) == ("105mm", "148mm")
    lines = {line.text: float(line.get("font-size", 0)) for line in page.iter("{http://www.w3.org/2000/svg}text")}
    assert list(lines) == ["随诊示范医院", '门诊<大厅>&"', "一楼东侧立柱", "打开微信，扫一扫"]
    assert max(lines.values()) == lines['门诊<大厅>&"'] == 11
    assert len(re.findall(r"h1v1h-1z", text)) > 200
    long = rules.card(scene(name="名" * 20), "随诊示范医院")
    assert 'font-size="4.65"' in long, "twenty characters fit the page"


def test_the_picture_is_a_png() -> None:
    assert rules.picture("http://weixin.qq.com/q/x").startswith(b"\x89PNG")
