"""Every call to WeChat over real HTTP against the simulated platform, and its pushes to us."""

from typing import Any

import pytest

from server.context import Identity
from tests.adapters.around import Around, refusal, until

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.mark.covers("N2")
async def test_somebody_follows_writes_and_is_answered(around: Around) -> None:
    await around.platform.act("li", "unfollow")
    assert not await around.wechat.is_following(around.openid("li"))
    await around.platform.act("li", "follow")
    assert await around.wechat.is_following(around.openid("li"))
    await around.platform.act("li", "text", content="你好")
    await until(lambda: any(push.get("Content") == "你好" for push in around.pushed))
    await around.platform.world.idle()
    assert {"subscribe", "unsubscribe"} <= {push.get("Event") for push in around.pushed}
    assert "收到 ]]> 了" in str(await around.platform.see("li", "messages"))
    await around.wechat.send_text(around.openid("li"), "您好，这里是样例医院。")
    assert "样例医院" in str(await around.platform.see("li", "messages"))


@pytest.mark.covers("N2")
async def test_people_are_known_by_their_phone(around: Around) -> None:
    person = around.people["zhang"]
    location = around.wechat.authorize_url(f"{around.platform.public_url}/wechat/oauth", "abc123")
    back = await around.platform.authorize("zhang", location)
    code = back.partition("code=")[2].partition("&")[0]
    identity = await around.wechat.oauth_identity(code)
    assert (identity.app, identity.openid, identity.snapshot) == ("service", person["openid"], False)
    assert await refusal(around.wechat.oauth_identity(code)) == ("40163", "never")
    await around.platform.act("zhang", "flags", snapshot=True)
    code = (await around.platform.act("zhang", "oauth-code"))["code"]
    assert (await around.wechat.oauth_identity(code)).snapshot

    code = (await around.platform.act("zhang", "js-code"))["code"]
    assert await around.wechat.mini_identity(code) == Identity("mini", person["mini_openid"], person["unionid"])
    code = (await around.platform.act("zhang", "phone-code"))["code"]
    assert await around.wechat.mini_phone(code) == person["phone"]


@pytest.mark.covers("A7", "N2")
async def test_menu_and_messages_reach_the_phone(around: Around) -> None:
    url = around.platform.public_url
    assert await around.wechat.current_menu() is None or around.platform.world.state.get("menu", "default")
    menu = {"button": [{"type": "view", "name": "预约挂号", "url": f"{url}/wechat/enter?to=/h5/"}]}
    await around.wechat.publish_menu(menu)
    current = await around.wechat.current_menu()
    assert current
    assert current["button"][0]["name"] == "预约挂号"

    await around.platform.act("zhang", "follow")
    templates = around.platform.world.state.all("templates")
    sample = {
        "thing": "样例",
        "name": "张三",
        "time": "2026年11月25日 08:30",
        "date": "2026年11月25日",
        "phrase": "已预约",
    }
    sample |= {"amount": "25.00元", "character_string": "A1", "number": "1", "phone_number": "010-1234", "letter": "A"}

    def values(template: Any) -> dict[str, str]:
        return {f["key"]: sample.get(f["key"].rstrip("0123456789"), "样例") for f in template["fields"]}

    template = next(t for t in templates if t["kind"] == "template")
    send = {"url": f"{url}/h5/", "client_msg_id": "m1"}
    first = await around.wechat.send_template(around.openid("zhang"), template["template_id"], values(template), **send)
    assert first.isdecimal()
    assert (await refusal(around.wechat.send_template(around.openid("zhang"), template["template_id"], {}, **send)))[
        0
    ] == "47003"
    await until(lambda: any(push.get("Event") == "TEMPLATESENDJOBFINISH" for push in around.pushed))

    for app, kind, openid in (("service", "subscribe", "openid"), ("mini", "mini", "mini_openid")):
        template = next(t for t in templates if t["kind"] == kind and not t["long_term"])
        receiver = around.people["zhang"][openid]
        call = (app, receiver, template["template_id"], values(template))
        page = "pages/home/index" if app == "mini" else f"{url}/h5/"
        assert await refusal(around.wechat.send_subscribe(*call, page=page)) == ("43101", "never")
        await around.platform.act("zhang", "popup", template_ids=[template["template_id"]], choices="accept")
        await around.wechat.send_subscribe(*call, page=page)


@pytest.mark.covers("N2")
async def test_an_article_is_drafted_previewed_sent_and_published(around: Around) -> None:
    await around.platform.act("zhang", "follow")
    picture = await around.wechat.upload_image("a.png", PNG)
    thumb = await around.wechat.add_thumb("封面.png", PNG)
    article = {
        "title": "样例：换季护理",
        "author": "样例",
        "digest": "样例",
        "content": f'<p>样例</p><img src="{picture}">',
        "content_source_url": "",
        "thumb_media_id": thumb,
    }
    draft = await around.wechat.add_draft([article])
    await around.wechat.preview_draft(around.openid("zhang"), draft)
    assert "换季护理" in str(await around.platform.see("zhang", "messages"))
    sent = await around.wechat.mass_send(draft, clientmsgid="c1")
    assert await around.wechat.mass_send(draft, clientmsgid="c1") == sent
    published = await around.wechat.publish_draft(await around.wechat.add_draft([article]))
    assert int((await around.wechat.publication(published))["publish_status"]) in (0, 1)
    await until(lambda: {"MASSSENDJOBFINISH", "PUBLISHJOBFINISH"} <= {push.get("Event") for push in around.pushed})


@pytest.mark.covers("N2")
async def test_pages_are_signed_and_codes_made(around: Around) -> None:
    config = await around.wechat.js_config(f"{around.platform.public_url}/h5/#/")
    assert len(config["signature"]) == 40
    code = await around.wechat.scene_qr("station:sample")
    await around.platform.act("chen", "scan", text=code)
    await until(lambda: any("station:sample" in str(push.get("EventKey")) for push in around.pushed))


@pytest.mark.covers("N2")
async def test_withdrawn_tokens_are_renewed_by_themselves(around: Around) -> None:
    code = (await around.platform.act("zhang", "js-code"))["code"]
    await around.wechat.mini_identity(code)
    for key, token in around.platform.world.state.items("tokens"):
        around.platform.world.state.put("tokens", key, {**token, "withdrawn": True})
    await around.wechat.publish_menu({"button": [{"type": "click", "name": "帮助", "key": "help"}]})
    assert await around.wechat.current_menu()


@pytest.mark.covers("N2")
async def test_a_busy_platform_and_a_quota_say_later(around: Around) -> None:
    for errcode in (-1, 45009):
        await around.platform.fault(part="wechat", path="/cgi-bin/menu/get", effect="error", errcode=errcode, times=1)
        assert await refusal(around.wechat.current_menu()) == (str(errcode), "later")


@pytest.mark.covers("N2")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the cut-off handler of the sandbox
async def test_a_message_whose_answer_is_lost_is_sent_once_and_unknown(around: Around) -> None:
    await around.platform.act("zhang", "follow")
    await around.platform.act("zhang", "text", content="你好")
    await around.wechat.current_menu()
    await around.platform.fault(part="wechat", path="/cgi-bin/message/custom/send", effect="drop")
    assert await refusal(around.wechat.send_text(around.openid("zhang"), "只发一次")) == ("broken", "unknown")
    assert str(await around.platform.see("zhang", "messages")).count("只发一次") == 1
