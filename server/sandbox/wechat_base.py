"""The common half of WeChat's API handlers: token, JSON, errcode answers, quotas."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from server.sandbox import people
from server.sandbox.state import Doc
from server.sandbox.tokens import WeChatError, check_token, error_body
from server.sandbox.web import Handler
from server.sandbox.world import World

_ESCAPED_CHINESE = re.compile(rb"\\u[4-9a-f][0-9a-f]{3}", re.IGNORECASE)
DAILY_QUOTAS = {
    "/cgi-bin/token": 2000,
    "/cgi-bin/stable_token": 500_000,
    "/cgi-bin/message/template/send": 100_000,
    "/cgi-bin/message/custom/send": 500_000,
    "/cgi-bin/message/mass/preview": 100,
    "/cgi-bin/menu/create": 1000,
    "/cgi-bin/menu/addconditional": 2000,
    "/cgi-bin/menu/delconditional": 2000,
}
MINUTE_QUOTAS = {"/cgi-bin/stable_token": 10_000, "/wxa/getwxacodeunlimit": 5000}


class WeChatHandler(Handler):
    """A handler of api.weixin.qq.com: errors are HTTP 200 with errcode, errmsg and a rid."""

    part = "wechat"
    needs_token = True
    appid = ""
    result: object = None

    async def prepare(self) -> None:
        try:
            count_call(self, self.request.path)
            if self.needs_token:
                self.appid = check_token(self.world, self.get_query_argument("access_token", ""))
        except WeChatError as error:
            self.fail(error)

    def fail(self, error: WeChatError) -> None:
        self.result = error.errcode
        self.answer(error_body(error))

    def fail_by_fault(self, values: Doc) -> None:
        if "status" in values:
            self.result = values["status"]
            self.answer({}, int(values["status"]))
        else:
            self.fail(WeChatError(int(values.get("errcode", -1)), str(values.get("errmsg", "system error"))))

    def ok(self, **more: Any) -> None:
        self.result = 0
        self.answer({"errcode": 0, "errmsg": "ok", **more})

    def data(self) -> Doc:
        """The JSON body: 44002 when empty, 47001 when broken, 40033 when Chinese came as \\uxxxx."""
        raw = self.request.body
        if not raw:
            raise WeChatError(44002, "empty post data")
        if _ESCAPED_CHINESE.search(raw):
            raise WeChatError(40033, r"invalid charset. please check your request, if include \uxxxx will create fail!")
        try:
            found = json.loads(raw)
        except ValueError as error:
            raise WeChatError(47001, "data format error") from error
        if not isinstance(found, dict):
            raise WeChatError(47001, "data format error")
        return found

    def receiver(self, openid: object) -> str:
        """The person behind an openid of the calling app; 40003."""
        person = people.by_openid(self.world, openid, self.appid) if isinstance(openid, str) else None
        if person is None:
            raise WeChatError(40003, "invalid openid")
        return person


def quota_name(world: World, path: str) -> str:
    """Under which name the calls of this day are counted: quotas renew at the platform's midnight in Shanghai."""
    return f"quota {world.clock.local().date().isoformat()} {path}"


def count_call(handler: Handler, path: str) -> None:
    """One of the day's calls; 45009 when the quota is used up."""
    world = handler.world
    name = quota_name(world, path)
    world.usage[name] = world.usage.get(name, 0) + 1
    limit = DAILY_QUOTAS.get(path)
    if limit is not None and world.usage[name] > limit:
        raise WeChatError(45009, "reach max api daily quota limit")
    if path in MINUTE_QUOTAS:
        name = f"minute {int(world.clock.real_seconds() // 60)} {path}"
        world.usage[name] = world.usage.get(name, 0) + 1
        if world.usage[name] > MINUTE_QUOTAS[path]:
            raise WeChatError(45009, "reach max api minute quota limit")


class Call(WeChatHandler):
    """A handler made of one function: `call(self)` finishes the answer or raises WeChatError."""

    calls: ClassVar[dict[str, Callable[["Call"], Awaitable[None] | None]]] = {}

    async def _run(self) -> None:
        try:
            done = self.calls[self.request.method or ""](self)
            if done is not None:
                await done
        except WeChatError as error:
            self.fail(error)

    async def get(self, *_: str) -> None:
        await self._run()

    async def post(self, *_: str) -> None:
        await self._run()


Function = Callable[[Call], Awaitable[None] | None]


def api(path: str, *, token: bool = True, get: Function | None = None, post: Function | None = None) -> tuple[str, Any]:
    """A route: the functions that answer GET and POST of one API path."""
    calls = {method: function for method, function in (("GET", get), ("POST", post)) if function is not None}
    handler = type(path, (Call,), {"calls": calls, "needs_token": token, "SUPPORTED_METHODS": tuple(calls)})
    return path, handler
