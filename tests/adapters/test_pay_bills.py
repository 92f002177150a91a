"""Bill files: read to the cent, and each way of being wrong refused for its own reason; fetched from the simulator."""

import gzip
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.adapters import wechat_pay_bills as bills
from server.errors import Foreign
from tests.adapters.around import Around, refusal
from tests.adapters.pay_side import MCHID, Keys, client_of, said
from tests.adapters.test_pay_against_sandbox import order

HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
# The shape of a real row, as the authors of an SDK published it; its numbers are shortened there.
SAMPLE = (
    "`2021-01-28 17:07:11,`wx81be0000,`1601959334,`0,`,`4200000925202101284997714292,`S20210128170702357723,`ofyak0000,"
    "`NATIVE,`SUCCESS,`OTHERS,`CNY,`0.01,`0.00,`0,`0,`0.00,`0.00,`,`,`for testing,`cipher code,`0.00000,`1.00%,"
    "`0.01,`0.00,`"
)
PAID = (
    f"`2026-11-24 23:59:59,`wx1,`{MCHID},`0,`,`4200002801,`order0001,`o1,`JSAPI,`SUCCESS,`OTHERS,`CNY,`25.10,`0.00,`0,"
    "`0,`0.00,`0.00,`,`,`挂号费,普通,`a,b,`0.15000,`0.60%,`25.10,`0.00,`"
)
REFUNDED = (
    f"`2026-11-24 10:00:00,`wx1,`{MCHID},`0,`,`4200002801,`order0001,`o1,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030,"
    "`order0001-full,`25.10,`0.00,`ORIGINAL,`PROCESSING,`挂号费,`,`-0.15000,`0.60%,`0.00,`25.10,`"
)
SUMS = "`2,`25.10,`25.10,`0.00,`0.00000,`25.10,`25.10"


def bill(*rows: str, sums: str, header: str = HEADER) -> bytes:
    return "".join(f"{line}\r\n" for line in ("\ufeff" + header, *rows, TOTALS, sums)).encode()


GOOD = bill(PAID, REFUNDED, sums=SUMS)


def code_of(call: Any) -> str:
    with pytest.raises(Foreign) as caught:
        call()
    assert caught.value.again == "later"
    return caught.value.foreign_code


@pytest.mark.covers("N15.2")
def test_a_published_row_is_read() -> None:
    (row,) = bills.trade_rows(bill(SAMPLE, sums="`1,`0.01,`0.00,`0.00,`0.00000,`0.01,`0.00"), "1601959334")
    assert (row.kind, row.amount_fen, row.fee_fen, row.rate) == ("paid", 1, 0, "1.00%")
    assert row.at == datetime(2021, 1, 28, 9, 7, 11, tzinfo=UTC)
    assert (row.transaction_id, row.out_trade_no) == ("4200000925202101284997714292", "S20210128170702357723")


