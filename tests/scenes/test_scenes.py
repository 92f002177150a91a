"""Scene codes as editors make them and people scan them: attribution, repeats, codes out of use."""

from datetime import timedelta
from typing import Any

import pytest

from server import worker
from server.context import App
from tests.conftest import MORNING
from tests.conversations.pushing import event_of, reply_text, send
from tests.sandbox_on_a_port import Platform

HALL = {"name": "门诊大厅", "place": "一楼东侧立柱", "kind": "hall", "to": "/h5/pages/departments/index"}


@pytest.fixture
async def editor(console_of: Any) -> Any:
    return await console_of("editor")


async def make(editor: Any, **more: Any) -> str:
    said = await editor.post("/api/staff/scenes", json=HALL | more)
    assert said.status_code == 201, said.text
    return str(said.json()["id"])


async def numbers(editor: Any, scene_id: str) -> tuple[int, int, int]:
    row = next(one for one in (await editor.get("/api/staff/scenes")).json()["items"] if one["id"] == scene_id)
    return row["scans"], row["new_followers"], row["still_following"]


def address_of(platform: Platform, scene_id: str) -> str:
    return next(str(code["url"]) for code in platform.world.state.all("qrcodes") if code["scene"] == scene_id)


@pytest.mark.covers("A20.1", "A20.2")
async def test_a_code_is_made_scanned_and_counted_by_day(
    editor: Any, platform: Platform, worker_step: Any, clock: Any
) -> None:
    hall = await make(editor)
    assert (await platform.act("chen", "scan", text=address_of(platform, hall)))["followed"]
    await worker_step()
    assert await numbers(editor, hall) == (1, 1, 1)
    shown = "".join(m["text"] for m in await platform.see("chen", "messages") if m["kind"] == "text")
    assert "欢迎关注" in shown
    assert f'/wechat/enter?to={HALL["to"]}">点这里打开' in shown
    clock.set(MORNING + timedelta(days=1))
    await platform.act("chen", "scan", text=address_of(platform, hall))
    await platform.act("zhang", "scan", text=address_of(platform, hall))
    await worker_step()
    assert await numbers(editor, hall) == (3, 1, 1)
    days = (await editor.get(f"/api/staff/scenes/{hall}/days")).json()["items"]
    assert [(d["on"], d["scans"], d["new_followers"]) for d in days[-2:]] == [
        ("2026-11-25", 1, 1),
        ("2026-11-26", 2, 0),
    ]


@pytest.mark.covers("A20.2")
async def test_who_leaves_is_no_longer_following_and_who_comes_back_another_way_belongs_there(
    editor: Any, platform: Platform, worker_step: Any, clock: Any
) -> None:
    hall, ward = await make(editor), await make(editor, name="心内科病区", kind="ward")
    await platform.act("chen", "scan", text=address_of(platform, hall))
    await worker_step()
    clock.advance(seconds=5)
    await platform.act("chen", "unfollow")
    await worker_step()
    assert await numbers(editor, hall) == (1, 1, 0)
    clock.advance(seconds=5)
    await platform.act("chen", "scan", text=address_of(platform, ward))
    await worker_step()
    assert (await numbers(editor, hall), await numbers(editor, ward)) == ((1, 1, 0), (1, 1, 1))
    clock.advance(seconds=5)
    for step in ("unfollow", "follow"):  # found by a search this time
        await platform.act("chen", step)
        await worker_step()
        clock.advance(seconds=5)
    assert await numbers(editor, ward) == (1, 1, 0)


async def test_who_takes_his_authorisation_back_is_forgotten_and_the_count_of_that_day_stays(
    editor: Any, platform: Platform, worker_step: Any
) -> None:
    ward = await make(editor)
    await platform.act("chen", "scan", text=address_of(platform, ward))
    await worker_step()
    assert await numbers(editor, ward) == (1, 1, 1)
    await platform.act("chen", "revoke")
    await worker_step()
    assert await numbers(editor, ward) == (1, 1, 0)


