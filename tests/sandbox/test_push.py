"""Pushes: 5 s, three tries, one MsgId, encrypted in safe mode; what a person sees when our answer is wrong."""

import asyncio

import pytest

from server.sandbox import push

FAULT = "该公众号提供的服务出现故障，请稍后再试"


def reply(hand, openid, inner, **changed):
    """An encrypted passive reply as our server makes it."""
    account = changed.get("account", hand.values["WECHAT_ACCOUNT_ID"])
    xml = (
        f"<xml><ToUserName><![CDATA[{openid}]]></ToUserName><FromUserName><![CDATA[{account}]]></FromUserName>"
        f"<CreateTime>1</CreateTime>{inner}</xml>"
    )
    box = push.message_box(hand.world)
    cipher = box.encrypt(xml)
    signature = changed.get("signature", box.signature("1", "2", cipher))
    return (
        f"<xml><Encrypt><![CDATA[{cipher}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
        "<TimeStamp>1</TimeStamp><Nonce><![CDATA[2]]></Nonce></xml>"
    )


TEXT = "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[您好，随诊]]></Content>"


async def shown(hand, person="zhang"):
    return [m.get("text") for m in (await hand.see(person))["items"]]


async def test_a_text_is_pushed_encrypted_and_signed_and_the_reply_appears_in_the_chat(hand, hospital):
    hospital.replies = [reply(hand, await hand.openid("zhang"), TEXT)]
    await hand.do("zhang", "text", content="你好")
    await hand.world.idle()
    got = hospital.callbacks[0]
    box = push.message_box(hand.world)
    assert "你好" not in got["raw"]
    assert got["query"]["encrypt_type"] == "aes"
    query = got["query"]
    assert query["msg_signature"] == box.signature(query["timestamp"], query["nonce"], got["cipher"])
    assert query["signature"] == box.signature(query["timestamp"], query["nonce"])
    assert "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content><MsgId>" in got["xml"]
    assert await shown(hand) == ["你好", "您好，随诊"]


async def test_in_plain_mode_the_xml_is_readable_and_the_reply_may_be_plain(hand, hospital):
    await hand.set("settings", wechat_mode="plain")
    account = hand.values["WECHAT_ACCOUNT_ID"]
    news = (
        f"<xml><ToUserName>x</ToUserName><FromUserName>{account}</FromUserName><CreateTime>1</CreateTime>"
        "<MsgType>news</MsgType><ArticleCount>1</ArticleCount><Articles><item><Title>健康讲座</Title>"
        "<Description>周三</Description><PicUrl></PicUrl><Url>http://x/</Url></item></Articles></xml>"
    )
    hospital.replies = [news]
    await hand.do("zhang", "text", content="讲座")
    await hand.world.idle()
    assert "讲座" in hospital.callbacks[0]["raw"]
    assert "msg_signature" not in hospital.callbacks[0]["query"]
    assert (await hand.see("zhang"))["items"][-1]["articles"][0]["title"] == "健康讲座"


async def test_in_compatible_mode_both_forms_are_sent(hand, hospital):
    await hand.set("settings", wechat_mode="compatible")
    await hand.do("zhang", "text", content="两种")
    await hand.world.idle()
    got = hospital.callbacks[0]
    assert "<Content><![CDATA[两种]]></Content>" in got["raw"]
    assert push.message_box(hand.world).decrypt(got["cipher"]) == got["xml"]


@pytest.mark.covers("N2.2")
async def test_a_server_that_is_slow_gets_the_same_message_three_times_and_the_person_sees_the_fault(hand, hospital):
    async def slow(_):
        await asyncio.sleep(0.6)
        return "success"

    hospital.replies = [slow, slow, slow]
    await hand.do("zhang", "text", content="在吗")
    await hand.world.idle()
    assert len(hospital.callbacks) == 3
    assert len({c["xml"] for c in hospital.callbacks}) == 1
    assert await shown(hand) == ["在吗", FAULT]
    pushed = (await hand.http.get("/sandbox/api/platform")).json()["pushes"][0]
    assert [t["outcome"] for t in pushed["tries"]] == ["timeout"] * 3


async def test_an_error_status_is_tried_again_until_it_works(hand, hospital):
    hospital.replies = [500, 500, "success"]
    await hand.do("zhang", "text", content="在吗")
    await hand.world.idle()
    assert len(hospital.callbacks) == 3
    assert await shown(hand) == ["在吗"]


@pytest.mark.parametrize("wrong", ['{"ok": true}', "<html>", "<xml><MsgType>text</MsgType></xml>", "ok"])
async def test_a_malformed_answer_shows_the_fault_at_once(hand, hospital, wrong):
    hospital.replies = [wrong]
    await hand.do("zhang", "text", content="在吗")
    await hand.world.idle()
    assert len(hospital.callbacks) == 1
    assert await shown(hand) == ["在吗", FAULT]


