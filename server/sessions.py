"""Revocable log-in sessions of accounts and staff. The store knows only a digest of each token."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from server.context import App, WeChatApp
from server.db import Tx, session_of
from server.security import digest
from server.values import new_token

Kind = Literal["account", "staff"]
LASTS = {"account": timedelta(days=7), "staff": timedelta(hours=12)}
IDLE = {"account": timedelta(days=7), "staff": timedelta(minutes=60)}


@dataclass(frozen=True, slots=True)
class Session:
    """An open session: whose, through which of our WeChat apps, and its XSRF token."""

    id: str
    subject: str
    app: WeChatApp
    xsrf: str


async def open_session(app: App, kind: Kind, subject: str, via: WeChatApp = "service") -> tuple[str, Session]:
    """Open a session; gives the token for the client and the session. Real time counts."""
    token, xsrf, now = new_token(), new_token(), app.real_now()
    session_id = digest(token)
    doc = {"_id": session_id, "kind": kind, "subject": subject, "app": via, "xsrf": xsrf, "opened_at": now}
    doc |= {"seen_at": now, "expires_at": now + LASTS[kind]}
    await app.db["sessions"].insert_one(doc)
    return token, Session(session_id, subject, via, xsrf)


async def read_session(app: App, kind: Kind, token: str) -> Session | None:
    """The session of a token if it is open and not idle for too long."""
    now = app.real_now()
    alive = {"kind": kind, "expires_at": {"$gt": now}, "seen_at": {"$gt": now - IDLE[kind]}}
    doc = await app.db["sessions"].find_one({"_id": digest(token), **alive})
    if doc is None:
        return None
    if now - doc["seen_at"] > IDLE[kind] / 60:  # a write for each request would cost more than it tells
        await app.db["sessions"].update_one({"_id": doc["_id"]}, {"$set": {"seen_at": now}})
    return Session(doc["_id"], doc["subject"], doc["app"], doc["xsrf"])


async def close_session(app: App, token: str) -> None:
    """Log out."""
    await app.db["sessions"].delete_one({"_id": digest(token)})


async def close_all(app: App, kind: Kind, subject: str, tx: Tx | None = None) -> None:
    """Log a subject out everywhere."""
    await app.db["sessions"].delete_many({"kind": kind, "subject": subject}, session=session_of(tx))


async def hand_over(app: App, kind: Kind, subject: str, to: str, tx: Tx) -> None:
    """What was open for one subject goes on for another: they have turned out to be the same."""
    query = {"kind": kind, "subject": subject}
    await app.db["sessions"].update_many(query, {"$set": {"subject": to}}, session=tx.session)
