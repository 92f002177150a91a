"""The API behind the phone page and for tests: what a person does with the phone, and what the phone shows."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, urlsplit

from tornado.web import HTTPError
from tornado.websocket import WebSocketHandler

from server.sandbox import chat, consents, pay_orders, people, push, sms, wechat_menus, wechat_mini
from server.sandbox.pay_orders import PayError
from server.sandbox.state import Doc
from server.sandbox.web import Handler
from server.sandbox.wechat_login import COOKIE, make_code
from server.sandbox.world import FIXTURES, World

_TEXT_BYTES = 2048


class SandboxHandler(Handler):
    """The sandbox's own API: JSON; a page of a foreign origin may not call it."""

    async def prepare(self) -> None:
        origin = self.request.headers.get("Origin")
        if origin and not is_home(self.world, origin):
            raise HTTPError(403, reason="foreign origin")


def is_home(world: World, origin: str) -> bool:
    host = urlsplit(origin).hostname
    return world.is_ours(origin) or host in ("localhost", "127.0.0.1", "::1")


def follow(world: World, key: str, data: Doc) -> Doc:
    """{scene?}: follow the account; with a scene when a QR code was scanned."""
    if people.follows(world, key):
        return {"follows": True}
    scene = str(data.get("scene") or "")
    follower = {
        "since": world.clock.timestamp(),
        "scene": "ADD_SCENE_QR_CODE" if scene else "ADD_SCENE_SEARCH",
        "qr": scene,
    }
    world.state.put("followers", key, follower)
    chat.open_window(world, key, "follow")
    more: Doc = {"EventKey": f"qrscene_{scene}", "Ticket": data.get("ticket", "")} if scene else {"EventKey": ""}
    push.event(world, key, "subscribe", visible=True, **more)
    world.live.tell(f"person/{key}", {"kind": "person"})
    return {"follows": True}


def unfollow(world: World, key: str, _: Doc) -> Doc:
    if people.follows(world, key):
        world.state.delete("followers", key)
        world.state.delete("windows", key)
        push.event(world, key, "unsubscribe", EventKey="")
        world.live.tell(f"person/{key}", {"kind": "person"})
    return {"follows": False}


def text(world: World, key: str, data: Doc) -> Doc:
    """{content, bizmsgmenuid?}: the person writes; a tap on a choice carries its id and gives no message quota."""
    content = str(data.get("content") or "").strip()
    if not content or len(content.encode()) > _TEXT_BYTES:
        raise HTTPError(400, reason="content is empty or too long")
    _must_follow(world, key)
    chat.deliver(world, key, "account", "text", mine=True, text=content)
    fields: dict[str, Any] = {"MsgType": "text", "Content": content, "MsgId": push.new_message_id(world)}
    choice = data.get("bizmsgmenuid")
    if choice:
        fields["bizmsgmenuid"] = str(choice)
    chat.open_window(world, key, "click" if choice else "message")
    return {"push": push.send(world, key, fields, visible=True)["id"]}


def click(world: World, key: str, data: Doc) -> Doc:
    """{key}: a menu button; {url} of a view button comes back to be opened."""
    _must_follow(world, key)
    button = _button(world, key, data)
    kind = button.get("type")
    menu_id = wechat_menus.menu_of(world, key)["menuid"]
    if kind == "view":
        conditional: Doc = {"MenuId": menu_id} if menu_id != str(wechat_menus.DEFAULT_ID) else {}
        push.event(world, key, "VIEW", EventKey=button["url"], **conditional)
        return {"open": button["url"]}
    if kind == "miniprogram":
        push.event(world, key, "view_miniprogram", EventKey=button["pagepath"], MenuId=menu_id)
        return {"mini": {"appid": button["appid"], "page": button["pagepath"]}, "open": button["url"]}
    chat.open_window(world, key, "click")
    return {"push": push.event(world, key, "CLICK", visible=True, EventKey=button["key"])["id"]}


