"""WeChat's message callbacks: what proves them genuine, how they are opened, how they are answered.

Source: WECHAT.md section 1 (Tencent's WXBizMsgCrypt and the pages on receiving messages).
Nothing is decrypted before its signature has been compared in constant time.
"""

import base64
import binascii
import codecs
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from xml.etree.ElementTree import Element, ParseError

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from server.context import Callback, Json, WeChatApp
from server.errors import Invalid, NotGenuine

WINDOW_S = 300
_BLOCK = 32  # the padding's block; AES's own is 16
_DEPTH = 10
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REQUIRED = ("ToUserName", "FromUserName", "CreateTime", "MsgType")


class MessageCrypt:
    """Seals and opens messages with EncodingAESKeys (43 characters each), the newest first."""

    def __init__(self, aes_keys: Sequence[str], appid: str) -> None:
        """ValueError when a key is no EncodingAESKey."""
        self._keys = [_aes_key(key) for key in aes_keys]
        self._appid = appid.encode()

    def encrypt(self, message: bytes, random16: bytes | None = None) -> str:
        """Base64 of the sealed message, with the newest key."""
        frame = (random16 or secrets.token_bytes(16)) + len(message).to_bytes(4, "big") + message + self._appid
        size = _BLOCK - len(frame) % _BLOCK
        encryptor = _cipher(self._keys[0]).encryptor()
        sealed = encryptor.update(frame + bytes([size]) * size) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def decrypt(self, sealed: str) -> bytes:
        """The message that one of our keys opens.

        NotGenuine with reason `base64`, `length`, `padding`, `frame` or `appid`: that of the
        key which came furthest.
        """
        try:
            content = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError):
            raise NotGenuine(reason="base64") from None
        if not content or len(content) % 16:
            raise NotGenuine(reason="length")
        reasons = []
        for key in self._keys:
            message, reason = self._open(key, content)
            if message is not None:
                return message
            reasons.append(reason)
        raise NotGenuine(reason=next((r for r in ("appid", "frame", "padding") if r in reasons), "key"))

    def _open(self, key: bytes, content: bytes) -> tuple[bytes | None, str]:
        decryptor = _cipher(key).decryptor()
        padded = decryptor.update(content) + decryptor.finalize()
        size = padded[-1]
        if not 1 <= size <= _BLOCK or size > len(padded) or padded[-size:] != bytes([size]) * size:
            return None, "padding"
        frame = padded[:-size]
        end = 20 + int.from_bytes(frame[16:20], "big")
        if len(frame) < 20 or end > len(frame):
            return None, "frame"
        if not hmac.compare_digest(frame[end:], self._appid):
            return None, "appid"
        return frame[20:end], ""


def signature(*parts: str) -> str:
    """Hex SHA-1 of the parts, sorted and joined: token, timestamp, nonce and, for msg_signature, the ciphertext."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "replace")).hexdigest()  # noqa: S324  WeChat's choice


class Callbacks:
    """Reads pushes of the platform and writes passive replies."""

    def __init__(
        self,
        *,
        token: str,
        aes_keys: Sequence[str],
        appid: str,
        account_id: str,
        mode: Literal["plain", "safe"],
        now: Callable[[], datetime],
        app: WeChatApp = "service",
    ) -> None:
        """Without a token nothing is believed. `account_id` (gh_…): whom pushes must address; empty: not checked.

        In mode `safe` unencrypted pushes are refused (their signature does not cover the body); in `plain`
        encrypted ones are read too.
        """
        self._token, self._account_id, self._mode, self._now, self._app = token, account_id, mode, now, app
        self._crypt = MessageCrypt(aes_keys, appid)
        if mode == "safe" and not aes_keys:
            raise ValueError("safe mode needs an EncodingAESKey")

    def check_address(self, query: Mapping[str, str]) -> str:
        """Answer the platform's GET verification: the echostr as it came. Raises NotGenuine."""
        self._check(query, "signature")
        return query.get("echostr", "")

    def read(self, query: Mapping[str, str], body: bytes) -> Callback:
        """Verify and open one push.

        Raises NotGenuine(reason=token|signature|timestamp|stale|future|plain|base64|length|padding|frame|appid|
        account) and Invalid for a body that is none of WeChat's. Values of `fields` are text; an element
        with children is a dict, repeated elements are a list (a single one is not).
        """
        if query.get("encrypt_type", "raw") != "aes":
            if self._mode == "safe":
                raise NotGenuine(reason="plain")
            self._check(query, "signature")
            return Callback(self._complete(read_fields(body)), encrypted=False, app=self._app)
        sealed = read_fields(body).get("Encrypt")
        if not isinstance(sealed, str) or not sealed:
            raise Invalid(reason="no Encrypt")
        self._check(query, "msg_signature", sealed)
        return Callback(self._complete(read_fields(self._crypt.decrypt(sealed))), encrypted=True, app=self._app)

    def write(self, callback: Callback, reply: Json | None) -> bytes:
        """The answer to a push: `success`, or a reply, sealed when the push was.

        Replies: {type:"text",text} {type:"image",media_id}
        {type:"news",articles:[{title,description,picture_url,url}]} {type:"transfer_customer_service",account?}.
        Nothing to say (no text, no article) is `success`. ValueError for another type.
        """
        content = _reply_body(reply) if reply else None
        if content is None:
            return b"success"
        timestamp = str(int(self._now().timestamp()))
        message = _element(
            "xml",
            _text("ToUserName", callback.fields["FromUserName"])
            + _text("FromUserName", callback.fields["ToUserName"])
            + f"<CreateTime>{timestamp}</CreateTime>{content}",
        ).encode()
        if not callback.encrypted:
            return message
        sealed, nonce = self._crypt.encrypt(message), secrets.token_hex(8)
        proof = signature(self._token, timestamp, nonce, sealed)
        return _element(
            "xml",
            _text("Encrypt", sealed)
            + _text("MsgSignature", proof)
            + f"<TimeStamp>{timestamp}</TimeStamp>"
            + _text("Nonce", nonce),
        ).encode()

    def _check(self, query: Mapping[str, str], name: str, *more: str) -> None:
        if not self._token:
            raise NotGenuine(reason="token")
        timestamp = query.get("timestamp", "")
        expected = signature(self._token, timestamp, query.get("nonce", ""), *more)
        if not hmac.compare_digest(expected.encode(), query.get(name, "").encode("utf-8", "replace")):
            raise NotGenuine(reason="signature")
        check_age(timestamp, self._now())

    def _complete(self, fields: Json) -> Json:
        missing = [name for name in _REQUIRED if not isinstance(fields.get(name), str) or not fields[name]]
        if not missing and not (fields["CreateTime"].isascii() and fields["CreateTime"].isdecimal()):
            missing = ["CreateTime"]
        if not missing and fields["MsgType"] == "event" and not isinstance(fields.get("Event"), str):
            missing = ["Event"]
        if missing:
            raise Invalid(reason="fields", missing=missing)
        if self._account_id and fields["ToUserName"] != self._account_id:
            raise NotGenuine(reason="account")
        return fields


