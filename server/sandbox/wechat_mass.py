"""Mass sending: preview on one phone, to all followers or to a list, with the day's and the month's limits."""

import asyncio
from typing import Any

from server.sandbox import chat, people, push
from server.sandbox.state import Doc
from server.sandbox.tokens import WeChatError
from server.sandbox.wechat_base import Call, api
from server.sandbox.wechat_content import ADMIN, find_draft, make_article
from server.sandbox.world import World

_A_MONTH_PER_PERSON, _ALL_A_DAY, _ALL_A_MONTH = 4, 1, 4
_SAME_ID_S = 86400
_OWN_ID_BYTES = 64


def preview(call: Call) -> None:
    """mass/preview: to one follower, by openid or by WeChat name (which wins)."""
    data, world = call.data(), call.world
    name = data.get("towxname")
    if name:
        found = [p["key"] for p in world.state.all("people") if name in (p["key"], p["name"], p["nickname"])]
        if not found:
            raise WeChatError(40132, "invalid username")
        person = str(found[0])
    else:
        person = call.receiver(data.get("touser"))
    if not people.follows(world, person):
        raise WeChatError(43004, "require subscribe")
    message = _message(world, data, "preview")
    chat.deliver(world, person, "account", message.pop("kind"), preview=True, **message)
    call.answer({"errcode": 0, "errmsg": "preview success"})


def send_all(call: Call) -> None:
    """mass/sendall: everybody (once a day, four times a month) or one tag."""
    data, world = call.data(), call.world
    wanted = data.get("filter") or {}
    if not wanted.get("is_to_all") and "tag_id" not in wanted:
        raise WeChatError(40050, "invalid group id")
    to_all = bool(wanted.get("is_to_all"))
    if to_all:
        local = world.clock.local()
        jobs = [j for j in world.state.all("masses") if j["to_all"]]
        today = sum(j["day"] == local.date().isoformat() for j in jobs)
        month = sum(j["day"][:7] == local.date().isoformat()[:7] for j in jobs)
        if not _own_id_known(world, data) and (today >= _ALL_A_DAY or month >= _ALL_A_MONTH):
            raise WeChatError(45028, "has no masssend quota")
    receivers = people.followers(world) if to_all else []
    _send(call, data, receivers, len(receivers), to_all)


def send_list(call: Call) -> None:
    """mass/send: 2 to 10 000 openids."""
    data = call.data()
    wanted = data.get("touser")
    if not isinstance(wanted, list) or not 2 <= len(wanted) <= 10_000:
        raise WeChatError(40130, "invalid openid list size, at least two openid")
    appid = call.appid
    found = [people.by_openid(call.world, str(openid), appid) for openid in wanted]
    receivers = [person for person in found if person and people.follows(call.world, person)]
    _send(call, data, receivers, len(wanted), False)


def _own_id_known(world: World, data: Doc) -> Doc | None:
    own_id = data.get("clientmsgid")
    known = world.state.get("clientmsgids", str(own_id)) if own_id else None
    return known if known and world.clock.real_seconds() - known["at"] < _SAME_ID_S else None


def _send(call: Call, data: Doc, receivers: list[str], total: int, to_all: bool) -> None:
    world = call.world
    own_id = data.get("clientmsgid")
    if own_id and len(str(own_id).encode()) > _OWN_ID_BYTES:
        raise WeChatError(45067, "clientmsgid size out of limit")
    known = _own_id_known(world, data)
    if known:
        raise WeChatError(45065, "clientmsgid exist", msg_id=known["msg_id"])
    message = _message(world, data, "sent")
    number = 3147483000 + world.state.next("mass_messages")
    if own_id:
        world.state.put("clientmsgids", str(own_id), {"at": world.clock.real_seconds(), "msg_id": number})
    job = {
        "msg_id": number,
        "to_all": to_all,
        "day": world.clock.local().date().isoformat(),
        "status": "SENDING",
        "total": total,
        "receivers": receivers,
        "message": message,
    }
    world.state.put("masses", str(number), job)
    world.spawn(_finish(world, str(number)))
    call.ok(errmsg="send job submission success", msg_id=number, msg_data_id=2650000000 + number % 10**6)


async def _finish(world: World, number: str) -> None:
    await asyncio.sleep(world.settings.settle_s)
    job = world.state.get("masses", number)
    if job is None or job["status"] != "SENDING":
        return
    month, sent = job["day"][:7], 0
    for person in job["receivers"]:
        got = world.state.get("mass_received", f"{person}/{month}") or {"count": 0}
        if got["count"] >= _A_MONTH_PER_PERSON or not people.follows(world, person):
            continue
        world.state.put("mass_received", f"{person}/{month}", {"count": got["count"] + 1})
        message = dict(job["message"])
        chat.deliver(world, person, "account", message.pop("kind"), mass=int(number), **message)
        sent += 1
    world.state.put("masses", number, {**job, "status": "SEND_SUCCESS"})
    world.live.tell("articles", {"kind": "articles"})
    total, reached = job["total"], len(job["receivers"])
    fields = {"MsgID": int(number), "Status": "send success", "TotalCount": total, "FilterCount": reached}
    fields |= {"SentCount": sent, "ErrorCount": reached - sent}
    push.send(world, "", {"MsgType": "event", "Event": "MASSSENDJOBFINISH", **fields}, openid=ADMIN)


def resume(world: World) -> None:
    for job in world.state.all("masses"):
        if job["status"] == "SENDING":
            world.spawn(_finish(world, str(job["msg_id"])))


def _message(world: World, data: Doc, how: str) -> Doc:
    kind = data.get("msgtype")
    if kind == "text":
        text = (data.get("text") or {}).get("content")
        if not isinstance(text, str) or not text:
            raise WeChatError(44004, "empty content")
        return {"kind": "text", "text": text}
    if kind == "image":
        media = world.state.get("media", str((data.get("image") or {}).get("media_id")))
        if media is None:
            raise WeChatError(40007, "invalid media_id")
        return {"kind": "image", "url": media["url"]}
    if kind == "mpnews":
        made = make_article(world, find_draft(world, (data.get("mpnews") or {}).get("media_id")), how)
        shown = [{name: a[name] for name in ("title", "digest", "url", "cover")} for a in made["articles"]]
        return {"kind": "article", "articles": shown, "article_id": made["article_id"]}
    raise WeChatError(40008, "invalid message type")


def status(call: Call) -> None:
    number = str(call.data().get("msg_id"))
    job = call.world.state.get("masses", number)
    if job is None:
        raise WeChatError(40059, "invalid msg id")
    call.answer({"msg_id": job["msg_id"], "msg_status": job["status"]})


def delete(call: Call) -> None:
    """mass/delete: the article can no longer be read; who has the card sees that it was withdrawn."""
    world = call.world
    job = world.state.get("masses", str(call.data().get("msg_id")))
    if job is None:
        raise WeChatError(40059, "invalid msg id")
    world.state.put("masses", str(job["msg_id"]), {**job, "status": "DELETE"})
    article = world.state.get("articles", str(job["message"].get("article_id")))
    if article is not None:
        world.state.put("articles", article["article_id"], {**article, "deleted": True})
    call.ok()


def routes() -> list[tuple[str, Any]]:
    return [
        api("/cgi-bin/message/mass/preview", post=preview),
        api("/cgi-bin/message/mass/sendall", post=send_all),
        api("/cgi-bin/message/mass/send", post=send_list),
        api("/cgi-bin/message/mass/get", post=status),
        api("/cgi-bin/message/mass/delete", post=delete),
    ]
