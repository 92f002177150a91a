"""Photographs are kept without place, time and device; which way is up stays."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.questionnaires.rules import traces

SCAN = b"\xff\xda\x00\x04\x00\x00picture\xff\xd9"
TABLES = b"\xff\xdb\x00\x06\x01\x02\x03\x04"


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def exif(order: str, up: int) -> bytes:
    begin = {"<": b"II*\0", ">": b"MM\0*"}[order]
    entries = struct.pack(f"{order}HHIHH", 0x010F, 2, 5, 0, 0) + struct.pack(f"{order}HHIHH", 0x0112, 3, 1, up, 0)
    return segment(0xE1, b"Exif\0\0" + begin + struct.pack(f"{order}IH", 8, 2) + entries + b"\0\0\0\0GPS 31.23N")


@pytest.mark.covers("A14")
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("up", [1, 6])
def test_a_jpeg_loses_its_place_and_keeps_which_way_is_up(order: str, up: int) -> None:
    notes = segment(0xED, b"IPTC name") + segment(0xFE, b"comment") + segment(0xE1, b"http://ns.adobe.com/xap/ place")
    photo = b"\xff\xd8" + segment(0xE0, b"JFIF\0") + exif(order, up) + notes + TABLES + SCAN
    kept = traces.without("image/jpeg", photo)
    for trace in (b"GPS", b"IPTC", b"comment", b"adobe"):
        assert trace not in kept
    assert kept.startswith(b"\xff\xd8")
    assert kept.endswith(TABLES + SCAN)
    assert (b"Exif" in kept) == (up != 1)
    if up != 1:
        assert traces.without("image/jpeg", kept) == kept


@pytest.mark.covers("A14")
def test_a_png_loses_its_notes() -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head, data, end = chunk(b"IHDR", b"0123456789abc"), chunk(b"IDAT", b"picture"), chunk(b"IEND", b"")
    notes = chunk(b"tEXt", b"Author\0somebody") + chunk(b"eXIf", b"GPS") + chunk(b"tIME", b"1234567")
    begin = b"\x89PNG\r\n\x1a\n"
    assert traces.without("image/png", begin + head + notes + data + end) == begin + head + data + end


@given(st.binary(max_size=200), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_junk_is_left_as_it_is_or_shortened_and_never_an_error(junk: bytes, begin: bytes) -> None:
    kind = "image/png" if begin.startswith(b"\x89") else "image/jpeg"
    assert len(traces.without(kind, begin + junk)) <= len(begin + junk) + 40
