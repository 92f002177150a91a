"""What WeChat pushes becomes a model: each body of the official documents, and whatever else may come."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import wechat_events
from server.adapters.wechat_crypto import read_fields
from server.wechat_events import (
    AuthorizationCancelled,
    AuthorizationRevoked,
    Choice,
    Followed,
    LinkSaid,
    Located,
    MassEnded,
    MediaChecked,
    MenuClicked,
    MenuOpenedMini,
    MenuPictures,
    MenuPlace,
    MenuScanned,
    MenuViewed,
    MiniEntered,
    MiniVerification,
    PageSaid,
    PictureSaid,
    PlaceSaid,
    ProfileChanged,
    PublishEnded,
    Push,
    Scanned,
    SubscriptionAsked,
    SubscriptionChanged,
    SubscriptionSent,
    TemplateEnded,
    TextSaid,
    Unknown,
    VerificationEnds,
    VerificationFailed,
    VerificationPassed,
    VideoSaid,
    VoiceSaid,
    read_push,
)

pytestmark = pytest.mark.covers("N2")

BODIES: dict[str, str] = json.loads((Path(__file__).parent / "adapters" / "vectors" / "pushes.json").read_text())

# Each body of the official documents, its model, and a fact that the model must know.
OFFICIAL: list[tuple[str, type[Push], str]] = [
    ("AnnualRenewEvent.xml", VerificationEnds, "until=datetime.datetime(2015, 9, 16, 10, 56, 44"),
    ("ClickPushEvent.xml", MenuClicked, "key='EVENTKEY'"),
    ("FreePublishJobFinishEvent.xml", PublishEnded, "articles=[PublishedArticle(index=1, url='ARTICLE_URL')]"),
    ("ImageMessageEvent.xml", PictureSaid, "media_id='media_id'"),
    ("LocationMessageEvent.xml", PlaceSaid, "longitude=113.358803"),
    ("LocationPushEvent.xml", Located, "precision=119.38504"),
    ("MassSendJobFinishEvent.xml", MassEnded, "status='err(30003)', total=0"),
    ("NamingVerifyFailEvent.xml", VerificationFailed, "why='by time'"),
    ("NamingVerifySuccessEvent.xml", VerificationPassed, "event='naming_verify_success'"),
    ("QualificationVerifyFailEvent.xml", VerificationFailed, "failed_at=datetime.datetime(2015, 9, 16"),
    ("QualificationVerifySuccessEvent.xml", VerificationPassed, "event='qualification_verify_success'"),
    ("ScanCodePushEvent.xml", MenuScanned, "result=ScanResult(kind='qrcode', text='1')"),
    ("ScanPushEvent.xml", Scanned, "scene='SCENE_VALUE'"),
    ("ShortVideoMessageEvent.xml", VideoSaid, "thumb_media_id='thumb_media_id'"),
    ("SubscribeMessageChangeEvent.json", SubscriptionChanged, "answer='reject'"),
    ("SubscribeMessageChangeEvent.xml", SubscriptionChanged, "answer='reject'"),
    ("SubscribeMessagePopupEvent.List.json", SubscriptionAsked, "answer='accept', scene='0'"),
    ("SubscribeMessagePopupEvent.Object.json", SubscriptionAsked, "answer='accept', scene='0'"),
    ("SubscribeMessagePopupEvent.xml", SubscriptionAsked, "answer='reject', scene='2'"),
    ("SubscribeMessageSentEvent.json", SubscriptionSent, "msg_id='1864323726461255680', code='0'"),
    ("SubscribeMessageSentEvent.xml", SubscriptionSent, "msg_id='1700827132819554304', code='0'"),
    ("SubscribePushEvent.xml", Followed, "sender='FromUser'"),
    ("TemplateSendJobFinishEvent.xml", TemplateEnded, "msg_id='200163836', status='success'"),
    ("TextMessageEvent.json", TextSaid, "content='this is a test'"),
    ("TextMessageEvent.xml", TextSaid, "msg_id='1234567890123456'"),
    ("UnsubscribePushEvent.xml", wechat_events.Left, "sender='FromUser'"),
    ("UserAuthorizationRevokeEvent.json", AuthorizationRevoked, "what=['201']"),
    ("UserAuthorizationRevokeEvent.xml", AuthorizationRevoked, "person='owAqB1nqaOYYWl0Ng484G2z5NIwU'"),
    ("UserEnterTempSessionEvent.json", MiniEntered, "source='sessionFrom'"),
    ("UserEnterTempSessionEvent.xml", MiniEntered, "source='sessionFrom'"),
    ("VerifyExpiredEvent.xml", VerificationEnds, "event='verify_expired'"),
    ("VideoMessageEvent.xml", VideoSaid, "media_id='media_id'"),
    ("ViewMiniProgramPushEvent.xml", MenuOpenedMini, "page='pages/index/index', menu_id='MENUID'"),
    ("ViewPushEvent.xml", MenuViewed, "url='www.qq.com'"),
    ("VoiceMessageEvent.xml", VoiceSaid, "format='Format'"),
    ("WxaMediaCheckEvent.json", MediaChecked, "verdict=Verdict(suggest='pass', label='100')"),
]


def event(name: str, **more: Any) -> dict[str, Any]:
    head = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": "1795566600", "MsgType": "event"}
    return head | {"Event": name} | more


def message(kind: str, **more: Any) -> dict[str, Any]:
    return event("") | {"MsgType": kind, "MsgId": "7"} | more


@pytest.mark.parametrize(("name", "model", "fact"), OFFICIAL, ids=[name for name, *_ in OFFICIAL])
def test_each_body_of_the_official_documents_has_its_model(name: str, model: type[Push], fact: str) -> None:
    push = read_push(read_fields(BODIES[name].encode()))
    assert type(push) is model
    assert fact in repr(push)


def test_no_official_body_is_left_out() -> None:
    assert {name for name, *_ in OFFICIAL} == BODIES.keys()


# Those of which the documents show no body.
OTHERS: list[tuple[dict[str, Any], type[Push]]] = [
    (event("scancode_waitmsg", EventKey="k", ScanCodeInfo={"ScanType": "qrcode", "ScanResult": "x"}), MenuScanned),
    (event("pic_sysphoto", EventKey="k", SendPicsInfo={"Count": "1", "PicList": {"item": {}}}), MenuPictures),
    (event("pic_photo_or_album", EventKey="k", SendPicsInfo={"Count": "2"}), MenuPictures),
    (event("pic_weixin", EventKey="k", SendPicsInfo={"Count": "0"}), MenuPictures),
    (event("location_select", EventKey="k", SendLocationInfo={"Location_X": "23", "Location_Y": "113"}), MenuPlace),
    (event("PUBLISHJOBFINISH", PublishEventInfo={"publish_id": "9", "publish_status": "4"}), PublishEnded),
    (event("user_info_modified", OpenID="o2", AppID="wx1"), ProfileChanged),
    (event("user_authorization_cancellation", OpenID="o2", AppID="wx1", RevokeInfo="1"), AuthorizationCancelled),
    (event("weapp_verify_success"), MiniVerification),
    (event("wx_verify_refill", reason="x"), MiniVerification),
    (message("link", Title="t", Url="https://a.example"), LinkSaid),
    (message("miniprogrampage", AppId="wx1", PagePath="pages/a"), PageSaid),
]


@pytest.mark.parametrize(("fields", "model"), OTHERS, ids=[f["Event"] or f["MsgType"] for f, _ in OTHERS])
def test_each_other_push_has_its_model(fields: dict[str, Any], model: type[Push]) -> None:
    assert type(read_push(fields)) is model


def test_a_scene_is_read_without_its_prefix_and_only_when_there_is_one() -> None:
    def scene(key: str) -> object:
        push = read_push(event("subscribe", EventKey=key, Ticket="t"))
        assert isinstance(push, Followed)
        return push.scene

    assert [scene("qrscene_hall"), scene("last_trade_no_1"), scene("")] == ["hall", None, None]


def test_an_authorisation_that_is_taken_back_is_about_the_person_not_the_sender() -> None:
    push = read_push(event("user_authorization_revoke", OpenID="o2", AppID="wx1", RevokeInfo=["201", "202"]))
    assert isinstance(push, AuthorizationRevoked)
    assert (push.openid, push.what) == ("o2", ["201", "202"])
    push = read_push(event("user_authorization_revoke", OpenID="o2", RevokeInfo="201,207"))
    assert isinstance(push, AuthorizationRevoked)
    assert push.what == ["201", "207"]


@pytest.mark.parametrize(
    "fields",
    [
        {"SubscribeMsgPopupEvent": {"List": {"TemplateId": "t", "SubscribeStatusString": "accept"}}},
        {"SubscribeMsgPopupEvent": {"List": [{"TemplateId": "t", "SubscribeStatusString": "accept"}]}},
        {"List": {"TemplateId": "t", "SubscribeStatusString": "accept"}},
        {"List": [{"TemplateId": "t", "SubscribeStatusString": "accept"}]},
    ],
)
def test_a_list_comes_wrapped_or_not_as_one_or_as_several(fields: dict[str, Any]) -> None:
    push = read_push(event("subscribe_msg_popup_event", **fields))
    assert isinstance(push, SubscriptionAsked)
    assert push.choices == [Choice(template_id="t", answer="accept")]


@pytest.mark.parametrize("status", ["failed:user block", "failed: system failed", "whatever WeChat says next"])
def test_only_success_says_that_a_template_message_arrived(status: str) -> None:
    push = read_push(event("TEMPLATESENDJOBFINISH", MsgID="1", Status=status))
    assert isinstance(push, TemplateEnded)
    assert not push.arrived


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (event("some_future_event"), "unknown"),
        (message("hologram"), "unknown"),
        (event("SCAN"), "odd: EventKey"),
        (event("TEMPLATESENDJOBFINISH", MsgID="7"), "odd: Status"),
        (event("TEMPLATESENDJOBFINISH", MsgID={"a": "1"}, Status="success"), "odd: MsgID"),
        (event("subscribe_msg_popup_event", SubscribeMsgPopupEvent="odd"), "odd: List"),
        (event("subscribe_msg_popup_event", List=["odd"]), "odd: List.0"),
        (event("PUBLISHJOBFINISH", PublishEventInfo=""), "odd: PublishEventInfo"),
        (event("user_authorization_revoke", AppID="wx1"), "odd: OpenID"),
        (event("LOCATION", Latitude="north", Longitude="1"), "odd: Latitude"),
        (event("unsubscribe", CreateTime="soon"), "odd: CreateTime"),
        (event("unsubscribe", CreateTime="9" * 30), "odd: CreateTime"),
        ({}, "unknown"),
    ],
)
def test_what_is_unknown_or_odd_says_why_and_shows_no_value(fields: dict[str, Any], reason: str) -> None:
    push = read_push(fields)
    assert isinstance(push, Unknown)
    assert push.reason == reason


_VALUES = st.recursive(
    st.text(max_size=8), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner)
)
_NAMES = [name for model in (*wechat_events.EVENTS, *wechat_events.MESSAGES) for name in model.names]


@given(
    name=st.sampled_from(_NAMES),
    is_event=st.booleans(),
    key=st.sampled_from(["List", "EventKey", "MsgID", "Content", "PublishEventInfo", "SendPicsInfo", "CreateTime"]),
    value=_VALUES,
)
def test_no_push_whatever_breaks_the_reading(name: str, is_event: bool, key: str, value: Any) -> None:
    fields = event(name) if is_event else message(name)
    assert isinstance(read_push(fields | {key: value}), Push)
