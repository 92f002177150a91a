"""The platform's side of WeChat's cryptography: callback messages, Pay v3 signatures, AEAD. Never shared with us."""

import base64
import hashlib
import hmac
import secrets
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_BLOCK = 32


def sha1_of(*parts: str) -> str:
    """WeChat's callback signature: SHA-1 of the sorted parts joined."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def js_sdk_signature(ticket: str, nonce: str, timestamp: str, url: str) -> str:
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class MessageBox:
    """Encrypts pushes and opens encrypted replies with one EncodingAESKey (43 characters) and appid."""

    def __init__(self, token: str, aes_key: str, appid: str) -> None:
        self.token, self.appid = token, appid
        self._key = base64.b64decode(aes_key + "=")

    def encrypt(self, text: str, random16: bytes | None = None) -> str:
        raw = text.encode()
        frame = (random16 or secrets.token_bytes(16)) + struct.pack(">I", len(raw)) + raw + self.appid.encode()
        pad = _BLOCK - len(frame) % _BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(frame + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str) -> str:
        """The message; ValueError when it is not for us or was not made with our key."""
        decryptor = self._cipher().decryptor()
        frame = decryptor.update(base64.b64decode(encrypted, validate=True)) + decryptor.finalize()
        pad = frame[-1] if frame else 0
        if not 1 <= pad <= _BLOCK or frame[-pad:] != bytes([pad]) * pad:
            raise ValueError("padding")
        frame = frame[:-pad]
        length = struct.unpack(">I", frame[16:20])[0]
        if frame[20 + length :].decode() != self.appid:
            raise ValueError("appid")
        return frame[20 : 20 + length].decode()

    def signature(self, timestamp: str, nonce: str, encrypted: str | None = None) -> str:
        return sha1_of(self.token, timestamp, nonce, *([encrypted] if encrypted is not None else []))

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def sign(key: rsa.RSAPrivateKey, text: bytes) -> str:
    """SHA256withRSA, base64."""
    return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


def is_signed(key: rsa.RSAPublicKey, text: bytes, signature: str) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def seal(apiv3_key: str, plain: str, associated: str, nonce: str | None = None) -> dict[str, str]:
    """A Pay v3 `resource`: AEAD_AES_256_GCM, ciphertext with its tag, base64."""
    nonce = nonce or secrets.token_hex(6)
    sealed = AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), plain.encode(), associated.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": nonce,
        "associated_data": associated,
        "ciphertext": base64.b64encode(sealed).decode(),
    }


def hmac_hex(secret: str, text: bytes) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
