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

    Each template that was kept "always" keeps its choice. Templates of the account are told to its callback, those
    of the mini-program to the mini-program's.
    """
    choices, always = data.get("choices", "accept"), bool(data.get("always"))
    listed: list[tuple[Doc, Doc]] = []
    details = {}
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
        said = {"TemplateId": number, "SubscribeStatusString": choice, "PopupScene": 2}
        listed.append((template, said))
    _tell(world, key, "subscribe_msg_popup_event", "SubscribeMsgPopupEvent", listed)
    return {"errMsg": "subscribe:ok", "subscribeDetails": details}


def switch_off(world: World, key: str, data: Doc) -> Doc:
    """{template_ids}: the person turns messages off in the settings: nothing left, subscribe_msg_change_event."""
    listed: list[tuple[Doc, Doc]] = []
    for template in _templates(world, data):
        gone = {"count": 0, "always": None, "long": False}
        people.save_subscription(world, key, template["template_id"], gone)
        said = {"TemplateId": template["template_id"], "SubscribeStatusString": "reject"}
        listed.append((template, said))
    _tell(world, key, "subscribe_msg_change_event", "SubscribeMsgChangeEvent", listed)
    return {}


def _tell(world: World, key: str, name: str, wrapper: str, listed: list[tuple[Doc, Doc]]) -> None:
    """One event to each of the two apps whose templates are in the list."""
    for kind, app in (("subscribe", "service"), ("mini", "mini")):
        found = [said for template, said in listed if template["kind"] == kind]
        if found:
            push.send(world, key, {"MsgType": "event", "Event": name, wrapper: {"List": found}}, app=app)


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
