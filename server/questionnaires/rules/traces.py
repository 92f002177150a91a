"""What a camera writes into a photograph beside the picture (place, time, device) is not ours to keep.

Source: JPEG (ITU T.81 B.1, Exif 2.32), PNG 1.2. Which way is up stays: without it, pictures of phones lie on
their side. A file that is not built as it should be is left as it is: it is a picture to nobody.
"""

import struct

_WRITTEN = {0xE1, 0xED, 0xFE}  # APP1 (Exif, XMP), APP13 (IPTC), comment
_START_OF_SCAN = 0xDA
_NOTES = {b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"tIME"}
_PNG = 8
_ORIENTATION = 0x0112


def without(kind: str, content: bytes) -> bytes:
    """The picture alone."""
    try:
        return _jpeg(content) if kind == "image/jpeg" else _png(content)
    except (IndexError, struct.error, ValueError):
        return content


def _jpeg(content: bytes) -> bytes:
    kept, at, up = bytearray(content[:2]), 2, 1
    while content[at] == 0xFF and content[at + 1] != _START_OF_SCAN:
        marker, length = content[at + 1], struct.unpack_from(">H", content, at + 2)[0]
        segment = content[at : at + 2 + length]
        if len(segment) != 2 + length:
            raise ValueError("cut off")
        if marker not in _WRITTEN:
            kept += segment
        elif segment[4:10] == b"Exif\0\0":
            up = _orientation(segment[10:])
        at += 2 + length
    turned = _exif(up) if up != 1 else b""
    return bytes(kept[:2]) + turned + bytes(kept[2:]) + content[at:]


def _orientation(tiff: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}[tiff[:2]] if tiff[:2] in (b"II", b"MM") else "<"
    first = struct.unpack_from(f"{order}I", tiff, 4)[0]
    for n in range(struct.unpack_from(f"{order}H", tiff, first)[0]):
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * n)
        if tag == _ORIENTATION:
            return int(value) if 1 <= value <= 8 else 1
    return 1


def _exif(up: int) -> bytes:
    """An Exif segment that says which way is up and nothing else."""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, up, 0)
    body = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _png(content: bytes) -> bytes:
    kept, at = bytearray(content[:_PNG]), _PNG
    while at < len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        chunk = content[at : at + 12 + length]
        if len(chunk) != 12 + length:
            raise ValueError("cut off")
        if name not in _NOTES:
            kept += chunk
        at += 12 + length
    return bytes(kept)
