"""Pictures for tests, drawn and not found."""

import struct
import zlib


def cover_picture(width: int = 900, height: int = 383) -> bytes:
    """A PNG of hills in the evening, in the size of an article's cover."""
    lines = []
    for y in range(height):
        line = bytearray(b"\0")
        for x in range(width):
            far = 180 + 30 * abs((x % 400) - 200) // 200
            near = 260 + 50 * abs((x % 620) - 310) // 310
            line += (
                b"\x0b\x5d\x5b"
                if y > near
                else b"\x5f\xa8\xa0"
                if y > far
                else bytes((246, 226 - y // 6, 196 - y // 4))
            )
        lines.append(bytes(line))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"".join(lines), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
