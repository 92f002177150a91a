"""Template, subscribe and customer-service messages: who may receive, how often, in which words."""

import pytest

TEMPLATE = "/cgi-bin/message/template/send"
CUSTOM = "/cgi-bin/message/custom/send"
BIZ, MINI = "/cgi-bin/message/subscribe/bizsend", "/cgi-bin/message/subscribe/send"
GOOD = {
    "thing1": "张建国",
    "thing2": "检验报告",
    "time3": "2026年11月25日 10:30",
    "thing4": "点击查看",
}


def template_id(hand, kind="template", key="report_ready"):
    return next(t["template_id"] for t in hand.world.state.all("templates") if (t["kind"], t["key"]) == (kind, key))


def fields(**changed):
    return {key: {"value": value} for key, value in {**GOOD, **changed}.items()}


async def send(hand, person="zhang", **changed):
    data = {"touser": await hand.openid(person), "template_id": template_id(hand), "data": fields()} | changed
    return await hand.call(TEMPLATE, json=data)


async def shown(hand, person="zhang"):
    return (await hand.see(person))["items"]


@pytest.mark.covers("N2.2")
async def test_a_follower_gets_a_template_message_and_the_job_is_reported(hand, hospital):
    sent = await send(hand, url="http://x/h5/report")
    card = (await shown(hand))[-1]
    assert card["title"] == "报告出具通知"
    assert card["rows"][0] == {"label": "就诊人", "value": "张建国"}
    assert card["link"] == {"url": "http://x/h5/report"}
    event = await hospital.event("TEMPLATESENDJOBFINISH")
    assert f"<MsgID>{sent['msgid']}</MsgID><Status><![CDATA[success]]></Status>" in event


async def test_only_followers_with_the_right_template_and_openid(hand, hospital):
    assert (await send(hand, "chen"))["errcode"] == 43004
    assert (await send(hand, touser="o" * 28))["errcode"] == 40003
    assert (await send(hand, touser=await hand.openid("zhang", "mini_openid")))["errcode"] == 40003
    assert (await send(hand, template_id="nothing"))["errcode"] == 40037
    assert (await send(hand, template_id=template_id(hand, "subscribe")))["errcode"] == 40037
    await hand.do("zhang", "flags", blocked=True)
    assert (await send(hand))["errcode"] == 0
    assert "failed:user block" in await hospital.event("TEMPLATESENDJOBFINISH")
    assert await shown(hand) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("thing1", "长" * 21),
        ("thing1", "两行\n文字"),
        ("thing1", ""),
        ("thing1", "  "),
        ("time3", "上午十点"),
        ("time3", "25:00"),
        ("time3", "2026年13月1日 10:30"),
        ("time3", "2026年11月25日 10:30~"),
        ("time3", 5),
    ],
)
async def test_a_wrong_field_gives_47003_with_its_name(hand, key, value):
    answer = await send(hand, data=fields(**{key: value}))
    assert answer["errcode"] == 47003
    assert answer["errmsg"].startswith(f"argument invalid! data.{key}.value invalid rid: ")


async def test_a_missing_field_gives_47003(hand):
    data = fields()
    del data["thing4"]
    assert "data.thing4.value" in (await send(hand, data=data))["errmsg"]


async def test_one_message_per_client_msg_id_in_ten_minutes(hand, seconds):
    first = await send(hand, client_msg_id="m1")
    assert (await send(hand, client_msg_id="m1"))["msgid"] == first["msgid"]
    assert len(await shown(hand)) == 1
    seconds[0] += 601
    assert (await send(hand, client_msg_id="m1"))["msgid"] != first["msgid"]


async def custom(hand, person="zhang", text="您好"):
    data = {"touser": await hand.openid(person), "msgtype": "text", "text": {"content": text}}
    return (await hand.call(CUSTOM, json=data))["errcode"]


async def test_five_answers_in_48_hours_after_a_message_of_the_person(hand):
    assert await custom(hand) == 45015
    await hand.do("zhang", "text", content="你好")
    assert [await custom(hand) for _ in range(6)] == [0] * 5 + [45047]
    await hand.do("zhang", "text", content="还在吗")
    assert await custom(hand) == 0
    await hand.set("clock", jump="+2 days")
    assert await custom(hand) == 45015


async def test_three_answers_in_a_minute_after_following_and_none_after_leaving(hand):
    await hand.do("chen", "follow")
    assert [await custom(hand, "chen") for _ in range(4)] == [0, 0, 0, 45047]
    await hand.set("clock", jump="+61 seconds")
    assert await custom(hand, "chen") == 45015
    await hand.do("chen", "text", content="你好")
    await hand.do("chen", "unfollow")
    assert await custom(hand, "chen") == 45015