def _button(world: World, key: str, data: Doc) -> Doc:
    menu = wechat_menus.menu_of(world, key)["button"]
    leaves = [leaf for button in menu for leaf in (button.get("sub_button") or [button])]
    for leaf in leaves:
        wanted = data.get("key") or data.get("url") or data.get("name")
        if wanted and wanted in (leaf.get("key"), leaf.get("url"), leaf.get("name")):
            return dict(leaf)
    raise HTTPError(404, reason="no such button in the published menu")


def scan(world: World, key: str, data: Doc) -> Doc:
    """{text} or {ticket} or {scene}: a scene code follows or gives SCAN; a URL comes back to be opened."""
    found = str(data.get("text") or "")
    codes = world.state.all("qrcodes")
    code = next((c for c in codes if data.get("ticket") == c["ticket"] or (found and found == c["url"])), None)
    if code and code["until"] and code["until"] < world.clock.real_seconds():
        return {"expired": True}
    if code or "scene" in data:
        scene = code["scene"] if code else str(data["scene"])
        ticket = code["ticket"] if code else "gQsandbox"
        if not people.follows(world, key):
            follow(world, key, {"scene": scene, "ticket": ticket})
            return {"followed": True, "scene": scene}
        chat.open_window(world, key, "scan")
        push.event(world, key, "SCAN", visible=True, EventKey=scene, Ticket=ticket)
        return {"scanned": True, "scene": scene}
    opened = wechat_mini.opened(world, found)
    if opened:
        return {"mini": opened}
    if found.startswith(("http://", "https://")):
        return {"open": found}
    return {"text": found}


def oauth_code(world: World, key: str, data: Doc) -> Doc:
    return {"code": make_code(world, "oauth", key, scope=str(data.get("scope", "snsapi_base")))}


def js_code(world: World, key: str, _: Doc) -> Doc:
    return {"code": make_code(world, "js", key)}


def phone_code(world: World, key: str, _: Doc) -> Doc:
    return {"code": make_code(world, "phone", key)}


def sheet(world: World, key: str, data: Doc) -> Doc:
    """{params}: what WeChat checks and shows before paying: {prepay_id, amount_fen, description, merchant}."""
    prepay_id = pay_orders.check_pay_sign(world, data.get("params") or {})
    order = pay_orders.payable(world, key, prepay_id)
    asked = order["asked"]
    return {
        "prepay_id": prepay_id,
        "amount_fen": asked["amount"]["total"],
        "description": asked["description"],
        "merchant": "随诊示范医院",
    }


def pay(world: World, key: str, data: Doc) -> Doc:
    """{prepay_id | params | out_trade_no, how?: normal|slow|fail|cancel} → {err_msg}."""
    if data.get("params"):
        prepay_id = pay_orders.check_pay_sign(world, data["params"])
    elif data.get("out_trade_no"):
        prepaid = [p for p in world.state.all("prepays") if p["out_trade_no"] == data["out_trade_no"]]
        prepay_id = prepaid[-1]["prepay_id"] if prepaid else ""
    else:
        prepay_id = str(data.get("prepay_id", ""))
    how = str(data.get("how", "normal"))
    if how not in ("normal", "slow", "fail", "cancel"):
        raise HTTPError(400, reason="how must be normal, slow, fail or cancel")
    return {"err_msg": f"get_brand_wcpay_request:{pay_orders.pay(world, key, prepay_id, how)}"}


def set_flags(world: World, key: str, data: Doc) -> Doc:
    """{blocked?, snapshot?, high_risk?, platform?}: refuses messages; snapshot mode (virtual openid); 40226; phone."""
    if data.get("platform", "1") not in wechat_menus.PLATFORMS:
        raise HTTPError(400, reason="platform must be 1, 2 or 3")
    person: Doc = dict(people.find(world, key) or {})
    person |= {"platform": data["platform"]} if "platform" in data else {}
    person |= {name: bool(data[name]) for name in ("blocked", "snapshot", "high_risk") if name in data}
    world.state.put("people", key, person)
    world.live.tell("menu", {"kind": "menu"})
    return people.card(world, person)


