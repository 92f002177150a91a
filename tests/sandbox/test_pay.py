"""WeChat Pay v3: our signature checked, answers signed, every parameter rule, payment, closing, refunds, notices."""

import base64
import json
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import load_pem_x509_certificate

from server.sandbox import pay_orders
from server.sandbox.keys import PUBLIC_KEY_ID

JSAPI = "/v3/pay/transactions/jsapi"
REFUNDS = "/v3/refund/domestic/refunds"


@pytest.fixture
async def order(hand, hospital):
    return {
        "appid": hand.values["WECHAT_APPID"],
        "mchid": hand.values["PAY_MCHID"],
        "description": "预约挂号",
        "out_trade_no": "A20261125000001",
        "notify_url": f"{hospital.url}/wechat/pay/notify",
        "amount": {"total": 2500, "currency": "CNY"},
        "payer": {"openid": await hand.openid("zhang")},
    }


async def prepaid(hand, order):
    answer = await hand.pay_call("POST", JSAPI, order)
    assert answer.status_code == 200, answer.text
    return answer.json()["prepay_id"]


async def state(hand, order):
    number, mchid = order["out_trade_no"], hand.values["PAY_MCHID"]
    return (await hand.pay_call("GET", f"/v3/pay/transactions/out-trade-no/{number}?mchid={mchid}")).json()


def opened(hand, notice):
    sealed = notice["resource"]
    key, nonce, associated = hand.values["PAY_APIV3_KEY"], sealed["nonce"], sealed["associated_data"]
    raw = base64.b64decode(sealed["ciphertext"])
    return json.loads(AESGCM(key.encode()).decrypt(nonce.encode(), raw, associated.encode()))


@pytest.mark.covers("N2.3")
async def test_an_order_is_paid_and_the_merchant_is_notified_signed_and_sealed(hand, hospital, order):
    prepay_id = await prepaid(hand, order)
    assert (await state(hand, order))["trade_state"] == "NOTPAY"
    sheet = await hand.do("zhang", "sheet", params=hand.pay_params(prepay_id))
    assert sheet["amount_fen"] == 2500
    paid = await hand.do("zhang", "pay", params=hand.pay_params(prepay_id))
    assert paid == {"err_msg": "get_brand_wcpay_request:ok"}
    notice = (await hospital.wait_for("notices"))[0]
    assert hand.is_genuine(notice["headers"], notice["body"])
    assert notice["event_type"] == "TRANSACTION.SUCCESS"
    found = opened(hand, notice)
    assert found == await state(hand, order)
    assert found["trade_state"] == "SUCCESS"
    assert found["amount"] == {"total": 2500, "payer_total": 2500, "currency": "CNY", "payer_currency": "CNY"}
    assert len(found["transaction_id"]) == 28
    by_id = f"/v3/pay/transactions/id/{found['transaction_id']}?mchid={hand.values['PAY_MCHID']}"
    assert (await hand.pay_call("GET", by_id)).json() == found
    assert (await hand.see("zhang"))["items"][-1]["thread"] == "pay"
    assert (await hand.see("zhang", "windows"))["payment"]["left"] is None


@pytest.mark.parametrize(
    "wrong",
    [{"signature": "AAAA"}, {"mchid": "1"}, {"serial_no": "0" * 40}, {"timestamp": "1794999000"}, {"timestamp": "x"}],
    ids=lambda w: next(iter(w)),
)
async def test_a_request_that_is_not_signed_right_is_refused(hand, order, wrong):
    answer = await hand.pay_call("POST", JSAPI, order, **wrong)
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")
    assert (await hand.http.get("/sandbox/api/orders")).json() == {"items": []}


