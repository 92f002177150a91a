"""api.mch.weixin.qq.com, v3: verifies the merchant's signature, answers signed with public key or certificate."""

import json
import re
import secrets
from typing import Any

from server.sandbox import pay_orders
from server.sandbox.crypto import is_signed, seal
from server.sandbox.keys import PUBLIC_KEY_ID
from server.sandbox.pay_notify import signed_headers
from server.sandbox.pay_orders import PayError
from server.sandbox.state import Doc
from server.sandbox.web import Handler
from server.sandbox.world import World

_SCHEME = "WECHATPAY2-SHA256-RSA2048 "
_WINDOW_S = 300


class PayHandler(Handler):
    """Checks the Authorization before anything else; every answer is signed."""

    part = "pay"
    result: object = None

    async def prepare(self) -> None:
        try:
            self._authorize()
        except PayError as error:
            self.refuse(error)

    def _authorize(self) -> None:
        request, world = self.request, self.world
        header = request.headers.get("Authorization", "")
        given = dict(re.findall(r'(\w+)="([^"]*)"', header))
        if not header.startswith(_SCHEME) or given.get("mchid") != world.values["PAY_MCHID"]:
            raise PayError(401, "SIGN_ERROR", "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
        if given.get("serial_no") != world.values["PAY_SERIAL"]:
            raise PayError(401, "SIGN_ERROR", "商户证书序列号有误。请使用签名私钥匹配的证书序列号")
        timestamp = given.get("timestamp", "")
        if not timestamp.isdigit() or abs(world.clock.timestamp() - int(timestamp)) > _WINDOW_S:
            raise PayError(401, "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
        text = (
            f"{request.method}\n{request.uri}\n{timestamp}\n{given.get('nonce_str')}\n".encode() + request.body + b"\n"
        )
        if not is_signed(world.merchant_key, text, given.get("signature", "")):
            raise PayError(401, "SIGN_ERROR", "签名错误，请检查后再试", "signature")
        if not request.headers.get("Accept") or not request.headers.get("User-Agent"):
            raise PayError(406, "PARAM_ERROR", "请求头须带Accept和User-Agent")

    def send(self, document: Doc | None, status: int = 200) -> None:
        """Answer with the signature over exactly these bytes."""
        raw = b"" if document is None else json.dumps(document, ensure_ascii=False).encode()
        self.set_status(status)
        faults = self.world.faults.strike("pay", self.request.path, self.request.uri or "", ("tamper",))
        tamper = str(faults[0].values.get("what", "signature")) if faults else None
        wanted = self.request.headers.get("Wechatpay-Serial", "")
        for name, value in signed_headers(self.world, raw, wanted, tamper).items():
            self.set_header(name, value)
        if raw:
            self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(raw or None)

    def refuse(self, error: PayError) -> None:
        self.result = error.code
        body: Doc = {"code": error.code, "message": error.message}
        if error.code == "SIGN_ERROR" and error.field:
            cut = f"{self.request.method}\n{self.request.uri}\n"[:120]
            body["detail"] = {"issue": "sign not match", "field": "signature", "location": "authorization"}
            body["detail"]["sign_information"] = {"method": self.request.method, "truncated_sign_message": cut}
        elif error.field:
            body["detail"] = {"field": error.field, "value": "", "issue": error.message, "location": "body"}
        self.send(body, error.status)

    def fail_by_fault(self, values: Doc) -> None:
        status, code = int(values.get("status", 500)), str(values.get("code", "SYSTEM_ERROR"))
        self.refuse(PayError(status, code, "系统异常，请稍后重试"))

    def data(self) -> Doc:
        try:
            found = json.loads(self.request.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise PayError(400, "PARAM_ERROR", "请求体不是合法的JSON")
        return found

    def check_mchid(self, given: Any) -> None:
        if given != self.world.values["PAY_MCHID"]:
            raise PayError(400, "PARAM_ERROR", "商户号与签名的商户号不一致", "/query/mchid")

    async def get(self, *parts: str) -> None:
        await self._run(*parts)

    async def post(self, *parts: str) -> None:
        await self._run(*parts)

    async def _run(self, *parts: str) -> None:
        try:
            self.work(*parts)
        except PayError as error:
            self.refuse(error)

    def work(self, *parts: str) -> None:
        raise PayError(404, "RESOURCE_NOT_EXISTS", "接口不存在")


class Prepay(PayHandler):
    """POST /v3/pay/transactions/jsapi."""

    SUPPORTED_METHODS = ("POST",)

    def work(self, *_: str) -> None:
        self.send(pay_orders.prepay(self.world, self.data()))


class Query(PayHandler):
    """GET /v3/pay/transactions/{id | out-trade-no}/{number}?mchid=."""

    SUPPORTED_METHODS = ("GET",)

    def work(self, *parts: str) -> None:
        self.check_mchid(self.get_query_argument("mchid", ""))
        by, number = parts
        found = {"number": number} if by == "out-trade-no" else {"transaction_id": number}
        self.send(pay_orders.shown_order(self.world, pay_orders.find_order(self.world, **found)))


class Close(PayHandler):
    """POST /v3/pay/transactions/out-trade-no/{number}/close → 204."""

    SUPPORTED_METHODS = ("POST",)

    def work(self, *parts: str) -> None:
        self.check_mchid(self.data().get("mchid"))
        pay_orders.close(self.world, parts[0])
        self.send(None, 204)


class Refund(PayHandler):
    """POST /v3/refund/domestic/refunds."""

    SUPPORTED_METHODS = ("POST",)

    def work(self, *_: str) -> None:
        self.send(pay_orders.refund(self.world, self.data()))


class RefundQuery(PayHandler):
    """GET /v3/refund/domestic/refunds/{out_refund_no}."""

    SUPPORTED_METHODS = ("GET",)

    def work(self, *parts: str) -> None:
        self.send(pay_orders.shown_refund(pay_orders.find_refund(self.world, parts[0])))


class Certificates(PayHandler):
    """GET /v3/certificates: the sealed certificate; merchants in public-key mode have none."""

    SUPPORTED_METHODS = ("GET",)

    def work(self, *_: str) -> None:
        if self.world.pay_mode == "public_key":
            raise PayError(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥")
        serial, pem = next((s, pem) for s, (_, pem) in self.world.platform.items() if s != PUBLIC_KEY_ID)
        sealed = seal(self.world.values["PAY_APIV3_KEY"], pem, "certificate", secrets.token_hex(6))
        times = {"effective_time": "2026-01-01T08:00:00+08:00", "expire_time": "2045-12-27T08:00:00+08:00"}
        self.send({"data": [{"serial_no": serial, **times, "encrypt_certificate": sealed}]})


def settle(world: World, kind: str, number: str) -> None:
    """What the clockwork calls when a slow payment or a refund is due."""
    if kind == "order":
        order = world.state.get("orders", number)
        if order is not None and order["state"] == "USERPAYING":
            pay_orders.settle_order(world, order)
        return
    faults = world.faults.strike("pay", "/settle/refund", number, ("error",))
    pay_orders.settle_refund(world, number, str(faults[0].values.get("status", "ABNORMAL")) if faults else "SUCCESS")


def routes() -> list[tuple[str, Any]]:
    return [
        ("/v3/pay/transactions/jsapi", Prepay),
        (r"/v3/pay/transactions/(id|out-trade-no)/([^/]+)", Query),
        (r"/v3/pay/transactions/out-trade-no/([^/]+)/close", Close),
        ("/v3/refund/domestic/refunds", Refund),
        (r"/v3/refund/domestic/refunds/([^/]+)", RefundQuery),
        ("/v3/certificates", Certificates),
        ("/v3/.*", PayHandler),
    ]
