"""WeChat Pay's bill files: proved by their hash, opened within a limit, read to the cent.

Source: WECHAT.md 6.7. A file is UTF-8 (often with a BOM), CRLF, a header row, rows in which every
field is prefixed with a backtick, then a header and a row of totals; amounts are in yuan. A payment
stands on the day on which it succeeded; a refund on the day on which WeChat Pay accepted it, with the
state it had when the file was made, which is never brought up to date. All refusals are
Foreign("pay", "bill_…", "later"): what is wrong today may be right when it is fetched again.
"""

import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlsplit

from server.context import FundRow, TradeRow
from server.errors import Foreign
from server.values import SHANGHAI

LARGEST_BILL = 96 * 1024 * 1024  # uncompressed: some 300,000 rows
_MIRRORS = frozenset({"api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"})
_GZIP = b"\x1f\x8b"
_YUAN = re.compile(r"-?\d{1,12}(\.\d{1,5})?")
R = TypeVar("R")
Row = Mapping[str, str]

_TRADE_TOTALS = {
    "应结订单总金额": "应结订单金额",
    "退款总金额": "退款金额",
    "充值券退款总金额": "充值券退款金额",
    "手续费总金额": "手续费",
    "订单总金额": "订单金额",
    "申请退款总金额": "申请退款金额",
}


def refused(code: str) -> Foreign:
    """A bill that is not believed."""
    return Foreign("pay", f"bill_{code}", "later")


def check_address(url: str, ours: str) -> str:
    """The address of a file, when it is WeChat Pay's own download address; bill_host."""
    parts, own = urlsplit(url), urlsplit(ours)
    same = (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
    mirror = parts.scheme == "https" and {parts.netloc, own.netloc} <= _MIRRORS
    if not (same or mirror) or not parts.path.startswith("/v3/billdownload/"):
        raise refused("host")
    return url


def open_bill(content: bytes, sha1: str, largest: int = LARGEST_BILL) -> bytes:
    """The uncompressed file, proved by the hash of the signed answer; bill_truncated, bill_too_large, bill_hash."""
    plain = _unzipped(content, largest) if content.startswith(_GZIP) else content
    if len(plain) > largest:
        raise refused("too_large")
    if hashlib.sha1(plain, usedforsecurity=False).hexdigest() != sha1.lower():
        raise refused("hash")
    return plain


def _unzipped(content: bytes, largest: int) -> bytes:
    unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = unzip.decompress(content, largest + 1)
    except zlib.error:
        raise refused("truncated") from None
    if len(plain) > largest:
        raise refused("too_large")
    if not unzip.eof or unzip.unused_data:
        raise refused("truncated")
    return plain


def trade_rows(plain: bytes, mchid: str) -> list[TradeRow]:
    """The rows of a trade bill; bill_shape, bill_totals (rows and totals differ), bill_merchant (not ours)."""
    rows, totals = _table(plain, "总交易单数")
    found = _each(rows, _trade_row)
    if any(row["商户号"] != mchid for row in rows):
        raise refused("merchant")
    _check_totals(rows, totals, "总交易单数", _TRADE_TOTALS)
    return found


def fund_rows(plain: bytes) -> list[FundRow]:
    """The rows of a fund-flow bill; bill_shape, bill_totals."""
    rows, totals = _table(plain, "资金流水总笔数")
    found = _each(rows, _fund_row)
    sums = {side: [row.amount_fen for row in found if row.direction == side] for side in ("in", "out")}
    wanted = {"资金流水总笔数": len(rows), "收入笔数": len(sums["in"]), "支出笔数": len(sums["out"])}
    money = {"收入金额": sum(sums["in"]), "支出金额": sum(sums["out"])}
    said = {name: totals.get(name, "") for name in (*wanted, *money)}
    right = all(said[name] == str(count) for name, count in wanted.items())
    if not right or any(_fen(said[name]) != fen for name, fen in money.items()):
        raise refused("totals")
    return found


def _each(rows: list[Row], read: Callable[[Row], R]) -> list[R]:
    try:
        return [read(row) for row in rows]
    except (KeyError, ValueError):
        raise refused("shape") from None


def _table(plain: bytes, first_total: str) -> tuple[list[Row], Row]:
    """Rows by the names of their columns, and the totals by theirs."""
    try:
        lines = [line.removesuffix("\r") for line in plain.decode("utf-8-sig").split("\n")]
    except UnicodeDecodeError:
        raise refused("shape") from None
    lines = [line for line in lines if line]
    if len(lines) < 3 or not lines[-2].startswith(first_total) or lines[0].startswith("`"):
        raise refused("shape")
    header = lines[0].split(",")
    rows = [_row(header, line) for line in lines[1:-2]]
    return rows, _row(lines[-2].split(","), lines[-1])


def _row(names: list[str], line: str) -> Row:
    """One row; fields may contain commas, so they are told apart by the comma with its backtick."""
    fields = line[1:].split(",`")
    if not line.startswith("`") or len(fields) != len(names):
        raise refused("shape")
    return dict(zip(names, fields, strict=True))


def _check_totals(rows: list[Row], totals: Row, count: str, columns: Mapping[str, str]) -> None:
    if totals.get(count) != str(len(rows)):
        raise refused("totals")
    for name, column in columns.items():
        if name not in totals or _fen(totals[name]) != sum(_fen(row[column]) for row in rows):
            raise refused("totals")


def _trade_row(row: Row) -> TradeRow:
    state = row["交易状态"]
    if state not in ("SUCCESS", "REFUND", "REVOKED"):
        raise ValueError(state)
    paid = state == "SUCCESS"
    return TradeRow(
        kind="paid" if paid else "refunded",
        at=_at(row["交易时间"]),
        transaction_id=row["微信订单号"],
        out_trade_no=row["商户订单号"],
        amount_fen=_fen(row["订单金额" if paid else "申请退款金额"]),
        fee_fen=_fen(row["手续费"]),
        rate=row["费率"],
        out_refund_no="" if paid else row["商户退款单号"],
        refund_state="" if paid else row["退款状态"],
    )


def _fund_row(row: Row) -> FundRow:
    return FundRow(
        at=_at(row["记账时间"]),
        flow_id=row["资金流水单号"],
        business_id=row["微信支付业务单号"],
        type=row["业务类型"],
        direction={"收入": "in", "支出": "out"}[row["收支类型"]],  # type: ignore[arg-type]
        amount_fen=_fen(row["收支金额(元)"]),
        voucher=row["业务凭证号"],
    )


def _fen(yuan: str) -> int:
    """Yuan with up to five decimals as whole fen; ValueError never rounds a part of a fen away."""
    if not _YUAN.fullmatch(yuan):
        raise refused("shape")
    fen = Decimal(yuan) * 100
    if fen != fen.to_integral_value():
        raise refused("shape")
    return int(fen)


def _at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI).astimezone(UTC)
