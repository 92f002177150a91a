"""The SMS gateway: takes signed messages and puts them on the phone whose number they are for."""

import json
import re
from typing import Any

from server.sandbox.crypto import hmac_hex, same
from server.sandbox.state import Doc
from server.sandbox.web import Handler
from server.sandbox.world import World

_PHONE = re.compile(r"\+?\d{5,20}")
_LONGEST = 500


class Send(Handler):
    """POST /sms/send {id, phone, text}, X-SMS-Signature: hmac-sha256(secret, body), hex. One message per id."""

    part = "sms"

    def post(self) -> None:
        world = self.world
        given = self.request.headers.get("X-SMS-Signature", "")
        if not same(given.lower(), hmac_hex(world.values["SMS_SECRET"], self.request.body)):
            self.answer({"code": "bad_signature", "message": "签名错误"}, 401)
            return
        try:
            data = json.loads(self.request.body)
            number, phone, text = (str(data[name]) for name in ("id", "phone", "text"))
        except (ValueError, KeyError, TypeError):
            self.answer({"code": "bad_request", "message": "参数不全"}, 400)
            return
        if not number or not _PHONE.fullmatch(phone) or not 0 < len(text) <= _LONGEST:
            self.answer({"code": "bad_request", "message": "参数错误"}, 400)
            return
        if world.state.get("sms", number) is None:
            _receive(world, number, phone, text)
        self.answer({"id": number})


def _receive(world: World, number: str, phone: str, text: str) -> None:
    message = {
        "id": number,
        "order": world.state.next("sms"),
        "phone": phone,
        "text": text,
        "at": world.clock.local().isoformat(timespec="seconds"),
    }
    world.state.put("sms", number, message)
    for person in world.state.all("people"):
        if person.get("phone") == phone:
            world.live.tell(f"person/{person['key']}", {"kind": "sms", "message": message})


def to_phone(world: World, phone: str) -> list[Doc]:
    """Messages to one number, oldest first."""
    found = [m for m in world.state.all("sms") if m["phone"] == phone]
    return sorted(found, key=lambda m: int(m["order"]))


def routes() -> list[tuple[str, Any]]:
    return [("/sms/send", Send)]
