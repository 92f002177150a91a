"""WeChat Pay v3: what we ask with our signature, which answers we believe, and what each refusal means."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from server.adapters.http import Http
from server.adapters.wechat_pay import WeChatPayClient
from server.context import RefundState, Trade
from server.errors import Foreign, NotGenuine
from tests.adapters.foreigner import NOW, Foreigner
from tests.adapters.pay_side import (
    MCHID,
    PUBLIC_KEY_ID,
    SERIAL,
    TRADE,
    Keys,
    client_of,
    envelope,
    said,
    signed,
)

pytestmark = pytest.mark.covers("A12")

PREPAY = "/v3/pay/transactions/jsapi"
QUERY = "/v3/pay/transactions/out-trade-no/T1"
CLOSE = f"{QUERY}/close"
REFUND = "/v3/refund/domestic/refunds"


@pytest.fixture
def pay(keys: Keys, http: Http, foreigner: Foreigner) -> WeChatPayClient:
    return client_of(keys, http, foreigner.url)


async def refusal(call: Any) -> tuple[str, str]:
    with pytest.raises(Foreign) as caught:
        await call
    assert caught.value.system == "pay"
    return caught.value.foreign_code, caught.value.again


def prepay(pay: WeChatPayClient) -> Any:
    return pay.prepay(
        appid="wxservice",
        openid="o1",
        out_trade_no="T1",
        description="挂号费",
        total_fen=2500,
        expires_at=NOW + timedelta(minutes=10),
        notify_url="https://h.example/wechat/pay/notify",
    )


# Requests


async def test_an_order_is_prepared_with_our_signature(pay: WeChatPayClient, foreigner: Foreigner, keys: Keys) -> None:
    foreigner.answers[PREPAY] = said(keys, {"prepay_id": "wx26112221580621e9b071c00d9e093b0000"})
    assert await prepay(pay) == "wx26112221580621e9b071c00d9e093b0000"
    call = foreigner.calls[0]
    assert call.json() == {
        "appid": "wxservice",
        "mchid": MCHID,
        "description": "挂号费",
        "out_trade_no": "T1",
        "time_expire": "2026-11-25T08:40:00+08:00",
        "notify_url": "https://h.example/wechat/pay/notify",
        "amount": {"total": 2500, "currency": "CNY"},
        "payer": {"openid": "o1"},
    }
    scheme, _, fields = call.headers["Authorization"].partition(" ")
    proof = dict(re.findall(r'(\w+)="([^"]*)"', fields))
    assert scheme == "WECHATPAY2-SHA256-RSA2048"
    assert (proof["mchid"], proof["serial_no"]) == (MCHID, SERIAL)
    assert proof["timestamp"] == str(int(NOW.timestamp()))
    text = f"POST\n{call.uri}\n{proof['timestamp']}\n{proof['nonce_str']}\n".encode() + call.body + b"\n"
    keys.merchant.public_key().verify(base64.b64decode(proof["signature"]), text, padding.PKCS1v15(), hashes.SHA256())
    assert call.headers["Wechatpay-Serial"] == PUBLIC_KEY_ID


async def test_a_question_is_signed_over_its_address_as_sent(
    pay: WeChatPayClient, foreigner: Foreigner, keys: Keys
) -> None:
    foreigner.answers["/v3/pay/transactions/out-trade-no/T%7C1%2A"] = said(keys, TRADE)
    await pay.query("T|1*")
    call = foreigner.calls[0]
    assert call.uri == f"/v3/pay/transactions/out-trade-no/T%7C1%2A?mchid={MCHID}"
    proof = dict(re.findall(r'(\w+)="([^"]*)"', call.headers["Authorization"]))
    text = f"GET\n{call.uri}\n{proof['timestamp']}\n{proof['nonce_str']}\n\n".encode()
    keys.merchant.public_key().verify(base64.b64decode(proof["signature"]), text, padding.PKCS1v15(), hashes.SHA256())


def test_the_payment_sheet_gets_signed_parameters(pay: WeChatPayClient, keys: Keys) -> None:
    params = pay.payment_params("wxservice", "wx1")
    assert (params["package"], params["signType"]) == ("prepay_id=wx1", "RSA")
    text = f"wxservice\n{params['timeStamp']}\n{params['nonceStr']}\nprepay_id=wx1\n".encode()
    keys.merchant.public_key().verify(base64.b64decode(params["paySign"]), text, padding.PKCS1v15(), hashes.SHA256())


# Answers


async def test_a_paid_order_is_known(pay: WeChatPayClient, foreigner: Foreigner, keys: Keys) -> None:
    foreigner.answers[QUERY] = said(keys, TRADE)
    assert await pay.query("T1") == Trade(
        out_trade_no="1217752501201407033233368018",
        state="SUCCESS",
        appid="wxd678efh567hg6787",
        mchid=MCHID,
        total_fen=100,
        payer_openid="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        transaction_id="1217752501201407033233368018",
        paid_at=datetime(2018, 6, 8, 2, 34, 56, tzinfo=UTC),
    )


async def test_an_unpaid_order_has_no_payer_yet(pay: WeChatPayClient, foreigner: Foreigner, keys: Keys) -> None:
    unpaid = {name: TRADE[name] for name in ("out_trade_no", "appid", "mchid")} | {"trade_state": "NOTPAY"}
    foreigner.answers[QUERY] = said(keys, unpaid | {"amount": {"total": 100}})
    trade = await pay.query("T1")
    assert trade
    assert (trade.state, trade.total_fen, trade.payer_openid, trade.paid_at) == ("NOTPAY", 100, "", None)


async def test_an_answer_signed_by_the_certificate_is_believed_too(
    pay: WeChatPayClient, foreigner: Foreigner, keys: Keys
) -> None:
    body = json.dumps({"prepay_id": "wx1"}).encode()
    foreigner.answers[PREPAY] = lambda call: (200, signed(keys.certified, keys.serial, body), body)
    assert await prepay(pay) == "wx1"


async def test_closing_is_proved_by_a_signature_over_nothing(
    pay: WeChatPayClient, foreigner: Foreigner, keys: Keys
) -> None:
    foreigner.answers[CLOSE] = said(keys, None, 204)
    await pay.close("T1")
    assert foreigner.calls[0].json() == {"mchid": MCHID}
    foreigner.answers[CLOSE] = lambda call: (204, {}, b"")
    assert await refusal(pay.close("T1")) == ("bad_signature", "unknown")


async def test_a_refund_is_asked_for_and_followed(pay: WeChatPayClient, foreigner: Foreigner, keys: Keys) -> None:
    state = {"out_refund_no": "R1", "status": "PROCESSING", "amount": {"refund": 100, "total": 2500}}
    foreigner.answers[REFUND] = said(keys, state)
    wish = pay.refund(
        out_trade_no="T1",
        out_refund_no="R1",
        refund_fen=100,
        total_fen=2500,
        reason="取消预约",
        notify_url="https://h.example/n",
    )
    assert await wish == RefundState("R1", "PROCESSING", 100)
    assert foreigner.calls[0].json() == {
        "out_trade_no": "T1",
        "out_refund_no": "R1",
        "reason": "取消预约",
        "notify_url": "https://h.example/n",
        "amount": {"refund": 100, "total": 2500, "currency": "CNY"},
    }
    done = state | {"status": "SUCCESS", "success_time": "2026-11-25T08:31:00+08:00"}
    foreigner.answers[f"{REFUND}/R1"] = said(keys, done)
    assert await pay.query_refund("R1") == RefundState("R1", "SUCCESS", 100, datetime(2026, 11, 25, 0, 31, tzinfo=UTC))


@pytest.mark.parametrize("wrong", ["unsigned", "stranger", "unknown serial", "tampered", "stale", "signtest"])
async def test_no_answer_is_believed_without_proof(
    pay: WeChatPayClient, foreigner: Foreigner, keys: Keys, wrong: str
) -> None:
    body = json.dumps(TRADE).encode()
    headers = {
        "unsigned": {},
        "stranger": signed(keys.stranger, PUBLIC_KEY_ID, body),
        "unknown serial": signed(keys.stranger, "PUB_KEY_ID_1", body),
        "tampered": signed(keys.public_mode, PUBLIC_KEY_ID, body + b" "),
        "stale": signed(keys.public_mode, PUBLIC_KEY_ID, body, age_s=301),
        "signtest": signed(keys.public_mode, PUBLIC_KEY_ID, body) | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/abc"},
    }[wrong]
    foreigner.answers[QUERY] = foreigner.answers[PREPAY] = lambda call: (200, headers, body)
    assert await refusal(pay.query("T1")) == ("bad_signature", "later")
    assert await refusal(prepay(pay)) == ("bad_signature", "unknown")


@pytest.mark.parametrize(
    "body",
    [
        {},
        [1],
        {"prepay_id": None} | TRADE | {"amount": {"total": "100"}},
        TRADE | {"amount": {"total": 1.5}},
        TRADE | {"success_time": "2018-06-08T10:34:56"},
    ],
)
async def test_signed_answers_of_another_shape_are_no_answers(
    pay: WeChatPayClient, foreigner: Foreigner, keys: Keys, body: Any
) -> None:
    foreigner.answers[QUERY] = said(keys, body)
    code, again = await refusal(pay.query("T1"))
    assert (code, again in ("unknown", "later")) == ("bad_answer", True)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "PARAM_ERROR", ("PARAM_ERROR", "never")),
        (403, "OUT_TRADE_NO_USED", ("OUT_TRADE_NO_USED", "never")),
        (400, "ORDERPAID", ("ORDERPAID", "never")),
        (400, "ORDER_PAID", ("ORDERPAID", "never")),
        (401, "SIGN_ERROR", ("SIGN_ERROR", "later")),
        (429, "FREQUENCY_LIMITED", ("FREQUENCY_LIMITED", "later")),
        (403, "NOT_ENOUGH", ("NOT_ENOUGH", "later")),
        (500, "SYSTEM_ERROR", ("SYSTEM_ERROR", "unknown")),
    ],
)
async def test_refusals_say_what_may_be_done(
    pay: WeChatPayClient, foreigner: Foreigner, status: int, code: str, expected: Any
) -> None:
    foreigner.answers[PREPAY] = lambda call: (status, {}, {"code": code, "message": "x"})
    assert await refusal(prepay(pay)) == expected


async def test_a_gateway_that_answers_for_wechat_pay_is_named(pay: WeChatPayClient, foreigner: Foreigner) -> None:
    foreigner.answers[PREPAY] = lambda call: (502, {}, b"<html>")
    foreigner.answers[QUERY] = lambda call: (302, {"Location": "https://elsewhere"}, b"")
    assert await refusal(prepay(pay)) == ("http_502", "unknown")
    assert await refusal(pay.query("T1")) == ("http_302", "never")


@pytest.mark.parametrize("code", ["ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"])
async def test_an_unknown_number_is_none(pay: WeChatPayClient, foreigner: Foreigner, code: str) -> None:
    missing = (404, {}, {"code": code, "message": "x"})
    foreigner.answers |= {QUERY: lambda call: missing, f"{REFUND}/R1": lambda call: missing}
    assert await pay.query("T1") is None
    assert await pay.query_refund("R1") is None
    foreigner.answers[QUERY] = lambda call: (404, {}, b"<html>")
    assert await refusal(pay.query("T1")) == ("http_404", "never")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("CLOSED", None),
        ("SUCCESS", ("ORDERPAID", "never")),
        ("REFUND", ("ORDERPAID", "never")),
        ("USERPAYING", ("USERPAYING", "later")),
        ("NOTPAY", ("INVALID_REQUEST", "never")),
    ],
)
async def test_a_refused_closing_says_what_the_order_is(
    pay: WeChatPayClient, foreigner: Foreigner, keys: Keys, state: str, expected: Any
) -> None:
    foreigner.answers[CLOSE] = lambda call: (400, {}, {"code": "INVALID_REQUEST", "message": "x"})
    foreigner.answers[QUERY] = said(keys, TRADE | {"trade_state": state})
    if expected:
        assert await refusal(pay.close("T1")) == expected
    else:
        await pay.close("T1")


async def test_closing_while_somebody_pays_or_what_is_unknown_is_refused(
    pay: WeChatPayClient, foreigner: Foreigner, keys: Keys
) -> None:
    foreigner.answers[CLOSE] = said(keys, {"code": "USERPAYING", "message": "x"}, 202)
    assert await refusal(pay.close("T1")) == ("USERPAYING", "later")
    foreigner.answers[CLOSE] = lambda call: (404, {}, {"code": "ORDER_NOT_EXIST", "message": "x"})
    assert await refusal(pay.close("T1")) == ("ORDER_NOT_EXIST", "never")


async def test_nothing_of_a_payment_is_logged(pay: WeChatPayClient, foreigner: Foreigner, keys: Keys) -> None:
    foreigner.answers[QUERY] = lambda call: (200, {}, TRADE)
    body = envelope(TRADE)
    with structlog.testing.capture_logs() as lines:
        await refusal(pay.query("T1"))
        pay.read_notification(signed(keys.public_mode, PUBLIC_KEY_ID, body), body)
        with pytest.raises(NotGenuine):
            pay.read_notification({}, body)
    text = str(lines)
    assert "answer_not_genuine" in text
    for secret in ("oUpF8uMuAJO", "1217752501201407033233368018", "Authorization", "T1"):
        assert secret not in text
