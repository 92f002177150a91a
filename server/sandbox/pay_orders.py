"""WeChat Pay's books: orders, payments, refunds and the rules by which they are refused."""

import re
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from server.sandbox import chat, pay_notify, people
from server.sandbox.crypto import is_signed
from server.sandbox.state import Doc
from server.sandbox.world import World

PREPAY_LIFE_S = 7200
_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
_REFUND_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")
MOST_REFUNDS, _REFUND_GAP_S, _REFUND_DAYS = 50, 60, 365
STATES = {
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "NOTPAY": "订单未支付",
    "CLOSED": "订单已关闭",
    "USERPAYING": "用户支付中，需要输入密码",
    "PAYERROR": "支付失败",
}


class PayError(Exception):
    """An answer with code and message; `field` names the parameter as a JSON pointer."""

    def __init__(self, status: int, code: str, message: str, field: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.field = status, code, message, field


def _bad(field: str, message: str = "参数错误") -> PayError:
    return PayError(400, "PARAM_ERROR", message, field)


def prepay(world: World, data: Doc) -> Doc:
    """POST /v3/pay/transactions/jsapi → {prepay_id}; the same order again gives a fresh one."""
    person = _check_prepay(world, data)
    number = data["out_trade_no"]
    order = world.state.get("orders", number)
    asked = {name: data.get(name) for name in sorted(data)}
    if order is None:
        order = {
            "out_trade_no": number,
            "asked": asked,
            "person": person,
            "state": "NOTPAY",
            "created": world.clock.local().isoformat(timespec="seconds"),
            "pay_until": world.clock.real_seconds() + _seconds_to_pay(world, data.get("time_expire")),
            "refunds": [],
        }
    elif order["state"] in ("SUCCESS", "REFUND"):
        raise PayError(403, "OUT_TRADE_NO_USED", "商户订单号重复：该订单已支付")
    elif order["state"] == "CLOSED":
        raise PayError(400, "ORDER_CLOSED", "该订单已关闭")
    elif order["asked"] != asked:
        raise PayError(400, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致")
    world.state.put("orders", number, order)
    prepay_id = f"wx{world.clock.local():%d%H%M%S}{secrets.token_hex(12)}0000"
    until = world.clock.real_seconds() + PREPAY_LIFE_S
    world.state.put("prepays", prepay_id, {"prepay_id": prepay_id, "out_trade_no": number, "until": until})
    return {"prepay_id": prepay_id}


def _check_prepay(world: World, data: Doc) -> str:
    """Every parameter rule; the person who is to pay."""
    values = world.values
    if data.get("mchid") != values["PAY_MCHID"]:
        raise PayError(400, "MCH_NOT_EXISTS", "商户号不存在", "/body/mchid")
    if data.get("appid") not in (values["WECHAT_APPID"], values["MINI_APPID"]):
        raise PayError(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配", "/body/appid")
    _check_text(data, "description", 127, needed=True)
    _check_text(data, "attach", 128)
    _check_text(data, "goods_tag", 32)
    if not isinstance(data.get("out_trade_no"), str) or not _NUMBER.fullmatch(data["out_trade_no"]):
        raise _bad("/body/out_trade_no", "商户订单号须为6到32位数字、字母或_-|*")
    _check_notify_url(data.get("notify_url"), needed=True)
    amount = data.get("amount")
    total = amount.get("total") if isinstance(amount, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or total < 1:
        raise _bad("/body/amount/total", "订单金额须为大于0的整数，单位为分")
    if amount and amount.get("currency", "CNY") != "CNY":
        raise _bad("/body/amount/currency")
    payer = data.get("payer")
    openid = payer.get("openid") if isinstance(payer, dict) else None
    person = people.by_openid(world, openid, data["appid"]) if isinstance(openid, str) else None
    if person is None:
        raise PayError(400, "PARAM_ERROR", "无效的openid", "/body/payer/openid")
    return person


def _check_text(data: Doc, name: str, limit: int, needed: bool = False) -> None:
    value = data.get(name)
    if value is None and not needed:
        return
    if not isinstance(value, str) or len(value) > limit or (needed and not value):
        raise _bad(f"/body/{name}")


def _check_notify_url(url: Any, needed: bool = False) -> None:
    """https without query; plain http only on the own machine, where the demonstration runs."""
    if url is None and not needed:
        return
    parts = urlsplit(url) if isinstance(url, str) else None
    at_home = parts is not None and parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts is None or len(url) > 255 or parts.query or not (parts.scheme == "https" or at_home):
        raise _bad("/body/notify_url", "notify_url须为https地址且不带参数")


def _seconds_to_pay(world: World, time_expire: Any) -> float:
    """How long the order may be paid: read on the business clock, at least a minute, at most 90 days, default 7."""
    if time_expire is None:
        return timedelta(days=7).total_seconds()
    try:
        until = datetime.fromisoformat(str(time_expire))
        left = (until - world.clock.now()).total_seconds()
    except (ValueError, TypeError) as error:
        raise _bad("/body/time_expire", "time_expire须为RFC3339格式") from error
    return min(max(left, 60), timedelta(days=90).total_seconds())


def find_order(world: World, number: str = "", transaction_id: str = "") -> Doc:
    order = world.state.get("orders", number)
    if transaction_id:
        order = next((o for o in world.state.all("orders") if o.get("transaction_id") == transaction_id), None)
    if order is None:
        raise PayError(404, "ORDER_NOT_EXIST", "订单不存在")
    return order


def shown_order(world: World, order: Doc) -> Doc:
    """The order as queries and notifications show it."""
    asked = order["asked"]
    body: Doc = {
        "appid": asked["appid"],
        "mchid": asked["mchid"],
        "out_trade_no": order["out_trade_no"],
        "trade_state": order["state"],
        "trade_state_desc": STATES[order["state"]],
        "attach": asked.get("attach") or "",
        "amount": {"total": asked["amount"]["total"], "currency": "CNY"},
    }
    if order.get("transaction_id"):
        body |= {
            "payer": {"openid": asked["payer"]["openid"]},
            "transaction_id": order["transaction_id"],
            "trade_type": "JSAPI",
            "bank_type": "OTHERS",
            "success_time": order["success_time"],
            "promotion_detail": [],
        }
        body["amount"] |= {"payer_total": asked["amount"]["total"], "payer_currency": "CNY"}
    return body


def close(world: World, number: str) -> None:
    order = find_order(world, number)
    if order["state"] in ("SUCCESS", "REFUND"):
        raise PayError(400, "INVALID_REQUEST", "订单已支付，不能关闭")
    if order["state"] == "USERPAYING":
        raise PayError(400, "INVALID_REQUEST", "用户支付中，请稍后再试")
    world.state.put("orders", number, {**order, "state": "CLOSED"})


def check_pay_sign(world: World, params: Doc) -> str:
    """What the WeChat client checks before it shows the sheet; the prepay_id, or PayError."""
    package = str(params.get("package", ""))
    text = "".join(f"{params.get(name)}\n" for name in ("appId", "timeStamp", "nonceStr")) + f"{package}\n"
    is_right = params.get("signType") == "RSA" and isinstance(params.get("timeStamp"), str)
    if not is_right or not is_signed(world.merchant_key, text.encode(), str(params.get("paySign", ""))):
        raise PayError(400, "SIGN_ERROR", "支付验证签名失败")
    prepay_id = package.removeprefix("prepay_id=")
    prepaid = world.state.get("prepays", prepay_id)
    if prepaid is None or find_order(world, prepaid["out_trade_no"])["asked"]["appid"] != params.get("appId"):
        raise PayError(400, "INVALID_REQUEST", "调用支付JSAPI缺少参数或预支付单不存在")
    return prepay_id


def payable(world: World, person: str, prepay_id: str) -> Doc:
    """The order behind a prepay_id when this person may pay it now."""
    prepaid = world.state.get("prepays", prepay_id)
    if prepaid is None:
        raise PayError(404, "ORDER_NOT_EXIST", "预支付单不存在")
    order = find_order(world, prepaid["out_trade_no"])
    now = world.clock.real_seconds()
    if order["person"] != person:
        raise PayError(400, "INVALID_REQUEST", "下单账号与支付账号不一致，请核实后再支付")
    if order["state"] in ("SUCCESS", "REFUND"):
        raise PayError(400, "ORDER_PAID", "该订单已支付")
    if order["state"] == "CLOSED":
        raise PayError(400, "ORDER_CLOSED", "该订单已关闭")
    if order["state"] == "USERPAYING":
        raise PayError(400, "USERPAYING", "该订单正在支付中")
    if prepaid["until"] < now or order["pay_until"] < now:
        raise PayError(400, "ORDER_CLOSED", "订单已过期，请回商户重新下单")
    return order


def pay(world: World, person: str, prepay_id: str, how: str = "normal") -> str:
    """The person pays: normal, slow (the bank takes its time), fail, cancel. Answers ok, cancel or fail."""
    order = payable(world, person, prepay_id)
    if how in ("cancel", "fail"):
        return how
    if how == "slow":
        world.state.put("orders", order["out_trade_no"], {**order, "state": "USERPAYING"})
        due = world.clock.real_seconds() + world.settings.slow_bank_s
        world.state.put("settling", f"order/{order['out_trade_no']}", {"due": due, "number": order["out_trade_no"]})
    else:
        settle_order(world, order)
    return "ok"


def settle_order(world: World, order: Doc) -> None:
    """The money has moved: the order is SUCCESS, the merchant will be notified, the person gets a receipt."""
    day = f"{world.clock.local():%Y%m%d}"
    paid = {
        **order,
        "state": "SUCCESS",
        "transaction_id": f"4200{world.state.next('transactions') + 2800:06d}{day}{secrets.randbelow(10**10):010d}",
        "success_time": world.clock.local().isoformat(timespec="seconds"),
    }
    world.state.put("orders", order["out_trade_no"], paid)
    chat.open_window(world, order["person"], "payment")
    asked = order["asked"]
    chat.deliver(
        world,
        order["person"],
        "pay",
        "receipt",
        title="支付成功",
        amount_fen=asked["amount"]["total"],
        rows=[{"label": "收款方", "value": "随诊示范医院"}, {"label": "商品", "value": asked["description"]}],
    )
    pay_notify.schedule(world, asked["notify_url"], "TRANSACTION.SUCCESS", "transaction", shown_order(world, paid))


def say_again(world: World, order: Doc) -> None:
    """WeChat says once more that an order is paid."""
    shown = {**shown_order(world, order), "trade_state": "SUCCESS", "trade_state_desc": STATES["SUCCESS"]}
    pay_notify.schedule(world, order["asked"]["notify_url"], "TRANSACTION.SUCCESS", "transaction", shown)


def refund(world: World, data: Doc) -> Doc:
    """POST /v3/refund/domestic/refunds: accepted, then settled a moment later; the same number is one refund."""
    number = data.get("out_refund_no")
    if not isinstance(number, str) or not _REFUND_NUMBER.fullmatch(number):
        raise _bad("/body/out_refund_no")
    known = world.state.get("refunds", number)
    asked = {name: data.get(name) for name in ("transaction_id", "out_trade_no", "amount")}
    if known is not None:
        if known["asked"] != asked:
            raise PayError(400, "INVALID_REQUEST", "请求参数与之前的退款单不一致")
        return shown_refund(known)
    order = _refundable(world, data)
    taken = {
        "out_refund_no": number,
        "asked": asked,
        "refund_id": f"5030{secrets.randbelow(10**10):010d}{world.clock.local():%Y%m%d}{secrets.randbelow(10**7):07d}",
        "transaction_id": order["transaction_id"],
        "out_trade_no": order["out_trade_no"],
        "mchid": order["asked"]["mchid"],
        "person": order["person"],
        "reason": data.get("reason", ""),
        "notify_url": data.get("notify_url"),
        "total": order["asked"]["amount"]["total"],
        "refund": data["amount"]["refund"],
        "status": "PROCESSING",
        "create_time": world.clock.local().isoformat(timespec="seconds"),
    }
    world.state.put("refunds", number, taken)
    order = {**order, "state": "REFUND", "refunds": [*order["refunds"], number]}
    order["last_refund"] = world.clock.real_seconds()
    world.state.put("orders", order["out_trade_no"], order)
    due = world.clock.real_seconds() + world.settings.settle_s
    world.state.put("settling", f"refund/{number}", {"due": due, "number": number})
    return shown_refund(taken)


def _refundable(world: World, data: Doc) -> Doc:
    transaction_id, number = str(data.get("transaction_id") or ""), str(data.get("out_trade_no") or "")
    if not transaction_id and not number:
        raise _bad("/body/transaction_id", "transaction_id和out_trade_no二选一")
    _check_text(data, "reason", 80)
    _check_notify_url(data.get("notify_url"))
    amount = data.get("amount") or {}
    wanted, total = amount.get("refund"), amount.get("total")
    if not isinstance(wanted, int) or not isinstance(total, int) or wanted < 1 or amount.get("currency") != "CNY":
        raise _bad("/body/amount")
    try:
        order = find_order(world, number, transaction_id)
    except PayError as error:
        raise PayError(404, "RESOURCE_NOT_EXISTS", "订单不存在") from error
    if order["state"] not in ("SUCCESS", "REFUND"):
        raise PayError(400, "INVALID_REQUEST", "订单未支付，不能退款")
    if total != order["asked"]["amount"]["total"]:
        raise PayError(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
    before = [world.state.get("refunds", one) or {} for one in order["refunds"]]
    if sum(r["refund"] for r in before if r["status"] != "CLOSED") + wanted > total:
        raise PayError(400, "INVALID_REQUEST", "累计退款金额大于支付金额")
    if len(before) >= MOST_REFUNDS:
        raise PayError(400, "INVALID_REQUEST", f"超过部分退款次数限制（{MOST_REFUNDS}次）")
    if world.clock.real_seconds() - order.get("last_refund", 0) < _REFUND_GAP_S:
        raise PayError(429, "FREQUENCY_LIMITED", "同一订单退款间隔须大于1分钟")
    if world.clock.now() - datetime.fromisoformat(order["success_time"]) > timedelta(days=_REFUND_DAYS):
        raise PayError(400, "INVALID_REQUEST", "订单已超过可退款期限（一年）")
    return order


def settle_refund(world: World, number: str, status: str = "SUCCESS") -> None:
    taken = world.state.get("refunds", number)
    if taken is None or taken["status"] != "PROCESSING":
        return
    done = {**taken, "status": status}
    if status == "SUCCESS":
        done["success_time"] = world.clock.local().isoformat(timespec="seconds")
        rows = [{"label": "商户", "value": "随诊示范医院"}, {"label": "退款方式", "value": "退回支付账户"}]
        chat.deliver(world, done["person"], "pay", "receipt", title="退款到账", amount_fen=done["refund"], rows=rows)
    world.state.put("refunds", number, done)
    if done.get("notify_url"):
        shown = shown_refund(done)
        resource = {
            name: shown[name] for name in shown if name not in ("status", "channel", "funds_account", "create_time")
        }
        resource |= {"mchid": done["mchid"], "refund_status": status}
        resource["amount"] = {k: v for k, v in shown["amount"].items() if not k.endswith("currency")}
        pay_notify.schedule(world, done["notify_url"], f"REFUND.{status}", "refund", resource)


def shown_refund(taken: Doc) -> Doc:
    body = {name: taken[name] for name in ("refund_id", "out_refund_no", "transaction_id", "out_trade_no", "status")}
    amount = {"total": taken["total"], "refund": taken["refund"], "payer_total": taken["total"]}
    amount |= {"payer_refund": taken["refund"], "currency": "CNY"}
    body |= {
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": taken["create_time"],
        "funds_account": "AVAILABLE",
        "amount": amount,
    }
    if taken.get("success_time"):
        body["success_time"] = taken["success_time"]
    return body


def find_refund(world: World, number: str) -> Doc:
    taken = world.state.get("refunds", number)
    if taken is None:
        raise PayError(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return taken
