"""WeChat Pay's cryptography: our signature, the proof of theirs, the sealed resource of a notification.

Source: WECHAT.md 6.1 to 6.3. Everything is over raw bytes; opened content is never logged.
"""

import base64
import binascii
import functools
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server import logs
from server.adapters.wechat_crypto import check_age
from server.errors import NotGenuine

_log = logs.get("adapters.wechat_pay")
_PROBE = "WECHATPAY/SIGNTEST/"
_PUBLIC_KEY_ID = "PUB_KEY_ID_"


class MerchantKey:
    """Our own key: signs requests and what phones hand to the payment sheet."""

    def __init__(self, *, mchid: str, serial: str, private_key: bytes) -> None:
        """`serial` of the merchant certificate, `private_key` as PEM. ValueError when it is no RSA key."""
        self._key, self._mchid, self._serial = _private_key(private_key), mchid, serial

    def sign(self, *lines: str) -> str:
        """Base64 RSA-SHA256 signature of the lines, each ended by a newline."""
        text = "".join(f"{line}\n" for line in lines).encode()
        return base64.b64encode(self._key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()

    def authorization(self, method: str, target: str, body: str, now: datetime, nonce: str = "") -> str:
        """The Authorization header of a request; `target` is path with query exactly as sent."""
        timestamp, nonce = str(int(now.timestamp())), nonce or secrets.token_hex(16)
        return (
            f'WECHATPAY2-SHA256-RSA2048 mchid="{self._mchid}",nonce_str="{nonce}",timestamp="{timestamp}",'
            f'serial_no="{self._serial}",signature="{self.sign(method, target, timestamp, nonce, body)}"'
        )


@functools.cache  # reading one checks the whole key, which takes 40 ms
def _private_key(pem: bytes) -> RSAPrivateKey:
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the merchant key must be RSA")
    return key


class PlatformKeys:
    """WeChat Pay's public keys and certificates, chosen by the Wechatpay-Serial of a message.

    Each file of the directory is named by its serial (`PUB_KEY_ID_…` or the certificate's, with or
    without `.pem`) and holds PEM. A file that is added is found without a restart.
    """

    def __init__(self, directory: Path) -> None:
        self._directory, self._changed = directory, -1
        self._keys: dict[str, RSAPublicKey] = {}
        self._read_again()

    @property
    def public_key_id(self) -> str | None:
        """The newest PUB_KEY_ID_… we hold: sent with requests so that answers are signed by it."""
        return max((serial for serial in self._keys if serial.startswith(_PUBLIC_KEY_ID)), default=None)

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Prove that WeChat Pay signed `body` (raw, perhaps empty) within 300 s.

        Raises NotGenuine(reason=missing|signtest|timestamp|stale|future|serial|signature).
        """
        given = {name.lower(): value for name, value in headers.items()}
        serial, timestamp, nonce, proof = (
            given.get(f"wechatpay-{name}", "") for name in ("serial", "timestamp", "nonce", "signature")
        )
        if not (serial and timestamp and nonce and proof):
            raise NotGenuine(reason="missing")
        if proof.startswith(_PROBE):
            raise NotGenuine(reason="signtest")
        check_age(timestamp, now)
        key = self._key(serial)
        if key is None:
            raise NotGenuine(reason="serial")
        try:
            content = f"{timestamp}\n{nonce}\n".encode("utf-8", "replace") + body + b"\n"
            key.verify(base64.b64decode(proof, validate=True), content, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            raise NotGenuine(reason="signature") from None

    def _key(self, serial: str) -> RSAPublicKey | None:
        if serial not in self._keys:
            self._read_again()
        return self._keys.get(serial)

    def _read_again(self) -> None:
        """Read the directory if it has changed; all of it before anything is replaced."""
        try:
            changed = self._directory.stat().st_mtime_ns
            if changed == self._changed:
                return
            files = [file for file in sorted(self._directory.iterdir()) if file.is_file()]
            self._keys = {file.name.removesuffix(".pem"): key for file in files if (key := _read_key(file))}
            self._changed = changed
        except OSError as error:
            _log.error("pay.keys_unreadable", error=type(error).__name__)


def _read_key(file: Path) -> RSAPublicKey | None:
    pem = file.read_bytes()
    try:
        certified = b"BEGIN CERTIFICATE" in pem
        key = x509.load_pem_x509_certificate(pem).public_key() if certified else serialization.load_pem_public_key(pem)
        if isinstance(key, RSAPublicKey):
            return key
    except ValueError:
        pass
    _log.error("pay.no_key_in_file", serial=file.name)
    return None


def open_sealed(key: bytes, *, nonce: str, associated_data: str, ciphertext: str) -> bytes:
    """Open AEAD_AES_256_GCM content (base64 of data and tag). NotGenuine(reason=ciphertext)."""
    try:
        return AESGCM(key).decrypt(
            nonce.encode(), base64.b64decode(ciphertext, validate=True), associated_data.encode()
        )
    except (InvalidTag, ValueError, OverflowError):
        raise NotGenuine(reason="ciphertext") from None
