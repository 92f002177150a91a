"""WeChat Pay API v3 for a merchant's own JSAPI and mini-program orders (`context.WeChatPay`).

Source: WECHAT.md section 6. A 2xx without WeChat Pay's signature is not believed; error
answers say what they say (the platform does not sign all of them).
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from server import logs
from server.adapters import wechat_pay_bills as bills
from server.adapters.http import Answer, Http
from server.adapters.wechat_pay_keys import MerchantKey, PlatformKeys, open_sealed
from server.context import FundRow, Json, PayNotification, RefundState, Trade, TradeRow
from server.errors import Again, Foreign, Invalid, NotGenuine

_log = logs.get("adapters.wechat_pay")
T = TypeVar("T")

_CHINA = ZoneInfo("Asia/Shanghai")
# Older and newer spellings of the same refusals.
_ONE_NAME = {
    "ORDER_PAID": "ORDERPAID",
    "ORDERCLOSED": "ORDER_CLOSED",
    "ORDERNOTEXIST": "ORDER_NOT_EXIST",
    "RESOURCE_NOT_EXIST": "RESOURCE_NOT_EXISTS",
}
_ABSENT = frozenset({"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"})
_NO_BILL = "NO_STATEMENT_EXIST"  # nothing happened that day
_NOT_YET = "STATEMENT_CREATING"
# Had no effect, and time or a person will mend it.
_LATER = frozenset({"FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "RATELIMIT_EXCEEDED", "NOT_ENOUGH", "SIGN_ERROR"})


class WeChatPayClient:
    """Implements `context.WeChatPay`.

    Calls raise Foreign("pay", code, again): `unknown` means ask, or repeat with the same number.
    """

    def __init__(
        self,
        *,
        mchid: str,
        serial: str,
        private_key: Path,
        apiv3_key: str,
        public_keys: Path,
        url: str,
        http: Http,
        now: Callable[[], datetime],
    ) -> None:
        """`private_key`: PEM file; `public_keys`: see `PlatformKeys`; `url` without a slash at its end."""
        if len(apiv3_key.encode()) != 32:
            raise ValueError("the APIv3 key is 32 bytes")
        self._mchid, self._url, self._http, self._now = mchid, url.rstrip("/"), http, now
        self._sealing_key = apiv3_key.encode()
        self._merchant = MerchantKey(mchid=mchid, serial=serial, private_key=private_key.read_bytes())
        self._platform = PlatformKeys(public_keys)

    async def prepay(
        self,
        *,
        appid: str,
        openid: str,
        out_trade_no: str,
        description: str,
        total_fen: int,
        expires_at: datetime,
        notify_url: str,
    ) -> str:
        """Prepare an order (JSAPI and mini-program alike); gives the prepay_id, good for 2 hours.

        The same parameters again give a fresh one. Codes: ORDERPAID, ORDER_CLOSED, OUT_TRADE_NO_USED.
        """
        order = {
            "appid": appid,
            "mchid": self._mchid,
            "description": description[:127],
            "out_trade_no": out_trade_no,
            "time_expire": expires_at.astimezone(_CHINA).isoformat(timespec="seconds"),
            "notify_url": notify_url,
            "amount": {"total": total_fen, "currency": "CNY"},
            "payer": {"openid": openid},
        }
        given = await self._call("prepay", "POST", "/v3/pay/transactions/jsapi", order)
        return _given(lambda: str(given["prepay_id"]))

    def payment_params(self, appid: str, prepay_id: str) -> dict[str, str]:
        """What the phone hands to the payment sheet."""
        timestamp, nonce = str(int(self._now().timestamp())), secrets.token_hex(16)
        package = f"prepay_id={prepay_id}"
        return {
            "appId": appid,
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self._merchant.sign(appid, timestamp, nonce, package),
        }

    async def query(self, out_trade_no: str) -> Trade | None:
        """What became of an order; None when WeChat Pay knows none of this number."""
        target = f"/v3/pay/transactions/out-trade-no/{quote(out_trade_no, safe='')}?mchid={quote(self._mchid)}"
        given = await self._find("query", target)
        return None if given is None else _given(lambda: _trade(given))

    async def close(self, out_trade_no: str) -> None:
        """Close an unpaid order; one that is closed already is fine.

        Refused with ORDERPAID or ORDER_NOT_EXIST (`never`), USERPAYING (`later`: somebody is paying now).
        """
        target = f"/v3/pay/transactions/out-trade-no/{quote(out_trade_no, safe='')}/close"
        try:
            await self._call("close", "POST", target, {"mchid": self._mchid})
        except Foreign as refused:
            if refused.again != "never" or refused.foreign_code in _ABSENT:
                raise
            trade = await self.query(out_trade_no)  # WeChat Pay has one INVALID_REQUEST for all reasons
            state = trade.state if trade else ""
            if state in ("SUCCESS", "REFUND"):
                raise Foreign("pay", "ORDERPAID", "never") from None
            if state == "USERPAYING":
                raise Foreign("pay", "USERPAYING", "later") from None
            if state not in ("CLOSED", "REVOKED"):
                raise

    async def refund(
        self, *, out_trade_no: str, out_refund_no: str, refund_fen: int, total_fen: int, reason: str, notify_url: str
    ) -> RefundState:
        """Ask for a refund; the same out_refund_no is one refund however often it is asked for."""
        wish = {
            "out_trade_no": out_trade_no,
            "out_refund_no": out_refund_no,
            "reason": reason[:80],
            "notify_url": notify_url,
            "amount": {"refund": refund_fen, "total": total_fen, "currency": "CNY"},
        }
        given = await self._call("refund", "POST", "/v3/refund/domestic/refunds", wish)
        return _given(lambda: _refund(given, "status"))

    async def query_refund(self, out_refund_no: str) -> RefundState | None:
        """What became of a refund; None when WeChat Pay knows none of this number."""
        given = await self._find("query_refund", f"/v3/refund/domestic/refunds/{quote(out_refund_no, safe='')}")
        return None if given is None else _given(lambda: _refund(given, "status"))

    async def trade_bill(self, on: str) -> list[TradeRow] | None:
        """A day's payments and accepted refunds; None while the bill is not made, Foreign bill_… when it is wrong."""
        plain = await self._bill("trade_bill", f"/v3/bill/tradebill?bill_date={on}&bill_type=ALL&tar_type=GZIP")
        return await asyncio.to_thread(bills.trade_rows, plain, self._mchid) if plain else _rows_of_none(plain)

    async def fund_bill(self, on: str) -> list[FundRow] | None:
        """What came to and left our account on a day; None while the bill is not made."""
        target = f"/v3/bill/fundflowbill?bill_date={on}&account_type=BASIC&tar_type=GZIP"
        plain = await self._bill("fund_bill", target)
        return await asyncio.to_thread(bills.fund_rows, plain) if plain else _rows_of_none(plain)

    async def _bill(self, what: str, target: str) -> bytes | None:
        """A bill file, proved; empty when nothing happened that day, None when it is not made yet."""
        try:
            given = await self._call(what, "GET", target)
        except Foreign as refused:
            if refused.foreign_code in (_NO_BILL, _NOT_YET):
                return None if refused.foreign_code == _NOT_YET else b""
            raise
        if given.get("hash_type") != "SHA1":
            raise bills.refused("shape")
        url, sha1 = _given(lambda: (str(given["download_url"]), str(given["hash_value"])))
        answer = await self._send("bill_file", "GET", bills.check_address(url, self._url))
        if answer.status != 200:  # its link lives five minutes: the next try asks for a fresh one
            raise Foreign("pay", _refusal(answer.body) or f"http_{answer.status}", "later")
        return await asyncio.to_thread(bills.open_bill, answer.body, sha1)

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> PayNotification:
        """Verify (raw bytes) and open a notification.

        Raises NotGenuine with the reasons of `PlatformKeys.verify`, `ciphertext` or `mchid`, and
        Invalid for signed content of another shape. The caller answers with a status that is not 2xx.
        """
        self._platform.verify(headers, body, self._now())
        try:
            given = json.loads(body)
            sealed = given["resource"]
            opened = open_sealed(
                self._sealing_key,
                nonce=sealed["nonce"],
                associated_data=sealed.get("associated_data") or "",
                ciphertext=sealed["ciphertext"],
            )
            resource = json.loads(opened)
            if resource["mchid"] != self._mchid:
                raise NotGenuine(reason="mchid")
            id, event_type = str(given["id"]), str(given["event_type"])
            if event_type.startswith("REFUND."):
                return PayNotification(id, event_type, refund=_refund(resource, "refund_status"))
            if event_type.startswith("TRANSACTION."):
                return PayNotification(id, event_type, trade=_trade(resource))
            return PayNotification(id, event_type)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Invalid(reason="notification") from None

    async def _find(self, what: str, target: str) -> Json | None:
        try:
            return await self._call(what, "GET", target)
        except Foreign as refused:
            if refused.foreign_code in _ABSENT:
                return None
            raise

    async def _call(self, what: str, method: str, target: str, wish: Json | None = None) -> Json:
        answer = await self._send(what, method, self._url + target, wish)
        unclear: Again = "later" if method == "GET" else "unknown"
        if answer.status in (200, 204):
            try:
                self._platform.verify(answer.headers, answer.body, self._now())
                return dict(json.loads(answer.body)) if answer.body else {}
            except NotGenuine as proof:
                _log.error("pay.answer_not_genuine", call=what, reason=proof.details.get("reason"))
                raise Foreign("pay", "bad_signature", unclear) from None
            except (ValueError, TypeError):
                raise Foreign("pay", "bad_answer", unclear) from None
        code = _refusal(answer.body) or f"http_{answer.status}"
        if answer.status == 429 or code in _LATER:
            raise Foreign("pay", code, "later")
        if code == "USERPAYING":
            raise Foreign("pay", code, "later")
        raise Foreign("pay", code, "never" if 300 <= answer.status < 500 else unclear)

    async def _send(self, what: str, method: str, url: str, wish: Json | None = None) -> Answer:
        """One signed request; what its answer proves is the caller's business."""
        body = "" if wish is None else json.dumps(wish, ensure_ascii=False, separators=(",", ":"))
        parts = urlsplit(url)
        sent = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "Suizhen",
            "Authorization": self._merchant.authorization(method, sent, body, self._now()),
        }
        if self._platform.public_key_id:
            headers["Wechatpay-Serial"] = self._platform.public_key_id
        return await self._http.send(
            "pay", what, method, url, body=body.encode() or None, headers=headers, repeatable=True
        )


