"""The menu as an editor works on it: draft, difference, publication to WeChat, earlier versions."""

import asyncio
from typing import Any

import pytest

from server.context import SYSTEM, App
from server.menu import service
from tests.sandbox_on_a_port import Platform

ONE = {"button": [{"name": "首页", "type": "view", "url": "https://h.example.cn/"}]}
TWO = {"button": [{"name": "挂号", "type": "view", "url": "https://h.example.cn/a"}]}


@pytest.fixture
async def editor(console_of: Any) -> Any:
    return await console_of("editor")


async def publish(editor: Any, menu: dict[str, Any]) -> Any:
    assert (await editor.put("/api/staff/menu", json={"menu": menu})).status_code == 200
    return await editor.post("/api/staff/menu/publication", json={})


@pytest.mark.covers("A7.1", "A7.3", "A7.4")
async def test_a_draft_is_compared_published_and_reaches_wechat(editor: Any, app: App) -> None:
    first = (await editor.get("/api/staff/menu")).json()
    assert first["published"] is None
    assert [top["name"] for top in first["draft"]["button"]] == ["门诊服务", "住院服务", "个人中心"]
    assert first["diff"][0]["kind"] == "added"
    said = await publish(editor, ONE)
    assert (said.status_code, said.json()["version"]) == (201, 1)
    now = (await editor.get("/api/staff/menu")).json()
    assert (now["published"]["version"], now["published"]["by"], now["diff"]) == (1, "样例", [])
    assert (await app.wechat.current_menu() or {})["button"][0]["name"] == "首页"


@pytest.mark.covers("A7.1")
async def test_an_earlier_version_is_restored_as_draft_and_seen_by_nobody_until_published(
    editor: Any, app: App
) -> None:
    await publish(editor, ONE)
    await publish(editor, TWO)
    restored = await editor.post("/api/staff/menu/versions/1/restore", json={})
    assert restored.status_code == 200
    assert await app.db["audit"].count_documents({"action": "menu.restore", "why": "1"}) == 1
    assert [d["kind"] for d in restored.json()["diff"]] == ["added", "removed"]
    assert (await app.wechat.current_menu() or {})["button"][0]["name"] == "挂号"
    assert (await editor.post("/api/staff/menu/publication", json={})).json()["version"] == 3
    assert (await app.wechat.current_menu() or {})["button"][0]["name"] == "首页"
    missing = await editor.post("/api/staff/menu/versions/9/restore", json={})
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_version")


async def test_a_bad_draft_is_refused_with_every_problem_and_the_old_one_stays(editor: Any) -> None:
    await publish(editor, ONE)
    bad = {"button": [{"name": "名字太长了", "type": "view", "url": "x"}]}
    said = await editor.put("/api/staff/menu", json={"menu": bad})
    assert (said.status_code, said.json()["code"]) == (400, "bad_menu")
    assert len(said.json()["details"]["problems"]) == 2
    assert (await editor.get("/api/staff/menu")).json()["draft"] == (await editor.get("/api/staff/menu")).json()[
        "published"
    ]["menu"]


@pytest.mark.parametrize(("fault", "status"), [({"errcode": 40018}, 400), ({"errcode": 45009}, 503)])
async def test_when_wechat_does_not_take_it_the_old_version_stays_published(
    editor: Any, platform: Platform, fault: dict[str, Any], status: int
) -> None:
    await publish(editor, ONE)
    await platform.fault(part="wechat", effect="error", path="/cgi-bin/menu/create", times=1, **fault)
    said = await publish(editor, TWO)
    assert said.status_code == status
    now = (await editor.get("/api/staff/menu")).json()
    assert (now["published"]["version"], now["draft"]["button"][0]["name"]) == (1, "挂号")
    assert [(v["version"], v["state"]) for v in now["versions"]] == [(2, "failed"), (1, "published")]
    assert now["held"]["state"] == "same"
    assert (await editor.post("/api/staff/menu/publication", json={})).json()["version"] == 3


async def test_two_who_publish_at_once_are_kept_apart(editor: Any, app: App, platform: Platform, clock: Any) -> None:
    await publish(editor, ONE)
    await platform.fault(part="wechat", effect="delay", path="/cgi-bin/menu/create", delay_ms=300, times=1)
    both = await asyncio.gather(*(editor.post("/api/staff/menu/publication", json={}) for _ in range(2)))
    assert sorted(said.status_code for said in both) == [201, 409]
    assert next(said for said in both if said.status_code == 409).json()["code"] == "being_published"


