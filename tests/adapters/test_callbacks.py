"""WeChat's callbacks: genuine ones are read, forged, stale and broken ones are refused, each for its own reason."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.adapters.wechat_crypto import Callbacks, MessageCrypt, read_fields, signature
from server.context import Callback
from server.errors import Invalid, NotGenuine
from tests.adapters.foreigner import NOW
from tests.adapters.push_side import (
    ACCOUNT,
    APPID,
    KEY,
    OLD_KEY,
    TEXT,
    TOKEN,
    frame_of,
    ours,
    plain_push,
    push,
    seal_frame,
)

pytestmark = pytest.mark.covers("N2")

VECTORS = Path(__file__).parent / "vectors"
CRYPT = json.loads((VECTORS / "message_crypt.json").read_text())
BY_ID = {vector["id"]: vector for vector in CRYPT["vectors"]}
SHA1 = [v for v in json.loads((VECTORS / "signatures.json").read_text()) if v["kind"] == "callback_sha1"]


def of_kind(kind: str) -> list[Any]:
    return [pytest.param(v, id=v["id"]) for v in CRYPT["vectors"] if v["kind"] == kind]


def at(timestamp: str) -> Callable[[], datetime]:
    return lambda: datetime.fromtimestamp(int(timestamp), UTC)


def refused(callbacks: Callbacks, query: dict[str, str], body: bytes) -> str:
    with pytest.raises(NotGenuine) as caught:
        callbacks.read(query, body)
    return str(caught.value.details["reason"])


# Published values


@pytest.mark.parametrize("vector", of_kind("encrypt_deterministic"))
def test_published_messages_are_sealed_to_the_same_bytes(vector: Any) -> None:
    crypt = MessageCrypt([vector["encoding_aes_key"]], vector["appid"])
    sealed = crypt.encrypt(vector["plaintext"].encode(), vector["random16"].encode())
    assert sealed == vector["ciphertext_b64"]
    assert crypt.decrypt(sealed).decode() == vector["plaintext"]
    if "msg_signature" in vector:
        assert signature(vector["token"], vector["timestamp"], vector["nonce"], sealed) == vector["msg_signature"]


@pytest.mark.parametrize("vector", of_kind("verify_and_decrypt"))
def test_published_pushes_are_read(vector: Any) -> None:
    callbacks = Callbacks(
        token=vector["token"],
        aes_keys=[vector["encoding_aes_key"]],
        appid=vector["appid"],
        account_id="",
        mode="safe",
        now=at(vector["timestamp"]),
    )
    query = {name: vector[name] for name in ("timestamp", "nonce", "msg_signature")} | {"encrypt_type": "aes"}
    bodies = [f"<xml><Encrypt><![CDATA[{vector['ciphertext_b64']}]]></Encrypt></xml>"]
    bodies += [vector[name] for name in ("body_safe", "body_compat") if name in vector]
    for body in bodies:
        read = callbacks.read(query, body.encode())
        assert read.encrypted
        assert read.fields == read_fields(vector["plaintext"].encode())


@pytest.mark.parametrize("vector", of_kind("verify_only") + of_kind("echostr_encrypted"))
def test_published_signatures_of_sealed_text_agree(vector: Any) -> None:
    parts = (vector["token"], vector["timestamp"], vector["nonce"], vector["ciphertext_b64"])
    assert signature(*parts) == vector["msg_signature"]


@pytest.mark.parametrize("vector", CRYPT["negative"], ids=lambda vector: vector["id"])
def test_published_wrong_pushes_are_refused(vector: Any) -> None:
    changed = BY_ID[vector["base"]] | vector["change"]
    callbacks = Callbacks(
        token=changed["token"],
        aes_keys=[changed["encoding_aes_key"]],
        appid=changed["appid"],
        account_id="",
        mode="safe",
        now=at(changed["timestamp"]),
    )
    query = {name: changed[name] for name in ("timestamp", "nonce", "msg_signature")} | {"encrypt_type": "aes"}
    body = f"<xml><Encrypt><![CDATA[{changed['ciphertext_b64']}]]></Encrypt></xml>".encode()
    assert refused(callbacks, query, body) == ("appid" if "appid" in vector["change"] else "signature")


@pytest.mark.parametrize("vector", SHA1, ids=lambda vector: vector["id"])
def test_the_address_is_verified_by_answering_echostr(vector: Any) -> None:
    callbacks = ours(token=vector["token"], now=at(vector["timestamp"]))
    query = {name: vector[name] for name in ("timestamp", "nonce", "signature")} | {"echostr": "5927782489442352469"}
    assert callbacks.check_address(query) == "5927782489442352469"
    with pytest.raises(NotGenuine):
        callbacks.check_address(query | {"nonce": "other"})


# Rotation and modes


def test_the_previous_key_is_read_during_a_rotation_and_answers_use_the_new_one() -> None:
    callbacks = ours(aes_keys=[KEY, OLD_KEY])
    read = callbacks.read(*push(key=OLD_KEY))
    assert read.fields["MsgId"] == "6054768590064713728"
    answer = fromstring(callbacks.write(read, {"type": "text", "text": "您好"}))
    assert "您好" in MessageCrypt([KEY], APPID).decrypt(answer.findtext("Encrypt") or "").decode()
    assert refused(ours(), *push(key=OLD_KEY)) in ("padding", "frame")


def test_an_unencrypted_push_is_read_in_plain_mode_only() -> None:
    read = ours(mode="plain").read(*plain_push())
    assert (read.encrypted, read.fields["Content"]) == (False, "你好 <b>")
    assert ours(mode="plain").read(*push()).encrypted
    assert refused(ours(), *plain_push()) == "plain"


# Wrong ones, each for its own reason


@pytest.mark.parametrize(
    ("reason", "wrong"),
    [
        ("signature", push(token="another")),
        ("stale", push(age_s=301)),
        ("future", push(age_s=-301)),
        ("appid", push(appid="wx1111111111111111")),
        ("appid", push(appid=APPID + "x")),
        ("base64", push(sealed="%%%not base64%%%")),
        ("base64", push(sealed=MessageCrypt([KEY], APPID).encrypt(b"<xml/>")[:-2])),
        ("length", push(sealed=base64.b64encode(b"x" * 31).decode())),
        ("padding", push(sealed=seal_frame(frame_of(b"x" * 10).ljust(64, b"\0")))),
        ("padding", push(sealed=seal_frame(frame_of(b"x" * 10).ljust(63, b"\5") + b"\x21"))),
        ("padding", push(sealed=seal_frame(frame_of(b"x" * 10).ljust(60, b"\1") + b"\1\2\3\4"))),
        ("padding", push(sealed=seal_frame(b"\x20" * 16))),
        ("frame", push(sealed=seal_frame(b"too short".ljust(16, b"\x07")))),
        ("frame", push(sealed=seal_frame(frame_of(b"x" * 10, length=4_000_000_000).ljust(64, b"\x10")))),
        ("account", push(TEXT.replace(ACCOUNT, "gh_another00001"))),
        ("signature", plain_push(token="another")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_push_is_refused_for_its_own_reason(reason: str, wrong: tuple[dict[str, str], bytes]) -> None:
    mode = "safe" if "encrypt_type" in wrong[0] else "plain"
    assert refused(ours(mode=mode), *wrong) == reason


@pytest.mark.parametrize("missing", ["timestamp", "nonce", "msg_signature"])
def test_a_push_without_a_part_of_its_proof_is_refused(missing: str) -> None:
    query, body = push()
    del query[missing]
    assert refused(ours(), query, body) == "signature"


@pytest.mark.parametrize("timestamp", ["", "abc", "-5", "१२३", "9" * 13])
def test_a_time_that_is_none_is_refused(timestamp: str) -> None:
    query, body = plain_push()
    query |= {"timestamp": timestamp, "signature": signature(TOKEN, timestamp, "n1")}
    assert refused(ours(mode="plain"), query, body) == "timestamp"


def test_five_minutes_are_still_fresh() -> None:
    assert ours().read(*push(age_s=300)).fields["Content"] == "你好 <b>"
    assert ours().read(*push(age_s=-300)).fields["Content"] == "你好 <b>"


def test_nothing_is_decrypted_before_the_signature_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(self: MessageCrypt, sealed: str) -> bytes:
        raise AssertionError("decrypted")

    monkeypatch.setattr(MessageCrypt, "decrypt", never)
    assert refused(ours(), *push(token="another")) == "signature"
    assert refused(ours(), *push(age_s=999)) == "stale"


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><ToUserName>&b;</ToUserName></xml>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><xml><ToUserName>&a;</ToUserName></xml>'


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        OUTSIDE,
        "<!DOCTYPE xml>" + TEXT,
        "",
        "junk",
        "<xml>",
        "<html></html>",
        "<xml></xml>",
        "[1]",
        "{",
        '{"a":' * 5000 + "1" + "}" * 5000,
        "<xml>" + "<a>" * 50 + "</a>" * 50 + "</xml>",
        '<?xml version="1.0" encoding="no-such"?><xml/>',
        TEXT.replace("CreateTime", "CreateTim"),
        TEXT.replace("1795566600", "yesterday"),
        TEXT.replace("<![CDATA[text]]>", "<![CDATA[event]]>"),
        TEXT.replace("<![CDATA[oSample]]>", "<a>1</a>"),
        b"\xff\xfe\x00",
    ],
)
def test_a_signed_body_that_is_none_of_wechats_is_invalid(body: str | bytes) -> None:
    with pytest.raises(Invalid):
        ours(mode="plain").read(*plain_push(body))
    with pytest.raises(Invalid):
        ours().read(*push(body))


@pytest.mark.parametrize(
    "body", [b"junk", b"<xml><Encrypt></Encrypt></xml>", b"<xml><Encrypt><a>1</a></Encrypt></xml>", BOMB.encode()]
)
def test_an_encrypted_push_without_ciphertext_is_invalid(body: bytes) -> None:
    query, _ = push()
    with pytest.raises(Invalid):
        ours().read(query, body)


# Shapes


def test_control_characters_that_people_paste_do_not_break_a_message() -> None:
    """WeChat passes them on; a refusal would show 「该公众号提供的服务出现故障」 to the person."""
    read = ours().read(*push(TEXT.replace("你好", "你\x08好\x0b")))
    assert read.fields["Content"] == "你好 <b>"
    with pytest.raises(Invalid):
        read_fields(b"<!DOCTYPE xml><xml><a>\x08</a></xml>")


def test_a_json_push_may_begin_with_a_mark_of_its_encoding() -> None:
    assert read_fields(b'\xef\xbb\xbf{"MsgType": "event"}') == {"MsgType": "event"}


def test_repeated_elements_become_lists_and_nested_ones_dicts() -> None:
    popup = read_fields((VECTORS / "samples/SubscribeMessagePopupEvent.xml").read_bytes())
    assert [item["SubscribeStatusString"] for item in popup["SubscribeMsgPopupEvent"]["List"]] == ["accept", "reject"]
    mass = read_fields((VECTORS / "samples/MassSendJobFinishEvent.xml").read_bytes())
    assert mass["CopyrightCheckResult"]["ResultList"]["item"][1]["OriginalArticleUrl"] == "Url_2"
    published = read_fields((VECTORS / "samples/PublishJobFinishEvent.xml").read_bytes())["PublishEventInfo"]
    assert published["article_id"] == "b5O2OUs25HBxRceL7hfReg-U9QGeq9zQjiDvyWP4Hq4"
    assert published["article_detail"]["item"] == {"idx": "1", "article_url": "ARTICLE_URL"}
    assert published["fail_idx"] == ["1", "2"]


def test_a_json_push_of_a_mini_program_reads_like_xml() -> None:
    body = (VECTORS / "samples/SubscribeMessagePopupEvent.List.json").read_text("utf-8-sig")
    fields = read_fields(body.encode())
    assert (fields["CreateTime"], fields["List"][0]["PopupScene"]) == ("1620973045", "0")
    assert read_fields(b'{"MsgId": 6054768590064713728}') == {"MsgId": "6054768590064713728"}


# Replies

HOSTILE = "]]><evil/>&amp;\x00\x0b\ud800 您好\n🙂 ]]]]>"


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize(
    "reply",
    [
        {"type": "text", "text": HOSTILE},
        {"type": "image", "media_id": "m]]>1"},
        {"type": "news", "articles": [{"title": HOSTILE, "description": "d", "picture_url": "p", "url": "u?a=1&b=2"}]},
        {"type": "transfer_customer_service"},
        {"type": "transfer_customer_service", "account": "nurse@sample"},
    ],
)
def test_replies_are_well_formed_whatever_they_say(reply: Any, encrypted: bool) -> None:
    callbacks = ours()
    callback = Callback({"ToUserName": ACCOUNT, "FromUserName": "oSample", "MsgType": "text"}, encrypted)
    body = callbacks.write(callback, reply)
    if encrypted:
        outer = {child.tag: child.text or "" for child in fromstring(body)}
        assert set(outer) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
        assert outer["MsgSignature"] == signature(TOKEN, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
        body = MessageCrypt([KEY], APPID).decrypt(outer["Encrypt"])
    inner = fromstring(body)
    assert [inner.findtext(name) for name in ("ToUserName", "FromUserName", "CreateTime", "MsgType")] == [
        "oSample",
        ACCOUNT,
        str(int(NOW.timestamp())),
        reply["type"],
    ]
    clean = HOSTILE.replace("\x00", "").replace("\x0b", "").replace("\ud800", "")
    if reply["type"] == "text":
        assert inner.findtext("Content") == clean
    if reply["type"] == "news":
        assert (inner.findtext("ArticleCount"), inner.findtext("Articles/item/Title")) == ("1", clean)
        assert inner.findtext("Articles/item/Url") == "u?a=1&b=2"
    if reply["type"] == "image":
        assert inner.findtext("Image/MediaId") == "m]]>1"


@pytest.mark.parametrize("reply", [None, {"type": "text", "text": " \x00"}, {"type": "news", "articles": []}])
def test_nothing_to_say_is_success(reply: Any) -> None:
    callback = Callback({"ToUserName": ACCOUNT, "FromUserName": "oSample"}, True)
    assert ours().write(callback, reply) == b"success"


def test_an_unknown_kind_of_reply_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="video"):
        ours().write(Callback({"ToUserName": ACCOUNT, "FromUserName": "o"}, False), {"type": "video"})


@pytest.mark.parametrize("key", ["", "short", KEY + "H", KEY[:-1] + "+"])
def test_a_key_that_is_none_stops_the_start(key: str) -> None:
    with pytest.raises(ValueError):
        ours(aes_keys=[key])
    with pytest.raises(ValueError):
        ours(aes_keys=[])


# Any bytes


@given(message=st.binary(max_size=300), random16=st.binary(min_size=16, max_size=16))
def test_what_is_sealed_opens_to_the_same(message: bytes, random16: bytes) -> None:
    crypt = MessageCrypt([OLD_KEY, KEY], APPID)
    assert crypt.decrypt(crypt.encrypt(message, random16)) == message
    assert MessageCrypt([KEY, OLD_KEY], APPID).decrypt(crypt.encrypt(message)) == message


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    body=st.binary(max_size=200),
    query=st.dictionaries(
        st.sampled_from(["timestamp", "nonce", "signature", "msg_signature", "encrypt_type"]), st.text(max_size=12)
    ),
)
def test_any_bytes_are_refused_and_never_crash(body: bytes, query: dict[str, str]) -> None:
    for callbacks in (ours(), ours(mode="plain")):
        with pytest.raises((NotGenuine, Invalid)):
            callbacks.read(query, body)


@given(content=st.binary(max_size=200), blocks=st.binary(max_size=200))
def test_any_signed_content_is_read_or_refused(content: bytes, blocks: bytes) -> None:
    sealed = base64.b64encode(blocks[: len(blocks) // 16 * 16]).decode()
    for wrong in (push(content), push(sealed=sealed or "AA=="), plain_push(content), push(content.hex())):
        with pytest.raises((NotGenuine, Invalid)):
            ours(mode="plain").read(*wrong)


def test_a_captured_push_cannot_carry_another_body() -> None:
    query, _ = push()
    _, other = push(TEXT.replace("你好", "再见"))
    assert refused(ours(), query, other) == "signature"
    assert ours(now=lambda: NOW + timedelta(seconds=299)).read(*push()).encrypted
