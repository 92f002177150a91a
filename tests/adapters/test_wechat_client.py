"""The service account and the mini-program: what is sent to WeChat, and what its answers mean."""

import json
from pathlib import Path
from typing import Any

import pytest
from tornado.httputil import parse_body_arguments

from server.adapters.http import Http
from server.adapters.wechat_client import WeChatClient, js_signature
from server.adapters.wechat_tokens import Tokens
from server.adapters.wechat_transport import Refused
from server.context import Identity
from server.errors import Foreign
from tests.adapters.foreigner import NOW, Call, Foreigner

pytestmark = pytest.mark.covers("N2")

VECTORS = Path(__file__).parent / "vectors"
PAGES = [v for v in json.loads((VECTORS / "signatures.json").read_text()) if v["kind"] == "jssdk_sha1"]


@pytest.fixture
def wechat(foreigner: Foreigner, http: Http) -> WeChatClient:
    def token(call: Call) -> Any:
        app = call.json()["appid"]
        renewed = sum(1 for other in foreigner.to(call.path) if other.json()["appid"] == app)
        return {"access_token": f"{app}-token-{renewed}", "expires_in": 7200}

    foreigner.answers["/cgi-bin/stable_token"] = token
    return WeChatClient(
        appid="wxservice",
        secret="s1",
        token="t",
        aes_keys=["abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"],
        account_id="gh_sample",
        mini_appid="wxmini",
        mini_secret="s2",
        api_url=foreigner.url,
        open_url="https://open.weixin.qq.com",
        http=http,
        tokens=Tokens(cache=None, http=http, api_url=foreigner.url),
        now=lambda: NOW,
    )


async def refusal(call: Any) -> tuple[str, str]:
    with pytest.raises(Foreign) as caught:
        await call
    assert caught.value.system == "wechat"
    return caught.value.foreign_code, caught.value.again


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page["id"])
def test_published_pages_have_the_published_signature(page: Any) -> None:
    signed = js_signature(page["jsapi_ticket"], page["noncestr"], page["timestamp"], page["url"] + "#here")
    assert signed == page["signature"]


async def test_a_page_is_signed_with_a_ticket_that_is_fetched_once(wechat: WeChatClient, foreigner: Foreigner) -> None:
    foreigner.answers["/cgi-bin/ticket/getticket"] = lambda call: {"errcode": 0, "ticket": "tick", "expires_in": 7200}
    config = await wechat.js_config("https://sample/h5/?a=1#/x")
    assert config["signature"] == js_signature(
        "tick", config["nonceStr"], int(NOW.timestamp()), "https://sample/h5/?a=1"
    )
    assert config["appId"] == "wxservice"
    await wechat.js_config("https://sample/other")
    assert len(foreigner.to("/cgi-bin/ticket/getticket")) == 1
    assert foreigner.to("/cgi-bin/ticket/getticket")[0].query == {"type": "jsapi", "access_token": "wxservice-token-1"}


def test_the_way_to_authorisation_has_its_parameters_in_order(wechat: WeChatClient) -> None:
    assert wechat.authorize_url("https://h.example/wechat/oauth?x=1", "abc123") == (
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wxservice"
        "&redirect_uri=https%3A%2F%2Fh.example%2Fwechat%2Foauth%3Fx%3D1"
        "&response_type=code&scope=snsapi_base&state=abc123#wechat_redirect"
    )
    with pytest.raises(ValueError):
        wechat.authorize_url("https://h.example/", "a&b")


async def test_who_comes_back_is_known_without_spending_a_token(wechat: WeChatClient, foreigner: Foreigner) -> None:
    foreigner.answers["/sns/oauth2/access_token"] = lambda call: {
        "openid": "o1",
        "unionid": "u1",
        "scope": "snsapi_base",
    }
    assert await wechat.oauth_identity("c1") == Identity("service", "o1", "u1")
    assert foreigner.calls[0].query == {
        "appid": "wxservice",
        "secret": "s1",
        "code": "c1",
        "grant_type": "authorization_code",
    }
    assert len(foreigner.calls) == 1


async def test_the_virtual_account_of_a_snapshot_page_is_marked(wechat: WeChatClient, foreigner: Foreigner) -> None:
    foreigner.answers["/sns/oauth2/access_token"] = lambda call: {"openid": "o1", "is_snapshotuser": 1}
    assert (await wechat.oauth_identity("c1")).snapshot


