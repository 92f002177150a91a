"""Menus and the tags they may depend on: the default menu, conditional ones, and which of them a person sees."""

from typing import Any

from server.sandbox import people
from server.sandbox.state import Doc
from server.sandbox.tokens import WeChatError
from server.sandbox.wechat_base import Call, api
from server.sandbox.world import World

PLATFORMS = {"1": "苹果手机", "2": "安卓手机", "3": "其他设备"}
DEFAULT_ID = 208396938
_NAME_BYTES, _KEY_BYTES, _URL_BYTES = 60, 128, 1024
_FIRST, _SECOND = 3, 5
_FOREIGN_DOMAINS = 3
_CONDITIONAL_MOST = 50
_TAG_NAME_CHARACTERS, _TAGS_MOST, _TAGGED_AT_ONCE, _TAGS_OF_ONE = 30, 100, 50, 20
_FIRST_OWN_TAG = 100  # smaller numbers are WeChat's own, such as 2: 星标组
_NEEDS = {
    "click": "key", "view": "url", "scancode_push": "key", "scancode_waitmsg": "key", "pic_sysphoto": "key",
    "pic_photo_or_album": "key", "pic_weixin": "key", "location_select": "key", "media_id": "media_id",
    "article_id": "article_id", "article_view_limited": "article_id", "view_limited": "media_id", "miniprogram": "url",
}  # fmt: skip


def create(call: Call) -> None:
    """menu/create: replaces the default menu; conditional ones stay."""
    data = call.data()
    check_menu(data.get("button"), call.world.public_url)
    _keep_default(call.world, data["button"], "api")
    call.ok()


def _keep_default(world: World, buttons: list[Doc], made_by: str) -> None:
    menu = {"button": buttons, "at": world.clock.timestamp(), "made_by": made_by}
    world.state.put("menu", "default", menu)
    world.live.tell("menu", {"kind": "menu"})


def change_by_hand(world: World, data: Doc) -> Doc:
    """{button} or {}: somebody changes or switches off the menu in the platform's own console, not by API."""
    _forget_all(world)
    if data.get("button"):
        _keep_default(world, data["button"], "hand")
    return {"button": data.get("button") or []}


def read(call: Call) -> None:
    """menu/get: what was made by API; 46003 when there is nothing of that kind."""
    menu = call.world.state.get("menu", "default")
    if menu is None or menu.get("made_by") == "hand":
        raise WeChatError(46003, "menu no exist")
    found: Doc = {"menu": {"button": _with_empty_lists(menu["button"]), "menuid": DEFAULT_ID}}
    kept = [
        {"button": _with_empty_lists(c["button"]), "matchrule": c["matchrule"], "menuid": int(c["menuid"])}
        for c in conditional(call.world)
    ]
    call.answer(found | ({"conditionalmenu": kept} if kept else {}))


def _with_empty_lists(buttons: list[Doc]) -> list[Doc]:
    """As the platform gives buttons back: each with a `sub_button`, an empty one where there is nothing below."""
    return [{**b, "sub_button": _with_empty_lists(b.get("sub_button") or [])} for b in buttons]


def delete(call: Call) -> None:
    """menu/delete: the default menu and every conditional one."""
    _forget_all(call.world)
    call.ok()


def _forget_all(world: World) -> None:
    for key, _ in world.state.items("menu"):
        world.state.delete("menu", key)
    world.live.tell("menu", {"kind": "menu"})


def in_use(call: Call) -> None:
    """get_current_selfmenu_info: the default menu, whoever made it, with lists in their own wrapping."""
    menu = call.world.state.get("menu", "default")
    buttons = [
        {**b, "sub_button": {"list": b["sub_button"]}} if b.get("sub_button") else b
        for b in (menu or {}).get("button", [])
    ]
    call.answer({"is_menu_open": int(menu is not None), "selfmenu_info": {"button": buttons}})


# --- conditional menus ----------------------------------------------------------------------------


def conditional(world: World) -> list[Doc]:
    """The conditional menus, oldest first."""
    return [menu for key, menu in world.state.items("menu") if key != "default"]


def menu_of(world: World, key: str) -> Doc:
    """{button, menuid} that a person sees: the newest conditional menu that fits, else the default one."""
    for menu in reversed(conditional(world)):
        if _fits(world, key, menu["matchrule"]):
            return {"button": menu["button"], "menuid": menu["menuid"]}
    default = world.state.get("menu", "default") or {}
    return {"button": default.get("button", []), "menuid": str(DEFAULT_ID)}


