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
    assert len(now["versions"]) == 1
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