def _rows_of_none(plain: bytes | None) -> list[Any] | None:
    """No rows for a day on which nothing happened, None for a bill that is not made yet."""
    return None if plain is None else []


def _refusal(body: bytes) -> str:
    try:
        code = str(json.loads(body)["code"])
    except (ValueError, KeyError, TypeError):
        return ""
    return _ONE_NAME.get(code, code)


def _given(read: Callable[[], T]) -> T:
    """Read a signed answer; one of another shape is Foreign."""
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Foreign("pay", "bad_answer", "unknown") from None


def _trade(given: Json) -> Trade:
    return Trade(
        out_trade_no=str(given["out_trade_no"]),
        state=str(given["trade_state"]),
        appid=str(given["appid"]),
        mchid=str(given["mchid"]),
        total_fen=_fen((given.get("amount") or {}).get("total", 0)),
        payer_openid=str((given.get("payer") or {}).get("openid", "")),
        transaction_id=str(given.get("transaction_id") or ""),
        paid_at=_at(given.get("success_time")),
    )


def _refund(given: Json, state: str) -> RefundState:
    return RefundState(
        out_refund_no=str(given["out_refund_no"]),
        state=str(given[state]),
        refund_fen=_fen(given["amount"]["refund"]),
        refunded_at=_at(given.get("success_time")),
    )


def _fen(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("an amount is a whole number of fen")
    return value


def _at(value: str | None) -> datetime | None:
    """RFC 3339 with an offset, as UTC."""
    if not value:
        return None
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("a time without an offset")
    return at.astimezone(UTC)
