"""Conditional menus and tags as the platform keeps them, and a menu that somebody changed by hand."""

import pytest

LEAF = {"type": "click", "name": "签到", "key": "IN"}
OTHER = {"type": "click", "name": "苹果", "key": "IOS"}


async def add(hand, button, **rule):
    return await hand.call("/cgi-bin/menu/addconditional", json={"button": button, "matchrule": rule})


async def names(hand, person):
    shown = (await hand.http.get(f"/sandbox/api/account?person={person}")).json()["menu"]
    return [button["name"] for button in shown]


@pytest.fixture
async def default(hand):
    assert (await hand.call("/cgi-bin/menu/create", json={"button": [LEAF]}))["errcode"] == 0


async def test_without_a_default_menu_there_is_no_conditional_one(hand):
    assert (await add(hand, [OTHER], client_platform_type="1"))["errcode"] == 65303


@pytest.mark.parametrize(
    ("button", "rule", "code"),
    [
        ([OTHER], {}, 65304),
        ([OTHER], {"client_platform_type": ""}, 65304),
        ([OTHER], {"client_platform_type": "4"}, 40035),
        ([OTHER], {"sex": "1"}, 40035),
        ([OTHER], {"tag_id": "7"}, 45159),
        ([], {"client_platform_type": "1"}, 65307),
        ([OTHER] * 4, {"client_platform_type": "1"}, 40016),
        ([{"type": "dance", "name": "无此"}], {"client_platform_type": "1"}, 40017),
    ],
)
async def test_a_conditional_menu_keeps_the_limits(hand, default, button, rule, code):
    assert (await add(hand, button, **rule))["errcode"] == code


async def test_all_conditional_menus_together_lead_to_three_foreign_domains(hand, default):
    for name in "abc":
        leaf = {"type": "view", "name": name, "url": f"https://{name}.example/"}
        assert "menuid" in await add(hand, [leaf], client_platform_type="1")
    more = {"type": "view", "name": "d", "url": "https://d.example/"}
    assert (await add(hand, [more], client_platform_type="2"))["errcode"] == 65316


async def test_a_person_sees_the_newest_menu_that_fits_his_phone_or_tag(hand, default):
    tag = (await hand.call("/cgi-bin/tags/create", json={"tag": {"name": "住院"}}))["tag"]["id"]
    await add(hand, [OTHER], client_platform_type="1")
    newest = await add(hand, [{**OTHER, "name": "住院"}], tag_id=str(tag))
    assert await names(hand, "zhang") == ["签到"]
    await hand.do("zhang", "flags", platform="1")
    assert await names(hand, "zhang") == ["苹果"]
    openid = await hand.openid("zhang")
    await hand.call("/cgi-bin/tags/members/batchtagging", json={"openid_list": [openid], "tagid": tag})
    assert await names(hand, "zhang") == ["住院"]
    assert (await hand.call("/cgi-bin/menu/trymatch", json={"user_id": openid}))["button"][0]["name"] == "住院"
    assert (await hand.call("/cgi-bin/user/info", params={"openid": openid}))["tagid_list"] == [tag]
    assert await hand.call("/cgi-bin/tags/getidlist", json={"openid": openid}) == {"tagid_list": [tag]}
    assert (await hand.do("zhang", "click", key="IOS"))["push"]
    assert (await hand.call("/cgi-bin/menu/delconditional", json=newest))["errcode"] == 0
    assert await names(hand, "zhang") == ["苹果"]
    assert (await hand.call("/cgi-bin/menu/delconditional", json=newest))["errcode"] == 65301
    assert (await hand.call("/cgi-bin/menu/trymatch", json={"user_id": "o-nobody"}))["errcode"] == 65302


async def test_deleting_the_default_menu_deletes_the_conditional_ones(hand, default):
    await add(hand, [OTHER], client_platform_type="2")
    kept = (await hand.call("/cgi-bin/menu/get"))["conditionalmenu"]
    assert [(c["button"][0]["name"], c["matchrule"]) for c in kept] == [("苹果", {"client_platform_type": "2"})]
    await hand.call("/cgi-bin/menu/delete")
    await hand.call("/cgi-bin/menu/create", json={"button": [LEAF]})
    assert "conditionalmenu" not in await hand.call("/cgi-bin/menu/get")
    assert await names(hand, "zhang") == ["签到"]


async def test_a_menu_changed_by_hand_is_in_use_and_not_among_those_made_by_api(hand, default):
    await hand.set("menu-by-hand", button=[{"type": "text", "name": "电话", "value": "010"}])
    info = await hand.call("/cgi-bin/get_current_selfmenu_info")
    assert (info["is_menu_open"], info["selfmenu_info"]["button"][0]["type"]) == (1, "text")
    assert (await hand.call("/cgi-bin/menu/get"))["errcode"] == 46003
    await hand.set("menu-by-hand")
    assert (await hand.call("/cgi-bin/get_current_selfmenu_info"))["is_menu_open"] == 0


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/cgi-bin/tags/create", {"tag": {"name": "名" * 31}}, 45158),
        ("/cgi-bin/tags/create", {"tag": {"name": "住院"}}, 45157),
        ("/cgi-bin/tags/delete", {"tag": {"id": 7}}, 45159),
        ("/cgi-bin/tags/members/batchtagging", {"openid_list": [], "tagid": 101}, 40032),
        ("/cgi-bin/tags/members/batchuntagging", {"openid_list": ["o-nobody"], "tagid": 101}, 40003),
    ],
)
async def test_tags_keep_the_limits(hand, path, body, code):
    await hand.call("/cgi-bin/tags/create", json={"tag": {"name": "住院"}})
    assert (await hand.call(path, json=body))["errcode"] == code