@pytest.mark.parametrize("errcode", [40029, 40163, 42003])
async def test_a_spent_code_is_refused_for_good(wechat: WeChatClient, foreigner: Foreigner, errcode: int) -> None:
    foreigner.answers["/sns/oauth2/access_token"] = lambda call: {"errcode": errcode, "errmsg": "x"}
    assert await refusal(wechat.oauth_identity("c1")) == (str(errcode), "never")


async def test_the_mini_program_has_its_own_identity_and_token(wechat: WeChatClient, foreigner: Foreigner) -> None:
    foreigner.answers["/sns/jscode2session"] = lambda call: {"openid": "m1", "session_key": "k", "unionid": "u1"}
    foreigner.answers["/wxa/business/getuserphonenumber"] = lambda call: {
        "errcode": 0,
        "phone_info": {"phoneNumber": "+8613800000000", "purePhoneNumber": "13800000000", "countryCode": "86"},
    }
    assert await wechat.mini_identity("c1") == Identity("mini", "m1", "u1")
    assert "access_token" not in foreigner.calls[0].query
    assert await wechat.mini_phone("c2") == "13800000000"
    assert foreigner.calls[-1].query == {"access_token": "wxmini-token-1"}


async def test_a_template_message_is_sent_as_utf8(wechat: WeChatClient, foreigner: Foreigner) -> None:
    foreigner.answers["/cgi-bin/message/template/send"] = lambda call: {"errcode": 0, "msgid": 200163836}
    sent = wechat.send_template("o1", "T1", {"thing1": "检验报告已出"}, url="https://h/", client_msg_id="m1")
    assert await sent == "200163836"
    call = foreigner.calls[-1]
    assert call.json() == {
        "touser": "o1",
        "template_id": "T1",
        "url": "https://h/",
        "client_msg_id": "m1",
        "data": {"thing1": {"value": "检验报告已出"}},
    }
    assert "检验报告已出".encode() in call.body


async def test_subscribed_messages_go_through_the_app_that_has_the_permission(
    wechat: WeChatClient, foreigner: Foreigner
) -> None:
    foreigner.answers["/cgi-bin/message/subscribe/bizsend"] = lambda call: {"errcode": 0, "msgid": 1}
    foreigner.answers["/cgi-bin/message/subscribe/send"] = lambda call: {"errcode": 43101, "errmsg": "user refuse"}
    assert await wechat.send_subscribe("service", "o1", "T1", {"thing1": "x"}, page="p") == "1"
    assert foreigner.calls[-1].json() == {
        "touser": "o1",
        "template_id": "T1",
        "page": "p",
        "data": {"thing1": {"value": "x"}},
    }
    mini = wechat.send_subscribe("mini", "m1", "T1", {"thing1": "x"}, page="pages/a")
    assert await refusal(mini) == ("43101", "never")
    assert foreigner.calls[-1].query == {"access_token": "wxmini-token-1"}


# The table of error codes: what each asks for, and whether the same request may succeed later.
ADVICE: list[tuple[str, str, list[int]]] = [
    ("retry", "later", [-1, 45009, 45011, 45029, 45066, 43108]),
    ("refresh", "later", [40001, 40014, 42001, 41001]),
    ("mend", "later", [40013, 40125, 40164, 40243, 89501, 89503]),
    ("tell", "never", [40003, 43004, 43019, 43101, 45015, 45047, 48002, 50002, 50005, 87014, 61010]),
    ("tell", "never", [40029, 40163, 40030, 42002, 42003, 41008, 40226]),
    ("stop", "never", [40002, 40036, 40037, 41030, 43107, 43116, 40249, 40250, 40251, 40252]),
    ("stop", "never", [45065, 45067, 44002, 47001, 47003, 40033, 48001, 48004, 50001, 53500]),
    ("stop", "never", [40015, 40016, 40017, 40018, 40019, 40020, 40023, 40027, 40117, 40120, 65301, 65316, 65317]),
    ("stop", "never", [999999]),  # and whatever WeChat invents
]


@pytest.mark.parametrize(
    ("errcode", "advice", "again"), [(code, advice, again) for advice, again, codes in ADVICE for code in codes]
)
def test_each_errcode_says_what_may_be_done(errcode: int, advice: str, again: str) -> None:
    refused = Refused({"errcode": errcode, "errmsg": "x rid: 1"})
    assert (refused.foreign_code, refused.advice, refused.again) == (str(errcode), advice, again)


