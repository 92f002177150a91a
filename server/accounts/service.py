"""Log in by openid, know an account again, follow and unfollow."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta

from server import audit, errors, inbox, sessions
from server.accounts import store
from server.accounts.models import (
    Account,
    JsConfig,
    LoginFailed,
    MiniSession,
    OwnPhone,
    PhoneNotShared,
    SnapshotAccount,
)
from server.context import Actor, App, Event, Identity
from server.db import Tx
from server.security import digest
from server.wechat_events import AuthorizationCancelled, AuthorizationRevoked

PATIENT = frozenset({"patient"})
WRONG_CODES, CODES_WINDOW_S = 100, 600
STATE_LASTS_S = 600
PHONES, PHONES_WINDOW_S = 10, 3600
CLOCKS_DIFFER = timedelta(minutes=1)


async def actor_of(app: App, token: str) -> tuple[Actor, str] | None:
    """The account behind a session token, and the XSRF token of that session."""
    session = await sessions.read_session(app, "account", token)
    if session is None:
        return None
    return Actor("account", session.subject, PATIENT, app=session.app), session.xsrf


async def log_in_by_oauth(app: App, code: str, state: str, *, address: str) -> tuple[str, str]:
    """Open a session for the person WeChat's OAuth code stands for; gives token and XSRF token.

    `state`: what this browser was sent to WeChat with; LoginFailed when it has served once.
    """
    if await app.cache.count(f"oauth-state:{digest(state)}", STATE_LASTS_S) > 1:
        raise LoginFailed()
    _, token, xsrf = await _open(app, await _identify(app, lambda: app.wechat.oauth_identity(code), address))
    return token, xsrf


async def log_in_to_mini_program(app: App, code: str, *, address: str) -> MiniSession:
    """Open a session for the person wx.login's code stands for."""
    account, token, _ = await _open(app, await _identify(app, lambda: app.wechat.mini_identity(code), address))
    return MiniSession(token=token, account_id=account.id)


async def log_out(app: App, token: str) -> None:
    """Close this session."""
    await sessions.close_session(app, token)


async def enter(app: App, who: Identity) -> Account:
    """The account of an identity; made at its first opening, joined with the other app's when both are one person's."""
    try:
        return await store.enter(app, who, app.now())
    except store.TwoAccounts:
        await _join(app, who)
        return await store.enter(app, who, app.now())


async def _join(app: App, who: Identity) -> None:
    """The older account stays; what belonged to the other follows by accounts.joined."""

    async def work(tx: Tx) -> None:
        joined = await store.join(app, who, tx)
        if joined is None:
            return
        kept, gone = joined
        await sessions.hand_over(app, "account", gone, kept, tx)
        await audit.record(app, Actor("account", kept), "accounts.join", why=gone, tx=tx)
        await tx.emit("accounts.joined", account_id=kept, gone_id=gone)

    await app.db.transact(work)


async def take_revocation(app: App, event: Event) -> None:
    """wechat.event: who takes an authorisation back, or closes his WeChat account, is forgotten (PIPL 47).

    Whatever he took back: all that we hold of him came with it. He may come again, and is then somebody new.
    """
    push = inbox.push_of(app, event)
    if not isinstance(push, AuthorizationRevoked | AuthorizationCancelled):
        return
    who = inbox.whom(event, push)
    why = push.what if isinstance(push, AuthorizationRevoked) else ["cancelled"]

    async def work(tx: Tx) -> None:
        account_id = await store.forget(app, who, push.at + CLOCKS_DIFFER, tx)
        if account_id is None:
            return
        await sessions.close_all(app, "account", account_id, tx)
        by = Actor("account", account_id, app=who.app)
        await audit.record(app, by, "accounts.forget", why=",".join(why)[:64], tx=tx)
        await tx.emit("accounts.forgotten", account_id=account_id)

    await app.db.transact(work)


async def get(app: App, account_id: str) -> Account:
    """An account; NotFound."""
    account = await store.get(app, account_id)
    if account is None:
        raise errors.NotFound()
    return account


