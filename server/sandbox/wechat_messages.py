"""Template, subscribe and customer-service messages: who may receive what, how often, in which words."""

import re
from typing import Any

from server.sandbox import chat, people, push
from server.sandbox.fields import check_data
from server.sandbox.state import Doc
from server.sandbox.tokens import WeChatError
from server.sandbox.wechat_base import Call, api
from server.sandbox.world import World

_SAME_MESSAGE_S = 600
_PAGE = re.compile(r"pages/[A-Za-z0-9/_-]+(\?.*)?")
_TEXT_BYTES = 2048
_CUSTOM_KINDS = {
    "text", "image", "voice", "video", "music", "news", "mpnews", "mpnewsarticle", "msgmenu", "wxcard",
    "miniprogrampage",
}  # fmt: skip


def send_template(call: Call) -> None:
    """/cgi-bin/message/template/send: followers only; one message per openid and client_msg_id in ten minutes."""
    data, world = call.data(), call.world
    person = call.receiver(data.get("touser"))
    template = _template(world, data.get("template_id"), "template")
    if not people.follows(world, person):
        raise WeChatError(43004, "require subscribe")
    values = check_data(template, data.get("data"))
    own_id = data.get("client_msg_id")
    if own_id:
        before = world.state.get("client_msg_ids", f"{person}/{own_id}")
        if before and world.clock.real_seconds() - before["at"] < _SAME_MESSAGE_S:
            call.ok(msgid=before["msgid"])
            return
    number = 3_000_000_000_000_000_000 + world.state.next("template_messages")
    if own_id:
        world.state.put("client_msg_ids", f"{person}/{own_id}", {"at": world.clock.real_seconds(), "msgid": number})
    blocked = bool((people.find(world, person) or {}).get("blocked"))
    if not blocked:
        _show(world, person, "account", template, values, _link(data, "url"))
    status = "failed:user block" if blocked else "success"
    push.event(world, person, "TEMPLATESENDJOBFINISH", MsgID=number, Status=status)
    call.ok(msgid=number)


def send_subscribe(call: Call) -> None:
    """…/subscribe/bizsend: needs a consent of the person; followers read it in the chat, others in 服务通知."""
    number = _send_by_consent(call, "subscribe")
    call.ok(msgid=number)


def send_mini_subscribe(call: Call) -> None:
    """…/subscribe/send of the mini-program: 服务通知."""
    page = call.data().get("page")
    if page and not _PAGE.fullmatch(str(page)):
        raise WeChatError(41030, "invalid page")
    number = _send_by_consent(call, "mini")
    call.ok(msgid=number)


def _send_by_consent(call: Call, kind: str) -> int:
    data, world = call.data(), call.world
    person = call.receiver(data.get("touser"))
    template = _template(world, data.get("template_id"), kind)
    values = check_data(template, data.get("data"))
    consent = people.subscription(world, person, template["template_id"])
    if consent["always"] == "reject" or (consent["count"] <= 0 and not consent["long"]):
        raise WeChatError(43101, "user refuse to accept the msg")
    if not consent["long"]:
        consent["count"] -= 1
        people.save_subscription(world, person, template["template_id"], consent)
    number = 1_700_000_000_000_000_000 + world.state.next("subscribe_messages")
    in_chat = kind == "subscribe" and people.follows(world, person)
    _show(world, person, "account" if in_chat else "service", template, values, _link(data, "page"))
    sent = {"TemplateId": template["template_id"], "MsgID": number, "ErrorCode": 0, "ErrorStatus": "success"}
    app = "mini" if kind == "mini" else "service"
    push.event(world, person, "subscribe_msg_sent_event", app=app, SubscribeMsgSentEvent={"List": [sent]})
    return number


def _template(world: World, template_id: Any, kind: str) -> Doc:
    template = world.state.get("templates", template_id) if isinstance(template_id, str) else None
    if template is None or template["kind"] != kind:
        raise WeChatError(40037, "invalid template_id")
    return template


def _link(data: Doc, name: str) -> Doc:
    """Where a tap on the message leads: {url} or {appid, page}. The mini-program wins."""
    mini = data.get("miniprogram") or {}
    if mini.get("appid"):
        return {"appid": mini["appid"], "page": mini.get("pagepath", "")}
    target = str(data.get(name) or "")
    return {"url": target} if target.startswith("http") else ({"page": target} if target else {})


