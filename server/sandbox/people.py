"""The people who hold a phone: their openids for both appids, whether they follow, what they consented to."""

import base64
import hashlib

from server.sandbox.state import Doc
from server.sandbox.world import World


def openid_of(appid: str, key: str) -> str:
    """28 characters, different for each appid, the same after a restart."""
    digest = hashlib.sha256(f"{appid}/{key}".encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest).decode()[:27]


def unionid_of(key: str) -> str:
    return openid_of("open-platform", key)


def unionid(world: World, key: str) -> Doc:
    """{unionid}, only while account and mini-program are bound to one open-platform account."""
    return {"unionid": unionid_of(key)} if world.settings.open_platform else {}


def public_openid(world: World, key: str) -> str:
    return openid_of(world.values["WECHAT_APPID"], key)


def mini_openid(world: World, key: str) -> str:
    return openid_of(world.values["MINI_APPID"], key)


def openid_in(world: World, app: str, key: str) -> str:
    """The person's openid in the account ("service") or the mini-program ("mini")."""
    return mini_openid(world, key) if app == "mini" else public_openid(world, key)


def find(world: World, key: str) -> Doc | None:
    return world.state.get("people", key)


def by_openid(world: World, openid: str, appid: str) -> str | None:
    """The person's key, or None when the openid belongs to no person or to the other appid."""
    if (appid, openid) not in world.openids:
        keys = [key for key, _ in world.state.items("people")]
        world.openids |= {(appid, openid_of(appid, key)): key for key in keys}
    return world.openids.get((appid, openid))


def follows(world: World, key: str) -> bool:
    return world.state.get("followers", key) is not None


def followers(world: World) -> list[str]:
    return [key for key, _ in world.state.items("followers")]


def card(world: World, person: Doc) -> Doc:
    """What pages and tests see of a person."""
    key = person["key"]
    return {
        **{
            name: person.get(name)
            for name in ("key", "name", "nickname", "avatar", "colour", "about", "hints", "phone")
        },
        "openid": public_openid(world, key),
        "mini_openid": mini_openid(world, key),
        "unionid": unionid_of(key),
        "follows": follows(world, key),
        "blocked": bool(person.get("blocked")),
        "snapshot": bool(person.get("snapshot")),
        "platform": str(person.get("platform") or "2"),
    }


def add(world: World, wanted: Doc) -> Doc:
    """A further person for tests: {key, name?, phone?, follows?}."""
    key = str(wanted["key"])
    name = str(wanted.get("name", "测试用户"))
    person = {
        "key": key,
        "name": name,
        "nickname": str(wanted.get("nickname", name)),
        "avatar": name[:1],
        "colour": "#557080",
        "phone": str(wanted.get("phone", "")),
        "about": "测试添加的人物",
        "hints": [],
        "blocked": False,
        "snapshot": False,
    }
    world.state.put("people", key, person)
    if wanted.get("follows"):
        world.state.put("followers", key, {"since": world.clock.timestamp(), "scene": "ADD_SCENE_OTHERS", "qr": ""})
    return person


def subscription(world: World, key: str, template_id: str) -> Doc:
    """{count, always: accept|reject|null, long: bool} for one person and template."""
    found = world.state.get("subscriptions", f"{key}/{template_id}")
    return found or {"count": 0, "always": None, "long": False}


def save_subscription(world: World, key: str, template_id: str, doc: Doc) -> None:
    world.state.put("subscriptions", f"{key}/{template_id}", doc)
