"""Log in by openid, know an account again, follow and unfollow."""

from collections.abc import Awaitable

from server import errors, sessions
from server.accounts import store
from server.accounts.models import Account, LoginFailed, MiniSession, SnapshotAccount
from server.context import Actor, App, Identity

PATIENT = frozenset({"patient"})


async def actor_of(app: App, token: str) -> tuple[Actor, str] | None:
    """The account behind a session token, and the XSRF token of that session."""
    session = await sessions.read_session(app, "account", token)
    if session is None:
        return None
    return Actor("account", session.subject, PATIENT, app=session.app), session.xsrf


async def log_in_by_oauth(app: App, code: str) -> tuple[str, str]:
    """Open a session for the person WeChat's OAuth code stands for; gives token and XSRF token."""
    _, token, xsrf = await _open(app, await _identify(app.wechat.oauth_identity(code)))
    return token, xsrf


async def log_in_to_mini_program(app: App, code: str) -> MiniSession:
    """Open a session for the person wx.login's code stands for."""
    account, token, _ = await _open(app, await _identify(app.wechat.mini_identity(code)))
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


async def note_following(app: App, who: Identity, following: bool) -> Account:
    """The platform told us that somebody follows or left; gives the account."""
    account = await enter(app, who)
    await store.set_followed(app, account.id, following)
    return account.model_copy(update={"followed": following})


async def prefer(app: App, large_type: bool, *, by: Actor) -> None:
    """Remember large or normal type."""
    await store.set_large_type(app, by.id, large_type)


async def _identify(asking: Awaitable[Identity]) -> Identity:
    try:
        who = await asking
    except errors.Foreign as refusal:
        if refusal.again == "never":
            raise LoginFailed() from refusal
        raise
    if who.snapshot:
        raise SnapshotAccount()
    return who


async def _open(app: App, who: Identity) -> tuple[Account, str, str]:
    account = await enter(app, who)
    token, session = await sessions.open_session(app, "account", account.id, who.app)
    return account, token, session.xsrf