def test_commas_in_names_a_missing_bom_and_bare_newlines_do_no_harm() -> None:
    paid, refunded = bills.trade_rows(GOOD.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n"), MCHID)
    assert (paid.amount_fen, paid.fee_fen, paid.out_refund_no) == (2510, 15, "")
    assert (refunded.kind, refunded.amount_fen, refunded.fee_fen) == ("refunded", 2510, -15)
    assert (refunded.out_refund_no, refunded.refund_state) == ("order0001-full", "PROCESSING")


@pytest.mark.parametrize(
    "wrong,code",
    [
        (bill(PAID, sums=SUMS), "bill_totals"),  # a row is missing
        (bill(PAID.replace("`25.10,`0.00,`0,", "`25.11,`0.00,`0,"), REFUNDED, sums=SUMS), "bill_totals"),
        (bill(PAID.replace("0.15000", "0.16000"), REFUNDED, sums=SUMS), "bill_totals"),
        (bill(PAID.replace("0.15000", "0.15500"), REFUNDED, sums=SUMS), "bill_shape"),  # half a fen
        (bill(PAID.replace("25.10", "NaN"), REFUNDED, sums=SUMS), "bill_shape"),
        (bill(PAID.replace("25.10", "1E9"), REFUNDED, sums=SUMS), "bill_shape"),
        (bill(PAID.replace(",`a,b", ""), REFUNDED, sums=SUMS), "bill_shape"),  # a field is missing
        (bill(PAID.replace("`SUCCESS", "`LOST"), REFUNDED, sums=SUMS), "bill_shape"),
        (bill(PAID.replace("2026-11-24 23", "2026-11-24 25"), REFUNDED, sums=SUMS), "bill_shape"),
        (bill(PAID.replace(MCHID, "1900000110"), REFUNDED, sums=SUMS), "bill_merchant"),
        (bill(PAID, REFUNDED, sums=SUMS, header=HEADER.replace("手续费", "别的")), "bill_shape"),
        (GOOD[: len(GOOD) // 2], "bill_shape"),
        (b"", "bill_shape"),
        (b"<html>\xff</html>", "bill_shape"),
    ],
)
def test_a_bill_that_is_not_right_to_the_cent_is_refused(wrong: bytes, code: str) -> None:
    assert code_of(lambda: bills.trade_rows(wrong, MCHID)) == code


def test_a_fund_bill_is_read_and_its_totals_are_checked() -> None:
    header = (
        "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,"
        "备注,业务凭证号"
    )
    rows = [
        "`2026-11-24 09:00:00,`4200,`1,`交易,`交易,`收入,`25.00,`25.00,`system,`,`order0001",
        "`2026-11-24 09:00:00,`4200,`2,`交易,`扣除交易手续费,`支出,`0.15,`24.85,`system,`结算, 余额,`order0001",
    ]
    totals = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
    plain = "\r\n".join([header, *rows, totals, "`2,`1,`25.00,`1,`0.15"]).encode()
    came, went = bills.fund_rows(plain)
    assert (came.direction, came.amount_fen, came.voucher) == ("in", 2500, "order0001")
    assert (went.direction, went.amount_fen, went.type) == ("out", 15, "扣除交易手续费")
    assert code_of(lambda: bills.fund_rows(plain.replace(b"`1,`0.15", b"`1,`0.16"))) == "bill_totals"
    assert code_of(lambda: bills.fund_rows(plain.replace("收入,".encode(), "何入,".encode(), 1))) == "bill_shape"


def test_a_file_is_proved_by_the_hash_of_what_it_holds() -> None:
    sha1 = hashlib.sha1(GOOD).hexdigest()
    packed = gzip.compress(GOOD)
    assert bills.open_bill(packed, sha1) == bills.open_bill(GOOD, sha1.upper()) == GOOD
    assert code_of(lambda: bills.open_bill(GOOD.replace(b"25.10", b"25.11"), sha1)) == "bill_hash"
    assert code_of(lambda: bills.open_bill(GOOD[:-2], sha1)) == "bill_hash"
    assert code_of(lambda: bills.open_bill(packed[:-9], sha1)) == "bill_truncated"
    assert code_of(lambda: bills.open_bill(packed + b"more", sha1)) == "bill_truncated"
    assert code_of(lambda: bills.open_bill(b"\x1f\x8bno gzip", sha1)) == "bill_truncated"


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(5_000_000))
    assert len(bomb) < 6000
    assert code_of(lambda: bills.open_bill(bomb, "", largest=1_000_000)) == "bill_too_large"
    assert code_of(lambda: bills.open_bill(bytes(11), "", largest=10)) == "bill_too_large"


@pytest.mark.parametrize(
    "url,right",
    [
        ("https://api.mch.weixin.qq.com/v3/billdownload/file?token=x", True),
        ("https://api2.mch.weixin.qq.com/v3/billdownload/file?token=x", True),
        ("http://api.mch.weixin.qq.com/v3/billdownload/file?token=x", False),
        ("https://api.mch.weixin.qq.com.example/v3/billdownload/file", False),
        ("https://api.mch.weixin.qq.com@example/v3/billdownload/file", False),
        ("https://api.mch.weixin.qq.com/v3/refund/domestic/refunds", False),
        ("file:///v3/billdownload/file", False),
    ],
)
def test_our_authorization_goes_to_wechat_pay_only(url: str, right: bool) -> None:
    ours = "https://api.mch.weixin.qq.com"
    if right:
        assert bills.check_address(url, ours) == url
    else:
        assert code_of(lambda: bills.check_address(url, ours)) == "bill_host"


@pytest.mark.parametrize(
    "answer,code",
    [
        ({"hash_type": "SHA1", "hash_value": "x", "download_url": "https://example/v3/billdownload/file"}, "bill_host"),
        ({"hash_type": "MD5", "hash_value": "x", "download_url": "https://example"}, "bill_shape"),
        ({"hash_type": "SHA1"}, "bad_answer"),
    ],
)
async def test_a_signed_answer_that_leads_elsewhere_is_not_followed(
    keys: Keys, foreigner: Any, http: Any, answer: dict[str, str], code: str
) -> None:
    foreigner.answers["/v3/bill/tradebill"] = said(keys, answer)
    assert (await refusal(client_of(keys, http, foreigner.url).trade_bill("2026-11-24")))[0] == code
    assert len(foreigner.calls) == 1


async def test_the_bill_of_a_day_is_made_the_next_morning(around: Around, clock: Any) -> None:
    params = await order(around, clock, "SAMPLE0001", 2510)
    await around.platform.pay("zhang", params)
    await around.pay.refund(
        out_trade_no="SAMPLE0001",
        out_refund_no="SAMPLER001",
        refund_fen=1000,
        total_fen=2510,
        reason="样例",
        notify_url=f"{around.platform.public_url}/wechat/pay/refund-notify",
    )
    await around.platform.world.idle()
    assert await around.pay.trade_bill("2026-11-25") is None
    clock.set(datetime(2026, 11, 26, 1, 59, tzinfo=UTC))
    assert await around.pay.trade_bill("2026-11-25") is None
    clock.advance(minutes=1)
    paid, refunded = await around.pay.trade_bill("2026-11-25") or []
    assert (paid.out_trade_no, paid.amount_fen, paid.fee_fen, paid.rate) == ("SAMPLE0001", 2510, 15, "0.60%")
    assert (refunded.out_refund_no, refunded.amount_fen, refunded.fee_fen) == ("SAMPLER001", 1000, -6)
    funds = await around.pay.fund_bill("2026-11-25") or []
    assert sum(row.amount_fen for row in funds if row.type == "扣除交易手续费") == 15
    assert await around.pay.trade_bill("2026-11-24") == [] == await around.pay.fund_bill("2026-11-24")
    assert await refusal(around.pay.trade_bill("2026-08-01")) == ("INVALID_REQUEST", "never")
    for what, code in (("content", "bill_hash"), ("truncated", "bill_hash")):
        await around.platform.fault(part="pay", effect="tamper", path="/v3/billdownload/*", what=what, times=1)
        assert (await refusal(around.pay.trade_bill("2026-11-25")))[0] == code
    assert len(await around.pay.trade_bill("2026-11-25") or []) == 2


async def test_a_download_link_lives_five_minutes_and_wants_a_signature(around: Around, clock: Any) -> None:
    await around.platform.pay("zhang", await order(around, clock, "SAMPLE0001"))
    clock.advance(days=1, hours=2)
    assert len(await around.pay.trade_bill("2026-11-25") or []) == 1
    (token,) = [key for key, _ in around.platform.world.state.items("bill_links")]
    url = f"{around.platform.url}/v3/billdownload/file?token={token}"
    assert (await around.platform.http.get(url)).json()["code"] == "SIGN_ERROR"
    answer = await around.pay._send("bill_file", "GET", url)
    assert answer.status == 200
    assert not {name for name in answer.headers if name.lower().startswith("wechatpay-")}
    clock.shift += timedelta(seconds=301)
    assert (await around.pay._send("bill_file", "GET", url)).status == 400
