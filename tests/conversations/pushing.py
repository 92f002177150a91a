"""Pushes as WeChat sends them, made by hand so that they can be wrong."""

from typing import Any
from urllib.parse import urlencode

from server.sandbox import people, push
from tests.sandbox_on_a_port import Platform


def fields_of(platform: Platform, **more: Any) -> dict[str, Any]:
    """A text message of 陈静."""
    world = platform.world
    return {
        "ToUserName": world.values["WECHAT_ACCOUNT_ID"],
        "FromUserName": people.public_openid(world, "chen"),
        "CreateTime": world.clock.timestamp(),
        "MsgType": "text",
        "Content": "你好",
        "MsgId": 24_000_000_000_000_777,
    } | more


def event_of(platform: Platform, name: str, **more: Any) -> dict[str, Any]:
    """An event of hers."""
    fields = fields_of(platform, MsgType="event", Event=name, **more)
    return {name: value for name, value in fields.items() if name not in ("Content", "MsgId")}


def signed(
    platform: Platform, xml: str, *, safe: bool = True, age_s: int = 0, nonce: str = "1234567"
) -> tuple[str, str]:
    """The address and the body of a genuine push of this XML."""
    world, box = platform.world, push.message_box(platform.world)
    timestamp = str(world.clock.timestamp() - age_s)
    query = {"signature": box.signature(timestamp, nonce), "timestamp": timestamp, "nonce": nonce, "openid": "o"}
    if safe:
        sealed = box.encrypt(xml)
        query |= {"encrypt_type": "aes", "msg_signature": box.signature(timestamp, nonce, sealed)}
        account = world.values["WECHAT_ACCOUNT_ID"]
        xml = f"<xml><ToUserName><![CDATA[{account}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    return f"/wechat/callback?{urlencode(query)}", xml


async def send(client: Any, platform: Platform, fields: dict[str, Any], **how: Any) -> Any:
    """Push these fields; gives our answer."""
    address, body = signed(platform, push.xml_of(fields), **how)
    return await client.post(address, content=body.encode(), headers={"Content-Type": "text/xml"})


def reply_text(platform: Platform, answer: Any) -> str:
    """The text of a passive reply, as the phone would show it; "" for none."""
    if answer.text == "success":
        return ""
    return str(push.read_reply(platform.world, answer.text)["text"])


async def open_windows(app: Any) -> dict[str, int]:
    """The customer-service windows of all accounts: kind -> how many messages may be sent."""
    found = app.db["permissions"].find({"template_id": {"$regex": "^window:"}, "count": {"$gt": 0}})
    return {doc["template_id"].removeprefix("window:"): doc["count"] async for doc in found}
