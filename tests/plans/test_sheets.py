"""CSV of patients: what is read, what is wrong with which line."""

import pytest

from server.plans.models.refusals import BadSheet, SheetTooLong
from server.plans.rules import sheets

GOOD = "卡号,起始日期\r\n8000000005,2026-11-20\r\n8000000001,2026/1/5\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_both_encodings_are_read(encoding: str) -> None:
    lines, errors = sheets.read(GOOD.encode(encoding))
    assert [(each.line, each.number, each.on) for each in lines] == [
        (2, "8000000005", "2026-11-20"),
        (3, "8000000001", "2026-01-05"),
    ]
    assert errors == []


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (",2026-11-20", "没有卡号或证件号"),
        ("8000000005,昨天", "起始日期不对，请写成 2026-11-25"),
        ("8000000005,2026-02-30", "起始日期不对，请写成 2026-11-25"),
        ("8000000005", "起始日期不对，请写成 2026-11-25"),
        ("8000000001,2026-11-20", "与第 2 行重复"),
    ],
)
def test_each_wrong_line_is_named(row: str, text: str) -> None:
    lines, errors = sheets.read(f"证件号,出院日期\n8000000001,2026-11-20\n\n{row}\n".encode())
    assert [(e.line, e.text) for e in errors] == [(4, text)]
    assert len(lines) == 1


def test_two_columns_of_numbers_and_dates_as_people_write_them() -> None:
    lines, _ = sheets.read("就诊卡号,身份证号,日期\n,44019919500217173x,2026年11月2日\n".encode())
    assert [(each.number, each.on) for each in lines] == [("44019919500217173x", "2026-11-02")]


@pytest.mark.parametrize(
    "content",
    [b"", b"name,date\n1,2", b"\xff\xfe\x00\x00", "卡号,备注\n1,2".encode(), f"卡号,日期\n{'1' * 200_000},".encode()],
)
def test_what_is_no_such_table_is_refused(content: bytes) -> None:
    with pytest.raises(BadSheet):
        sheets.read(content)


def test_two_thousand_lines_and_no_more() -> None:
    rows = "\n".join(f"{number},2026-11-20" for number in range(2001))
    with pytest.raises(SheetTooLong):
        sheets.read(f"卡号,日期\n{rows}".encode())
