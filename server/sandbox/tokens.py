"""Access tokens and tickets: stable and plain service kept apart, 5 minutes of overlap, forced refresh 20 a day."""

import secrets
from datetime import datetime

from server.sandbox.clock import SHANGHAI
from server.sandbox.state import Doc
from server.sandbox.world import World, request_id

OVERLAP_S = 300
FORCED_A_DAY, FORCED_GAP_S = 20, 30
_SHORTEST = 64


class WeChatError(Exception):
    """An answer with errcode; `more` joins the body."""

    def __init__(self, errcode: int, errmsg: str, **more: object) -> None:
        super().__init__(errcode)
        self.errcode, self.errmsg, self.more = errcode, errmsg, more


def apps(world: World) -> dict[str, str]:
    """appid to secret, of the account and of the mini-program."""
    values = world.values
    return {values["WECHAT_APPID"]: values["WECHAT_SECRET"], values["MINI_APPID"]: values["MINI_SECRET"]}


def check_app(world: World, appid: str, secret: str) -> None:
    known = apps(world)
    if appid not in known:
        raise WeChatError(40013, "invalid appid")
    if secret != known[appid]:
        raise WeChatError(40125, "invalid appsecret")


def plain_token(world: World, appid: str) -> Doc:
    """/cgi-bin/token: each call gives a new one; the one before works five minutes longer."""
    current = _current(world, appid, "plain")
    if current:
        _end(world, current, world.clock.real_seconds() + OVERLAP_S)
    return _given(world, _new(world, appid, "plain"))


def stable_token(world: World, appid: str, force: bool) -> Doc:
    """/cgi-bin/stable_token: the same inside its life; renewed five minutes before the end; forced within limits."""
    current = _current(world, appid, "stable")
    if current and force and _may_force(world, appid):
        _end(world, current, world.clock.real_seconds() - 1)
        current = None
    if current and current["expires"] - world.clock.real_seconds() <= OVERLAP_S:
        current = None
    return _given(world, current or _new(world, appid, "stable"))


def check_token(world: World, text: str) -> str:
    """The appid of a working token; 41001, 40014, otherwise 40001 (replaced), and 42001 once its two hours are over."""
    if not text:
        raise WeChatError(41001, "access_token missing")
    if len(text) < _SHORTEST:
        raise WeChatError(40014, "invalid access_token")
    token, now = world.state.get("tokens", text), world.clock.real_seconds()
    if token is not None and now >= float(token.get("ends") or token["expires"]):
        raise WeChatError(42001, "access_token expired")
    if token is None or token.get("withdrawn") or now >= token["expires"]:  # not the latest any more
        raise WeChatError(
            40001,
            "invalid credential, access_token is invalid or not latest, could get access_token by "
            "getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
        )
    return str(token["appid"])


def ticket(world: World, kind: str) -> Doc:
    """The jsapi (or wx_card) ticket: the same for two hours."""
    found = world.state.get("tickets", kind)
    now = world.clock.real_seconds()
    if found is None or found["expires"] <= now:
        found = {"ticket": secrets.token_urlsafe(64), "expires": now + 7200}
        world.state.put("tickets", kind, found)
    return {"ticket": found["ticket"], "expires_in": int(found["expires"] - now)}


def withdraw_all(world: World) -> None:
    """Every token stops working at once (a fault for tests and the platform page)."""
    for key, token in world.state.items("tokens"):
        world.state.put("tokens", key, {**token, "withdrawn": True})


def shown(world: World) -> list[Doc]:
    """Tokens for the platform page, only their last characters."""
    now = world.clock.real_seconds()
    alive = [(key, t) for key, t in world.state.items("tokens") if t["expires"] > now and not t.get("withdrawn")]
    return [
        {"ends_with": key[-6:], "appid": t["appid"], "service": t["service"], "seconds_left": int(t["expires"] - now)}
        for key, t in alive
    ]


def _current(world: World, appid: str, service: str) -> Doc | None:
    now = world.clock.real_seconds()
    for token in reversed(world.state.all("tokens")):
        same = token["appid"] == appid and token["service"] == service
        if same and token["expires"] > now and not token.get("withdrawn") and not token.get("replaced"):
            return token
    return None


def _new(world: World, appid: str, service: str) -> Doc:
    now = world.clock.real_seconds()
    for key, old in world.state.items("tokens"):
        if old["expires"] < now - 86400:
            world.state.delete("tokens", key)
        elif old["appid"] == appid and old["service"] == service:
            world.state.put("tokens", key, {**old, "replaced": True})
    text = f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(100)}"
    life = world.settings.token_life_s
    token = {"token": text, "appid": appid, "service": service, "expires": now + life, "ends": now + life}
    return world.state.put("tokens", text, {**token, "replaced": False})


def _end(world: World, token: Doc, at: float) -> None:
    withdrawn = at < world.clock.real_seconds()
    token = {**token, "expires": min(token["expires"], max(at, 0)), "replaced": True, "withdrawn": withdrawn}
    world.state.put("tokens", token["token"], token)


def _given(world: World, token: Doc) -> Doc:
    left = int(token["expires"] - world.clock.real_seconds())
    return {"access_token": token["token"], "expires_in": min(left, world.settings.token_life_s)}


def _may_force(world: World, appid: str) -> bool:
    now = world.clock.real_seconds()
    day = datetime.fromtimestamp(now, SHANGHAI).date().isoformat()
    forced = world.state.get("forced", appid) or {"day": day, "count": 0, "last": 0}
    if forced["day"] != day:
        forced = {"day": day, "count": 0, "last": forced["last"]}
    if forced["count"] >= FORCED_A_DAY or now - forced["last"] < FORCED_GAP_S:
        return False
    world.state.put("forced", appid, {"day": day, "count": forced["count"] + 1, "last": now})
    return True


def error_body(error: WeChatError) -> Doc:
    return {"errcode": error.errcode, "errmsg": f"{error.errmsg} rid: {request_id()}", **error.more}
