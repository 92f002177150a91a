"""Log in with a password, change it, and manage members."""

import asyncio
from collections.abc import Iterable

from server import audit, errors, sessions
from server.context import SYSTEM, Actor, App, Event
from server.db import Tx
from server.staff import rules, store
from server.staff.models import (
    BadPhone,
    LastAdmin,
    Locked,
    Login,
    Me,
    Member,
    MemberChange,
    Members,
    MyPhone,
    MyReach,
    NewMember,
    PasswordChange,
    Reach,
    Role,
    WrongPassword,
)
from server.values import mask_phone, mobile, new_code

_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$zmkH2Ymu3cQd8CkDGN9NxcyFvOcuLlQ3Ah2vBc1LkZ0"


async def actor_of(app: App, token: str) -> tuple[Actor, str] | None:
    """The member behind a session token, and the XSRF token of that session; roles as they are now."""
    session = await sessions.read_session(app, "staff", token)
    doc = await store.get(app, session.subject) if session else None
    if session is None or doc is None or doc["disabled"]:
        return None
    scopes = frozenset({"password"}) if doc["must_change_password"] else rules.scopes_of(doc["roles"]) | {"password"}
    roles, departments = frozenset(doc["roles"]), frozenset(doc["department_ids"])
    return Actor("staff", doc["_id"], scopes, roles, departments, doc["doctor_id"]), session.xsrf


async def log_in(app: App, login: Login, *, address: str) -> tuple[str, str, Me]:
    """Open a session; gives token, XSRF token and the member. Tries are limited per name and address.

    The count per name stands in Redis for names that do not exist, and in the member's own
    document, which is not lost with Redis.
    """
    username = login.username.strip().lower()
    counted = f"login:{app.security.index('username', username)}"
    tries = await app.cache.count(counted, rules.LOCK_SECONDS)
    counted_here = f"login-from:{app.security.index('address', address)}"
    from_here = await app.cache.count(counted_here, rules.LOCK_SECONDS)
    doc = await store.by_username(app, username)
    failed = await store.count_try(app, doc["_id"], app.real_now(), rules.LOCK_SECONDS) if doc else 0
    if max(tries, failed) > rules.LOCK_AFTER or from_here > rules.LOCK_ADDRESS_AFTER:
        raise Locked()
    stored = doc["password_hash"] if doc and not doc["disabled"] else _NOBODY  # names that do not exist take as long
    right = await asyncio.to_thread(app.security.check_password, stored, login.password)
    if not doc or doc["disabled"] or not right:
        await audit.record(app, SYSTEM, "staff.login_refused", why=doc["_id"] if doc else "unknown")
        raise WrongPassword()
    await app.cache.forget(counted)
    await app.cache.take_back(counted_here)
    await store.change(app, doc["_id"], {"tries": 0})
    token, session = await sessions.open_session(app, "staff", doc["_id"])
    await audit.record(app, Actor("staff", doc["_id"]), "staff.log_in")
    return token, session.xsrf, _me(store.member(doc))


async def me(app: App, *, by: Actor) -> Me:
    """The member who is logged in."""
    doc = await store.get(app, by.id)
    if doc is None:
        raise errors.Unauthenticated()
    return _me(store.member(doc))


async def log_out(app: App, token: str) -> None:
    """Close this session."""
    await sessions.close_session(app, token)


async def change_password(app: App, change: PasswordChange, *, by: Actor) -> None:
    """Set a new password; every session of the member ends."""
    doc = await store.get(app, by.id)
    if doc is None or not await asyncio.to_thread(app.security.check_password, doc["password_hash"], change.old):
        raise WrongPassword()
    rules.check_password_strength(doc["username"], change.new)
    hashed = await asyncio.to_thread(app.security.hash_password, change.new)
    await store.change(app, by.id, {"password_hash": hashed, "must_change_password": False})
    await sessions.close_all(app, "staff", by.id)
    await audit.record(app, by, "staff.change_password")


async def members(app: App, *, by: Actor) -> Members:
    """All members by user name."""
    return Members(items=await store.all_members(app))


async def names(app: App, member_ids: Iterable[str]) -> dict[str, str]:
    """Names by id; those nobody knows (the system, for one) are left out."""
    return await store.names(app, list(member_ids))


async def add_member(app: App, new: NewMember, *, by: Actor, must_change: bool = True) -> Member:
    """Add a member with a first password, to be changed at the first log-in."""
    rules.check_password_strength(new.username, new.password)
    hashed = await asyncio.to_thread(app.security.hash_password, new.password)
    doc = new.model_dump(exclude={"password"}) | {"_id": app.new_id(), "password_hash": hashed, "disabled": False}
    doc["must_change_password"] = must_change
    await store.add(app, doc)
    await audit.record(app, by, "staff.add", why=doc["_id"])
    return store.member(doc)


