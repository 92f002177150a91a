"""Pushes messages and events to the hospital's callback as WeChat does: 5 s, three tries, one MsgId; keeps outcomes."""

import asyncio
import json
import secrets
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from defusedxml.ElementTree import fromstring as parse_xml
from tornado.httpclient import HTTPError, HTTPRequest

from server.sandbox import chat, people
from server.sandbox.crypto import MessageBox
from server.sandbox.state import Doc
from server.sandbox.world import World, log

SERVICE_FAULT = "该公众号提供的服务出现故障，请稍后再试"
TRIES = 3
_KEPT = 300
_STALE_S = 3600
_FAULTS = ("lose", "duplicate", "late", "reorder", "tamper")


_ACCOUNTS = {"service": "WECHAT", "mini": "MINI"}
_WRAPPERS = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent")


def send(
    world: World,
    key: str,
    fields: dict[str, Any],
    *,
    openid: str | None = None,
    visible: bool = False,
    app: str = "service",
) -> Doc:
    """Push one message or event of a person; `fields` after CreateTime. `visible`: a failure shows on the phone.

    `app`: the account has chosen XML, the mini-program JSON.
    """
    openid = openid or people.openid_in(world, app, key)
    message = {
        "ToUserName": _account(world, app),
        "FromUserName": openid,
        "CreateTime": world.clock.timestamp(),
        **fields,
    }
    number = f"p{world.state.next('pushes'):08d}"
    push: Doc = {
        "id": number,
        "person": key,
        "what": str(fields.get("Event") or fields["MsgType"]),
        "openid": openid,
        "app": app,
        "xml": json_of(message) if app == "mini" else xml_of(message),
        "visible": visible,
        "due": world.clock.seconds(),
        "copies": 1,
        "outcome": "waiting",
        "tries": [],
        "at": world.clock.local().isoformat(timespec="seconds"),
    }
    for fault in world.faults.strike("push", push["what"], _known(app, key, fields), _FAULTS):
        if fault.effect == "lose":
            push["outcome"] = "lost"
        elif fault.effect == "duplicate":
            push["copies"] = int(fault.values.get("copies", 2))
        elif fault.effect == "tamper":
            push["tamper"] = str(fault.values.get("what", "signature"))
        else:
            push["behind"] = fault.effect == "reorder"
            push["due"] += float(fault.values.get("late_s", 30))
    world.state.put("pushes", number, push)
    if push["outcome"] == "waiting":
        world.spawn(_deliver(world, push))
    _forget_old(world)
    return push


def event(world: World, key: str, name: str, *, visible: bool = False, app: str = "service", **fields: Any) -> Doc:
    return send(world, key, {"MsgType": "event", "Event": name, **fields}, visible=visible, app=app)


def resume(world: World) -> None:
    """After a restart: go on with what was not delivered."""
    for push in world.state.all("pushes"):
        if push["outcome"] == "waiting":
            world.spawn(_deliver(world, push))


async def _deliver(world: World, push: Doc) -> None:
    while push["due"] > world.clock.seconds() and not _is_overtaken(world, push):  # noqa: ASYNC110
        await asyncio.sleep(0.1)  # business time may jump at any moment
    outcomes = await asyncio.gather(*(_one_copy(world, push) for _ in range(push["copies"])))
    push["outcome"] = outcomes[0]
    world.state.put("pushes", push["id"], push)
    world.live.tell("platform", {"kind": "push", "push": shown(push)})
    if push["visible"] and outcomes[0] not in ("answered", "replied"):
        chat.deliver(world, push["person"], "account", "notice", text=SERVICE_FAULT, failed=True)


def _is_overtaken(world: World, push: Doc) -> bool:
    """Whether one that was kept back may go, because a later one has been delivered."""
    later = (p for p in world.state.all("pushes") if p["id"] > push["id"])
    return bool(push.get("behind")) and any(p["outcome"] != "waiting" for p in later)


def _known(app: str, key: str, fields: dict[str, Any]) -> str:
    """A push as the dice know it: without the numbers that are new each time."""
    return json.dumps([app, key, {name: value for name, value in fields.items() if name.lower() != "msgid"}])