async def test_an_errcode_becomes_a_refusal(wechat: WeChatClient, foreigner: Foreigner) -> None:
    foreigner.answers["/cgi-bin/message/custom/send"] = lambda call: {"errcode": 45015, "errmsg": "x rid: 1"}
    assert await refusal(wechat.send_text("o1", "您好")) == ("45015", "never")
    assert foreigner.calls[-1].json() == {"touser": "o1", "msgtype": "text", "text": {"content": "您好"}}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((502, {}, b"<html>"), ("http_502", "unknown")),
        (b"<html>", ("bad_answer", "unknown")),
        ([1], ("bad_answer", "unknown")),
        ((403, {}, b""), ("http_403", "never")),
        ({"errcode": "x"}, ("bad_answer", "unknown")),
    ],
)
async def test_what_is_no_answer_of_wechats_is_not_believed(
    wechat: WeChatClient, foreigner: Foreigner, answer: Any, expected: Any
) -> None:
    foreigner.answers["/cgi-bin/message/custom/send"] = lambda call: answer
    assert await refusal(wechat.send_text("o1", "您好")) == expected


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_a_stale_token_is_renewed_once_and_the_call_repeated(
    wechat: WeChatClient, foreigner: Foreigner, errcode: int
) -> None:
    def answer(call: Call) -> Any:
        fresh = call.query["access_token"].endswith("-2")
        return {"errcode": 0, "url": "https://mmbiz/1"} if fresh else {"errcode": errcode, "errmsg": "x"}

    foreigner.answers["/cgi-bin/media/uploadimg"] = answer
    assert await wechat.upload_image("a.png", b"\x89PNG") == "https://mmbiz/1"
    assert [call.path for call in foreigner.calls] == ["/cgi-bin/stable_token", "/cgi-bin/media/uploadimg"] * 2
    assert foreigner.calls[-1].body.count(b"\x89PNG") == 1


async def test_a_token_that_stays_refused_is_not_renewed_endlessly(wechat: WeChatClient, foreigner: Foreigner) -> None:
    foreigner.answers["/cgi-bin/message/custom/send"] = lambda call: {"errcode": 40001, "errmsg": "x"}
    assert await refusal(wechat.send_text("o1", "您好")) == ("40001", "later")
    assert [call.path for call in foreigner.calls] == ["/cgi-bin/stable_token", "/cgi-bin/message/custom/send"] * 2


async def test_pictures_are_uploaded_as_forms(wechat: WeChatClient, foreigner: Foreigner) -> None:
    foreigner.answers["/cgi-bin/material/add_material"] = lambda call: {"media_id": "M1", "url": "u"}
    content = b"\xff\xd8\xff\r\n--x\r\n" + bytes(range(256))
    assert await wechat.add_thumb('封面"\r\nX: y.jpg', content) == "M1"
    call = foreigner.calls[-1]
    assert call.query == {"access_token": "wxservice-token-1", "type": "image"}
    files: dict[str, Any] = {}
    parse_body_arguments(call.headers["Content-Type"], call.body, {}, files)
    (file,) = files["media"]
    assert (file.body, file.content_type, file.filename) == (content, "image/jpeg", "_____X__y.jpg")


async def test_following_is_asked_of_wechat(wechat: WeChatClient, foreigner: Foreigner) -> None:
    for answer, following in (({"subscribe": 1}, True), ({"subscribe": 0}, False), ({"errcode": 40003}, False)):
        foreigner.answers["/cgi-bin/user/info"] = lambda call, answer=answer: answer
        assert await wechat.is_following("o1") is following
    foreigner.answers["/cgi-bin/user/info"] = lambda call: {"errcode": 48001}
    assert await refusal(wechat.is_following("o1")) == ("48001", "never")


@pytest.mark.covers("A7")
async def test_the_menu_is_replaced_and_read(wechat: WeChatClient, foreigner: Foreigner) -> None:
    menu = {"button": [{"type": "view", "name": "预约挂号", "url": "https://h/"}]}
    foreigner.answers["/cgi-bin/menu/create"] = lambda call: {"errcode": 0}
    await wechat.publish_menu(menu)
    assert foreigner.calls[-1].json() == menu
    assert "预约挂号".encode() in foreigner.calls[-1].body
    rule = {"client_platform_type": "1"}
    made = {"menu": menu, "conditionalmenu": [menu | {"matchrule": rule, "menuid": 7}]}
    held: dict[str, Any] = {"button": [{"name": "门诊", "sub_button": {"list": menu["button"]}}]}
    foreigner.answers["/cgi-bin/menu/get"] = lambda call: made
    foreigner.answers["/cgi-bin/get_current_selfmenu_info"] = lambda call: {"is_menu_open": 1, "selfmenu_info": held}
    conditional = [menu | {"matchrule": rule, "menuid": 7}]
    default = [{"name": "门诊", "sub_button": menu["button"]}]
    assert await wechat.current_menu() == {"button": default, "conditional": conditional}
    foreigner.answers["/cgi-bin/menu/get"] = lambda call: {"errcode": 46003, "errmsg": "menu no exist"}
    assert await wechat.current_menu() == {"button": default, "conditional": []}
    foreigner.answers["/cgi-bin/get_current_selfmenu_info"] = lambda call: {"is_menu_open": 0, "selfmenu_info": {}}
    assert await wechat.current_menu() is None


