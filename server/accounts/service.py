"""Log in by openid, know an account again, follow and unfollow."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from server import errors, sessions
from server.accounts import store
from server.accounts.models import Account, JsConfig, LoginFailed, MiniSession, SnapshotAccount
from server.context import Actor, App, Identity

PATIENT = frozenset({"patient"})
WRONG_CODES, CODES_WINDOW_S = 100, 600


async def actor_of(app: App, token: str) -> tuple[Actor, str] | None:
    """The account behind a session token, and the XSRF token of that session."""
    session = await sessions.read_session(app, "account", token)
    if session is None:
        return None
    return Actor("account", session.subject, PATIENT, app=session.app), session.xsrf


async def log_in_by_oauth(app: App, code: str, *, address: str) -> tuple[str, str]:
    """Open a session for the person WeChat's OAuth code stands for; gives token and XSRF token."""
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
    """The account of an identity; made at its first opening."""
    return await store.enter(app, who, app.now())


async def get(app: App, account_id: str) -> Account:
    """An account; NotFound."""
    account = await store.get(app, account_id)
    if account is None:
        raise errors.NotFound()
    return account


async def find_by_openid(app: App, who: Identity) -> Account | None:
    """The account that has this openid, if it ever came."""
    return await store.find(app, who.app, who.openid)


async def note_following(app: App, who: Identity, following: bool, *, at: datetime) -> Account:
    """The platform told us that somebody followed or left then; gives the account. Older news change nothing."""
    account = await enter(app, who)
    await store.set_followed(app, account.id, following, at.replace(microsecond=0))  # events know seconds only
    return await get(app, account.id)


async def followers(app: App, id_ends: str, before: str | None, limit: int) -> list[Account]:
    """Followers of the account, newest first; `id_ends`: only those whose id ends like this."""
    return await store.followers(app, id_ends, before, limit)


async def count_followers(app: App) -> int:
    """How many follow the account, as far as we were told."""
    return await store.count_followers(app)


async def prefer(app: App, large_type: bool, *, by: Actor) -> None:
    """Remember large or normal type."""
    await store.set_large_type(app, by.id, large_type)


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