def revoke(world: World, key: str, data: Doc) -> Doc:
    """{app?: service|mini, how?: revoke|cancellation|modified, info?}: user_authorization_… of the person."""
    app = "mini" if data.get("app") == "mini" else "service"
    names = {"cancellation": "user_authorization_cancellation", "modified": "user_info_modified"}
    appid = world.values["MINI_APPID" if app == "mini" else "WECHAT_APPID"]
    fields: Doc = {"OpenID": people.openid_in(world, app, key), "AppID": appid}
    fields["RevokeInfo"] = str(data.get("info", "1"))
    name = names.get(str(data.get("how")), "user_authorization_revoke")
    return {"push": push.event(world, key, name, app=app, **fields)["id"]}


def mini_chat(world: World, key: str, data: Doc) -> Doc:
    """{from?}: the person opens the customer-service chat of the mini-program."""
    chat.open_window(world, chat.mini(key), "mini_enter")
    said = push.event(world, key, "user_enter_tempsession", app="mini", SessionFrom=str(data.get("from", "")))
    return {"push": said["id"]}


def mini_text(world: World, key: str, data: Doc) -> Doc:
    """{content}: the person writes in the mini-program's chat."""
    content = str(data.get("content") or "").strip()
    if not content or len(content.encode()) > _TEXT_BYTES:
        raise HTTPError(400, reason="content is empty or too long")
    chat.deliver(world, key, "service", "text", mine=True, text=content)
    chat.open_window(world, chat.mini(key), "message")
    fields = {"MsgType": "text", "Content": content, "MsgId": push.new_message_id(world)}
    return {"push": push.send(world, key, fields, app="mini")["id"]}


def _must_follow(world: World, key: str) -> None:
    if not people.follows(world, key):
        raise HTTPError(409, reason="the person does not follow the account")


ACTIONS: dict[str, Callable[[World, str, Doc], Doc]] = {
    "follow": follow,
    "unfollow": unfollow,
    "text": text,
    "click": click,
    "scan": scan,
    "oauth-code": oauth_code,
    "js-code": js_code,
    "phone-code": phone_code,
    "sheet": sheet,
    "pay": pay,
    "popup-ask": consents.ask,
    "popup": consents.answer,
    "switch-off": consents.switch_off,
    "flags": set_flags,
    "revoke": revoke,
    "mini-chat": mini_chat,
    "mini-text": mini_text,
}


def _messages(world: World, key: str) -> Doc:
    return {"items": chat.messages(world, key)}


def _sms(world: World, key: str) -> Doc:
    return {"items": sms.to_phone(world, str((people.find(world, key) or {}).get("phone", "")))}


def _windows(world: World, key: str) -> Doc:
    return chat.windows(world, key)


def _subscriptions(world: World, key: str) -> Doc:
    return {"items": consents.kept(world, key)}


VIEWS: dict[str, Callable[[World, str], Doc]] = {
    "messages": _messages,
    "sms": _sms,
    "windows": _windows,
    "subscriptions": _subscriptions,
}


class People(SandboxHandler):
    """GET the people; POST {key, name?, phone?, follows?} adds one for tests."""

    def get(self) -> None:
        self.answer({"items": [people.card(self.world, p) for p in self.world.state.all("people")]})

    def post(self) -> None:
        data = self.body()
        if not str(data.get("key", "")).isidentifier():
            raise HTTPError(400, reason="key must be a plain word")
        self.answer(people.card(self.world, people.add(self.world, data)), 201)


class Person(SandboxHandler):
    """GET /sandbox/api/people/{person}[/{view}]; POST …/{action}."""

    def get(self, key: str, view: str | None = None) -> None:
        person = self._person(key)
        if view is None:
            self.answer(people.card(self.world, person))
        elif view in VIEWS:
            self.answer(VIEWS[view](self.world, key))
        else:
            raise HTTPError(404)

    async def post(self, key: str, action: str | None = None) -> None:
        self._person(key)
        work = ACTIONS.get(action or "")
        if work is None:
            raise HTTPError(404)
        try:
            done: Doc | Awaitable[Doc] = work(self.world, key, self.body())
            self.answer(await done if isinstance(done, Awaitable) else done)
        except PayError as error:
            self.answer({"code": error.code, "message": error.message}, error.status)

    def _person(self, key: str) -> Doc:
        person = people.find(self.world, key)
        if person is None:
            raise HTTPError(404, reason="no such person")
        return person


