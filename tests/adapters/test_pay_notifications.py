"""WeChat Pay's notifications: genuine ones are opened, every forged or spoiled one is refused for its own reason."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.adapters.http import Http
from server.adapters.wechat_pay import WeChatPayClient
from server.adapters.wechat_pay_keys import open_sealed
from server.context import RefundState
from server.errors import Invalid, NotGenuine
from tests.adapters.foreigner import NOW
from tests.adapters.pay_side import (
    MCHID,
    PUBLIC_KEY_ID,
    REFUNDED,
    SEALING_KEY,
    TRADE,
    VECTORS,
    Keys,
    client_of,
    envelope,
    public_pem,
    signed,
)

pytestmark = pytest.mark.covers("A12")

AEAD = json.loads((VECTORS / "pay_aead.json").read_text())
BY_ID = {vector["id"]: vector for vector in AEAD["vectors"]}


# Published values


@pytest.mark.parametrize("vector", AEAD["vectors"], ids=lambda vector: vector["id"])
def test_published_resources_open(vector: Any) -> None:
    opened = open_sealed(
        vector["key"].encode(),
        nonce=vector["nonce"],
        associated_data=vector["associated_data"],
        ciphertext=vector["ciphertext_b64"],
    )
    assert opened.decode() == vector["plaintext"]


@pytest.mark.parametrize("vector", AEAD["negative"], ids=lambda vector: vector["id"])
def test_published_wrong_resources_do_not_open(vector: Any) -> None:
    changed = BY_ID[vector["base"]] | vector["change"]
    with pytest.raises(NotGenuine):
        open_sealed(
            changed["key"].encode(),
            nonce=changed["nonce"],
            associated_data=changed["associated_data"],
            ciphertext=changed["ciphertext_b64"],
        )


@given(
    nonce=st.text(max_size=14),
    associated_data=st.text(max_size=5),
    ciphertext=st.text(max_size=60) | st.binary().map(lambda b: base64.b64encode(b).decode()),
)
def test_anything_sealed_by_nobody_does_not_open(nonce: str, associated_data: str, ciphertext: str) -> None:
    with pytest.raises(NotGenuine):
        open_sealed(SEALING_KEY.encode(), nonce=nonce, associated_data=associated_data, ciphertext=ciphertext)


# Notifications


def test_a_payment_is_reported(offline: WeChatPayClient, keys: Keys) -> None:
    body = envelope(TRADE)
    for headers in (signed(keys.public_mode, PUBLIC_KEY_ID, body), signed(keys.certified, keys.serial, body)):
        read = offline.read_notification(headers, body)
        assert (read.id, read.event_type) == ("EV-2018022511223320873", "TRANSACTION.SUCCESS")
        assert read.trade
        assert (read.trade.state, read.trade.total_fen, read.refund) == ("SUCCESS", 100, None)
        assert offline.read_notification({name.lower(): value for name, value in headers.items()}, body) == read


def test_a_refund_is_reported(offline: WeChatPayClient, keys: Keys) -> None:
    body = envelope(REFUNDED, "REFUND.SUCCESS")
    read = offline.read_notification(signed(keys.public_mode, PUBLIC_KEY_ID, body), body)
    at = datetime(2018, 6, 8, 2, 34, 56, tzinfo=UTC)
    assert (read.trade, read.refund) == (None, RefundState("7752501201407033233368018", "SUCCESS", 999, at))


@pytest.mark.parametrize(
    "reason",
    [
        "missing",
        "signtest",
        "timestamp",
        "stale",
        "future",
        "serial",
        "signature",
        "body",
        "base64",
        "swapped",
        "ciphertext",
        "sealing key",
        "mchid",
    ],
)
def test_a_wrong_notification_is_refused_for_its_own_reason(offline: WeChatPayClient, keys: Keys, reason: str) -> None:
    body = envelope(TRADE)
    headers = signed(keys.public_mode, PUBLIC_KEY_ID, body)
    expected = reason
    match reason:
        case "missing":
            del headers["Wechatpay-Nonce"]
        case "signtest":
            headers["Wechatpay-Signature"] = "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]
        case "timestamp":
            headers["Wechatpay-Timestamp"] = "yesterday"
        case "stale":
            headers = signed(keys.public_mode, PUBLIC_KEY_ID, body, age_s=301)
        case "future":
            headers = signed(keys.public_mode, PUBLIC_KEY_ID, body, age_s=-301)
        case "serial":
            headers["Wechatpay-Serial"] = "PUB_KEY_ID_1"
        case "signature":
            headers["Wechatpay-Signature"] = signed(keys.stranger, PUBLIC_KEY_ID, body)["Wechatpay-Signature"]
        case "body":
            body, expected = body.replace("成功".encode(), "失败".encode()), "signature"
        case "base64":
            headers["Wechatpay-Signature"], expected = "***", "signature"
        case "swapped":  # the certificate's serial over the public key's signature
            headers["Wechatpay-Serial"], expected = keys.serial, "signature"
        case "ciphertext":
            given = json.loads(body)
            given["resource"]["associated_data"] = "refund"
            body = json.dumps(given).encode()
            headers = signed(keys.public_mode, PUBLIC_KEY_ID, body)
        case "sealing key":
            body, expected = envelope(TRADE, key="f" * 32), "ciphertext"
            headers = signed(keys.public_mode, PUBLIC_KEY_ID, body)
        case "mchid":
            body = envelope(TRADE | {"mchid": "1900000110"})
            headers = signed(keys.public_mode, PUBLIC_KEY_ID, body)
    with pytest.raises(NotGenuine) as caught:
        offline.read_notification(headers, body)
    assert caught.value.details["reason"] == expected


@pytest.mark.parametrize("missing", ["Serial", "Timestamp", "Nonce", "Signature"])
def test_each_part_of_the_proof_is_needed(offline: WeChatPayClient, keys: Keys, missing: str) -> None:
    body = envelope(TRADE)
    headers = signed(keys.public_mode, PUBLIC_KEY_ID, body)
    del headers[f"Wechatpay-{missing}"]
    with pytest.raises(NotGenuine) as caught:
        offline.read_notification(headers, body)
    assert caught.value.details["reason"] == "missing"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"junk",
        b"[1]",
        b"{}",
        b'{"resource": {"nonce": 1, "ciphertext": 2}}',
        envelope(b"junk"),
        envelope([1]),
        envelope({name: value for name, value in TRADE.items() if name != "trade_state"}),
        envelope(TRADE | {"amount": {"total": True}}),
        envelope(TRADE | {"amount": {"total": -1}}),
        envelope(TRADE, "REFUND.SUCCESS"),
    ],
)
def test_a_signed_notification_of_another_shape_is_invalid(offline: WeChatPayClient, keys: Keys, body: bytes) -> None:
    with pytest.raises(Invalid):
        offline.read_notification(signed(keys.public_mode, PUBLIC_KEY_ID, body), body)


@given(
    body=st.binary(max_size=100),
    headers=st.dictionaries(
        st.sampled_from(["Wechatpay-Serial", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature"]),
        st.text(max_size=20),
    ),
)
def test_any_bytes_are_refused_and_never_crash(offline: WeChatPayClient, body: bytes, headers: dict[str, str]) -> None:
    usual = {"Wechatpay-Serial": PUBLIC_KEY_ID, "Wechatpay-Timestamp": str(int(NOW.timestamp()))}
    for given_headers in (headers, usual | {"Wechatpay-Nonce": "n", "Wechatpay-Signature": "AA=="} | headers):
        with pytest.raises(NotGenuine):
            offline.read_notification(given_headers, body)


def test_an_event_of_another_kind_has_neither_trade_nor_refund(offline: WeChatPayClient, keys: Keys) -> None:
    body = envelope({"mchid": MCHID}, "VIOLATION.PUNISH")
    read = offline.read_notification(signed(keys.public_mode, PUBLIC_KEY_ID, body), body)
    assert (read.event_type, read.trade, read.refund) == ("VIOLATION.PUNISH", None, None)


def test_a_new_key_is_found_without_a_restart(offline: WeChatPayClient, keys: Keys) -> None:
    body, serial = envelope(TRADE), "PUB_KEY_ID_0000000000000024101100397200000099"
    headers = signed(keys.stranger, serial, body)
    with pytest.raises(NotGenuine):
        offline.read_notification(headers, body)
    file = keys.public_keys / serial
    file.write_bytes(public_pem(keys.stranger))
    assert offline.read_notification(headers, body).trade
    file.unlink()
    with pytest.raises(NotGenuine):
        offline.read_notification(signed(keys.stranger, "PUB_KEY_ID_2", body), body)
    with pytest.raises(NotGenuine):
        offline.read_notification(headers, body)


@pytest.mark.parametrize("key", ["short", "x" * 33])
def test_a_sealing_key_of_another_length_stops_the_start(keys: Keys, key: str) -> None:
    with pytest.raises(ValueError):
        client_of(keys, Http(), "http://127.0.0.1:1", apiv3_key=key)
