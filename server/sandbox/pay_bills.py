"""WeChat Pay's bill files: trade bill and fund-flow bill of a day, asked for first, then downloaded by a link.

A bill is made once, from 10:00 of the next day on (business clock), and never brought up to date: a
refund stands on the day on which it was accepted, with the state it had then. Refund rows carry 0.00
as the order's amount and a negative fee. The names of the fund-flow bill's kinds of business are the
simulator's own where no document says them (退还交易手续费).
"""

import gzip
import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from server.sandbox.clock import SHANGHAI
from server.sandbox.pay import PayHandler
from server.sandbox.pay_orders import PayError
from server.sandbox.state import Doc
from server.sandbox.world import World

MADE_AT = 10  # o'clock
LINK_LIFE_S = 300
_MONTHS_BACK = 92  # days
USUAL_RATE = "0.60%"
_TRADE = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
_TRADE_TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
_FUND = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,"
    "备注,业务凭证号"
)
_FUND_TOTALS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
_REFUND_STATES = {"SUCCESS": "SUCCESS", "PROCESSING": "PROCESSING"}  # any other: FAIL


def set_rate(world: World, rate: str) -> None:
    """What the merchant pays from now on: "0.60%", or "0.00%" as many hospitals do."""
    world.state.put("merchant", "rate", {"rate": rate})


def rate_of(world: World) -> str:
    return str((world.state.get("merchant", "rate") or {"rate": USUAL_RATE})["rate"])


def fee_of(fen: int, rate: str) -> int:
    """The fee in fen, rounded half up."""
    share = Decimal(rate.removesuffix("%")) / 100
    return int((fen * share).quantize(Decimal(1), ROUND_HALF_UP))


class TradeBill(PayHandler):
    """GET /v3/bill/tradebill?bill_date&bill_type&tar_type."""

    SUPPORTED_METHODS = ("GET",)

    def work(self, *_: str) -> None:
        on = _asked_day(self.world, self.get_query_argument("bill_date", ""))
        kind = self.get_query_argument("bill_type", "ALL")
        if kind not in ("ALL", "SUCCESS", "REFUND"):
            raise PayError(400, "PARAM_ERROR", "账单类型不正确", "/query/bill_type")
        rows = _trade_rows(self.world, on, kind)
        self.send(_link(self, f"trade/{on}/{kind}", _TRADE, rows, _TRADE_TOTALS, _trade_totals(rows)))


class FundBill(PayHandler):
    """GET /v3/bill/fundflowbill?bill_date&account_type&tar_type."""

    SUPPORTED_METHODS = ("GET",)

    def work(self, *_: str) -> None:
        on = _asked_day(self.world, self.get_query_argument("bill_date", ""))
        account = self.get_query_argument("account_type", "BASIC")
        if account not in ("BASIC", "OPERATION", "FEES"):
            raise PayError(400, "PARAM_ERROR", "资金账户类型不正确", "/query/account_type")
        rows = _fund_rows(self.world, on) if account == "BASIC" else []
        self.send(_link(self, f"fund/{on}/{account}", _FUND, rows, _FUND_TOTALS, _fund_totals(rows)))


class BillFile(PayHandler):
    """GET /v3/billdownload/file?token=: the file, asked for with our Authorization, answered without a signature."""

    SUPPORTED_METHODS = ("GET",)

    def work(self, *_: str) -> None:
        link = self.world.state.get("bill_links", self.get_query_argument("token", ""))
        if link is None or link["until"] < self.world.clock.real_seconds():
            raise PayError(400, "INVALID_REQUEST", "下载链接已失效，请重新申请账单")
        bill = self.world.state.get("bills", link["bill"])
        content = str((bill or {})["text"]).encode()
        for fault in self.world.faults.strike("pay", self.request.path, self.request.uri or "", ("tamper",)):
            content = _spoilt(content, str(fault.values.get("what", "content")))
        content = gzip.compress(content) if link["gzip"] else content
        self.set_header("Content-Type", "application/octet-stream" if link["gzip"] else "text/plain")
        self.finish(content)


