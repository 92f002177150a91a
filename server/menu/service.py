"""Edit, publish, roll back and take away the account's menu."""

import functools
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from server import audit, errors
from server.context import Actor, App, Json
from server.db import Tx
from server.menu import rules, store
from server.menu.models import (
    BadMenu,
    ChangedInWeChat,
    Held,
    Menu,
    MenuState,
    NoSuchVersion,
    PublishedMenu,
    Tag,
    Tags,
    Version,
)
from server.staff import service as staff

_NOTHING = Menu(button=[])


async def state(app: App, *, by: Actor) -> MenuState:
    """The draft, what was published last, what WeChat holds, all versions, and what publishing would change."""
    published, draft, held = await store.newest(app, state="published"), await _draft(app), await _look(app)
    seen = published["menu"] if published and held.state == "unknown" else held.menu
    shown = await _shown(app, published) if published and published["menu"].button else None
    difference = rules.difference(seen, draft)
    return MenuState(draft=draft, published=shown, held=held, versions=await _versions(app), diff=difference)


async def _versions(app: App) -> list[Version]:
    docs = await store.versions(app)
    names = await staff.names(app, {doc["by"] for doc in docs})
    return [Version.model_validate(doc | {"by": names.get(doc["by"], "系统")}, extra="ignore") for doc in docs]


async def _shown(app: App, doc: store.Doc) -> PublishedMenu:
    names = await staff.names(app, {doc["by"]})
    return PublishedMenu.model_validate(doc | {"by": names.get(doc["by"], "系统")}, extra="ignore")


async def _look(app: App) -> Held:
    """What WeChat holds; not being told is no reason to keep the editor from his draft."""
    try:
        held = rules.read_held(await app.wechat.current_menu())
    except errors.Foreign:
        return Held(state="unknown")
    published, unfinished = await _ours(app)
    return Held(
        state=rules.standing(held, published, unfinished),
        mark=rules.mark(held),
        menu=held,
        diff=rules.difference(published, held),
    )


async def _ours(app: App) -> tuple[Menu | None, Menu | None]:
    """The menu published last, and the one of a later publication that was not finished."""
    published, newest = await store.newest(app, state="published"), await store.newest(app)
    unfinished = newest if newest and newest["state"] != "published" else None
    return published["menu"] if published else None, unfinished["menu"] if unfinished else None


async def _draft(app: App) -> Menu:
    """What was saved last, else what was published last, else the first menu."""
    kept = await store.draft(app)
    if kept is None:
        published = await store.newest(app, state="published", what={"$ne": "removed"})
        kept = published["menu"] if published else None
    return kept or first_menu(app)


async def save(app: App, menu: Menu, *, by: Actor) -> MenuState:
    """Keep a draft that WeChat would take; BadMenu."""
    _check(app, menu)
    await store.put_draft(app, menu, app.now())
    await audit.record(app, by, "menu.save")
    return await state(app, by=by)


async def publish(app: App, *, over: str | None = None, by: Actor) -> Version:
    """Publish the draft to WeChat as a new version. BadMenu when WeChat refuses it, BeingPublished.

    ChangedInWeChat when somebody changed the menu there, until `over` is the mark of what WeChat
    holds. Until WeChat has accepted it the former version stays the published one; publishing
    again is harmless.
    """
    menu = await _draft(app)
    _check(app, menu)
    return await _publish(app, menu, over, by, what="edited")


async def roll_back(app: App, version: int, *, over: str | None = None, by: Actor) -> Version:
    """Publish an earlier version as a new one that says so. NoSuchVersion, and as `publish`."""
    kept = await _version(app, version)
    menu: Menu = kept["menu"]
    _check(app, menu)
    published, _ = await _ours(app)
    untouched = rules.mark(await _draft(app)) == rules.mark(published)
    done = await _publish(app, menu, over, by, what="rolled_back", from_version=version)
    if untouched:  # nobody was working on a draft: it follows
        await store.put_draft(app, menu, app.now())
    return done


async def take_away(app: App, *, over: str | None = None, by: Actor) -> Version:
    """Delete the menu at WeChat, conditional ones included; the draft stays. BeingPublished, ChangedInWeChat."""
    await store.put_draft(app, await _draft(app), app.now())
    return await _publish(app, _NOTHING, over, by, what="removed")


async def _publish(app: App, menu: Menu, over: str | None, by: Actor, **about: Any) -> Version:
    given = await app.wechat.current_menu()
    held, (published, unfinished) = rules.read_held(given), await _ours(app)
    if rules.standing(held, published, unfinished) == "changed" and over != rules.mark(held):
        raise ChangedInWeChat()
    version = await store.add_version(app, menu, about | {"by": by.id}, app.now(), app.real_now())
    try:
        await _put(app, menu, given)
    except errors.Foreign as refusal:
        await store.set_state(app, version, "failed")
        if refusal.again == "never":
            raise BadMenu(problems=[f"微信没有接受（{refusal.foreign_code}）"]) from refusal
        raise

    async def finish(tx: Tx) -> None:
        await store.set_state(app, version, "published", tx=tx)
        await audit.record(app, by, f"menu.{_VERBS[about['what']]}", why=str(version), tx=tx)

    await app.db.transact(finish)
    return (await _versions(app))[0]


_VERBS = {"edited": "publish", "rolled_back": "roll_back", "removed": "take_away"}


async def _put(app: App, menu: Menu, held: Json | None) -> None:
    """Have WeChat hold exactly this: the default menu first, then the conditional ones, the first to fit last."""
    if not menu.button:
        return await app.wechat.delete_menu()
    await app.wechat.publish_menu({"button": _plain(menu)["button"]})
    for old in (held or {}).get("conditional") or []:
        await app.wechat.delete_conditional_menu(str(old["menuid"]))
    for one in reversed(_plain(menu)["conditional"]):
        await app.wechat.add_conditional_menu({"button": one["button"], "matchrule": one["rule"]})


def _plain(menu: Menu) -> Json:
    return menu.model_dump(exclude_none=True)


async def publish_first(app: App, *, by: Actor) -> None:
    """Give a new installation its first menu, over whatever there was; nothing when one was published before."""
    if not await store.versions(app):
        await publish(app, over=rules.mark(rules.read_held(await app.wechat.current_menu())), by=by)


async def read(app: App, version: int, *, by: Actor) -> PublishedMenu:
    """One version with its menu. NoSuchVersion."""
    return await _shown(app, await _version(app, version))


async def restore(app: App, version: int, *, by: Actor) -> MenuState:
    """Make an earlier version the draft; it is seen by nobody until published. NoSuchVersion."""
    await store.put_draft(app, (await _version(app, version))["menu"], app.now())
    await audit.record(app, by, "menu.restore", why=str(version))
    return await state(app, by=by)


async def _version(app: App, number: int) -> store.Doc:
    kept = await store.version(app, number)
    if kept is None or not kept["menu"].button:
        raise NoSuchVersion()
    return kept


async def tags(app: App, *, by: Actor) -> Tags:
    """The account's tags, for conditional menus."""
    return Tags(
        items=[Tag(id=str(t["id"]), name=str(t["name"]), count=int(t["count"])) for t in await app.wechat.tags()]
    )


def first_menu(app: App) -> Menu:
    """The menu a new installation begins with (A7)."""
    text = _first_menu(app.settings.menu_file).replace("{public_url}", app.settings.public_url)
    return Menu.model_validate_json(text)


@functools.cache
def _first_menu(file: Path) -> str:
    return file.read_text()


def _check(app: App, menu: Menu) -> None:
    rules.check(menu, urlsplit(app.settings.public_url).netloc)
