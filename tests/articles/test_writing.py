"""An editor writes: drafts, pictures, and what is refused."""

from typing import Any

import pytest

from server.articles import service
from server.context import SYSTEM, App
from server.filling import FIXTURES
from tests.articles.drafting import draft, history_of, png, published, text, upload
from tests.sandbox_on_a_port import Platform


@pytest.fixture
async def editor(console_of: Any) -> Any:
    return await console_of("editor")


@pytest.mark.covers("A15.8")
async def test_a_draft_is_written_changed_read_and_deleted(editor: Any) -> None:
    article_id = await draft(editor)
    changed = await editor.put(f"/api/staff/articles/{article_id}", json=text(title="新标题"))
    assert changed.status_code == 200
    found = (await editor.get(f"/api/staff/articles/{article_id}")).json()
    assert (found["title"], found["state"], found["updated_by"]) == ("新标题", "draft", "样例")
    assert [(e["kind"], e["by"]) for e in found["history"]] == [("created", "样例"), ("edited", "样例")]
    listed = (await editor.get("/api/staff/articles")).json()
    assert [row["id"] for row in listed["items"]] == [article_id]
    assert (await editor.delete(f"/api/staff/articles/{article_id}")).status_code == 204
    assert (await editor.get(f"/api/staff/articles/{article_id}")).status_code == 404


async def test_what_is_not_allowed_in_a_text_is_taken_out(editor: Any) -> None:
    dirty = text(content_html='<p onclick="x">好</p><script>x</script><img src="https://a.cn/b.png">')
    said = await editor.post("/api/staff/articles", json=dirty)
    assert said.json()["content_html"] == "<p>好</p>"


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "长" * 65},
        {"author": "长" * 17},
        {"digest": "长" * 121},
        {"content_html": "a" * 20_001},
        {"colour": "red"},
        {"title": None},
    ],
)
async def test_a_text_beyond_wechats_limits_is_refused(editor: Any, wrong: dict[str, Any]) -> None:
    said = await editor.post("/api/staff/articles", json=text() | wrong)
    assert (said.status_code, said.json()["code"]) == (400, "invalid")


async def test_a_picture_that_was_never_uploaded_is_refused(editor: Any) -> None:
    ghost = "0123456789abcdef01234567"
    for wrong in ({"cover_id": ghost}, {"content_html": f'<img src="/api/images/{ghost}">'}):
        said = await editor.post("/api/staff/articles", json=text(**wrong))
        assert (said.status_code, said.json()["code"]) == (400, "unknown_image")


async def test_a_picture_is_read_by_everybody_and_kept_by_browsers(editor: Any, client: Any) -> None:
    image_id = await upload(editor, png())
    said = await client.get(f"/api/images/{image_id}")
    assert (said.status_code, said.content) == (200, png())
    assert said.headers["content-type"] == "image/png"
    assert "immutable" in said.headers["cache-control"]
    assert said.headers["content-security-policy"] == "default-src 'none'"
    assert (await client.get("/api/images/nothing")).status_code == 404


@pytest.mark.parametrize("content", [b"", b"<svg onload=x>", b"GIF89a...", png(padding=2_100_000)])
async def test_what_is_no_picture_is_refused_and_not_kept(editor: Any, app: App, content: bytes) -> None:
    said = await editor.post("/api/staff/images", files={"file": ("a.png", content, "image/png")})
    assert (said.status_code, said.json()["code"]) == (400, "not_an_image")
    assert await app.db["images"].count_documents({}) == 0


async def test_a_picture_needs_the_session_the_token_and_the_scope(editor: Any, client: Any, console_of: Any) -> None:
    files = {"file": ("a.png", png(), "image/png")}
    assert (await client.post("/api/staff/images", files=files)).status_code == 401
    forged = await editor.post("/api/staff/images", files=files, headers={"X-Xsrf-Token": "wrong"})
    assert (forged.status_code, forged.json()["code"]) == (403, "bad_xsrf")
    doctor = await console_of("doctor")
    assert (await doctor.post("/api/staff/images", files=files)).status_code == 403
    assert (await editor.post("/api/staff/images", json={})).json()["code"] == "not_an_image"


@pytest.mark.parametrize(
    ("role", "status"), [("editor", 200), ("admin", 403), ("doctor", 403), ("nurse", 403), ("desk", 403)]
)
async def test_only_editors_see_drafts_and_followers(console_of: Any, role: str, status: int) -> None:
    console = await console_of(role)
    for path in ("/api/staff/articles", "/api/staff/followers"):
        assert (await console.get(path)).status_code == status


async def test_followers_are_shown_without_a_name_and_found_by_their_end(
    editor: Any, platform: Platform, app: App, worker_step: Any
) -> None:
    for person in ("chen", "zhang"):
        await platform.act(person, "unfollow")
        await platform.act(person, "follow")
    await worker_step()
    found = (await editor.get("/api/staff/followers")).json()
    assert (len(found["items"]), found["total"], found["mass_sends_left"], found["next"]) == (2, 2, 4, None)
    one = found["items"][0]
    assert one["name"] == f"关注者 ****{one['account_id'][-4:]}（11月25日 08:30 关注）"
    only = (await editor.get("/api/staff/followers", params={"q": one["account_id"][-4:]})).json()
    assert [f["account_id"] for f in only["items"]] == [one["account_id"]]
    assert (await editor.get("/api/staff/followers", params={"q": ".*"})).json()["items"] == []


@pytest.mark.covers("A15.8")
async def test_the_samples_fill_the_demonstration_once(
    app: App, client: Any, editor: Any, platform: Platform, worker_step: Any
) -> None:
    for _ in range(2):
        await service.fill(app, FIXTURES / "articles", by=SYSTEM)
    await worker_step()
    assert len((await editor.get("/api/staff/articles")).json()["items"]) == 3
    readable = (await client.get("/api/articles")).json()["items"]
    assert len(readable) == len(published(platform)) == 2
    covers = [await client.get(one["cover"]) for one in readable]
    assert [cover.status_code for cover in covers] == [200, 200]
    content = (await client.get(f"/api/articles/{readable[0]['id']}")).json()["content_html"]
    assert "不能代替医生" in content
    assert await history_of(editor, readable[0]["id"]) == ["新建草稿", "提交发布", "发布成功"]