def _spoilt(content: bytes, what: str) -> bytes:
    """`content`: one amount is another; `truncated`: the end is missing."""
    return content[: len(content) // 2] if what == "truncated" else content.replace(b"`0.", b"`1.", 1)


def _asked_day(world: World, text: str) -> str:
    """The day of a bill; PayError while it is not made, and when it is too long ago."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise PayError(400, "PARAM_ERROR", "账单日期格式不正确", "/query/bill_date") from None
    now = world.clock.local()
    made = datetime(day.year, day.month, day.day, MADE_AT, tzinfo=SHANGHAI) + timedelta(days=1)
    if now < made:
        raise PayError(400, "STATEMENT_CREATING", "账单文件正在生成中，请在次日10点后再下载")
    if now.date() - day > timedelta(days=_MONTHS_BACK):
        raise PayError(400, "INVALID_REQUEST", "仅支持三个月内的账单下载申请", "/query/bill_date")
    return day.isoformat()


def _link(
    handler: PayHandler, name: str, header: str, rows: list[list[str]], totals_header: str, totals: list[str]
) -> Doc:
    """Keep the file, once, and give {hash_type, hash_value, download_url}; PayError for an empty day."""
    world = handler.world
    kept = world.state.get("bills", name)
    if kept is None:
        if not rows:
            raise PayError(400, "NO_STATEMENT_EXIST", "请求的账单文件不存在，当天没有交易")
        lines = [header, *map(_line, rows), totals_header, _line(totals)]
        kept = world.state.put("bills", name, {"text": "\ufeff" + "\r\n".join(lines) + "\r\n"})
    token = secrets.token_urlsafe(24)
    zipped = handler.get_query_argument("tar_type", "") == "GZIP"
    until = world.clock.real_seconds() + LINK_LIFE_S
    world.state.put("bill_links", token, {"bill": name, "gzip": zipped, "until": until})
    digest = hashlib.sha1(str(kept["text"]).encode(), usedforsecurity=False).hexdigest()
    url = f"{handler.request.protocol}://{handler.request.host}/v3/billdownload/file?token={token}"
    return {"hash_type": "SHA1", "hash_value": digest, "download_url": url}


def _line(fields: Iterable[str]) -> str:
    return ",".join(f"`{field}" for field in fields)


def _trade_rows(world: World, on: str, kind: str) -> list[list[str]]:
    """The rows of a day in order of time: payments by success, refunds by acceptance."""
    rows = []
    if kind != "REFUND":
        rows += [_paid_row(world, order) for order in world.state.all("orders") if _is_on(order, "success_time", on)]
    if kind != "SUCCESS":
        refunds = [refund for refund in world.state.all("refunds") if _is_on(refund, "create_time", on)]
        rows += [_refund_row(world, refund) for refund in refunds]
    return sorted(rows, key=lambda row: row[0])


def _is_on(doc: Doc, name: str, on: str) -> bool:
    return str(doc.get(name) or "")[:10] == on


def _paid_row(world: World, order: Doc) -> list[str]:
    rate, total = rate_of(world), int(order["asked"]["amount"]["total"])
    money = [_yuan(total), "0.00", "0", "0", "0.00", "0.00", "", ""]
    return [*_head(order, order["success_time"], "SUCCESS"), *money, *_tail(order, fee_of(total, rate), rate, total, 0)]


def _refund_row(world: World, refund: Doc) -> list[str]:
    order = world.state.get("orders", refund["out_trade_no"]) or {}
    rate, back = rate_of(world), int(refund["refund"])
    state = _REFUND_STATES.get(refund["status"], "FAIL")
    money = ["0.00", "0.00", refund["refund_id"], refund["out_refund_no"], _yuan(back), "0.00", "ORIGINAL", state]
    return [*_head(order, refund["create_time"], "REFUND"), *money, *_tail(order, -fee_of(back, rate), rate, 0, back)]


def _head(order: Doc, at: str, state: str) -> list[str]:
    asked = order["asked"]
    ids = [asked["appid"], asked["mchid"], "0", "", order["transaction_id"], order["out_trade_no"]]
    return [_time(at), *ids, asked["payer"]["openid"], "JSAPI", state, "OTHERS", "CNY"]


def _tail(order: Doc, fee: int, rate: str, total: int, back: int) -> list[str]:
    asked = order["asked"]
    words = [asked["description"], asked.get("attach") or ""]
    return [*words, f"{Decimal(fee) / 100:.5f}", rate, _yuan(total), _yuan(back), ""]


def _trade_totals(rows: list[list[str]]) -> list[str]:
    names = _TRADE.split(",")

    def total(name: str) -> Decimal:
        return sum((Decimal(row[names.index(name)]) for row in rows), Decimal())

    columns = ("应结订单金额", "退款金额", "充值券退款金额", "手续费", "订单金额", "申请退款金额")
    return [str(len(rows)), *(f"{total(name):.5f}" if name == "手续费" else f"{total(name):.2f}" for name in columns)]


def _fund_rows(world: World, on: str) -> list[list[str]]:
    """Each payment and its fee, each refund that succeeded and the fee that came back."""
    moves: list[tuple[str, str, str, str, int]] = []
    rate = rate_of(world)
    for order in world.state.all("orders"):
        if _is_on(order, "success_time", on):
            total, number = int(order["asked"]["amount"]["total"]), order["out_trade_no"]
            moves.append((order["success_time"], order["transaction_id"], number, "交易", total))
            moves.append(
                (order["success_time"], order["transaction_id"], number, "扣除交易手续费", -fee_of(total, rate))
            )
    for refund in world.state.all("refunds"):
        if _is_on(refund, "success_time", on):
            back, number = int(refund["refund"]), refund["out_refund_no"]
            moves.append((refund["success_time"], refund["refund_id"], number, "退款", -back))
            moves.append((refund["success_time"], refund["refund_id"], number, "退还交易手续费", fee_of(back, rate)))
    rows, balance = [], 0
    for index, (at, business, voucher, kind, fen) in enumerate(sorted(m for m in moves if m[4])):
        balance += fen
        flow = f"{on.replace('-', '')}{index + 1:010d}"
        side = "收入" if fen > 0 else "支出"
        money = [side, _yuan(abs(fen)), _yuan(balance), "system", "", voucher]
        rows.append([_time(at), business, flow, kind, kind, *money])
    return rows


def _fund_totals(rows: list[list[str]]) -> list[str]:
    sides: list[str] = []
    for side in ("收入", "支出"):
        money = [Decimal(row[6]) for row in rows if row[5] == side]
        sides += [str(len(money)), f"{sum(money, Decimal()):.2f}"]
    return [str(len(rows)), *sides]


def _time(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"


def routes() -> list[tuple[str, Any]]:
    return [
        ("/v3/bill/tradebill", TradeBill),
        ("/v3/bill/fundflowbill", FundBill),
        ("/v3/billdownload/file", BillFile),
    ]