async def test_customer_service_content_is_checked(hand):
    await hand.do("zhang", "text", content="你好")
    assert await custom(hand, text="") == 44004
    assert await custom(hand, text="长" * 700) == 45002
    openid = await hand.openid("zhang")
    two = {"touser": openid, "msgtype": "news", "news": {"articles": [{"title": "一"}, {"title": "二"}]}}
    assert (await hand.call(CUSTOM, json=two))["errcode"] == 45008
    assert (await hand.call(CUSTOM, json={"touser": openid, "msgtype": "fax"}))["errcode"] == 40008
    escaped = b'{"touser":"' + openid.encode() + rb'","msgtype":"text","text":{"content":"\u4f60"}}'
    assert (await hand.call(CUSTOM, content=escaped))["errcode"] == 40033
    assert (await hand.call(CUSTOM, content=b""))["errcode"] == 44002
    assert (await hand.call(CUSTOM, content=b"{"))["errcode"] == 47001


async def subscribe(hand, person="zhang", kind="subscribe"):
    which, path = ("openid", BIZ) if kind == "subscribe" else ("mini_openid", MINI)
    data = {"touser": await hand.openid(person, which), "template_id": template_id(hand, kind), "data": fields()}
    return (await hand.call(path, "WECHAT" if kind == "subscribe" else "MINI", json=data))["errcode"]


@pytest.mark.covers("N2.5")
async def test_each_acceptance_allows_one_subscribe_message(hand, hospital):
    wanted = [template_id(hand, "subscribe")]
    assert await subscribe(hand) == 43101
    answer = await hand.do("zhang", "popup", template_ids=wanted, choices="accept")
    assert answer["subscribeDetails"][wanted[0]]["status"] == "accept"
    assert "<SubscribeStatusString><![CDATA[accept]]>" in await hospital.event("subscribe_msg_popup_event")
    assert [await subscribe(hand), await subscribe(hand)] == [0, 43101]
    assert "<ErrorStatus><![CDATA[success]]>" in await hospital.event("subscribe_msg_sent_event")
    assert (await shown(hand))[-1]["thread"] == "account"


async def test_who_does_not_follow_reads_a_subscribe_message_in_the_service_thread(hand):
    await hand.do("chen", "popup", template_ids=[template_id(hand, "subscribe")])
    assert await subscribe(hand, "chen") == 0
    assert (await shown(hand, "chen"))[-1]["thread"] == "service"


async def test_always_keep_answers_by_itself_and_switching_off_ends_all(hand, hospital):
    wanted = [template_id(hand, "subscribe")]
    await hand.do("zhang", "popup", template_ids=wanted, choices="accept", always=True)
    assert await hand.do("zhang", "popup-ask", template_ids=wanted) == {"ask": [], "kept": {wanted[0]: "accept"}}
    await hand.do("zhang", "popup", template_ids=wanted, choices="reject")
    assert (await hand.see("zhang", "subscriptions"))["items"][0]["count"] == 2
    await hand.do("zhang", "switch-off", template_ids=wanted)
    assert await subscribe(hand) == 43101
    await hospital.event("subscribe_msg_change_event")


async def test_a_refusal_counts_nothing_and_a_long_term_consent_never_ends(hand):
    wanted = [template_id(hand, "mini")]
    await hand.do("li", "popup", template_ids=wanted, choices="reject")
    assert await subscribe(hand, "li", "mini") == 43101
    await hand.do("li", "popup", template_ids=wanted)
    assert await subscribe(hand, "li", "mini") == 0
    assert await subscribe(hand, "li", "mini") == 43101
    long_term = template_id(hand, "subscribe", "followup_due")
    await hand.do("li", "popup", template_ids=[long_term])
    data = {"thing1": "李小满", "thing2": "儿科", "thing3": "随访问卷", "time4": "2026-12-01"}
    message = {"touser": await hand.openid("li"), "template_id": long_term}
    message["data"] = {key: {"value": value} for key, value in data.items()}
    assert [(await hand.call(BIZ, json=message))["errcode"] for _ in range(3)] == [0, 0, 0]


async def test_the_page_may_ask_for_at_most_three_known_templates(hand):
    for wanted in ([], ["x"], [template_id(hand, "subscribe")] * 4):
        answer = await hand.http.post("/sandbox/api/people/li/popup", json={"template_ids": wanted})
        assert answer.status_code == 400
