"""An article reaches people once, whatever fails on the way: preview, mass send, free publication."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from server.context import App
from tests.articles.drafting import draft, history_of, png, published, received, state_of, text, upload
from tests.messages.telling import account_of
from tests.sandbox_on_a_port import Platform

SENDALL, SUBMIT = "/cgi-bin/message/mass/sendall", "/cgi-bin/freepublish/submit"


@pytest.fixture
async def editor(console_of: Any) -> Any:
    return await console_of("editor")


async def mass_send(editor: Any, article_id: str) -> Any:
    return await editor.post(f"/api/staff/articles/{article_id}/mass-send", json={"confirm": True})


async def publish(editor: Any, article_id: str) -> Any:
    return await editor.post(f"/api/staff/articles/{article_id}/publication", json={})


async def follower(app: App, platform: Platform, worker_step: Any) -> str:
    await platform.act("chen", "follow")
    await worker_step()
    return await account_of(app, platform, "chen")


# --- preview ----------------------------------------------------------------------------------------


async def test_a_preview_reaches_one_phone_as_the_article_stands_now(
    editor: Any, app: App, platform: Platform, worker_step: Any
) -> None:
    account_id, article_id = await follower(app, platform, worker_step), await draft(editor)
    for title in ("在家量血压", "改过的标题"):
        article = (await editor.get(f"/api/staff/articles/{article_id}")).json()
        changed = {k: article[k] for k in ("author", "digest", "cover_id", "content_html")} | {"title": title}
        await editor.put(f"/api/staff/articles/{article_id}", json=changed)
        said = await editor.post(f"/api/staff/articles/{article_id}/preview", json={"account_id": account_id})
        assert said.status_code == 204, said.text
    assert await received(platform, "chen") == ["在家量血压", "改过的标题"]
    assert await received(platform, "zhang") == []
    assert await state_of(editor, article_id) == "draft"


async def test_a_preview_to_somebody_who_does_not_follow_is_refused(
    editor: Any, app: App, platform: Platform, worker_step: Any
) -> None:
    article_id, account_id = await draft(editor), await account_of(app, platform, "chen")
    for wrong in (account_id, "nobody"):
        said = await editor.post(f"/api/staff/articles/{article_id}/preview", json={"account_id": wrong})
        assert (said.status_code, said.json()["code"]) == (409, "not_a_follower")


async def test_a_draft_that_was_deleted_at_wechat_is_made_anew(
    editor: Any, app: App, platform: Platform, worker_step: Any
) -> None:
    account_id, article_id = await follower(app, platform, worker_step), await draft(editor)
    for _ in range(2):
        for gone in platform.world.state.all("drafts"):
            platform.world.state.delete("drafts", gone["media_id"])
        said = await editor.post(f"/api/staff/articles/{article_id}/preview", json={"account_id": account_id})
        assert said.status_code == 204, said.text
    assert len(await received(platform, "chen")) == 2


# --- mass send --------------------------------------------------------------------------------------


@pytest.mark.covers("A15.8", "N2.2")
async def test_a_mass_send_reaches_every_follower_and_says_how_many(
    editor: Any, client: Any, app: App, platform: Platform, worker_step: Any
) -> None:
    await follower(app, platform, worker_step)
    article_id = await draft(editor)
    said = await mass_send(editor, article_id)
    assert (said.status_code, said.json()["state"]) == (200, "sending")
    await worker_step()
    for person in ("zhang", "li", "wang", "chen"):
        assert await received(platform, person) == ["在家量血压"]
    assert await history_of(editor, article_id) == [
        "新建草稿",
        "提交群发",
        "群发完成：应发 4 人，送达 4 人，没有送达 0 人",
    ]
    readable = (await client.get("/api/articles")).json()["items"]
    assert [one["id"] for one in readable] == [article_id]
    assert (await editor.put(f"/api/staff/articles/{article_id}", json=text())).json()["code"] == "already_out"
    assert (await editor.delete(f"/api/staff/articles/{article_id}")).json()["code"] == "already_out"
    assert (await mass_send(editor, article_id)).json()["code"] == "already_out"


async def test_pictures_are_uploaded_once_and_stand_at_wechats_addresses(
    editor: Any, app: App, platform: Platform, worker_step: Any
) -> None:
    article_id = await draft(editor)
    await mass_send(editor, article_id)
    await worker_step()
    (sent,) = platform.world.state.all("articles")
    assert f'<img src="{platform.world.sandbox_url}/mmbiz/' in sent["articles"][0]["content"]
    assert "/api/images/" not in sent["articles"][0]["content"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"cover_id": None}, "no_cover"), ({"content_html": "<p>&nbsp; </p>"}, "no_text")],
)
async def test_an_unfinished_article_is_not_sent(editor: Any, wrong: dict[str, Any], code: str) -> None:
    article_id = await draft(editor, **wrong)
    for way in (mass_send, publish):
        said = await way(editor, article_id)
        assert (said.status_code, said.json()["code"]) == (409, code)
    assert await state_of(editor, article_id) == "draft"


async def test_a_picture_that_wechat_takes_as_cover_only_may_not_stand_in_the_text(editor: Any) -> None:
    large = await upload(editor, png(padding=1_100_000))
    article_id = await draft(editor, cover_id=large)
    assert (await publish(editor, article_id)).status_code == 200
    article_id = await draft(editor, content_html=f'<img src="/api/images/{large}">')
    assert (await publish(editor, article_id)).json()["code"] == "image_too_large"


async def test_it_must_be_confirmed_and_needs_the_scope(editor: Any, console_of: Any) -> None:
    article_id = await draft(editor)
    for body in ({}, {"confirm": False}):
        said = await editor.post(f"/api/staff/articles/{article_id}/mass-send", json=body)
        assert said.status_code == 400
    admin = await console_of("admin")
    assert (await mass_send(admin, article_id)).status_code == 403


async def test_everybody_is_sent_something_once_a_day_and_four_times_a_month_at_most(
    editor: Any, platform: Platform, worker_step: Any, clock: Any
) -> None:
    codes = []
    for day in range(6):
        first, second = await draft(editor, title=f"第{day}天"), await draft(editor)
        codes.append((await mass_send(editor, first)).status_code)
        await worker_step()
        if day == 0:
            assert (await mass_send(editor, second)).json()["code"] == "send_quota_used"
            assert await state_of(editor, second) == "draft"
        clock.set(clock.now() + timedelta(days=1))
    assert codes == [200, 200, 200, 200, 409, 409]  # 25 to 28 November; then the month is used up
    assert (await editor.get("/api/staff/followers")).json()["mass_sends_left"] == 4  # it is December


async def test_two_articles_sent_at_the_same_moment_use_one_days_send(editor: Any, app: App) -> None:
    articles = [await draft(editor) for _ in range(3)]
    said = await asyncio.gather(*(mass_send(editor, article_id) for article_id in articles))
    assert sorted(s.status_code for s in said) == [200, 409, 409]
    assert await app.db["mass_sends"].count_documents({}) == 1


async def test_what_wechat_refuses_may_be_corrected_and_does_not_count(
    editor: Any, platform: Platform, worker_step: Any
) -> None:
    article_id = await draft(editor)
    await platform.fault(part="wechat", effect="error", path="/cgi-bin/draft/add", errcode=87014, times=1)
    await mass_send(editor, article_id)
    await worker_step()
    assert await state_of(editor, article_id) == "failed"
    assert (await history_of(editor, article_id))[-1] == "微信没有接受：内容有风险，请修改（87014）"
    assert (await mass_send(editor, article_id)).status_code == 200
    await worker_step()
    assert await state_of(editor, article_id) == "sent"


async def test_a_mass_send_that_failed_at_wechat_can_be_sent_again_under_a_new_number(
    editor: Any, app: App, platform: Platform, worker_step: Any, clock: Any
) -> None:
    article_id = await draft(editor)
    await platform.fault(part="push", effect="lose", path="MASSSENDJOBFINISH", times=1)
    await mass_send(editor, article_id)
    await worker_step()
    (job,) = platform.world.state.all("masses")
    platform.world.state.put("masses", str(job["msg_id"]), {**job, "status": "SEND_FAIL"})
    clock.advance(seconds=31)
    await worker_step()
    assert await state_of(editor, article_id) == "failed"
    assert (await mass_send(editor, article_id)).json()["code"] == "send_quota_used"  # WeChat has counted it
    clock.set(clock.now() + timedelta(days=1))
    await mass_send(editor, article_id)
    await worker_step()
    assert await state_of(editor, article_id) == "sent"
    assert len(platform.world.state.all("masses")) == 2


async def test_a_lost_result_is_asked_for(editor: Any, platform: Platform, worker_step: Any, clock: Any) -> None:
    article_id = await draft(editor)
    await platform.fault(part="push", effect="lose", path="MASSSENDJOBFINISH", times=1)
    await mass_send(editor, article_id)
    await worker_step()
    assert await state_of(editor, article_id) == "sending"
    clock.advance(seconds=31)
    await worker_step()
    assert await state_of(editor, article_id) == "sent"


@pytest.mark.parametrize("repeated", ["duplicate", "drop"])
async def test_a_repeated_result_or_a_lost_answer_sends_it_once(
    editor: Any, platform: Platform, worker_step: Any, clock: Any, repeated: str
) -> None:
    article_id = await draft(editor)
    if repeated == "drop":
        await platform.fault(part="wechat", effect="drop", path=SENDALL, times=2)
    else:
        await platform.fault(part="push", effect="duplicate", path="MASSSENDJOBFINISH", copies=3, times=1)
    await mass_send(editor, article_id)
    await worker_step()
    clock.advance(seconds=120)
    await worker_step()
    assert await state_of(editor, article_id) == "sent"
    assert await received(platform, "zhang") == ["在家量血压"]
    assert len([t for t in await history_of(editor, article_id) if t.startswith("群发完成")]) == 1


STEPS = ["upload_image", "add_thumb", "add_draft", "mass_send"]


@pytest.mark.parametrize("after", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_worker_killed_at_any_step_is_replaced_and_everybody_gets_it_once(
    editor: Any, app: App, platform: Platform, worker_step: Any, clock: Any, monkeypatch: Any, step: str, after: bool
) -> None:
    article_id = await draft(editor)
    await mass_send(editor, article_id)
    await killed_at(app, step, after, worker_step, monkeypatch)
    clock.advance(seconds=61)
    await worker_step()
    clock.advance(seconds=61)
    await worker_step()
    assert await state_of(editor, article_id) == "sent"
    assert await received(platform, "zhang") == ["在家量血压"]


async def killed_at(app: App, step: str, after: bool, worker_step: Any, monkeypatch: Any) -> None:
    """Let the worker die before or after it calls WeChat with this."""
    call = getattr(app.wechat, step)

    async def killed(*given: Any, **more: Any) -> Any:
        if after:
            await call(*given, **more)
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(app.wechat, step, killed)
        with pytest.raises(asyncio.CancelledError):
            await worker_step()


# --- free publication ---------------------------------------------------------------------------------


@pytest.mark.covers("A15.8", "N2.2")
async def test_a_publication_appears_in_the_list_and_is_pushed_to_nobody(
    editor: Any, client: Any, platform: Platform, worker_step: Any
) -> None:
    article_id = await draft(editor)
    assert (await publish(editor, article_id)).json()["state"] == "publishing"
    await worker_step()
    assert await history_of(editor, article_id) == ["新建草稿", "提交发布", "发布成功"]
    assert await received(platform, "zhang") == []
    assert len(published(platform)) == 1
    read = await client.get(f"/api/articles/{article_id}")
    assert read.status_code == 200
    assert "/api/images/" in read.json()["content_html"]


async def test_a_draft_is_read_by_no_patient(editor: Any, client: Any) -> None:
    article_id = await draft(editor)
    assert (await client.get("/api/articles")).json()["items"] == []
    assert (await client.get(f"/api/articles/{article_id}")).status_code == 404


@pytest.mark.covers("N2.5")
async def test_a_lost_result_of_a_publication_is_asked_for(
    editor: Any, platform: Platform, worker_step: Any, clock: Any
) -> None:
    article_id = await draft(editor)
    await platform.fault(part="push", effect="lose", path="PUBLISHJOBFINISH", times=1)
    await publish(editor, article_id)
    await worker_step()
    assert await state_of(editor, article_id) == "publishing"
    clock.advance(seconds=31)
    await worker_step()
    assert await state_of(editor, article_id) == "published"


async def test_a_publication_that_wechat_rejects_may_be_corrected(
    editor: Any, platform: Platform, worker_step: Any, clock: Any
) -> None:
    article_id = await draft(editor)
    await platform.fault(part="push", effect="lose", path="PUBLISHJOBFINISH", times=1)
    await publish(editor, article_id)
    await worker_step()
    (job,) = platform.world.state.all("publications")
    platform.world.state.put("publications", job["publish_id"], {**job, "status": 4})
    clock.advance(seconds=31)
    await worker_step()
    assert await state_of(editor, article_id) == "failed"
    assert (await history_of(editor, article_id))[-1] == "发布没有成功：微信审核未通过"
    assert (await editor.put(f"/api/staff/articles/{article_id}", json=text())).status_code == 200


@pytest.mark.parametrize("after", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("step", ["add_draft", "publish_draft"])
async def test_a_worker_killed_while_publishing_is_replaced_and_it_is_published_once(
    editor: Any, app: App, platform: Platform, worker_step: Any, clock: Any, monkeypatch: Any, step: str, after: bool
) -> None:
    article_id = await draft(editor)
    await publish(editor, article_id)
    await killed_at(app, step, after, worker_step, monkeypatch)
    await platform.world.idle()
    for _ in range(3):
        clock.advance(seconds=61)
        await worker_step()
    assert await state_of(editor, article_id) == "published"
    assert len(published(platform)) == 1


async def test_a_lost_answer_publishes_once(editor: Any, platform: Platform, worker_step: Any, clock: Any) -> None:
    article_id = await draft(editor)
    await platform.fault(part="wechat", effect="drop", path=SUBMIT, times=1)
    await publish(editor, article_id)
    for _ in range(3):
        await worker_step()
        clock.advance(seconds=61)
    assert await state_of(editor, article_id) == "published"
    assert len(published(platform)) == 1
