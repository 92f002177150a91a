"""The simulated platform on a free port, and a stand-in for our server that keeps what the platform sends it."""

import asyncio
import base64
import contextlib
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import tornado.httpserver
import tornado.iostream
import tornado.testing
import tornado.web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from server.sandbox import app, crypto
from server.sandbox.clock import SandboxClock
from server.sandbox.keys import make_keys, read_private_key


@dataclass
class Hospital:
    """What stands for our server: `replies` are given to callbacks in turn, then "success"."""

    url: str
    callbacks: list[dict[str, Any]] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    replies: list[Any] = field(default_factory=list)
    notice_statuses: list[int] = field(default_factory=list)

    async def wait_for(self, kept: str, count: int = 1) -> list[dict[str, Any]]:
        """Until so many callbacks or notices have come, at most 15 s."""
        for _ in range(1500):
            if len(getattr(self, kept)) >= count:
                return getattr(self, kept)
            await asyncio.sleep(0.01)
        raise AssertionError(f"{len(getattr(self, kept))} of {count} {kept} came")

    async def event(self, name: str) -> str:
        """The plain XML of the first event of this name."""
        for _ in range(1500):
            for callback in self.callbacks:
                if f"<Event><![CDATA[{name}]]>" in callback["xml"]:
                    return callback["xml"]
            await asyncio.sleep(0.01)
        raise AssertionError(f"no event {name}")


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sandbox")
    make_keys(folder / "keys")
    return folder


@pytest.fixture
def seconds() -> list[float]:
    """Real time of the sandbox, moved by the test: seconds[0] += 301."""
    return [1_795_000_000.0]


@pytest.fixture
async def hospital(keys: Path) -> AsyncIterator[Hospital]:
    values = make_keys(keys / "keys")
    box = crypto.MessageBox(values["WECHAT_TOKEN"], values["WECHAT_AES_KEY"], values["WECHAT_APPID"])
    mini_box = crypto.MessageBox(values["MINI_TOKEN"], values["MINI_AES_KEY"], values["MINI_APPID"])
    socket, port = tornado.testing.bind_unused_port()
    stand_in = Hospital(f"http://localhost:{port}")

    class Callback(tornado.web.RequestHandler):
        async def post(self) -> None:
            text, mini = self.request.body.decode(), self.request.path == "/wechat/mini/callback"
            found = json.loads(text).get("Encrypt", "") if mini else text.partition("<Encrypt><![CDATA[")[2]
            cipher = found.partition("]]>")[0]
            query = {name: self.get_query_argument(name) for name in self.request.query_arguments}
            opened = (mini_box if mini else box).decrypt(cipher) if cipher else text
            kept = {"xml": opened, "cipher": cipher, "query": query, "raw": text, "mini": mini}
            stand_in.callbacks.append(kept)
            reply = stand_in.replies.pop(0) if stand_in.replies else "success"
            if callable(reply):
                reply = await reply(kept)
            if isinstance(reply, int):
                self.set_status(reply)
            else:
                with contextlib.suppress(tornado.iostream.StreamClosedError):
                    await self.finish(reply)

    class Notice(tornado.web.RequestHandler):
        def post(self) -> None:
            headers, body = self.request.headers, self.request.body
            stand_in.notices.append({"headers": dict(headers), "body": body, **json.loads(body)})
            self.set_status(stand_in.notice_statuses.pop(0) if stand_in.notice_statuses else 204)

    server = tornado.httpserver.HTTPServer(
        tornado.web.Application([("/wechat/(?:mini/)?callback", Callback), (r"/wechat/pay/.*", Notice)])
    )
    server.add_socket(socket)
    yield stand_in
    server.stop()
    await server.close_all_connections()


@pytest.fixture
async def sandbox(keys: Path, hospital: Hospital, seconds: list[float]) -> AsyncIterator[app.Sandbox]:
    running = await app.start(
        data_dir=keys,
        port=0,
        in_memory=True,
        public_url=hospital.url,
        clock=SandboxClock(real=lambda: seconds[0]),
        push_timeout_s=0.3,
        push_gap_s=0.01,
        settle_s=0.0,
    )
    yield running
    await running.stop()