async def test_who_died_while_publishing_stands_in_the_way_for_a_minute_only(
    editor: Any, app: App, clock: Any, monkeypatch: Any
) -> None:
    async def killed(menu: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(app.wechat, "publish_menu", killed)
        with pytest.raises(asyncio.CancelledError):
            await service.publish(app, by=SYSTEM)
    assert (await editor.post("/api/staff/menu/publication", json={})).status_code == 409
    clock.advance(seconds=61)
    assert (await editor.post("/api/staff/menu/publication", json={})).json()["version"] == 2


async def test_a_new_installation_gets_its_first_menu_once(app: App) -> None:
    await service.publish_first(app, by=SYSTEM)
    await service.publish_first(app, by=SYSTEM)
    state = await service.state(app, by=SYSTEM)
    assert state.published is not None
    assert (state.published.version, state.published.by, state.diff) == (1, "系统", [])


@pytest.mark.parametrize(("role", "status"), [("editor", 200), ("admin", 200), ("doctor", 403), ("desk", 403)])
async def test_only_those_with_the_scope_see_the_menu(console_of: Any, role: str, status: int) -> None:
    assert (await (await console_of(role)).get("/api/staff/menu")).status_code == status


# --- versions, rolling back, taking away -----------------------------------------------------------


@pytest.mark.covers("A7.1", "A7.5")
async def test_rolling_back_publishes_the_old_menu_as_a_new_version_that_says_so(editor: Any, app: App) -> None:
    await publish(editor, ONE)
    await publish(editor, TWO)
    opened = (await editor.get("/api/staff/menu/versions/1")).json()
    assert (opened["menu"]["button"][0]["name"], opened["by"]) == ("首页", "样例")
    said = await editor.post("/api/staff/menu/versions/1/roll-back", json={})
    assert (said.status_code, said.json()["what"], said.json()["from_version"]) == (201, "rolled_back", 1)
    assert (await app.wechat.current_menu() or {})["button"][0]["name"] == "首页"
    now = (await editor.get("/api/staff/menu")).json()
    assert (now["published"]["version"], now["draft"]["button"][0]["name"], now["diff"]) == (3, "首页", [])
    line = await app.db["audit"].find_one({"action": "menu.roll_back"})
    assert line and line["why"] == "3"
    for path in ("versions/9", "versions/9/roll-back"):
        missing = await editor.request("POST" if "back" in path else "GET", f"/api/staff/menu/{path}", json={})
        assert (missing.status_code, missing.json()["code"]) == (404, "no_such_version")


async def test_rolling_back_keeps_a_draft_that_somebody_works_on(editor: Any) -> None:
    await publish(editor, ONE)
    await publish(editor, TWO)
    three = {"button": [{"name": "新的", "type": "click", "key": "NEW"}]}
    await editor.put("/api/staff/menu", json={"menu": three})
    await editor.post("/api/staff/menu/versions/1/roll-back", json={})
    assert (await editor.get("/api/staff/menu")).json()["draft"]["button"][0]["name"] == "新的"


@pytest.mark.covers("A7.5")
async def test_a_menu_is_taken_away_and_the_draft_stays(editor: Any, app: App) -> None:
    await publish(editor, ONE)
    said = await editor.post("/api/staff/menu/removal", json={})
    assert (said.status_code, said.json()["what"]) == (201, "removed")
    assert await app.wechat.current_menu() is None
    now = (await editor.get("/api/staff/menu")).json()
    assert (now["published"], now["held"]["state"], now["draft"]["button"][0]["name"]) == (None, "same", "首页")
    assert (await editor.post("/api/staff/menu/versions/2/roll-back", json={})).status_code == 404
    assert (await editor.post("/api/staff/menu/publication", json={})).json()["version"] == 3


# --- somebody changed it in WeChat's own console ------------------------------------------------------


@pytest.mark.covers("A7.7")
async def test_what_was_changed_in_wechat_is_shown_and_replaced_only_by_who_has_seen_it(
    editor: Any, app: App, platform: Platform
) -> None:
    await publish(editor, ONE)
    by_hand = {"button": [{"name": "电话", "type": "text", "value": "010-00000000"}]}
    await platform.http.post("/sandbox/api/menu-by-hand", json=by_hand)
    held = (await editor.get("/api/staff/menu")).json()["held"]
    assert (held["state"], held["menu"]["button"][0]["value"]) == ("changed", "010-00000000")
    assert [d["text"] for d in held["diff"]] == ["新增「电话」", "去掉「首页」"]
    for body in ({}, {"over": "0" * 32}):
        refused = await editor.post("/api/staff/menu/publication", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "changed_in_wechat")
    for path in ("removal", "versions/1/roll-back"):
        assert (await editor.post(f"/api/staff/menu/{path}", json={})).status_code == 409
    await platform.http.post("/sandbox/api/menu-by-hand", json={})  # and once more, after it was looked at
    stale = await editor.post("/api/staff/menu/publication", json={"over": held["mark"]})
    assert stale.status_code == 409
    seen = (await editor.get("/api/staff/menu")).json()["held"]
    assert (seen["state"], seen["menu"]) == ("changed", None)
    done = await editor.post("/api/staff/menu/publication", json={"over": seen["mark"]})
    assert (done.status_code, done.json()["version"]) == (201, 2)
    assert (await app.wechat.current_menu() or {})["button"][0]["name"] == "首页"


async def test_while_wechat_does_not_answer_the_draft_can_be_edited(editor: Any, platform: Platform) -> None:
    await publish(editor, ONE)
    await platform.fault(part="wechat", effect="error", path="/cgi-bin/menu/get", times=2, errcode=-1)
    saved = await editor.put("/api/staff/menu", json={"menu": TWO})
    assert (saved.json()["held"]["state"], [d["kind"] for d in saved.json()["diff"]]) == (
        "unknown",
        ["added", "removed"],
    )
    assert (await editor.post("/api/staff/menu/publication", json={})).status_code == 503


# --- menus for some people ----------------------------------------------------------------------------

SOME = ONE | {
    "conditional": [
        {
            "rule": {"client_platform_type": "1", "tag_id": "101"},
            "button": [{"name": "住院", "type": "click", "key": "IN"}],
        },
        {"rule": {"client_platform_type": "1"}, "button": [{"name": "苹果", "type": "click", "key": "IOS"}]},
    ]
}


async def seen_by(platform: Platform, person: str) -> str:
    said = await platform.http.get(f"/sandbox/api/account?person={person}")
    return str(said.json()["menu"][0]["name"])


@pytest.mark.covers("A7.3", "A7.6")
async def test_a_menu_for_some_people_is_seen_by_them_and_replaced_with_the_next_version(
    editor: Any, app: App, platform: Platform
) -> None:
    platform.world.state.put("tags", "101", {"id": 101, "name": "住院病人", "people": ["li"]})
    assert (await publish(editor, SOME)).status_code == 201
    for person in ("zhang", "li"):
        await platform.act(person, "flags", platform="1")
    assert [await seen_by(platform, p) for p in ("zhang", "li", "wang")] == ["苹果", "住院", "首页"]
    now = (await editor.get("/api/staff/menu")).json()
    assert (now["held"]["state"], now["diff"]) == ("same", [])
    assert (await publish(editor, TWO)).status_code == 201
    assert [await seen_by(platform, p) for p in ("zhang", "li", "wang")] == ["挂号"] * 3
    assert (await editor.post("/api/staff/menu/versions/1/roll-back", json={})).status_code == 201
    assert await seen_by(platform, "zhang") == "苹果"
    tags = (await editor.get("/api/staff/menu/tags")).json()
    assert tags == {"items": [{"id": "101", "name": "住院病人", "count": 1}]}


async def test_a_publication_that_broke_off_half_way_is_ours_and_can_be_repeated(
    editor: Any, platform: Platform
) -> None:
    platform.world.state.put("tags", "101", {"id": 101, "name": "住院病人", "people": []})
    await publish(editor, TWO)
    await platform.fault(part="wechat", effect="error", path="/cgi-bin/menu/addconditional", times=1, errcode=45009)
    assert (await publish(editor, SOME)).status_code == 503
    assert (await editor.get("/api/staff/menu")).json()["held"]["state"] == "unfinished"
    assert (await editor.post("/api/staff/menu/publication", json={})).json()["version"] == 3
    assert (await editor.get("/api/staff/menu")).json()["held"]["state"] == "same"


@pytest.mark.parametrize("path", ["publication", "removal", "versions/1/roll-back", "versions/1/restore"])
async def test_only_those_with_the_scope_change_the_menu(console_of: Any, path: str) -> None:
    assert (await (await console_of("doctor")).post(f"/api/staff/menu/{path}", json={})).status_code == 403
