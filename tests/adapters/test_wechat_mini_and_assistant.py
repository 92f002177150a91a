"""What the mini-program and 就医助手 can do, over real HTTP against the simulated platform."""

from datetime import timedelta
from typing import Any

import pytest

from server.adapters.wechat_client import WeChatClient
from server.adapters.wechat_transport import AsyncWeChatClient
from server.wechat_events import MediaChecked, read_push
from tests.adapters.around import Around, refusal, until

pytestmark = pytest.mark.covers("N2.2")

INFO: dict[str, Any] = {
    "pat_hospital_id": "P1",
    "pat_name": "样例",
    "doc_name": "样例医生",
    "department_name": "内科",
    "department_location": "门诊楼 2 层",
    "appointment_time": "2026-11-26 10:30-11:00",
}


async def visit(around: Around, person: str) -> str:
    """The person opens the mini-program; gives his openid there."""
    code = (await around.platform.act(person, "js-code"))["code"]
    return (await around.wechat.mini_identity(code)).openid


@pytest.mark.parametrize("app", ["openid", "mini_openid"])
async def test_the_assistant_tells_a_patient_in_either_app_once(around: Around, app: str) -> None:
    notice = {"status": 1501001, "order_id": "a1", "msg_id": "m1"}
    for _ in range(2):
        await around.wechat.send_assistant(around.people["zhang"][app], **notice, info=INFO)
    shown = [m for m in await around.platform.see("zhang", "messages") if "就医助手" in str(m)]
    assert [m["thread"] for m in shown] == ["service"]
    assert "2026-11-26 10:30-11:00" in str(shown)
    other = around.wechat.send_assistant(around.openid("zhang"), **notice, info=INFO | {"pat_name": "别人"})
    assert await refusal(other) == ("47003", "never")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"status": 1401001}, "status"),
        ({"status": 1506001}, "status"),
        ({"order_id": ""}, "order_id"),
        ({"msg_id": ""}, "msg_id"),
        ({"info": INFO | {"pat_name": ""}}, "business_info.pat_name"),
        ({"info": {k: v for k, v in INFO.items() if k != "department_name"}}, "business_info.department_name"),
        ({"info": INFO | {"appointment_time": "明天上午"}}, "business_info.appointment_time"),
        ({"info": INFO | {"pageinfo": {"appid": "wx"}}}, "business_info.pageinfo"),
    ],
)
async def test_a_notice_that_is_not_complete_is_refused(around: Around, change: Any, field: str) -> None:
    notice: Any = {"status": 1501001, "order_id": "a1", "msg_id": "m1", "info": INFO} | change
    assert await refusal(around.wechat.send_assistant(around.openid("zhang"), **notice)) == ("47003", "never")
    assert not [m for m in await around.platform.see("zhang", "messages") if "就医助手" in str(m)]
    said = around.platform.world.calls[-1]
    assert said["result"] == 47003


@pytest.mark.parametrize(
    ("text", "suggest", "label"),
    [("医生您好", "pass", "100"), ("广告测试", "review", "10001"), ("辱骂测试", "risky", "20003")],
)
async def test_words_are_judged_while_the_person_is_here(around: Around, text: str, suggest: str, label: str) -> None:
    openid = await visit(around, "zhang")
    found = await around.wechat.check_text(openid, text, scene=2)
    assert (found.suggest, found.label) == (suggest, label)
    assert found.trace_id


async def test_words_of_somebody_who_was_not_here_within_two_hours_are_not_judged(around: Around, clock: Any) -> None:
    assert await refusal(around.wechat.check_text(around.people["li"]["mini_openid"], "您好", scene=2)) == (
        "61010",
        "never",
    )
    openid = await visit(around, "li")
    clock.advance(hours=2, seconds=5)
    assert await refusal(around.wechat.check_text(openid, "您好", scene=2)) == ("61010", "never")


async def test_a_picture_is_judged_by_an_event(around: Around) -> None:
    openid = await visit(around, "zhang")
    trace = await around.wechat.check_media(openid, "https://h.example/risky.png", kind="picture", scene=1)
    await until(lambda: around.pushed_to_mini)
    push = read_push(around.pushed_to_mini[0])
    assert isinstance(push, MediaChecked)
    assert (push.trace_id, push.verdict.suggest, push.verdict.label) == (trace, "risky", "20002")


async def test_addresses_and_codes_lead_into_the_mini_program(around: Around, clock: Any) -> None:
    until_then = clock.now() + timedelta(days=1)
    link = await around.wechat.mini_link("pages/home/index", "from=sms", until=until_then)
    assert link.startswith("https://wxaurl.cn/")
    opened = (await around.platform.act("zhang", "scan", text=link))["mini"]
    assert opened == {"appid": around.keys["MINI_APPID"], "page": "pages/home/index?from=sms"}
    scheme = await around.wechat.mini_scheme("pages/home/index", until=until_then)
    assert scheme.startswith("weixin://dl/business/?t=")
    picture = await around.wechat.mini_code("s-1", "pages/home/index")
    assert picture.startswith(b"\x89PNG")
    code = [key for key, _ in around.platform.world.state.items("mini_links")][-1]
    assert (await around.platform.act("zhang", "scan", text=code))["mini"]["page"] == "pages/home/index?scene=s-1"


async def test_addresses_and_codes_that_cannot_be_are_refused(around: Around, clock: Any) -> None:
    now = clock.now()
    for page, query, days, code in (
        ("/pages/home/index", "", 1, "40165"),
        ("pages/home/index", "名=1", 1, "40212"),
        ("pages/home/index", "a=" + "1" * 1023, 1, "40212"),
        ("pages/home/index", "", 31, "85401"),
        ("pages/home/index", "", -1, "85401"),
    ):
        made = around.wechat.mini_link(page, query, until=now + timedelta(days=days))
        assert await refusal(made) == (code, "never")
    assert await refusal(around.wechat.mini_code("s-1", "nowhere")) == ("41030", "never")
    for scene in ("", "s" * 33, "张三", "a b"):
        with pytest.raises(ValueError):
            await around.wechat.mini_code(scene, "pages/home/index")


async def test_drafts_and_publications_are_listed_and_taken_back(around: Around) -> None:
    assert isinstance(around.wechat, WeChatClient)
    client: AsyncWeChatClient = around.wechat._service
    thumb = await around.wechat.add_thumb("a.png", b"\x89PNG\r\n\x1a\n" + bytes(64))
    article = {"title": "样例", "author": "", "digest": "", "content": "<p>样例</p>", "thumb_media_id": thumb}
    first, second = [await around.wechat.add_draft([article]) for _ in range(2)]
    assert (await client.draft.count())["total_count"] == 2
    await client.draft.update(first, article | {"title": "改过"})
    assert (await client.draft.get(first))["news_item"][0]["title"] == "改过"
    await client.draft.delete(first)
    assert [item["media_id"] for item in (await client.draft.batch_get())["item"]] == [second]
    published = await around.wechat.publish_draft(second)
    await around.platform.world.idle()
    found = await around.wechat.publication(published)
    assert (await client.freepublish.article(found["article_id"]))["news_item"][0]["title"] == "样例"
    assert (await client.freepublish.batch_get())["total_count"] == 1
    await client.freepublish.delete(found["article_id"])
    assert (await client.freepublish.batch_get())["total_count"] == 0
