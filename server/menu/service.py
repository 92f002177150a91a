"""Edit, publish and restore the account's menu."""

import functools
from pathlib import Path
from urllib.parse import urlsplit

from server import audit, errors
from server.context import Actor, App
from server.menu import rules, store
from server.menu.models import BadMenu, Menu, MenuState, NoSuchVersion, PublishedMenu, Version
from server.staff import service as staff


async def state(app: App, *, by: Actor) -> MenuState:
    """The draft, the published menu, versions, and the difference."""
    versions, draft = await _versions(app), await _draft(app)
    newest = await store.version(app, versions[0].version) if versions else None
    published = PublishedMenu(**versions[0].model_dump(), menu=newest) if newest else None
    return MenuState(draft=draft, published=published, versions=versions, diff=rules.difference(newest, draft))


async def _versions(app: App) -> list[Version]:
    docs = await store.versions(app)
    names = await staff.names(app, {doc["by"] for doc in docs})
    return [Version(version=d["version"], at=d["at"], by=names.get(d["by"], "系统")) for d in docs]


async def _draft(app: App) -> Menu:
    """What was saved last, else what is published, else the first menu."""
    kept = await store.draft(app)
    if kept is None:
        published = await store.versions(app)
        kept = await store.version(app, published[0]["version"]) if published else None
    return kept or first_menu(app)


async def save(app: App, menu: Menu, *, by: Actor) -> MenuState:
    """Keep a draft that WeChat would take; BadMenu."""
    _check(app, menu)
    await store.put_draft(app, menu, app.now())
    await audit.record(app, by, "menu.save")
    return await state(app, by=by)


async def publish(app: App, *, by: Actor) -> Version:
    """Publish the draft to WeChat as a new version. BadMenu when WeChat refuses it, BeingPublished.

    Until WeChat has accepted it the former version stays the published one; publishing again is harmless.
    """
    menu = await _draft(app)
    _check(app, menu)
    version = await store.add_version(app, menu, by.id, app.now(), app.real_now())
    try:
        await app.wechat.publish_menu(menu.model_dump(exclude_none=True))
    except errors.Foreign as refusal:
        await store.set_state(app, version, "failed")
        if refusal.again == "never":
            raise BadMenu(problems=[f"微信没有接受（{refusal.foreign_code}）"]) from refusal
        raise
    await store.set_state(app, version, "published")
    await audit.record(app, by, "menu.publish", why=str(version))
    return (await _versions(app))[0]


async def publish_first(app: App, *, by: Actor) -> None:
    """Give a new installation its first menu; nothing when one was published before."""
    if not await store.versions(app):
        await publish(app, by=by)


async def restore(app: App, version: int, *, by: Actor) -> MenuState:
    """Make an earlier version the draft; it is seen by nobody until published. NoSuchVersion."""
    menu = await store.version(app, version)
    if menu is None:
        raise NoSuchVersion()
    await store.put_draft(app, menu, app.now())
    return await state(app, by=by)


def first_menu(app: App) -> Menu:
    """The menu a new installation begins with (A7)."""
    text = _first_menu(app.settings.menu_file).replace("{public_url}", app.settings.public_url)
    return Menu.model_validate_json(text)


@functools.cache
def _first_menu(file: Path) -> str:
    return file.read_text()


def _check(app: App, menu: Menu) -> None:
    rules.check(menu, urlsplit(app.settings.public_url).netloc)
