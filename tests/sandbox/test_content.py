"""Menus, pictures, drafts, mass sending, free publishing: limits, outcomes, what people can read."""

import pytest

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 200


async def upload(hand, path="/cgi-bin/media/uploadimg", content=PNG, **params):
    return await hand.call(path, files={"media": ("a.png", content, "image/png")}, params=params)


async def draft(hand, **changed):
    cover = (await upload(hand, "/cgi-bin/material/add_material", type="image"))["media_id"]
    article = {
        "title": "冬季养生",
        "author": "健康科",
        "digest": "",
        "content": "<p>早睡晚起</p>",
        "thumb_media_id": cover,
    }
    return await hand.call("/cgi-bin/draft/add", json={"articles": [article | changed]})


async def test_pictures_are_checked_and_can_be_seen(hand):
    url = (await upload(hand))["url"]
    assert (await hand.http.get(url)).content == PNG
    assert (await upload(hand, content=b"no picture"))["errcode"] == 40005
    assert (await upload(hand, content=PNG + b"0" * (1 << 20)))["errcode"] == 40009
    assert (await hand.call("/cgi-bin/media/uploadimg", json={}))["errcode"] == 41005


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"title": ""}, 44004),
        ({"title": "长" * 65}, 45003),
        ({"digest": "长" * 121}, 45004),
        ({"author": "长" * 17}, 45110),
        ({"content": "长" * 20_001}, 45166),
        ({"thumb_media_id": "none"}, 40007),
    ],
)
async def test_a_draft_keeps_the_limits(hand, changed, code):
    assert (await draft(hand, **changed))["errcode"] == code


async def test_scripts_and_foreign_pictures_do_not_survive(hand):
    ours = (await upload(hand))["url"]
    content = (
        f'<p onclick="x()">文</p><script>alert(1)</script><img src="{ours}"><img src="https://evil.example/a.png">'
        '<iframe src="https://evil.example"></iframe>'
    )
    media_id = (await draft(hand, content=content))["media_id"]
    kept = (await hand.call("/cgi-bin/draft/get", json={"media_id": media_id}))["news_item"][0]["content"]
    assert kept == f'<p>文</p><img src="{ours}">'


@pytest.mark.covers("N2.2")
async def test_an_article_is_previewed_then_sent_to_all_followers_once_a_day(hand, hospital):
    media_id = (await draft(hand))["media_id"]
    body = {"mpnews": {"media_id": media_id}, "msgtype": "mpnews"}
    previewed = await hand.call("/cgi-bin/message/mass/preview", json={**body, "towxname": "王德福"})
    assert previewed["errmsg"] == "preview success"
    assert (await hand.see("wang"))["items"][0]["preview"]
    sent = await hand.call("/cgi-bin/message/mass/sendall", json={**body, "filter": {"is_to_all": True}})
    event = await hospital.event("MASSSENDJOBFINISH")
    assert f"<MsgID>{sent['msg_id']}</MsgID>" in event
    assert "<TotalCount>3</TotalCount><FilterCount>3</FilterCount><SentCount>3</SentCount>" in event
    article = (await hand.see("zhang"))["items"][-1]["articles"][0]
    page = await hand.http.get(article["url"])
    assert "早睡晚起" in page.text
    assert page.headers["Content-Security-Policy"].startswith("sandbox")
    assert (await hand.see("chen"))["items"] == []
    status = await hand.call("/cgi-bin/message/mass/get", json={"msg_id": str(sent["msg_id"])})
    assert status["msg_status"] == "SEND_SUCCESS"
    again = await hand.call("/cgi-bin/message/mass/sendall", json={**body, "filter": {"is_to_all": True}})
    assert again["errcode"] == 45028
    await hand.call("/cgi-bin/message/mass/delete", json={"msg_id": sent["msg_id"]})
    assert (await hand.http.get(article["url"])).status_code == 404


async def test_the_same_clientmsgid_is_sent_once_and_a_person_gets_four_a_month(hand):
    media_id = (await draft(hand))["media_id"]
    openids = [await hand.openid("zhang"), await hand.openid("li")]
    body = {"touser": openids, "mpnews": {"media_id": media_id}, "msgtype": "mpnews"}
    first = await hand.call("/cgi-bin/message/mass/send", json={**body, "clientmsgid": "a1"})
    second = await hand.call("/cgi-bin/message/mass/send", json={**body, "clientmsgid": "a1"})
    assert (second["errcode"], second["msg_id"]) == (45065, first["msg_id"])
    for number in range(5):
        await hand.call("/cgi-bin/message/mass/send", json={**body, "clientmsgid": f"b{number}"})
    await hand.world.idle()
    assert len((await hand.see("zhang"))["items"]) == 4
    assert (await hand.call("/cgi-bin/message/mass/send", json={**body, "touser": openids[:1]}))["errcode"] == 40130


async def test_free_publishing_makes_the_article_readable_and_pushes_to_nobody(hand, hospital):
    media_id = (await draft(hand))["media_id"]
    job = await hand.call("/cgi-bin/freepublish/submit", json={"media_id": media_id})
    event = await hospital.event("PUBLISHJOBFINISH")
    assert f"<publish_id>{job['publish_id']}</publish_id><publish_status>0</publish_status>" in event
    state = await hand.call("/cgi-bin/freepublish/get", json={"publish_id": job["publish_id"]})
    assert state["publish_status"] == 0
    assert (await hand.see("zhang"))["items"] == []
    account = (await hand.http.get("/sandbox/api/account")).json()
    assert [a["title"] for a in account["articles"]] == ["冬季养生"]
    assert (await hand.call("/cgi-bin/draft/get", json={"media_id": media_id}))["errcode"] == 40007
    await hand.call("/cgi-bin/freepublish/delete", json={"article_id": state["article_id"]})
    assert (await hand.http.get("/sandbox/api/account")).json()["articles"] == []


LEAF = {"type": "click", "name": "签到", "key": "IN"}


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([], 40016),
        ([LEAF] * 4, 40016),
        ([{"name": "门诊", "sub_button": [LEAF] * 6}], 40023),
        ([{**LEAF, "name": "名" * 21}], 40018),
        ([{"type": "click", "name": "无键"}], 40019),
        ([{"type": "view", "name": "无址"}], 40020),
        ([{"type": "dance", "name": "无此"}], 40017),
        ([{"name": "一", "sub_button": [{"name": "二", "sub_button": [LEAF]}]}], 40022),
        ([{"name": "外", "sub_button": [
            {"type": "view", "name": "x", "url": f"https://{n}.example/"} for n in "abcd"]}], 65316),
    ],
)  # fmt: skip
async def test_a_menu_keeps_the_limits(hand, buttons, code):
    assert (await hand.call("/cgi-bin/menu/create", json={"button": buttons}))["errcode"] == code


@pytest.mark.covers("N2.2")
async def test_a_menu_is_created_read_and_deleted(hand):
    await hand.call("/cgi-bin/menu/create", json={"button": [LEAF]})
    assert (await hand.call("/cgi-bin/menu/get"))["menu"]["button"] == [LEAF | {"sub_button": []}]
    await hand.call("/cgi-bin/menu/delete")
    assert (await hand.call("/cgi-bin/menu/get"))["errcode"] == 46003
