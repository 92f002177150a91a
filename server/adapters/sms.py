"""Text messages through an HTTP provider."""

import hashlib
import hmac
import json

from server.adapters.http import Http
from server.errors import Again, Foreign


class SmsClient:
    """Implements `context.Sms`: POST {url}/send with an HMAC-SHA256 of the body in X-SMS-Signature."""

    def __init__(self, *, url: str, secret: str, http: Http) -> None:
        """`url` without a slash at its end."""
        self._url, self._secret, self._http = url.rstrip("/"), secret.encode(), http

    async def send(self, id: str, phone: str, text: str) -> None:
        """Send one text; the same `id` is sent once. Raises Foreign("sms", …)."""
        body = json.dumps({"id": id, "phone": phone, "text": text}, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "X-SMS-Signature": hmac.new(self._secret, body, hashlib.sha256).hexdigest(),
        }
        url = f"{self._url}/send"
        answer = await self._http.send("sms", "send", "POST", url, body=body, headers=headers, repeatable=True)
        if not 200 <= answer.status < 300:
            again: Again = (
                "unknown" if answer.status >= 500 else "later" if answer.status in (401, 408, 429) else "never"
            )
            raise Foreign("sms", f"http_{answer.status}", again)
