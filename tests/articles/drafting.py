"""What tests of articles share: pictures, a finished draft, and what the platform has of it."""

import struct
import zlib
from typing import Any

from tests.sandbox_on_a_port import Platform


def png(side: int = 4, *, padding: int = 0) -> bytes:
    """A grey picture; `padding` makes it larger by so many bytes."""
    rows = b"".join(b"\0" + b"\x80" * side for _ in range(side))

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    return head + chunk(b"prIv", b"x" * padding) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


async def upload(editor: Any, content: bytes) -> str:
    """Upload a picture; gives its id."""
    said = await editor.post("/api/staff/images", files={"file": ("a.png", content, "image/png")})
    assert said.status_code == 201, said.text
    return str(said.json()["id"])


def text(**more: Any) -> dict[str, Any]:
    """What an editor writes."""
    base = {"title": "在家量血压", "author": "心内科", "digest": "六步", "cover_id": None}
    return base | {"content_html": "<p>先坐下歇五分钟。</p>"} | more


async def draft(editor: Any, **more: Any) -> str:
    """A finished draft with a cover and a picture in its text; gives its id."""
    cover, inner = await upload(editor, png()), await upload(editor, png(5))
    content = f'<p>先坐下。</p><img src="/api/images/{inner}" alt="血压计">'
    said = await editor.post("/api/staff/articles", json=text(cover_id=cover, content_html=content) | more)
    assert said.status_code == 201, said.text
    return str(said.json()["id"])


async def state_of(editor: Any, article_id: str) -> str:
    return str((await editor.get(f"/api/staff/articles/{article_id}")).json()["state"])


async def history_of(editor: Any, article_id: str) -> list[str]:
    return [event["text"] for event in (await editor.get(f"/api/staff/articles/{article_id}")).json()["history"]]


async def received(platform: Platform, person: str) -> list[str]:
    """The titles of the articles on somebody's phone."""
    messages = [m for m in await platform.see(person, "messages") if m["kind"] == "article"]
    return [article["title"] for message in messages for article in message["articles"]]


def published(platform: Platform) -> list[dict[str, Any]]:
    """What the account's list shows at WeChat."""
    return [a for a in platform.world.state.all("articles") if a["how"] == "published"]