class Account(SandboxHandler):
    """GET /sandbox/api/account[?person=]: name, the menu this person sees, articles, QR codes that can be scanned."""

    def get(self) -> None:
        world = self.world
        menu = wechat_menus.menu_of(world, self.get_query_argument("person", ""))
        articles = [a for a in world.state.all("articles") if a["how"] != "preview" and not a["deleted"]]
        listed = [
            {**{n: one[n] for n in ("title", "digest", "url", "cover", "author")}, "how": made["how"], "at": made["at"]}
            for made in sorted(articles, key=lambda a: -int(a["number"]))
            for one in made["articles"]
        ]
        now = world.clock.real_seconds()
        codes: list[Doc] = [
            {"title": f"公众号二维码 · {_short(c['scene'])}", "text": c["url"]}
            for c in world.state.all("qrcodes")
            if not c["until"] or c["until"] > now
        ]
        self.answer(
            {
                "name": "随诊示范医院",
                "intro": "示范用的模拟公众号：挂号、缴费、查报告、随访。",
                "public_url": world.public_url,
                "now": world.clock.local().isoformat(timespec="seconds"),
                "rate": world.clock.rate,
                "menu": menu["button"],
                "articles": listed,
                "qrcodes": [{"title": "关注公众号", "scene": "phone"}, *codes, *_stations(world)],
            }
        )


def _short(scene: str) -> str:
    return scene if len(scene) < 20 else f"尾号 {scene[-4:]}"


def _stations(world: World) -> list[Doc]:
    """The QR codes that hang at the nurse stations: addresses of our check-in page."""
    departments = json.loads((FIXTURES / "his" / "departments.json").read_text())["items"]
    page = "/h5/pages/check-in/index?station=station."
    return [
        {"title": f"{d['name']}护士站 · 签到", "text": f"{world.public_url}/wechat/enter?to={quote(page + d['id'])}"}
        for d in departments
    ]


class OpenPage(Handler):
    """GET /sandbox/open?person=&url=: makes this browser the person's phone, then goes to a page of ours."""

    def get(self) -> None:
        person, url = self.get_query_argument("person"), self.get_query_argument("url")
        if people.find(self.world, person) is None or not self.world.is_ours(url):
            raise HTTPError(400, reason="unknown person or foreign page")
        self.set_cookie(COOKIE, person, httponly=True, samesite="Lax", path="/")
        self.redirect(url)


class LivePerson(WebSocketHandler):
    """Tells the phone page about new messages, SMS, menu changes and follow state."""

    topics: tuple[str, ...] = ()

    def check_origin(self, origin: str) -> bool:
        return is_home(self.application.settings["world"], origin)

    def open(self, *parts: str) -> None:
        world: World = self.application.settings["world"]
        topics = (f"person/{parts[0]}", "menu", "articles", "clock") if parts else ("platform", "clock")
        self._leave = [world.live.listen(topic, self._tell) for topic in topics]
        self._tell(json.dumps({"kind": "hello", "now": world.clock.local().isoformat(timespec="seconds")}))

    def on_close(self) -> None:
        for leave in getattr(self, "_leave", []):
            leave()

    def on_message(self, message: str | bytes) -> None:
        """Pages send nothing that matters here."""

    def _tell(self, text: str) -> None:
        if self.ws_connection is not None:
            self.write_message(text)


def routes() -> list[tuple[str, Any]]:
    return [
        ("/sandbox/api/people", People),
        (r"/sandbox/api/people/(\w+)", Person),
        (r"/sandbox/api/people/(\w+)/live", LivePerson),
        (r"/sandbox/api/people/(\w+)/([a-z-]+)", Person),
        ("/sandbox/api/account", Account),
        ("/sandbox/open", OpenPage),
    ]
