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
        ([view("首页" + " " * 12)], "」的名称超过 16 字节"),
        ([{"name": "门诊", "sub_button": [view("挂号" + " " * 55)]}], "」的名称超过 60 字节"),
        ([{"name": "门诊", "type": "click", "key": "钥" * 43}], "「门诊」的消息关键字超过 128 字节"),
        ([view("首页", HOME + "/门" * 300)], "「首页」的网址超过 1024 字节"),
        ([{"name": "扫码", "type": "scancode_push"}], "「扫码」没有写消息关键字"),
        ([{"name": "图片", "type": "media_id"}], "「图片」没有写素材编号"),
        ([{"name": "文章", "type": "article_id"}], "「文章」没有写文章编号"),
        (
            [{"name": "电话", "type": "text", "value": "010"}],
            "「电话」是在微信公众平台里设置的，这里不能发布，请换成别的",
        ),
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
    assert any(problem in said for said in problems_of(*buttons))


def test_our_own_address_is_no_foreign_site_and_three_others_are_allowed() -> None:
    subs = [view("自己"), *(view(f"项{n}", f"https://site{n}.cn/") for n in range(3))]
    assert problems_of({"name": "门诊", "sub_button": subs}) == []


def test_latin_letters_count_half() -> None:
    assert rules.width("ABCD12") == 3
    assert problems_of(view("ABCDEFGH")) == []
    assert problems_of(view("ABCDEFGHI")) == ["「ABCDEFGHI」最多 4 个汉字"]


@pytest.mark.parametrize("extra", [{"colour": "1"}, {"type": "dance"}, {"name": "长" * 61}])
def test_what_is_no_button_of_ours_is_refused(extra: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        menu(view("首页") | extra)


# --- menus for some people ------------------------------------------------------------------------


def conditional(*menus: tuple[dict[str, str], list[dict[str, Any]]], default: str = "首页") -> Menu:
    some = [{"rule": rule, "button": button} for rule, button in menus]
    return Menu.model_validate({"button": [view(default)], "conditional": some})


IOS, ANDROID = {"client_platform_type": "1"}, {"client_platform_type": "2"}


@pytest.mark.covers("A7.6")
def test_menus_by_phone_and_by_tag_are_allowed() -> None:
    some = conditional((IOS | {"tag_id": "101"}, [view("住院")]), (IOS, [view("苹果")]), (ANDROID, [view("安卓")]))
    rules.check(some, "localhost:8000")


@pytest.mark.parametrize(
    ("menus", "problem"),
    [
        ([({}, [view("谁")])], "个性化菜单 1：没有选择给谁看"),
        ([(IOS, [])], "个性化菜单 1：一级菜单要有 1 到 3 个"),
        ([(IOS, [view("一")]), (IOS | {"tag_id": "1"}, [view("二")])], "个性化菜单 2：永远不会显示"),
        ([({"tag_id": str(n)}, [view("一")]) for n in range(6)], "个性化菜单最多 5 个"),
        ([(IOS, [view(f"外{n}", f"https://s{n}.cn/") for n in range(2)])] * 2, "个性化菜单 2：永远不会显示"),
        (
            [({"tag_id": str(n)}, [view(f"外{n}", f"https://s{n}.cn/")]) for n in range(4)],
            "外部网站最多 3 个",
        ),
    ],
)
def test_a_menu_for_some_people_that_cannot_be_is_named(menus: Any, problem: str) -> None:
    with pytest.raises(BadMenu) as refusal:
        rules.check(conditional(*menus), "localhost:8000")
    assert any(problem in said for said in refusal.value.details["problems"])  # type: ignore[attr-defined]


def test_a_difference_names_for_whom_it_is() -> None:
    old = conditional((IOS, [view("苹果")]), ({"tag_id": "101", "language": "en"}, [view("出院")]))
    new = conditional((ANDROID, [view("安卓")]), (IOS, [view("苹果", f"{HOME}/b")]))
    assert texts(old, new) == [
        ("added", "新增给「安卓手机」的菜单"),
        ("removed", "去掉给「标签 101、语言 en」的菜单"),
        ("changed", "给「苹果手机」的菜单：「苹果」点开后的去向改变"),
    ]


# --- what WeChat holds -------------------------------------------------------------------------------


@pytest.mark.covers("A7.7")
def test_what_wechat_holds_is_read_whatever_it_is_made_of() -> None:
    given = {
        "button": [
            {"name": "名" * 70, "type": "news", "value": "KQb", "news_info": {}},
            {"name": "新", "type": "hologram"},
        ],
        "conditional": [
            {"button": [view("老")], "matchrule": {"client_platform_type": 2, "sex": 1}, "menuid": 7},
            {"button": [view("新")], "matchrule": {"tag_id": 101}, "menuid": 8},
        ],
    }
    held = rules.read_held(given)
    assert held
    assert [(b.type, b.value) for b in held.button] == [("news", "KQb"), (None, None)]
    assert [rules.whom(one.rule) for one in held.conditional] == ["标签 101", "安卓手机"]
    assert rules.read_held(None) is None


@pytest.mark.covers("A7.7")
def test_whose_menu_it_is() -> None:
    one, two = conditional((IOS, [view("苹果")])), conditional((ANDROID, [view("安卓")]), default="二")
    half = conditional((IOS, [view("苹果")]), default="二")
    assert rules.standing(one, one, None) == "same"
    assert rules.standing(None, None, None) == rules.standing(None, Menu(button=[]), None) == "same"
    assert rules.standing(half, one, two) == "unfinished"
    assert rules.standing(half, one, None) == "changed"
    assert rules.standing(conditional(default="三"), one, two) == "changed"
    assert rules.standing(None, one, None) == "changed"


def test_the_order_in_which_wechat_lists_menus_for_some_people_says_nothing() -> None:
    first, second = (IOS, [view("苹果")]), (ANDROID, [view("安卓")])
    assert rules.mark(conditional(first, second)) == rules.mark(conditional(second, first))
    assert rules.mark(conditional(first)) != rules.mark(conditional(second))


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