def _fits(world: World, key: str, rule: Doc) -> bool:
    platform = str(rule.get("client_platform_type") or "")
    tag = str(rule.get("tag_id") or "")
    language = str(rule.get("language") or "")
    return (
        platform in ("", platform_of(world, key))
        and (not tag or int(tag) in tags_of(world, key))
        and language in ("", "zh_CN")
    )


def platform_of(world: World, key: str) -> str:
    """1 iOS, 2 Android, 3 something else."""
    return str((people.find(world, key) or {}).get("platform") or "2")


def add_conditional(call: Call) -> None:
    world, data = call.world, call.data()
    if world.state.get("menu", "default") is None:
        raise WeChatError(65303, "there is no selfmenu, please create selfmenu first")
    rule = data.get("matchrule")
    values = {name: str(value) for name, value in rule.items() if value} if isinstance(rule, dict) else {}
    if not values:
        raise WeChatError(65304, "match rule empty")
    _check_rule(world, values)
    if not data.get("button"):
        raise WeChatError(65307, "conditional menu is empty")
    check_menu(data["button"], world.public_url, [leaf for menu in conditional(world) for leaf in menu["button"]])
    if len(conditional(world)) >= _CONDITIONAL_MOST:
        raise WeChatError(65305, "product count of conditional menu is limited")
    menuid = str(DEFAULT_ID + world.state.next("conditional_menus"))
    world.state.put("menu", menuid, {"button": data["button"], "matchrule": values, "menuid": menuid})
    world.live.tell("menu", {"kind": "menu"})
    call.answer({"menuid": menuid})


def _check_rule(world: World, rule: dict[str, str]) -> None:
    if set(rule) - {"tag_id", "client_platform_type", "language"}:
        raise WeChatError(40035, "invalid parameter")  # sex and country were withdrawn
    if rule.get("client_platform_type", "1") not in PLATFORMS:
        raise WeChatError(40035, "invalid client_platform_type")
    tag = rule.get("tag_id", "")
    if tag and (not tag.isdigit() or world.state.get("tags", tag) is None):
        raise WeChatError(45159, "invalid tag id")


def delete_conditional(call: Call) -> None:
    menuid = str(call.data().get("menuid"))
    if menuid == "default" or call.world.state.get("menu", menuid) is None:
        raise WeChatError(65301, "no such menuid")
    call.world.state.delete("menu", menuid)
    call.world.live.tell("menu", {"kind": "menu"})
    call.ok()


def try_match(call: Call) -> None:
    """menu/trymatch: {user_id} an openid of a follower; the menu this person sees."""
    openid = call.data().get("user_id")
    person = people.by_openid(call.world, str(openid), call.appid)
    if person is None:
        raise WeChatError(65302, "there is no such user")
    if call.world.state.get("menu", "default") is None:
        raise WeChatError(65303, "there is no selfmenu, please create selfmenu first")
    call.answer({"button": _with_empty_lists(menu_of(call.world, person)["button"])})


# --- limits -----------------------------------------------------------------------------------------


def check_menu(buttons: Any, public_url: str, others: list[Doc] | None = None) -> None:
    """WeChat's own limits; display limits are the account owner's business. `others` share its foreign domains."""
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= _FIRST:
        raise WeChatError(40016, "invalid button size")
    leaves: list[Doc] = []
    for button in buttons:
        _check_text(button, "name", _NAME_BYTES, 40018, "invalid button name size")
        below = button.get("sub_button") or []
        if len(below) > _SECOND:
            raise WeChatError(40023, "invalid sub button size")
        for sub in below:
            _check_text(sub, "name", _NAME_BYTES, 40025, "invalid sub button name size")
            if sub.get("sub_button"):
                raise WeChatError(40022, "invalid sub button level")
        leaves += below or [button]
    for leaf in leaves:
        kind = leaf.get("type")
        if kind not in _NEEDS:
            raise WeChatError(40017, "invalid button type")
        needed = _NEEDS[kind]
        codes = {"key": (40019, _KEY_BYTES), "url": (40020, _URL_BYTES)}
        code, limit = codes.get(needed, (40007, _KEY_BYTES))
        _check_text(leaf, needed, limit, code, f"invalid button {needed} size")
        if kind == "miniprogram" and not (leaf.get("appid") and leaf.get("pagepath")):
            raise WeChatError(40165, "invalid weapp pagepath")
    leaves += [leaf for button in others or [] for leaf in (button.get("sub_button") or [button])]
    hosts = {str(leaf["url"]).split("/")[2:3][0] for leaf in leaves if str(leaf.get("url", "")).count("/") > 1}
    if len(hosts - set(public_url.split("/")[2:3])) > _FOREIGN_DOMAINS:
        raise WeChatError(65316, "the number of external domain in menu is over limit")


