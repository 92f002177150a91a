"""Put an App together from settings: the only place that knows which adapters are in use."""

import asyncio

from server.adapters.fhirpath import FhirPathProcess
from server.adapters.his import HisClient
from server.adapters.http import Http
from server.adapters.sms import SmsClient
from server.adapters.wechat_client import WeChatClient
from server.adapters.wechat_pay import WeChatPayClient
from server.adapters.wechat_tokens import Tokens
from server.cache import Cache
from server.clock import Clock, RealClock, SharedClock
from server.context import App
from server.db import Database
from server.security import Security
from server.settings import Settings


async def open_app(settings: Settings, clock: Clock | None = None) -> App:
    """The App of this process. Close it with `close_app`. In the demo the clock follows its document."""
    if clock is None:
        clock = SharedClock() if settings.is_demo else RealClock()
    db = Database(settings.mongodb_url, settings.mongodb_name, clock)
    cache = Cache(settings.redis_url, prefix=f"{settings.mongodb_name}:")
    http = Http()
    expressions = FhirPathProcess()
    app = App(
        settings=settings,
        db=db,
        cache=cache,
        clock=clock,
        security=Security.from_settings(settings.seal_key, settings.index_key),
        wechat=_wechat(settings, http, cache, clock),
        pay=_pay(settings, http, clock),
        his=HisClient(url=settings.his_url, secret=settings.his_secret, http=http, now=clock.now),
        sms=SmsClient(url=settings.sms_url, secret=settings.sms_secret, http=http),
        expressions=expressions,
    )
    app.closers.append(expressions.close)
    if isinstance(clock, SharedClock):
        clock.set(await db["clock"].find_one({"_id": "clock"}))
        following = asyncio.create_task(clock.follow(lambda: db["clock"].find_one({"_id": "clock"})))
        app.closers.append(following.cancel)
    return app


async def close_app(app: App) -> None:
    """Give everything back."""
    for close in app.closers:
        close()
    await app.cache.close()
    await app.db.close()


def _wechat(settings: Settings, http: Http, cache: Cache, clock: Clock) -> WeChatClient:
    return WeChatClient(
        appid=settings.wechat_appid,
        secret=settings.wechat_secret,
        token=settings.wechat_token,
        aes_keys=[key for key in settings.wechat_aes_key.split(",") if key],
        account_id=settings.wechat_account_id,
        mini_appid=settings.mini_appid,
        mini_secret=settings.mini_secret,
        mini_token=settings.mini_token,
        mini_aes_keys=[key for key in settings.mini_aes_key.split(",") if key],
        mini_account_id=settings.mini_account_id,
        api_url=settings.wechat_api_url,
        open_url=settings.wechat_open_url,
        http=http,
        tokens=Tokens(http=http, cache=cache, api_url=settings.wechat_api_url),
        now=clock.now,
        mode=settings.wechat_mode,
    )


def _pay(settings: Settings, http: Http, clock: Clock) -> WeChatPayClient:
    return WeChatPayClient(
        mchid=settings.pay_mchid,
        serial=settings.pay_serial,
        private_key=settings.pay_private_key,
        apiv3_key=settings.pay_apiv3_key,
        public_keys=settings.pay_public_keys,
        url=settings.wechat_pay_url,
        http=http,
        now=clock.now,
    )
