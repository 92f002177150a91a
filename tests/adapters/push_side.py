"""WeChat's side of the message callback as tests play it: pushes signed and sealed, right or wrong in one thing."""

import base64
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from server.adapters.wechat_crypto import Callbacks, MessageCrypt, signature
from tests.adapters.foreigner import NOW

TOKEN, APPID, ACCOUNT = "sampletoken", "wx0000000000sample", "gh_sample000001"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
TEXT = (
    f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[oSample]]></FromUserName>"
    "<CreateTime>1795566600</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[你好 <b>]]></Content><MsgId>6054768590064713728</MsgId></xml>"
)


def ours(**change: Any) -> Callbacks:
    values = {
        "token": TOKEN,
        "aes_keys": [KEY],
        "appid": APPID,
        "account_id": ACCOUNT,
        "mode": "safe",
        "now": lambda: NOW,
    }
    return Callbacks(**values | change)


def push(
    message: str | bytes = TEXT,
    *,
    key: str = KEY,
    appid: str = APPID,
    token: str = TOKEN,
    sealed: str | None = None,
    age_s: int = 0,
) -> tuple[dict[str, str], bytes]:
    """Query and body of an encrypted push, as the platform makes it, with what is to be wrong about it."""
    content = message.encode() if isinstance(message, str) else message
    sealed = MessageCrypt([key], appid).encrypt(content) if sealed is None else sealed
    timestamp = str(int(NOW.timestamp()) - age_s)
    query = {"timestamp": timestamp, "nonce": "n1", "encrypt_type": "aes", "openid": "oSample"}
    query["msg_signature"] = signature(token, timestamp, "n1", sealed)
    body = f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    return query, body.encode()


def plain_push(message: str | bytes = TEXT, token: str = TOKEN) -> tuple[dict[str, str], bytes]:
    timestamp = str(int(NOW.timestamp()))
    query = {"timestamp": timestamp, "nonce": "n1", "signature": signature(token, timestamp, "n1")}
    return query, message.encode() if isinstance(message, str) else message


def seal_frame(frame: bytes, key: str = KEY) -> str:
    """Seal a frame just as it is, padding and all."""
    raw = base64.b64decode(key + "=")
    encryptor = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).encryptor()
    return base64.b64encode(encryptor.update(frame) + encryptor.finalize()).decode()


def frame_of(message: bytes, appid: str = APPID, length: int | None = None) -> bytes:
    size = len(message) if length is None else length
    return b"0123456789abcdef" + size.to_bytes(4, "big") + message + appid.encode()
