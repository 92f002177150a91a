"""What WeChat pushes to us: written once, answered at once, worked on by the worker.

One push is one document of the outbox whose id is the platform's own identity of it: that
single majority write is journal and de-duplication in one. What people wrote is sealed.
"""

import hashlib
import json

from pymongo.errors import DuplicateKeyError

from server.context import App, Callback, Event, Identity, Json
from server.wechat_events import Push, read_push

_COLLECTION = "events"


def identity_of(fields: Json) -> str:
    """The same for each repeat of a push, different for any two pushes.

    A message by MsgId and CreateTime and sender. An event has no number, and sender plus
    second are not unique (LOCATION, unsubscribe): the whole of its content is its identity.
    """
    if fields.get("MsgId"):
        said = f"{fields['MsgId']}-{fields.get('CreateTime')}-{fields.get('FromUserName')}"
    else:
        said = json.dumps({k: v for k, v in fields.items() if k != "Encrypt"}, sort_keys=True, ensure_ascii=False)
    return "wechat:" + hashlib.sha256(said.encode()).hexdigest()


async def receive(app: App, callback: Callback) -> bool:
    """Keep a push; False when it was kept before."""
    key, now = identity_of(callback.fields), app.real_now()
    kind = "wechat.event" if callback.fields.get("MsgType") == "event" else "wechat.message"
    sealed = app.security.seal(_COLLECTION, key, callback.fields)
    data = {"name": callback.fields.get("Event", ""), "app": callback.app, "sealed": sealed}
    doc = {"_id": key, "type": kind, "data": data, "at": app.now(), "state": "waiting", "due_at": now, "tries": 0}
    try:
        await app.db[_COLLECTION].insert_one(doc | {"done": []})
    except DuplicateKeyError:
        return False
    return True


def fields_of(app: App, event: Event) -> Json:
    """The fields of a push that a reaction is handed."""
    return app.security.open(_COLLECTION, event.id, event.data["sealed"])


def push_of(app: App, event: Event) -> Push:
    """The push that a reaction is handed, as its model; `Unknown` for what we do not know or cannot read."""
    return read_push(fields_of(app, event))


def whom(event: Event, push: Push) -> Identity:
    """The person a push is about, in the app it was pushed to."""
    return Identity(event.data.get("app", "service"), push.openid)