async def test_answers_are_signed_by_public_key_or_certificate(hand, order):
    answer = await hand.pay_call("POST", JSAPI, order)
    assert answer.headers["Wechatpay-Serial"] == PUBLIC_KEY_ID
    assert hand.is_genuine(answer.headers, answer.content)
    await hand.set("settings", pay_mode="certificate")
    answer = await hand.pay_call("GET", "/v3/certificates")
    assert hand.is_genuine(answer.headers, answer.content)
    serial = answer.headers["Wechatpay-Serial"]
    listed = answer.json()["data"][0]
    certificate = load_pem_x509_certificate(json_free(hand, listed["encrypt_certificate"]))
    assert listed["serial_no"] == serial == f"{certificate.serial_number:040X}"
    headers = {"Wechatpay-Serial": PUBLIC_KEY_ID}
    answer = await hand.pay_call("POST", JSAPI, order, headers=headers)
    assert answer.headers["Wechatpay-Serial"] == PUBLIC_KEY_ID
    refused = await hand.pay_call("POST", JSAPI, {**order, "mchid": "1"})
    assert hand.is_genuine(refused.headers, refused.content)


def json_free(hand, sealed):
    raw = base64.b64decode(sealed["ciphertext"])
    key = AESGCM(hand.values["PAY_APIV3_KEY"].encode())
    return key.decrypt(sealed["nonce"].encode(), raw, sealed["associated_data"].encode())


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("appid", "wx1", "APPID_MCHID_NOT_MATCH"),
        ("mchid", "1", "MCH_NOT_EXISTS"),
        ("description", "", "PARAM_ERROR"),
        ("description", "长" * 128, "PARAM_ERROR"),
        ("out_trade_no", "A1", "PARAM_ERROR"),
        ("out_trade_no", "A" * 33, "PARAM_ERROR"),
        ("out_trade_no", "含中文的订单号", "PARAM_ERROR"),
        ("attach", "x" * 129, "PARAM_ERROR"),
        ("notify_url", "http://hospital.example/notify", "PARAM_ERROR"),
        ("notify_url", "https://hospital.example/notify?a=1", "PARAM_ERROR"),
        ("amount", {"total": 0}, "PARAM_ERROR"),
        ("amount", {"total": 1.5}, "PARAM_ERROR"),
        ("amount", {"total": 1, "currency": "USD"}, "PARAM_ERROR"),
        ("time_expire", "tomorrow", "PARAM_ERROR"),
        ("time_expire", "2026-11-25T10:00:00", "PARAM_ERROR"),
        ("payer", {"openid": "o" * 28}, "PARAM_ERROR"),
    ],
)
async def test_each_parameter_has_its_rule(hand, order, field, value, code):
    answer = await hand.pay_call("POST", JSAPI, {**order, field: value})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_the_payer_must_be_an_openid_of_the_appid(hand, order):
    mini = {"appid": hand.values["MINI_APPID"]}
    assert (await hand.pay_call("POST", JSAPI, {**order, **mini})).status_code == 400
    openid = await hand.openid("zhang", "mini_openid")
    assert (await hand.pay_call("POST", JSAPI, {**order, **mini, "payer": {"openid": openid}})).status_code == 200


async def test_the_same_order_again_gives_a_fresh_prepay_id_and_another_amount_is_refused(hand, order):
    assert await prepaid(hand, order) != await prepaid(hand, order)
    other = await hand.pay_call("POST", JSAPI, {**order, "amount": {"total": 1, "currency": "CNY"}})
    assert (other.status_code, other.json()["code"]) == (400, "INVALID_REQUEST")


async def test_a_paid_order_number_is_used_and_cannot_be_paid_or_closed(hand, order):
    prepay_id = await prepaid(hand, order)
    await hand.do("zhang", "pay", prepay_id=prepay_id)
    again = await hand.pay_call("POST", JSAPI, order)
    assert (again.status_code, again.json()["code"]) == (403, "OUT_TRADE_NO_USED")
    assert (await hand.do("zhang", "pay", prepay_id=prepay_id))["code"] == "ORDER_PAID"
    close = f"/v3/pay/transactions/out-trade-no/{order['out_trade_no']}/close"
    assert (await hand.pay_call("POST", close, {"mchid": order["mchid"]})).status_code == 400


