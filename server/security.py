"""Sealing personal fields, the searchable index, passwords, digests.

A document's personal fields are sealed together in one envelope
`{v: 1, k: key id, n: nonce, c: ciphertext+tag}` with SM4-GCM (GB/T 32907), bound to
collection, document and field: an envelope moved elsewhere does not open. What must be found
again is stored beside it as an HMAC-SM3 (GB/T 32905) under a key of its own.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as keyed
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

Envelope = dict[str, Any]


class Unsealable(Exception):
    """An envelope that was moved, changed, or sealed by a key we do not hold."""


class Security:
    """The keys of one installation and what is done with them."""

    passwords: ClassVar[PasswordHasher] = PasswordHasher()  # the tests take a quick one

    def __init__(self, seal_keys: Mapping[str, bytes], index_key: bytes) -> None:
        """`seal_keys`: key id -> 16 bytes, the first is used for new envelopes; `index_key`: 32 bytes."""
        if not seal_keys or any(len(key) != 16 for key in seal_keys.values()) or len(index_key) < 32:
            raise ValueError("SEAL_KEY needs 16 bytes per key id, INDEX_KEY 32 bytes")
        self._keys, self._index_key = dict(seal_keys), index_key
        self._current = next(iter(seal_keys))

    @classmethod
    def from_settings(cls, seal_key: str, index_key: str) -> "Security":
        """From SEAL_KEY=`k2:<hex>,k1:<hex>` and INDEX_KEY=`<hex>`."""
        pairs = [part.split(":", 1) for part in seal_key.split(",") if ":" in part]
        return cls({kid: bytes.fromhex(key) for kid, key in pairs}, bytes.fromhex(index_key))

    def seal(self, collection: str, doc_id: str, fields: Mapping[str, Any], field: str = "sealed") -> Envelope:
        """Seal JSON-able fields into one envelope bound to its place."""
        kid, nonce = self._current, os.urandom(12)
        encryptor = Cipher(SM4(self._keys[kid]), GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(_place(kid, collection, doc_id, field))
        plain = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
        return {"v": 1, "k": kid, "n": nonce, "c": encryptor.update(plain) + encryptor.finalize() + encryptor.tag}

    def open(self, collection: str, doc_id: str, envelope: Envelope, field: str = "sealed") -> dict[str, Any]:
        """The fields of an envelope; Unsealable when it does not belong here."""
        kid, text = envelope["k"], bytes(envelope["c"])
        if envelope["v"] != 1 or kid not in self._keys:
            raise Unsealable(f"{collection}: unknown key or version")
        decryptor = Cipher(SM4(self._keys[kid]), GCM(bytes(envelope["n"]), text[-16:])).decryptor()
        decryptor.authenticate_additional_data(_place(kid, collection, doc_id, field))
        try:
            opened: dict[str, Any] = json.loads(decryptor.update(text[:-16]) + decryptor.finalize())
        except InvalidTag:
            raise Unsealable(f"{collection}: not sealed for this place") from None
        return opened

    def index(self, purpose: str, value: str) -> str:
        """The searchable index of a value: same value and purpose, same index; nothing else to be learnt."""
        mac = keyed.HMAC(self._index_key, hashes.SM3())
        mac.update(f"{purpose}\0{value}".encode())
        return mac.finalize().hex()

    def hash_password(self, password: str) -> str:
        """Argon2id. Slow by intent (0.1 to 0.3 s): call it in a thread."""
        return self.passwords.hash(password)

    def check_password(self, stored: str, password: str) -> bool:
        """Whether the password is the stored one. Slow by intent: call it in a thread."""
        try:
            return self.passwords.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def _place(kid: str, collection: str, doc_id: str, field: str) -> bytes:
    return "\0".join(("1", kid, collection, doc_id, field)).encode()


def digest(token: str) -> str:
    """What we store of a random token, so that a stolen database opens no session."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(a: str, b: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(a.encode(), b.encode())


def make_own_keys() -> dict[str, str]:
    """Fresh values for SEAL_KEY and INDEX_KEY."""
    return {"SEAL_KEY": f"k1:{secrets.token_hex(16)}", "INDEX_KEY": secrets.token_hex(32)}
