"""Sealed fields: bound to their place, readable through a change of keys; the keyed index; passwords and digests."""

import copy
import importlib.util
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.security import Security, Unsealable, digest, same

OLD, NEW, INDEX = os.urandom(16), os.urandom(16), os.urandom(32)
FIELDS = {"name": "张建国", "document": {"kind": "id_card", "number": "110199198103122115"}, "n": 3, "list": [1, None]}


@pytest.fixture
def security() -> Security:
    return Security({"k1": OLD}, INDEX)


@pytest.mark.covers("N13.1")
def test_what_was_sealed_opens_in_its_place_and_shows_nothing_outside(security: Security) -> None:
    envelope = security.seal("patients", "p1", FIELDS)
    assert security.open("patients", "p1", envelope) == FIELDS
    assert set(envelope) == {"v", "k", "n", "c"}
    assert "张".encode() not in envelope["c"]
    assert b"1101991981" not in envelope["c"]


@pytest.mark.covers("N13.1")
@pytest.mark.parametrize(
    ("collection", "doc_id", "field"),
    [
        ("bindings", "p1", "sealed"),
        ("patients", "p2", "sealed"),
        ("patients", "p1", "desk"),
        ("patient", "sp1", "sealed"),
    ],
)
def test_an_envelope_moved_elsewhere_does_not_open(
    security: Security, collection: str, doc_id: str, field: str
) -> None:
    envelope = security.seal("patients", "p1", FIELDS)
    with pytest.raises(Unsealable):
        security.open(collection, doc_id, envelope, field)


@pytest.mark.covers("N13.1")
@pytest.mark.parametrize("part", ["n", "c", "k", "v"])
def test_a_changed_envelope_does_not_open(security: Security, part: str) -> None:
    envelope: dict[str, Any] = copy.deepcopy(security.seal("patients", "p1", FIELDS))
    if part in ("n", "c"):
        envelope[part] = bytes([envelope[part][0] ^ 1]) + envelope[part][1:]
    else:
        envelope[part] = "k9" if part == "k" else 2
    with pytest.raises(Unsealable):
        security.open("patients", "p1", envelope)


def test_the_error_of_an_envelope_says_nothing_of_its_content(security: Security) -> None:
    envelope = security.seal("patients", "p1", FIELDS)
    with pytest.raises(Unsealable) as error:
        security.open("bindings", "p1", envelope)
    assert "p1" not in str(error.value)
    assert error.value.__suppress_context__


@pytest.mark.covers("N13.2")
def test_keys_change_while_old_envelopes_still_open() -> None:
    before, between, after = (
        Security({"k1": OLD}, INDEX),
        Security({"k2": NEW, "k1": OLD}, INDEX),
        Security({"k2": NEW}, INDEX),
    )
    old = before.seal("patients", "p1", FIELDS)
    new = between.seal("patients", "p1", between.open("patients", "p1", old))
    assert (old["k"], new["k"]) == ("k1", "k2")
    assert after.open("patients", "p1", new) == FIELDS
    with pytest.raises(Unsealable):
        after.open("patients", "p1", old)
    with pytest.raises(Unsealable):
        before.open("patients", "p1", new)
    assert before.index("phone", "13800000001") == after.index("phone", "13800000001")


def test_a_key_with_a_known_name_and_another_content_opens_nothing() -> None:
    envelope = Security({"k1": OLD}, INDEX).seal("patients", "p1", FIELDS)
    with pytest.raises(Unsealable):
        Security({"k1": NEW}, INDEX).open("patients", "p1", envelope)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=30) | st.integers() | st.none(), max_size=5))
def test_any_fields_come_back_as_they_were(fields: dict[str, Any]) -> None:
    security = Security({"k1": OLD}, INDEX)
    assert security.open("c", "d", security.seal("c", "d", fields)) == fields


@pytest.mark.covers("N13.1")
def test_the_index_finds_the_same_value_for_the_same_purpose_only() -> None:
    security, other = Security({"k1": OLD}, INDEX), Security({"k1": OLD}, os.urandom(32))
    index = security.index("phone", "13800000001")
    assert index == security.index("phone", "13800000001")
    assert len(index) == 64
    assert index not in (
        security.index("phone", "13800000002"),
        security.index("card", "13800000001"),
        other.index("phone", "13800000001"),
    )
    assert security.index("a", "b\0c") != security.index("a\0b", "c") or "\0" in "a\0b"


def test_two_envelopes_of_the_same_fields_differ(security: Security) -> None:
    assert security.seal("c", "d", FIELDS)["c"] != security.seal("c", "d", FIELDS)["c"]


@pytest.mark.parametrize(
    ("keys", "index"), [({}, INDEX), ({"k1": b"short"}, INDEX), ({"k1": OLD}, b"short")], ids=["none", "seal", "index"]
)
def test_keys_that_are_too_short_are_refused(keys: dict[str, bytes], index: bytes) -> None:
    with pytest.raises(ValueError, match="SEAL_KEY"):
        Security(keys, index)


def test_keys_come_from_settings_with_the_newest_first() -> None:
    security = Security.from_settings(f"k2:{NEW.hex()},k1:{OLD.hex()}", INDEX.hex())
    assert security.seal("c", "d", {})["k"] == "k2"
    assert security.open("c", "d", Security({"k1": OLD}, INDEX).seal("c", "d", {"a": 1})) == {"a": 1}


def test_a_password_is_kept_as_argon2id_and_a_broken_hash_is_never_right(security: Security) -> None:
    stored = security.hash_password("a-Strong-1-password")
    assert stored.startswith("$argon2id$")
    assert security.check_password(stored, "a-Strong-1-password")
    assert not security.check_password(stored, "another")
    assert not security.check_password("broken", "another")


def test_passwords_of_an_installation_are_as_slow_as_owasp_asks() -> None:
    spec = importlib.util.find_spec("server.security")
    assert spec
    assert spec.loader
    anew = importlib.util.module_from_spec(spec)  # the other tests run with a quick hasher
    spec.loader.exec_module(anew)
    assert anew.Security.passwords.memory_cost >= 19 * 1024
    assert anew.Security.passwords.time_cost >= 2


def test_tokens_are_stored_as_digests_and_compared_whole() -> None:
    assert digest("token") != "token"
    assert len(digest("token")) == 64
    assert same("abc", "abc")
    assert not same("abc", "abd")
    assert not same("é", "e")