async def _one_copy(world: World, push: Doc) -> str:
    outcome = "unanswered"
    for number in range(1, TRIES + 1):
        started = world.clock.real_seconds()
        outcome = await _try(world, push)
        took = world.clock.real_seconds() - started
        push["tries"].append({"outcome": outcome, "ms": round(took * 1000)})
        if outcome in ("answered", "replied", "malformed"):
            return outcome
        if number < TRIES:
            await asyncio.sleep(max(0.0, world.settings.push_gap_s - took))
    return outcome


async def _try(world: World, push: Doc) -> str:
    """One request. answered (empty or "success"), replied, malformed, or what went wrong."""
    url, body = _request(world, push)
    request = HTTPRequest(
        url,
        "POST",
        {"Content-Type": "application/json" if _app(push) == "mini" else "text/xml", "User-Agent": "Mozilla/4.0"},
        body,
        request_timeout=world.settings.push_timeout_s,
        connect_timeout=world.settings.push_timeout_s,
        follow_redirects=False,
    )
    try:
        answer = await world.http.fetch(request, raise_error=False)
    except (HTTPError, OSError) as error:
        return _no_answer(error)
    if answer.code == 599:
        return _no_answer(answer.error)
    if answer.code != 200:
        return f"http {answer.code}"
    text = answer.body.decode("utf-8", "replace").strip() if answer.body else ""
    if text in ("", "success"):
        return "answered"
    try:
        show_reply(world, push["person"], read_reply(world, text))
    except Exception as error:  # noqa: BLE001  whatever came, the person sees "the service has a fault"
        log.warning("malformed passive reply: %s", type(error).__name__)
        return "malformed"
    return "replied"


def _no_answer(error: BaseException | None) -> str:
    return "timeout" if "time" in str(error).lower() else "unreachable"


