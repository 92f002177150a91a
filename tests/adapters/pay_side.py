"""WeChat Pay as its tests play it: keys, signed answers, sealed notifications."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.adapters.http import Http
from server.adapters.wechat_pay import WeChatPayClient
from tests.adapters.foreigner import NOW, Call

VECTORS = Path(__file__).parent / "vectors"
MCHID, SERIAL, SEALING_KEY = "1900000109", "5157F09EFDC096DE15EBE81A47057A72", "0123456789abcdef0123456789abcdef"
PUBLIC_KEY_ID = "PUB_KEY_ID_0000000000000024101100397200000006"


@dataclass
class Keys:
    """Both sides' keys. WeChat Pay has a public key and a certificate, as during its migration."""

    folder: Path
    merchant: rsa.RSAPrivateKey
    public_mode: rsa.RSAPrivateKey
    certified: rsa.RSAPrivateKey
    stranger: rsa.RSAPrivateKey
    serial: str

    @property
    def public_keys(self) -> Path:
        return self.folder / "wechatpay"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # small, for speed


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def certificate_of(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sample platform")])
    draft = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    return draft.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1825)).sign(key, hashes.SHA256())


def make_keys(folder: Path) -> Keys:
    """Both sides' keys, ours and a stranger's, in files as in production."""
    merchant, public_mode, certified, stranger = (new_key() for _ in range(4))
    (folder / "merchant.pem").write_bytes(
        merchant.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    (folder / "wechatpay").mkdir()
    certificate = certificate_of(certified)
    serial = f"{certificate.serial_number:X}"
    (folder / "wechatpay" / f"{serial}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "wechatpay" / PUBLIC_KEY_ID).write_bytes(public_pem(public_mode))
    (folder / "wechatpay" / "README").write_text("not a key")
    return Keys(folder, merchant, public_mode, certified, stranger, serial)


def client_of(keys: Keys, http: Http, url: str, apiv3_key: str = SEALING_KEY) -> WeChatPayClient:
    return WeChatPayClient(
        mchid=MCHID,
        serial=SERIAL,
        private_key=keys.folder / "merchant.pem",
        apiv3_key=apiv3_key,
        public_keys=keys.public_keys,
        url=url,
        http=http,
        now=lambda: NOW,
    )


def signed(key: rsa.RSAPrivateKey, serial: str, body: bytes, age_s: int = 0) -> dict[str, str]:
    """The headers by which WeChat Pay proves a body."""
    timestamp, nonce = str(int(NOW.timestamp()) - age_s), "c5ac7061fccab6bf3e254dcf98995b8c"
    proof = key.sign(f"{timestamp}\n{nonce}\n".encode() + body + b"\n", padding.PKCS1v15(), hashes.SHA256())
    return {
        "Wechatpay-Serial": serial,
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": base64.b64encode(proof).decode(),
    }


def said(keys: Keys, body: Any, status: int = 200) -> Callable[[Call], Any]:
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    return lambda call: (status, signed(keys.public_mode, PUBLIC_KEY_ID, content), content)


def sample(name: str) -> Any:
    return json.loads((VECTORS / "samples" / name).read_text("utf-8-sig"))


def envelope(resource: Any, event_type: str = "TRANSACTION.SUCCESS", key: str = SEALING_KEY) -> bytes:
    content = resource if isinstance(resource, bytes) else json.dumps(resource, ensure_ascii=False).encode()
    sealed = AESGCM(key.encode()).encrypt(b"nonce0123456", content, b"transaction")
    return json.dumps(
        {
            "id": "EV-2018022511223320873",
            "create_time": "2015-05-20T13:29:35+08:00",
            "resource_type": "encrypt-resource",
            "event_type": event_type,
            "summary": "支付成功",
            "resource": {
                "original_type": "transaction",
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": base64.b64encode(sealed).decode(),
                "associated_data": "transaction",
                "nonce": "nonce0123456",
            },
        },
        ensure_ascii=False,
    ).encode()


TRADE = sample("TransactionResource.json") | {"mchid": MCHID}
REFUNDED = sample("RefundResource.json") | {"mchid": MCHID}
