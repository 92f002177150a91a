"""All adapters against the simulated systems, and what those push to us: the ground of the test_*_sandbox files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import tornado.httpserver
import tornado.web

from server.adapters.his import HisClient
from server.adapters.http import Http
from server.adapters.sms import SmsClient
from server.adapters.wechat_client import WeChatClient
from server.adapters.wechat_pay import WeChatPayClient
from server.adapters.wechat_tokens import Tokens
from server.context import His, PayNotification, Sms, WeChat, WeChatPay
from server.errors import Foreign, NotGenuine


@dataclass
class Around:
    """The simulated systems, our adapters to them, and what they have pushed to us."""

    platform: Any
    wechat: WeChat
    pay: WeChatPay
    his: His
    sms: Sms
    keys: dict[str, str]
    pushed: list[dict[str, Any]] = field(default_factory=list)
    notified: list[PayNotification] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    pushed_to_mini: list[dict[str, Any]] = field(default_factory=list)

    def openid(self, person: str) -> str:
        return str(self.people[person]["openid"])

    @property
    def people(self) -> dict[str, Any]:
        return dict(self.platform.people)


class _Callback(tornado.web.RequestHandler):
    def post(self) -> None:
        around: Around = self.application.settings["around"]
        query = {name: values[-1].decode() for name, values in self.request.query_arguments.items()}
        callback = around.wechat.read_callback(query, self.request.body)
        around.pushed.append(callback.fields)
        said = callback.fields["MsgType"] == "text"
        self.write(around.wechat.write_reply(callback, {"type": "text", "text": "收到 ]]> 了"} if said else None))


class _MiniCallback(tornado.web.RequestHandler):
    def post(self) -> None:
        around: Around = self.application.settings["around"]
        query = {name: values[-1].decode() for name, values in self.request.query_arguments.items()}
        callback = around.wechat.read_callback(query, self.request.body, "mini")
        around.pushed_to_mini.append(callback.fields)
        self.write(around.wechat.write_reply(callback, None))


class _Notify(tornado.web.RequestHandler):
    def post(self) -> None:
        around: Around = self.application.settings["around"]
        try:
            around.notified.append(around.pay.read_notification(self.request.headers, self.request.body))
        except NotGenuine as refused:
            around.refused.append(str(refused.details["reason"]))
            self.set_status(401)


@asynccontextmanager
async def stand_around(platform: Any, servers: Any, clock: Any, http: Http, caches: Any) -> AsyncIterator[Around]:
    keys, url = servers.keys, platform.url
    wechat = WeChatClient(
        appid=keys["WECHAT_APPID"],
        secret=keys["WECHAT_SECRET"],
        token=keys["WECHAT_TOKEN"],
        aes_keys=[keys["WECHAT_AES_KEY"]],
        account_id=keys["WECHAT_ACCOUNT_ID"],
        mini_appid=keys["MINI_APPID"],
        mini_secret=keys["MINI_SECRET"],
        mini_token=keys["MINI_TOKEN"],
        mini_aes_keys=[keys["MINI_AES_KEY"]],
        mini_account_id=keys["MINI_ACCOUNT_ID"],
        api_url=url,
        open_url=url,
        http=http,
        tokens=Tokens(cache=caches(), http=http, api_url=url),
        now=clock.now,
    )
    pay = WeChatPayClient(
        mchid=keys["PAY_MCHID"],
        serial=keys["PAY_SERIAL"],
        private_key=Path(keys["PAY_PRIVATE_KEY"]),
        apiv3_key=keys["PAY_APIV3_KEY"],
        public_keys=Path(keys["PAY_PUBLIC_KEYS"]),
        url=url,
        http=http,
        now=clock.now,
    )
    his = HisClient(url=f"{url}/his", secret=keys["HIS_SECRET"], http=http, now=clock.now)
    sms = SmsClient(url=f"{url}/sms", secret=keys["SMS_SECRET"], http=http)
    said = await platform.http.get("/sandbox/api/people")
    platform.people = {person["key"]: person for person in said.json()["items"]}
    there = Around(platform, wechat, pay, his, sms, keys)
    routes = [
        (r"/wechat/callback", _Callback),
        (r"/wechat/mini/callback", _MiniCallback),
        (r"/wechat/pay/.*", _Notify),
    ]
    server = tornado.httpserver.HTTPServer(tornado.web.Application(routes, around=there))
    server.add_sockets([platform.public_socket])
    yield there
    server.stop()
    await server.close_all_connections()


async def until(true: Any) -> None:
    for _ in range(100):
        if true():
            return
        await asyncio.sleep(0.03)
    raise AssertionError("it did not happen")


async def refusal(call: Any) -> tuple[str, str]:
    with pytest.raises(Foreign) as caught:
        await call
    return caught.value.foreign_code, caught.value.again