async def test_a_reply_with_a_wrong_signature_or_account_is_malformed(hand, hospital):
    openid = await hand.openid("zhang")
    hospital.replies = [reply(hand, openid, TEXT, signature="0" * 40), reply(hand, openid, TEXT, account="gh_x")]
    await hand.do("zhang", "text", content="一")
    await hand.do("zhang", "text", content="二")
    await hand.world.idle()
    assert (await shown(hand)).count(FAULT) == 2


async def test_following_by_a_scene_code_and_scanning_later_give_their_events(hand, hospital):
    made = await hand.call(
        "/cgi-bin/qrcode/create",
        json={"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "hall-1"}}},
    )
    assert (await hand.do("chen", "scan", text=made["url"]))["followed"]
    assert "<EventKey><![CDATA[qrscene_hall-1]]></EventKey>" in await hospital.event("subscribe")
    assert (await hand.do("chen", "scan", text=made["url"]))["scanned"]
    assert "<EventKey><![CDATA[hall-1]]></EventKey>" in await hospital.event("SCAN")
    assert await hand.do("chen", "scan", text="https://x.cn/a") == {"open": "https://x.cn/a"}
    assert await hand.do("chen", "unfollow") == {"follows": False}
    await hospital.event("unsubscribe")
    picture = await hand.http.get("/cgi-bin/showqrcode", params={"ticket": made["ticket"]})
    assert picture.content.startswith(b"\x89PNG")


async def qrcode(hand, action, **scene):
    wish = {"action_name": action, "action_info": {"scene": scene}, "expire_seconds": 60}
    return await hand.call("/cgi-bin/qrcode/create", json=wish)


async def test_a_permanent_code_is_one_per_scene_and_a_temporary_one_runs_out(hand, hospital, seconds):
    first = await qrcode(hand, "QR_LIMIT_STR_SCENE", scene_str="ward-6")
    assert await qrcode(hand, "QR_LIMIT_STR_SCENE", scene_str="ward-6") == first
    short = await qrcode(hand, "QR_STR_SCENE", scene_str="ward-6")
    assert (short["expire_seconds"], short["url"] != first["url"]) == (60, True)
    seconds[0] += 61
    assert await hand.do("zhang", "scan", text=short["url"]) == {"expired": True}
    assert (await hand.do("zhang", "scan", text=first["url"]))["scanned"]


@pytest.mark.parametrize(
    ("action", "scene"),
    [
        ("QR_STR_SCENE", {"scene_str": ""}),
        ("QR_STR_SCENE", {"scene_str": "x" * 65}),
        ("QR_SCENE", {"scene_id": 2**32}),
        ("QR_LIMIT_SCENE", {"scene_id": 100_001}),
        ("QR_DANCE", {"scene_str": "x"}),
    ],
)
async def test_a_code_keeps_the_limits(hand, action, scene):
    assert (await qrcode(hand, action, **scene))["errcode"] == 40053


async def test_menu_buttons_give_click_and_view(hand, hospital):
    sub = [{"type": "click", "name": "查报告", "key": "REPORTS"}, {"type": "view", "name": "挂号", "url": "http://h/x"}]
    menu = {"button": [{"name": "门诊服务", "sub_button": sub}]}
    assert (await hand.call("/cgi-bin/menu/create", json=menu))["errcode"] == 0
    await hand.do("zhang", "click", key="REPORTS")
    assert await hand.do("zhang", "click", name="挂号") == {"open": "http://h/x"}
    assert "<EventKey><![CDATA[REPORTS]]></EventKey>" in await hospital.event("CLICK")
    assert "<EventKey><![CDATA[http://h/x]]></EventKey>" in await hospital.event("VIEW")
    assert (await hand.http.post("/sandbox/api/people/zhang/click", json={"key": "NO"})).status_code == 404


async def test_who_does_not_follow_cannot_write(hand):
    assert (await hand.http.post("/sandbox/api/people/chen/text", json={"content": "在吗"})).status_code == 409


async def test_pushes_can_be_lost_and_doubled_by_a_fault(hand, hospital):
    await hand.set("faults", part="push", effect="lose", path="text", times=1)
    await hand.set("faults", part="push", effect="duplicate", path="text", times=1, copies=3)
    await hand.do("zhang", "text", content="丢失且重复")
    await hand.do("zhang", "text", content="到达")
    await hand.world.idle()
    assert [c["xml"].count("到达") for c in hospital.callbacks] == [1]
    await hand.set("faults", part="push", effect="duplicate", path="text", times=1, copies=2)
    await hand.do("zhang", "text", content="两次")
    await hospital.wait_for("callbacks", 3)
    assert (await hand.http.get("/sandbox/api/faults")).json() == {"items": []}
