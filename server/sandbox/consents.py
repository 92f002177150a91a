"""Subscription pop-ups: each acceptance allows one message, "always keep" answers by itself, switching off ends all."""

from tornado.web import HTTPError

from server.sandbox import people, push
from server.sandbox.state import Doc
from server.sandbox.world import World

MOST_TEMPLATES = 3


def ask(world: World, key: str, data: Doc) -> Doc:
    """{template_ids} → {ask: [{template_id, title, example, long_term}], kept: {id: accept|reject}} for the pop-up."""
    asked, kept_choices = [], {}
    for template in _templates(world, data):
        choice = people.subscription(world, key, template["template_id"])["always"]
        if choice:
            kept_choices[template["template_id"]] = choice
        else:
            labels = "、".join(f["label"] for f in template["fields"])
            shown = {n: template[n] for n in ("template_id", "title", "long_term")}
            asked.append({**shown, "example": labels})
    return {"ask": asked, "kept": kept_choices}


def answer(world: World, key: str, data: Doc) -> Doc:
    """{template_ids, choices: {id: accept|reject} | "accept" | "reject", always?: bool} → {subscribeDetails}.

    Each template that was kept "always" keeps its choice. Events go to the callback for templates of the account;
    those of the mini-program are counted only.
    """
    choices, always = data.get("choices", "accept"), bool(data.get("always"))
    listed, details = [], {}
    for template in _templates(world, data):
        number = template["template_id"]
        consent = people.subscription(world, key, number)
        choice = consent["always"] or (choices if isinstance(choices, str) else choices.get(number, "reject"))
        if choice not in ("accept", "reject"):
            raise HTTPError(400, reason="a choice is accept or reject")
        if choice == "accept":
            consent["count"] += 1
            consent["long"] = consent["long"] or bool(template["long_term"])
        if always:
            consent["always"] = choice
        people.save_subscription(world, key, number, consent)
        details[number] = {"status": choice, "timestamp": world.clock.timestamp() * 1000}
        if template["kind"] == "subscribe":
            listed.append({"TemplateId": number, "SubscribeStatusString": choice, "PopupScene": 2})
    if listed:
        push.event(world, key, "subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": listed})
    return {"errMsg": "subscribe:ok", "subscribeDetails": details}


def switch_off(world: World, key: str, data: Doc) -> Doc:
    """{template_ids}: the person turns messages off in the settings: nothing left, subscribe_msg_change_event."""
    listed = []
    for template in _templates(world, data):
        gone = {"count": 0, "always": None, "long": False}
        people.save_subscription(world, key, template["template_id"], gone)
        if template["kind"] == "subscribe":
            listed.append({"TemplateId": template["template_id"], "SubscribeStatusString": "reject"})
    if listed:
        push.event(world, key, "subscribe_msg_change_event", SubscribeMsgChangeEvent={"List": listed})
    return {}


def kept(world: World, key: str) -> list[Doc]:
    """What this person consented to: [{template_id, title, kind, count, always, long}]."""
    found = []
    for template in world.state.all("templates"):
        consent = world.state.get("subscriptions", f"{key}/{template['template_id']}")
        if consent:
            found.append({**{n: template[n] for n in ("template_id", "title", "kind")}, **consent})
    return found


def _templates(world: World, data: Doc) -> list[Doc]:
    wanted = data.get("template_ids")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= MOST_TEMPLATES:
        raise HTTPError(400, reason="one to three templates")
    found = [world.state.get("templates", str(one)) for one in wanted]
    known = [t for t in found if t and t["kind"] in ("subscribe", "mini")]
    if len(known) != len(wanted):
        raise HTTPError(400, reason="20001 no such template")
    return known