def _request(world: World, push: Doc) -> tuple[str, str]:
    app = _app(push)
    box = message_box(world, app)
    tamper = push.get("tamper")
    if tamper == "appid":
        box.appid = "wx" + "0" * 16
    now = world.clock.timestamp() - (_STALE_S if tamper == "timestamp" else 0)
    timestamp, nonce = str(now), str(secrets.randbelow(10**9) + 10**9)
    query = {"signature": box.signature(timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
    query["openid"] = push["openid"]
    body = push["xml"][:-3] if tamper == "xml" else push["xml"]
    if world.settings.wechat_mode != "plain":
        encrypted = box.encrypt(body)
        if tamper == "ciphertext":
            encrypted = _other(encrypted)
        query |= {"encrypt_type": "aes", "msg_signature": box.signature(timestamp, nonce, encrypted)}
        body = _sealed_body(world, app, body, encrypted)
    if tamper == "signature":
        query |= {name: _other(query[name]) for name in ("signature", "msg_signature") if name in query}
    path = "/wechat/mini/callback" if app == "mini" else "/wechat/callback"
    return f"{world.public_url}{path}?{urlencode(query)}", body


def _other(text: str) -> str:
    """The same text with another first character."""
    return ("a" if text[0] != "a" else "b") + text[1:]


def _sealed_body(world: World, app: str, body: str, encrypted: str) -> str:
    """Safe: address and ciphertext; compatible: the plain fields as well."""
    both, account = world.settings.wechat_mode == "compatible", _account(world, app)
    if app == "mini":
        plain = json.loads(body) if both else {"ToUserName": account}
        return json.dumps({**plain, "Encrypt": encrypted}, ensure_ascii=False)
    outside = f"<Encrypt><![CDATA[{encrypted}]]></Encrypt>"
    inside = body.removeprefix("<xml>").removesuffix("</xml>") if both else ""
    return f"<xml>{inside or f'<ToUserName><![CDATA[{account}]]></ToUserName>'}{outside}</xml>"


def _app(push: Doc) -> str:
    return str(push.get("app", "service"))


def _account(world: World, app: str) -> str:
    return world.values[f"{_ACCOUNTS[app]}_ACCOUNT_ID"]


def message_box(world: World, app: str = "service") -> MessageBox:
    values, of = world.values, _ACCOUNTS[app]
    return MessageBox(values[f"{of}_TOKEN"], values[f"{of}_AES_KEY"], values[f"{of}_APPID"])


def read_reply(world: World, text: str) -> Doc:
    """A passive reply as a dict; ValueError or ParseError when WeChat would refuse it."""
    root = parse_xml(text)
    encrypted = root.findtext("Encrypt")
    if encrypted is None and world.settings.wechat_mode == "safe":
        raise ValueError("a reply in safe mode must be encrypted")
    if encrypted is not None:
        signed = message_box(world).signature(
            root.findtext("TimeStamp") or "", root.findtext("Nonce") or "", encrypted.strip()
        )
        if signed != root.findtext("MsgSignature"):
            raise ValueError("signature of the reply")
        root = parse_xml(message_box(world).decrypt(encrypted.strip()))
    kind = root.findtext("MsgType") or ""
    if root.findtext("FromUserName") != world.values["WECHAT_ACCOUNT_ID"]:
        raise ValueError("FromUserName of the reply")
    if kind == "text":
        return {"kind": "text", "text": _needed(root.findtext("Content"))}
    if kind == "image":
        return {"kind": "image", "media_id": _needed(root.findtext("Image/MediaId"))}
    if kind == "news":
        items = [{tag.tag.lower(): tag.text or "" for tag in item} for item in root.iter("item")]
        if not items or len(items) > 8:
            raise ValueError("articles of the reply")
        return {"kind": "news", "articles": items}
    if kind == "transfer_customer_service":
        return {"kind": "transfer"}
    raise ValueError("MsgType of the reply")


def show_reply(world: World, key: str, reply: Doc) -> None:
    kind = reply.pop("kind")
    if kind == "transfer":
        chat.deliver(world, key, "account", "notice", text="已为您转接人工客服，请稍候")
    elif kind == "image":
        media = world.state.get("media", reply["media_id"])
        chat.deliver(world, key, "account", "image", url=media["url"] if media else "")
    elif kind == "news":
        articles = [
            {"title": a.get("title", ""), "digest": a.get("description", ""), "url": a.get("url", ""),
             "cover": a.get("picurl", "")}
            for a in reply["articles"]
        ]  # fmt: skip
        chat.deliver(world, key, "account", "article", articles=articles)
    else:
        chat.deliver(world, key, "account", kind, **reply)


def xml_of(message: dict[str, Any]) -> str:
    """WeChat's XML: numbers bare, text in CDATA, lists repeat their tag, dicts nest."""
    return f"<xml>{_tags(message)}</xml>"


def json_of(message: dict[str, Any]) -> str:
    """WeChat's JSON: lists of a subscription event stand unwrapped, and a single element stands without its list."""
    flat: dict[str, Any] = {}
    for name, value in message.items():
        listed = value["List"] if name in _WRAPPERS else None
        flat |= {name: value} if listed is None else {"List": listed[0] if len(listed) == 1 else listed}
    return json.dumps(flat, ensure_ascii=False)


def _tags(fields: dict[str, Any]) -> str:
    parts = []
    for tag, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                inner = _tags(one)
            elif isinstance(one, int):
                inner = str(one)
            else:
                inner = f"<![CDATA[{one}]]>" if "]]>" not in str(one) else escape(str(one))
            parts.append(f"<{tag}>{inner}</{tag}>")
    return "".join(parts)


def shown(push: Doc) -> Doc:
    """A push for the platform page: no content, no openid."""
    return {name: push[name] for name in ("id", "person", "what", "outcome", "tries", "copies", "at")}


def new_message_id(world: World) -> int:
    """64-bit MsgId."""
    return 24_000_000_000_000_000 + world.state.next("message_ids")


def _needed(text: str | None) -> str:
    if not text:
        raise ValueError("empty reply")
    return text


def _forget_old(world: World) -> None:
    everything = world.state.all("pushes")
    for push in everything[: max(0, len(everything) - _KEPT)]:
        if push["outcome"] != "waiting":
            world.state.delete("pushes", push["id"])
