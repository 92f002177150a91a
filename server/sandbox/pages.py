"""The pages of the sandbox: phone, platform, the bridge for our H5 pages, articles, pictures."""

import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tornado.web import HTTPError, StaticFileHandler

from server.sandbox.web import Handler

STATIC = Path(__file__).parent / "static"


class Page(Handler):
    """GET /sandbox/{phone | platform}: always at the sandbox's own address, so that origins and cookies agree."""

    def get(self, name: str) -> None:
        home = urlsplit(self.world.sandbox_url)
        if self.request.host != home.netloc and self.request.host_name in ("127.0.0.1", "[::1]", "::1"):
            self.redirect(f"{self.world.sandbox_url}{self.request.uri}")
            return
        public = urlsplit(self.world.public_url)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; "
            f"img-src 'self' data: {public.scheme}://{public.netloc}; connect-src 'self' ws://{home.netloc} "
            f"wss://{home.netloc}; frame-src 'self' {public.scheme}://{public.netloc}; frame-ancestors 'none'",
        )
        self.finish((STATIC / f"{name}.html").read_bytes())


class Bridge(Handler):
    """GET /sandbox/bridge.js: loaded inside our H5 pages; knows which origin the phone page has."""

    def get(self) -> None:
        home = urlsplit(self.world.sandbox_url)
        text = (STATIC / "bridge.js").read_text().replace("__PHONE_ORIGIN__", f"{home.scheme}://{home.netloc}")
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.set_header("Cache-Control", "no-cache")
        self.finish(text)


class ArticlePage(Handler):
    """GET /s/{article}/{n}: a mass-sent or published article; no script runs in it."""

    def get(self, article_id: str, number: str) -> None:
        made = self.world.state.get("articles", article_id)
        articles = made["articles"] if made and not made["deleted"] else []
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header(
            "Content-Security-Policy",
            "sandbox allow-popups; default-src 'none'; img-src 'self'; style-src 'self' 'unsafe-inline'; "
            f"frame-ancestors 'self' {self.world.public_url}",
        )
        if not 1 <= int(number) <= len(articles) or made is None:
            self.set_status(404)
            self.finish(_article("该内容已被删除", "", "<p>此内容发布者已删除，或链接不正确。</p>"))
            return
        one = articles[int(number) - 1]
        author = f"{one['author']} · " if one["author"] else ""
        below = f"{author}随诊示范医院 · {made['at'][:10]}"
        self.finish(_article(one["title"], below, one["content"]))


def _article(title: str, below: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width,initial-scale=1"><title>{html.escape(title)}</title>'
        f'<link rel="stylesheet" href="/sandbox/static/plain.css"><article><h1>{html.escape(title)}</h1>'
        f'<p class="by">{html.escape(below)}</p><div class="content">{content}</div></article></html>'
    )


class Picture(Handler):
    """GET /mmbiz/{name}: pictures uploaded for articles."""

    def get(self, name: str) -> None:
        file = self.world.settings.data_dir / "sandbox" / "media" / name
        if not re.fullmatch(r"[0-9a-f]{24}\.(jpg|png|gif)", name) or not file.exists():
            raise HTTPError(404)
        kind = {"jpg": "jpeg"}.get(name[-3:], name[-3:])
        self.set_header("Content-Type", f"image/{kind}")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "max-age=86400")
        self.finish(file.read_bytes())


class Home(Handler):
    """GET / and /sandbox: to the phone."""

    def get(self) -> None:
        self.redirect("/sandbox/phone")


def routes() -> list[tuple[str, Any] | tuple[str, Any, dict[str, Any]]]:
    return [
        (r"/(?:sandbox/?)?", Home),
        (r"/sandbox/(phone|platform)/?", Page),
        ("/sandbox/bridge.js", Bridge),
        (r"/s/([\w-]+)/(\d+)", ArticlePage),
        (r"/mmbiz/([^/]+)", Picture),
        (r"/sandbox/static/(.*)", StaticFileHandler, {"path": str(STATIC)}),
    ]
