"""The platform's cryptography gives the published values, so that both sides agree for the right reason."""

import json
from pathlib import Path

import pytest

from server.sandbox import crypto

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())


def box(vector):
    return crypto.MessageBox(vector["token"], vector["encoding_aes_key"], vector["appid"])


def of_kind(kind):
    return [pytest.param(v, id=v["id"]) for v in VECTORS["messages"] if v["kind"] == kind]


@pytest.mark.covers("N2.2")
@pytest.mark.parametrize("vector", of_kind("encrypt_deterministic"))
def test_a_message_is_encrypted_to_the_published_bytes(vector):
    assert box(vector).encrypt(vector["plaintext"], vector["random16"].encode()) == vector["ciphertext_b64"]


@pytest.mark.parametrize("vector", of_kind("verify_and_decrypt"))
def test_a_published_message_verifies_and_opens(vector):
    signed = box(vector).signature(vector["timestamp"], vector["nonce"], vector["ciphertext_b64"])
    assert signed == vector["msg_signature"]
    assert box(vector).decrypt(vector["ciphertext_b64"]).strip() == vector["plaintext"].strip()


def test_a_message_for_another_appid_or_with_a_changed_byte_is_refused():
    vector = VECTORS["messages"][0]
    other = crypto.MessageBox(vector["token"], vector["encoding_aes_key"], "wxother")
    with pytest.raises(ValueError, match="appid"):
        other.decrypt(vector["ciphertext_b64"])
    with pytest.raises(ValueError):
        box(vector).decrypt(vector["ciphertext_b64"][:-4] + "AAA=")


@pytest.mark.parametrize("vector", VECTORS["signatures"], ids=lambda v: v["id"])
def test_published_signatures_come_out_the_same(vector):
    if vector["kind"] == "callback_sha1":
        made = crypto.sha1_of(vector["token"], vector["timestamp"], vector["nonce"])
    else:
        made = crypto.js_sdk_signature(vector["jsapi_ticket"], vector["noncestr"], vector["timestamp"], vector["url"])
    assert made == vector["signature"]


@pytest.mark.parametrize("vector", VECTORS["aead"], ids=lambda v: v["id"])
def test_a_resource_is_sealed_to_the_published_ciphertext(vector):
    sealed = crypto.seal(vector["key"], vector["plaintext"], vector["associated_data"], vector["nonce"])
    assert sealed["ciphertext"] == vector["ciphertext_b64"]
