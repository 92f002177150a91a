"""What WeChat allows in a menu, and what an editor reads of a difference."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from server.menu import rules
from server.menu.models import BadMenu, Menu

HOME = "http://localhost:8000"
ROOT = Path(__file__).parents[2]


def view(name: str, url: str = f"{HOME}/a") -> dict[str, Any]:
    return {"name": name, "type": "view", "url": url}


def menu(*buttons: dict[str, Any]) -> Menu:
    return Menu.model_validate({"button": list(buttons)})


def problems_of(*buttons: dict[str, Any]) -> list[str]:
    try:
        rules.check(menu(*buttons), "localhost:8000")
    except BadMenu as refusal:
        return list(refusal.details["problems"])  # type: ignore[call-overload]
    return []


@pytest.mark.covers("A7.2")
def test_three_groups_of_five_with_four_and_eight_characters_are_allowed() -> None:
    groups = [{"name": f"门诊服{n}", "sub_button": [view(f"八个汉字的名称{m}") for m in range(5)]} for n in range(3)]
    assert problems_of(*groups) == []


@pytest.mark.covers("A7.2")
@pytest.mark.parametrize(
    ("buttons", "problem"),
    [
        ([], "一级菜单要有 1 到 3 个"),
        ([view(f"菜单{n}") for n in range(4)], "一级菜单要有 1 到 3 个"),
        ([{"name": "门诊", "sub_button": [view(f"项{n}") for n in range(6)]}], "「门诊」下最多 5 个二级菜单"),
        ([view("五个字菜单")], "「五个字菜单」最多 4 个汉字"),
        ([{"name": "门诊", "sub_button": [view("九个汉字是太长的名")]}], "「九个汉字是太长的名」最多 8 个汉字"),
        ([view("  ")], "有菜单没有写名称"),
        ([view("首页"), view("首页")], "「首页」重复了"),
        ([{"name": "门诊", "sub_button": [view("挂号"), view("挂号")]}], "「挂号」重复了"),
        ([{"name": "门诊"}], "「门诊」没有选择点开后做什么"),
        ([{"name": "门诊", "type": "click"}], "「门诊」没有写消息关键字"),
        ([view("首页", "ftp://x")], "「首页」的网址要以 https:// 开头"),
        ([view("首页", "https://")], "「首页」的网址要以 https:// 开头"),
        ([{"name": "小程序", "type": "miniprogram", "url": HOME}], "「小程序」要写小程序的 AppID 和页面"),
        (
            [{"name": "门诊", "sub_button": [{"name": "挂号", "sub_button": [view("三级")]}]}],
            "「挂号」不能再有下级菜单",
        ),
        (
            [{"name": "门诊", "sub_button": [view(f"项{n}", f"https://site{n}.cn/") for n in range(4)]}],
            "外部网站最多 3 个",
        ),
    ],
)
def test_what_wechat_would_refuse_is_named(buttons: list[dict[str, Any]], problem: str) -> None:
    assert problem in problems_of(*buttons)


def test_our_own_address_is_no_foreign_site_and_three_others_are_allowed() -> None:
    subs = [view("自己"), *(view(f"项{n}", f"https://site{n}.cn/") for n in range(3))]
    assert problems_of({"name": "门诊", "sub_button": subs}) == []


def test_latin_letters_count_half() -> None:
    assert rules.width("ABCD12") == 3
    assert problems_of(view("ABCDEFGH")) == []
    assert problems_of(view("ABCDEFGHI")) == ["「ABCDEFGHI」最多 4 个汉字"]


@pytest.mark.parametrize("extra", [{"media_id": "1"}, {"type": "scancode_push"}, {"name": "长" * 61}])
def test_what_is_no_button_of_ours_is_refused(extra: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        menu(view("首页") | extra)


# --- differences ----------------------------------------------------------------------------------


def texts(old: Menu | None, new: Menu) -> list[tuple[str, str]]:
    return [(d.kind, d.text) for d in rules.difference(old, new)]


@pytest.mark.covers("A7.4")
def test_a_difference_says_what_followers_would_notice() -> None:
    old = menu({"name": "门诊", "sub_button": [view("挂号"), view("缴费")]}, view("首页"))
    new = menu({"name": "门诊", "sub_button": [view("挂号", f"{HOME}/b"), view("报告")]}, view("首页"))
    assert texts(old, new) == [
        ("added", "新增「门诊 / 报告」"),
        ("removed", "去掉「门诊 / 缴费」"),
        ("changed", "「门诊 / 挂号」点开后的去向改变"),
    ]


def test_another_order_is_a_difference_and_the_same_menu_is_none() -> None:
    one, two = menu(view("首页"), view("挂号")), menu(view("挂号"), view("首页"))
    assert texts(one, two) == [("changed", "顺序改变")]
    assert texts(one, one) == []
    assert [kind for kind, _ in texts(None, one)] == ["added", "added"]


# --- the first menu ---------------------------------------------------------------------------------


@pytest.mark.covers("A7")
def test_the_first_menu_is_allowed_and_leads_only_to_pages_that_exist() -> None:
    text = (ROOT / "fixtures/wechat/menu.json").read_text().replace("{public_url}", HOME)
    first = Menu.model_validate_json(text)
    rules.check(first, "localhost:8000")
    assert [top.name for top in first.button] == ["门诊服务", "住院服务", "个人中心"]
    pages = {page["path"] for page in json.loads((ROOT / "mp_frontend/patient/src/pages.json").read_text())["pages"]}
    for top in first.button:
        for leaf in top.sub_button or []:
            path = (leaf.url or "").partition("?to=/h5/")[2].partition("?")[0]
            assert path in pages, leaf.name