def check_age(timestamp: str, now: datetime) -> None:
    """Refuse a time (Unix seconds as text) more than 300 s away: NotGenuine(reason=timestamp|stale|future)."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise NotGenuine(reason="timestamp")
    age = now.timestamp() - int(timestamp)
    if abs(age) > WINDOW_S:
        raise NotGenuine(reason="stale" if age > 0 else "future")


def read_fields(body: bytes) -> Json:
    """The fields of an XML (or, for mini-programs, JSON) message; Invalid for anything else, entities included."""
    body = body.removeprefix(codecs.BOM_UTF8)
    if body.lstrip()[:1] == b"{":
        try:
            given = _as_text(json.loads(body))
        except (ValueError, RecursionError):
            raise Invalid(reason="json") from None
        return dict(given)
    try:
        root = _parse(body)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Invalid(reason="xml") from None
    if root.tag != "xml":
        raise Invalid(reason="xml")
    fields = _read(root, _DEPTH)
    return fields if isinstance(fields, dict) else {}


def _parse(body: bytes) -> Element:
    try:
        return fromstring(body, forbid_dtd=True)
    except ParseError:
        # People paste control characters and WeChat passes them on, though XML cannot carry them.
        cleaned = _clean(body.decode("utf-8", "replace")).encode()
        if cleaned == body:
            raise
        return fromstring(cleaned, forbid_dtd=True)


def _read(element: Element, depth: int) -> Json | str:
    if len(element) == 0:
        return (element.text or "").strip()
    if depth == 0:
        raise Invalid(reason="depth")
    fields: Json = {}
    for child in element:
        value = _read(child, depth - 1)
        if child.tag not in fields:
            fields[child.tag] = value
        elif isinstance(fields[child.tag], list):
            fields[child.tag].append(value)
        else:
            fields[child.tag] = [fields[child.tag], value]
    return fields


def _as_text(value: Any, depth: int = _DEPTH) -> Any:
    """JSON as the XML would have been read: every leaf is text."""
    if depth < 0:
        raise ValueError("too deep")
    if isinstance(value, dict):
        return {name: _as_text(child, depth - 1) for name, child in value.items()}
    if isinstance(value, list):
        return [_as_text(child, depth - 1) for child in value]
    return "" if value is None else str(value)


def _reply_body(reply: Json) -> str | None:
    kind = reply["type"]
    if kind == "text":
        body = _text("Content", reply["text"]) if _clean(reply["text"]).strip() else None
    elif kind == "image":
        body = _element("Image", _text("MediaId", reply["media_id"]))
    elif kind == "news":
        articles = [_article(article) for article in reply["articles"]]
        count = f"<ArticleCount>{len(articles)}</ArticleCount>"
        body = count + _element("Articles", "".join(articles)) if articles else None
    elif kind == "transfer_customer_service":
        account = reply.get("account")
        body = _element("TransInfo", _text("KfAccount", account)) if account else ""
    else:
        raise ValueError(f"no reply is called {kind!r}")
    return None if body is None else _text("MsgType", kind) + body


def _article(article: Json) -> str:
    return _element(
        "item",
        _text("Title", article["title"])
        + _text("Description", article.get("description", ""))
        + _text("PicUrl", article.get("picture_url", ""))
        + _text("Url", article["url"]),
    )


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"


def _text(name: str, value: str) -> str:
    return f"<{name}><![CDATA[{_clean(value).replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"


def _clean(value: str) -> str:
    """Without the characters that XML cannot carry."""
    return _NOT_XML.sub("", value)


def _aes_key(encoding_aes_key: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9]{43}", encoding_aes_key):
        raise ValueError("an EncodingAESKey is 43 letters and digits")
    return base64.b64decode(encoding_aes_key + "=")


def _cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