async def test_a_closed_order_cannot_be_paid(hand, order):
    prepay_id = await prepaid(hand, order)
    close = f"/v3/pay/transactions/out-trade-no/{order['out_trade_no']}/close"
    answer = await hand.pay_call("POST", close, {"mchid": order["mchid"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert hand.is_genuine(answer.headers, b"")
    assert (await hand.do("zhang", "pay", prepay_id=prepay_id))["code"] == "ORDER_CLOSED"
    assert (await state(hand, order))["trade_state"] == "CLOSED"
    assert (await hand.pay_call("POST", close.replace("000001", "9"), {"mchid": order["mchid"]})).status_code == 404


async def test_an_order_can_be_paid_until_its_time_is_over(hand, order, seconds):
    until = (hand.world.clock.local() + timedelta(minutes=5)).isoformat(timespec="seconds")
    prepay_id = await prepaid(hand, {**order, "time_expire": until})
    seconds[0] += 301
    assert (await hand.do("zhang", "pay", prepay_id=prepay_id))["code"] == "ORDER_CLOSED"


async def test_another_person_or_a_forged_sheet_cannot_pay(hand, order):
    prepay_id = await prepaid(hand, order)
    assert (await hand.do("li", "pay", prepay_id=prepay_id))["code"] == "INVALID_REQUEST"
    forged = {**hand.pay_params(prepay_id), "nonceStr": "other"}
    assert (await hand.do("zhang", "pay", params=forged))["code"] == "SIGN_ERROR"
    number = {**hand.pay_params(prepay_id), "timeStamp": 1}
    assert (await hand.do("zhang", "sheet", params=number))["code"] == "SIGN_ERROR"


async def test_a_slow_bank_pays_later_and_failing_or_cancelling_leaves_the_order_open(hand, hospital, order, seconds):
    prepay_id = await prepaid(hand, order)
    for how in ("fail", "cancel"):
        answer = await hand.do("zhang", "pay", prepay_id=prepay_id, how=how)
        assert answer == {"err_msg": f"get_brand_wcpay_request:{how}"}
    await hand.do("zhang", "pay", prepay_id=prepay_id, how="slow")
    assert (await state(hand, order))["trade_state"] == "USERPAYING"
    assert hospital.notices == []
    seconds[0] += 9
    await hospital.wait_for("notices")
    assert (await state(hand, order))["trade_state"] == "SUCCESS"


async def test_a_notice_is_repeated_by_the_table_until_it_is_received(hand, hospital, order, seconds):
    hospital.notice_statuses = [500, 404, 200]
    await hand.do("zhang", "pay", prepay_id=await prepaid(hand, order))
    await hospital.wait_for("notices")
    for wait, count in ((15, 2), (15, 3)):
        await hand.world.idle()
        seconds[0] += wait + 1
        await hospital.wait_for("notices", count)
    await hand.world.idle()
    assert len({n["id"] for n in hospital.notices}) == 1
    shown = (await hand.http.get("/sandbox/api/platform")).json()["notifications"][0]
    assert (shown["outcome"], shown["tries"]) == ("received", [500, 404, 200])


@pytest.mark.parametrize("what", ["signature", "signtest", "serial", "timestamp", "ciphertext"])
async def test_spoiled_notices_can_be_ordered(hand, hospital, order, what):
    await hand.set("faults", part="notify", effect="tamper", what=what, times=1)
    await hand.do("zhang", "pay", prepay_id=await prepaid(hand, order))
    notice = (await hospital.wait_for("notices"))[0]
    headers = {k.lower(): v for k, v in notice["headers"].items()}
    if what == "serial":
        assert headers["wechatpay-serial"] not in hand.world.platform
    elif what == "timestamp":
        assert hand.world.clock.timestamp() - int(headers["wechatpay-timestamp"]) == 3600
    elif what == "ciphertext":
        with pytest.raises(InvalidTag):
            opened(hand, notice)
    else:
        assert not hand.is_genuine(notice["headers"], notice["body"])
        assert headers["wechatpay-signature"].startswith("WECHATPAY/SIGNTEST/") == (what == "signtest")


async def test_notices_can_be_lost_doubled_and_repeated_later(hand, hospital, order):
    await hand.set("faults", part="notify", effect="lose", times=1)
    await hand.do("zhang", "pay", prepay_id=await prepaid(hand, order))
    await hand.set("faults", part="notify", effect="duplicate", times=1)
    await hand.set("repeat-notification", out_trade_no=order["out_trade_no"])
    notices = await hospital.wait_for("notices", 2)
    assert notices[0]["id"] == notices[1]["id"]


@pytest.fixture
async def paid(hand, hospital, order):
    await hand.do("zhang", "pay", prepay_id=await prepaid(hand, order))
    await hospital.wait_for("notices")
    return order


def refund_of(order, refund, number="R1", **more):
    amount = {"refund": refund, "total": 2500, "currency": "CNY"}
    return {"out_trade_no": order["out_trade_no"], "out_refund_no": number, "amount": amount, **more}


@pytest.mark.covers("N2.3")
async def test_a_refund_is_accepted_then_settled_and_notified(hand, hospital, paid):
    url = f"{hospital.url}/wechat/pay/refund-notify"
    answer = await hand.pay_call("POST", REFUNDS, refund_of(paid, 1000, notify_url=url, reason="退号"))
    assert answer.json()["status"] == "PROCESSING"
    notice = (await hospital.wait_for("notices", 2))[1]
    assert notice["event_type"] == "REFUND.SUCCESS"
    found = opened(hand, notice)
    assert found["refund_status"] == "SUCCESS"
    assert found["amount"] == {"total": 2500, "refund": 1000, "payer_total": 2500, "payer_refund": 1000}
    assert (await hand.pay_call("GET", f"{REFUNDS}/R1")).json()["status"] == "SUCCESS"
    assert (await state(hand, paid))["trade_state"] == "REFUND"
    assert (await hand.see("zhang"))["items"][-1]["title"] == "退款到账"


async def test_the_same_refund_number_is_one_refund(hand, paid):
    first = (await hand.pay_call("POST", REFUNDS, refund_of(paid, 1000))).json()
    second = (await hand.pay_call("POST", REFUNDS, refund_of(paid, 1000))).json()
    assert first["refund_id"] == second["refund_id"]
    other = await hand.pay_call("POST", REFUNDS, refund_of(paid, 900))
    assert (other.status_code, other.json()["code"]) == (400, "INVALID_REQUEST")


async def test_refunds_have_limits(hand, order, paid, seconds, monkeypatch):
    monkeypatch.setattr(pay_orders, "MOST_REFUNDS", 3)
    too_much = await hand.pay_call("POST", REFUNDS, refund_of(paid, 2501))
    assert too_much.json()["code"] == "INVALID_REQUEST"
    assert (await hand.pay_call("POST", REFUNDS, refund_of(paid, 0))).json()["code"] == "PARAM_ERROR"
    unknown = await hand.pay_call("POST", REFUNDS, refund_of({"out_trade_no": "NONE00"}, 1))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")
    await hand.pay_call("POST", REFUNDS, refund_of(paid, 10))
    soon = await hand.pay_call("POST", REFUNDS, refund_of(paid, 10, "R2"))
    assert (soon.status_code, soon.json()["code"]) == (429, "FREQUENCY_LIMITED")
    for number in range(3, 5):
        seconds[0] += 61
        assert (await hand.pay_call("POST", REFUNDS, refund_of(paid, 10, f"R{number}"))).status_code == 200
    seconds[0] += 61
    too_many = await hand.pay_call("POST", REFUNDS, refund_of(paid, 10, "R99"))
    assert "退款次数" in too_many.json()["message"]


async def test_an_old_or_unpaid_order_is_not_refunded(hand, order, paid):
    await prepaid(hand, {**order, "out_trade_no": "UNPAID1"})
    unpaid = await hand.pay_call("POST", REFUNDS, refund_of({"out_trade_no": "UNPAID1"}, 10))
    assert unpaid.json()["code"] == "INVALID_REQUEST"
    await hand.set("clock", jump="+366 days")
    old = await hand.pay_call("POST", REFUNDS, refund_of(paid, 10))
    assert "一年" in old.json()["message"]


@pytest.mark.parametrize("status", ["ABNORMAL", "CLOSED"])
async def test_a_refund_may_turn_out_abnormal_or_closed(hand, hospital, paid, status):
    await hand.set("faults", part="pay", effect="error", path="/settle/refund", status=status, times=1)
    url = f"{hospital.url}/wechat/pay/refund-notify"
    await hand.pay_call("POST", REFUNDS, refund_of(paid, 1000, notify_url=url))
    assert (await hospital.wait_for("notices", 2))[1]["event_type"] == f"REFUND.{status}"
