"""Every call to WeChat Pay over real HTTP with real signatures against the simulated one, and its notifications."""

from datetime import timedelta
from typing import Any

import pytest

from tests.adapters.around import Around, refusal, until


async def order(around: Around, clock: Any, number: str, total_fen: int = 2500) -> dict[str, str]:
    appid = around.keys["WECHAT_APPID"]
    prepay_id = await around.pay.prepay(
        appid=appid,
        openid=around.openid("zhang"),
        out_trade_no=number,
        description="样例挂号费",
        total_fen=total_fen,
        expires_at=clock.now() + timedelta(minutes=10),
        notify_url=f"{around.platform.public_url}/wechat/pay/notify",
    )
    return around.pay.payment_params(appid, prepay_id)


@pytest.mark.covers("A12")
async def test_an_order_is_paid_reported_and_refunded(around: Around, clock: Any) -> None:
    params = await order(around, clock, "SAMPLE0001")
    unpaid = await around.pay.query("SAMPLE0001")
    assert unpaid
    assert (unpaid.state, unpaid.paid_at) == ("NOTPAY", None)
    assert (await around.platform.pay("zhang", params)).endswith(":ok")
    await until(lambda: around.notified)
    paid = await around.pay.query("SAMPLE0001")
    assert paid
    assert around.notified[0].trade == paid
    assert (paid.state, paid.total_fen, paid.payer_openid) == ("SUCCESS", 2500, around.openid("zhang"))
    assert await refusal(around.pay.close("SAMPLE0001")) == ("ORDERPAID", "never")

    wish = {
        "out_trade_no": "SAMPLE0001",
        "out_refund_no": "SAMPLER001",
        "refund_fen": 2500,
        "total_fen": 2500,
        "reason": "样例",
        "notify_url": f"{around.platform.public_url}/wechat/pay/refund-notify",
    }
    asked = await around.pay.refund(**wish)
    assert asked.refund_fen == 2500
    assert (await around.pay.refund(**wish)).out_refund_no == asked.out_refund_no
    await until(lambda: any(one.refund for one in around.notified))
    done = await around.pay.query_refund("SAMPLER001")
    assert done
    assert (done.state, done) == ("SUCCESS", around.notified[-1].refund)


@pytest.mark.covers("A12")
async def test_an_unpaid_order_is_closed_for_good(around: Around, clock: Any) -> None:
    await order(around, clock, "SAMPLE0002")
    await around.pay.close("SAMPLE0002")
    await around.pay.close("SAMPLE0002")
    closed = await around.pay.query("SAMPLE0002")
    assert closed
    assert closed.state == "CLOSED"
    assert await refusal(order(around, clock, "SAMPLE0002")) == ("ORDER_CLOSED", "never")
    assert await around.pay.query("SAMPLE9999") is None
    assert await around.pay.query_refund("SAMPLE9999") is None


@pytest.mark.covers("A12")
@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("signature", "signature"),
        ("signtest", "signtest"),
        ("serial", "serial"),
        ("timestamp", "stale"),
        ("ciphertext", "ciphertext"),
    ],
)
async def test_spoiled_notifications_are_refused(around: Around, clock: Any, what: str, reason: str) -> None:
    await around.platform.fault(part="notify", effect="tamper", what=what)
    await around.platform.pay("zhang", await order(around, clock, "SAMPLE0003"))
    await until(lambda: around.refused)
    assert (around.refused[0], around.notified) == (reason, [])


@pytest.mark.covers("A12")
@pytest.mark.parametrize("what", ["signature", "signtest", "serial", "timestamp"])
async def test_spoiled_answers_are_not_believed(around: Around, clock: Any, what: str) -> None:
    await order(around, clock, "SAMPLE0004")
    await around.platform.fault(part="pay", effect="tamper", what=what)
    assert await refusal(around.pay.query("SAMPLE0004")) == ("bad_signature", "later")


@pytest.mark.covers("A12")
async def test_both_clocks_must_agree(around: Around, clock: Any) -> None:
    params = await order(around, clock, "SAMPLE0005")
    skewed = clock.now() + timedelta(minutes=6)
    around.pay._now = lambda: skewed  # type: ignore[attr-defined]
    assert await refusal(around.pay.query("SAMPLE0005")) == ("SIGN_ERROR", "later")
    assert params["signType"] == "RSA"