async def change_member(app: App, member_id: str, change: MemberChange, *, by: Actor) -> Member:
    """Change roles, departments, name, or disable; sessions end when rights or the password change."""
    doc = await store.get(app, member_id)
    if doc is None:
        raise errors.NotFound()
    asked = change.model_dump(exclude_unset=True, exclude={"password"})
    values = {name: value for name, value in asked.items() if value is not None or name == "doctor_id"}
    if change.password:
        rules.check_password_strength(doc["username"], change.password)
        hashed = await asyncio.to_thread(app.security.hash_password, change.password)
        values |= {"password_hash": hashed, "must_change_password": True}

    async def write(tx: Tx) -> Member:
        changed = await store.change(app, member_id, values, tx) if values else doc
        if {"roles", "disabled"} & values.keys() and not await store.touch_admins(app, app.real_now(), tx):
            raise LastAdmin()
        await audit.record(app, by, "staff.change", why=member_id, tx=tx)
        return store.member(changed or doc)

    changed = await app.db.transact(write)
    if {"roles", "disabled", "department_ids", "password_hash"} & values.keys():
        await sessions.close_all(app, "staff", member_id)
    return changed


# --- how members are reached ----------------------------------------------------------------------


async def on_the_staff(app: App, role: Role, department_id: str | None) -> list[str]:
    """The ids of members with a role who may log in, of one department if it is named."""
    return await store.on_the_staff(app, role, department_id)


async def enabled(app: App, member_ids: Iterable[str]) -> set[str]:
    """Those of these members who exist and may log in."""
    return await store.enabled(app, list(member_ids))


async def reach(app: App, member_ids: Iterable[str]) -> dict[str, Reach]:
    """Mobile and own WeChat of members, for alerts; those who gave neither are left out."""
    return await store.reach(app, list(member_ids))


async def my_reach(app: App, *, by: Actor) -> MyReach:
    """How I am reached."""
    return _my_reach((await store.reach(app, [by.id])).get(by.id, Reach()))


async def set_phone(app: App, given: MyPhone, *, by: Actor) -> MyReach:
    """Set or remove my mobile for alerts; BadPhone."""
    phone = mobile(given.phone) if given.phone else None
    if given.phone and phone is None:
        raise BadPhone()
    await store.set_phone(app, by.id, phone)
    await audit.record(app, by, "staff.set_phone")
    return await my_reach(app, by=by)


async def show_link_code(app: App, *, by: Actor) -> MyReach:
    """A code that links the WeChat from which it is sent to the hospital's account; good for ten minutes, once."""
    code = new_code()
    await store.set_link_code(app, by.id, app.security.index("staff_link", code), app.real_now() + rules.LINK_LASTS)
    await audit.record(app, by, "staff.show_link_code")
    return (await my_reach(app, by=by)).model_copy(update={"code": code})


async def unlink(app: App, *, by: Actor) -> MyReach:
    """My WeChat is not used for alerts any more."""
    await store.unlink(app, by.id)
    await audit.record(app, by, "staff.unlink_wechat")
    return await my_reach(app, by=by)


async def take_link_code(app: App, text: str, account_id: str) -> None:
    """Somebody wrote to the account: when it is a member's code, the WeChat he wrote from is his.

    Wrong codes are counted for each account: nobody may try his luck.
    """
    code = rules.link_code_in(text)
    tries = f"staff-link:{account_id}"
    if code is None or await app.cache.count(tries, rules.LOCK_SECONDS) > rules.LOCK_AFTER:
        return
    member_id = await store.link(app, app.security.index("staff_link", code), account_id, app.real_now())
    if member_id:
        await app.cache.forget(tries)
        await audit.record(app, Actor("staff", member_id), "staff.link_wechat", why=account_id)


async def take_joining(app: App, event: Event) -> None:
    """accounts.joined: a member's own WeChat is the account that stayed."""
    await store.hand_link_over(app, event.data["gone_id"], event.data["account_id"])


async def take_revocation(app: App, event: Event) -> None:
    """accounts.forgotten: nobody is reached there any more, and the console says so."""
    await store.unlink_account(app, event.data["account_id"])


def _my_reach(reach: Reach) -> MyReach:
    return MyReach(phone_masked=mask_phone(reach.phone) if reach.phone else None, wechat=reach.account_id is not None)


def _me(member: Member) -> Me:
    return Me(**member.model_dump(), scopes=sorted(rules.scopes_of(member.roles)))