def _show(world: World, person: str, thread: str, template: Doc, values: dict[str, str], link: Doc) -> None:
    rows = [{"label": field["label"], "value": values[field["key"]]} for field in template["fields"]]
    kind = "template" if template["kind"] == "template" else "subscribe"
    chat.deliver(world, person, thread, kind, title=template["title"], key=template["key"], rows=rows, link=link)


def send_custom(call: Call) -> None:
    """/cgi-bin/message/custom/send: only inside a window that the person opened; 45015 and 45047."""
    data, world = call.data(), call.world
    person = call.receiver(data.get("touser"))
    kind = data.get("msgtype")
    if kind not in _CUSTOM_KINDS:
        raise WeChatError(40008, "invalid message type")
    shown = _custom_content(world, str(kind), data.get(str(kind)))
    mini = call.appid == world.values["MINI_APPID"]
    may = mini or people.follows(world, person)
    window = chat.use_window(world, chat.mini(person) if mini else person) if may else "closed"
    if window == "closed":
        raise WeChatError(45015, "response out of time limit or subscription is canceled")
    if window == "used up":
        raise WeChatError(45047, "out of response count limit")
    chat.deliver(world, person, "service" if mini else "account", shown.pop("kind"), **shown)
    call.ok()


def _custom_content(world: World, kind: str, content: Any) -> Doc:
    if not isinstance(content, dict):
        raise WeChatError(44004, "empty content")
    if kind == "text":
        text = content.get("content")
        if not isinstance(text, str) or not text.strip():
            raise WeChatError(44004, "empty content")
        if len(text.encode()) > _TEXT_BYTES:
            raise WeChatError(45002, "content size out of limit")
        return {"kind": "text", "text": text}
    if kind == "news":
        articles = content.get("articles") or []
        if len(articles) != 1:
            raise WeChatError(45008, "article size out of limit")
        one = articles[0]
        return {
            "kind": "article",
            "articles": [
                {"title": one.get("title", ""), "digest": one.get("description", ""), "url": one.get("url", ""),
                 "cover": one.get("picurl", "")}
            ],
        }  # fmt: skip
    if kind == "msgmenu":
        return {
            "kind": "choices",
            "head": content.get("head_content", ""),
            "choices": content.get("list", []),
            "tail": content.get("tail_content", ""),
        }
    if kind in ("image", "voice", "video"):
        media = world.state.get("media", str(content.get("media_id")))
        if media is None:
            raise WeChatError(40007, "invalid media_id")
        return {"kind": "image", "url": media["url"]}
    if kind == "miniprogrampage":
        link = {"appid": content.get("appid", ""), "page": content.get("pagepath", "")}
        return {"kind": "mini", "title": content.get("title", ""), "link": link}
    return {"kind": "notice", "text": f"[{kind}]"}


def typing(call: Call) -> None:
    data = call.data()
    person = call.receiver(data.get("touser"))
    if not chat.windows(call.world, person):
        raise WeChatError(45080, "need sent message to user before typing")
    call.world.live.tell(f"person/{person}", {"kind": "typing", "on": data.get("command") == "Typing"})
    call.ok()


def all_templates(call: Call) -> None:
    """The account's own templates as WeChat lists them."""
    found = [t for t in call.world.state.all("templates") if t["kind"] == "template"]
    listed = [
        {
            "template_id": t["template_id"],
            "title": t["title"],
            "primary_industry": "",
            "deputy_industry": "",
            "content": "\n".join(f"{f['label']}:{{{{{f['key']}.DATA}}}}" for f in t["fields"]),
            "example": "",
        }
        for t in found
    ]
    call.answer({"template_list": listed})


def routes() -> list[tuple[str, Any]]:
    return [
        api("/cgi-bin/message/template/send", post=send_template),
        api("/cgi-bin/template/get_all_private_template", get=all_templates),
        api("/cgi-bin/message/subscribe/bizsend", post=send_subscribe),
        api("/cgi-bin/message/subscribe/send", post=send_mini_subscribe),
        api("/cgi-bin/message/custom/send", post=send_custom),
        api("/cgi-bin/message/custom/typing", post=typing),
    ]