async def test_conditional_menus_are_added_and_deleted(wechat: WeChatClient, foreigner: Foreigner) -> None:
    foreigner.answers["/cgi-bin/menu/addconditional"] = lambda call: {"menuid": 208379533}
    assert await wechat.add_conditional_menu({"button": [], "matchrule": {}}) == "208379533"
    foreigner.answers["/cgi-bin/menu/delconditional"] = lambda call: {"errcode": 65301, "errmsg": "no such menuid"}
    await wechat.delete_conditional_menu("208379533")
    assert foreigner.calls[-1].json() == {"menuid": "208379533"}
    foreigner.answers["/cgi-bin/menu/delconditional"] = lambda call: {"errcode": 48001, "errmsg": "unauthorized"}
    assert await refusal(wechat.delete_conditional_menu("1")) == ("48001", "never")
    foreigner.answers["/cgi-bin/menu/delete"] = lambda call: {"errcode": 0}
    await wechat.delete_menu()
    foreigner.answers["/cgi-bin/tags/get"] = lambda call: {"tags": [{"id": 2, "name": "星标组", "count": 0}]}
    assert await wechat.tags() == [{"id": 2, "name": "星标组", "count": 0}]


async def test_an_article_goes_from_draft_to_followers_once(wechat: WeChatClient, foreigner: Foreigner) -> None:
    foreigner.answers |= {
        "/cgi-bin/draft/add": lambda call: {"media_id": "D1"},
        "/cgi-bin/message/mass/preview": lambda call: {"errcode": 0, "msg_id": 1},
        "/cgi-bin/message/mass/sendall": lambda call: {"errcode": 0, "msg_id": 34182},
        "/cgi-bin/freepublish/submit": lambda call: {"errcode": 0, "publish_id": 100000001},
        "/cgi-bin/freepublish/get": lambda call: {"publish_id": "100000001", "publish_status": 0, "article_id": "A1"},
    }
    assert await wechat.add_draft([{"title": "样例"}]) == "D1"
    assert foreigner.calls[-1].json() == {"articles": [{"title": "样例"}]}
    await wechat.preview_draft("o1", "D1")
    assert foreigner.calls[-1].json() == {"touser": "o1", "mpnews": {"media_id": "D1"}, "msgtype": "mpnews"}
    assert await wechat.mass_send("D1", clientmsgid="c1") == "34182"
    assert foreigner.calls[-1].json() == {
        "filter": {"is_to_all": True},
        "mpnews": {"media_id": "D1"},
        "msgtype": "mpnews",
        "send_ignore_reprint": 0,
        "clientmsgid": "c1",
    }
    foreigner.answers["/cgi-bin/message/mass/sendall"] = lambda call: {"errcode": 45065, "errmsg": "x", "msg_id": 34182}
    assert await wechat.mass_send("D1", clientmsgid="c1") == "34182"
    assert await wechat.publish_draft("D1") == "100000001"
    assert (await wechat.publication("100000001"))["article_id"] == "A1"


async def test_a_permanent_code_carries_its_scene(wechat: WeChatClient, foreigner: Foreigner) -> None:
    foreigner.answers["/cgi-bin/qrcode/create"] = lambda call: {"ticket": "t", "url": "http://weixin.qq.com/q/1"}
    assert await wechat.scene_qr("station:1") == "http://weixin.qq.com/q/1"
    assert foreigner.calls[-1].json() == {
        "action_name": "QR_LIMIT_STR_SCENE",
        "action_info": {"scene": {"scene_str": "station:1"}},
    }


async def test_an_answer_without_its_id_is_unknown(wechat: WeChatClient, foreigner: Foreigner) -> None:
    foreigner.answers["/cgi-bin/draft/add"] = lambda call: {"errcode": 0}
    assert await refusal(wechat.add_draft([{}])) == ("bad_answer", "unknown")