async def of_ids(app: App, account_ids: Collection[str]) -> list[Account]:
    """Those of these accounts that there are."""
    return await store.of_ids(app, account_ids)


async def find_by_openid(app: App, who: Identity) -> Account | None:
    """The account that has this openid, if it ever came."""
    return await store.find(app, who.app, who.openid)


async def note_following(app: App, who: Identity, following: bool, *, at: datetime) -> Account:
    """The platform told us that somebody followed or left then; gives the account. Older news change nothing."""
    account = await enter(app, who)
    await store.set_followed(app, account.id, following, at.replace(microsecond=0))  # events know seconds only
    return await get(app, account.id)


async def note_came_by(app: App, account_id: str, scene_id: str | None, *, at: datetime) -> None:
    """Somebody followed then through this scene code, or through none. Older news change nothing."""
    await store.set_came_by(app, account_id, scene_id, at)


async def count_following_by_scene(app: App) -> dict[str, int]:
    """How many follow now whose last following came from each scene code."""
    return await store.count_following_by_scene(app)


async def followers(app: App, id_ends: str, before: str | None, limit: int) -> list[Account]:
    """Followers of the account, newest first; `id_ends`: only those whose id ends like this."""
    return await store.followers(app, id_ends, before, limit)


async def count_followers(app: App) -> int:
    """How many follow the account, as far as we were told."""
    return await store.count_followers(app)


async def prefer(app: App, large_type: bool, *, by: Actor) -> None:
    """Remember large or normal type."""
    await store.set_large_type(app, by.id, large_type)


async def own_phone(app: App, code: str, *, by: Actor) -> OwnPhone:
    """The number that the person's WeChat has, so that he need not type it; kept nowhere. PhoneNotShared, TooMany."""
    if await app.cache.count(f"own-phone:{by.id}", PHONES_WINDOW_S) > PHONES:  # each one costs money
        raise errors.TooMany()
    try:
        phone = await app.wechat.mini_phone(code)
    except errors.Foreign as refusal:
        if refusal.again == "never":
            raise PhoneNotShared() from refusal
        raise
    await audit.record(app, by, "accounts.own_phone")
    return OwnPhone(phone=phone)


async def js_config(app: App, url: str) -> JsConfig:
    """The JS-SDK signature of one of our own pages; Invalid for any other address."""
    if not url.startswith(app.settings.public_url + "/"):
        raise errors.Invalid(fields=["url"])
    return JsConfig.model_validate(await app.wechat.js_config(url))


async def _identify(app: App, ask: Callable[[], Awaitable[Identity]], address: str) -> Identity:
    """Who WeChat says it is. TooMany: so many wrong codes came from this address.

    Without a limit a stranger could use up what WeChat lets all of us ask (45011). A whole hospital
    may sit behind one address, so only wrong codes count.
    """
    wrong_here = f"codes-from:{app.security.index('address', address)}"
    if await app.cache.count(wrong_here, CODES_WINDOW_S) > WRONG_CODES:
        raise errors.TooMany()
    try:
        who = await ask()
    except errors.Foreign as refusal:
        if refusal.again == "never":
            raise LoginFailed() from refusal
        raise
    await app.cache.take_back(wrong_here)
    if who.snapshot:
        raise SnapshotAccount()
    return who


async def _open(app: App, who: Identity) -> tuple[Account, str, str]:
    account = await enter(app, who)
    if account.told_at is None and who.app == "service":
        account = await _learn_following(app, account, who)
    token, session = await sessions.open_session(app, "account", account.id, who.app)
    return account, token, session.xsrf


async def _learn_following(app: App, account: Account, who: Identity) -> Account:
    """Who followed before we were there sent us no event: WeChat is asked, until it has answered once."""
    try:
        following = await app.wechat.is_following(who.openid)
    except errors.Foreign:
        return account
    return await note_following(app, who, following, at=app.now())