def _check_text(button: Doc, name: str, limit: int, code: int, message: str) -> None:
    value = button.get(name)
    if not isinstance(value, str) or not 0 < len(value.encode()) <= limit:
        raise WeChatError(code, message)


# --- tags -------------------------------------------------------------------------------------------


def tags_of(world: World, key: str) -> list[int]:
    return [int(tag["id"]) for tag in world.state.all("tags") if key in tag["people"]]


def create_tag(call: Call) -> None:
    world = call.world
    name = str((call.data().get("tag") or {}).get("name") or "")
    if not 0 < len(name) <= _TAG_NAME_CHARACTERS:
        raise WeChatError(45158, "tag name too long")
    kept = world.state.all("tags")
    if any(tag["name"] == name for tag in kept):
        raise WeChatError(45157, "invalid tag name")
    if len(kept) >= _TAGS_MOST:
        raise WeChatError(45056, "too many tag now, no need to add new")
    number = _FIRST_OWN_TAG + world.state.next("tags")
    world.state.put("tags", str(number), {"id": number, "name": name, "people": []})
    call.answer({"tag": {"id": number, "name": name}})


def list_tags(call: Call) -> None:
    tags = [{"id": t["id"], "name": t["name"], "count": len(t["people"])} for t in call.world.state.all("tags")]
    call.answer({"tags": tags})


def delete_tag(call: Call) -> None:
    call.world.state.delete("tags", str(_tag(call, (call.data().get("tag") or {}).get("id"))["id"]))
    call.ok()


def _tag(call: Call, number: Any) -> Doc:
    tag = call.world.state.get("tags", str(number))
    if tag is None:
        raise WeChatError(45159, "invalid tag id")
    return tag


def tag_people(call: Call) -> None:
    tag, keys = _tagging(call)
    if any(len(tags_of(call.world, key)) >= _TAGS_OF_ONE for key in keys if key not in tag["people"]):
        raise WeChatError(45059, "can't add more tag to this user")
    _keep_people(call, tag, sorted({*tag["people"], *keys}))


def untag_people(call: Call) -> None:
    tag, keys = _tagging(call)
    _keep_people(call, tag, [key for key in tag["people"] if key not in keys])


def _tagging(call: Call) -> tuple[Doc, list[str]]:
    data = call.data()
    openids = data.get("openid_list")
    if not isinstance(openids, list) or not 1 <= len(openids) <= _TAGGED_AT_ONCE:
        raise WeChatError(40032, "invalid openid list size")
    return _tag(call, data.get("tagid")), [call.receiver(openid) for openid in openids]


def _keep_people(call: Call, tag: Doc, keys: list[str]) -> None:
    call.world.state.put("tags", str(tag["id"]), {**tag, "people": keys})
    call.world.live.tell("menu", {"kind": "menu"})
    call.ok()


def tags_of_one(call: Call) -> None:
    call.answer({"tagid_list": tags_of(call.world, call.receiver(call.data().get("openid")))})


def routes() -> list[tuple[str, Any]]:
    return [
        api("/cgi-bin/menu/create", post=create),
        api("/cgi-bin/menu/get", get=read),
        api("/cgi-bin/menu/delete", get=delete),
        api("/cgi-bin/get_current_selfmenu_info", get=in_use),
        api("/cgi-bin/menu/addconditional", post=add_conditional),
        api("/cgi-bin/menu/delconditional", post=delete_conditional),
        api("/cgi-bin/menu/trymatch", post=try_match),
        api("/cgi-bin/tags/create", post=create_tag),
        api("/cgi-bin/tags/get", get=list_tags),
        api("/cgi-bin/tags/delete", post=delete_tag),
        api("/cgi-bin/tags/members/batchtagging", post=tag_people),
        api("/cgi-bin/tags/members/batchuntagging", post=untag_people),
        api("/cgi-bin/tags/getidlist", post=tags_of_one),
    ]
