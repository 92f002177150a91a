"""What is wrong in one thing is refused, and for that thing: a table over callbacks, notifications, answers, codes.

Each entry begins as a genuine one (the first test shows that it would be believed) and is spoiled once.
"""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from server.adapters.http import Http
from server.adapters.wechat_crypto import MessageCrypt, signature
from server.adapters.wechat_pay import WeChatPayClient
from server.errors import Foreign, Invalid, NotGenuine
from tests.adapters.foreigner import NOW, Foreigner
from tests.adapters.pay_side import PUBLIC_KEY_ID, TRADE, Keys, client_of, envelope, said, signed
from tests.adapters.push_side import (
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

pytestmark = pytest.mark.covers("N2.2", "N2.3")

Push = tuple[dict[str, str], bytes]
WORDS, SIZE = frame_of(TEXT.encode()), len(TEXT.encode())
OPENING = b"<Encrypt><![CDATA["


def padded(size: int) -> bytes:
    """A frame with so many bytes of padding that each say `size`, on a whole number of AES blocks."""
    return WORDS + b"\0" * (-(len(WORDS) + size) % 16) + bytes([size]) * size


def with_length(length: int) -> str:
    """Sealed and rightly padded, but the frame says that its message is so long."""
    frame = frame_of(TEXT.encode(), length=length)
    size = 32 - len(frame) % 32
    return seal_frame(frame + bytes([size]) * size)


def with_query(given: Push, **change: str) -> Push:
    return given[0] | change, given[1]


def with_body(given: Push, old: bytes, new: bytes) -> Push:
    assert old in given[1]
    return given[0], given[1].replace(old, new, 1)


def without(given: Push, name: str) -> Push:
    return {key: value for key, value in given[0].items() if key != name}, given[1]


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><ToUserName>&b;</ToUserName></xml>'
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><xml><ToUserName>&a;</ToUserName></xml>'

# what is wrong; the push; why it is refused
PUSHES: list[tuple[str, Push, str]] = [
    ("another token signs the plain push", plain_push(token="stranger"), "signature"),
    ("the plain push's nonce was changed", with_query(plain_push(), nonce="n2"), "signature"),
    ("a plain push in safe mode", with_query(plain_push(), mode="safe"), "plain"),
    ("signature instead of msg_signature", with_query(push(), msg_signature=signature(TOKEN, "1", "n1")), "signature"),
    ("msg_signature missing", without(push(), "msg_signature"), "signature"),
    ("msg_signature in capitals", with_query(push(), msg_signature=push()[0]["msg_signature"].upper()), "signature"),
    ("the ciphertext was changed after signing", with_body(push(), OPENING, OPENING + b"A"), "signature"),
    ("301 s old", push(age_s=301), "stale"),
    ("a day old, and genuine", push(age_s=86_400), "stale"),
    ("301 s in the future", push(age_s=-301), "future"),
    ("milliseconds instead of seconds", with_query(plain_push(), timestamp="1795566600000"), "signature"),
    ("padding of 0", push(sealed=seal_frame(padded(16)[:-16] + bytes(16))), "padding"),
    ("padding of 33, beyond the block of 32", push(sealed=seal_frame(padded(33))), "padding"),
    ("uneven padding", push(sealed=seal_frame(padded(16)[:-16] + bytes([1] * 15) + bytes([16]))), "padding"),
    ("padding longer than the message", push(sealed=seal_frame(b"\x20" * 16)), "padding"),
    ("no whole block of AES", push(sealed=base64.b64encode(bytes(31)).decode()), "length"),
    ("no base64", push(sealed="%" * 64), "base64"),
    ("another account's appid inside", push(appid="wx1111111111111111"), "appid"),
    ("our appid and a letter more", push(appid=APPID + "0"), "appid"),
    ("no appid at all", push(appid=""), "appid"),
    ("a length beyond the frame", push(sealed=with_length(2**32 - 1)), "frame"),
    ("a length that swallows the appid", push(sealed=with_length(SIZE + len(APPID))), "appid"),
    ("sealed with a key that was never ours", push(key=OLD_KEY), "key"),
    ("for another account", push(TEXT.replace("gh_sample000001", "gh_another")), "account"),
    ("a bomb of entities", push(ENTITIES), "xml"),
    ("a file of ours as entity", push(FILE), "xml"),
    ("a DTD without entities", push("<!DOCTYPE xml>" + TEXT), "xml"),
    ("an open element", push(TEXT.replace("</xml>", "")), "xml"),
    ("not WeChat's root", push(TEXT.replace("xml>", "html>")), "xml"),
    ("no sender", push(TEXT.replace("FromUserName", "From")), "fields"),
    ("no ciphertext", (push()[0], TEXT.encode()), "no Encrypt"),
]  # fmt: skip


def read(given: Push) -> Any:
    query, body = given
    mode = query.get("mode") or ("safe" if "encrypt_type" in query else "plain")
    return ours(mode=mode).read(query, body)


def test_the_pushes_are_believed_before_they_are_spoiled() -> None:
    for genuine in (plain_push(), push(), push(age_s=300), push(age_s=-300), push(sealed=with_length(SIZE))):
        assert read(genuine).fields["Content"] == "你好 <b>"


@pytest.mark.parametrize(("wrong", "given", "reason"), PUSHES, ids=[wrong for wrong, *_ in PUSHES])
def test_a_push_that_is_wrong_in_one_thing_is_refused_for_it(wrong: str, given: Push, reason: str) -> None:
    with pytest.raises((NotGenuine, Invalid)) as refused:
        read(given)
    found = str(refused.value.details["reason"])
    assert found in ({"padding", "frame", "appid", "key"} if reason == "key" else {reason})


# --- WeChat Pay ---------------------------------------------------------------------------------------

Spoil = Callable[[Keys, dict[str, str], bytes], tuple[dict[str, str], bytes]]


def header(name: str, value: str) -> Spoil:
    return lambda keys, headers, body: (headers | {f"Wechatpay-{name}": value}, body)


def again(age_s: int) -> Spoil:
    return lambda keys, headers, body: (signed(keys.public_mode, PUBLIC_KEY_ID, body, age_s=age_s), body)


def resealed(**change: Any) -> Spoil:
    """Another resource under a signature that is right."""

    def spoil(keys: Keys, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        given = json.loads(body)
        given["resource"] |= change
        body = json.dumps(given, ensure_ascii=False).encode()
        return signed(keys.public_mode, PUBLIC_KEY_ID, body), body

    return spoil


def tampered(keys: Keys, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    sealed = bytearray(base64.b64decode(json.loads(body)["resource"]["ciphertext"]))
    sealed[3] ^= 1
    return resealed(ciphertext=base64.b64encode(bytes(sealed)).decode())(keys, headers, body)


def of_other_merchant(keys: Keys, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    other = envelope(TRADE | {"mchid": "1900000110"})
    return signed(keys.public_mode, PUBLIC_KEY_ID, other), other


def of_other_key(keys: Keys, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    other = envelope(TRADE, key="f" * 32)
    return signed(keys.public_mode, PUBLIC_KEY_ID, other), other


def probe(keys: Keys, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    return headers | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]}, body


def of_the_certificate(keys: Keys, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    return headers | {"Wechatpay-Serial": keys.serial}, body


NOTIFICATIONS: list[tuple[str, Spoil, str]] = [
    ("JSON that was read and written again", lambda k, h, b: (h, json.dumps(json.loads(b)).encode()), "signature"),
    ("a space more at the end", lambda k, h, b: (h, b + b" "), "signature"),
    ("another nonce", header("Nonce", "00000000000000000000000000000000"), "signature"),
    ("another second", header("Timestamp", str(int(NOW.timestamp()) - 1)), "signature"),
    ("a stranger signs", lambda k, h, b: (signed(k.stranger, PUBLIC_KEY_ID, b), b), "signature"),
    ("our own merchant key signs", lambda k, h, b: (signed(k.merchant, PUBLIC_KEY_ID, b), b), "signature"),
    ("the certificate's serial over the public key", of_the_certificate, "signature"),
    ("a signature that is no base64", header("Signature", "***"), "signature"),
    ("a probe", probe, "signtest"),
    ("a serial we do not hold", header("Serial", "PUB_KEY_ID_9"), "serial"),
    ("a serial that climbs out of the folder", header("Serial", "../merchant"), "serial"),
    ("no signature", header("Signature", ""), "missing"),
    ("301 s old", again(301), "stale"),
    ("301 s in the future", again(-301), "future"),
    ("no time", header("Timestamp", "now"), "timestamp"),
    ("ciphertext changed in one bit", tampered, "ciphertext"),
    ("other associated data", resealed(associated_data="refund"), "ciphertext"),
    ("another nonce of the resource", resealed(nonce="nonce6543210"), "ciphertext"),
    ("a resource nonce of the wrong length", resealed(nonce="n"), "ciphertext"),
    ("sealed with another APIv3 key", of_other_key, "ciphertext"),
    ("another merchant's payment", of_other_merchant, "mchid"),
]  # fmt: skip


def test_the_notification_is_believed_before_it_is_spoiled(offline: WeChatPayClient, keys: Keys) -> None:
    body = envelope(TRADE)
    assert offline.read_notification(signed(keys.public_mode, PUBLIC_KEY_ID, body), body).trade
    assert offline.read_notification(signed(keys.public_mode, PUBLIC_KEY_ID, body, age_s=300), body).trade


@pytest.mark.parametrize(("wrong", "spoil", "reason"), NOTIFICATIONS, ids=[wrong for wrong, *_ in NOTIFICATIONS])
def test_a_notification_that_is_wrong_in_one_thing_is_refused_for_it(
    offline: WeChatPayClient, keys: Keys, wrong: str, spoil: Spoil, reason: str
) -> None:
    body = envelope(TRADE)
    headers, body = spoil(keys, signed(keys.public_mode, PUBLIC_KEY_ID, body), body)
    with pytest.raises(NotGenuine) as refused:
        offline.read_notification(headers, body)
    assert refused.value.details["reason"] == reason


ANSWERS: list[tuple[str, Callable[[Keys], Any]]] = [
    ("an empty 204 that nobody signed", lambda keys: (204, {}, b"")),
    ("an empty 200 that nobody signed", lambda keys: (200, {}, b"")),
    ("a 204 signed over another body", lambda keys: (204, signed(keys.public_mode, PUBLIC_KEY_ID, b"{}"), b"")),
    ("a 204 signed 301 s ago", lambda keys: (204, signed(keys.public_mode, PUBLIC_KEY_ID, b"", age_s=301), b"")),
    ("a 204 signed by a stranger", lambda keys: (204, signed(keys.stranger, PUBLIC_KEY_ID, b""), b"")),
]


@pytest.mark.parametrize(("wrong", "answer"), ANSWERS, ids=[wrong for wrong, _ in ANSWERS])
async def test_no_2xx_is_believed_without_its_proof(
    foreigner: Foreigner, keys: Keys, http: Http, wrong: str, answer: Callable[[Keys], Any]
) -> None:
    path, pay = "/v3/pay/transactions/out-trade-no/N1/close", client_of(keys, http, foreigner.url)
    foreigner.answers[path] = said(keys, None, 204)
    await pay.close("N1")
    foreigner.answers[path] = lambda call: answer(keys)
    with pytest.raises(Foreign) as refused:
        await pay.close("N1")
    assert (refused.value.foreign_code, refused.value.again) == ("bad_signature", "unknown")


def test_the_old_key_reads_during_a_rotation_and_never_after_it() -> None:
    query, body = push(key=OLD_KEY)
    assert ours(aes_keys=[KEY, OLD_KEY]).read(query, body).fields["Content"] == "你好 <b>"
    with pytest.raises(NotGenuine):
        ours(aes_keys=[KEY]).read(query, body)
    with pytest.raises(NotGenuine):  # the newest key alone seals, so nobody can have made this with it
        MessageCrypt([OLD_KEY], APPID).decrypt(MessageCrypt([KEY, OLD_KEY], APPID).encrypt(b"x"))


def test_in_compatible_mode_only_what_is_sealed_counts() -> None:
    query, body = push()
    both = body.replace(b"<Encrypt>", "<Content><![CDATA[别信我]]></Content><Encrypt>".encode())
    assert ours().read(query, both).fields["Content"] == "你好 <b>"