async def test_a_push_that_comes_twice_counts_once_whoever_reacts_again(
    editor: Any, app: App, client: Any, platform: Platform
) -> None:
    hall = await make(editor)
    push = event_of(platform, "SCAN", EventKey=hall, Ticket="gQ")
    first, second = [reply_text(platform, await send(client, platform, push)) for _ in range(2)]
    link = f'<a href="{platform.public_url}/wechat/enter?to={HALL["to"]}">点这里打开“预约挂号”</a>'
    assert first == second == f"门诊大厅\n{link}"
    await worker.run_until_idle(app)
    again = {"state": "waiting", "done": [], "due_at": app.real_now()}
    await app.db["events"].update_many({"type": "wechat.event"}, {"$set": again})
    await worker.run_until_idle(app)
    assert await numbers(editor, hall) == (1, 0, 0)


async def test_a_scene_that_is_not_ours_is_nobodys(editor: Any, app: App, client: Any, platform: Platform) -> None:
    for push in (event_of(platform, "subscribe", EventKey="qrscene_phone"), event_of(platform, "SCAN", EventKey="77")):
        await send(client, platform, push)
    await worker.run_until_idle(app)
    assert await app.db["scene_visits"].count_documents({}) == 0


async def test_a_code_out_of_use_still_counts_and_says_so(
    editor: Any, app: App, client: Any, platform: Platform
) -> None:
    hall = await make(editor)
    changed = await editor.put(f"/api/staff/scenes/{hall}", json=HALL | {"name": "老大厅", "retired": True})
    assert [(row["name"], bool(row["retired_at"])) for row in changed.json()["items"]] == [("老大厅", True)]
    answer = reply_text(platform, await send(client, platform, event_of(platform, "SCAN", EventKey=hall)))
    assert "已经停用" in answer
    await worker.run_until_idle(app)
    assert await numbers(editor, hall) == (1, 0, 0)
    back = await editor.put(f"/api/staff/scenes/{hall}", json=HALL | {"retired": False})
    assert back.json()["items"][0]["retired_at"] is None
    assert await app.db["audit"].count_documents({"action": "scenes.change", "why": hall}) == 2


@pytest.mark.covers("A20.3")
async def test_the_pictures_are_for_editors_only(editor: Any, client: Any) -> None:
    hall = await make(editor)
    card = await editor.get(f"/api/staff/scenes/{hall}/card")
    assert card.headers["content-type"] == "image/svg+xml; charset=utf-8"
    assert "门诊大厅" in card.text and "content-disposition" not in card.headers
    picture = await editor.get(f"/api/staff/scenes/{hall}/picture?download")
    assert picture.content.startswith(b"\x89PNG") and hall in picture.headers["content-disposition"]
    for name in ("card", "picture"):
        assert (await editor.get(f"/api/staff/scenes/missing/{name}")).status_code == 404
        assert (await client.get(f"/api/staff/scenes/{hall}/{name}")).status_code == 401


async def test_what_wechat_does_not_make_is_not_kept(editor: Any, app: App, platform: Platform) -> None:
    for errcode, status in ((45029, 503), (40053, 409)):
        await platform.fault(part="wechat", effect="error", path="/cgi-bin/qrcode/create", times=1, errcode=errcode)
        assert (await editor.post("/api/staff/scenes", json=HALL)).status_code == status
    assert await app.db["scenes"].count_documents({}) == 0
    for path in ("", "/days"):
        missing = await editor.request(
            "GET" if path else "PUT", f"/api/staff/scenes/missing{path}", json=HALL | {"retired": True}
        )
        assert missing.status_code == 404


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("nurse", 403), ("desk", 403)])
async def test_only_those_with_the_scope_see_the_codes(console_of: Any, role: str, status: int) -> None:
    console = await console_of(role)
    assert (await console.get("/api/staff/scenes")).status_code == status
    if status == 403:
        assert (await console.post("/api/staff/scenes", json=HALL)).status_code == 403
        assert (await console.get("/api/staff/scenes/x/card")).status_code == 403