class Hand:
    """Speaks to the sandbox as our server and as the people do."""

    def __init__(self, sandbox: app.Sandbox, http: httpx.AsyncClient) -> None:
        self.world, self.values, self.http = sandbox.world, sandbox.world.values, http

    async def do(self, person: str, action: str, **data: Any) -> Any:
        answer = await self.http.post(f"/sandbox/api/people/{person}/{action}", json=data)
        return answer.json()

    async def see(self, person: str, view: str = "messages") -> Any:
        return (await self.http.get(f"/sandbox/api/people/{person}/{view}")).json()

    async def set(self, name: str, **data: Any) -> Any:
        return (await self.http.post(f"/sandbox/api/{name}", json=data)).json()

    async def openid(self, person: str, which: str = "openid") -> str:
        return (await self.http.get(f"/sandbox/api/people/{person}")).json()[which]

    async def stable_token(self, app_name: str = "WECHAT", **more: Any) -> Any:
        data = {"grant_type": "client_credential", "appid": self.values[f"{app_name}_APPID"]}
        data |= {"secret": self.values[f"{app_name}_SECRET"], **more}
        return (await self.http.post("/cgi-bin/stable_token", json=data)).json()

    async def call(self, path: str, app_name: str = "WECHAT", **more: Any) -> Any:
        """An API call with a good token: json=…, files=…, params=…; GET when nothing is sent."""
        token = (await self.stable_token(app_name))["access_token"]
        params = {"access_token": token, **more.pop("params", {})}
        method = "POST" if more else "GET"
        return (await self.http.request(method, path, params=params, **more)).json()

    async def pay_call(self, method: str, path: str, data: Any = None, **wrong: Any) -> httpx.Response:
        """A signed call of WeChat Pay; `wrong` replaces what goes into the Authorization."""
        body = json.dumps(data, ensure_ascii=False).encode() if data is not None else b""
        given = {
            "mchid": self.values["PAY_MCHID"],
            "nonce_str": secrets.token_hex(8),
            "timestamp": str(self.world.clock.timestamp()),
            "serial_no": self.values["PAY_SERIAL"],
        } | {k: v for k, v in wrong.items() if k != "headers"}
        text = f"{method}\n{path}\n{given['timestamp']}\n{given['nonce_str']}\n".encode() + body + b"\n"
        key = read_private_key(self.values["PAY_PRIVATE_KEY"])
        given.setdefault("signature", crypto.sign(key, text))
        listed = ",".join(f'{name}="{value}"' for name, value in given.items())
        headers = {"Authorization": f"WECHATPAY2-SHA256-RSA2048 {listed}", **wrong.get("headers", {})}
        return await self.http.request(method, path, content=body, headers=headers)

    def is_genuine(self, headers: Any, body: bytes) -> bool:
        """Whether Wechatpay-Signature is right over the raw body, by the key of Wechatpay-Serial."""
        headers = {name.lower(): value for name, value in dict(headers).items()}
        key, _ = self.world.platform[headers["wechatpay-serial"]]
        text = f"{headers['wechatpay-timestamp']}\n{headers['wechatpay-nonce']}\n".encode() + body + b"\n"
        return crypto.is_signed(key.public_key(), text, headers["wechatpay-signature"])

    def pay_params(self, prepay_id: str) -> dict[str, str]:
        """What our page hands to getBrandWCPayRequest."""
        params = {
            "appId": self.values["WECHAT_APPID"],
            "timeStamp": str(self.world.clock.timestamp()),
            "nonceStr": secrets.token_hex(8),
            "package": f"prepay_id={prepay_id}",
            "signType": "RSA",
        }
        text = "".join(f"{params[name]}\n" for name in ("appId", "timeStamp", "nonceStr", "package"))
        key = read_private_key(self.values["PAY_PRIVATE_KEY"])
        signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return {**params, "paySign": base64.b64encode(signature).decode()}


@pytest.fixture
async def hand(sandbox: app.Sandbox) -> AsyncIterator[Hand]:
    async with httpx.AsyncClient(base_url=sandbox.url, timeout=10) as http:
        yield Hand(sandbox, http)
