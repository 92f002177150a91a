"""From the fields of a push to its model."""

import re

from pydantic import ValidationError

from server.wechat_events.base import LONG_AGO, Fields, Push, Unknown, moment
from server.wechat_events.chat import (
    LinkSaid,
    MiniEntered,
    PageSaid,
    PictureSaid,
    PlaceSaid,
    TextSaid,
    VideoSaid,
    VoiceSaid,
)
from server.wechat_events.menus import (
    Followed,
    Left,
    Located,
    MenuClicked,
    MenuOpenedMini,
    MenuPictures,
    MenuPlace,
    MenuScanned,
    MenuViewed,
    Scanned,
)
from server.wechat_events.outcomes import (
    MassEnded,
    MediaChecked,
    MiniVerification,
    PublishEnded,
    TemplateEnded,
    VerificationEnds,
    VerificationFailed,
    VerificationPassed,
)
from server.wechat_events.permissions import (
    AuthorizationCancelled,
    AuthorizationRevoked,
    ProfileChanged,
    SubscriptionAsked,
    SubscriptionChanged,
    SubscriptionSent,
)

MESSAGES: tuple[type[Push], ...] = (TextSaid, PictureSaid, VoiceSaid, VideoSaid, PlaceSaid, LinkSaid, PageSaid)
EVENTS: tuple[type[Push], ...] = (
    *(Followed, Left, Scanned, Located, MenuClicked, MenuViewed, MenuOpenedMini, MenuScanned, MenuPictures, MenuPlace),
    *(TemplateEnded, MassEnded, PublishEnded, SubscriptionAsked, SubscriptionChanged, SubscriptionSent),
    *(ProfileChanged, AuthorizationRevoked, AuthorizationCancelled, MiniEntered, MediaChecked),
    *(VerificationPassed, VerificationFailed, VerificationEnds),
)
_MESSAGE = {name: model for model in MESSAGES for name in model.names}
_EVENT = {name: model for model in EVENTS for name in model.names}


def read_push(fields: Fields) -> Push:
    """The model of a push from the fields of a Callback; Unknown, never an error."""
    is_event = fields.get("MsgType") == "event"
    name = str(fields.get("Event" if is_event else "MsgType", ""))
    model = (_EVENT if is_event else _MESSAGE).get(name.casefold())
    if model is None and is_event and re.match(r"(weapp|wx)_verify_\w", name):
        model = MiniVerification
    if model is None:
        return _unknown(fields, name, "unknown")
    wrapped = fields.get(getattr(model, "wrapped_in", ""))
    try:
        return model.model_validate(fields | wrapped if isinstance(wrapped, dict) else fields)
    except ValidationError as odd:
        where = sorted({".".join(map(str, error["loc"])) for error in odd.errors()})
        return _unknown(fields, name, f"odd: {', '.join(where)}")


def _unknown(fields: Fields, name: str, reason: str) -> Unknown:
    said = {ours: str(fields.get(theirs, "")) for ours, theirs in (("to", "ToUserName"), ("sender", "FromUserName"))}
    try:
        at = moment(fields.get("CreateTime"))
    except ValueError:
        at = LONG_AGO
    return Unknown.model_validate(said | {"name": name[:64], "reason": reason, "at": at})
